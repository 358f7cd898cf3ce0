/** What-if over whole workspaces: unedited policies change nothing, in whatever order and with whomever their runs went on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Beside,
  decideIn,
  givenByRecord,
  type PoliciesFor,
  RecordedRun,
  standingAt,
  whatIf,
} from '../../../server/engine/backtest/index.ts';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { addScope, openScope, Recount, snapshotOf } from '../../../server/engine/kernel/index.ts';
import type { LedgerEntry } from '../../../server/engine/ledger/index.ts';
import { type Happening, History, type Person, type Sets } from './history.ts';
import { policy } from './recording.ts';

type Budgets = NonNullable<Policy['spec']['budgets']>;
type Rule = NonNullable<Policy['spec']['rules']>[number];

const effect = fc.constantFrom('deny' as const, 'halt' as const, 'ask' as const);
const budgets: fc.Arbitrary<Budgets> = fc
  .tuple(effect, effect, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 4 }))
  .chain(([one, other, calls, cents]) =>
    fc.subarray<Budgets[number]>([
      { id: 'all', unit: 'calls', limit: calls, per: 'workspace', onExhausted: one },
      { id: 'money', unit: 'usd', limit: cents / 10, per: 'workspace', onExhausted: other },
      { id: 'often', unit: 'calls', limit: calls, per: 'workspace', window: '5s', onExhausted: one },
      { id: 'run', unit: 'usd', limit: cents / 10, per: 'run', onExhausted: other },
      { id: 'agent', unit: 'calls', limit: calls, per: 'agent', when: { 'tool.kind': 'write' }, window: '3s' },
      { id: 'steps', unit: 'steps', limit: 2 * calls, per: 'workspace', onExhausted: one },
      { id: 'risky', unit: 'calls', limit: 3, per: 'run', when: { 'tool.risk': { atLeast: 3 } } },
      { id: 'own', unit: 'calls', limit: 3, window: '2s' },
    ]),
  );

const rules: fc.Arbitrary<Rule[]> = fc.subarray<Rule>([
  { id: 'reading', effect: 'allow', when: { 'tool.kind': 'read' } },
  { id: 'money', effect: 'ask', when: { 'tool.tags': 'money' }, ask: { who: ['leads'], wait: '5m' } },
  { id: 'mail', effect: 'ask', when: { 'tool.tags': 'send' }, ask: { who: ['leads', 'desk'], wait: '2m' } },
  { id: 'anybody', effect: 'ask', when: { 'trial.steps': { atLeast: 3 } } },
  { id: 'dim', effect: 'ask', when: { 'tool.risk': { atLeast: 3 } }, ask: { who: ['desk'] } },
  { id: 'hasty', effect: 'deny', when: { 'run.stepsPerMinute': { atLeast: 6 } } },
  { id: 'rush', effect: 'deny', when: { 'workspace.stepsPerMinute': { atLeast: 9 } } },
  { id: 'tired', effect: 'halt', when: { 'trial.consecutiveFailures': { atLeast: 2 } } },
  { id: 'dear', effect: 'deny', when: { 'workspace.cost': { atLeast: 0.3 } } },
  { id: 'broken', effect: 'ask', on: 'observation', when: { 'observation.status': 'failed' }, ask: { who: ['desk'] } },
]);

const spec: fc.Arbitrary<Policy['spec']> = fc.record({
  default: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
  budgets,
  rules,
});
const overlay: fc.Arbitrary<Policy['spec']> = rules.map((some) => ({ overlay: true, rules: some }));

const person: fc.Arbitrary<Person> = fc.record({
  name: fc.constantFrom('ann', 'bob'),
  groups: fc.subarray(['leads', 'desk', 'board']),
  allow: fc.boolean(),
});
const where = { run: fc.nat(3), trial: fc.nat(2) };
const happenings = (pass: fc.Arbitrary<number>): fc.Arbitrary<Happening[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({
          do: fc.constant('act' as const),
          ...where,
          tool: fc.constantFrom('look' as const, 'send' as const, 'pay' as const, 'malformed' as const),
          failed: fc.boolean(),
          slow: fc.boolean(),
          dim: fc.boolean(),
          people: fc.array(person, { maxLength: 2 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const), ...where }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'lose' as const), ...where }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const), run: fc.nat(3) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: pass }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('settle' as const), amount: fc.integer({ min: 1, max: 3 }) }),
      },
    ),
    { maxLength: 60 },
  );

/** Four runs under two policies and an overlay; some have only one of them. */
interface World {
  readonly p: Policy['spec'];
  readonly q: Policy['spec'];
  readonly r: Policy['spec'];
  readonly ways: readonly number[];
}
const world: fc.Arbitrary<World> = fc.record({
  p: spec,
  q: spec,
  r: overlay,
  ways: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
});

function made({ p, q, r, ways }: World): { sets: Sets; policiesFor: PoliciesFor } {
  const [one, two, three] = [policy('p', p).compiled, policy('q', q).compiled, policy('r', r).compiled];
  const all = [{ a: [one], b: [one, two] }, { a: [one, three] }, { a: [three], b: [one] }, { a: [two, three] }];
  const sets: Sets = ways.map((way) => all[way] ?? { a: [one] });
  return { sets, policiesFor: ({ variant }, run) => sets[Number(run.slice('run-'.length))]?.[variant] ?? null };
}

const steady = fc.integer({ min: 0, max: 4_000 });
const jumping = fc.integer({ min: -9_000, max: 9_000 });

test('the policies of the runs change nothing, and nothing is left open', () => {
  fc.assert(
    fc.property(world, happenings(steady), (one, happened) => {
      const { sets, policiesFor } = made(one);
      const { recorded } = new History(sets).play(happened);
      for (const options of [{}, { recordedFor: policiesFor }]) {
        const result = whatIf(recorded, policiesFor, options);
        expect(result.changes).toEqual([]);
        expect(result.departures).toEqual([]);
        expect(result.answered).toBe(result.recorded);
      }
    }),
    { numRuns: 400 },
  );
});

test('nor where only some of the trials are tried, for the others take what they were recorded to take', () => {
  fc.assert(
    fc.property(world, happenings(steady), fc.nat(3), fc.boolean(), (one, happened, without, isB) => {
      const { sets, policiesFor } = made(one);
      const { recorded } = new History(sets).play(happened);
      const some: PoliciesFor = (attempt, run) =>
        run === `run-${without}` || (isB && attempt.variant === 'b') ? null : policiesFor(attempt, run);
      const result = whatIf(recorded, some, { recordedFor: policiesFor });
      expect(result.changes).toEqual([]);
      expect(result.departures).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('nor where the clock jumps, entries are written late, ledgers end in the midst, or earlier ones are not tried', () => {
  fc.assert(
    fc.property(
      world,
      happenings(jumping),
      fc.nat(3),
      fc.array(fc.nat(40), { minLength: 4, maxLength: 4 }),
      fc.subarray([0, 1, 2, 3]),
      (one, happened, lateMs, cuts, earlier) => {
        const { sets, policiesFor } = made(one);
        const { ledgers, beside } = new History(sets, { lateMs }).play(happened);
        const before = openScope();
        const runs: RecordedRun[] = [];
        for (const [run, entries] of [...ledgers, [null, beside] as const]) {
          const recorded = new RecordedRun();
          const recount = new Recount();
          for (const entry of run === null ? entries : entries.slice(0, (cuts[run] ?? 0) + 1)) {
            recorded.add(entry);
            recount.add(entry);
          }
          if (run !== null && earlier.includes(run)) addScope(before, recount.workspace);
          else runs.push(recorded);
        }
        const result = whatIf(runs, policiesFor, { recordedFor: policiesFor, before: snapshotOf(before) });
        expect(result.changes).toEqual([]);
        expect(result.departures.filter(({ why }) => why !== 'uncounted')).toEqual([]);
      },
    ),
    { numRuns: 400, examples: [[haltedBeside, happenedBeside, 0, [5, 0, 0, 0], []]] },
  );
});

test('a run that is tried alone, with the other ledgers of its workspace beside it, changes nothing', async () => {
  async function* read(entries: readonly LedgerEntry[]) {
    yield* entries;
  }
  await fc.assert(
    fc.asyncProperty(world, happenings(steady), fc.nat(3), async (one, happened, alone) => {
      const { sets, policiesFor } = made(one);
      const { ledgers, beside: spent } = new History(sets).play(happened);
      const run = new RecordedRun();
      for (const entry of ledgers.get(alone) ?? []) run.add(entry);
      const beside = new Beside([run]);
      for (const [other, entries] of ledgers) if (other !== alone) await beside.addRun(read(entries));
      await beside.addShared(read(spent));
      const tried: PoliciesFor = (attempt, of) => (of === run.run ? policiesFor(attempt, of) : null);
      const options = { recordedFor: policiesFor, before: beside.before };
      const result = whatIf([run, ...beside.runs], tried, options);
      expect(result.changes).toEqual([]);
      expect(result.departures.filter(({ why }) => why !== 'uncounted')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

type Act = Extract<Happening, { do: 'act' }>;
const act = (run: number, tool: Act['tool'], more: Partial<Act> = {}): Happening => ({
  ...{ do: 'act', run, trial: 0, tool, failed: false, slow: false, dim: false, people: [] },
  ...more,
});
const pass = (ms: number): Happening => ({ do: 'pass', ms });
const ended = (run: number): Happening => ({ do: 'end', run, trial: 0 });

/** One budget halts the workspace while another is in the way, too, which nobody can count once the other ledger is torn. */
const haltedBeside: World = {
  p: {
    default: 'allow',
    budgets: [{ id: 'often', unit: 'calls', limit: 1, per: 'workspace', window: '5s', onExhausted: 'deny' }],
  },
  q: {
    default: 'allow',
    budgets: [{ id: 'money', unit: 'usd', limit: 0, per: 'workspace', onExhausted: 'halt' }],
  },
  r: { overlay: true },
  ways: [0, 0, 0, 0],
};
const happenedBeside: Happening[] = [act(1, 'look'), act(0, 'send', { trial: 1 }), act(0, 'look')];

/** An action that takes its time holds its part of a budget over the edge of a window, where it leaves nothing for the next. */
const heldOverTheEdge: World = {
  p: { default: 'allow' },
  q: {
    default: 'allow',
    budgets: [{ id: 'often', unit: 'calls', limit: 1, per: 'workspace', window: '5s', onExhausted: 'ask' }],
  },
  r: { overlay: true },
  ways: [0, 0, 0, 0],
};
const happenedOverTheEdge: Happening[] = [
  act(0, 'look', { trial: 1, slow: true }),
  pass(5_000),
  act(0, 'look', { trial: 1 }),
];

test('one recorded action is decided again as it was, on budgets as they stood', () => {
  fc.assert(
    fc.property(world, happenings(steady), fc.nat(), (one, happened, pick) => {
      const { sets, policiesFor } = made(one);
      const history = new History(sets).play(happened);
      const { recorded } = history;
      const decisions = [...history.ledgers.values()].flatMap((entries, at) =>
        entries.flatMap((entry) => (entry.type === 'decision' ? [{ entry, run: recorded[at] }] : [])),
      );
      const { entry, run } = decisions[pick % Math.max(1, decisions.length)] ?? {};
      if (entry === undefined || run === undefined) return;
      const attempt = run.attempts.findIndex(({ trial }) => trial === entry.trial);
      const policies = (run.attempts[attempt] && policiesFor(run.attempts[attempt], run.run)) ?? [];
      const standing = standingAt({ run, attempt, step: entry.step }, policies, recorded);
      expect(standing).not.toBeNull();
      const given = givenByRecord(entry.signals);
      const { decision } = decideIn(
        { action: { type: 'tool', input: {} }, given, ...(standing && { standing }) },
        policies,
      );
      const isRefused = entry.decision.causes.some(({ id }) => id === 'refused');
      if (!isRefused) expect(decision.effect).toBe(entry.decision.effect);
      const budgetsOf = (causes: typeof decision.causes) => causes.filter(({ kind }) => kind === 'budget');
      expect(budgetsOf(decision.causes)).toEqual(budgetsOf(entry.decision.causes));
    }),
    { numRuns: 400, examples: [[heldOverTheEdge, happenedOverTheEdge, 1]] },
  );
});

/** One policy for all runs, then and now; what would be other, and where nothing can be told. */
function tried(then: Policy['spec'], now: Policy['spec'], happened: readonly Happening[], only = [0, 1, 2, 3]) {
  const [before, after] = [policy('p', then).compiled, policy('p', now).compiled];
  const sets = only.map(() => ({ a: [before] }));
  const { recorded } = new History(sets).play(happened);
  // In whatever order runs are given: when they were is in their ledgers.
  const runs = recorded.filter((_, run) => only.includes(run)).reverse();
  const result = whatIf(runs, () => [after], { recordedFor: () => [before] });
  return {
    changes: result.changes.map((one) => `${one.run} ${one.step}: ${one.before} → ${one.after}`),
    open: result.departures.filter(({ why }) => !why.startsWith('newly')).map(({ run, why }) => `${run}: ${why}`),
  };
}

test('what the workspace shares goes from run to run, in the order in which they were, whatever order they are given in', () => {
  const spec = (limit: number): Policy['spec'] => ({
    default: 'allow',
    budgets: [{ id: 'all', unit: 'calls', limit, per: 'workspace', onExhausted: 'deny' }],
  });
  const happened = [act(0, 'look'), act(0, 'look'), ended(0), pass(1), act(1, 'look'), act(1, 'look'), ended(1)];
  expect(tried(spec(4), spec(3), happened)).toEqual({ changes: ['run-1 1: allow → deny'], open: [] });
  // One at once with the other, step by step in the same millisecond.
  const together = [act(1, 'look'), act(0, 'look'), act(1, 'look'), act(0, 'look')];
  expect(tried(spec(4), spec(3), together)).toEqual({ changes: ['run-0 1: allow → deny'], open: [] });
  expect(tried(spec(3), spec(4), together)).toEqual({ changes: ['run-0 1: deny → allow'], open: [] });
});

test('a workspace that was halted goes on in a run that begins in a later window, and not before', () => {
  const spec = (limit: number): Policy['spec'] => ({
    default: 'allow',
    budgets: [{ id: 'all', unit: 'calls', limit, per: 'workspace', window: '1m', onExhausted: 'halt' }],
  });
  const happened = [act(0, 'look'), act(0, 'look'), act(1, 'look'), pass(60_000), act(2, 'look'), ended(2)];
  expect(tried(spec(1), spec(1), happened)).toEqual({ changes: [], open: [] });
  expect(tried(spec(2), spec(1), happened)).toEqual({
    changes: ['run-0 1: allow → halt'],
    open: [],
  });
});

test('an edited rule that the person was not shown has no answer', () => {
  const spec = (rules: Rule[]): Policy['spec'] => ({ default: 'allow', rules });
  const one: Rule = { id: 'one', effect: 'ask', when: { 'tool.tags': 'money' } };
  const happened = [act(0, 'pay', { people: [{ name: 'ann', groups: [], allow: true }] })];
  expect(tried(spec([one]), spec([one, { ...one, id: 'other' }]), happened)).toEqual({
    changes: [],
    open: ['run-0: unanswered'],
  });
});

test('where it cannot be counted again what a budget had left, nothing is said of it', () => {
  const spec = (limit: number): Policy['spec'] => ({
    default: 'allow',
    budgets: [{ id: 'all', unit: 'calls', limit, per: 'workspace', onExhausted: 'deny' }],
  });
  const happened = [act(0, 'look'), act(0, 'look'), ended(0), pass(1), act(1, 'look'), act(1, 'look'), ended(1)];
  // The ledger of the first run is gone.
  expect(tried(spec(3), spec(4), happened, [1, 2])).toEqual({ changes: [], open: ['run-1: uncounted'] });
  // The clock was set back between two runs, so that nobody knows which one came first.
  const back = [act(0, 'look'), act(0, 'look'), ended(0), pass(-90_000), act(1, 'look'), act(1, 'look'), ended(1)];
  expect(tried(spec(4), spec(4), back)).toEqual({ changes: [], open: [] });
  expect(tried(spec(4), spec(3), back)).toEqual({ changes: [], open: ['run-0: uncounted'] });
});

describe('a trial that cannot be counted again is taken to have gone as it was recorded', () => {
  const budget = (id: string, more: Partial<Budgets[number]>): Budgets[number] => ({
    ...{ id, unit: 'calls', limit: 1, per: 'workspace', onExhausted: 'deny' },
    ...more,
  });
  const writes = budget('writes', { when: { 'tool.kind': 'write' } });
  /** The first write of run 1 leaves nothing for run 0; but of run 1 only the beginning is left. */
  function torn(then: Policy['spec'], happened: readonly Happening[], now = then) {
    const [before, after] = [policy('p', then).compiled, policy('p', now).compiled];
    const { ledgers } = new History([{ a: [before] }, { a: [before] }, { a: [before] }]).play([
      act(1, 'send'),
      ...happened,
    ]);
    const runs = [...ledgers].map(([run, entries]) => {
      const recorded = new RecordedRun();
      for (const entry of run === 1 ? entries.slice(0, 1) : entries) recorded.add(entry);
      return recorded;
    });
    const { changes, departures, assumed } = whatIf(runs, () => [after], { recordedFor: () => [before] });
    return {
      changes: changes.map((one) => `${one.trial} ${one.step}: ${one.before} → ${one.after}`),
      open: departures.map(({ trial, why, unanswered }) => `${trial}: ${why}, ${unanswered}`),
      assumed,
    };
  }

  test('so others find what it has left them of other budgets', () => {
    const spec: Policy['spec'] = {
      default: 'allow',
      budgets: [writes, budget('reads', { when: { 'tool.kind': 'read' } })],
    };
    const happened = [act(0, 'send'), act(0, 'look'), act(0, 'look', { trial: 1 })];
    expect(torn(spec, happened)).toEqual({ changes: [], open: ['0-0: uncounted, 2'], assumed: 1 });
    const wider = { ...spec, budgets: [writes, budget('reads', { when: { 'tool.kind': 'read' }, limit: 2 })] };
    expect(torn(spec, happened, wider).changes).toEqual(['0-1 0: deny → allow']);
  });

  test('and so it is where the edited policy might have halted it, once that is over', () => {
    const reads = budget('reads', { when: { 'tool.kind': 'read' } });
    const then: Policy['spec'] = { default: 'allow', budgets: [{ ...writes, limit: 2, window: '1m' }, reads] };
    const halting = { ...writes, window: '1m', onExhausted: 'halt' } as const;
    const sends = [act(0, 'send'), act(0, 'send')];
    const happened = [...sends, act(0, 'look', { trial: 1 }), ended(0), pass(60_000), act(2, 'look')];
    expect(torn(then, happened, { ...then, budgets: [halting, reads] })).toMatchObject({
      changes: ['0-0 1: deny → halt'],
      open: ['0-0: newly-halted, 0', '0-1: uncounted, 1'],
    });
  });

  test('and what it has under way goes on being held', () => {
    const reads = budget('reads', { when: { 'tool.kind': 'read' }, window: '5s' });
    const happened = [act(0, 'look', { slow: true }), act(0, 'send'), pass(5_000), act(0, 'look', { trial: 1 })];
    expect(torn({ default: 'allow', budgets: [writes, reads] }, happened)).toMatchObject({
      changes: [],
      open: ['0-0: uncounted, 1'],
    });
  });

  test('and rules that count others see what it has done', () => {
    const dear: Rule = { id: 'dear', effect: 'deny', when: { 'run.cost': { atLeast: 0.1 } } };
    const spec: Policy['spec'] = {
      default: 'allow',
      budgets: [budget('sends', { when: { 'tool.tags': 'send' } })],
      rules: [dear],
    };
    const happened = [act(0, 'send'), act(0, 'pay', { failed: true }), act(0, 'look', { trial: 1 })];
    expect(torn(spec, happened)).toMatchObject({ changes: [], open: ['0-0: uncounted, 2'] });
  });

  test.each([
    ['run', act(0, 'look', { trial: 1 }), '0-1'],
    ['workspace', act(2, 'look'), '2-0'],
  ] as const)('and what it has halted later, a %s, is not taken to go on', (per, last, other) => {
    const sends = budget('sends', { when: { 'tool.tags': 'send' } });
    const money = budget('money', { unit: 'usd', limit: 0.11, per, onExhausted: 'halt' });
    const spec: Policy['spec'] = { default: 'allow', budgets: [sends, money] };
    const happened = [act(0, 'send'), act(0, 'pay'), act(0, 'pay'), last];
    expect(torn(spec, happened)).toMatchObject({ changes: [], open: ['0-0: uncounted, 3'] });
    expect(torn(spec, happened, { ...spec, budgets: [sends] })).toMatchObject({
      changes: [],
      open: ['0-0: uncounted, 3', `${other}: uncounted, 1`],
    });
  });
});

test('a question of an overlay in doubt asks nobody, then and now', () => {
  const overlay: Policy['spec'] = { overlay: true, rules: [{ id: 'dim', effect: 'ask', when: { 'tool.risk': 3 } }] };
  const yes: Person = { name: 'ann', groups: [], allow: true };
  expect(tried(overlay, overlay, [act(0, 'look', { dim: true, people: [yes] })])).toEqual({ changes: [], open: [] });
});

test('rates are taken down by steps that would not have been, within the minute', () => {
  const spec = (rules: Rule[]): Policy['spec'] => ({ default: 'allow', rules });
  const hasty: Rule = { id: 'hasty', effect: 'deny', when: { 'run.stepsPerMinute': { atLeast: 3 } } };
  const noMoney: Rule = { id: 'no', effect: 'deny', when: { 'tool.tags': 'money' } };
  const happened = [act(0, 'pay'), act(0, 'look'), act(0, 'look'), act(0, 'look', { trial: 1 })];
  expect(tried(spec([hasty]), spec([hasty, noMoney]), happened)).toEqual({
    changes: ['run-0 0: allow → deny', 'run-0 0: deny → allow'],
    open: [],
  });
  const later = [...happened.slice(0, 3), pass(61_000), act(0, 'look', { trial: 1 })];
  expect(tried(spec([hasty]), spec([hasty, noMoney]), later).changes).toEqual(['run-0 0: allow → deny']);
});

describe('what others find of a trial that would have gone differently', () => {
  const noMoney: Rule = { id: 'no-money', effect: 'deny', when: { 'tool.tags': 'money' } };
  const deniedFrom = (signal: string, atLeast: number): Rule => ({
    ...{ id: 'others', effect: 'deny', when: { [signal]: { atLeast } } },
  });
  /** The same of what costs nothing and is the first of its trial. */
  const firstDeniedFrom = (signal: string, atLeast: number): Rule => ({
    ...deniedFrom(signal, atLeast),
    when: { [signal]: { atLeast }, 'tool.cost': 0, 'trial.steps': 0 },
  });
  const other = act(0, 'look', { trial: 1 });
  const spec = (...some: Rule[]): Policy['spec'] => ({ default: 'allow', rules: some });
  const newlyDenied = ['run-0 0: allow → deny', 'run-0 0: deny → allow'];

  // Trial 0 would be denied its first payment, and trial 1 is denied for what trial 0 has done.
  test.each<[string, number, Happening[], string[]]>([
    ['steps', 3, [act(0, 'pay'), act(0, 'look'), act(0, 'look')], newlyDenied],
    ['steps', 2, [act(0, 'pay'), act(0, 'malformed')], newlyDenied],
    ['cost', 0.1, [act(0, 'pay')], newlyDenied],
    ['cost', 0.2, [act(0, 'pay'), act(0, 'pay')], newlyDenied],
    ['failures', 1, [act(0, 'pay', { failed: true })], newlyDenied],
    ['failures', 1, [act(0, 'pay'), act(0, 'look', { failed: true })], newlyDenied],
    ['failures', 1, [act(0, 'pay'), act(0, 'malformed')], newlyDenied],
    // What it had done before is done, and what has not failed is no failure less.
    ['cost', 0.01, [act(0, 'send'), act(0, 'pay')], ['run-0 1: allow → deny']],
    ['failures', 1, [act(0, 'look', { failed: true }), act(0, 'pay')], ['run-0 1: allow → deny']],
    ['steps', 1, [act(0, 'look'), act(0, 'pay')], ['run-0 1: allow → deny']],
  ])('%s from %d on, newly denied', (count, atLeast, happened, expected) => {
    for (const scope of ['run', 'workspace']) {
      const only = firstDeniedFrom(`${scope}.${count}`, atLeast);
      expect(tried(spec(only), spec(only, noMoney), [...happened, other])).toEqual({ changes: expected, open: [] });
    }
  });

  // Trial 0 was denied its payment, and would not be.
  test.each<[string, number, string[]]>([
    ['cost', 0.1, ['run-0 0: deny → allow', 'run-0 0: allow → deny']],
    ['cost', 0.11, ['run-0 0: deny → allow']],
    ['denials', 1, ['run-0 0: deny → allow', 'run-0 0: deny → allow']],
    ['steps', 1, ['run-0 0: deny → allow']],
  ])('%s from %d on, newly allowed', (count, atLeast, expected) => {
    for (const scope of ['run', 'workspace']) {
      const rule = deniedFrom(`${scope}.${count}`, atLeast);
      const happened = [act(0, 'pay'), other];
      expect(tried(spec(rule, noMoney), spec(rule), happened)).toEqual({ changes: expected, open: [] });
    }
  });

  test('its denials, where it would have been denied or would not have come to them', () => {
    const rule: Rule = { ...deniedFrom('run.denials', 1), when: { 'run.denials': { atLeast: 1 }, 'tool.cost': 0 } };
    expect(tried(spec(rule), spec(rule, noMoney), [act(0, 'pay'), other]).changes).toEqual([
      'run-0 0: allow → deny',
      'run-0 0: allow → deny',
    ]);
    const noMail: Rule = { id: 'no-mail', effect: 'deny', when: { 'tool.tags': 'send' } };
    const denied: Rule = { ...rule, when: { 'run.denials': { atLeast: 2 } } };
    const happened = [act(0, 'pay'), act(0, 'send'), act(0, 'send'), other];
    expect(tried(spec(denied, noMail), spec(denied, noMail, noMoney), happened).changes).toEqual(newlyDenied);
  });

  describe('what it holds is spent when it departs', () => {
    const budget = (window?: string): NonNullable<Policy['spec']['budgets']> => [
      { id: 'money', unit: 'usd', limit: 0.1, per: 'run', ...(window && { window }), onExhausted: 'deny' },
    ];
    const under = (budgets: Budgets, ...some: Rule[]): Policy['spec'] => ({ default: 'allow', budgets, rules: some });
    const send = act(0, 'send', { trial: 1 });

    test('where it would be allowed more, so that nothing is left', () => {
      expect(tried(under(budget(), noMoney), under(budget()), [act(0, 'pay'), send]).changes).toEqual([
        'run-0 0: deny → allow',
        'run-0 0: allow → deny',
      ]);
    });

    test('in the window in which it departs, so that the next is free', () => {
      const happened = [act(0, 'pay'), pass(5_000), send];
      expect(tried(under(budget('5s'), noMoney), under(budget('5s')), happened).changes).toEqual([
        'run-0 0: deny → allow',
      ]);
    });

    test('where it is denied something else meanwhile', () => {
      const noReading: Rule = { id: 'no-reading', effect: 'deny', when: { 'tool.kind': 'read' } };
      const happened = [act(0, 'pay', { slow: true }), act(0, 'look'), { do: 'come', run: 0, trial: 0 } as const, send];
      expect(tried(under(budget()), under(budget(), noReading), happened).changes).toEqual(['run-0 1: allow → deny']);
    });
  });
});

describe('an answer counts for whom the edited rule asks', () => {
  const spec = (ask: Rule['ask'], effect: Rule['effect'] = 'ask'): Policy['spec'] => ({
    default: 'allow',
    rules: [{ id: 'q', effect, ...(ask && { ask }), when: { 'tool.tags': 'money' } }],
  });
  const ann = (allow: boolean): Person => ({ name: 'ann', groups: ['desk', 'leads'], allow });
  const same = { changes: [], open: [] };
  const unanswered = { changes: [], open: ['run-0: unanswered'] };

  test.each<[string, Person[], Rule['ask'], Rule['ask'], ReturnType<typeof tried>]>([
    ['the same group', [ann(true)], { who: ['leads'] }, { who: ['leads'] }, same],
    ['her by name', [ann(true)], { who: ['leads'] }, { who: ['ann'] }, same],
    ['more people', [ann(true)], { who: ['leads'] }, { who: ['board', 'leads'] }, same],
    ['anybody', [ann(true)], { who: ['leads'] }, undefined, same],
    ['another group', [ann(true)], { who: ['leads'] }, { who: ['board'] }, unanswered],
    ['another group, which she refused', [ann(false)], { who: ['leads'] }, { who: ['board'] }, unanswered],
    ['her, who refused', [ann(false)], { who: ['leads'] }, { who: ['ann', 'board'] }, same],
    ['in time', [ann(true)], { who: ['leads'], wait: '10m' }, { who: ['leads'], wait: '2m' }, same],
    ['too late', [ann(true)], { who: ['leads'], wait: '10m' }, { who: ['leads'], wait: '500ms' }, unanswered],
    ['the same, who said nothing', [], { who: ['leads'] }, { who: ['leads'], wait: '1h' }, same],
    ['others, when nobody said anything', [], { who: ['leads'] }, { who: ['desk'] }, unanswered],
  ])('%s', (_, people, then, now, expected) => {
    expect(tried(spec(then), spec(now), [act(0, 'pay', { people })])).toEqual(expected);
  });

  test('where nobody was asked, nobody answers', () => {
    expect(tried(spec(undefined, 'deny'), spec({ who: ['desk'] }), [act(0, 'pay')])).toEqual({
      changes: ['run-0 0: deny → ask'],
      open: [],
    });
  });
});
