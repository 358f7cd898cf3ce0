/** Generated from schemas/ by scripts/generate.ts. Do not edit. */

/**
 * A JSON value, in place when it is small, as a content-addressed blob beside the ledger when it is large or personal.
 *
 */
export type Payload =
  | {
      /**
       * The value.
       */
      json: unknown;
    }
  | {
      /**
       * The SHA-256 of the blob's bytes, which are canonical JSON.
       */
      blob: string;
      /**
       * The size of the blob.
       */
      sizeBytes: number;
    };
/**
 * One entry of a run's ledger, as written (RFC 8785 canonical JSON).
 *
 */
export type LedgerEntry =
  | RunStarted
  | TrialStarted
  | DecisionMade
  | Rejected
  | Observation
  | TrialFinished
  | AttemptLost
  | RunFinished
  | Recovered
  | RunOpened
  | RunCounted
  | BudgetSettled
  | BudgetHalted;

/**
 * A document that the run was made of.
 *
 */
export interface Document {
  /**
   * Its `metadata.name`.
   */
  name: string;
  /**
   * Its path from the workspace root, with forward slashes.
   */
  path: string;
  /**
   * The SHA-256 of its bytes.
   */
  digest: string;
  source: Payload;
}
/**
 * What the agent asked for.
 *
 */
export interface Action {
  /**
   * The type of action.
   */
  type: 'tool' | 'model' | 'message' | 'resource';
  /**
   * The tool, for tool calls.
   */
  tool?: string;
  input: Payload;
}
/**
 * Every signal of the action by its registry name. Money in millionths of a dollar. A signal that is unknown is `{"unknown": reason}`; one that does not apply is left out.
 *
 */
export interface Signals {
  [k: string]:
    | string
    | number
    | boolean
    | string[]
    | {
        /**
         * Why it is unknown.
         */
        unknown: string;
      };
}
/**
 * One thing that spoke for a decision.
 *
 */
export interface Cause {
  /**
   * What it was: a rule, an exhausted budget, a policy's default, a fault while deciding, or what people said, or did not say, to a question.
   */
  kind: 'rule' | 'budget' | 'default' | 'fault' | 'approver';
  /**
   * The policy.
   */
  policy?: string;
  /**
   * The rule or budget. For the kind `approver`: how the question ended, which is `approved`, `refused`, `no-approver`, `ask-timed-out`, `run-cancelled` or `agent-gone`.
   */
  id?: string;
  /**
   * What it asked for.
   */
  effect: 'allow' | 'ask' | 'deny' | 'halt';
  /**
   * The line in the policy's file, from 1.
   */
  line?: number;
  /**
   * Signals that were unknown and made the rule count as matching.
   */
  unknown?: string[];
  /**
   * For rules: the signals that its conditions, its scope and its time read.
   */
  reads?: string[];
  /**
   * For the effect `ask`: who may answer and how long the question waits.
   */
  ask?: {
    /**
     * People or groups; left out, anybody who looks after the run.
     */
    who?: string[];
    /**
     * How long it waits for an answer.
     */
    waitMs: number;
  };
  /**
   * For the kind `approver`: who has answered. The person's client says who that is; nothing proves it.
   */
  answer?: {
    /**
     * The person, as the client names it.
     */
    person: string;
    /**
     * The name or group by which a rule admits the person; left out where anybody may answer.
     */
    as?: string;
    /**
     * What the person said to it.
     */
    note?: string;
    /**
     * What the person was shown, and so has answered: rules as `POLICY/RULE`, a default as `POLICY`.
     */
    rules?: string[];
    /**
     * How long the question had waited.
     */
    waitedMs: number;
  };
  /**
   * For the kind `budget`: what the budget had when the action did not fit in it. A halt of the workspace lasts until a later window of the budget, or a higher limit.
   */
  exhausted?: {
    /**
     * Whose budget it is, and what a halt by it ends.
     */
    per: 'trial' | 'agent' | 'run' | 'workspace';
    /**
     * What the budget counts.
     */
    unit: 'usd' | 'calls' | 'steps';
    /**
     * The limit that held: millionths of a dollar, calls or steps.
     */
    limit: number;
    /**
     * What it had left.
     */
    left: number;
    /**
     * What the action would have taken; left out where that is unknown.
     */
    takes?: number;
    /**
     * How long the budget's windows are; left out where it is for good.
     */
    windowMs?: number;
    /**
     * The number of the window, counted from 1970 UTC; left out where there is none, or nothing tells the time.
     */
    window?: number;
  };
  /**
   * What the rule asks for besides its effect.
   */
  obligations?: {
    /**
     * A line in the log, of this weight.
     */
    log?: 'info' | 'warning' | 'error';
    /**
     * JSON Pointers to what is kept out of sight.
     */
    redact?: string[];
    /**
     * People or groups who are told.
     */
    notify?: string[];
  };
  /**
   * The rule's reason, or what went wrong.
   */
  message?: string;
}
/**
 * The kernel's answer.
 *
 */
export interface Decision {
  /**
   * The strongest effect over all policies.
   */
  effect: 'allow' | 'ask' | 'deny' | 'halt';
  /**
   * What was done: `ask` becomes `allow` when everybody who has to approve it has, else `deny`.
   */
  final: 'allow' | 'deny' | 'halt';
  /**
   * Everything that matched, strongest first.
   *
   * @minItems 1
   */
  causes: Cause[];
  /**
   * Rules that would allow it, of which unknown signals leave open whether they match. They allow nothing, but what they oblige to holds all the same; only those that oblige to something are listed.
   *
   * @minItems 1
   */
  undecided?: Cause[];
  /**
   * The digests of all policies that were asked.
   *
   * Items: A policy's digest.
   */
  policies: string[];
  /**
   * The digests of those among the policies that are a constitution; left out where there is none.
   *
   * Items: A constitution's digest.
   */
  constitution?: string[];
}
/**
 * Why something failed.
 *
 */
export interface Failure {
  /**
   * A stable word in capitals.
   */
  reason: string;
  /**
   * What happened, for people.
   */
  message: string;
}
/**
 * What an action takes of one budget that outlives the trial.
 *
 */
export interface BudgetCharge {
  /**
   * The policy that the budget is written in and its id, as `POLICY/ID`.
   */
  budget: string;
  /**
   * Whose budget it is.
   */
  per: 'agent' | 'run' | 'workspace';
  /**
   * What the budget counts.
   */
  unit: 'usd' | 'calls' | 'steps';
  /**
   * How much is taken: millionths of a dollar, calls or steps.
   */
  amount: number;
  /**
   * How long the budget's windows are; left out where it is for good.
   */
  windowMs?: number;
  /**
   * The number of the window, from 1970 UTC on, that it is taken in; left out where there are none or nothing tells the time.
   */
  window?: number;
}
/**
 * A run begins.
 *
 */
export interface RunStarted {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'run-started';
  /**
   * The run's id.
   */
  run: string;
  /**
   * The version of the engine.
   */
  engine: string;
  experiment: Document;
  environment: Document;
  tasks: Document;
  /**
   * Every policy of the run.
   */
  policies: Document[];
  /**
   * Every preset of the run.
   */
  presets: Document[];
  /**
   * Every agent and environment module, with the digest of what was run.
   *
   * Items: A program.
   */
  code: {
    /**
     * Its path from the workspace root.
     */
    path: string;
    /**
     * The SHA-256 over the file and the local files that it imports.
     */
    digest: string;
  }[];
  /**
   * The seed.
   */
  seed: number;
  /**
   * How many trials are planned.
   */
  trials: number;
  /**
   * What a reader must know, such as limits that could not be enforced here.
   */
  notes: string[];
}
/**
 * A trial begins.
 *
 */
export interface TrialStarted {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'trial-started';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * The variant.
   */
  variant: string;
  /**
   * The task.
   */
  task: string;
  /**
   * The repetition, from 0.
   */
  repetition: number;
  /**
   * The trial's own seed.
   */
  seed: number;
}
/**
 * The kernel has decided an action.
 *
 */
export interface DecisionMade {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'decision';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * The step of the trial, from 0.
   */
  step: number;
  action: Action;
  thought?: Payload;
  signals: Signals;
  decision: Decision;
  /**
   * What it takes of budgets that outlive the trial; left out where it takes nothing.
   *
   * @minItems 1
   */
  charges?: BudgetCharge[];
  /**
   * Whose work is over, where a halt reaches further than the trial.
   */
  ends?: 'agent' | 'run' | 'workspace';
}
/**
 * An action that never came to a decision, because it was malformed; it counts as a failure.
 *
 */
export interface Rejected {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'rejected';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * The step of the trial, from 0.
   */
  step: number;
  action: Action;
  failure: Failure;
  /**
   * What it takes of budgets that outlive the trial; left out where it takes nothing.
   *
   * @minItems 1
   */
  charges?: BudgetCharge[];
}
/**
 * What came of an allowed action.
 *
 */
export interface Observation {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'observation';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * The step of the trial, from 0.
   */
  step: number;
  /**
   * Whether it worked.
   */
  status: 'ok' | 'failed';
  output?: Payload;
  failure?: Failure;
  /**
   * What it cost, in millionths of a dollar.
   */
  costMicros: number;
  /**
   * How long it took.
   */
  durationMs: number;
  signals?: Signals;
  decision?: Decision;
}
/**
 * A trial is over.
 *
 */
export interface TrialFinished {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'trial-finished';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * How it ended. Only a denial that ended the trial is `denied`; `failed` is the agent's own doing, a crash or a timeout included; `error` is a fault of harness, tool or grader.
   */
  outcome: 'passed' | 'failed' | 'denied' | 'halted' | 'error' | 'cancelled';
  failure?: Failure;
  answer?: Payload;
  /**
   * Whether the task was done, by the grader.
   */
  utility?: boolean;
  /**
   * For tasks with an attack: whether the attacker's goal was kept off.
   */
  security?: 'held' | 'breached';
  /**
   * How many actions were proposed.
   */
  steps: number;
  /**
   * How many of them failed.
   */
  failures: number;
  /**
   * How many of them were denied.
   */
  denials: number;
  /**
   * What the trial cost, in millionths of a dollar.
   */
  costMicros: number;
  /**
   * How long it took.
   */
  durationMs: number;
  /**
   * Processor time of the agent's process during the trial, where it can be measured.
   */
  cpuMs?: number;
}
/**
 * An attempt that was cut off by the death of the host. What it had spent stays spent.
 *
 */
export interface AttemptLost {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'attempt-lost';
  /**
   * The trial's identity: the first 32 hexadecimal digits of its digest.
   */
  trial: string;
  /**
   * Which attempt at this trial, from 1.
   */
  attempt: number;
  /**
   * What it had spent, in millionths of a dollar.
   */
  costMicros: number;
}
/**
 * A run is over.
 *
 */
export interface RunFinished {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'run-finished';
  /**
   * How it ended.
   */
  status: 'completed' | 'cancelled' | 'failed';
  failure?: Failure;
}
/**
 * A torn tail behind the last checkpoint was moved into quarantine.
 *
 */
export interface Recovered {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'recovered';
  /**
   * How many bytes were moved.
   */
  sizeBytes: number;
  /**
   * Where they are now, from the ledger's folder.
   */
  file: string;
}
/**
 * A run of the workspace has begun or goes on: from now on its ledger has to be there, until it is counted.
 *
 */
export interface RunOpened {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'run-opened';
  /**
   * The run's id.
   */
  run: string;
}
/**
 * What a run's ledger has added to the counts and budgets of the workspace, behind what was counted of it before.
 *
 */
export interface RunCounted {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'run-counted';
  /**
   * The run's id.
   */
  run: string;
  /**
   * How many entries of the run's ledger have been counted.
   */
  entries: number;
  /**
   * What its trials did.
   */
  counts: {
    /**
     * Actions that were proposed.
     */
    steps: number;
    /**
     * Actions that failed.
     */
    failures: number;
    /**
     * Actions that were denied.
     */
    denials: number;
    /**
     * What they cost, in millionths of a dollar.
     */
    costMicros: number;
    /**
     * How many of the actions came in each second of the last minute in which there were any; left out where there were none.
     */
    rate?: {
      /**
       * The last second of the minute, since 1970 UTC.
       */
      second: number;
      /**
       * One for each second, the last one at the end.
       */
      counts: number[];
    };
  };
  /**
   * What it has spent of budgets of the workspace; of budgets with windows, in the last window.
   */
  charges: BudgetCharge[];
  /**
   * The budgets that have halted the workspace in it.
   */
  halts: Cause[];
}
/**
 * Programs outside the host have spent of budgets that the workspace shares.
 *
 */
export interface BudgetSettled {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'budget-settled';
  /**
   * Who has spent it, as the client says.
   */
  client: string;
  /**
   * How many reservations were settled.
   */
  settled: number;
  /**
   * What they have spent together, by budget.
   *
   * @minItems 1
   */
  charges: BudgetCharge[];
}
/**
 * A program outside the host wanted more of a budget than it had left, and that has halted the workspace.
 *
 */
export interface BudgetHalted {
  /**
   * The version of the entry format.
   */
  v: 1;
  /**
   * The position in the ledger, from 0.
   */
  index: number;
  /**
   * The RFC 6962 leaf hash of the entry before; 64 zeros for the first.
   */
  prev: string;
  /**
   * When it was written: milliseconds since 1970 UTC.
   */
  atMs: number;
  /**
   * What kind of entry this is.
   */
  type: 'budget-halted';
  /**
   * Who wanted it, as the client says.
   */
  client: string;
  cause: Cause;
}
