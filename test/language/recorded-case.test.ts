/** Recorded steps as cases: they come to what was recorded, with no more than that takes, or are refused. */
import { describe, expect, test } from 'vitest';
import { type CaseMade, type RecordedStep, recordedCase } from '../../server/language/index.ts';
import { policy, tools } from '../engine/backtest/recording.ts';

const send = { type: 'tool', tool: 'send', input: { to: 'dana@acme.example' } };
const look = { type: 'tool', tool: 'look', input: {} };
const signals = {
  'action.type': 'tool',
  'tool.name': 'send',
  'tool.kind': 'write',
  'tool.tags': ['mail', 'send'],
  'tool.risk': 3,
  'tool.cost': 10_000,
  'target.ids': ['dana@acme.example'],
  'target.domains': ['acme.example'],
  'agent.role': 'assistant',
  'trial.failures': 1,
  'trial.elapsedMs': 81,
};
const step: RecordedStep = {
  action: send,
  signals,
  before: [
    { action: look, failed: true },
    { action: send, failed: false },
    { action: send, failed: false },
  ],
};
const targetOf = (one: ReturnType<typeof policy>) => ({ references: ['p'], policies: [one], tools });
const casesOf = (made: CaseMade) => ('written' in made ? made.written : made);

describe('a recorded step', () => {
  test('gives by hand only what policies read and the action does not say itself', () => {
    const rules = [
      { id: 'careful', effect: 'deny' as const, when: { 'trial.failures': { atLeast: 1 }, 'tool.tags': 'send' } },
    ];
    const made = recordedCase('x', step, targetOf(policy('p', { default: 'allow', rules })));
    expect(casesOf(made)).toEqual({
      name: 'x',
      action: { tool: 'send', input: send.input },
      signals: { 'trial.failures': 1 },
      expect: { decision: 'deny', rules: ['careful'] },
    });
  });

  const limited = (per: 'trial' | 'run') =>
    policy('p', {
      default: 'allow',
      budgets: [{ id: 'sends', unit: 'calls', limit: per === 'trial' ? 2 : 9, per, when: { 'tool.tags': 'send' } }],
    });

  test('tells what was before where the decision hangs on it', () => {
    const made = recordedCase('x', step, { ...targetOf(limited('trial')), wanted: 'deny' });
    expect(casesOf(made)).toMatchObject({
      before: [
        { action: { tool: 'look' }, status: 'failed' },
        { action: { tool: 'send', input: send.input }, times: 2 },
      ],
      expect: { decision: 'deny', rules: ['sends'] },
    });
  });

  test('is refused where other trials had to spend for it', () => {
    const made = recordedCase('x', step, { ...targetOf(limited('run')), wanted: 'deny' });
    expect(casesOf(made)).toEqual({ refused: expect.stringMatching(/decided as `allow`, and was shown as `deny`/) });
  });

  test('describes a tool that the environment has no more', () => {
    const rules = [{ id: 'no-sending', effect: 'deny' as const, when: { 'tool.tags': 'send' } }];
    const other = { ...targetOf(policy('p', { default: 'allow', rules })), tools: new Map() };
    expect(casesOf(recordedCase('x', step, other))).toMatchObject({
      action: { type: 'tool' },
      signals: { 'tool.name': 'send', 'tool.tags': ['mail', 'send'], 'tool.cost': 0.01 },
      expect: { decision: 'deny', rules: ['no-sending'] },
    });
  });
});
