/** Counting again from a ledger gives what was counted at the time, at every entry, whoever was killed; and never less. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tally } from '../../../server/engine/budget/index.ts';
import type { Policy } from '../../../server/engine/documents/index.ts';
import {
  createKernel,
  createWorkspace,
  type Kernel,
  type ProposedAction,
  Recount,
  type ScopeSnapshot,
  scopeIn,
  shareOf,
  type TrialKernel,
  type Workspace,
} from '../../../server/engine/kernel/index.ts';
import type { LedgerEntry } from '../../../server/engine/ledger/index.ts';
import { type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';

const spec: Policy['spec'] = {
  default: 'allow',
  budgets: [
    { id: 'all', unit: 'usd', limit: 2, per: 'workspace' },
    { id: 'run', unit: 'usd', limit: 1.5, per: 'run', parent: 'all' },
    { id: 'hourly', unit: 'calls', limit: 6, per: 'workspace', window: '1h' },
    { id: 'agent', unit: 'calls', limit: 9, per: 'agent', when: { 'tool.name': 'send' } },
    { id: 'steps', unit: 'steps', limit: 30, per: 'run' },
    { id: 'own', unit: 'steps', limit: 12 },
  ],
};
const document: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
const { value: policy } = compilePolicy({ policy: document, digest: 'sha256:p', lineOf: () => undefined });
if (policy === null) throw new Error('the policy is sound');
const policies: CompiledPolicy[] = [policy];
const variants = new Map(['a', 'b'].map((id) => [id, { role: 'assistant', policies }]));

const tool = (name: string, cost: number): ProposedAction => ({
  type: 'tool',
  tool: { name, description: name, kind: 'write', risk: 1, cost, input: { type: 'object' } },
  input: {},
});
const actions = [tool('send', 0.1), tool('pay', 0.45), tool('look', 0)];
const payload = { json: null };

type Event =
  | { readonly do: 'act'; readonly trial: number; readonly action: number }
  | { readonly do: 'come'; readonly trial: number; readonly failed: boolean }
  | { readonly do: 'reject' | 'finish'; readonly trial: number }
  | { readonly do: 'pass'; readonly minutes: number }
  | { readonly do: 'kill' };
const trial = fc.nat(3);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('act' as const), trial, action: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('come' as const), trial, failed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reject' as const, 'finish' as const), trial }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.integer({ min: -70, max: 70 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
);

interface Open {
  readonly id: string;
  readonly attempt: number;
  readonly variant: string;
  readonly kernel: TrialKernel;
  readonly underWay: {
    readonly step: number;
    readonly costMicros: number;
    readonly reservation: ReturnType<TrialKernel['decide']>['reservation'];
  }[];
  steps: number;
}

/** A run as a host would keep it: a kernel that decides, and a ledger of what it did. */
class RecordedRun {
  nowMs = 3_600_000 * 1000;
  readonly recount = new Recount();
  readonly trials = new Map<number, Open>();
  #entries = 0;
  #attempts = 0;
  workspace: Workspace = createWorkspace();
  kernel: Kernel = this.#kernel(undefined);

  #kernel(kept: ReturnType<Kernel['snapshot']> | undefined): Kernel {
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => this.#entries };
    return createKernel({ variants, clock, workspace: this.workspace, ...(kept && { kept }) });
  }

  /** A time that is on record is noticed: windows that have come then are not gone back on. */
  write(body: Record<string, unknown>): void {
    this.recount.add({ ...body, v: 1, index: this.#entries++, prev: '', atMs: this.nowMs } as unknown as LedgerEntry);
    for (const { kernel } of this.trials.values()) kernel.remaining();
  }

  open(index: number): Open {
    const known = this.trials.get(index);
    if (known !== undefined) return known;
    const [id, attempt, variant] = [`t${index}`, ++this.#attempts, index % 2 === 0 ? 'a' : 'b'];
    const made = {
      id,
      attempt,
      variant,
      kernel: this.kernel.openTrial({ trial: id, variant }),
      underWay: [],
      steps: 0,
    };
    this.trials.set(index, made);
    this.write({ type: 'trial-started', trial: id, attempt, variant, task: 't', repetition: 0, seed: 1 });
    return made;
  }

  take(one: Exclude<Event, { do: 'pass' | 'kill' }>): void {
    const open = this.open(one.trial);
    const ids = { trial: open.id, attempt: open.attempt };
    if (one.do === 'act') {
      const action = actions[one.action] ?? tool('look', 0);
      const { signals, decision, reservation, charges, ends } = open.kernel.decide(open.kernel.signals(action));
      const step = open.steps++;
      if (decision.final === 'allow')
        open.underWay.push({ step, reservation, costMicros: Math.round((action.tool?.cost ?? 0) * 1e6) });
      const reach = ends !== null && ends !== 'trial' ? { ends } : {};
      this.write({
        type: 'decision',
        ...ids,
        step,
        action: { type: 'tool', input: payload },
        signals,
        decision,
        charges,
        ...reach,
      });
    } else if (one.do === 'come') {
      const done = open.underWay.shift();
      if (done === undefined) return;
      open.kernel.settle(done.reservation, { failed: one.failed });
      const { step, costMicros } = done;
      this.write({
        type: 'observation',
        ...ids,
        step,
        status: one.failed ? 'failed' : 'ok',
        costMicros,
        durationMs: 1,
      });
    } else if (one.do === 'reject') {
      const charges = open.kernel.reject();
      this.write({ type: 'rejected', ...ids, step: open.steps++, charges });
    } else {
      open.kernel.close();
      this.trials.delete(one.trial);
      this.write({ type: 'trial-finished', ...ids, outcome: 'passed' });
    }
  }

  /** The host dies and another goes on from the ledger alone. */
  restart(): void {
    const { kernel, workspace } = JSON.parse(
      JSON.stringify({ kernel: this.recount.kernel, workspace: this.recount.workspace }),
    );
    this.workspace = createWorkspace(workspace);
    this.kernel = this.#kernel(kernel);
    const lost = [...this.trials.values()];
    this.trials.clear();
    for (const { id, attempt } of lost) this.write({ type: 'attempt-lost', trial: id, attempt, costMicros: 0 });
  }
}

const empty = createWorkspace().snapshot();
/** What is spent by now of each budget. */
function spent({ tallies }: ScopeSnapshot, nowMs: number): Map<string, number> {
  return new Map(
    tallies.map((kept) => {
      const tally = new Tally(kept);
      tally.add(kept);
      tally.advance(nowMs);
      return [kept.budget, tally.spent];
    }),
  );
}

test('counts and budgets of every scope, over random schedules with kills and clocks that jump', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      const run = new RecordedRun();
      for (const one of events) {
        if (one.do === 'pass') run.nowMs += one.minutes * 60_000;
        else if (one.do === 'kill') run.restart();
        else run.take(one);

        const counted = run.recount.kernel;
        const live = run.kernel.snapshot();
        const pairs: [ScopeSnapshot, ScopeSnapshot][] = [
          [run.recount.workspace, run.workspace.snapshot()],
          // The same by what the ledger of the workspace has of the run.
          [scopeIn(JSON.parse(JSON.stringify(shareOf(run.recount.workspace)))), run.workspace.snapshot()],
          [counted.run, live.run],
          ...Object.entries(live.agents).map(([id, kept]): [ScopeSnapshot, ScopeSnapshot] => [
            counted.agents[id] ?? empty,
            kept,
          ]),
        ];
        for (const [again, kept] of pairs) {
          expect(again.counters).toEqual(kept.counters);
          const [sums, atTheTime] = [spent(again, run.nowMs), spent(kept, run.nowMs)];
          for (const [budget, amount] of atTheTime) {
            // What was allowed in one window and came in the next may count twice, for there is no telling; never not at all.
            if (budget === 'p/hourly') expect(sums.get(budget) ?? 0).toBeGreaterThanOrEqual(amount);
            else expect([budget, sums.get(budget) ?? 0]).toEqual([budget, amount]);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a halt that reaches further than its trial is counted again', () => {
  const halting: Policy['spec'] = {
    default: 'allow',
    budgets: [{ id: 'b', unit: 'calls', limit: 0, per: 'workspace', onExhausted: 'halt' }],
  };
  const { value } = compilePolicy({ policy: { ...document, spec: halting }, digest: 'sha256:h', lineOf: () => 1 });
  if (value === null) throw new Error('the policy is sound');
  const kernel = createKernel({ variants: new Map([['a', { role: 'r', policies: [value] }]]) });
  const open = kernel.openTrial({ trial: 't', variant: 'a' });
  const { decision, ends } = open.decide(open.signals(tool('send', 0)));
  expect(ends).toBe('workspace');
  const recount = new Recount();
  const ids = { trial: 't', attempt: 1 };
  for (const body of [
    { type: 'trial-started', ...ids, variant: 'a' },
    { type: 'decision', ...ids, step: 0, decision, ends },
  ])
    recount.add({ ...body, atMs: 1 } as unknown as LedgerEntry);
  expect(recount.workspace.halts).toMatchObject([{ kind: 'budget', id: 'b', effect: 'halt' }]);
  expect(recount.kernel.run.halts).toEqual([]);
});

test('a halt by rule beside one by a budget does not outlive its trial, and each budget halts what it is per', () => {
  const compiled = (limit: number): CompiledPolicy => {
    const halting: Policy['spec'] = {
      default: 'allow',
      rules: [{ id: 'never-pay', effect: 'halt', when: { 'tool.name': 'pay' } }],
      budgets: [
        { id: 'all', unit: 'usd', limit, per: 'workspace', onExhausted: 'halt' },
        { id: 'run', unit: 'calls', limit: 0, per: 'run', onExhausted: 'halt', when: { 'tool.name': 'pay' } },
      ],
    };
    const { value } = compilePolicy({
      policy: { ...document, spec: halting },
      digest: `sha256:${limit}`,
      lineOf: () => 1,
    });
    if (value === null) throw new Error('the policy is sound');
    return value;
  };
  const decide = (limit: number, action: ProposedAction, workspace: Workspace) => {
    const kernel = createKernel({ variants: new Map([['a', { role: 'r', policies: [compiled(limit)] }]]), workspace });
    const open = kernel.openTrial({ trial: 't', variant: 'a' });
    return open.decide(open.signals(action));
  };
  const { decision, ends } = decide(0.2, tool('pay', 0.45), createWorkspace());
  expect(decision.causes.map(({ id }) => id)).toEqual(['never-pay', 'all', 'run']);
  const recount = new Recount();
  const ids = { trial: 't', attempt: 1 };
  for (const body of [
    { type: 'trial-started', ...ids, variant: 'a' },
    { type: 'decision', ...ids, step: 0, decision, ends },
  ])
    recount.add({ ...body, atMs: 1 } as unknown as LedgerEntry);
  expect(recount.kernel.run.halts).toMatchObject([{ id: 'run' }]);
  const restarted = () => createWorkspace(JSON.parse(JSON.stringify(recount.workspace)));
  expect(decide(0.2, tool('send', 0.1), restarted()).decision).toMatchObject({
    final: 'halt',
    causes: [{ id: 'all' }],
  });
  expect(decide(10, tool('send', 0.1), restarted()).decision.final).toBe('allow');
});

test('what programs outside have settled counts, and only that', () => {
  const recount = new Recount();
  const charge = { budget: 'p/all', per: 'workspace', unit: 'usd', amount: 7 };
  recount.add({
    type: 'budget-settled',
    client: 'cli',
    settled: 1,
    charges: [charge],
    atMs: 1,
  } as unknown as LedgerEntry);
  expect(recount.workspace).toMatchObject({
    counters: { steps: 0, costMicros: 0 },
    tallies: [{ budget: 'p/all', unit: 'usd', windowMs: null, spent: 7, window: null }],
  });
});

test('a halt by a program outside is counted again', () => {
  const recount = new Recount();
  const exhausted = { per: 'workspace', unit: 'usd', limit: 9, left: 2, takes: 3 };
  const cause = { kind: 'budget', policy: 'p', id: 'all', effect: 'halt', exhausted };
  recount.add({ type: 'budget-halted', client: 'cli', cause, atMs: 1 } as unknown as LedgerEntry);
  expect(recount.workspace.halts).toEqual([cause]);
});

test('an action that was allowed in one window and came in the next counts in the next: another run may have begun it', () => {
  const recount = new Recount();
  const ids = { trial: 't', attempt: 1, step: 0 };
  const charge = { budget: 'p/hourly', per: 'workspace', unit: 'calls', amount: 1, windowMs: 1000, window: 5 };
  for (const body of [
    { type: 'trial-started', ...ids, variant: 'a', atMs: 5000 },
    { type: 'decision', ...ids, decision: { final: 'allow', causes: [] }, charges: [charge], atMs: 5999 },
    { type: 'observation', ...ids, status: 'ok', costMicros: 0, atMs: 6000 },
  ])
    recount.add(body as unknown as LedgerEntry);
  expect(recount.workspace.tallies).toMatchObject([{ spent: 1, window: 6 }]);
});
