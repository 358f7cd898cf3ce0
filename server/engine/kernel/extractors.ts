/**
 * Where the kernel's own signals come from: declarations, counts of every scope, the clock, and observations. Counts are put
 * in their places one by one, since every action has all of them.
 */
import { microsOf, slotOf } from '../policy/index.ts';
import type { ActionContext, ObservedFacts } from './context.ts';
import type { Counters } from './counters.ts';
import { type Extractor, type Fact, unfit } from './fact.ts';
import type { Scope } from './scope.ts';

type Declared = Extractor<Pick<ActionContext, 'action' | 'agent'>>;

const action: Declared = {
  provides: ['action.type'],
  extract: ({ action }) => ({ 'action.type': action.type }),
};

const tool: Declared = {
  provides: ['tool.name', 'tool.kind', 'tool.tags', 'tool.risk', 'tool.cost'],
  extract: ({ action: { tool } }) => {
    if (tool === undefined) return {};
    const cost = microsOf(tool.cost ?? 0);
    return {
      'tool.name': tool.name,
      'tool.kind': tool.kind,
      'tool.tags': tool.tags ?? [],
      'tool.risk': tool.risk,
      'tool.cost': cost ?? { unknown: `\`${tool.cost}\` cannot be counted in whole micro-dollars` },
    };
  },
};

const agent: Declared = {
  provides: ['agent.id', 'agent.role', 'agent.node'],
  extract: ({ agent, action }) => ({
    'agent.id': agent.id,
    'agent.role': agent.role,
    'agent.node': action.node ?? (agent.hasNodes ? { unknown: 'the agent does not run node by node' } : undefined),
  }),
};

/** Of what is declared: the same for every call of a tool. */
export const declaredExtractors: readonly Declared[] = [action, tool, agent];

export const observationExtractor: Extractor<{ readonly observation: ObservedFacts }> = {
  provides: ['observation.status', 'observation.sizeBytes', 'observation.patterns'],
  extract: ({ observation }) => ({
    'observation.status': observation.failed ? 'failed' : 'ok',
    'observation.sizeBytes': observation.sizeBytes,
    'observation.patterns': observation.patterns,
  }),
};

const slotsOf = (scope: Scope) => ({
  steps: slotOf(`${scope}.steps`),
  failures: slotOf(`${scope}.failures`),
  denials: slotOf(`${scope}.denials`),
  cost: slotOf(`${scope}.cost`),
  stepsPerMinute: slotOf(`${scope}.stepsPerMinute`),
});
const [trialSlots, agentSlots, runSlots, workspaceSlots] = [
  slotsOf('trial'),
  slotsOf('agent'),
  slotsOf('run'),
  slotsOf('workspace'),
];
const consecutiveFailures = slotOf('trial.consecutiveFailures');
const sameToolCalls = slotOf('trial.sameToolCalls');
const trialElapsedMs = slotOf('trial.elapsedMs');
const runElapsedMs = slotOf('run.elapsedMs');
const utc = slotOf('time.utc');

/** Puts counts and times into `facts`, where those apply: there is something in the place already. */
export function putCounts(facts: Fact[], context: Omit<ActionContext, 'agent'>): void {
  const { counters, sameToolCalls: calls, timing } = context;
  const nowMs = timing === null ? null : timing.nowMs;
  putScope(facts, trialSlots, counters.trial, nowMs);
  putScope(facts, agentSlots, counters.agent, nowMs);
  putScope(facts, runSlots, counters.run, nowMs);
  putScope(facts, workspaceSlots, counters.workspace, nowMs);
  put(facts, consecutiveFailures, counters.trial.consecutiveFailures);
  put(facts, sameToolCalls, calls);
  if (timing === null) return;
  put(facts, trialElapsedMs, timing.trialMs);
  put(facts, runElapsedMs, timing.runMs);
  put(facts, utc, timing.nowMs);
}

function putScope(facts: Fact[], slots: ReturnType<typeof slotsOf>, counters: Counters, nowMs: number | null): void {
  put(facts, slots.steps, counters.steps);
  put(facts, slots.failures, counters.failures);
  put(facts, slots.denials, counters.denials);
  put(facts, slots.cost, counters.costMicros);
  if (nowMs !== null) put(facts, slots.stepsPerMinute, counters.rate.at(nowMs));
}

/** All that is counted begins at 0 and has no other bound than that it can be counted. */
function put(facts: Fact[], slot: number, value: number): void {
  if (facts[slot] !== undefined) facts[slot] = Number.isSafeInteger(value) && value >= 0 ? value : unfit(value);
}
