/** One action in one situation, put before a kernel of its own: what the trial did before, then the action. Performs nothing. */
import {
  createKernel,
  createWorkspace,
  type Decision,
  type Observation,
  type ProposedAction,
  type SignalExtractor,
} from '../kernel/index.ts';
import { type CompiledPolicy, type Facts, factsOf, type SignalName, type SignalRecord } from '../policy/index.ts';
import type { Standing } from './course.ts';
import type { Given } from './given.ts';

export interface Situation {
  readonly action: ProposedAction;
  /** Signals that stand in place of those which the action itself yields. */
  readonly given: Given;
  /** What the trial has done before, in order. */
  readonly before?: readonly PastAction[];
  /** Decides whether the agent is shown this, instead of deciding the action. */
  readonly observation?: Observation;
  /** What budgets had counted before; nothing when left out. */
  readonly standing?: Standing;
}

export interface PastAction {
  readonly action: ProposedAction;
  /** How it went, where it was allowed. */
  readonly failed: boolean;
}

export interface Outcome {
  /** What was decided: the action, or whether the agent is shown what came of it. */
  readonly on: 'action' | 'observation';
  readonly decision: Decision;
  /** What was decided on, money in micro-dollars. */
  readonly signals: SignalRecord;
  readonly facts: Facts;
  /** What became of the actions before. */
  readonly before: readonly Decision[];
}

const id = 'situation';
/** No action yields these: whoever describes a situation gives them, or they are unknown. They hold for what was before, too. */
const outside = ['agent.id', 'agent.role', 'time.utc'] as const;
const notGiven = { unknown: 'nobody has said what it is here' };

/** Decides the action of `situation` under `policies` that apply together, in a run in which nothing else has happened but what is said. */
export function decideIn(situation: Situation, policies: readonly CompiledPolicy[]): Outcome {
  const { given, action, observation, before = [], standing } = situation;
  const around = new Map(outside.map((name) => [name, given.has(name) ? given.get(name) : notGiven] as const));
  const extractors = [extractorOf(around)];
  const nowMs = timeOf(given);
  const workspace = createWorkspace(standing?.workspace);
  const kernel = createKernel({
    variants: new Map([[id, { role: '', policies }]]),
    clock: { nowMs: () => nowMs, monotonicMs: () => 0 },
    extractors,
    workspace,
    ...(standing && { kept: { version: 1, elapsedMs: 0, run: standing.run, agents: { [id]: standing.agent } } }),
  });
  // It is the middle of a run, and what is halted goes on only in a new one.
  if (standing !== undefined) workspace.state.halts = standing.workspace.halts;
  const trial = kernel.openTrial({ trial: id, variant: id, ...(standing && { kept: standing.trial }) });
  const past = before.map(({ action, failed }) => {
    const { decision, reservation } = trial.decide(trial.signals(action));
    trial.settle(reservation, { failed });
    return decision;
  });
  extractors.push(extractorOf(new Map([...given, ...around])));
  const guarded = observation === undefined ? null : trial.guard(action, observation);
  const asked = trial.signals(action);
  const signals: SignalRecord = guarded?.signals ?? asked.record;
  const { decision } = guarded ?? (observation === undefined ? trial.decide(asked) : unguarded);
  const on = observation === undefined ? 'action' : 'observation';
  return { on, decision, signals, facts: factsOf(signals), before: past };
}

function timeOf(given: Given): number {
  const time = given.get('time.utc');
  return typeof time === 'number' ? time : 0;
}

/** What is given has the last word. */
const extractorOf = (given: Given): SignalExtractor => {
  const values = Object.fromEntries(given) as ReturnType<SignalExtractor['extract']>;
  return { provides: [...given.keys()] as SignalName[], extract: () => values };
};

const unguarded: { readonly decision: Decision } = {
  decision: {
    effect: 'allow',
    final: 'allow',
    causes: [{ kind: 'default', effect: 'allow', message: 'no policy guards observations' }],
    policies: [],
  },
};
