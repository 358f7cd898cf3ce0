/** Witnesses put through the kernel, as cases of policy tests: what is proved is what happens. */
import { expect, test } from 'vitest';
import { decideIn, readCases, runCase } from '../../../server/engine/backtest/index.ts';
import type { Policy, PolicyTest } from '../../../server/engine/documents/index.ts';
import type { ToolDeclaration } from '../../../server/engine/kernel/index.ts';
import { type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';
import { createProver, type FindingCode, horizonFrom } from '../../../server/engine/policy/prove/index.ts';
import { caseOf } from '../../../server/language/index.ts';

const tools: readonly ToolDeclaration[] = [
  { name: 'read_mail', description: 'Reads.', kind: 'read', risk: 1, input: {} },
  { name: 'pay', description: 'Pays.', kind: 'write', risk: 4, cost: 2, tags: ['money'], input: {} },
];

const writes = { 'tool.kind': 'write' } as const;

const cases: [code: FindingCode, id: string, effect: string, by: string, spec: Policy['spec']][] = [
  [
    'proof/shadowed',
    'some',
    'deny',
    'all',
    {
      default: 'ask',
      rules: [
        { id: 'all', effect: 'deny', when: writes },
        { id: 'some', effect: 'allow', when: { ...writes, 'tool.risk': 4 } },
      ],
    },
  ],
  [
    'proof/contradictory',
    'low',
    'halt',
    'high',
    {
      default: 'deny',
      rules: [
        { id: 'low', effect: 'allow', when: { 'tool.risk': { atMost: 3 }, 'trial.failures': { atLeast: 2 } } },
        { id: 'high', effect: 'halt', when: { 'tool.risk': { atLeast: 3 } } },
      ],
    },
  ],
  [
    'proof/redundant',
    'more',
    'deny',
    'less',
    {
      default: 'allow',
      rules: [
        { id: 'less', effect: 'deny', when: { 'tool.risk': { atLeast: 2 } } },
        { id: 'more', effect: 'deny', when: { 'tool.risk': { atLeast: 4 } } },
      ],
    },
  ],
  [
    'proof/never-matches',
    'blind',
    'deny',
    'blind',
    { default: 'allow', rules: [{ id: 'blind', effect: 'deny', when: { 'tool.risk': { atLeast: 3, atMost: 2 } } }] },
  ],
  [
    'proof/budget-infeasible',
    'spend',
    'halt',
    'spend',
    { default: 'allow', budgets: [{ id: 'spend', unit: 'usd', limit: 1, onExhausted: 'halt' }] },
  ],
  [
    'proof/budget-infeasible',
    'none',
    'deny',
    'none',
    { default: 'allow', budgets: [{ id: 'none', unit: 'calls', limit: 0, onExhausted: 'deny', when: writes }] },
  ],
  [
    'proof/budget-infeasible',
    'spend',
    'ask',
    'spend',
    {
      default: 'allow',
      budgets: [
        { id: 'all', unit: 'usd', limit: 5 },
        { id: 'spend', unit: 'usd', limit: 1, onExhausted: 'ask', parent: 'all' },
      ],
    },
  ],
  [
    'proof/budget-infeasible',
    'spend',
    'deny',
    'spend',
    { default: 'ask', budgets: [{ id: 'spend', unit: 'usd', limit: 1 }] },
  ],
  [
    'proof/redundant',
    'more',
    'halt',
    'spend',
    {
      default: 'ask',
      rules: [{ id: 'more', effect: 'ask', when: { 'tool.name': 'pay' } }],
      budgets: [{ id: 'spend', unit: 'usd', limit: 1, onExhausted: 'halt' }],
    },
  ],
];

function compiled(spec: Policy['spec']): CompiledPolicy {
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}

test.each(cases)('%s: of `%s`, the action is decided with %s by `%s`', (code, id, effect, by, spec) => {
  const policies = [compiled(spec)];
  const { findings } = createProver().prove({ policies, tools, horizon: horizonFrom(Date.UTC(2026, 0, 1)) });
  const finding = findings.find(({ places }) => places[0]?.id === id);
  expect(finding?.code).toBe(code);
  const witness = finding?.witness();
  if (!witness) throw new Error('there is no witness');
  const written = caseOf(witness.title, witness, witness);
  const document: PolicyTest = {
    apiVersion: 'assay/v1',
    kind: 'PolicyTest',
    metadata: { name: 't' },
    spec: { policies: ['p'], cases: [written] },
  };
  const [read] = readCases(document, new Map(tools.map((tool) => [tool.name, tool])));
  expect(read?.faults).toEqual([]);
  if (!read?.situation) throw new Error('the case is at fault');
  // Pasted into a policy test, it passes.
  expect(runCase(read, policies).failures).toEqual([]);
  const { decision } = decideIn(read.situation, policies);
  expect(decision.effect).toBe(effect);
  expect(decision.causes.filter((cause) => cause.effect === effect).map((cause) => cause.id)).toContain(by);
});
