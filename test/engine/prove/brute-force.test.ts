/**
 * The prover against counting: random small policies, every possible action, the same findings. `ASSAY_RANDOM_RUNS` says of
 * how many policies.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { type CompiledPolicy, compilePolicy, type SignalRecord } from '../../../server/engine/policy/index.ts';
import { createProver, horizonFrom, type Proof } from '../../../server/engine/policy/prove/index.ts';
import {
  actionsAimed,
  actionsOver,
  counters,
  decide,
  decisionOf,
  domains,
  ids,
  isStronger,
  matchesOf,
  obligingUnsure,
  patterns,
  representatives,
  tagPatterns,
  words,
} from './possible.ts';

const horizon = horizonFrom(Date.UTC(2026, 0, 1));
const runs = Number(process.env.ASSAY_RANDOM_RUNS ?? 400);
const list = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 3 });
const someOf = (comparators: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(comparators, { requiredKeys: [] }).filter((test) => Object.keys(test).length > 0);

function testOf(name: string): fc.Arbitrary<unknown> {
  const present = fc.boolean();
  if (name === 'tool.kind') {
    const kinds = list(fc.constantFrom('read', 'write', 'execute'));
    return fc.oneof(kinds, fc.record({ not: kinds }), fc.record({ present }));
  }
  if (name.endsWith('tags') || name.endsWith('domains')) {
    const some = list(fc.constantFrom(...words));
    return someOf({
      anyOf: some,
      allOf: some,
      noneOf: some,
      only: list(fc.constantFrom(...words, ...tagPatterns)),
      present,
    });
  }
  if (/risk|trial/.test(name)) {
    const bound = fc.integer({ min: 0, max: 3 });
    return fc.oneof(bound, someOf({ is: bound, not: bound, atLeast: bound, atMost: bound }));
  }
  const texts = list(fc.constantFrom(...patterns));
  return fc.oneof(texts, fc.record({ not: texts }), fc.record({ present }));
}

/** Tests of targets, of fewer texts, since each combination of ids counts. */
const aimed = (some: readonly string[], only: readonly string[]) => {
  const word = list(fc.constantFrom(...some));
  return someOf({
    anyOf: word,
    allOf: word,
    noneOf: word,
    only: list(fc.constantFrom(...only)),
    present: fc.boolean(),
  });
};
const testsOfTargets = { 'target.ids': aimed(ids, ids), 'target.domains': aimed(domains, [...domains, 'a*']) };

const testsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, testOf(name)]));

function conditionsOf(tests: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Condition> {
  const plain = someOf(tests) as fc.Arbitrary<Condition>;
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      { weight: 4, arbitrary: plain },
      { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 2 }).map((any) => ({ any })) },
      { weight: 1, arbitrary: tie('condition').map((not) => ({ not })) },
    ),
  })).condition;
}

const effect = fc.constantFrom<Effect[]>('allow', 'ask', 'deny', 'halt');

const ask = fc.record(
  { who: list(fc.constantFrom('security', 'finance')), wait: fc.constantFrom('5m', '10m') },
  { requiredKeys: [] },
);
const obligations = fc.record(
  {
    log: fc.constantFrom('info', 'warning', 'error'),
    redact: list(fc.constantFrom('/a', '/b')),
    notify: list(fc.constantFrom('dana', 'eve')),
  },
  { requiredKeys: [] },
);

function policiesOver(condition: fc.Arbitrary<Condition>): fc.Arbitrary<Policy[]> {
  const rule = fc
    .record({ effect, when: condition, unless: condition, ask, obligations }, { requiredKeys: ['effect', 'when'] })
    .map(({ ask, ...rest }) => (ask !== undefined && rest.effect === 'ask' ? { ...rest, ask } : rest));
  const spec = fc.record(
    { default: effect, ask, rules: fc.array(rule, { minLength: 1, maxLength: 4 }) },
    { requiredKeys: ['default', 'rules'] },
  );
  return fc.array(spec, { minLength: 1, maxLength: 2 }).map((specs) =>
    specs.map((spec, index) => ({
      apiVersion: 'assay/v1',
      kind: 'Policy',
      metadata: { name: `p${index}` },
      spec: { ...spec, rules: spec.rules.map((one, number): Rule => ({ id: `r${index}${number}`, ...one })) },
    })),
  );
}

function compiled(policy: Policy): CompiledPolicy {
  const { value } = compilePolicy({ policy, digest: `sha256:${policy.metadata.name}`, lineOf: () => 1 });
  if (value === null) throw new Error('the policy is faulty');
  return value;
}

const without = (policies: readonly Policy[], id: string): CompiledPolicy[] =>
  policies.map((policy) =>
    compiled({
      ...policy,
      spec: { ...policy.spec, rules: (policy.spec.rules ?? []).filter((rule) => rule.id !== id) },
    }),
  );

/** What is true of each rule, and of each pair of rules, by asking about every action. */
function countFindings(policies: readonly Policy[], actions: readonly SignalRecord[]) {
  const whole = policies.map(compiled);
  const decided = actions.map((action) => decide(whole, action));
  const said = actions.map((action) => decisionOf(whole, action));
  const matches = actions.map((action) => new Map(whole.flatMap((policy) => [...matchesOf(policy, action)])));
  const rules = policies.flatMap(({ spec }) => spec.rules ?? []);
  const matching = (id: string, least: 1 | 2) =>
    new Set(matches.flatMap((match, index) => ((match.get(id) ?? 0) >= least ? [index] : [])));
  const changing = new Set<string>();
  const verdicts = new Map(
    rules.map(({ id, effect }) => {
      const [possible, sure] = [matching(id, 1), matching(id, 2)];
      const rest = without(policies, id);
      const same = actions.every((action, index) => decisionOf(rest, action) === said[index]);
      if (!same) changing.add(id);
      if (sure.size === 0) return [id, 'never-matches'];
      if ([...possible].every((index) => isStronger(decided[index] ?? -1, effect))) return [id, 'shadowed'];
      return [id, same ? 'redundant' : 'sound'];
    }),
  );
  const contradictions = rules.flatMap((allow) =>
    rules.flatMap((against) => {
      if (allow.effect !== 'allow' || !['deny', 'halt'].includes(against.effect)) return [];
      if (!['sound'].includes(verdicts.get(allow.id) ?? '')) return [];
      const [mine, other, possible] = [matching(allow.id, 2), matching(against.id, 2), matching(against.id, 1)];
      const overlap = [...mine].some((index) => other.has(index));
      const nested = [...other].every((index) => mine.has(index)) || [...mine].every((index) => possible.has(index));
      return overlap && !nested ? [`${allow.id} ${against.id}`] : [];
    }),
  );
  return { verdicts, changing, contradictions };
}

const someNames = fc
  .uniqueArray(fc.constantFrom(...Object.keys(representatives)), { minLength: 1, maxLength: 2 })
  .chain((names) => fc.record({ names: fc.constant(names), policies: policiesOver(conditionsOf(testsOf(names))) }));
const countersAlone = policiesOver(conditionsOf(testsOf(counters))).map((policies) => ({ names: counters, policies }));

function checkFindings(policies: readonly Policy[], actions: readonly SignalRecord[]): void {
  const whole = policies.map(compiled);
  const proof = createProver().prove({ policies: whole, horizon });
  expect(proof.undecided).toEqual([]);
  const { verdicts, changing, contradictions } = countFindings(policies, actions);

  const said = new Map(
    proof.findings
      .filter(({ code }) => code !== 'proof/contradictory')
      .map(({ code, places }) => [places[0]?.id, code.replace('proof/', '')]),
  );
  for (const [id, verdict] of verdicts) {
    const isDeletable = proof.findings.some(
      ({ places, fixes }) => places[0]?.id === id && fixes.some(({ kind }) => kind === 'delete'),
    );
    if (isDeletable) expect([id, changing.has(id)]).toEqual([id, false]);
    const isTwin = proof.findings.some(({ code, places: [, by] }) => code === 'proof/redundant' && by?.id === id);
    if (verdict === 'redundant' && isTwin) continue;
    expect([id, said.get(id) ?? 'sound']).toEqual([id, verdict]);
  }
  const pairs = [...proof.contradictions()];
  expect(pairs.map(({ places }) => places.map(({ id }) => id).join(' ')).sort()).toEqual(contradictions.sort());

  const crossing = proof.findings.filter(({ code }) => code === 'proof/contradictory');
  const told = crossing.flatMap(({ places: [allow, ...against] }) => against.map(({ id }) => `${allow?.id} ${id}`));
  const crossed = pairs.filter((pair) => (pair.crossing ?? []).length > 0);
  expect(told.sort()).toEqual(crossed.map(({ places }) => places.map(({ id }) => id).join(' ')).sort());
  expect(crossing.every(({ more }) => more === 0)).toBe(true);

  for (const { code, places, witness } of [...proof.findings, ...pairs]) {
    const shown = witness();
    const [first, second] = places;
    if (shown === null || first === undefined) {
      expect(code).toBe('proof/never-matches');
      continue;
    }
    const matched = new Map(
      whole.flatMap((policy) => [...obligingUnsure(policy, shown.signals), ...matchesOf(policy, shown.signals)]),
    );
    expect(matched.get(first.id), `${first.id} matches ${JSON.stringify(shown.signals)}`).toBe(
      code === 'proof/never-matches' ? 1 : 2,
    );
    const decided = decide(whole, shown.signals);
    if (code === 'proof/shadowed') expect(isStronger(decided, first.effect)).toBe(true);
    const withoutIt = without(policies, first.id);
    if (code === 'proof/redundant') expect(decisionOf(withoutIt, shown.signals)).toBe(decisionOf(whole, shown.signals));
    if (code === 'proof/contradictory') expect(matched.get(second?.id ?? '')).toBe(2);
  }
}

test('findings are those that counting finds, and witnesses show them', { timeout: 120_000 + runs * 500 }, () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: someNames }, { weight: 1, arbitrary: countersAlone }), (input) => {
      checkFindings(input.policies, actionsOver(input.names));
    }),
    { numRuns: runs },
  );
});

test('so are those about ids and their domains', { timeout: 120_000 + runs * 500 }, () => {
  const actions = actionsAimed();
  fc.assert(
    fc.property(policiesOver(conditionsOf(testsOfTargets)), (policies) => checkFindings(policies, actions)),
    { numRuns: Math.ceil(runs / 10) },
  );
});

/** Not by which rules: where several sets of them make one idle, any will do. */
const saidOf = ({ findings, undecided, contradictions }: Proof): string[] => [
  ...findings.map(({ code, places, more }) => `${code} ${places[0]?.id} ${more}`),
  ...undecided.map(({ message }) => message),
  ...[...contradictions()].map(({ message }) => message),
];

const edits = fc
  .uniqueArray(fc.constantFrom(...Object.keys(representatives)), { minLength: 1, maxLength: 3 })
  .chain((names) => {
    const saying = fc.record({ ask, obligations }, { requiredKeys: [] });
    const condition = conditionsOf(testsOf(names));
    return fc.record({
      // Each rule asks and obliges in one of two manners.
      rules: fc.array(
        fc.record(
          { effect, when: condition, manners: fc.tuple(saying, saying) },
          { requiredKeys: ['effect', 'manners'] },
        ),
        { minLength: 4, maxLength: 10 },
      ),
      defaults: fc.tuple(effect, effect),
      // Which rules are there, in which manner and of which policy, one version after the other, and after how many steps the
      // proof of it is given up.
      versions: fc.array(
        fc.record({
          there: fc.nat(1023),
          manners: fc.oneof(fc.constant(0), fc.nat(1023)),
          second: fc.oneof(fc.constant(0), fc.nat(1023)),
          steps: fc.option(fc.nat(20)),
        }),
        { minLength: 2, maxLength: 6 },
      ),
    });
  });

test('after edits, and proofs that were given up, the same is found as from nothing', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(edits, fc.boolean(), ({ rules, defaults, versions }, isReadAnew) => {
      const prover = createProver();
      const written = (manner: 0 | 1) =>
        rules.map(({ manners, ...rest }, at): Rule => {
          const { ask, obligations } = manners[manner];
          const asking = ask !== undefined && rest.effect === 'ask';
          return { id: `r${at}`, ...rest, ...(asking && { ask }), ...(obligations !== undefined && { obligations }) };
        });
      const both = [written(0), written(1)] as const;
      const policyOf = (at: 0 | 1, chosen: readonly Rule[]): Policy => {
        const spec = { default: defaults[at], rules: [...chosen] };
        return { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: `p${at}` }, spec };
      };
      // Rules that an edit leaves alone are mostly the very same objects, also when they went and come again, or go elsewhere.
      const whole = [compiled(policyOf(0, both[0])), compiled(policyOf(0, both[1]))] as const;
      const empty = [compiled(policyOf(0, [])), compiled(policyOf(1, []))] as const;
      for (const { there, manners, second, steps } of versions) {
        const has = (mask: number, at: number) => ((mask >> at) & 1) === 1;
        const chosen = <T>(of: 0 | 1, all: readonly [readonly T[], readonly T[]]): T[] =>
          rules.flatMap((_, at) => {
            const one = all[has(manners, at) ? 1 : 0][at];
            return one !== undefined && has(there, at) && has(second, at) === (of === 1) ? [one] : [];
          });
        const policies = ([0, 1] as const).map((of) =>
          isReadAnew
            ? compiled(policyOf(of, chosen(of, both)))
            : { ...empty[of], rules: chosen(of, [whole[0].rules, whole[1].rules]) },
        );
        const input = { policies, horizon };
        if (steps !== null) {
          const proving = prover.proving(input);
          for (let step = 0; step < steps; step++) proving.next();
        } else expect(saidOf(prover.prove(input))).toEqual(saidOf(createProver().prove(input)));
      }
    }),
    { numRuns: runs },
  );
});
