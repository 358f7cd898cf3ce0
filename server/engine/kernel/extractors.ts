/** The extractors of the kernel's own signals: of the action and its tool, the agent, counts of every scope, observations, and time. */
import { microsOf } from '../policy/index.ts';
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

// Names stand in full, because objects with computed keys are several times slower to make.

const trial: SignalExtractor = {
  provides: [
    'trial.steps',
    'trial.failures',
    'trial.denials',
    'trial.cost',
    'trial.stepsPerMinute',
    'trial.consecutiveFailures',
    'trial.sameToolCalls',
    'trial.elapsedMs',
  ],
  extract: ({ counters, timing, sameToolCalls }) => ({
    'trial.steps': counters.trial.steps,
    'trial.failures': counters.trial.failures,
    'trial.denials': counters.trial.denials,
    'trial.cost': counters.trial.costMicros,
    'trial.stepsPerMinute': timing === null ? undefined : counters.trial.rate.at(timing.nowMs),
    'trial.consecutiveFailures': counters.trial.consecutiveFailures,
    'trial.sameToolCalls': sameToolCalls,
    'trial.elapsedMs': timing?.trialMs,
  }),
};

const agentCounts: SignalExtractor = {
  provides: ['agent.steps', 'agent.failures', 'agent.denials', 'agent.cost', 'agent.stepsPerMinute'],
  extract: ({ counters, timing }) => ({
    'agent.steps': counters.agent.steps,
    'agent.failures': counters.agent.failures,
    'agent.denials': counters.agent.denials,
    'agent.cost': counters.agent.costMicros,
    'agent.stepsPerMinute': timing === null ? undefined : counters.agent.rate.at(timing.nowMs),
  }),
};

const run: SignalExtractor = {
  provides: ['run.steps', 'run.failures', 'run.denials', 'run.cost', 'run.stepsPerMinute', 'run.elapsedMs'],
  extract: ({ counters, timing }) => ({
    'run.steps': counters.run.steps,
    'run.failures': counters.run.failures,
    'run.denials': counters.run.denials,
    'run.cost': counters.run.costMicros,
    'run.stepsPerMinute': timing === null ? undefined : counters.run.rate.at(timing.nowMs),
    'run.elapsedMs': timing?.runMs,
  }),
};

const workspace: SignalExtractor = {
  provides: [
    'workspace.steps',
    'workspace.failures',
    'workspace.denials',
    'workspace.cost',
    'workspace.stepsPerMinute',
  ],
  extract: ({ counters, timing }) => ({
    'workspace.steps': counters.workspace.steps,
    'workspace.failures': counters.workspace.failures,
    'workspace.denials': counters.workspace.denials,
    'workspace.cost': counters.workspace.costMicros,
    'workspace.stepsPerMinute': timing === null ? undefined : counters.workspace.rate.at(timing.nowMs),
  }),
};

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
  agentCounts,
  workspace,
  observation,
  time,
];
