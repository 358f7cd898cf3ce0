/**
 * A policy document, with those that it includes, made into a compiled policy that says what speaks for and against an
 * action or observation. It combines nothing across policies and keeps no counts.
 */
import type { CompiledBudget } from './budget.ts';
import type { Cause } from './effect.ts';
import { all, always, any, type Formula, never } from './formula.ts';
import { type Part, Parts, type PolicySource } from './parts.ts';
import type { CompiledPattern } from './pattern.ts';
import type { PolicyProblem } from './problem.ts';
import { type CompiledRule, questionOf } from './rule.ts';
import { type Fallback, type Speak, speaker } from './speak.ts';

export interface CompiledPolicy {
  readonly name: string;
  readonly digest: string;
  /** Of the policy and of all that it includes, its own first. */
  readonly digests: readonly string[];
  /** Applies to everything, whether a variant lists it or not. */
  readonly constitution: boolean;
  /** Its own rules in the order of the document, then those of the policies that it includes. */
  readonly rules: readonly CompiledRule[];
  readonly budgets: readonly CompiledBudget[];
  readonly patterns: readonly CompiledPattern[];
  /** What it says of an action that no rule matches for certain, and when it is in force; null for an overlay. */
  readonly fallback: Fallback | null;
  /**
   * Says which rules about actions match, and the default where none does for certain. A rule that throws is a fault, which
   * denies. Budgets are for the kernel, which keeps the pools.
   */
  readonly evaluate: Speak;
  /** The same for rules about observations, of which a policy says nothing by default. */
  readonly evaluateObservation: Speak;
}

/** Compiles a policy; the value is null when there is any problem. */
export function compilePolicy(source: PolicySource): { value: CompiledPolicy | null; problems: PolicyProblem[] } {
  const part = new Parts().of(source);
  if (part.problems.length > 0) return { value: null, problems: part.problems.map(({ problem }) => problem) };
  const { digests, rules, budgets, patterns } = joined(part);
  const { name } = source.policy.metadata;
  const fallback = fallbackOf(source, part.force);
  const [actions, observations] = [rules.filter(isAboutActions), rules.filter((rule) => !isAboutActions(rule))];
  const value = {
    name,
    digest: source.digest,
    digests,
    constitution: source.policy.spec.constitution ?? false,
    rules,
    budgets,
    patterns,
    fallback,
    evaluate: speaker(name, actions, fallback),
    evaluateObservation: speaker(name, observations, null),
  };
  return { value, problems: [] };
}

const isAboutActions = ({ on }: CompiledRule): boolean => on === 'action';

/** Everything is in force only where the including policy is; what is included in two ways, where one of them is. */
function joined(root: Part): Pick<CompiledPolicy, 'digests' | 'rules' | 'budgets' | 'patterns'> {
  const digests = new Set<string>();
  const rules = new Map<string, CompiledRule>();
  const budgets = new Map<string, CompiledBudget>();
  const patterns = new Map<string, CompiledPattern>();
  const forces = forcesOf(root);
  for (const part of partsOf(root)) {
    const force = forces.get(part) ?? part.force;
    digests.add(part.digest);
    for (const rule of part.rules) add(rules, `${rule.digest}/${rule.cause.policy}/${rule.id}`, rule, force);
    for (const budget of part.budgets) add(budgets, `${budget.digest}/${budget.policy}/${budget.id}`, budget, force);
    for (const pattern of part.patterns) patterns.set(pattern.id, pattern);
  }
  return {
    digests: [...digests],
    rules: [...rules.values()],
    budgets: [...budgets.values()],
    patterns: [...patterns.values()],
  };
}

/** All documents of a policy in the order in which they are first included, its own first. */
function partsOf(root: Part): ReadonlySet<Part> {
  const found = new Set<Part>();
  const visit = (part: Part): void => {
    if (found.has(part)) return;
    found.add(part);
    for (const inner of part.included) visit(inner);
  };
  visit(root);
  return found;
}

/** When each document is in force, with regard to all that include it. */
function forcesOf(root: Part): ReadonlyMap<Part, Formula> {
  const forces = new Map<Part, Formula>();
  const includers = new Map<Part, Set<Part>>();
  // The same formula wherever the same documents include, so that it can be told to be the same.
  const known = new Map<string, Formula>([['', always]]);
  const order = includersFirst(root);
  const numbers = new Map(order.map((part, index) => [part, index]));
  for (const part of order) {
    const by = [...(includers.get(part) ?? [])];
    const key = by.map((one) => numbers.get(one)).join();
    const around = known.get(key) ?? by.map((one) => forces.get(one) ?? never).reduce(either);
    known.set(key, around);
    forces.set(part, all([around, part.force]));
    for (const inner of part.included) includers.set(inner, (includers.get(inner) ?? new Set()).add(part));
  }
  return forces;
}

/** All documents of a policy, each behind all that include it. */
function includersFirst(root: Part): Part[] {
  const order: Part[] = [];
  const found = new Set<Part>();
  const visit = (part: Part): void => {
    if (found.has(part)) return;
    found.add(part);
    for (const inner of part.included.toReversed()) visit(inner);
    order.push(part);
  };
  visit(root);
  return order.reverse();
}

/** `one` or `other`. What both demand is written once, so that ways that part and meet again do not double it. */
function either(one: Formula, other: Formula): Formula {
  const [first, second] = [new Set(demandsOf(one)), new Set(demandsOf(other))];
  const both = [...first].filter((part) => second.has(part));
  const [left, right] = [first, second].map((parts) => all([...parts].filter((part) => !both.includes(part))));
  return all([...both, any([left ?? always, right ?? always])]);
}

const demandsOf = (formula: Formula): readonly Formula[] => (formula.op === 'all' ? formula.parts : [formula]);

function add<T extends { readonly formula: Formula }>(to: Map<string, T>, key: string, item: T, force: Formula): void {
  const formula = all([force, item.formula]);
  const there = to.get(key);
  to.set(key, { ...item, formula: there === undefined ? formula : either(there.formula, formula) });
}

function fallbackOf({ policy: { metadata, spec }, lineOf }: PolicySource, force: Formula): Fallback | null {
  if (spec.overlay) return null;
  const { default: effect } = spec;
  const line = effect === undefined ? undefined : lineOf(['spec', 'default']);
  const cause: Cause = {
    kind: 'default',
    policy: metadata.name,
    effect: effect ?? 'deny',
    ...(line !== undefined && { line }),
    ...(effect === 'ask' && { ask: questionOf(spec.ask) }),
    message: effect === undefined ? 'no rule of the policy allows it' : 'no rule of the policy is about it',
  };
  return { cause: Object.freeze(cause), formula: force };
}
