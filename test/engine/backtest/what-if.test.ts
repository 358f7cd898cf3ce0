/** What-if over recorded runs: the same policies decide the same, another policy shows what changes, and nothing is guessed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordedRun, whatIf } from '../../../server/engine/backtest/index.ts';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { policy, record, type ScriptedStep } from './recording.ts';

const open = policy('open', { default: 'allow' }).compiled;
const steps = (...names: ScriptedStep['tool'][]): ScriptedStep[] => names.map((tool) => ({ trial: 0, tool }));

const anything: fc.Arbitrary<Policy['spec']> = fc.record({
  default: fc.constantFrom('allow' as const, 'deny' as const),
  budgets: fc.constantFrom<NonNullable<Policy['spec']['budgets']>[]>(
    [],
    [{ id: 'spend', unit: 'usd', limit: 0.25, per: 'run', onExhausted: 'halt' }],
    [{ id: 'sends', unit: 'calls', limit: 2, per: 'agent', when: { 'tool.tags': 'send' }, window: '2s' }],
    [
      { id: 'all', unit: 'steps', limit: 9, per: 'run', onExhausted: 'halt' },
      { id: 'few', unit: 'steps', limit: 3, parent: 'all' },
    ],
  ),
  rules: fc.uniqueArray(
    fc.constantFrom<NonNullable<Policy['spec']['rules']>[number]>(
      { id: 'reading', effect: 'allow', when: { 'tool.kind': 'read' } },
      { id: 'writing', effect: 'allow', when: { 'tool.kind': 'write' } },
      { id: 'money', effect: 'ask', when: { 'tool.tags': 'money' } },
      { id: 'tired', effect: 'halt', when: { 'trial.consecutiveFailures': { atLeast: 2 } } },
      { id: 'dear', effect: 'deny', when: { 'run.cost': { atLeast: 0.12 } } },
      { id: 'others', effect: 'deny', when: { 'agent.failures': { atLeast: 2 } } },
      { id: 'refused', effect: 'halt', when: { 'trial.denials': { atLeast: 3 } } },
      { id: 'broken', effect: 'deny', on: 'observation', when: { 'observation.status': 'failed' } },
    ),
    { selector: ({ id }) => id },
  ),
});

const script: fc.Arbitrary<ScriptedStep[]> = fc.array(
  fc.record({
    trial: fc.nat(3),
    tool: fc.constantFrom('look' as const, 'send' as const, 'pay' as const, 'malformed' as const),
    failed: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('the policies of the run itself change nothing, whatever happened in it', () => {
  fc.assert(
    fc.property(anything, anything, script, (one, other, played) => {
      const sets = {
        a: [policy('one', one).compiled],
        b: [policy('one', one).compiled, policy('other', other).compiled],
      };
      const { run } = record(played, sets);
      const result = whatIf([run], ({ variant }) => sets[variant === 'a' ? 'a' : 'b']);
      expect(result.changes).toEqual([]);
      expect(result.departures).toEqual([]);
      expect(result.answered).toBe(result.recorded);
    }),
    { numRuns: 500 },
  );
});

test('with any policies, what is recorded is answered or said to be open', () => {
  fc.assert(
    fc.property(anything, anything, script, (then, now, played) => {
      const { run } = record(played, { a: [policy('p', then).compiled] });
      const compiled = policy('p', now).compiled;
      const result = whatIf([run], () => [compiled]);
      const unanswered = result.departures.reduce((sum, one) => sum + one.unanswered, 0);
      expect(result.answered + unanswered).toBe(result.recorded);
      expect(result.departures.length).toBe(new Set(result.departures.map(({ trial }) => trial)).size);
      for (const { before, after, causes } of result.changes) {
        expect(before).not.toBe(after);
        expect(causes.every(({ effect }) => effect === after)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

describe('an edited policy', () => {
  const noMoney = policy('p', {
    default: 'allow',
    rules: [
      { id: 'no-money', effect: 'deny', when: { 'tool.tags': 'money' } },
      { id: 'never', effect: 'deny', when: { 'tool.kind': 'execute' } },
    ],
  }).compiled;

  test('shows what is newly denied, by which rule, and answers for nothing after it', () => {
    const { run } = record(steps('look', 'pay', 'look', 'pay'), { a: [open] });
    const result = whatIf([run], () => [noMoney]);
    expect(result).toMatchObject({ recorded: 4, answered: 2, before: { allow: 2 }, after: { allow: 1, deny: 1 } });
    expect(result.changes).toMatchObject([
      { subject: 'pay', before: 'allow', after: 'deny', causes: [{ id: 'no-money' }] },
    ]);
    expect(result.departures).toMatchObject([{ why: 'newly-denied', unanswered: 2 }]);
    expect(result.rules).toMatchObject([
      { id: 'no-money', matched: 1, decided: 1, newly: 1 },
      { id: 'never', matched: 0 },
      { kind: 'default', matched: 1, newly: 0 },
    ]);
  });

  test('shows what is newly allowed; the agent would have learned something, so the rest is open, too', () => {
    const { run } = record(steps('pay', 'look'), { a: [noMoney] });
    const result = whatIf([run], () => [open]);
    expect(result.departures).toMatchObject([{ why: 'newly-allowed', unanswered: 1 }]);
  });

  test('that asks where it denied goes on, since nobody answers', () => {
    const asking = policy('p', {
      default: 'allow',
      rules: [{ id: 'q', effect: 'ask', when: { 'tool.tags': 'money' } }],
    });
    const { run } = record(steps('pay', 'look'), { a: [noMoney] });
    const result = whatIf([run], () => [asking.compiled]);
    expect(result).toMatchObject({ answered: 2, departures: [], changes: [{ before: 'deny', after: 'ask' }] });
  });

  test('what one trial would not have spent is there for the next, and that is said to be an assumption', () => {
    const spend = { id: 'spend', unit: 'usd' as const, limit: 0.15, per: 'run' as const };
    const before = policy('p', { default: 'allow', budgets: [spend] }).compiled;
    const { run } = record(
      [
        { trial: 0, tool: 'send', input: { to: 'eve@evil.example' } },
        { trial: 0, tool: 'pay' },
        { trial: 1, tool: 'pay' },
      ],
      { a: [before] },
    );
    const rules = [{ id: 'no', effect: 'deny' as const, when: { 'target.domains': 'evil.example' } }];
    const after = policy('p', { default: 'allow', budgets: [spend], rules }).compiled;
    const result = whatIf([run], () => [after]);
    expect(result.changes.map(({ subject, before, after }) => `${subject} ${before} ${after}`)).toEqual([
      'send allow deny',
      'pay deny allow',
    ]);
    expect(result.assumed).toBe(1);
  });

  test('counts of others are taken down by what would not have been', () => {
    const { run } = record(
      [
        { trial: 0, tool: 'pay' },
        { trial: 0, tool: 'pay' },
        { trial: 1, tool: 'look' },
      ],
      { a: [open] },
    );
    const rules = [
      { id: 'no-money', effect: 'deny' as const, when: { 'tool.tags': 'money' } },
      { id: 'dear', effect: 'deny' as const, when: { 'run.cost': { atLeast: 0.1 } } },
      { id: 'refused', effect: 'halt' as const, when: { 'run.denials': { atLeast: 1 } } },
    ];
    const result = whatIf([run], () => [policy('p', { default: 'allow', rules }).compiled]);
    expect(result.changes.map(({ after, causes }) => [after, causes[0]?.id])).toEqual([
      ['deny', 'no-money'],
      ['halt', 'refused'],
    ]);
  });

  test('with a guard of observations says that nobody looked, instead of guessing', () => {
    const { run } = record(steps('look', 'look'), { a: [open] });
    const guard = policy('p', {
      default: 'allow',
      rules: [{ id: 'large', effect: 'deny', on: 'observation', when: { 'observation.sizeBytes': { atLeast: 10 } } }],
    });
    const result = whatIf([run], () => [guard.compiled]);
    expect(result.departures).toMatchObject([{ why: 'unknown' }]);
    expect(result.changes).toEqual([]);
  });
});

test('that no guard is about an observation, and no policy about an action, is no rule of a policy', () => {
  const guard = policy('p', {
    overlay: true,
    rules: [
      { id: 'failing', effect: 'deny', on: 'observation', when: { 'observation.status': 'failed' } },
      { id: 'looking', effect: 'allow', when: { 'tool.name': 'look' } },
    ],
  }).compiled;
  const { run } = record(steps('look', 'pay'), { a: [guard] });
  const result = whatIf([run], () => [guard]);
  expect(result).toMatchObject({
    answeredOn: { action: 2, observation: 1 },
    after: { allow: 2, deny: 1 },
    changes: [],
  });
  expect(result.rules.map(({ policy, id }) => `${policy}/${id}`)).toEqual(['p/failing', 'p/looking']);
});

test('trials that nobody asks about are left out', () => {
  const { run } = record(steps('look'), { a: [open] });
  expect(whatIf([run], () => null)).toMatchObject({ recorded: 0, rules: [] });
});

test('what a ledger does not record is unknown, and holds back', () => {
  const { entries } = record(steps('look'), { a: [open] });
  const old = new RecordedRun();
  for (const entry of entries) {
    if (entry.type !== 'decision') old.add(entry);
    else {
      const { 'trial.sameToolCalls': _, ...signals } = entry.signals;
      old.add({ ...entry, signals });
    }
  }
  const rules = [{ id: 'often', effect: 'deny' as const, when: { 'trial.sameToolCalls': { atLeast: 9 } } }];
  const result = whatIf([old], () => [policy('p', { default: 'allow', rules }).compiled]);
  expect(result.changes[0]?.causes).toMatchObject([{ id: 'often', unknown: ['trial.sameToolCalls'] }]);
});
