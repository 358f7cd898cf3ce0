/**
 * What holds for a variant of an experiment once preset, policies and defaults are put together, and how many trials an
 * experiment makes. It follows the rules of a run; what it cannot find in the workspace it leaves out and says so.
 */
import { type Path, referencesOf, type SourceDocument, valueAt } from '../engine/documents/index.ts';
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
  const constitutions = summariesOf('Policy', around)
    .filter((policy) => policy.constitution && !named.some((other) => other.policy.name === policy.name))
    .map((policy) => ({ policy, by: 'a constitution' }));
  const listedPolicies = [...named, ...constitutions];
  const included = partsOf(
    listedPolicies.map(({ policy }) => policy),
    around,
    missing,
  );
  const policies = [...listedPolicies, ...included.map(({ policy, by }) => ({ policy, by: `included by \`${by}\`` }))];
  return {
    role: roleOf(variant, preset),
    policies: policies.map(({ policy, by }) => ({ value: policy.name ?? policy.path, from: by })),
    default: defaultOf(listedPolicies.map(({ policy }) => policy)),
    budgets: [
      ...policies.flatMap(({ policy }) => budgetsOf(policy, 'policy')),
      ...(preset === null ? [] : budgetsOf(preset, 'preset')),
    ],
    tools: toolsOf(summaryOf('Environment', valueAt(spec, ['environment']), around), preset),
    trials: trialsOf(around, 1),
    missing,
  };
}

/** A policy that is included, and the name of the one that includes it. */
export interface IncludedPart {
  readonly policy: DocumentSummary;
  readonly by: string;
}

/**
 * The policies whose rules and budgets become part of these, each once however many ways lead to it, and none of these
 * themselves. What is included and not there is added to `missing`.
 */
function partsOf(policies: readonly DocumentSummary[], around: Surroundings, missing: string[]): IncludedPart[] {
  const keyOf = ({ path, name }: DocumentSummary) => `${path}\0${name}`;
  const seen = new Set(policies.map(keyOf));
  const parts: IncludedPart[] = [];
  const waiting = policies.map((policy) => ({ policy, references: includesOf(policy) }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    for (const reference of next.references) {
      const policy = summaryOf('Policy', reference, around, next.policy.path);
      if (policy === null) missing.push(reference);
      if (policy === null || seen.has(keyOf(policy))) continue;
      seen.add(keyOf(policy));
      parts.push({ policy, by: next.policy.name ?? next.policy.path });
      waiting.push({ policy, references: includesOf(policy) });
    }
  return parts;
}

/** What a policy includes, as it is written there. */
const includesOf = ({ references }: Pick<DocumentSummary, 'references'>): readonly string[] =>
  references.filter(({ to, path }) => to === 'Policy' && path[1] === 'include').map(({ text }) => text);

/** The policies that become part of one of the file at hand through its item of `include` at `index`, or through all of them. */
export function includedIn(document: SourceDocument, around: Surroundings, index?: number): readonly IncludedPart[] {
  if (document.kind !== 'Policy') return [];
  const references = referencesOf(document).filter(
    ({ path }) => path[1] === 'include' && (index === undefined || path[2] === index),
  );
  const own = { kind: 'Policy', name: document.name, path: around.context.path ?? '', words: {}, references } as const;
  return partsOf([own], around, []);
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
