/**
 * Makes a run's state out of its entries, one after the other: trials, steps, totals. Keeps nothing beside the record,
 * and steps only of the trials that are asked for.
 */
import type {
  AttemptLost,
  Decision,
  DecisionMade,
  LedgerEntry,
  Observation,
  Payload,
  Rejected,
  RunFinished,
  RunStarted,
  TrialFinished,
  TrialStarted,
} from './generated/entry.ts';
import { mapPayloads } from './payload.ts';

/** As `TrialState` of the host's protocol; the engine does not know that protocol. */
export type RecordedTrialState = 'planned' | 'running' | TrialFinished['outcome'];
export type RecordedRunStatus = 'running' | 'interrupted' | RunFinished['status'];

export interface RecordedFailure {
  readonly reason: string;
  readonly message: string;
}

export interface RecordedTrial {
  readonly id: string;
  readonly variant: string;
  readonly task: string;
  readonly repetition: number;
  readonly state: RecordedTrialState;
  readonly security?: 'held' | 'breached';
  readonly failure?: RecordedFailure;
  readonly steps: number;
  readonly denials: number;
  /** With what lost attempts have spent. */
  readonly costMicros: number;
  readonly durationMs: number;
}

export interface RecordedRun {
  readonly run: string;
  readonly experiment: string;
  readonly experimentPath: string;
  readonly directory: string;
  readonly status: RecordedRunStatus;
  readonly failure?: RecordedFailure;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly trials: number;
  readonly counts: Readonly<Partial<Record<RecordedTrialState, number>>>;
  readonly notes: readonly string[];
}

export interface RecordedStep {
  readonly step: number;
  readonly action: { readonly type: string; readonly tool?: string; readonly input: unknown };
  readonly thought?: string;
  readonly decision?: Pick<Decision, 'effect' | 'final' | 'causes'>;
  readonly output?: unknown;
  readonly failure?: RecordedFailure;
  readonly costMicros: number;
  readonly durationMs: number;
}

export interface RecordedTrialDetail {
  readonly summary: RecordedTrial;
  readonly answer?: unknown;
  readonly steps: readonly RecordedStep[];
}

export interface ReplayOptions {
  /** The run's folder, for summaries. */
  readonly directory: string;
  /** Makes a path from the workspace root absolute; as recorded when left out. */
  readonly resolvePath?: (path: string) => string;
  /** The trials whose steps are kept: all, or those of this id; none when left out. */
  readonly stepsOf?: 'all' | { readonly trial: string };
}

/** An attempt without an end: the host died under it. */
export interface OpenAttempt {
  readonly trial: string;
  readonly attempt: number;
  /** What its observations say it has spent. */
  readonly costMicros: number;
}

interface Attempt {
  readonly started: TrialStarted;
  finished: TrialFinished | null;
  lost: boolean;
  steps: number;
  denials: number;
  costMicros: number;
  lastAtMs: number;
  readonly record: Map<number, { asked: DecisionMade | Rejected; observed?: Observation }> | null;
}

interface Trial {
  attempt: Attempt;
  lostCostMicros: number;
}

/** Reads a blob: its value by the digest (64 hexadecimal digits), undefined when it is not at hand. */
export type BlobValue = (digest: string) => unknown;

export class RunReplay {
  readonly #options: ReplayOptions;
  readonly #trials = new Map<string, Trial>();
  #started: RunStarted | null = null;
  #finished: RunFinished | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** The first entry of the run, null before it. Without the documents' texts. */
  get started(): RunStarted | null {
    return this.#started;
  }

  /** Takes in the next entry. */
  add(entry: LedgerEntry): void {
    if ('trial' in entry) {
      // A run that goes on after its end has been resumed.
      this.#finished = null;
      this.#addToTrial(entry);
    } else if (entry.type === 'run-started') this.#started ??= mapPayloads(entry, () => ({ json: null }));
    else if (entry.type === 'run-finished') this.#finished = entry;
  }

  /**
   * The run; null before its first entry. A run without an end is `interrupted` unless `live` says that it still goes on.
   */
  summary({ live = false } = {}): RecordedRun | null {
    const started = this.#started;
    if (started === null) return null;
    const counts: Partial<Record<RecordedTrialState, number>> = {};
    const count = (state: RecordedTrialState, by: number) => {
      if (by > 0) counts[state] = (counts[state] ?? 0) + by;
    };
    count('planned', started.trials - this.#trials.size);
    for (const trial of this.#trials.values()) count(this.#stateOf(trial, live), 1);
    const { directory, resolvePath = (path: string) => path } = this.#options;
    return {
      run: started.run,
      experiment: started.experiment.name,
      experimentPath: resolvePath(started.experiment.path),
      directory,
      status: this.#finished?.status ?? (live ? 'running' : 'interrupted'),
      ...(this.#finished?.failure && { failure: this.#finished.failure }),
      startedAtMs: started.atMs,
      ...(this.#finished && { finishedAtMs: this.#finished.atMs }),
      trials: started.trials,
      counts,
      notes: started.notes,
    };
  }

  /** The trials that have begun, in the order in which they began. */
  trials(options: { live?: boolean } = {}): RecordedTrial[] {
    return [...this.#trials.values()].map((trial) => this.#summaryOf(trial, options.live ?? false));
  }

  /**
   * A trial with the steps of its last attempt, where they are kept; null when it has not begun.
   * Values in blobs come from `blob`; where that has none, a text in their place says so.
   */
  trial(id: string, options: { live?: boolean; blob?: BlobValue } = {}): RecordedTrialDetail | null {
    const trial = this.#trials.get(id);
    if (trial === undefined) return null;
    const { record, finished } = trial.attempt;
    const value = (payload: Payload) => shownValue(payload, options.blob);
    return {
      summary: this.#summaryOf(trial, options.live ?? false),
      ...(finished?.answer && { answer: value(finished.answer) }),
      steps: [...(record?.values() ?? [])].map(({ asked, observed }) => stepOf(asked, observed, value)),
    };
  }

  /** The digests of the blobs that the trial's kept steps cite. */
  blobsOf(id: string): string[] {
    const digests = new Set<string>();
    this.trial(id, { blob: (digest) => digests.add(digest) });
    return [...digests];
  }

  /** The attempts without an end, for `attempt-lost` entries when the run is resumed. */
  openAttempts(): OpenAttempt[] {
    const attempts = [...this.#trials.values()].map(({ attempt }) => attempt);
    return attempts
      .filter(({ finished, lost }) => finished === null && !lost)
      .map(({ started, costMicros }) => ({ trial: started.trial, attempt: started.attempt, costMicros }));
  }

  #addToTrial(entry: TrialStarted | DecisionMade | Rejected | Observation | TrialFinished | AttemptLost): void {
    const trial = this.#trials.get(entry.trial);
    if (entry.type === 'trial-started') {
      const attempt = this.#newAttempt(entry);
      if (trial) trial.attempt = attempt;
      else this.#trials.set(entry.trial, { attempt, lostCostMicros: 0 });
    } else if (trial?.attempt.started.attempt === entry.attempt) {
      trial.attempt.lastAtMs = entry.atMs;
      if (entry.type === 'attempt-lost') {
        trial.attempt.lost = true;
        trial.lostCostMicros += entry.costMicros;
      } else addToAttempt(trial.attempt, entry);
    }
  }

  #newAttempt(started: TrialStarted): Attempt {
    const { stepsOf } = this.#options;
    const isKept = stepsOf === 'all' || stepsOf?.trial === started.trial;
    const record = isKept ? new Map() : null;
    const lastAtMs = started.atMs;
    return { started, finished: null, lost: false, steps: 0, denials: 0, costMicros: 0, lastAtMs, record };
  }

  #stateOf({ attempt }: Trial, live: boolean): RecordedTrialState {
    if (attempt.finished) return attempt.finished.outcome;
    return live && !attempt.lost ? 'running' : 'planned';
  }

  #summaryOf(trial: Trial, live: boolean): RecordedTrial {
    const { started, finished, lost, lastAtMs, ...counted } = trial.attempt;
    const { steps, denials, costMicros } = finished ?? counted;
    const isCut = finished === null && (lost || !live);
    const failure = finished?.failure ?? (isCut ? interrupted : null);
    return {
      id: started.trial,
      variant: started.variant,
      task: started.task,
      repetition: started.repetition,
      state: this.#stateOf(trial, live),
      ...(finished?.security && { security: finished.security }),
      ...(failure && { failure }),
      steps,
      denials,
      costMicros: trial.lostCostMicros + (lost ? 0 : costMicros),
      durationMs: finished?.durationMs ?? Math.max(0, lastAtMs - started.atMs),
    };
  }
}

/** The run that these entries tell of. */
export function replayRun(entries: Iterable<LedgerEntry>, options: ReplayOptions): RunReplay {
  const replay = new RunReplay(options);
  for (const entry of entries) replay.add(entry);
  return replay;
}

const interrupted: RecordedFailure = {
  reason: 'INTERRUPTED',
  message: 'this trial was cut off: its host ended before it was over',
};

function addToAttempt(attempt: Attempt, entry: DecisionMade | Rejected | Observation | TrialFinished): void {
  const { record } = attempt;
  if (entry.type === 'trial-finished') {
    attempt.finished = record ? entry : mapPayloads(entry, () => ({ json: null }));
  } else if (entry.type === 'observation') {
    attempt.costMicros += entry.costMicros;
    const step = record?.get(entry.step);
    if (step) step.observed = entry;
  } else {
    attempt.steps++;
    if (entry.type === 'decision' && entry.decision.final === 'deny') attempt.denials++;
    record?.set(entry.step, { asked: entry });
  }
}

function shownValue(payload: Payload, blob: BlobValue | undefined): unknown {
  if ('json' in payload) return payload.json;
  const value = blob?.(payload.blob.slice('sha256:'.length));
  return value === undefined ? `(${payload.sizeBytes} bytes in blob ${payload.blob}, which is not here)` : value;
}

function stepOf(
  asked: DecisionMade | Rejected,
  observed: Observation | undefined,
  value: (payload: Payload) => unknown,
): RecordedStep {
  const { type, tool, input } = asked.action;
  const thought = asked.type === 'decision' && asked.thought ? value(asked.thought) : undefined;
  const failure = asked.type === 'rejected' ? asked.failure : observed?.failure;
  return {
    step: asked.step,
    action: { type, ...(tool === undefined ? {} : { tool }), input: value(input) },
    ...(thought === undefined ? {} : { thought: typeof thought === 'string' ? thought : JSON.stringify(thought) }),
    ...(asked.type === 'decision' && {
      decision: { effect: asked.decision.effect, final: asked.decision.final, causes: asked.decision.causes },
    }),
    ...(observed?.output && { output: value(observed.output) }),
    ...(failure && { failure }),
    costMicros: observed?.costMicros ?? 0,
    durationMs: observed?.durationMs ?? 0,
  };
}
