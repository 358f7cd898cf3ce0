/**
 * The prover against Z3: the same verdict on random pairs of an `allow` and a `deny`. `ASSAY_PAIRS` says how many; it takes
 * some 100 ms a pair.
 */
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Condition, Policy, Rule } from '../../server/engine/documents/index.ts';
import { compilePolicy } from '../../server/engine/policy/index.ts';
import { createProver, horizonFrom } from '../../server/engine/policy/prove/index.ts';
import { installZ3 } from './z3/install.ts';
import { every, judged, opposite, possibleActions, signals, words } from './z3/smt.ts';

const pairs = Number(process.env.ASSAY_PAIRS ?? 120);

interface Solver {
  set(option: 'timeout', value: number): void;
  fromString(text: string): void;
  check(): Promise<'sat' | 'unsat' | 'unknown'>;
}
let newSolver: () => Solver;

beforeAll(async () => {
  const { init } = (await import(pathToFileURL(await installZ3()).href)) as {
    init(): Promise<{ Context(name: string): { Solver: new () => Solver } }>;
  };
  const { Solver } = (await init()).Context('main');
  newSolver = () => new Solver();
}, 120_000);

/** Of a few pairs in a thousand Z3 cannot tell: texts are hard for it. */
class GivenUp extends Error {}

async function isPossible(formulas: readonly string[]): Promise<boolean> {
  const solver = newSolver();
  solver.set('timeout', 2_000);
  solver.fromString(possibleActions() + formulas.map((formula) => `(assert ${formula})`).join('\n'));
  const answer = await solver.check();
  if (answer === 'unknown') throw new GivenUp();
  return answer === 'sat';
}

async function verdictOfZ3(allow: Rule, deny: Rule): Promise<string> {
  const of = ({ when, unless }: Rule) =>
    every([judged(when), ...(unless === undefined ? [] : [opposite(judged(unless))])]);
  const [mine, other] = [of(allow), of(deny)];
  if (!(await isPossible([mine.holds]))) return 'never-matches';
  if (!(await isPossible([mine.holds, other.fails]))) return 'shadowed';
  if (!(await isPossible([mine.holds, other.holds]))) return 'sound';
  return (await isPossible([other.holds, `(not ${mine.holds})`])) ? 'contradictory' : 'sound';
}

function verdictOfProver(allow: Rule, deny: Rule): string {
  const policy: Policy = {
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: 'p' },
    spec: { default: 'deny', rules: [allow, deny] },
  };
  const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error('the policy is faulty');
  const { findings, contradictions } = createProver().prove({ policies: [value], horizon: horizonFrom(0) });
  const found = [...findings, ...contradictions()].find(({ places }) => places[0]?.id === 'allow');
  return found?.code.replace('proof/', '') ?? 'sound';
}

const list = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 2 });
const someOf = (tests: Readonly<Record<string, fc.Arbitrary<unknown>>>, maxKeys: number) =>
  fc
    .record(tests, { requiredKeys: [] })
    .map((test) => Object.fromEntries(Object.entries(test).slice(0, maxKeys)))
    .filter((test) => Object.keys(test).length > 0);

function testOf(name: string): fc.Arbitrary<unknown> {
  const present = fc.boolean();
  const bound = fc.integer({ min: 0, max: 4 });
  const word = list(fc.constantFrom(...words));
  const pattern = list(fc.constantFrom('a', 'ab', 'abc', 'a*', 'ab*', '*b', '*bc', '*b*', 'x'));
  const kind = list(fc.constantFrom('read', 'write', 'execute'));
  if (name === 'tool.kind') return fc.oneof(kind, fc.record({ not: kind }), fc.record({ present }));
  if (/tags|domains/.test(name)) return someOf({ anyOf: word, allOf: word, noneOf: word, only: word, present }, 2);
  if (/risk|trial/.test(name)) return someOf({ is: bound, not: bound, atLeast: bound, atMost: bound }, 2);
  return fc.oneof(pattern, fc.record({ not: pattern }), fc.record({ present }));
}

const plain = someOf(Object.fromEntries(signals.map((name) => [name, testOf(name)])), 3) as fc.Arbitrary<Condition>;
const condition = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 1, arbitrary: fc.tuple(plain, plain).map((any): Condition => ({ any })) },
  { weight: 1, arbitrary: plain.map((not): Condition => ({ not })) },
);
const ruleOf = (effect: 'allow' | 'deny'): fc.Arbitrary<Rule> =>
  fc
    .record({ when: condition, unless: condition }, { requiredKeys: ['when'] })
    .map((rule) => ({ id: effect, effect, ...rule }));
/** Often a variation of one another: pairs drawn apart are hardly ever close. */
const pair = fc.oneof(
  fc.tuple(ruleOf('allow'), ruleOf('deny')),
  fc.tuple(ruleOf('allow'), plain).map(([allow, more]): [Rule, Rule] => [
    { ...allow, when: { all: [allow.when ?? {}, more] } },
    { ...allow, id: 'deny', effect: 'deny' },
  ]),
  fc
    .tuple(ruleOf('allow'), plain)
    .map(([allow, unless]): [Rule, Rule] => [
      allow,
      { id: 'deny', effect: 'deny', ...(allow.when && { when: allow.when }), unless },
    ]),
);

test(`the same verdict on ${pairs} pairs`, { timeout: 60_000 + pairs * 1_000 }, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(pair, async ([allow, deny]) => {
      const expected = await verdictOfZ3(allow, deny).catch((error: unknown) => {
        if (error instanceof GivenUp) return 'given up';
        throw error;
      });
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
      if (expected !== 'given up') expect(verdictOfProver(allow, deny)).toBe(expected);
    }),
    { numRuns: pairs },
  );
  // Random pairs that were all alike would compare nothing.
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['contradictory', 'never-matches', 'shadowed', 'sound']));
  expect(seen.get('given up') ?? 0).toBeLessThan(pairs / 50);
  if (process.env.ASSAY_PAIRS !== undefined) console.log(Object.fromEntries(seen));
});
