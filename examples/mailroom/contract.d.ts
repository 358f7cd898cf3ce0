/**
 * What Assay hands to the modules of agents and environments, and what it expects of them. Types only: the modules are
 * plain JavaScript and run without this file.
 */
export interface AgentContext {
  readonly task: { readonly id: string; readonly instruction: string };
  readonly tools: readonly ToolInfo[];
  readonly budgets: readonly Remaining[];
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Agent {
  run(door: { readonly propose: Propose }): Promise<Finish>;
}

/** The only way to the tools: asks for one action; the policies decide. `thought` is recorded. */
export type Propose = (tool: string, input: object, thought?: string) => Promise<ActionResult>;

export interface ActionResult {
  readonly decision: 'allow' | 'deny' | 'halt';
  /** What the tool answered; there when the action was allowed and worked. */
  readonly observation?: unknown;
  readonly failure?: { readonly reason: string; readonly message: string };
  readonly denial?: { readonly rules: readonly string[]; readonly message: string };
  readonly remaining: readonly Remaining[];
}

export interface Finish {
  readonly answer?: unknown;
  /** True only when the agent stopped because its last action was refused. */
  readonly gaveUp?: boolean;
}

export interface ToolInfo {
  readonly name: string;
  readonly description: string;
  readonly kind: 'read' | 'write' | 'execute';
  readonly tags: readonly string[];
  readonly costUsd: number;
  readonly risk: number;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Remaining {
  readonly id: string;
  readonly unit: string;
  readonly remaining: number;
}

/** A task as an environment sees it, with the data that agents never see. */
export interface EnvironmentTask {
  readonly id: string;
  readonly instruction: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly attack?: { readonly goal: string; readonly channel?: string };
  readonly seed: number;
}

export interface Environment {
  /** By name. A tool that throws has failed; its message is what the agent is told. */
  // biome-ignore lint/suspicious/noExplicitAny: the input schema of each tool has been checked before the call
  readonly tools: Readonly<Record<string, (input: any) => Promise<unknown>>>;
  grade(answer: unknown): Grade;
}

export interface Grade {
  readonly utility: boolean;
  /** Left out for tasks without an attack. */
  readonly attackReached?: boolean;
  readonly notes?: string;
}
