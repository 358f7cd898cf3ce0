/**
 * Small random sets of policies that apply together, with times in zones, overlays, includes, questions and obligations: what
 * is proved of them against counting over the days about a change to summer time, and against a kernel.
 * `ASSAY_RANDOM_RUNS` says of how many sets.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { createKernel, type ProposedAction } from '../../../server/engine/kernel/index.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  factsOf,
  obligationsOf,
  type PolicySource,
  type SignalRecord,
} from '../../../server/engine/policy/index.ts';
import { createProver, type Finding, type Horizon, type Proof } from '../../../server/engine/policy/prove/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';
import { decide, decisionOf, isStronger, matchesOf, obligingUnsure } from './possible.ts';

const runs = Number(process.env.ASSAY_RANDOM_RUNS ?? 60);
const zones = createZoneOffsets();
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Berlin goes over to summer time in the middle of it, New York three weeks before. */
const springMs = Date.UTC(2026, 2, 28, 12);
const short: Horizon = { fromMs: springMs, toMs: springMs + 2 * dayMs };
const long: Horizon = { fromMs: springMs - 30 * dayMs, toMs: springMs + 370 * dayMs };
const hoursFrom = (fromMs: number, days: number): number[] =>
  Array.from({ length: 24 * days }, (_, hour) => fromMs + hour * hourMs);
const [springNewYork, autumnBerlin, autumnNewYork] = [
  Date.UTC(2026, 2, 8),
  Date.UTC(2026, 9, 25),
  Date.UTC(2026, 10, 1),
];
/** Nothing changes but at the full hour, so that these are all moments of the shorter horizon. */
const within = hoursFrom(short.fromMs, 2);
const besides = [springNewYork, autumnBerlin, autumnNewYork].flatMap((ms) => hoursFrom(ms, 1));
const nextYears = [Date.UTC(2027, 3, 10), Date.UTC(2027, 9, 31), Date.UTC(2031, 5, 2)].flatMap((ms) =>
  hoursFrom(ms, 1),
);

const list = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 2 });
const someOf = <T>(parts: { readonly [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record(parts, { requiredKeys: [] }).filter((some) => Object.keys(some).length > 0);

const clock = fc.constantFrom('00:00', '02:00', '03:00', '09:00', '17:00', '22:00');
const window = someOf({
  days: list(fc.constantFrom('sat', 'sun', 'mon', 'sat-sun', 'mon-fri', 'fri-mon')),
  from: clock,
  to: fc.oneof(clock, fc.constant('24:00')),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
});
const instant = fc.constantFrom(
  '2026-01-01',
  '2026-03-28T12:00:00+01:00',
  '2026-03-29',
  '2026-03-29T03:00:00+02:00',
  '2026-03-30',
  '2026-04-01',
  '2027-06-01',
);
const valid = fc
  .record({
    validFrom: fc.option(instant, { freq: 2, nil: undefined }),
    until: fc.option(instant, { freq: 2, nil: undefined }),
    renew: fc.option(fc.constantFrom({ every: '1d', for: '5h' }, { every: '36h', for: '24h' }), { nil: undefined }),
  })
  .filter(({ validFrom, until }) => !validFrom || !until || Date.parse(validFrom) < Date.parse(until))
  .map(({ validFrom, until, renew }) => ({
    ...(validFrom && { validFrom }),
    ...(until && { until }),
    ...(validFrom && renew && { renew }),
  }));
const scope = someOf({ roles: list(fc.constantFrom('r', 's')), tags: list(fc.constantFrom('x')) });
const seldom = <T>(item: fc.Arbitrary<T>) => fc.option(item, { freq: 2, nil: undefined });
const extent = fc
  .tuple(seldom(scope), seldom(fc.oneof(window, list(window))), seldom(valid))
  .map(([scope, during, valid]) => ({ ...(scope && { scope }), ...(during && { during }), ...valid }) as Partial<Rule>);

const kinds = list(fc.constantFrom('read' as const, 'write' as const));
const condition = fc.oneof(
  kinds.map((kind) => ({ 'tool.kind': kind })),
  kinds.map((not) => ({ 'tool.kind': { not } })),
  fc.constantFrom('r', 's').map((role) => ({ 'agent.role': role })),
);
const effect = fc.constantFrom<Effect[]>('allow', 'ask', 'deny', 'halt');
const ask = someOf({ who: list(fc.constantFrom('security', 'finance')), wait: fc.constantFrom('5m', '10m') });
const obligations = someOf({
  log: fc.constantFrom('info' as const, 'error' as const),
  redact: list(fc.constantFrom('/a')),
  notify: list(fc.constantFrom('dana', 'eve')),
});
const rule = fc
  .tuple(
    fc.record({ effect, when: condition, unless: condition, ask, obligations }, { requiredKeys: ['effect'] }),
    extent,
  )
  .map(([{ ask, ...rest }, extent]) => ({ ...rest, ...extent, ...(ask && rest.effect === 'ask' && { ask }) }));
const document = fc.record({
  effect,
  ask: fc.option(ask, { freq: 2, nil: undefined }),
  extent,
  kind: fc.constantFrom<('plain' | 'overlay' | 'silent')[]>('plain', 'plain', 'overlay', 'silent'),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  includes: fc.boolean(),
});

type Documents = ReadonlyMap<string, Policy>;

/** One or two policies, and one that they may include. */
const sets: fc.Arbitrary<Documents> = fc
  .tuple(document, fc.array(document, { minLength: 1, maxLength: 2 }))
  .map(([common, several]) => {
    const documents = [...several, { ...common, kind: 'overlay' as const, includes: false }];
    const policies = documents.map(({ effect, ask, extent, kind, rules, includes }, at): Policy => {
      const name = at === several.length ? 'common' : `p${at}`;
      const spec = {
        ...(kind === 'plain' ? { default: effect } : kind === 'overlay' && { overlay: true }),
        ...(ask && { ask }),
        ...extent,
        ...(includes && { include: ['common'] }),
        rules: rules.map((one, number): Rule => ({ id: `${name}-${number}`, ...one })),
      };
      return { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec };
    });
    return new Map(policies.map((policy) => [policy.metadata.name, policy]));
  });

function compiled(documents: Documents): CompiledPolicy[] {
  const sourceOf = (policy: Policy): PolicySource => ({
    policy,
    digest: `sha256:${policy.metadata.name}`,
    file: policy.metadata.name,
    lineOf: () => 1,
    include: (name) => {
      const included = documents.get(name);
      return included ? sourceOf(included) : null;
    },
    zones,
  });
  return [...documents.values()]
    .filter(({ metadata }) => metadata.name !== 'common')
    .map((policy) => {
      const { value, problems } = compilePolicy(sourceOf(policy));
      if (value === null) throw new Error(JSON.stringify(problems));
      return value;
    });
}

const without = (documents: Documents, id: string): CompiledPolicy[] =>
  compiled(
    new Map(
      [...documents].map(([name, { spec, ...policy }]) => [
        name,
        { ...policy, spec: { ...spec, rules: (spec.rules ?? []).filter((one) => one.id !== id) } },
      ]),
    ),
  );

const lost = { unknown: 'lost' };
const tagSets = [[], ['x']];
const calls: readonly SignalRecord[] = [
  { 'action.type': 'model' },
  { 'action.type': 'tool', 'tool.name': lost, 'tool.kind': lost, 'tool.tags': lost },
  ...['read', 'write', 'execute'].flatMap((kind) =>
    tagSets.map((tags) => ({ 'action.type': 'tool', 'tool.name': 't', 'tool.kind': kind, 'tool.tags': tags })),
  ),
];
const actionsAt = (moments: readonly number[]): SignalRecord[] =>
  moments.flatMap((atMs) =>
    ['r', 's', 'x', lost].flatMap((role) => calls.map((call) => ({ ...call, 'agent.role': role, 'time.utc': atMs }))),
  );
const actionsWithin = actionsAt(within);
const actionsBesides = actionsAt(besides);
const actionsLater = actionsAt(nextYears);

/** What a kernel says of every action that it can be given, by the first of a trial. */
function kernelSays(policies: readonly CompiledPolicy[], moments: readonly number[]): string[] {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const variants = new Map(['r', 's', 'x'].map((role) => [role, { role, policies }]));
  return moments.flatMap((atMs) => {
    nowMs = atMs;
    const kernel = createKernel({ variants, clock });
    return [...variants.keys()].flatMap((variant) =>
      proposals.map((proposal) => {
        const trial = kernel.openTrial({ trial: `${variant}-${proposals.indexOf(proposal)}`, variant });
        const signals = trial.signals(proposal);
        const asked = trial.question(signals, []);
        const { decision, ends, redact } = trial.decide(signals);
        trial.close();
        const { log, notify = [] } = obligationsOf({ causes: decision.causes, undecided: decision.undecided ?? [] });
        const who = new Set(asked?.causes.map(({ ask }) => `${[...(ask?.who ?? [])].sort()}`));
        const question = asked && [[...who].sort(), asked.waitMs];
        return JSON.stringify([decision.effect, ends, question, log, [...notify].sort(), [...redact].sort()]);
      }),
    );
  });
}
const proposals: readonly ProposedAction[] = [
  { type: 'model', input: {} },
  { type: 'tool', input: {} },
  ...(['read', 'write', 'execute'] as const).flatMap((kind) =>
    tagSets.map((tags): ProposedAction => {
      const tool = { name: 't', description: 't', kind, tags, risk: 1, input: {} };
      return { type: 'tool', tool, input: {} };
    }),
  ),
];

interface Told {
  readonly matches: readonly ReadonlyMap<string, 1 | 2>[];
  readonly strengths: readonly number[];
  readonly decisions: readonly string[];
}

function toldOf(policies: readonly CompiledPolicy[], actions: readonly SignalRecord[]): Told {
  return {
    matches: actions.map((action) => new Map(policies.flatMap((policy) => [...matchesOf(policy, action)]))),
    strengths: actions.map((action) => decide(policies, action)),
    decisions: actions.map((action) => decisionOf(policies, action)),
  };
}

/** What is true of a rule over actions, by asking about every one of them. */
function countedOf({ id, effect }: Rule, documents: Documents, told: Told, actions: readonly SignalRecord[]): string {
  const matching = (least: 1 | 2) =>
    told.matches.flatMap((match, index) => ((match.get(id) ?? 0) >= least ? [index] : []));
  if (matching(2).length === 0) return 'never-matches';
  if (matching(1).every((index) => isStronger(told.strengths[index] ?? -1, effect))) return 'shadowed';
  return isSame(documents, id, told, actions) ? 'redundant' : 'sound';
}

function isSame(documents: Documents, id: string, { decisions }: Told, actions: readonly SignalRecord[]): boolean {
  const rest = without(documents, id);
  return actions.every((action, index) => decisionOf(rest, action) === decisions[index]);
}

const rulesOf = (documents: Documents): Rule[] => [...documents.values()].flatMap(({ spec }) => spec.rules ?? []);
const includersOf = (documents: Documents): number =>
  [...documents.values()].filter(({ spec }) => spec.include !== undefined).length;
const isDeletable = ({ fixes }: Finding): boolean => fixes.some(({ kind }) => kind === 'delete');
const nameOf = ({ code }: Finding): string => code.replace('proof/', '');

function checkCounted(documents: Documents, { findings, undecided }: Proof): void {
  const told = toldOf(compiled(documents), actionsWithin);
  const isCopied = ({ id }: Rule) => id.startsWith('common') && includersOf(documents) > 1;
  const isThere = ({ id }: Rule) => !id.startsWith('common') || includersOf(documents) > 0;
  for (const rule of rulesOf(documents).filter(isThere)) {
    const counted = countedOf(rule, documents, told, actionsWithin);
    const said = findings.find(({ code, places: [place] }) => place?.id === rule.id && code !== 'proof/contradictory');
    const isGivenUp = undecided.some(({ place }) => place.id === rule.id);
    const isTwin = findings.some(({ code, places: [, by] }) => code === 'proof/redundant' && by?.id === rule.id);
    if (isGivenUp) expect([rule.id, isCopied(rule)]).toEqual([rule.id, true]);
    // Of several copies nothing may be told that is true only of all together, and of two equal rules only one is told of.
    else if (counted !== 'redundant' || !(isTwin || isCopied(rule)))
      expect([rule.id, said ? nameOf(said) : 'sound']).toEqual([rule.id, counted]);
  }
}

/** What is said of a rule for all time, or for the horizon where the actions are of it. */
function checkSaid(documents: Documents, findings: readonly Finding[], actions: readonly SignalRecord[]): void {
  if (findings.length === 0) return;
  const told = toldOf(compiled(documents), actions);
  for (const finding of findings) {
    const [place] = finding.places;
    if (place === undefined || finding.code === 'proof/contradictory') continue;
    const { id, effect } = place;
    if (finding.code !== 'proof/redundant')
      for (const [index, action] of actions.entries()) {
        const match = told.matches[index]?.get(id) ?? 0;
        const isOutdone = match === 0 || isStronger(told.strengths[index] ?? -1, effect);
        const isTrue = finding.code === 'proof/never-matches' ? match < 2 : isOutdone;
        if (!isTrue) expect([finding.message, action]).toBe('true');
      }
    if (isDeletable(finding) || finding.code === 'proof/redundant')
      expect([finding.message, isSame(documents, id, told, actions)]).toEqual([finding.message, true]);
  }
}

function checkWitness(documents: Documents, finding: Finding, { fromMs, toMs }: Horizon): void {
  const [first, second] = finding.places;
  const shown = finding.witness();
  if (shown === null || first === undefined) {
    expect(finding.code).toBe('proof/never-matches');
    return;
  }
  const { signals, decision } = shown;
  const policies = compiled(documents);
  const matched = new Map(
    policies.flatMap((policy) => [...obligingUnsure(policy, signals), ...matchesOf(policy, signals)]),
  );
  const said = JSON.stringify([finding.message, signals]);
  expect([said, matched.get(first.id)]).toEqual([said, finding.code === 'proof/never-matches' ? 1 : 2]);
  const atMs = signals['time.utc'];
  if (typeof atMs === 'number') expect([said, fromMs <= atMs && atMs < toMs]).toEqual([said, true]);
  const strength = decide(policies, signals);
  // A kernel denies what no policy is sure to speak of.
  const isSpokenOf = policies.some((policy) => policy.evaluate(factsOf(signals)).isCertain);
  const effects = ['allow', 'ask', 'deny', 'halt'] as const;
  expect([said, decision]).toEqual([said, effects[isSpokenOf ? strength : Math.max(strength, 2)]]);
  if (finding.code === 'proof/shadowed') expect([said, isStronger(strength, first.effect)]).toEqual([said, true]);
  if (finding.code === 'proof/redundant')
    expect([said, decisionOf(without(documents, first.id), signals)]).toEqual([said, decisionOf(policies, signals)]);
  if (finding.code === 'proof/contradictory') expect([said, matched.get(second?.id ?? '')]).toEqual([said, 2]);
}

const kernelMoments = [
  ...within.filter((_, hour) => hour % 7 === 0),
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 2, 29, 0),
];

test('what is proved of policies together is what counting finds, and what a kernel does', {
  timeout: 120_000 + runs * 1_000,
}, () => {
  fc.assert(
    fc.property(sets, fc.boolean(), (documents, isLong) => {
      const policies = compiled(documents);
      const horizon = isLong ? long : short;
      const proof = createProver().prove({ policies, horizon });
      const { findings } = proof;
      if (!isLong) checkCounted(documents, proof);
      checkSaid(documents, findings, actionsWithin);
      if (isLong) checkSaid(documents, findings, actionsBesides);
      const forGood = findings.filter(({ isForLater = false }) => !isForLater);
      checkSaid(documents, forGood, actionsLater);
      for (const finding of [...findings, ...proof.contradictions()]) checkWitness(documents, finding, horizon);
      for (const finding of findings) {
        const [place] = finding.places;
        if (place === undefined || !isDeletable(finding)) continue;
        const said = kernelSays(without(documents, place.id), kernelMoments);
        expect([finding.message, said]).toEqual([finding.message, kernelSays(policies, kernelMoments)]);
      }
    }),
    { numRuns: runs },
  );
});
