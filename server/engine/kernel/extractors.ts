/** The extractors of the kernel's own signals: of the action and its tool, the agent, counts of every scope, observations, and time. */
import { microsOf, type SignalName } from '../policy/index.ts';
import type { SignalExtractor } from './signals.ts';
import { targetsOf } from './targets.ts';

const action: SignalExtractor = {
  provides: ['action.type'],
  extract: ({ action }) => ({ 'action.type': action.type }),
};

const tool: SignalExtractor = {
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

const targets: SignalExtractor = {
  provides: ['target.ids', 'target.domains'],
  extract: ({ action: { type, tool, input } }) => {
    if (type !== 'tool') return {};
    if (tool === undefined) {
      const undeclared = { unknown: 'the tool is not declared' };
      return { 'target.ids': undeclared, 'target.domains': undeclared };
    }
    if (tool.targets === undefined) return {};
    const { ids, domains } = targetsOf(tool.targets, input);
    return { 'target.ids': ids, 'target.domains': domains };
  },
};

const agent: SignalExtractor = {
  provides: ['agent.id', 'agent.role', 'agent.node'],
  extract: ({ agent, action }) => ({ 'agent.id': agent.id, 'agent.role': agent.role, 'agent.node': action.node }),
};

const trial: SignalExtractor = {
  provides: ['trial.consecutiveFailures', 'trial.sameToolCalls', 'trial.elapsedMs'],
  extract: ({ counters, sameToolCalls, timing }) => ({
    'trial.consecutiveFailures': counters.trial.consecutiveFailures,
    'trial.sameToolCalls': sameToolCalls,
    'trial.elapsedMs': timing?.trialMs,
  }),
};

const run: SignalExtractor = {
  provides: ['run.elapsedMs'],
  extract: ({ timing }) => ({ 'run.elapsedMs': timing?.runMs }),
};

/** The counts that every scope has. */
function countsOf(scope: 'trial' | 'agent' | 'run' | 'workspace'): SignalExtractor {
  const name = <T extends string>(count: T): `${typeof scope}.${T}` => `${scope}.${count}`;
  const [steps, failures, denials] = [name('steps'), name('failures'), name('denials')];
  const [cost, rate] = [name('cost'), name('stepsPerMinute')];
  return {
    provides: [steps, failures, denials, cost, rate] satisfies SignalName[],
    extract: ({ counters, timing }) => {
      const counted = counters[scope];
      return {
        [steps]: counted.steps,
        [failures]: counted.failures,
        [denials]: counted.denials,
        [cost]: counted.costMicros,
        [rate]: timing === null ? undefined : counted.rate.at(timing.nowMs),
      };
    },
  };
}

const observation: SignalExtractor = {
  provides: ['observation.status', 'observation.sizeBytes', 'observation.patterns'],
  extract: ({ observation }) => ({
    'observation.status': observation === null ? undefined : observation.failed ? 'failed' : 'ok',
    'observation.sizeBytes': observation?.sizeBytes,
    'observation.patterns': observation?.patterns,
  }),
};

const time: SignalExtractor = {
  provides: ['time.utc'],
  extract: ({ timing }) => ({ 'time.utc': timing?.nowMs }),
};

export const extractors: readonly SignalExtractor[] = [
  action,
  tool,
  targets,
  agent,
  trial,
  run,
  ...(['trial', 'agent', 'run', 'workspace'] as const).map(countsOf),
  observation,
  time,
];
