/** Generated from schemas/ by scripts/generate.ts. Do not edit. */

/**
 * A tool, as agents see it.
 *
 */
export interface ToolInfo {
  /**
   * Its name.
   */
  name: string;
  /**
   * What it does.
   */
  description: string;
  /**
   * What it does to the world.
   */
  kind: 'read' | 'write' | 'execute';
  /**
   * Its tags.
   */
  tags: string[];
  /**
   * What a call costs.
   */
  costUsd: number;
  /**
   * Its risk, 0 to 5.
   */
  risk: number;
  /**
   * The JSON Schema of its input.
   */
  input: Record<string, unknown>;
}
/**
 * Parameters of `trial/start`, host to agent (notification): a trial begins.
 *
 */
export interface TrialStart {
  /**
   * The task.
   */
  task: {
    /**
     * Its id.
     */
    id: string;
    /**
     * What is to be done.
     */
    instruction: string;
  };
  /**
   * The tools that may be called.
   */
  tools: ToolInfo[];
  /**
   * What remains of every budget that counts this agent's actions.
   *
   * Items: One budget.
   */
  budgets: {
    /**
     * The budget.
     */
    id: string;
    /**
     * Its unit.
     */
    unit: string;
    /**
     * What remains, in the budget's unit.
     */
    remaining: number;
  }[];
  /**
   * The trial's seed.
   */
  seed: number;
  /**
   * The variant's `config`.
   */
  config: Record<string, unknown>;
}
/**
 * Parameters of `action/propose`, agent to host (request): may I do this?
 *
 */
export interface Propose {
  /**
   * The type of action.
   */
  type?: 'tool' | 'model' | 'message' | 'resource';
  /**
   * The tool.
   */
  tool: string;
  /**
   * The tool's input.
   */
  input: Record<string, unknown>;
  /**
   * Why, in the agent's words; recorded.
   */
  thought?: string;
}
/**
 * The result of `action/propose`.
 *
 */
export interface ActionResult {
  /**
   * What was decided. After `halt` the trial is over.
   */
  decision: 'allow' | 'deny' | 'halt';
  /**
   * What the tool answered, when it was allowed and worked.
   */
  observation?: unknown;
  /**
   * Why something failed.
   */
  failure?: {
    /**
     * A stable word in capitals.
     */
    reason: string;
    /**
     * What happened, for people.
     */
    message: string;
  };
  /**
   * Why it was refused.
   */
  denial?: {
    /**
     * The rules and budgets that refused it, as `policy/rule`.
     */
    rules: string[];
    /**
     * Their reasons.
     */
    message: string;
  };
  /**
   * What remains of every budget that counts this agent's actions.
   *
   * Items: One budget.
   */
  remaining: {
    /**
     * The budget.
     */
    id: string;
    /**
     * Its unit.
     */
    unit: string;
    /**
     * What remains, in the budget's unit.
     */
    remaining: number;
  }[];
}
/**
 * Parameters of `trial/finish`, agent to host (notification): the agent is done.
 *
 */
export interface TrialFinish {
  /**
   * What the agent answers, any JSON value.
   */
  answer?: unknown;
  /**
   * The agent could not go on after its last action was refused.
   */
  gaveUp?: boolean;
}
/**
 * Parameters of `environment/open`, host to environment (request): set up a world for a task.
 *
 */
export interface EnvironmentOpen {
  /**
   * The task with its data.
   */
  task: {
    /**
     * Its id.
     */
    id: string;
    /**
     * What is to be done.
     */
    instruction: string;
    /**
     * What the environment needs to know.
     */
    data?: Record<string, unknown>;
    /**
     * The attack, as the task set has it.
     */
    attack?: Record<string, unknown>;
  };
  /**
   * The trial's seed.
   */
  seed: number;
}
/**
 * Parameters of `tool/call`, host to environment (request): do this now.
 *
 */
export interface ToolCall {
  /**
   * The tool.
   */
  tool: string;
  /**
   * Its input.
   */
  input: Record<string, unknown>;
}
/**
 * The result of `tool/call`.
 *
 */
export interface ToolResult {
  /**
   * What the tool answers.
   */
  output?: unknown;
  /**
   * What went wrong, when it failed.
   */
  failure?: string;
}
/**
 * The result of `environment/grade`, by the end state of the world.
 *
 */
export interface Grade {
  /**
   * Whether the task is done.
   */
  utility: boolean;
  /**
   * Whether the attacker's goal was reached; left out for tasks without an attack.
   */
  attackReached?: boolean;
  /**
   * Why, for people.
   */
  notes?: string;
}
/**
 * The bodies of the messages between the host and agent or environment processes: JSON-RPC 2.0, one message a line.
 *
 */
export interface AgentProtocol {
  toolInfo?: ToolInfo;
  trialStart?: TrialStart;
  propose?: Propose;
  actionResult?: ActionResult;
  trialFinish?: TrialFinish;
  environmentOpen?: EnvironmentOpen;
  toolCall?: ToolCall;
  toolResult?: ToolResult;
  grade?: Grade;
}
