/**
 * The prover against Z3: the same verdict on the first rule of random policies, pairs of rules and unions that outdo one, of all
 * effects, with money and times; and each action that shows a finding shows it to the plain interpreter. `ASSAY_RANDOM_RUNS` says
 * how many policies (120 unless it is set; `ASSAY_RANDOM_RUNS=5000` before a release); a policy takes some 300 ms with Z3 as it is
 * installed here. The same variable raises the numbers of the other random tests of policies and proofs.
 */
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Condition, Effect, Policy, Rule } from '../../server/engine/documents/index.ts';
import { compilePolicy } from '../../server/engine/policy/index.ts';
import { createProver, type Finding, horizonFrom, type Proof } from '../../server/engine/policy/prove/index.ts';
import { interpret } from '../engine/policy/interpreter.ts';
import { installZ3 } from './z3/install.ts';
import { decided, differs, judgedRule, matching, possibleActions, signals, strengthAbove, words } from './z3/smt.ts';

const runs = Number(process.env.ASSAY_RANDOM_RUNS ?? 120);
const horizon = horizonFrom(0);

interface Solver {
  set(option: 'timeout', value: number): void;
  fromString(text: string): void;
  check(): Promise<'sat' | 'unsat' | 'unknown'>;
  release(): void;
}
let newSolver: () => Solver;

beforeAll(async () => {
  const { init } = (await import(pathToFileURL(await installZ3()).href)) as {
    init(): Promise<{ Context(name: string): { Solver: new () => Solver } }>;
  };
  const { Solver } = (await init()).Context('main');
  newSolver = () => new Solver();
}, 120_000);

/** Of a few policies in a thousand Z3 cannot tell: texts are hard for it. */
class GivenUp extends Error {}

async function isPossible(formulas: readonly string[]): Promise<boolean> {
  const solver = newSolver();
  solver.set('timeout', 2_000);
  solver.fromString(possibleActions(horizon) + formulas.map((formula) => `(assert ${formula})`).join('\n'));
  const answer = await solver.check();
  // Its memory has an end, and nothing gives it back before the collector comes by.
  solver.release();
  if (answer === 'unknown') throw new GivenUp();
  return answer === 'sat';
}

interface Rules {
  readonly fallback: 'allow' | 'ask' | 'deny';
  readonly rules: readonly Rule[];
}

async function verdictOfZ3(rule: Rule, { fallback, rules }: Rules): Promise<string> {
  if (!(await isPossible([judgedRule(rule).holds]))) return 'never-matches';
  const stronger = decided(rules, fallback, strengthAbove(rule));
  if (!(await isPossible([matching(rule), `(not ${stronger})`]))) return 'shadowed';
  const others = rules.filter((other) => other !== rule);
  return (await isPossible([differs(rules, others, fallback)])) ? 'sound' : 'redundant';
}

/** The rules that contradict an `allow` that has an effect. */
async function contradictingOf(allow: Rule, { rules }: Rules): Promise<string[]> {
  const found: string[] = [];
  for (const against of rules) {
    if (against.effect !== 'deny' && against.effect !== 'halt') continue;
    const [mine, other] = [judgedRule(allow), judgedRule(against)];
    if (!(await isPossible([mine.holds, other.holds]))) continue;
    const isNested =
      !(await isPossible([other.holds, `(not ${mine.holds})`])) || !(await isPossible([mine.holds, other.fails]));
    if (!isNested) found.push(`${allow.id} ${against.id}`);
  }
  return found;
}

const policyOf = ({ fallback, rules }: Rules): Policy => ({
  apiVersion: 'assay/v1',
  kind: 'Policy',
  metadata: { name: 'p' },
  spec: { default: fallback, rules: [...rules] },
});

function proofOf(given: Rules): Proof {
  const { value } = compilePolicy({ policy: policyOf(given), digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error('the policy is faulty');
  return createProver().prove({ policies: [value], horizon });
}

/** Whether the interpreter says of the action that shows a finding what the finding says. */
function expectShown({ code, places, witness }: Finding, given: Rules): void {
  const shown = witness();
  const [first, second] = places;
  if (shown === null) {
    expect(code).toBe('proof/never-matches');
    return;
  }
  const said = interpret(policyOf(given), shown.signals);
  const of = (id: string | undefined) => said.find((one) => one.kind === 'rule' && one.id === id);
  expect(said[0]?.effect).toBe(shown.decision);
  expect([code, of(first?.id)?.certain]).toEqual([code, code !== 'proof/never-matches']);
  if (code === 'proof/contradictory') expect(of(second?.id)?.certain).toBe(true);
  if (code === 'proof/shadowed') expect(said[0]?.effect).not.toBe(first?.effect);
  if (code !== 'proof/redundant') return;
  const rest = given.rules.filter(({ id }) => id !== first?.id);
  expect(interpret(policyOf({ ...given, rules: rest }), shown.signals)[0]?.effect).toBe(shown.decision);
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
  const dollars = fc.constantFrom(0, 0.000001, 0.25, 1.1);
  const word = list(fc.constantFrom(...words));
  const pattern = list(fc.constantFrom('a', 'ab', 'abc', 'a*', 'ab*', '*b', '*bc', '*b*', 'x'));
  const kind = list(fc.constantFrom('read', 'write', 'execute'));
  if (name === 'tool.kind') return fc.oneof(kind, fc.record({ not: kind }), fc.record({ present }));
  if (/tags|domains/.test(name)) return someOf({ anyOf: word, allOf: word, noneOf: word, only: word, present }, 2);
  if (name.endsWith('cost')) return someOf({ is: dollars, not: dollars, atLeast: dollars, atMost: dollars }, 2);
  if (/risk|trial/.test(name)) return someOf({ is: bound, not: bound, atLeast: bound, atMost: bound }, 2);
  return fc.oneof(pattern, fc.record({ not: pattern }), fc.record({ present }));
}

/** Some of the signals each time, since those that are drawn of many are hardly ever the same. */
const plain = fc
  .shuffledSubarray(signals, { minLength: 1, maxLength: 4 })
  .chain((names) =>
    someOf(Object.fromEntries(names.map((name) => [name, testOf(name)])), 3),
  ) as fc.Arbitrary<Condition>;
const condition = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 1, arbitrary: fc.tuple(plain, plain).map((any): Condition => ({ any })) },
  { weight: 1, arbitrary: plain.map((not): Condition => ({ not })) },
);
const times: fc.Arbitrary<Pick<Rule, 'during' | 'validFrom' | 'until'>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('1969-06-01', '1970-03-01', '1971-01-01', '1975-01-01')
      .map((validFrom) => ({ validFrom })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1970-03-01', '1970-03-02T12:00:00Z', '1971-06-01').map((until) => ({ until })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      during: fc.record(
        {
          days: list(fc.constantFrom('mon-fri', 'sat-sun', 'wed', 'tue-thu')),
          from: fc.constantFrom('00:00', '09:00', '12:30'),
          to: fc.constantFrom('17:00', '24:00'),
        },
        { requiredKeys: ['from', 'to'] },
      ),
    }),
  },
);
const ruleOf = (id: string, effects: readonly Effect[] = ['allow', 'ask', 'deny', 'halt']): fc.Arbitrary<Rule> =>
  fc
    .tuple(
      fc.record(
        { effect: fc.constantFrom(...effects), when: condition, unless: condition },
        { requiredKeys: ['effect', 'when'] },
      ),
      times,
    )
    .map(([rule, time]) => ({ id, ...rule, ...time }));
const against = fc.constantFrom<Effect[]>('ask', 'deny', 'halt');

const conditionsOf = ({ when, unless }: Rule): Pick<Rule, 'when' | 'unless'> => ({
  ...(when && { when }),
  ...(unless && { unless }),
});

/** Often variations of one another: rules drawn apart are hardly ever close. */
const ruleSets: fc.Arbitrary<readonly Rule[]> = fc.oneof(
  fc.tuple(ruleOf('a'), ruleOf('b')),
  fc.tuple(ruleOf('a'), ruleOf('b'), ruleOf('c')),
  fc.tuple(ruleOf('a', ['allow']), ruleOf('b', ['deny', 'halt'])),
  fc.tuple(ruleOf('a'), plain, against, times).map(([a, more, effect, time]): Rule[] => [
    { ...a, when: { all: [a.when ?? {}, more] } },
    { id: 'b', effect, ...conditionsOf(a), ...time },
  ]),
  fc
    .tuple(ruleOf('a'), plain, against)
    .map(([a, unless, effect]): Rule[] => [a, { id: 'b', effect, ...(a.when && { when: a.when }), unless }]),
  // Two or three that outdo one together, or nearly.
  fc
    .tuple(ruleOf('a', ['allow', 'ask']), plain, against, against)
    .map(([a, cut, one, other]): Rule[] => [
      a,
      { id: 'b', effect: one, when: cut },
      { id: 'c', effect: other, when: { all: [a.when ?? {}, { not: cut }] } },
    ]),
  fc
    .tuple(ruleOf('a', ['allow', 'ask']), plain, plain, against)
    .map(([a, cut, again, effect]): Rule[] => [
      a,
      { id: 'b', effect, when: cut },
      { id: 'c', effect, when: { all: [{ not: cut }, again] } },
      { id: 'd', effect: 'halt', when: a.when ?? {}, unless: again },
    ]),
);
const given: fc.Arbitrary<Rules> = fc.record({ fallback: fc.constantFrom('allow', 'ask', 'deny'), rules: ruleSets });

test(`the same verdicts on ${runs} policies`, { timeout: 120_000 + runs * 3_000 }, async () => {
  const seen = new Map<string, number>();
  const note = (verdict: string) => seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(given, async (policy) => {
      const { findings, undecided, contradictions } = proofOf(policy);
      expect(undecided).toEqual([]);
      const pairs = [...contradictions()];
      for (const finding of [...findings, ...pairs]) expectShown(finding, policy);
      const told = findings.filter(({ code }) => code !== 'proof/contradictory');
      // The others are there to stand in its way.
      const [rule] = policy.rules;
      if (rule === undefined) return;
      try {
        const verdict = await verdictOfZ3(rule, policy);
        const found = told.find(({ places }) => places[0]?.id === rule.id);
        // Of two that make each other redundant, one is told of.
        const isTwin = told.some(({ code, places }) => code === 'proof/redundant' && places[1]?.id === rule.id);
        if (verdict !== 'redundant' || !isTwin)
          expect([rule.id, found?.code.replace('proof/', '') ?? 'sound']).toEqual([rule.id, verdict]);
        note(verdict === 'shadowed' && (found?.places.length ?? 0) > 2 ? 'shadowed by several' : verdict);
        if (verdict !== 'sound' || rule.effect !== 'allow') return;
        const expected = await contradictingOf(rule, policy);
        const mine = pairs.filter(({ places }) => places[0]?.id === rule.id);
        expect(mine.map(({ places }) => places.map(({ id }) => id).join(' ')).sort()).toEqual(expected.sort());
        if (expected.length > 0) note('contradictory');
      } catch (error) {
        if (!(error instanceof GivenUp)) throw error;
        note('given up');
      }
    }),
    { numRuns: runs },
  );
  // Random policies that were all alike would compare nothing.
  const wanted = ['contradictory', 'never-matches', 'redundant', 'shadowed', 'shadowed by several', 'sound'];
  expect([...seen.keys()]).toEqual(expect.arrayContaining(wanted));
  expect(seen.get('given up') ?? 0).toBeLessThan(runs / 20);
  if (process.env.ASSAY_RANDOM_RUNS !== undefined) console.log(Object.fromEntries(seen));
});
