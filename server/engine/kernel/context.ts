/** What extractors may look at: the proposed action or what came of it, who acts, the counts of every scope, and the time. */
import type { Environment } from '../documents/index.ts';
import type { Counters } from './counters.ts';

export type ToolDeclaration = Environment['spec']['tools'][number];

/** An action before it is decided. `tool` is the declaration and not what the agent says of it. */
export interface ProposedAction {
  readonly type: 'tool' | 'model' | 'message' | 'resource';
  readonly tool?: ToolDeclaration;
  /** The node of the preset that it comes from; left out where agents have none. */
  readonly node?: string;
  readonly input: unknown;
}

/** What came of an action, before the agent sees it. */
export interface Observation {
  readonly failed: boolean;
  /** What the agent would be shown: a value as JSON has it. */
  readonly output: unknown;
}

/** An observation as far as policies look into it. */
export interface ObservedFacts {
  readonly failed: boolean;
  readonly sizeBytes: number;
  /** The patterns that are found in it. */
  readonly patterns: string[];
}

export interface Timing {
  readonly nowMs: number;
  readonly trialMs: number;
  readonly runMs: number;
}

export interface ActionContext {
  readonly action: ProposedAction;
  /** `hasNodes`: its actions come from nodes, whether they say from which or not. */
  readonly agent: { readonly id: string; readonly role: string; readonly hasNodes: boolean };
  readonly counters: Readonly<Record<'trial' | 'agent' | 'run' | 'workspace', Counters>>;
  /** How many calls of the tool the trial was allowed so far. */
  readonly sameToolCalls: number;
  /** Null where nothing tells the time. */
  readonly timing: Timing | null;
  /** Null while an action is decided. */
  readonly observation: ObservedFacts | null;
}
