/**
 * What holds for a variant of an experiment once preset, policies and defaults are put together, and how many trials an
 * experiment makes. It follows the rules of a run; what it cannot find in the workspace it leaves out and says so.
 */
import { type Path, valueAt } from '../engine/documents/index.ts';
import { type Surroundings, summariesOf, summaryOf } from './surroundings.ts';
import type { BudgetSummary, DocumentSummary } from './workspace.ts';

/** Where something comes from, in words: ``policy `mailroom-strict` ``. */
export interface Sourced<T> {
  readonly value: T;
  readonly from: string;
}

export interface EffectiveVariant {
  readonly role: Sourced<string>;
  readonly policies: readonly Sourced<string>[];
  /** Of all policies together, for actions that no rule matches; null without policies. */
  readonly default: Sourced<string> | null;
  readonly budgets: readonly Sourced<BudgetSummary>[];
  /** Names of the tools that may be called; null where the environment is not known. */
  readonly tools: readonly string[] | null;
  readonly trials: number | null;
  /** References that lead nowhere, as written. */
  readonly missing: readonly string[];
}

/** Weakest first. */
const strength = ['allow', 'ask', 'deny', 'halt'];

/** What holds for the variant at a path such as `spec/variants/0`; null where no variant stands. */
export function effectiveVariant(around: Surroundings, at: Path): EffectiveVariant | null {
  const { document } = around;
  if (around.kind !== 'Experiment' || document === null) return null;
  const spec = valueAt(document.value, ['spec']);
  const variant = valueAt(document.value, at);
  if (typeof variant !== 'object' || variant === null) return null;
  const missing: string[] = [];
  const find = (kind: 'Policy' | 'Preset', reference: unknown): DocumentSummary | null => {
    const found = summaryOf(kind, reference, around);
    if (found === null && typeof reference === 'string') missing.push(reference);
    return found;
  };
  const presetName = valueAt(variant, ['preset']);
  const preset = presetName === undefined ? null : find('Preset', presetName);
  const listed = [
    ...textsOf(valueAt(spec, ['policies'])).map((name) => ({ name, by: 'the experiment' })),
    ...textsOf(valueAt(variant, ['policies'])).map((name) => ({ name, by: 'the variant' })),
  ];
  const named = listed.flatMap(({ name, by }) => {
    const policy = find('Policy', name);
    return policy === null ? [] : [{ policy, by }];
  });
  const unnamed = summariesOf('Policy', around)
    .filter((policy) => policy.constitution && !named.some((other) => other.policy.name === policy.name))
    .map((policy) => ({ policy, by: 'a constitution' }));
  const policies = [...named, ...unnamed];
  return {
    role: roleOf(variant, preset),
    policies: policies.map(({ policy, by }) => ({ value: policy.name ?? policy.path, from: by })),
    default: defaultOf(policies.map(({ policy }) => policy)),
    budgets: [
      ...policies.flatMap(({ policy }) => budgetsOf(policy, 'policy')),
      ...(preset === null ? [] : budgetsOf(preset, 'preset')),
    ],
    tools: toolsOf(summaryOf('Environment', valueAt(spec, ['environment']), around), preset),
    trials: trialsOf(around, 1),
    missing,
  };
}

function roleOf(variant: object, preset: DocumentSummary | null): Sourced<string> {
  const own = valueAt(variant, ['role']);
  if (typeof own === 'string') return { value: own, from: 'the variant' };
  if (preset?.role !== undefined) return { value: preset.role, from: `preset \`${preset.name}\`` };
  return { value: 'agent', from: 'nobody gives one' };
}

/** Where no rule matches, each policy gives its default, and the strongest of them wins. */
function defaultOf(policies: readonly DocumentSummary[]): Sourced<string> | null {
  let strongest: Sourced<string> | null = null;
  for (const policy of policies) {
    if (policy.overlay) continue;
    const value = policy.default ?? 'deny';
    if (strongest === null || strength.indexOf(value) > strength.indexOf(strongest.value))
      strongest = { value, from: `policy \`${policy.name}\`` };
  }
  return strongest;
}

const budgetsOf = ({ name, budgets = [] }: DocumentSummary, noun: string): readonly Sourced<BudgetSummary>[] =>
  budgets.map((value) => ({ value, from: `${noun} \`${name}\`` }));

function toolsOf(environment: DocumentSummary | null, preset: DocumentSummary | null): readonly string[] | null {
  const tools = environment?.tools?.map(({ name }) => name);
  if (tools === undefined) return null;
  const allowed = preset?.toolNames;
  return allowed === undefined ? tools : tools.filter((name) => allowed.includes(name));
}

/** Variants × tasks × repetitions; for one variant with `variants` 1. Null where the tasks are not known. */
export function trialsOf(around: Surroundings, variants?: number): number | null {
  const spec = valueAt(around.document?.value, ['spec']);
  const tasks = summaryOf('TaskSet', valueAt(spec, ['tasks']), around)?.taskCount;
  const listed = valueAt(spec, ['variants']);
  const repetitions = valueAt(spec, ['repetitions']) ?? 1;
  if (tasks === undefined || !Array.isArray(listed) || typeof repetitions !== 'number') return null;
  return (variants ?? listed.length) * tasks * repetitions;
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
