/** The extractors of the kernel's own signals: of the action and its tool, the agent, the trial's counts and the run's cost. */
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
  provides: ['agent.id', 'agent.role'],
  extract: ({ agent }) => ({ 'agent.id': agent.id, 'agent.role': agent.role }),
};

const trial: SignalExtractor = {
  provides: ['trial.steps', 'trial.failures', 'trial.consecutiveFailures', 'trial.denials', 'trial.cost'],
  extract: ({ trial }) => ({
    'trial.steps': trial.steps,
    'trial.failures': trial.failures,
    'trial.consecutiveFailures': trial.consecutiveFailures,
    'trial.denials': trial.denials,
    'trial.cost': trial.costMicros,
  }),
};

const run: SignalExtractor = {
  provides: ['run.cost'],
  extract: ({ run }) => ({ 'run.cost': run.costMicros }),
};

export const extractors: readonly SignalExtractor[] = [action, tool, targets, agent, trial, run];
