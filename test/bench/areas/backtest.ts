/**
 * How long it takes to decide 100,000 recorded actions again after an edit, alone and beside the policies of their run, what
 * holding them costs, and how long the mutants of a policy take.
 */
import { performance } from 'node:perf_hooks';
import {
  backtest,
  mutationScore,
  PastPolicies,
  RecordedRun,
  readCases,
  testedPolicy,
  whatIf,
} from '../../../server/engine/backtest/index.ts';
import type { Policy, PolicyTest } from '../../../server/engine/documents/index.ts';
import type { Document, LedgerEntry } from '../../../server/engine/ledger/index.ts';
import { signalDeclarations } from '../../../server/engine/policy/index.ts';
import type { BenchArea, BenchCase } from '../harness.ts';

const actions = 100_000;
const actionsOfTrial = 20;

function policyOf(rules: number, limit: number): Policy {
  const some = (index: number) => `tool-${index % 40}`;
  return {
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: `rules-${rules}` },
    spec: {
      default: 'allow',
      budgets: [
        { id: 'spend', unit: 'usd', limit, per: 'run', onExhausted: 'deny' },
        { id: 'sends', unit: 'calls', limit: 1_000_000, per: 'agent', when: { 'tool.tags': 'send' }, window: '1h' },
      ],
      rules: Array.from({ length: rules }, (_, index) => ({
        id: `rule-${index}`,
        effect: index % 3 === 0 ? ('deny' as const) : ('allow' as const),
        when: {
          'tool.name': some(index),
          'trial.steps': { atLeast: 15 + (index % 50) },
          'target.domains': `d${index}.example`,
        },
        ...(index % 10 === 0 && { during: { days: ['mon-fri'], from: '09:00', to: '17:00' } }),
      })),
    },
  };
}

const compiled = (policy: Policy) => {
  const { value } = testedPolicy({ policy, digest: 'sha256:x', lineOf: () => 1 });
  if (value === null) throw new Error('the policy of the benchmark does not compile');
  return value;
};

const written = (kind: string, name: string, spec: object): Document => ({
  name,
  path: `${name}.yaml`,
  digest: `sha256:${name}`,
  source: { json: JSON.stringify({ apiVersion: 'assay/v1', kind, metadata: { name }, spec }) },
});

/** A run under two policies, the second of which is edited. */
const documents = {
  experiment: written('Experiment', 'bench', {
    environment: 'office',
    tasks: 'tasks',
    policies: ['other', 'rules-100'],
    variants: [0, 1, 2].map((id) => ({ id: `v${id}`, agent: { module: './agent.mjs' } })),
  }),
  environment: written('Environment', 'office', {}),
  policies: [written('Policy', 'other', { default: 'allow' }), written('Policy', 'rules-100', { default: 'allow' })],
  presets: [],
};
const textOf = ({ source }: Document) => ('json' in source ? String(source.json) : null);

function* entries(): Generator<LedgerEntry> {
  const head = { v: 1, index: 0, prev: '', atMs: 0 };
  const counts = Object.fromEntries(
    signalDeclarations.flatMap(({ name, origin }) => (origin === 'shared' ? [[name, 0]] : [])),
  );
  const entry = (body: object) => ({ ...head, ...body }) as unknown as LedgerEntry;
  yield entry({ type: 'run-started', run: 'bench', ...documents });
  for (let index = 0; index < actions; index++) {
    const step = index % actionsOfTrial;
    const ids = { trial: `${Math.floor(index / actionsOfTrial)}`, attempt: 1 };
    if (step === 0) yield entry({ type: 'trial-started', ...ids, variant: `v${index % 3}`, task: 't' });
    const tool = `tool-${index % 40}`;
    const signals = {
      ...counts,
      'action.type': 'tool',
      'tool.name': tool,
      'tool.kind': index % 2 === 0 ? 'read' : 'write',
      'tool.tags': index % 5 === 0 ? ['send'] : ['mail'],
      'tool.risk': index % 5,
      'tool.cost': 1000,
      'target.ids': [`a@d${index % 100}.example`],
      'target.domains': [`d${index % 100}.example`],
      'agent.id': `v${index % 3}`,
      'agent.role': 'assistant',
      'trial.steps': step,
      'trial.failures': 0,
      'trial.consecutiveFailures': 0,
      'trial.denials': 0,
      'trial.cost': step * 1000,
      'time.utc': 1_790_000_000_000 + index * 100,
    };
    const decision = { effect: 'allow', final: 'allow', causes: [], policies: [] };
    yield entry({
      type: 'decision',
      ...ids,
      step,
      action: { type: 'tool', tool, input: { json: {} } },
      signals,
      decision,
    });
    yield entry({ type: 'observation', ...ids, step, status: 'ok', costMicros: 1000, durationMs: 1 });
  }
}

function caseOf(name: string, count: string, work: () => number): BenchCase {
  return {
    name,
    measure: async () => {
      const startedAtMs = performance.now();
      const startedCpu = process.cpuUsage();
      const done = work();
      const { user, system } = process.cpuUsage(startedCpu);
      const wallMs = performance.now() - startedAtMs;
      return {
        wallMs,
        cpuMs: (user + system) / 1000,
        figures: { [count]: done, [`${count}PerSecond`]: done / (wallMs / 1000) },
      };
    },
  };
}

function mutation(rules: number): BenchCase {
  const tested = compiled(policyOf(rules, 1000));
  const test: PolicyTest = {
    apiVersion: 'assay/v1',
    kind: 'PolicyTest',
    metadata: { name: 'bench' },
    spec: {
      policies: ['x'],
      cases: Array.from({ length: 20 }, (_, index) => ({
        name: `case ${index}`,
        action: { tool: `tool-${index}` },
        signals: {
          'tool.name': `tool-${index}`,
          'tool.tags': [],
          'tool.cost': 0,
          'tool.kind': 'read',
          'tool.risk': 0,
          'target.domains': [`d${index}.example`],
          'trial.steps': 100,
          'time.utc': '2026-03-09T12:00:00Z',
        },
        expect: { decision: index % 3 === 0 ? ('deny' as const) : ('allow' as const) },
      })),
    },
  };
  const cases = readCases(test, null);
  return caseOf(`mutants of ${rules} rules, 20 cases`, 'mutants', () => mutationScore([tested], cases).mutants);
}

export const area: BenchArea = {
  name: 'backtest',
  warmups: 1,
  repeats: 7,
  cases: async () => {
    const run = new RecordedRun();
    for (const entry of entries()) run.add(entry);
    let edit = 0;
    // Every time another policy, as after an edit: nothing that was found out about the last one helps.
    const again = (rules: number) =>
      caseOf(`what-if of 100,000 actions, ${rules} rules`, 'answered', () => {
        const { compiled: policy } = compiled(policyOf(rules, 1000 + edit++ / 100));
        return whatIf([run], () => [policy]).answered;
      });
    const read = caseOf('reading 100,000 actions out of entries', 'actions', () => {
      const fresh = new RecordedRun();
      for (const entry of entries()) fresh.add(entry);
      return fresh.actions;
    });
    const past = new PastPolicies(documents, textOf);
    const beside: BenchCase = {
      name: 'backtest of 100,000 actions in slices, 100 rules beside another policy',
      measure: async () => {
        const edited = { ...compiled(policyOf(100, 1000 + edit++ / 100)), path: 'rules-100.yaml' };
        const startedAtMs = performance.now();
        let [sliceMs, lastMs] = [0, startedAtMs];
        const steps = backtest([{ runs: [{ run, policies: past }] }], [edited]);
        for (;;) {
          const { done, value } = steps.next();
          const nowMs = performance.now();
          [sliceMs, lastMs] = [Math.max(sliceMs, nowMs - lastMs), nowMs];
          if (!done) continue;
          if (value.answered === 0) throw new Error('nothing was tried');
          return { wallMs: nowMs - startedAtMs, figures: { answered: value.answered, peakSliceMs: sliceMs } };
        }
      },
    };
    return [again(10), again(100), again(1000), beside, read, mutation(10), mutation(100), mutation(1000)];
  },
};
