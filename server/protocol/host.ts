/**
 * Messages between the host and its clients (language server, command line): JSON-RPC 2.0 over a local socket.
 * Types only. All paths are absolute and in the platform's own form; money is in millionths of a dollar.
 */

/** A trial's place in its life; `contracts` of the project name the same words. */
export type TrialState = 'planned' | 'running' | 'passed' | 'failed' | 'denied' | 'halted' | 'error' | 'cancelled';
export type RunStatus = 'running' | 'completed' | 'cancelled' | 'failed' | 'interrupted';

export interface Failure {
  readonly reason: string;
  readonly message: string;
}

export interface TrialSummary {
  readonly id: string;
  readonly variant: string;
  readonly task: string;
  readonly repetition: number;
  readonly state: TrialState;
  readonly security?: 'held' | 'breached';
  readonly failure?: Failure;
  readonly steps: number;
  readonly denials: number;
  readonly costMicros: number;
  readonly durationMs: number;
}

export interface RunSummary {
  readonly run: string;
  readonly experiment: string;
  readonly experimentPath: string;
  readonly directory: string;
  readonly status: RunStatus;
  readonly failure?: Failure;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly trials: number;
  /** How many trials are in each state; states with none are left out. */
  readonly counts: Readonly<Partial<Record<TrialState, number>>>;
  /** What a reader must know, such as limits that could not be enforced. */
  readonly notes: readonly string[];
}

export interface RunSnapshot {
  readonly summary: RunSummary;
  readonly trials: readonly TrialSummary[];
}

export interface StepCause {
  readonly kind: 'rule' | 'budget' | 'default' | 'fault' | 'approver';
  readonly effect: 'allow' | 'ask' | 'deny' | 'halt';
  readonly policy?: string;
  readonly id?: string;
  readonly line?: number;
  readonly message?: string;
  readonly obligations?: { readonly log?: 'info' | 'warning' | 'error'; readonly notify?: readonly string[] };
}

export interface Step {
  readonly step: number;
  readonly action: { readonly type: string; readonly tool?: string; readonly input: unknown };
  readonly thought?: string;
  readonly decision?: { readonly effect: string; readonly final: string; readonly causes: readonly StepCause[] };
  readonly output?: unknown;
  readonly failure?: Failure;
  readonly costMicros: number;
  readonly durationMs: number;
}

export interface TrialDetail {
  readonly summary: TrialSummary;
  readonly answer?: unknown;
  readonly steps: readonly Step[];
}

export interface HelloParams {
  readonly token: string;
  readonly client: string;
  readonly version: string;
}

export interface HostStatus {
  readonly version: string;
  readonly pid: number;
  readonly workspaceRoot: string;
  readonly startedAtMs: number;
  readonly activeRuns: readonly string[];
  readonly workers: number;
  readonly residentBytes: number;
}

export interface RunStartParams {
  readonly experimentPath: string;
  /** Values of the variables that the experiment lists under `env`; kept in memory for this run only. */
  readonly env: Readonly<Record<string, string>>;
}

/** Why a run could not start; `problems` point into the user's files. */
export interface RunRefused {
  readonly message: string;
  readonly problems: readonly FileProblem[];
}

export interface FileProblem {
  readonly path: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
}

export type RunStartResult =
  | { readonly started: true; readonly summary: RunSummary }
  | { readonly started: false; readonly refused: RunRefused };

/** What has changed in a run since the last such message; at most ten a second for each run. */
export interface RunChange {
  readonly summary: RunSummary;
  readonly trials: readonly TrialSummary[];
}

/** Who sits at a client, as the client says: nothing proves it. Rules may call a person by any of these. */
export interface Person {
  readonly name: string;
  readonly email?: string;
  /** The account on the machine. */
  readonly user?: string;
  readonly groups?: readonly string[];
}

/** A rule or default that asks. */
export interface QuestionRule extends StepCause {
  /** The policy's file, where it is known. */
  readonly path?: string;
  /** People or groups who may answer; anybody where it is left out. */
  readonly who?: readonly string[];
}

/** An action, or what came of one, that waits for people. Input and output are without what a policy keeps out of sight. */
export interface OpenQuestion {
  readonly id: string;
  readonly run: string;
  readonly experiment: string;
  readonly trial: string;
  readonly variant: string;
  readonly task: string;
  /** From 0. */
  readonly repetition: number;
  readonly step: number;
  /** Whether the action may be done, or the agent may see what came of it. */
  readonly on: 'action' | 'observation';
  readonly tool: string;
  readonly input: unknown;
  readonly output?: unknown;
  readonly thought?: string;
  /** Each has still to be approved by somebody whom it admits. */
  readonly rules: readonly QuestionRule[];
  /** Those who have approved it already, where that is not enough. */
  readonly approvedBy: readonly string[];
  readonly askedAtMs: number;
  /** When it counts as denied. */
  readonly deadlineAtMs: number;
}

export interface WatchQuestionsParams {
  /** Who can answer here; null where nobody can. */
  readonly person: Person | null;
  /** Whether questions to others stay open while this client is there; default false. */
  readonly keepsOpen?: boolean;
}

export interface AnswerParams {
  readonly question: string;
  readonly allow: boolean;
  readonly note?: string;
}

/** `why`, for people: an answer too late, or from somebody who may not give it. */
export type AnswerResult = { readonly accepted: true } | { readonly accepted: false; readonly why: string };

/** A rule that matched wants people to be told. At most one for an action and one for its observation. */
export interface RunNotice {
  readonly run: string;
  readonly experiment: string;
  readonly trial: string;
  readonly variant: string;
  readonly task: string;
  readonly step: number;
  readonly tool: string;
  /** What was done in the end: `allow`, `deny` or `halt`. */
  readonly final: string;
  /** People or groups. */
  readonly to: readonly string[];
  /** The reasons of the rules, or their names. */
  readonly message: string;
}

/** A budget that all of a workspace share, in its whole units: millionths of a dollar, calls or steps. */
export interface SharedBudget {
  /** The policy that it is written in and its id, as `POLICY/ID`. */
  readonly budget: string;
  readonly unit: 'usd' | 'calls' | 'steps';
  readonly limit: number;
  /** Held for what is under way. */
  readonly reserved: number;
  readonly spent: number;
  /** What can still be reserved, from it and from the budgets above it. */
  readonly left: number;
  /** The budget that it draws from. */
  readonly parent?: string;
  /** Where what is spent counts for a while only. */
  readonly window?: { readonly sizeMs: number; readonly endsAtMs: number };
  readonly path: string;
}

/** All budgets that can be shared, and why some cannot. */
/** A budget that has halted the workspace: until a later window of it, or a higher limit. */
export interface SharedHalt {
  readonly budget: string;
  readonly message: string;
  /** Whether the next run or reservation lifts it, since that window or limit is there. */
  readonly isLiftedNext: boolean;
}

export interface SharedBudgets {
  readonly budgets: readonly SharedBudget[];
  /** Empty where the workspace goes on. */
  readonly halts: readonly SharedHalt[];
  readonly problems: readonly FileProblem[];
}

/** `kind` is stable; the message is for people. */
export interface BudgetRefusal {
  readonly kind:
    | 'exhausted'
    | 'invalid'
    | 'unknown-budget'
    | 'unknown-lease'
    | 'too-much'
    | 'too-many'
    | 'halted'
    | 'not-recorded'
    | 'unavailable';
  readonly message: string;
}

export interface BudgetWanted {
  readonly budget: string;
  /** From 1. */
  readonly amount: number;
  /** `spent` where it is not to go back when the connection ends, since what it is for may go on. */
  readonly ifLost?: 'released' | 'spent';
}
export type BudgetReserved = { readonly lease: string } | { readonly refused: BudgetRefusal };

export interface BudgetEnd {
  readonly lease: string;
  /** How much of it stays spent; the rest goes back. 0 gives all back. */
  readonly spent: number;
}
export type BudgetEnded =
  | { readonly state: 'settled' | 'released' | 'ended-before' }
  | { readonly refused: BudgetRefusal };

/** Requests by method: parameters and result. */
export interface HostRequests {
  'host/hello': { params: HelloParams; result: HostStatus };
  'host/status': { params: Record<string, never>; result: HostStatus };
  /** Ends the host when its runs are done; with `cancel`, cancels them first. */
  'host/stop': { params: { readonly cancel: boolean }; result: null };
  'run/start': { params: RunStartParams; result: RunStartResult };
  'run/cancel': { params: { readonly run: string }; result: null };
  'run/get': { params: { readonly run: string }; result: RunSnapshot | null };
  /** All runs of the workspace, newest first; from then on the connection receives `run/changed`. */
  'runs/watch': { params: Record<string, never>; result: readonly RunSummary[] };
  'trial/get': { params: { readonly run: string; readonly trial: string }; result: TrialDetail | null };
  /**
   * The questions that wait for people; from then on the connection receives `questions/changed`. A question waits as long
   * as a connection is there whose person may answer it, or that keeps it open. Asked again, the last one counts.
   */
  'questions/watch': { params: WatchQuestionsParams; result: readonly OpenQuestion[] };
  /** An answer by the person of this connection. */
  'question/answer': { params: AnswerParams; result: AnswerResult };
  'budgets/list': { params: Record<string, never>; result: SharedBudgets };
  /** Each for itself, in order. What a connection holds goes back when it ends, or is spent by `ifLost`, and only it can end it. */
  'budgets/reserve': { params: { readonly wanted: readonly BudgetWanted[] }; result: readonly BudgetReserved[] };
  /** Each for itself, in order; answered when all that was spent is on disk. A lease that has ended stays as it ended. */
  'budgets/end': { params: { readonly ends: readonly BudgetEnd[] }; result: readonly BudgetEnded[] };
}

/** Notifications from the host by method. */
export interface HostNotifications {
  'run/changed': RunChange;
  /** All questions that are open now. */
  'questions/changed': { readonly questions: readonly OpenQuestion[] };
  /** To all who watch runs. */
  'run/notified': RunNotice;
}
