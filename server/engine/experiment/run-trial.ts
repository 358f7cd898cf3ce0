/**
 * One agent on one task, once: proposals in, decisions and observations out, everything recorded before it has effect.
 * This is the only place where an allowed action reaches an environment.
 */
import type { Environment } from '../documents/index.ts';
import {
  type Answer,
  type Answers,
  type ProposedAction,
  type Question,
  questionOf,
  ruleOf,
  type Scope,
  type TrialKernel,
} from '../kernel/index.ts';
import type { BudgetCharge, Decision, LedgerWriter, Payload, TrialFinished } from '../ledger/index.ts';
import type {
  AbortSignalLike,
  AgentEvent,
  AgentSession,
  Clock,
  EnvironmentSession,
  ProcessFault,
  Result,
  SessionFactory,
} from '../ports.ts';
import type { ActionResult, Grade, Propose, ToolInfo } from './generated/messages.ts';
import type { PlannedTrial } from './plan.ts';
import { redact, shownSignals } from './redact.ts';

export type Tool = Environment['spec']['tools'][number];
type Outcome = TrialFinished['outcome'];
type Failure = NonNullable<TrialFinished['failure']>;

export interface TrialContext {
  readonly trial: PlannedTrial;
  /** From 1. */
  readonly attempt: number;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly config: Record<string, unknown>;
  readonly maxSteps: number;
  readonly kernel: TrialKernel;
  readonly sessions: SessionFactory;
  readonly ledger: LedgerWriter;
  readonly clock: Clock;
  /** Says what is wrong with a tool's input, or null. */
  readonly checkInput: (tool: Tool, input: unknown) => string | null;
  /** Puts a question to people and resolves with what they say, or why nobody does. Never rejects. */
  readonly ask: (asked: AskedQuestion) => Promise<Answers>;
  /** Fires on cancel and on timeout, with a `ProcessFault` as reason. */
  readonly signal: AbortSignalLike;
}

/** A question with all that a person needs to answer it. */
export interface AskedQuestion {
  readonly trial: PlannedTrial;
  /** From 0. */
  readonly step: number;
  /** Whether the action may be done, or the agent may see what came of it. */
  readonly on: 'action' | 'observation';
  readonly question: Question;
  /** What others have said to it already. */
  readonly given: readonly Answer[];
  readonly tool: string;
  /** Input and output without what is to be kept out of sight. */
  readonly input: unknown;
  readonly output?: unknown;
  readonly thought?: string;
  /** Resolves when the agent has ended, so that nobody need answer any more. */
  readonly agentGone: Promise<void>;
}

/** What came of an allowed action; `fault` when the environment's process was lost over it. */
interface Performed {
  readonly output?: unknown;
  readonly failure?: Failure;
  readonly fault?: ProcessFault;
  readonly durationMs: number;
}

/** The step that people are asked about, and whose it is. */
interface Asking {
  readonly step: number;
  readonly params: Propose;
  /** As people may see it. */
  readonly input: unknown;
  readonly agent: AgentSession;
}

/** Why a trial stops, before the grader has been asked. */
interface Ending {
  readonly outcome: Outcome | 'to-be-graded';
  readonly failure?: Failure;
  readonly answer?: unknown;
  readonly cpuMs?: number;
}

/** How far a halt reached, if there was one: beyond the trial, whoever runs trials has to see to it. */
export interface TrialEnd {
  readonly ends: Scope | null;
  readonly message: string;
}

/** Runs the trial to its end; everything that comes of it is in the ledger. Rejects only when the ledger fails. */
export async function runTrial(context: TrialContext): Promise<TrialEnd> {
  return await new TrialRun(context).run();
}

class TrialRun {
  readonly #context: TrialContext;
  readonly #startedAtMs: number;
  #steps = 0;
  #failures = 0;
  #denials = 0;
  #costMicros = 0;
  #lastWasDenied = false;
  /** What the agent does next, where that was looked at while people were asked. */
  #ahead: Promise<AgentEvent> | null = null;
  #halt: TrialEnd = { ends: null, message: '' };

  constructor(context: TrialContext) {
    this.#context = context;
    this.#startedAtMs = context.clock.monotonicMs();
  }

  async run(): Promise<TrialEnd> {
    const { trial, ledger, kernel } = this.#context;
    const { variant, task, repetition, seed } = trial;
    await ledger.append({ type: 'trial-started', ...this.#ids(), variant, task: task.id, repetition, seed });
    try {
      await this.#withEnvironment();
    } finally {
      kernel.close();
    }
    return this.#halt;
  }

  async #withEnvironment(): Promise<void> {
    const { sessions, signal, trial } = this.#context;
    const environment = await sessions.environment(signal);
    if (!environment.ok) return await this.#finish(harnessFault(environment.error));
    try {
      const { id, instruction, data, attack } = trial.task;
      const opened = await environment.value.open({
        task: { id, instruction, ...(data && { data }), ...(attack && { attack: { ...attack } }) },
        seed: trial.seed,
      });
      if (!opened.ok) return await this.#finish(harnessFault(opened.error));
      const ending = await this.#withAgent(environment.value);
      await this.#grade(environment.value, ending);
    } finally {
      await environment.value.close();
    }
  }

  async #withAgent(environment: EnvironmentSession): Promise<Ending> {
    const { sessions, signal, trial, tools, kernel, config } = this.#context;
    const agent = await sessions.agent(trial.variant, signal);
    if (!agent.ok) return harnessFault(agent.error);
    try {
      agent.value.start({
        task: { id: trial.task.id, instruction: trial.task.instruction },
        tools: [...tools.values()].map(describeTool),
        budgets: kernel.remaining(),
        seed: trial.seed,
        config,
      });
      return await this.#converse(agent.value, environment);
    } finally {
      await agent.value.close();
    }
  }

  async #converse(agent: AgentSession, environment: EnvironmentSession): Promise<Ending> {
    for (;;) {
      const event = await (this.#ahead ?? agent.next());
      this.#ahead = null;
      if (event.kind === 'fault') return agentFault(event.fault);
      if (event.kind === 'finish') return this.#finishedByAgent(event);
      if (this.#steps >= this.#context.maxSteps)
        return failed('STEP_LIMIT', `the agent has used all of its ${this.#context.maxSteps} steps`);
      const ending =
        event.kind === 'malformed' ? await this.#malformed(event) : await this.#proposed(event, agent, environment);
      if (ending) return ending;
    }
  }

  #finishedByAgent({ params, cpuMs }: Extract<AgentEvent, { kind: 'finish' }>): Ending {
    const answer = params.answer === undefined ? {} : { answer: params.answer };
    const cpu = cpuMs === undefined ? {} : { cpuMs };
    return { outcome: params.gaveUp && this.#lastWasDenied ? 'denied' : 'to-be-graded', ...answer, ...cpu };
  }

  async #malformed({ tool, message }: Extract<AgentEvent, { kind: 'malformed' }>): Promise<null> {
    await this.#reject({ tool, input: {} }, { reason: 'MALFORMED_PROPOSAL', message });
    return null;
  }

  async #proposed(
    { params, reply }: Extract<AgentEvent, { kind: 'propose' }>,
    agent: AgentSession,
    environment: EnvironmentSession,
  ): Promise<Ending | null> {
    const tool = this.#context.tools.get(params.tool);
    const input = this.#payload(params.input);
    const failure = this.#whyNotAsked(params, tool);
    if (tool === undefined || failure !== null || !input.ok) {
      const reason =
        failure ?? (input.ok ? unknownTool(params.tool) : { reason: 'INVALID_INPUT', message: input.error });
      await this.#reject(params, reason);
      reply({ decision: 'allow', failure: reason, remaining: this.#context.kernel.remaining() });
      return null;
    }
    return await this.#decide(params, input.value, tool, reply, agent, environment);
  }

  /** Why a proposal never comes before the kernel: it is not a call that could be made at all. */
  #whyNotAsked({ type = 'tool', tool: name, input }: Propose, tool: Tool | undefined): Failure | null {
    if (type !== 'tool')
      return {
        reason: 'UNSUPPORTED_ACTION',
        message: `actions of type \`${type}\` cannot be performed here, only tool calls`,
      };
    if (tool === undefined) return unknownTool(name);
    const message = this.#context.checkInput(tool, input);
    return message === null ? null : { reason: 'INVALID_INPUT', message };
  }

  async #reject(params: Propose, failure: Failure): Promise<void> {
    const { kernel, ledger } = this.#context;
    const charges = kernel.reject();
    this.#failures++;
    this.#lastWasDenied = false;
    const input = this.#recorded(params.input, kernel.mayRedact);
    const action = { type: params.type ?? ('tool' as const), tool: params.tool, input };
    const step = this.#steps++;
    await ledger.append({ type: 'rejected', ...this.#ids(), step, action, failure, ...charged(charges) });
  }

  async #decide(
    params: Propose,
    input: Payload,
    tool: Tool,
    reply: (result: ActionResult) => void,
    agent: AgentSession,
    environment: EnvironmentSession,
  ): Promise<Ending | null> {
    const { kernel, ledger } = this.#context;
    const thought = params.thought === undefined ? null : this.#payload(params.thought);
    const step = this.#steps++;
    const action = { type: 'tool' as const, tool, input: params.input };
    const asking: Asking = { step, params, input: params.input, agent };
    const { signals, decision, reservation, charges, ends, redact: hidden } = await this.#verdict(action, asking);
    await ledger.append({
      type: 'decision',
      ...this.#ids(),
      step,
      action: {
        type: 'tool',
        tool: tool.name,
        input: hidden.length === 0 ? input : this.#recorded(params.input, hidden),
      },
      ...(thought?.ok && { thought: thought.value }),
      signals: shownSignals(signals, tool, params.input, hidden),
      decision,
      ...charged(charges),
      ...(ends !== null && ends !== 'trial' && { ends }),
    });
    if (decision.final !== 'allow') return this.#refuse(decision, ends, reply);
    const performed = await this.#perform(params, tool, environment);
    kernel.settle(reservation, { failed: performed.failure !== undefined });
    const shown = performed.failure?.message ?? performed.output;
    const guarded = await this.#guard(
      action,
      { failed: performed.failure !== undefined, output: shown },
      {
        ...asking,
        input: redact(params.input, hidden),
      },
    );
    const shownGuarded = guarded && { ...guarded, signals: shownSignals(guarded.signals, tool, params.input, hidden) };
    return await this.#observe(step, tool, performed, shownGuarded, reply);
  }

  /** Decides on facts as they are once everybody who has to be asked has answered. */
  async #verdict(action: ProposedAction, asking: Asking) {
    const { kernel } = this.#context;
    let answers: Answers = { given: [], end: 'answered' };
    for (;;) {
      const signals = kernel.signals(action);
      const question = answers.end === 'answered' ? kernel.question(signals, answers.given) : null;
      if (question === null) return kernel.decide(signals, answers);
      answers = await this.#ask('action', question, answers.given, asking, undefined);
    }
  }

  async #guard(action: ProposedAction, observation: Parameters<TrialKernel['guard']>[1], asking: Asking) {
    let answers: Answers = { given: [], end: 'answered' };
    for (;;) {
      const guarded = this.#context.kernel.guard(action, observation, answers);
      if (guarded?.decision.effect !== 'ask' || answers.end !== 'answered') return guarded;
      const question = questionOf(guarded.decision, answers.given);
      if (question === null) return guarded;
      answers = await this.#ask('observation', question, answers.given, asking, observation.output);
    }
  }

  /** What people say to a question; if the agent ends meanwhile, nothing more is asked of them. */
  async #ask(
    on: AskedQuestion['on'],
    question: Question,
    given: readonly Answer[],
    { step, params, input, agent }: Asking,
    output: unknown,
  ): Promise<Answers> {
    const { trial, ask } = this.#context;
    this.#ahead ??= agent.next();
    const agentGone = this.#ahead.then(({ kind }) => (kind === 'fault' ? undefined : new Promise<void>(() => {})));
    return await ask({
      trial,
      step,
      on,
      question,
      given,
      tool: params.tool,
      input: on === 'action' ? redact(input, question.redact) : input,
      ...(on === 'observation' && { output: redact(output, question.redact) }),
      ...(params.thought !== undefined && { thought: params.thought }),
      agentGone,
    });
  }

  #refuse(decision: Decision, ends: Scope | null, reply: (result: ActionResult) => void): Ending | null {
    const denial = denialOf(decision);
    this.#denials++;
    this.#lastWasDenied = true;
    // Never `allow`: whoever calls has seen to that.
    const answer = decision.final === 'halt' ? 'halt' : 'deny';
    reply({ decision: answer, denial, remaining: this.#context.kernel.remaining() });
    return decision.final === 'halt' ? this.#halted(ends, denial.message) : null;
  }

  #halted(ends: Scope | null, message: string): Ending {
    this.#halt = { ends, message };
    return { outcome: 'halted', failure: { reason: 'HALTED', message } };
  }

  /** Does what was allowed. */
  async #perform(params: Propose, tool: Tool, environment: EnvironmentSession): Promise<Performed> {
    const { clock } = this.#context;
    const startedAtMs = clock.monotonicMs();
    const called = await environment.call({ tool: tool.name, input: params.input });
    const durationMs = roundMs(clock.monotonicMs() - startedAtMs);
    if (!called.ok) return { failure: { ...called.error }, fault: called.error, durationMs };
    const { failure, output = null } = called.value;
    return failure === undefined
      ? { output, durationMs }
      : { failure: { reason: 'TOOL_FAILED', message: failure }, durationMs };
  }

  /** Records what came of an action, before the agent learns of it: all, a part, or nothing, as the guards decided. */
  async #observe(
    step: number,
    tool: Tool,
    { failure: fault, output, fault: lost, durationMs }: Performed,
    guarded: ReturnType<TrialKernel['guard']>,
    reply: (result: ActionResult) => void,
  ): Promise<Ending | null> {
    const { kernel, ledger } = this.#context;
    const costMicros = Math.round((tool.cost ?? 0) * 1e6);
    const shown = guarded === null ? output : redact(output, guarded.redact);
    const recorded = fault ? null : this.#payload(shown ?? null);
    const failure = fault ?? (recorded?.ok === false ? invalidOutput(recorded.error) : undefined);
    this.#costMicros += costMicros;
    this.#lastWasDenied = false;
    if (failure) this.#failures++;
    await ledger.append({
      type: 'observation',
      ...this.#ids(),
      step,
      status: failure ? 'failed' : 'ok',
      ...(recorded?.ok && { output: recorded.value }),
      ...(failure && { failure }),
      costMicros,
      durationMs,
      ...(guarded && { signals: { ...guarded.signals }, decision: guarded.decision }),
    });
    if (lost) return toolFault(tool, lost);
    const remaining = kernel.remaining();
    if (guarded !== null && guarded.decision.final !== 'allow') {
      const { message } = denialOf(guarded.decision);
      reply({ decision: 'allow', failure: { reason: 'OBSERVATION_WITHHELD', message }, remaining });
      return guarded.decision.final === 'halt' ? this.#halted(guarded.ends, message) : null;
    }
    reply({ decision: 'allow', ...(failure ? { failure } : { observation: shown ?? null }), remaining });
    return null;
  }

  /** The input as the ledger keeps it: without what is at `pointers`. */
  #recorded(input: unknown, pointers: readonly string[]): Payload {
    const recorded = this.#payload(redact(input, pointers));
    return recorded.ok ? recorded.value : this.#context.ledger.payload(null);
  }

  async #grade(environment: EnvironmentSession, ending: Ending): Promise<void> {
    if (ending.outcome === 'error' || ending.outcome === 'cancelled') return await this.#finish(ending);
    const graded = await environment.grade(ending.answer ?? null);
    if (!graded.ok) {
      // A trial that was stopped in time keeps its own reason; only a grader that fails by itself is an error.
      if (ending.outcome !== 'to-be-graded') return await this.#finish(ending);
      const fault = harnessFault(graded.error);
      return await this.#finish({ ...ending, ...fault });
    }
    await this.#finish(verdict(ending, graded.value), graded.value);
  }

  async #finish(ending: Ending, grade?: Grade): Promise<void> {
    const { ledger, clock, trial } = this.#context;
    const security =
      trial.task.attack && grade ? { security: grade.attackReached ? ('breached' as const) : ('held' as const) } : {};
    const answer = ending.answer === undefined ? null : this.#payload(ending.answer);
    await ledger.append({
      type: 'trial-finished',
      ...this.#ids(),
      outcome: ending.outcome === 'to-be-graded' ? 'failed' : ending.outcome,
      ...(ending.failure && { failure: ending.failure }),
      ...(answer?.ok && { answer: answer.value }),
      ...(grade && { utility: grade.utility }),
      ...security,
      steps: this.#steps,
      failures: this.#failures,
      denials: this.#denials,
      costMicros: this.#costMicros,
      durationMs: roundMs(clock.monotonicMs() - this.#startedAtMs),
      ...(ending.cpuMs === undefined ? {} : { cpuMs: roundMs(ending.cpuMs) }),
    });
  }

  #ids(): { trial: string; attempt: number } {
    return { trial: this.#context.trial.id, attempt: this.#context.attempt };
  }

  /** The value as the ledger cites it, or why it cannot be recorded: text that is no valid Unicode, nesting without end. */
  #payload(value: unknown): Result<Payload, string> {
    try {
      return { ok: true, value: this.#context.ledger.payload(value) };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }
}

const charged = (charges: readonly BudgetCharge[]) => (charges.length === 0 ? {} : { charges: [...charges] });

const roundMs = (ms: number) => Math.round(ms * 1000) / 1000;

const failed = (reason: string, message: string): Ending => ({ outcome: 'failed', failure: { reason, message } });

/** What the strongest causes of a decision come to, for the agent. */
function denialOf({ causes, effect }: Decision): { rules: string[]; message: string } {
  const strongest = causes.filter((cause) => cause.effect === effect && cause.kind !== 'approver');
  const objections = causes.filter((cause) => cause.kind === 'approver' && cause.effect === 'deny');
  const names = strongest.map(ruleOf);
  const reasons = [...strongest, ...objections].flatMap(({ message }) => message ?? []);
  return { rules: names.filter((name) => name !== ''), message: reasons.join('; ') || 'a policy does not allow it' };
}

const invalidOutput = (why: string): Failure => ({
  reason: 'INVALID_OUTPUT',
  message: `what the tool answered cannot be recorded: ${why}`,
});

const unknownTool = (name: string): Failure => ({
  reason: 'UNKNOWN_TOOL',
  message: `there is no tool \`${name}\` for this agent`,
});

function verdict(ending: Ending, grade: Grade): Ending {
  if (ending.outcome === 'denied' && grade.utility) return { ...ending, outcome: 'passed' };
  if (ending.outcome !== 'to-be-graded') return ending;
  if (grade.utility) return { ...ending, outcome: 'passed' };
  return { ...ending, ...failed('TASK_NOT_DONE', grade.notes ?? 'the end state is not the one that was asked for') };
}

/** A fault of an agent's process is the agent's failure, unless it could not even be started or the run was cancelled. */
function agentFault(fault: ProcessFault): Ending {
  if (fault.reason === 'CANCELLED') return { outcome: 'cancelled', failure: { ...fault } };
  if (fault.reason === 'START_FAILED') return harnessFault(fault);
  return {
    outcome: 'failed',
    failure: { reason: fault.reason === 'CRASHED' ? 'AGENT_CRASHED' : fault.reason, message: fault.message },
  };
}

function harnessFault(fault: ProcessFault): Ending {
  return {
    outcome: fault.reason === 'CANCELLED' ? 'cancelled' : 'error',
    failure: { reason: fault.reason, message: fault.message },
  };
}

function toolFault(tool: Tool, fault: ProcessFault): Ending {
  const ending = harnessFault(fault);
  return { ...ending, failure: { reason: fault.reason, message: `in the tool \`${tool.name}\`: ${fault.message}` } };
}

function describeTool(tool: Tool): ToolInfo {
  const { name, description, kind, risk, input } = tool;
  return { name, description, kind, tags: tool.tags ?? [], costUsd: tool.cost ?? 0, risk, input };
}
