/**
 * What the language server offers an editor beyond the Language Server Protocol. Types and method names only.
 * Everything here is optional for a client: running works by `workspace/executeCommand` and `$/progress` alone.
 */
import type {
  AnswerParams,
  AnswerResult,
  OpenQuestion,
  RunChange,
  RunNotice,
  RunSnapshot,
  RunSummary,
  StepCause,
  TrialDetail,
} from './host.ts';

/** Commands of `workspace/executeCommand`. */
export const serverCommands = {
  /** `[uri]`: runs the experiment; resolves when the run is over, with a `RunResult`. Progress is cancellable. */
  runExperiment: 'assay.server.runExperiment',
  /** `[run]`: cancels a run. */
  cancelRun: 'assay.server.cancelRun',
  /** `[EvaluateParams]`: decides a sample action under a policy; resolves with an `Evaluation`. Performs nothing. */
  evaluatePolicy: 'assay.server.evaluatePolicy',
  /** `[AddPolicyTestCaseParams]`: writes a case by `workspace/applyEdit`; resolves with an `AddedPolicyTestCase`. */
  addPolicyTestCase: 'assay.server.addPolicyTestCase',
  /** `[PolicyTestSelection]`: decides cases; resolves with `PolicyTestResults`. Runs no code. */
  runPolicyTests: 'assay.server.runPolicyTests',
} as const;

/** Commands of the client, for code lenses. */
export const clientCommands = {
  /** `[uri, position, locations]`, as the protocol has them: lists the places. Sent to clients with `showsReferences`. */
  showReferences: 'assay.showReferences',
  /** `[EvaluateTarget]`: asks for a sample action and shows what is decided. Sent to clients with `showsEvaluations`. */
  evaluatePolicy: 'assay.evaluatePolicy',
  /** `[WhatIfTarget]`: shows what a policy would have changed in recorded runs. Sent to clients with `showsWhatIf`. */
  showWhatIf: 'assay.showWhatIf',
  /** `[PolicyTestSelection]`: decides cases and shows what comes of them. Sent to clients with `showsPolicyTests`. */
  runPolicyTest: 'assay.runPolicyTest',
} as const;

export interface RunResult {
  readonly summary: RunSummary | null;
  /** Why nothing was run; for people. */
  readonly refused?: string;
  /** The path of the run's `summary.md`, when it was written. */
  readonly summaryPath?: string;
}

/** As the Language Server Protocol has it: lines from 0, columns in the unit that was agreed on. */
export interface EditorRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** A place in a file. */
export interface EditorPlace {
  readonly uri: string;
  readonly range: EditorRange;
}

/** A document of policy tests, also one with mistakes; `name` and the names of cases are what requests call them by. */
export interface PolicyTestDocument extends EditorPlace {
  readonly name: string;
  /** As written. */
  readonly policies: readonly string[];
  readonly cases: readonly { readonly name: string; readonly range: EditorRange }[];
}

/** Which tests are meant; all cases where none are named. */
export interface PolicyTestSelection {
  readonly uri: string;
  readonly name: string;
  readonly cases?: readonly string[];
}

export type PolicyEffect = StepCause['effect'];

export interface PolicyTestResult {
  readonly uri: string;
  readonly name: string;
  /** Why none of its cases could be decided. */
  readonly refused?: EditorPlace & { readonly message: string };
  readonly cases: readonly PolicyCaseResult[];
}

export interface PolicyCaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass, for people. */
  readonly failures: readonly string[];
  readonly expected: { readonly decision: PolicyEffect; readonly rules: readonly string[] };
  /** Null when the case itself is at fault. `rules` are those that decided. */
  readonly actual: { readonly decision: PolicyEffect; readonly rules: readonly string[] } | null;
  /** Where its expectation is written; where the case is, when that is at fault. */
  readonly place: EditorPlace;
}

/** In how many cases something was true and false. */
export interface PolicySeen {
  readonly yes: number;
  readonly no: number;
}

/** What the cases of one request have tried of the policies in one file. */
export interface PolicyCoverage {
  readonly uri: string;
  readonly rules: readonly {
    readonly kind: 'rule' | 'budget' | 'default';
    readonly id: string;
    readonly range: EditorRange;
    /** Of rules, whether they matched; of budgets, whether they were exhausted; of defaults, whether they spoke. */
    readonly seen: PolicySeen;
    readonly tests: readonly { readonly text: string; readonly range: EditorRange; readonly seen: PolicySeen }[];
  }[];
}

export interface PolicyTestResults {
  readonly tests: readonly PolicyTestResult[];
  /** Empty unless it was asked for. */
  readonly coverage: readonly PolicyCoverage[];
}

/** A policy, or one of its rules. */
export interface EvaluateTarget {
  readonly uri: string;
  readonly policy: string;
  readonly rule?: string;
}

/** An action to decide: of a case of a policy test, or as a run has recorded it; steps count from 0. */
export type ActionSample =
  | { readonly kind: 'case'; readonly uri: string; readonly test: string; readonly case: string }
  | { readonly kind: 'step'; readonly run: string; readonly trial: string; readonly step: number };

export interface EvaluateParams extends EvaluateTarget {
  /** Default: the one that was used last for this policy, else the first case of a test that names it. */
  readonly sample?: ActionSample;
}

/** What is decided about a sample, and what each rule that is written in the file says to it. */
export interface Evaluation {
  readonly policy: string;
  /** Why nothing was decided; for people. The rest is empty then. */
  readonly refused?: string;
  /** The sample in words. */
  readonly sample: string;
  readonly on: 'action' | 'observation';
  readonly decision: PolicyEffect | null;
  readonly causes: readonly StepCause[];
  /** The policies that were put together, by name. */
  readonly policies: readonly string[];
  /** Where the policy is written. */
  readonly range: EditorRange | null;
  readonly rules: readonly EvaluatedRule[];
}

export interface EvaluatedRule {
  readonly id: string;
  readonly effect: PolicyEffect;
  readonly range: EditorRange;
  readonly matches: 'yes' | 'no' | 'unknown';
  /** Whether it is among those that decided. */
  readonly decides: boolean;
  readonly because: string;
  /** Part by part, for people, with the facts that were read. */
  readonly parts: readonly {
    readonly text: string;
    readonly answer: 'yes' | 'no' | 'unknown';
    readonly facts: string;
  }[];
}

/** A policy, or one of its rules, budgets or its default as a whole list of them calls it. */
export interface WhatIfTarget {
  readonly uri: string;
  readonly policy: string;
  /** A place in `rules` of its `PolicyWhatIf`. */
  readonly rule?: number;
}

/** What the policies of a file, as the editor holds them, would have decided in the recorded runs of the workspace. */
export interface WhatIfReport {
  /**
   * `off`: switched off. `no-runs`: nothing has been recorded here. `reading`: nothing can be said yet. `told`: what stands
   * in `policies`, which may be of a text before that had no mistakes.
   */
  readonly state: 'off' | 'no-runs' | 'reading' | 'told';
  /** The runs that were looked at, the newest; `isCut` where there are more, or parts of the oldest were left out. */
  readonly runs: number;
  readonly actions: number;
  readonly isCut: boolean;
  readonly policies: readonly PolicyWhatIf[];
}

export interface PolicyWhatIf {
  readonly policy: string;
  /** Whether this is of an earlier text, because the policy has mistakes now. */
  readonly isStale: boolean;
  /** In words, such as `12 of 3,402 recorded decisions would be others`. */
  readonly title: string;
  /** Recorded decisions that were looked at, and those that the past can answer for. */
  readonly recorded: number;
  readonly answered: number;
  /** How many would be others; `changes` holds the first of them. */
  readonly changed: number;
  readonly rules: readonly WhatIfRule[];
  readonly changes: readonly WhatIfChange[];
  /** What a reader must know, such as other policies that have changed since. */
  readonly notes: readonly string[];
  /** Recorded actions that are not counted, because the policy was not in force. */
  readonly notInForce: number;
}

export interface WhatIfRule {
  readonly kind: 'rule' | 'budget' | 'default' | 'fault';
  /** The policy that it is written in. */
  readonly policy: string;
  /** Null for defaults. */
  readonly id: string | null;
  readonly effect: PolicyEffect;
  /** In words, such as `would deny 12 of 3,402 recorded actions (7 newly)`. */
  readonly title: string;
  /** How many changed decisions it speaks for. */
  readonly changed: number;
}

export interface WhatIfChange {
  readonly run: string;
  readonly trial: string;
  readonly variant: string;
  readonly task: string;
  readonly repetition: number;
  readonly step: number;
  readonly on: 'action' | 'observation';
  /** In words, such as `pay to ES91…`. */
  readonly action: string;
  readonly before: PolicyEffect;
  readonly after: PolicyEffect;
  /** What speaks for it: places in `rules`. */
  readonly rules: readonly number[];
  /** Why nothing can be said of the trial from here on, and of how many decisions; null where it would have gone on as it did. */
  readonly departs: { readonly why: string; readonly unanswered: number } | null;
}

/** A recorded step as a case of a policy test. */
export interface AddPolicyTestCaseParams {
  readonly run: string;
  readonly trial: string;
  readonly step: number;
  /** Whether it is about the action, the default, or about what came back. */
  readonly on?: 'action' | 'observation';
  /** What the case must come to, where the user was shown that; refused when it comes to something else. */
  readonly expected?: PolicyEffect;
}

export interface AddedPolicyTestCase {
  /** Why nothing was written; for people. */
  readonly refused?: string;
  /** Where the case stands now, what it is called and what it expects. */
  readonly uri?: string;
  readonly name?: string;
  readonly decision?: PolicyEffect;
  /** What a reader must know, such as that the run had decided otherwise. */
  readonly note?: string;
}

/** Requests of the client. */
export interface EditorRequests {
  /** All runs of all workspace folders, newest first. */
  'assay/runs': { params: Record<string, never>; result: readonly RunSummary[] };
  'assay/run': { params: { readonly run: string }; result: RunSnapshot | null };
  'assay/trial': { params: { readonly run: string; readonly trial: string }; result: TrialDetail | null };
  /** What runs of all workspace folders ask people. */
  'assay/questions': { params: Record<string, never>; result: readonly OpenQuestion[] };
  /** An answer of the person at this editor, as git names the person. Refused in a workspace that is not trusted. */
  'assay/answer': { params: AnswerParams; result: AnswerResult };
  /** The policy tests of all workspace folders, by file and place, as the editor holds them. */
  'assay/policyTests': { params: Record<string, never>; result: readonly PolicyTestDocument[] };
  /** What was found last of a file's policies; `assay/whatIfChanged` tells when there is something new. */
  'assay/whatIf': { params: { readonly uri: string }; result: WhatIfReport };
  /** Decides cases, all of them where `tests` is left out, under the policies as the editor holds them. Runs no code. */
  'assay/runPolicyTests': {
    params: { readonly tests?: readonly PolicyTestSelection[]; readonly coverage?: boolean };
    result: PolicyTestResults;
  };
}

/** Notifications of the server. */
export interface EditorNotifications {
  /** Sent to clients with `showsWhatIf`. */
  'assay/whatIfChanged': { readonly uri: string };
  /** A run has begun, moved on or ended. */
  'assay/runChanged': RunChange;
  /** All questions that are open now. Sent to clients with `answersQuestions`. */
  'assay/questionsChanged': { readonly questions: readonly OpenQuestion[] };
  /** A rule wants people to be told. */
  'assay/runNotified': RunNotice;
}

/** Notifications of the client. */
export interface ClientNotifications {
  /** The workspace has become trusted. */
  'assay/trusted': Record<string, never>;
  /** Whether questions are shown and answered here, and for which groups, has changed. */
  'assay/answering': Required<Pick<ServerOptions, 'answersQuestions' | 'groups'>>;
}

/** `initializationOptions` of the language server. */
export interface ServerOptions {
  /** Whether code of the workspace may be run; default false. */
  readonly trusted?: boolean;
  /** Whether the client tells the user of a `RunResult` itself; otherwise the server does, by `window/showMessage`. */
  readonly showsResults?: boolean;
  /** Whether the client has the command `assay.showReferences`; otherwise lenses only say how many there are. */
  readonly showsReferences?: boolean;
  /** Whether the client has the command `assay.evaluatePolicy`; otherwise the server tells what is decided as a message. */
  readonly showsEvaluations?: boolean;
  /** Whether the client has the command `assay.runPolicyTest`; otherwise the server tells what comes of tests as a message. */
  readonly showsPolicyTests?: boolean;
  /**
   * Whether the client shows questions and sends `assay/answer`, so that actions wait for it; default false. Then
   * `groups` are those that its user answers for.
   */
  readonly answersQuestions?: boolean;
  readonly groups?: readonly string[];
  /** Whether the client has the command `assay.showWhatIf`; otherwise lenses only say what would change. */
  readonly showsWhatIf?: boolean;
  /** The settings `assay.whatIf`, until the client tells of changes. */
  readonly whatIf?: { readonly enabled?: boolean; readonly everywhere?: boolean };
  /** The client's command that asks for completions again, after a key whose value can be completed; default none. */
  readonly suggestCommand?: string;
  /** The URI of the folder with the pages about problems; default the one that is shipped with the server. */
  readonly problemPages?: string;
  /** The Node executable for the host; default the one that runs the language server. */
  readonly hostNodePath?: string;
}
