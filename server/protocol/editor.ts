/**
 * What the language server offers an editor beyond the Language Server Protocol. Types and method names only.
 * Everything here is optional for a client: running works by `workspace/executeCommand` and `$/progress` alone.
 */
import type { RunChange, RunSnapshot, RunSummary, TrialDetail } from './host.ts';

/** Commands of `workspace/executeCommand`. */
export const serverCommands = {
  /** `[uri]`: runs the experiment; resolves when the run is over, with a `RunResult`. Progress is cancellable. */
  runExperiment: 'assay.server.runExperiment',
  /** `[run]`: cancels a run. */
  cancelRun: 'assay.server.cancelRun',
} as const;

/** Commands of the client, for code lenses. */
export const clientCommands = {
  /** `[uri, position, locations]`, as the protocol has them: lists the places. Sent to clients with `showsReferences`. */
  showReferences: 'assay.showReferences',
} as const;

export interface RunResult {
  readonly summary: RunSummary | null;
  /** Why nothing was run; for people. */
  readonly refused?: string;
  /** The path of the run's `summary.md`, when it was written. */
  readonly summaryPath?: string;
}

/** Requests of the client. */
export interface EditorRequests {
  /** All runs of all workspace folders, newest first. */
  'assay/runs': { params: Record<string, never>; result: readonly RunSummary[] };
  'assay/run': { params: { readonly run: string }; result: RunSnapshot | null };
  'assay/trial': { params: { readonly run: string; readonly trial: string }; result: TrialDetail | null };
}

/** Notifications of the server. */
export interface EditorNotifications {
  /** A run has begun, moved on or ended. */
  'assay/runChanged': RunChange;
}

/** Notifications of the client. */
export interface ClientNotifications {
  /** The workspace has become trusted. */
  'assay/trusted': Record<string, never>;
}

/** `initializationOptions` of the language server. */
export interface ServerOptions {
  /** Whether code of the workspace may be run; default false. */
  readonly trusted?: boolean;
  /** Whether the client tells the user of a `RunResult` itself; otherwise the server does, by `window/showMessage`. */
  readonly showsResults?: boolean;
  /** Whether the client has the command `assay.showReferences`; otherwise lenses only say how many there are. */
  readonly showsReferences?: boolean;
  /** The client's command that asks for completions again, after a key whose value can be completed; default none. */
  readonly suggestCommand?: string;
  /** The Node executable for the host; default the one that runs the language server. */
  readonly hostNodePath?: string;
}
