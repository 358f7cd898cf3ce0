/** All runs of the workspace: those under way, which live here, and those that are over, which are read from their ledgers. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../io/clock.ts';
import { nodeHash } from '../io/keys/index.ts';
import { createLedger } from '../io/ledger/index.ts';
import { listRuns, readRunSnapshot, readTrial, runDirectory } from '../io/runs/index.ts';
import type {
  Failure,
  RunChange,
  RunNotice,
  RunSnapshot,
  RunStartParams,
  RunStartResult,
  RunSummary,
  TrialDetail,
} from '../protocol/index.ts';
import { ActiveRun } from './active-run.ts';
import { prepareRun } from './prepare.ts';
import { Questions } from './questions.ts';
import type { SharedCounts } from './shared-counts.ts';

export interface RunRegistry {
  start(params: RunStartParams): Promise<RunStartResult>;
  cancel(run: string): null;
  snapshot(run: string): Promise<RunSnapshot | null>;
  /** Newest first. */
  list(): Promise<readonly RunSummary[]>;
  trial(run: string, trial: string): Promise<TrialDetail | null>;
  onChanged(listener: (change: RunChange) => void): { dispose(): void };
  onNotice(listener: (notice: RunNotice) => void): { dispose(): void };
  /** What runs ask people. */
  readonly questions: Questions;
  /** Called whenever no run is left. */
  onIdle(listener: () => void): void;
  /** The ids of the runs under way. */
  active(): string[];
  workers(): number;
  /** Resolves when every run is over, after cancelling them or not. */
  close(cancel: boolean): Promise<void>;
}

export interface RunRegistryOptions {
  readonly counts: SharedCounts;
  readonly workerPath: string;
}

export function createRunRegistry({ counts, workerPath }: RunRegistryOptions): RunRegistry {
  const { workspaceRoot } = counts;
  const underWay = new Map<string, ActiveRun>();
  const listeners = new Set<(change: RunChange) => void>();
  const noticeListeners = new Set<(notice: RunNotice) => void>();
  const idleListeners = new Set<() => void>();
  const questions = new Questions(systemClock);
  /** Why runs of this host have failed: what stops a ledger cannot be recorded in it. */
  const failures = new Map<string, Failure>();
  /** Experiments between the request and the first entry: a second request must find them too. */
  const starting = new Set<string>();

  const refuse = (message: string): RunStartResult => ({ started: false, refused: { message, problems: [] } });

  const withFailure = (summary: RunSummary): RunSummary => {
    const failure = failures.get(summary.run);
    return failure ? { ...summary, status: 'failed', failure } : summary;
  };

  async function start({ experimentPath, env }: RunStartParams): Promise<RunStartResult> {
    const running = [...underWay.values()].find((run) => run.experimentPath === experimentPath);
    if (running !== undefined || starting.has(experimentPath))
      return refuse(
        `this experiment is running already${running ? ` as \`${running.id}\`` : ''}; wait for its end or cancel it`,
      );
    starting.add(experimentPath);
    try {
      return await prepareAndStart(experimentPath, env);
    } finally {
      starting.delete(experimentPath);
      if (underWay.size === 0) for (const listener of idleListeners) listener();
    }
  }

  async function prepareAndStart(
    experimentPath: string,
    env: Readonly<Record<string, string>>,
  ): Promise<RunStartResult> {
    const prepared = await prepareRun(experimentPath, workspaceRoot, nodeHash);
    if (!('run' in prepared)) {
      const { problems } = prepared;
      return { started: false, refused: { message: 'the experiment cannot be run as it is', problems } };
    }
    // Before there is a ledger: what is sent amiss leaves no run behind.
    const listed = Object.fromEntries(Object.entries(env).filter(([name]) => prepared.run.env.includes(name)));
    const shared = await counts.open();
    if (!shared.ok) return refuse(shared.error);
    const id = newRunId(prepared.run.experiment.value.metadata.name);
    const directory = runDirectory(workspaceRoot, id);
    const ledger = await createLedger(join(directory, 'ledger'), { origin: `assay/${id}`, clock: systemClock }).catch(
      (error: Error) => error,
    );
    if (ledger instanceof Error) return refuse(`the ledger of the run cannot be written: ${ledger.message}`);
    const run = new ActiveRun({
      id,
      directory,
      workspaceRoot,
      prepared: prepared.run,
      ledger,
      clock: systemClock,
      workspace: shared.value,
      begun: () => counts.begin(id),
      env: listed,
      workerPath,
      questions,
      notify: (notice) => {
        for (const listener of noticeListeners) listener(notice);
      },
      tell: (change) => {
        for (const listener of listeners) listener(change);
      },
    });
    underWay.set(id, run);
    void run.finished.then(() => {
      const { failure } = run.summary();
      if (failure) failures.set(id, failure);
      void counts.keep(run.share);
      underWay.delete(id);
      if (underWay.size === 0) for (const listener of idleListeners) listener();
    });
    return { started: true, summary: run.summary() };
  }

  return {
    start,
    cancel: (run) => {
      underWay.get(run)?.cancel();
      return null;
    },
    snapshot: async (run) => {
      const live = underWay.get(run)?.snapshot();
      if (live !== undefined) return live;
      const recorded = await readRunSnapshot(workspaceRoot, run);
      return recorded && { ...recorded, summary: withFailure(recorded.summary) };
    },
    list: async () => {
      const live = [...underWay.values()].map((run) => run.summary());
      const ids = new Set(live.map((summary) => summary.run));
      const past = (await listRuns(workspaceRoot)).filter((summary) => !ids.has(summary.run)).map(withFailure);
      return [...live, ...past].toSorted((a, b) => b.startedAtMs - a.startedAtMs);
    },
    trial: (run, trial) => readTrial(workspaceRoot, run, trial, underWay.has(run)),
    onChanged: (listener) => {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    onNotice: (listener) => {
      noticeListeners.add(listener);
      return { dispose: () => void noticeListeners.delete(listener) };
    },
    questions,
    onIdle: (listener) => void idleListeners.add(listener),
    active: () => [...underWay.keys()],
    workers: () => [...underWay.values()].reduce((sum, run) => sum + run.workers, 0),
    close: async (cancel) => {
      const runs = [...underWay.values()];
      if (cancel) for (const run of runs) run.cancel();
      await Promise.all(runs.map((run) => run.finished));
    },
  };
}

/** `YYYYMMDD-HHMMSS-name-xxxx`: sorts by time, says what it is, and does not repeat. */
function newRunId(experiment: string): string {
  const [day = '', time = ''] = new Date(systemClock.nowMs()).toISOString().split(/[T.]/);
  return `${day.replaceAll('-', '')}-${time.replaceAll(':', '')}-${experiment}-${randomBytes(2).toString('hex')}`;
}
