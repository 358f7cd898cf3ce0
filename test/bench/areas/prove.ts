/** How long proofs over many rules take: all from nothing, and after an edit of one rule. */
import { performance } from 'node:perf_hooks';
import type { Condition, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';
import { createProver, horizonFrom, type ProofInput } from '../../../server/engine/policy/prove/index.ts';
import type { BenchArea, BenchCase } from '../harness.ts';

const horizon = horizonFrom(Date.UTC(2026, 0, 1));
const teams = ['billing', 'support', 'sales', 'legal', 'stock', 'travel', 'press', 'people', 'data', 'plant'];
const verbs = ['read', 'list', 'send', 'delete', 'pay', 'share', 'create', 'close', 'export', 'approve'];
const kinds = ['read', 'write', 'execute'] as const;
const effects: readonly Effect[] = ['allow', 'deny', 'allow', 'ask', 'deny', 'allow', 'halt', 'allow'];

/** Rules as a company of ten teams writes them: mostly about tools by name, some about kinds, risks, tags, counts and places. */
function ruleOf(index: number): Rule {
  const [team = '', verb = ''] = [teams[index % 10], verbs[Math.floor(index / 10) % 10]];
  const role = `${team}-agent`;
  const domains = { only: [`${team}.example`, 'acme.example'] };
  const shapes: readonly Omit<Rule, 'id' | 'effect'>[] = [
    { when: { 'tool.name': `${team}_${verb}`, 'agent.role': role } },
    {
      when: { 'tool.name': [`${team}_${verb}`, `${team}_${verbs[index % 7]}`] },
      unless: { 'target.domains': domains },
    },
    { when: { 'tool.name': `${team}_*`, 'tool.kind': kinds[index % 3] ?? 'read', 'agent.role': role } },
    {
      when: { 'tool.tags': [verb, team], 'tool.risk': { atLeast: index % 5 } },
      unless: { 'agent.role': [role, 'lead'] },
    },
    { when: { 'agent.role': role, 'trial.consecutiveFailures': { atLeast: 3 + (index % 9) } } },
    { when: { 'tool.name': `${team}_${verb}`, 'trial.cost': { atLeast: 1 + (index % 13) } } },
    { when: { any: [{ 'tool.tags': team }, { 'tool.name': `*_${verb}` }], 'agent.role': role, 'tool.kind': 'write' } },
    { when: { 'tool.name': `${team}_${verb}`, 'target.ids': `account-${index}` } },
  ];
  const effect = effects[(index * 7 + Math.floor(index / 8)) % effects.length] ?? 'allow';
  return { id: `r${index}`, effect, ...shapes[Math.floor(index / 3) % shapes.length] };
}

function inputOf(count: number, edited?: { readonly index: number; readonly when: Condition }): ProofInput {
  const rules = Array.from({ length: count }, (_, index) =>
    index === edited?.index ? { ...ruleOf(index), when: edited.when } : ruleOf(index),
  );
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'company' }, spec: { rules } };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error(JSON.stringify(problems));
  return { policies: [value satisfies CompiledPolicy], horizon };
}

function timed(work: () => { readonly findings: readonly unknown[]; readonly undecided: readonly unknown[] }) {
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const { findings, undecided } = work();
  const wallMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    figures: { findings: findings.length, undecided: undecided.length },
  };
}

function fromNothing(count: number): BenchCase {
  const input = inputOf(count);
  return { name: `${count} rules, all pairs`, measure: async () => timed(() => createProver().prove(input)) };
}

/** The whole policy is compiled anew, as after a keystroke; only the proof is timed. */
function afterEdit(count: number, name: string, whenOf: (round: number) => Condition): BenchCase {
  const prover = createProver();
  prover.prove(inputOf(count));
  let round = 0;
  return {
    name: `one edited rule among ${count}, ${name}`,
    measure: async () => {
      round++;
      const input = inputOf(count, { index: (round * 37) % count, when: whenOf(round) });
      return timed(() => prover.prove(input));
    },
  };
}

export const area: BenchArea = {
  name: 'prove',
  warmups: 3,
  repeats: 30,
  cases: async () => [
    fromNothing(100),
    fromNothing(1_000),
    afterEdit(1_000, 'about one tool', (round) => ({
      'tool.name': `billing_${verbs[round % 10]}`,
      'tool.risk': { atLeast: round % 5 },
    })),
    afterEdit(1_000, 'about every write', (round) => ({ 'tool.kind': 'write', 'tool.risk': { atLeast: round % 5 } })),
  ],
};
