/** A workspace in memory: runs that share it, one after the other or at once, under the real kernel, with their ledgers. */
import { RecordedRun } from '../../../server/engine/backtest/index.ts';
import {
  type Answer,
  type Answers,
  createKernel,
  createWorkspace,
  type Kernel,
  type ProposedAction,
  type Question,
  questionOf,
  ruleOf,
  type SignalExtractor,
  type TrialKernel,
} from '../../../server/engine/kernel/index.ts';
import type { LedgerEntry } from '../../../server/engine/ledger/index.ts';
import type { CompiledPolicy } from '../../../server/engine/policy/index.ts';
import { tools } from './recording.ts';

export type Happening =
  | { readonly do: 'begin'; readonly run: number }
  | {
      readonly do: 'act';
      readonly run: number;
      readonly trial: number;
      readonly tool: 'look' | 'send' | 'pay' | 'malformed';
      readonly failed: boolean;
      /** Whether the tool takes its time: what comes of it comes later, or never. */
      readonly slow: boolean;
      /** Whether nobody knows how risky it is. */
      readonly dim: boolean;
      /** What people say, in order, if they are asked. */
      readonly people: readonly Person[];
    }
  | { readonly do: 'come' | 'end' | 'lose'; readonly run: number; readonly trial: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'settle'; readonly amount: number };

export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  readonly allow: boolean;
}

/** By run and variant; trials of a run take its variants in turn. */
export type Sets = readonly Readonly<Record<string, readonly CompiledPolicy[]>>[];

interface OpenTrial {
  readonly ids: { readonly trial: string; readonly attempt: number };
  readonly kernel: TrialKernel;
  readonly underWay: (() => void)[];
  steps: number;
}

interface OpenRun {
  readonly kernel: Kernel;
  readonly trials: Map<number, OpenTrial>;
  readonly over: Set<number>;
}

const risk: SignalExtractor = {
  provides: ['tool.risk'],
  extract: ({ action: { tool, input } }) => ({
    'tool.risk': (input as { dim?: boolean }).dim ? { unknown: 'nobody knows' } : tool?.risk,
  }),
};

/** The budget of the workspace that programs beside the runs draw on. */
export const sharedBudget = { budget: 'p/all', per: 'workspace', unit: 'calls' } as const;

export class History {
  nowMs: number;
  /** By run, in the order of `Sets`; of those that have begun. */
  readonly ledgers = new Map<number, LedgerEntry[]>();
  /** What programs beside the runs have spent. */
  readonly beside: LedgerEntry[] = [];
  readonly #sets: Sets;
  /** How long after something has happened it is written down. */
  readonly #lateMs: number;
  readonly #workspace = createWorkspace();
  readonly #runs = new Map<number, OpenRun>();

  constructor(sets: Sets, { startMs = 1_790_000_000_000, lateMs = 0 } = {}) {
    this.#sets = sets;
    this.nowMs = startMs;
    this.#lateMs = lateMs;
  }

  play(happenings: readonly Happening[]): this {
    for (const one of happenings) this.#happen(one);
    for (const [run, { trials }] of this.#runs) for (const trial of [...trials.keys()]) this.#end(run, trial, false);
    return this;
  }

  /** The runs as they were recorded, in the order of `Sets`, and last what was spent beside them. */
  get recorded(): RecordedRun[] {
    return [...this.ledgers.values(), ...(this.beside.length > 0 ? [this.beside] : [])].map((entries) => {
      const run = new RecordedRun();
      for (const entry of entries) run.add(entry);
      return run;
    });
  }

  #happen(one: Happening): void {
    if (one.do === 'pass') this.nowMs += one.ms;
    else if (one.do === 'settle') this.#inItsMoment(() => this.#settle(one.amount));
    else if (one.do === 'begin') this.#begin(one.run);
    else if (one.do === 'act' && one.tool === 'malformed') this.#inItsMoment(() => this.#act(one));
    else if (one.do === 'act') this.#act(one);
    else if (one.do === 'come')
      this.#inItsMoment(() => this.#runs.get(one.run)?.trials.get(one.trial)?.underWay.shift()?.());
    else this.#end(one.run, one.trial, one.do === 'lose');
  }

  #write(entries: LedgerEntry[], body: object): void {
    const head = { v: 1, index: entries.length, prev: '0'.repeat(64), atMs: this.nowMs + this.#lateMs };
    entries.push({ ...head, ...body } as unknown as LedgerEntry);
  }

  /** What is placed between runs by the clock alone must not come in the same millisecond as something else. */
  #inItsMoment(happen: () => void): void {
    this.nowMs++;
    happen();
    this.nowMs++;
  }

  #settle(amount: number): void {
    const charges = [{ ...sharedBudget, amount }];
    for (const tally of this.#workspace.state.tallies.values())
      if (tally.of.budget === sharedBudget.budget && tally.of.windowMs === null)
        tally.add({ spent: amount, window: null });
    // Before any run has it, the budget is not there to be spent.
    if (this.#workspace.state.tallies.has(`${sharedBudget.budget} calls for good`))
      this.#write(this.beside, { type: 'budget-settled', client: 'x', settled: 1, charges });
  }

  #begin(run: number): OpenRun | null {
    const known = this.#runs.get(run);
    const set = this.#sets[run];
    if (known !== undefined || set === undefined) return known ?? null;
    const kernel = createKernel({
      variants: new Map(Object.entries(set).map(([name, policies]) => [name, { role: 'assistant', policies }])),
      clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
      workspace: this.#workspace,
      extractors: [risk],
    });
    const opened = { kernel, trials: new Map(), over: new Set<number>() };
    this.#runs.set(run, opened);
    const ledger: LedgerEntry[] = [];
    this.ledgers.set(run, ledger);
    this.#write(ledger, {
      type: 'run-started',
      run: `run-${run}`,
      environment: { name: 'e' },
      policies: [],
      presets: [],
    });
    return opened;
  }

  #trial(run: number, trial: number): { readonly own: OpenTrial; readonly ledger: LedgerEntry[] } | null {
    const opened = this.#begin(run);
    const ledger = this.ledgers.get(run);
    if (opened === null || ledger === undefined || opened.over.has(trial)) return null;
    const known = opened.trials.get(trial);
    if (known !== undefined) return { own: known, ledger };
    const names = Object.keys(this.#sets[run] ?? {});
    const variant = names[trial % names.length] ?? '';
    const ids = { trial: `${run}-${trial}`, attempt: 1 };
    const own = { ids, kernel: opened.kernel.openTrial({ trial: ids.trial, variant }), underWay: [], steps: 0 };
    opened.trials.set(trial, own);
    this.#write(ledger, { type: 'trial-started', ...ids, variant, task: 'a-task', repetition: 0, seed: 0 });
    return { own, ledger };
  }

  #end(run: number, trial: number, isLost: boolean): void {
    this.#inItsMoment(() => this.#close(run, trial, isLost));
  }

  #close(run: number, trial: number, isLost: boolean): void {
    const opened = this.#runs.get(run);
    const own = opened?.trials.get(trial);
    const ledger = this.ledgers.get(run);
    if (opened === undefined || own === undefined || ledger === undefined) return;
    // Of what was under way when a host died it is taken that it was done.
    if (isLost) for (const come of own.underWay.splice(0)) come();
    own.kernel.close();
    opened.trials.delete(trial);
    opened.over.add(trial);
    this.#write(ledger, {
      type: isLost ? 'attempt-lost' : 'trial-finished',
      ...own.ids,
      outcome: 'passed',
      costMicros: 0,
    });
  }

  #act({ run, trial, tool: name, failed, slow, dim, people }: Extract<Happening, { do: 'act' }>): void {
    const found = this.#trial(run, trial);
    if (found === null) return;
    const { own, ledger } = found;
    const step = own.steps++;
    const tool = tools.get(name);
    if (tool === undefined) {
      const charges = own.kernel.reject();
      this.#write(ledger, {
        type: 'rejected',
        ...own.ids,
        step,
        action: { type: 'tool', input: { json: null } },
        charges,
      });
      return;
    }
    const action: ProposedAction = { type: 'tool', tool, input: { dim } };
    const { signals, decision, reservation, charges, ends } = this.#decide(own.kernel, action, people);
    const reach = ends !== null && ends !== 'trial' ? { ends } : {};
    const input = { json: null };
    this.#write(ledger, {
      ...{ type: 'decision', ...own.ids, step, action: { type: 'tool', tool: name, input } },
      ...{ signals, decision, charges, ...reach },
    });
    if (decision.final === 'allow') {
      const come = () => {
        own.kernel.settle(reservation, { failed });
        const guarded = this.#guard(own.kernel, action, failed, people);
        const verdict = guarded && { signals: guarded.signals, decision: guarded.decision };
        const costMicros = Math.round((tool.cost ?? 0) * 1e6);
        const status = failed ? 'failed' : 'ok';
        this.#write(ledger, { type: 'observation', ...own.ids, step, status, costMicros, durationMs: 1, ...verdict });
      };
      if (slow) own.underWay.push(come);
      else come();
    }
    if (decision.final === 'halt') this.#end(run, trial, false);
  }

  /** As a trial asks people: as long as there is somebody who says something. */
  #decide(kernel: TrialKernel, action: ProposedAction, people: readonly Person[]) {
    const left = [...people];
    let answers: Answers = { given: [], end: 'answered' };
    for (;;) {
      const signals = kernel.signals(action);
      const question = answers.end === 'answered' ? kernel.question(signals, answers.given) : null;
      if (question === null) return kernel.decide(signals, answers);
      answers = said(answers, question, left.shift());
    }
  }

  #guard(kernel: TrialKernel, action: ProposedAction, failed: boolean, people: readonly Person[]) {
    const left = [...people];
    let answers: Answers = { given: [], end: 'answered' };
    for (;;) {
      const guarded = kernel.guard(action, { failed, output: null }, answers);
      if (guarded?.decision.effect !== 'ask' || answers.end !== 'answered') return guarded;
      const question = questionOf(guarded.decision, answers.given);
      if (question === null) return guarded;
      answers = said(answers, question, left.shift());
    }
  }
}

/** Whoever is not admitted to a question is not shown it; here they say something all the same, and nobody else is asked. */
function said({ given }: Answers, { causes }: Question, person: Person | undefined): Answers {
  if (person === undefined) return { given, end: given.length % 2 === 0 ? 'no-approver' : 'ask-timed-out' };
  const answer: Answer = {
    allow: person.allow,
    person: person.name,
    names: [person.name, ...person.groups],
    rules: causes.map(ruleOf),
    waitedMs: 1_000,
  };
  return { given: [...given, answer], end: 'answered' };
}
