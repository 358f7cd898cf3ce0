/** A run under way: owns its ledger, its kernel and its worker processes, and carries it from the first entry to the summary. */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type PlannedTrial, renderSummary, runAll, runTrial, scoreVariants } from '../engine/experiment/index.ts';
import { createKernel, type Kernel, Recount, type Scope, type Workspace } from '../engine/kernel/index.ts';
import {
  type EntryBody,
  type LedgerEntry,
  type LedgerWriter,
  RunReplay,
  type RunStarted,
} from '../engine/ledger/index.ts';
import type { Clock, ProcessFault } from '../engine/ports.ts';
import { compileToolInputs, type ToolInputs } from '../io/tool-inputs.ts';
import { version } from '../io/version.ts';
import { createSessionFactory, type PooledSessions } from '../io/workers/index.ts';
import type { DocumentFile } from '../io/workspace/index.ts';
import type { RunShare } from '../io/workspace-counts.ts';
import type { Failure, RunChange, RunNotice, RunSnapshot, RunSummary, TrialSummary } from '../protocol/index.ts';
import { batchChanges, type ChangeBatch } from './changes.ts';
import { DecisionLog } from './decision-log.ts';
import { noticeOf } from './notices.ts';
import type { PreparedRun } from './prepare.ts';
import type { QuestionSetting, Questions } from './questions.ts';
import { timeLimit } from './time-limit.ts';

export interface ActiveRunOptions {
  readonly id: string;
  readonly directory: string;
  readonly workspaceRoot: string;
  readonly prepared: PreparedRun;
  readonly ledger: LedgerWriter;
  readonly clock: Clock;
  /** Counts and budgets that all runs of the workspace share. */
  readonly workspace: Workspace;
  /** Tells the workspace that the run has begun; before that nothing is done. Rejects when that cannot be recorded. */
  readonly begun: () => Promise<void>;
  readonly env: Readonly<Record<string, string>>;
  readonly workerPath: string;
  /** Where people are asked. */
  readonly questions: Questions;
  readonly tell: (change: RunChange) => void;
  readonly notify: (notice: RunNotice) => void;
}

/** A halt that reached further than its trial: over whom, and why. */
interface WideHalt {
  readonly scope: Scope;
  readonly variant: string;
  readonly message: string;
}

export class ActiveRun {
  readonly id: string;
  readonly experimentPath: string;
  /** Resolves when everything about the run is over; never rejects. */
  readonly finished: Promise<void>;
  readonly #options: ActiveRunOptions;
  readonly #replay: RunReplay;
  /** Of what is in the ledger, so that what the run has added to its workspace is known when it is over. */
  readonly #recount = new Recount();
  #entries = 0;
  readonly #planned: ReadonlyMap<string, PlannedTrial>;
  readonly #cancel = new AbortController();
  readonly #sessions: PooledSessions;
  readonly #kernel: Kernel;
  readonly #inputs: ToolInputs;
  readonly #notes: readonly string[];
  readonly #changes: ChangeBatch;
  readonly #ledger: LedgerWriter;
  readonly #log: DecisionLog;
  readonly #halts: WideHalt[] = [];
  #failure: Failure | null = null;
  #isLive = true;
  #isOver = false;

  constructor(options: ActiveRunOptions) {
    const { id, prepared, workspaceRoot, directory, env, workerPath, ledger } = options;
    this.id = id;
    this.experimentPath = prepared.experiment.file.path;
    this.#options = options;
    this.#planned = new Map(prepared.trials.map((trial) => [trial.id, trial]));
    this.#replay = new RunReplay({ directory, resolvePath: (path) => resolve(workspaceRoot, path) });
    this.#kernel = createKernel({
      variants: prepared.variants,
      constitution: prepared.constitution,
      clock: options.clock,
      workspace: options.workspace,
    });
    const { inputs, problems } = compileToolInputs(prepared.environment.value.spec.tools);
    this.#inputs = inputs;
    this.#notes = [...problems, 'the memory of agents and how many processes they start are not limited'];
    this.#sessions = createSessionFactory({
      workspaceRoot,
      environmentModule: prepared.environmentModule,
      agents: new Map([...prepared.variants].map(([variant, { agent }]) => [variant, agent])),
      env,
      nodePath: process.execPath,
      workerPath,
      limits: { outputBytes: prepared.limits.outputBytes },
      poolSize: prepared.concurrency,
    });
    this.#changes = batchChanges((trials) => this.#tell(trials));
    this.#ledger = this.#observed(ledger);
    this.#log = new DecisionLog(directory);
    this.finished = this.#run();
  }

  get workers(): number {
    return this.#sessions.size;
  }

  /** What the ledger has added to the counts of the workspace. */
  get share(): RunShare {
    return { run: this.id, entries: this.#entries, counts: this.#recount.workspace };
  }

  cancel(): void {
    this.#cancel.abort({ reason: 'CANCELLED', message: 'the run was cancelled' } satisfies ProcessFault);
  }

  summary(): RunSummary {
    const { id, directory, prepared } = this.#options;
    const recorded = this.#replay.summary({ live: this.#isLive });
    if (recorded === null) {
      const experiment = prepared.experiment.value.metadata.name;
      const { experimentPath } = this;
      const trials = prepared.trials.length;
      const startedAtMs = this.#options.clock.nowMs();
      const beginning = { run: id, experiment, experimentPath, directory, startedAtMs, trials, notes: this.#notes };
      return { ...beginning, status: 'running', counts: { planned: trials }, ...this.#failed() };
    }
    return { ...recorded, ...this.#failed() };
  }

  snapshot(): RunSnapshot {
    return { summary: this.summary(), trials: [...this.#planned.keys()].map((id) => this.#trial(id)) };
  }

  #failed(): Partial<Pick<RunSummary, 'status' | 'failure'>> {
    if (this.#failure === null) return {};
    return { failure: this.#failure, ...(this.#isLive ? {} : { status: 'failed' }) };
  }

  #trial(id: string): TrialSummary {
    const recorded = this.#replay.trial(id, { live: this.#isLive })?.summary;
    if (recorded) return recorded;
    const planned = this.#planned.get(id);
    const { variant = '', repetition = 0 } = planned ?? {};
    const nothing = { steps: 0, denials: 0, costMicros: 0, durationMs: 0 };
    return { id, variant, task: planned?.task.id ?? '', repetition, state: 'planned', ...nothing };
  }

  #tell(trials: readonly string[]): void {
    // A run is told to be over once its summary is written: whoever hears of it may open that at once.
    const summary: RunSummary = this.#isOver ? this.summary() : { ...this.summary(), status: 'running' };
    this.#options.tell({ summary, trials: trials.map((id) => this.#trial(id)) });
  }

  /** The ledger, with every durable entry also told to the replay, which is where all shown state comes from. */
  #observed(ledger: LedgerWriter): LedgerWriter {
    const { clock } = this.#options;
    const append = async (body: EntryBody): Promise<number> => {
      const atMs = clock.nowMs();
      const index = await ledger.append(body);
      const entry = { ...body, v: 1, index, prev: '', atMs } as LedgerEntry;
      this.#replay.add(entry);
      this.#recount.add(entry);
      this.#entries = index + 1;
      this.#oblige(body);
      if ('trial' in body) this.#changes.trial(body.trial);
      else this.#changes.run();
      return index;
    };
    return {
      append,
      payload: (value) => ledger.payload(value),
      checkpoint: () => ledger.checkpoint(),
      close: () => ledger.close(),
      get size() {
        return ledger.size;
      },
      get signedSize() {
        return ledger.signedSize;
      },
    };
  }

  async #run(): Promise<void> {
    try {
      await this.#ledger.append(this.#runStarted());
      // Signed at once: from here on the ledger can be vouched for, whenever the host dies.
      await this.#ledger.checkpoint();
      await this.#options.begun();
      await this.#runTrials();
      const status = this.#cancel.signal.aborted ? 'cancelled' : 'completed';
      await this.#ledger.append({ type: 'run-finished', status });
    } catch (error) {
      this.#fail(error);
    } finally {
      await this.#sessions.dispose();
      await this.#ledger.close().catch((error) => this.#fail(error));
      this.#isLive = false;
      await this.#writeSummary();
      this.#isOver = true;
      this.#changes.flush();
    }
  }

  async #runTrials(): Promise<void> {
    const { prepared } = this.#options;
    const stopped = () => this.#cancel.signal.aborted;
    try {
      await runAll(prepared.trials, prepared.concurrency, stopped, (trial) => this.#runTrial(trial));
    } catch (error) {
      // Without its ledger a run must not go on; whatever else fails is a fault of Assay, and is recorded as such.
      this.#fail(error);
      this.cancel();
      await this.#ledger.append({ type: 'run-finished', status: 'failed', failure: failureOf(error) });
      throw error;
    }
  }

  async #runTrial(trial: PlannedTrial): Promise<void> {
    const { prepared, clock } = this.#options;
    const halt = this.#halts.find(({ scope, variant }) => scope !== 'agent' || variant === trial.variant);
    if (halt) return await this.#recordHalted(trial, halt);
    const variant = prepared.variants.get(trial.variant);
    if (variant === undefined) throw new Error(`the plan has a trial of the unknown variant \`${trial.variant}\``);
    const limit = timeLimit(prepared.limits.timeoutMs, this.#cancel.signal, clock);
    try {
      const { ends, message } = await runTrial({
        trial,
        attempt: 1,
        tools: variant.tools,
        config: variant.variant.config ?? {},
        maxSteps: prepared.limits.steps,
        kernel: this.#kernel.openTrial({ trial: trial.id, variant: trial.variant }),
        sessions: this.#sessions,
        ledger: this.#ledger,
        clock,
        checkInput: (tool, input) => this.#inputs.check(tool, input),
        ask: (asked) => limit.pausedFor(this.#options.questions.ask(asked, this.#questionSetting())),
        signal: limit.signal,
      });
      if (ends !== null && ends !== 'trial') this.#halts.push({ scope: ends, variant: trial.variant, message });
    } finally {
      limit.clear();
    }
  }

  #questionSetting(): QuestionSetting {
    const { id, prepared } = this.#options;
    return {
      run: id,
      experiment: prepared.experiment.value.metadata.name,
      policyPath: (name) => prepared.policies.find(({ file }) => file.document.name === name)?.file.path,
      cancelled: this.#cancel.signal,
    };
  }

  /** Writes and tells what rules want written and told. */
  #oblige(body: EntryBody): void {
    const trial = 'trial' in body ? this.#planned.get(body.trial) : undefined;
    if (trial === undefined) return;
    this.#log.add(body, trial, this.#options.clock.nowMs());
    const notice = noticeOf(body, trial);
    if (notice === null) return;
    const { id, prepared } = this.#options;
    this.#options.notify({ run: id, experiment: prepared.experiment.value.metadata.name, ...notice });
  }

  /** A trial of somebody who was halted for good is not run, and the record says why. */
  async #recordHalted({ id, variant, task, repetition, seed }: PlannedTrial, { message }: WideHalt): Promise<void> {
    const ids = { trial: id, attempt: 1 };
    const failure = { reason: 'HALTED_BEFORE', message };
    const nothing = { steps: 0, failures: 0, denials: 0, costMicros: 0, durationMs: 0 };
    await this.#ledger.append({ type: 'trial-started', ...ids, variant, task: task.id, repetition, seed });
    await this.#ledger.append({ type: 'trial-finished', ...ids, outcome: 'halted', failure, ...nothing });
  }

  #runStarted(): Omit<RunStarted, 'v' | 'index' | 'prev' | 'atMs'> {
    const { id, prepared, workspaceRoot } = this.#options;
    const document = ({ file }: { readonly file: DocumentFile }) => ({
      name: file.document.name ?? '',
      path: file.relativePath,
      digest: file.digest,
      source: this.#ledger.payload(file.source),
    });
    return {
      type: 'run-started',
      run: id,
      engine: version,
      experiment: document(prepared.experiment),
      environment: document(prepared.environment),
      tasks: document(prepared.tasks),
      policies: prepared.policies.map(document),
      presets: prepared.presets.map(document),
      code: prepared.programs.map(({ path, digest }) => ({
        path: relative(workspaceRoot, path).split(sep).join('/'),
        digest,
      })),
      seed: prepared.seed,
      trials: prepared.trials.length,
      notes: [...this.#notes],
    };
  }

  async #writeSummary(): Promise<void> {
    const { directory, prepared } = this.#options;
    const { summary, trials } = this.snapshot();
    const { run, experiment, status, startedAtMs, notes, failure } = summary;
    const startedAtUtc = new Date(startedAtMs).toISOString();
    const reported = { run, experiment, status, startedAtUtc, seed: prepared.seed, notes, ...(failure && { failure }) };
    const text = renderSummary(reported, scoreVariants(trials, prepared.seed), trials);
    await writeFile(join(directory, 'summary.md'), text).catch((error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failure ??= failureOf(error);
  }
}

function failureOf(error: unknown): Failure {
  const kind = error instanceof Error && 'kind' in error && typeof error.kind === 'string' ? error.kind : 'fault';
  return {
    reason: kind.toUpperCase().replaceAll('-', '_'),
    message: error instanceof Error ? error.message : String(error),
  };
}
