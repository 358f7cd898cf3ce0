/** What extractors may look at: the proposed action, who acts, and the counts of trial and run. */
import type { Environment } from '../documents/index.ts';

export type ToolDeclaration = Environment['spec']['tools'][number];

/** An action before it is decided. `tool` is the declaration and not what the agent says of it. */
export interface ProposedAction {
  readonly type: 'tool' | 'model' | 'message' | 'resource';
  readonly tool?: ToolDeclaration;
  readonly input: unknown;
}

/** Counts of one trial; consecutive failures ≤ failures ≤ steps. */
export interface TrialCounters {
  /** Every action proposed, malformed ones too. */
  steps: number;
  failures: number;
  consecutiveFailures: number;
  denials: number;
  costMicros: number;
}

export interface ActionContext {
  readonly action: ProposedAction;
  readonly agent: { readonly id: string; readonly role: string };
  readonly trial: Readonly<TrialCounters>;
  readonly run: { readonly costMicros: number };
}
