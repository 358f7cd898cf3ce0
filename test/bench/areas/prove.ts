/** How long proofs over many rules take: all from nothing, and after an edit of one rule. */
import { performance } from 'node:perf_hooks';
import type { Condition, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';
import { createProver, horizonFrom, type ProofInput } from '../../../server/engine/policy/prove/index.ts';
import type { BenchArea, BenchCase } from '../harness.ts';

const horizon = horizonFrom(Date.UTC(2026, 0, 1));
const kinds = ['read', 'write', 'execute'] as const;
const effects: readonly Effect[] = ['allow', 'deny', 'allow', 'ask', 'deny', 'allow', 'halt', 'allow'];

/**
 * A rule as large companies have them: teams, each with roles and tools of its own, and rules about tools by name, kind,
 * risk, tags, targets, counts and money. The fewer teams, the more rules are about the same actions.
 */
function ruleOf(index: number, teams: number): Rule {
  const team = `team${index % teams}`;
  const tool = `${team}_tool${Math.floor(index / teams) % 40}`;
  const role = `${team}-agent`;
  const domains = { only: [`${team}.example`, 'acme.example'] };
  const shapes: readonly Omit<Rule, 'id' | 'effect'>[] = [
    { when: { 'tool.name': tool, 'agent.role': role } },
    { when: { 'tool.name': [tool, `${tool}_all`] }, unless: { 'target.domains': domains } },
    { when: { 'tool.name': `${tool}*`, 'tool.kind': kinds[index % 3] ?? 'read', 'agent.role': role } },
    {
      when: { 'tool.tags': [tool, team], 'tool.risk': { atLeast: index % 5 } },
      unless: { 'agent.role': [role, 'lead'] },
    },
    { when: { 'agent.role': `${team}-${index}`, 'trial.consecutiveFailures': { atLeast: 3 + (index % 9) } } },
    { when: { 'tool.name': tool, 'trial.cost': { atLeast: 1 + (index % 13) } } },
    { when: { any: [{ 'tool.tags': tool }, { 'tool.name': `*_${tool}` }], 'agent.role': role, 'tool.kind': 'write' } },
    { when: { 'tool.name': tool, 'target.ids': `account-${index}` } },
  ];
  const effect = effects[(index * 7 + Math.floor(index / 8)) % effects.length] ?? 'allow';
  return { id: `r${index}`, effect, ...shapes[Math.floor(index / 3) % shapes.length] };
}

function inputOf(
  count: number,
  teams: number,
  edited?: { readonly index: number; readonly when: Condition },
): ProofInput {
  const rules = Array.from({ length: count }, (_, index) =>
    index === edited?.index ? { ...ruleOf(index, teams), when: edited.when } : ruleOf(index, teams),
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

function fromNothing(count: number, teams: number): BenchCase {
  const input = inputOf(count, teams);
  return {
    name: `${count} rules of ${teams} teams, all pairs`,
    measure: async () => timed(() => createProver().prove(input)),
  };
}

/**
 * One rule is written anew among others that stay as they are, as editors have it after a keystroke. The rule that was edited
 * before comes back, so two of them change each time.
 */
function afterEdit(count: number, name: string, whenOf: (round: number) => Condition): BenchCase {
  const prover = createProver();
  const before = inputOf(count, 40);
  const [policy] = before.policies;
  prover.prove(before);
  let round = 0;
  return {
    name: `one edited rule among ${count}, ${name}`,
    measure: async () => {
      round++;
      const index = (round * 37) % count;
      const [edited] = inputOf(count, 40, { index, when: whenOf(round) }).policies;
      const rules = policy?.rules.map((rule, at) => (at === index ? (edited?.rules[at] ?? rule) : rule)) ?? [];
      const input = { ...before, policies: policy === undefined ? [] : [{ ...policy, rules }] };
      return timed(() => prover.prove(input));
    },
  };
}

/** The longest stretch that proving holds up whoever types. */
function longestStep(count: number): BenchCase {
  const input = inputOf(count, 40);
  return {
    name: `${count} rules of 40 teams, longest step`,
    measure: async () => {
      const steps = createProver().proving(input);
      let wallMs = 0;
      for (let isDone = false; !isDone; ) {
        const startedAtMs = performance.now();
        isDone = steps.next().done === true;
        wallMs = Math.max(wallMs, performance.now() - startedAtMs);
      }
      return { wallMs };
    },
  };
}

export const area: BenchArea = {
  name: 'prove',
  warmups: 3,
  repeats: 30,
  cases: async () => [
    fromNothing(100, 40),
    fromNothing(1_000, 40),
    fromNothing(1_000, 10),
    longestStep(1_000),
    afterEdit(1_000, 'about one tool', (round) => ({
      'tool.name': `team${round % 40}_tool${round % 25}`,
      'tool.risk': { atLeast: round % 5 },
    })),
    afterEdit(1_000, 'about every write', (round) => ({ 'tool.kind': 'write', 'tool.risk': { atLeast: round % 5 } })),
  ],
};
