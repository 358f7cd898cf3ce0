/** Generated from schemas/ by scripts/generate.ts. Do not edit. */

/**
 * The version of the document format.
 *
 */
export type ApiVersion = 'assay/v1';
/**
 * A name: lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
 *
 */
export type Name = string;
/**
 * A path relative to this document, with forward slashes.
 *
 */
export type RelativePath = string;
/**
 * A length of time: a whole number and a unit, `ms`, `s`, `m`, `h` or `d`.
 *
 */
export type Duration = string;
/**
 * What is done with an action. Strongest first: `halt` ends the trial, `deny` refuses the action, `ask` waits for a person (a `deny` when nobody can answer), `allow` lets it through.
 *
 */
export type Effect = 'allow' | 'ask' | 'deny' | 'halt';
/**
 * What a tool does to the world: `read` looks, `write` changes, `execute` runs code.
 *
 */
export type ToolKind = 'read' | 'write' | 'execute';
/**
 * Tags, each a short word.
 *
 */
export type Tags = string[];
/**
 * How much harm a wrong use can do: 0 none, 1 trivial, 2 minor, 3 noticeable, 4 serious, 5 irreversible.
 *
 */
export type Risk = number;
/**
 * An amount in US dollars, in steps of a millionth.
 *
 */
export type Usd = number;
/**
 * A JSON Schema (2020-12).
 *
 */
export type JsonSchema = Record<string, unknown>;
/**
 * A test of a text: a value, a list of which one must match, or comparators. `*` at the beginning or end stands for any text.
 *
 */
export type StringTest =
  | string
  | string[]
  | {
      /**
       * Equal to this, or to one of these.
       */
      is?: string | string[];
      /**
       * Not this, and none of these.
       */
      not?: string | string[];
      /**
       * One of these.
       *
       * @minItems 1
       */
      anyOf?: string[];
      /**
       * `true`: the signal must apply to the action; `false`: it must not.
       */
      present?: boolean;
    };
/**
 * A test of a set of words: a word that must be among them, a list of which one must be, or comparators.
 *
 */
export type TagsTest =
  | string
  | string[]
  | {
      /**
       * At least one of these is among them.
       *
       * @minItems 1
       */
      anyOf?: string[];
      /**
       * All of these are among them.
       *
       * @minItems 1
       */
      allOf?: string[];
      /**
       * None of these is among them.
       *
       * @minItems 1
       */
      noneOf?: string[];
      /**
       * Nothing but these is among them. `*` at the beginning or end stands for any text.
       *
       * @minItems 1
       */
      only?: string[];
      /**
       * `true`: the signal must apply to the action; `false`: it must not.
       */
      present?: boolean;
    };
/**
 * A test of a whole number: a number for equality, or comparators that must all hold.
 *
 */
export type IntegerTest =
  | number
  | {
      /**
       * Equal to this.
       */
      is?: number;
      /**
       * Not equal to this.
       */
      not?: number;
      /**
       * This or more.
       */
      atLeast?: number;
      /**
       * This or less.
       */
      atMost?: number;
      /**
       * From the first to the second, both included.
       *
       * @minItems 2
       * @maxItems 2
       */
      between?: number[];
      /**
       * `true`: the signal must apply to the action; `false`: it must not.
       */
      present?: boolean;
    };
/**
 * A test of an amount in US dollars: a number for equality, or comparators that must all hold.
 *
 */
export type MoneyTest =
  | number
  | {
      /**
       * Equal to this.
       */
      is?: number;
      /**
       * Not equal to this.
       */
      not?: number;
      /**
       * This or more.
       */
      atLeast?: number;
      /**
       * This or less.
       */
      atMost?: number;
      /**
       * From the first to the second, both included.
       *
       * @minItems 2
       * @maxItems 2
       */
      between?: number[];
      /**
       * `true`: the signal must apply to the action; `false`: it must not.
       */
      present?: boolean;
    };
/**
 * A test of a yes-or-no signal.
 *
 */
export type BooleanTest = boolean;
/**
 * One weekly window, or several of which one must be open.
 *
 */
export type During = Window | Window[];
/**
 * A moment (RFC 3339): a date, which is midnight in UTC, or a date with time and offset.
 *
 */
export type Instant = string;

/**
 * What the document is called and what it is for.
 *
 */
export interface Metadata {
  name: Name;
  /**
   * The document's own version, by semantic versioning.
   */
  version?: string;
  /**
   * One or two sentences for whoever reads a list of such documents.
   */
  description?: string;
  /**
   * Free labels for filters and reports.
   */
  labels?: {
    [k: string]: string;
  };
}
/**
 * A limit on what may be spent. It counts as a rule: when it is exhausted, its `onExhausted` effect applies to every further action that it counts.
 *
 */
export interface Budget {
  id: Name;
  /**
   * What is counted: `usd` adds up the declared cost of actions, `calls` counts actions that pass `when`, `steps` counts every action.
   */
  unit: 'usd' | 'calls' | 'steps';
  /**
   * The most that may be spent, in the budget's unit. Dollars in steps of a millionth; calls and steps in whole numbers.
   */
  limit: number;
  /**
   * Whose spending is added up: one trial, all trials of one variant in a run, the whole run, or all runs of the workspace.
   */
  per?: 'trial' | 'agent' | 'run' | 'workspace';
  when?: Condition;
  window?: Duration;
  /**
   * What happens to an action that does not fit any more: `halt` ends what the budget is `per`. `ask` denies, for no answer adds to a budget; to have people asked, let a rule ask before the budget is used up.
   */
  onExhausted?: 'ask' | 'deny' | 'halt';
  parent?: Name;
}
/**
 * A condition: every line must hold. Each key is a signal with a test, or `all`, `any`, `not` for combinations.
 *
 */
export interface Condition {
  /**
   * Holds when every condition of the list holds.
   *
   * @minItems 1
   */
  all?: Condition[];
  /**
   * Holds when at least one condition of the list holds.
   *
   * @minItems 1
   */
  any?: Condition[];
  not?: Condition;
  /**
   * What the agent asks for.
   */
  'action.type'?:
    | ('tool' | 'model' | 'message' | 'resource')
    | ('tool' | 'model' | 'message' | 'resource')[]
    | {
        /**
         * Equal to this, or to one of these.
         */
        is?: ('tool' | 'model' | 'message' | 'resource') | ('tool' | 'model' | 'message' | 'resource')[];
        /**
         * Not this, and none of these.
         */
        not?: ('tool' | 'model' | 'message' | 'resource') | ('tool' | 'model' | 'message' | 'resource')[];
        /**
         * One of these.
         *
         * @minItems 1
         */
        anyOf?: ('tool' | 'model' | 'message' | 'resource')[];
        /**
         * `true`: the signal must apply to the action; `false`: it must not.
         */
        present?: boolean;
      };
  'tool.name'?: StringTest;
  /**
   * What the tool does to the world.
   */
  'tool.kind'?:
    | ('read' | 'write' | 'execute')
    | ('read' | 'write' | 'execute')[]
    | {
        /**
         * Equal to this, or to one of these.
         */
        is?: ('read' | 'write' | 'execute') | ('read' | 'write' | 'execute')[];
        /**
         * Not this, and none of these.
         */
        not?: ('read' | 'write' | 'execute') | ('read' | 'write' | 'execute')[];
        /**
         * One of these.
         *
         * @minItems 1
         */
        anyOf?: ('read' | 'write' | 'execute')[];
        /**
         * `true`: the signal must apply to the action; `false`: it must not.
         */
        present?: boolean;
      };
  'tool.tags'?: TagsTest;
  'tool.risk'?: IntegerTest;
  'tool.cost'?: MoneyTest;
  'target.ids'?: TagsTest;
  'target.domains'?: TagsTest;
  'agent.id'?: StringTest;
  'agent.role'?: StringTest;
  'agent.node'?: StringTest;
  'trial.steps'?: IntegerTest;
  'trial.failures'?: IntegerTest;
  'trial.consecutiveFailures'?: IntegerTest;
  'trial.denials'?: IntegerTest;
  'trial.cost'?: MoneyTest;
  'trial.sameToolCalls'?: IntegerTest;
  'trial.stepsPerMinute'?: IntegerTest;
  'trial.elapsedMs'?: IntegerTest;
  'agent.steps'?: IntegerTest;
  'agent.failures'?: IntegerTest;
  'agent.denials'?: IntegerTest;
  'agent.stepsPerMinute'?: IntegerTest;
  'agent.cost'?: MoneyTest;
  'run.steps'?: IntegerTest;
  'run.failures'?: IntegerTest;
  'run.denials'?: IntegerTest;
  'run.stepsPerMinute'?: IntegerTest;
  'run.cost'?: MoneyTest;
  'run.elapsedMs'?: IntegerTest;
  'workspace.steps'?: IntegerTest;
  'workspace.failures'?: IntegerTest;
  'workspace.denials'?: IntegerTest;
  'workspace.stepsPerMinute'?: IntegerTest;
  'workspace.cost'?: MoneyTest;
  /**
   * Whether the action worked. Only for `on: observation`.
   */
  'observation.status'?:
    | ('ok' | 'failed')
    | ('ok' | 'failed')[]
    | {
        /**
         * Equal to this, or to one of these.
         */
        is?: ('ok' | 'failed') | ('ok' | 'failed')[];
        /**
         * Not this, and none of these.
         */
        not?: ('ok' | 'failed') | ('ok' | 'failed')[];
        /**
         * One of these.
         *
         * @minItems 1
         */
        anyOf?: ('ok' | 'failed')[];
        /**
         * `true`: the signal must apply to the action; `false`: it must not.
         */
        present?: boolean;
      };
  'observation.sizeBytes'?: IntegerTest;
  'observation.patterns'?: TagsTest;
  'time.utc'?: IntegerTest;
}
/**
 * One rule. It matches when `when` holds and `unless` does not, inside its scope and its time; the strongest effect among all matching rules wins.
 *
 */
export interface Rule {
  id: Name;
  effect: Effect;
  /**
   * What the rule guards: an `action` before it is done, or the `observation` that comes back before the agent sees it.
   */
  on?: 'action' | 'observation';
  scope?: Scope;
  when?: Condition;
  unless?: Condition;
  during?: During;
  validFrom?: Instant;
  until?: Instant;
  renew?: Renew;
  ask?: Ask;
  obligations?: Obligations;
  /**
   * Why, for whoever reads the decision.
   */
  reason?: string;
}
/**
 * Whom and what something is about; everything that is named must fit.
 *
 */
export interface Scope {
  /**
   * Agents with one of these roles. `*` at the beginning or end stands for any text.
   *
   * @minItems 1
   */
  roles?: string[];
  /**
   * Actions from one of these nodes of a preset. `*` at the beginning or end stands for any text.
   *
   * @minItems 1
   */
  nodes?: string[];
  /**
   * Calls of tools with one of these tags, as they are written: `*` stands for nothing here.
   *
   * @minItems 1
   */
  tags?: string[];
}
/**
 * Hours of a week, by the clock on the wall of a zone: an hour that is left out in spring is left out, one that comes twice in autumn counts twice. Where `to` is not after `from`, the window ends on the day after.
 *
 */
export interface Window {
  /**
   * The days on which it opens, each or from … to. Left out, every day.
   *
   * @minItems 1
   */
  days?: string[];
  /**
   * When it opens.
   */
  from?: string;
  /**
   * When it closes; this minute is outside.
   */
  to?: string;
  /**
   * The time zone, by its name in the tz database.
   */
  zone?: string;
}
/**
 * Periods that follow each other from `validFrom` on; each begins in force.
 *
 */
export interface Renew {
  every: Duration;
  for: Duration;
}
/**
 * Who may answer a question, and how long it waits. With nobody to answer, the action is denied.
 *
 */
export interface Ask {
  /**
   * People or groups who may answer. Left out, anybody who looks after the run.
   *
   * @minItems 1
   */
  who?: string[];
  wait?: Duration;
}
/**
 * What has to be done besides the effect. The decision records it with the rule.
 *
 */
export interface Obligations {
  /**
   * A line in the log, of this weight.
   */
  log?: 'info' | 'warning' | 'error';
  /**
   * Values that are kept out of what people and agents see and of the ledger, with targets that are read from them: JSON Pointers into the input, or into the output for `on: observation`; a name that meets a list is meant in each of its items. Also where nobody can tell whether the rule matches.
   *
   * @minItems 1
   */
  redact?: string[];
  /**
   * People or groups who are told.
   *
   * @minItems 1
   */
  notify?: string[];
}
/**
 * Texts to look for.
 *
 */
export interface Pattern {
  id: Name;
  /**
   * It is found when one text of an observation is one of these. `*` at the beginning or end stands for any text; upper and lower case are the same.
   *
   * @minItems 1
   */
  match: string[];
}
/**
 * Rules and budgets that decide each action of an agent.
 *
 */
export interface Policy {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'Policy';
  metadata: Metadata;
  /**
   * The rules, budgets and default of this policy.
   */
  spec: {
    default?: Effect;
    /**
     * Limits on what may be spent.
     */
    budgets?: Budget[];
    /**
     * The rules. Their order does not matter: the strongest effect wins.
     */
    rules?: Rule[];
    /**
     * A constitution applies to every agent of the workspace, whether somebody lists it or not, and no other policy can weaken it.
     */
    constitution?: boolean;
    /**
     * An overlay only adds rules and budgets to whatever else applies: it has no default and says nothing of an action that none of its rules matches.
     */
    overlay?: boolean;
    /**
     * Other policies, by name or path, whose rules and budgets become part of this one. Their defaults do not.
     */
    include?: string[];
    scope?: Scope;
    during?: During;
    validFrom?: Instant;
    until?: Instant;
    renew?: Renew;
    ask?: Ask;
    /**
     * Texts to look for in observations. Rules name them in `observation.patterns`.
     */
    patterns?: Pattern[];
  };
}
/**
 * An action as an agent would propose it.
 *
 */
export interface Action {
  /**
   * What is asked for: a tool call, a model call, a message or a resource.
   */
  type?: 'tool' | 'model' | 'message' | 'resource';
  tool?: Name;
  /**
   * The tool's input.
   */
  input?: Record<string, unknown>;
}
/**
 * Cases that say what a set of policies must decide.
 *
 */
export interface PolicyTest {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'PolicyTest';
  metadata: Metadata;
  /**
   * Policies and cases.
   */
  spec: {
    /**
     * The policies that apply together, by name or path.
     *
     * @minItems 1
     */
    policies: string[];
    /**
     * The environment whose tools the cases use, by name or path.
     */
    environment?: string;
    /**
     * The cases.
     *
     * @minItems 1
     *
     * Items: One action in one situation, and the decision expected for it.
     */
    cases: {
      /**
       * What the case shows.
       */
      name: string;
      action: Action;
      /**
       * Signals given by hand, by their names in the registry; they come on top of those that the action itself yields.
       */
      signals?: Record<string, unknown>;
      /**
       * What the trial has done before, in order: it goes through the same policies, counts, and draws on budgets.
       *
       * @minItems 1
       *
       * Items: An action that the trial has proposed before.
       */
      before?: {
        action: Action;
        /**
         * How often, one after the other.
         */
        times?: number;
        /**
         * How it went, where it was allowed.
         */
        status?: 'ok' | 'failed';
      }[];
      /**
       * What came back. The case is then about rules for observations: whether the agent is shown it.
       */
      observation?: {
        /**
         * Whether the action worked.
         */
        status?: 'ok' | 'failed';
        /**
         * The value that the tool gave back.
         */
        output: unknown;
      };
      /**
       * What must be decided.
       */
      expect: {
        decision: Effect;
        /**
         * Rules that must be among those that caused it.
         */
        rules?: string[];
        ask?: Ask;
        obligations?: Obligations;
      };
    }[];
  };
}
/**
 * An agent as a graph: its nodes, tools, model profile and budget.
 *
 */
export interface Preset {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'Preset';
  metadata: Metadata;
  /**
   * The role, tools, model, budget and graph of this agent.
   */
  spec: {
    role?: Name;
    /**
     * The environment whose tools this agent uses, by name or path.
     */
    environment?: string;
    /**
     * The tools that this agent may call, by their names in the environment. Left out, all of them.
     */
    tools?: string[];
    /**
     * The language model that `plan` nodes ask.
     */
    model?: {
      /**
       * The name of a model profile from the settings.
       */
      profile?: string;
      /**
       * How freely the model chooses, from 0 to 2.
       */
      temperature?: number;
    };
    /**
     * Budgets of this agent, on top of those in policies. They hold back and allow nothing by themselves.
     */
    budgets?: Budget[];
    /**
     * The node where the graph begins. Left out, the first.
     */
    start?: string;
    /**
     * The graph.
     *
     * @minItems 1
     *
     * Items: One node of the graph.
     */
    nodes?: {
      id: Name;
      /**
       * What the node does: `plan` lets the model decide, `tool` calls a tool, `ask` asks a person, `check` tests a condition, `wait` lets time pass, `end` finishes.
       */
      type: 'plan' | 'tool' | 'ask' | 'check' | 'wait' | 'end';
      /**
       * For `tool`: the tool that is called; one of the preset's tools.
       */
      tool?: string;
      /**
       * For `tool`: the input.
       */
      input?: Record<string, unknown>;
      /**
       * For `plan` and `ask`: what the model or the person is told.
       */
      prompt?: string;
      when?: Condition;
      for?: Duration;
      /**
       * The node that comes next.
       */
      next?: string;
      /**
       * For `check`: the node that comes next when the condition does not hold.
       */
      else?: string;
      /**
       * For `end`: what the trial ends with.
       */
      answer?: string;
    }[];
  };
}
/**
 * A versioned bundle: workflow, presets, policies, personas, tool permissions and recorded runs.
 *
 */
export interface Capsule {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'Capsule';
  metadata: Metadata;
  /**
   * The parts of this capsule.
   */
  spec: {
    /**
     * The steps, each run by a preset.
     *
     * Items: One step.
     */
    workflow?: {
      id: Name;
      /**
       * The preset that runs it, by name or path.
       */
      preset: string;
      /**
       * Steps that must be done before.
       */
      needs?: string[];
    }[];
    /**
     * The presets inside.
     *
     * Items: A file of the capsule.
     */
    presets?: {
      path: RelativePath;
      /**
       * The SHA-256 of the file's bytes.
       */
      digest?: string;
    }[];
    /**
     * The policies inside.
     *
     * Items: A file of the capsule.
     */
    policies?: {
      path: RelativePath;
      /**
       * The SHA-256 of the file's bytes.
       */
      digest?: string;
    }[];
    /**
     * Who the agents speak as.
     *
     * Items: One persona.
     */
    personas?: {
      id: Name;
      /**
       * Who it is.
       */
      description?: string;
    }[];
    /**
     * What each tool may touch.
     *
     * Items: The permissions of one tool.
     */
    permissions?: {
      /**
       * The tool.
       */
      tool: string;
      /**
       * Paths that it may read.
       */
      read?: string[];
      /**
       * Paths that it may write.
       */
      write?: string[];
      /**
       * Hosts that it may reach.
       */
      network?: string[];
    }[];
    /**
     * Recorded runs inside.
     *
     * Items: A file of the capsule.
     */
    recordings?: {
      path: RelativePath;
      /**
       * The SHA-256 of the file's bytes.
       */
      digest?: string;
    }[];
  };
}
/**
 * Agent variants × tasks × repetitions, under policies, budgets and a seed.
 *
 */
export interface Experiment {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'Experiment';
  metadata: Metadata;
  /**
   * What is tried, on what, under which rules.
   */
  spec: {
    /**
     * The environment, by name or path.
     */
    environment: string;
    /**
     * The task set, by name or path.
     */
    tasks: string;
    /**
     * The agents to compare, each with its policies.
     *
     * @minItems 1
     *
     * Items: One agent under one set of rules.
     */
    variants: {
      id: Name;
      /**
       * What is particular about this variant.
       */
      description?: string;
      /**
       * The program that acts. It runs in a process of its own and can do nothing but propose actions.
       */
      agent: {
        [k: string]: unknown;
      } & {
        module?: RelativePath;
        /**
         * A program and its arguments that speaks the agent protocol on its standard input and output: JSON-RPC 2.0, one message a line.
         *
         * @minItems 1
         */
        command?: string[];
      };
      /**
       * A preset, by name or path, that gives the role, the tools and the budget of this agent.
       */
      preset?: string;
      role?: Name;
      /**
       * Policies that apply to this variant, by name or path, besides those of the experiment.
       */
      policies?: string[];
      /**
       * Handed to the agent as it is.
       */
      config?: Record<string, unknown>;
    }[];
    /**
     * Policies that apply to every variant, by name or path.
     */
    policies?: string[];
    /**
     * How often each variant tries each task.
     */
    repetitions?: number;
    /**
     * The number that all randomness of the run comes from.
     */
    seed?: number;
    /**
     * How many trials run at a time.
     */
    concurrency?: number;
    /**
     * Limits on each trial.
     */
    limits?: {
      /**
       * The most actions that a trial may propose.
       */
      steps?: number;
      timeout?: Duration;
      /**
       * The most bytes that an agent may print or send in a trial.
       */
      outputBytes?: number;
    };
    /**
     * Names of environment variables that agents and environments may see. Their values are never written anywhere.
     */
    env?: string[];
  };
}
/**
 * The world that tasks happen in: its tools, as declared to the kernel, and the module that plays it.
 *
 */
export interface Environment {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'Environment';
  metadata: Metadata;
  /**
   * The tools and the module of this environment.
   */
  spec: {
    module: RelativePath;
    /**
     * The tools that agents may call here. What is declared is what the kernel believes; the module cannot change it.
     *
     * @minItems 1
     *
     * Items: One tool.
     */
    tools: {
      /**
       * The name that agents call.
       */
      name: string;
      /**
       * What the tool does, for agents and people.
       */
      description: string;
      kind: ToolKind;
      tags?: Tags;
      cost?: Usd;
      risk: Risk;
      /**
       * JSON Pointers into the input, to the addresses, accounts or paths that a call is aimed at. They become the signals `target.ids` and `target.domains`.
       */
      targets?: string[];
      input: JsonSchema;
      output?: JsonSchema;
    }[];
  };
}
/**
 * Tasks that agents are tried on.
 *
 */
export interface TaskSet {
  apiVersion: ApiVersion;
  /**
   * What this document is; the kind comes from here and never from the file's name.
   */
  kind: 'TaskSet';
  metadata: Metadata;
  /**
   * The tasks.
   */
  spec: {
    /**
     * The tasks.
     *
     * @minItems 1
     *
     * Items: One task.
     */
    tasks: {
      id: Name;
      /**
       * What the agent is asked to do, in plain language. It is all that the agent is told.
       */
      instruction: string;
      tags?: Tags;
      /**
       * Present when the environment holds an attacker's instruction for this task; the environment grades whether its goal was reached.
       */
      attack?: {
        /**
         * What the attacker wants, for people who read the results.
         */
        goal: string;
        /**
         * Where the instruction is hidden.
         */
        channel?: string;
      };
      /**
       * What the environment needs to set the task up and to grade it. The agent never sees it.
       */
      data?: Record<string, unknown>;
    }[];
  };
}
