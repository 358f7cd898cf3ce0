/**
 * A policy document, with those that it includes, made into a compiled policy that says what speaks for and against an
 * action or observation. It combines nothing across policies and keeps no counts.
 */
import type { Path, Policy } from '../documents/index.ts';
import type { ZoneOffsets } from '../ports.ts';
import { type CompiledBudget, checkParents, compileBudget } from './budget.ts';
import type { Cause } from './effect.ts';
import { ExtentReader } from './extent.ts';
import { all, always, any, type Formula } from './formula.ts';
import { type CompiledPattern, compilePatterns } from './pattern.ts';
import { type PolicyProblem, type Report, reporter } from './problem.ts';
import { type CompiledRule, compileRule, questionOf } from './rule.ts';
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
   * Adds a cause for every rule about actions that matches, strongest first, and for the default where no rule matches for
   * certain. A rule that throws is a fault, which denies. Budgets are for the kernel, which keeps the pools. Rules that would
   * allow and are left undecided are added to `undecided` where they oblige to something. Returns whether the policy speaks
   * of the action for certain; where none does, nothing allows it.
   */
  readonly evaluate: Speak;
  /** The same for rules about observations, of which a policy says nothing by default. */
  readonly evaluateObservation: Speak;
}

export interface PolicySource {
  /** Valid by the schema. */
  readonly policy: Policy;
  /** Of the document's bytes, as `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** The line of a place in the document, from 1. */
  lineOf(path: Path): number | undefined;
  /** The policy that `reference` means in this document; null when there is none. */
  include?(reference: string): PolicySource | null;
  /** Without it, windows of all zones but UTC stay unknown, which holds back. */
  readonly zones?: ZoneOffsets;
}

/** One document compiled, before those that include it add their own scope and time. */
interface Part {
  readonly name: string;
  readonly digests: readonly string[];
  readonly force: Formula;
  readonly rules: readonly CompiledRule[];
  readonly budgets: readonly CompiledBudget[];
  readonly patterns: readonly CompiledPattern[];
}

/** Compiles a policy; the value is null when there is any problem. */
export function compilePolicy(source: PolicySource): { value: CompiledPolicy | null; problems: PolicyProblem[] } {
  const { problems, report } = reporter();
  const part = compilePart(source, [], report);
  if (problems.length > 0) return { value: null, problems };
  const { name, digests, rules, budgets, patterns } = part;
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
  return { value, problems };
}

const isAboutActions = ({ on }: CompiledRule): boolean => on === 'action';

function compilePart(source: PolicySource, above: readonly PolicySource[], report: Report): Part {
  const { policy, digest, lineOf } = source;
  const { metadata, spec } = policy;
  const { name } = metadata;
  const { rules = [], budgets = [] } = spec;
  checkIds('rule', rules, ['spec', 'rules'], report);
  checkIds('budget', budgets, ['spec', 'budgets'], report);
  checkIds('pattern', spec.patterns ?? [], ['spec', 'patterns'], report);
  if (spec.overlay && spec.default !== undefined)
    report(
      'policy/overlay-with-default',
      ['spec', 'default'],
      'an overlay says nothing of actions that none of its rules matches',
      'leave `default` out, or `overlay`',
    );
  const patterns = compilePatterns(name, spec.patterns ?? [], report);
  const extents = new ExtentReader(report, source.zones ?? null);
  const pattern = (id: string): string | null => (spec.patterns?.some((one) => one.id === id) ? `${name}/${id}` : null);
  const reading = { report, pattern };
  const force = extents.read(spec, ['spec']);
  const setting = { policy: name, digest, ask: spec.ask, extents, reading, lineOf };
  const own: Part = {
    name,
    digests: [digest],
    force,
    rules: rules.map((rule, index) => compileRule(rule, ['spec', 'rules', index], setting)),
    budgets: budgets.map((budget, index) => compileBudget(budget, ['spec', 'budgets', index], setting)),
    patterns,
  };
  checkParents(own.budgets, ['spec', 'budgets'], report);
  return joined(own, includedParts(source, above, report));
}

function includedParts(source: PolicySource, above: readonly PolicySource[], report: Report): Part[] {
  const chain = [...above, source];
  return (source.policy.spec.include ?? []).flatMap((reference, index) => {
    const path = ['spec', 'include', index];
    if (source.include === undefined) {
      report('policy/unresolved-include', path, `nothing here can find \`${reference}\``, 'open the whole workspace');
      return [];
    }
    const included = source.include(reference);
    if (included === null) {
      report('policy/unknown-include', path, `there is no policy \`${reference}\``, 'name a policy of this workspace');
      return [];
    }
    const start = chain.findIndex(
      ({ digest, policy }) => isSame(policy, included.policy) && digest === included.digest,
    );
    if (start >= 0) {
      const names = [...chain.slice(start), included].map(({ policy }) => `\`${policy.metadata.name}\``);
      report(
        'policy/include-cycle',
        path,
        `the policy includes itself: ${names.join(' → ')}`,
        'leave one `include` out',
      );
      return [];
    }
    const inner = reporter();
    const part = compilePart({ ...(source.zones && { zones: source.zones }), ...included }, chain, inner.report);
    for (const { code, message, help } of inner.problems) {
      if (code === 'policy/include-cycle') report(code, path, message, help);
      else
        report('policy/broken-include', path, `\`${reference}\` is not sound: ${message}`, `correct \`${reference}\``);
    }
    return [part];
  });
}

const isSame = (one: Policy, other: Policy): boolean => one.metadata.name === other.metadata.name;

/** Everything is in force only where the including policy is; what is included in two ways, where one of them is. */
function joined(own: Part, included: readonly Part[]): Part {
  const rules = new Map<string, CompiledRule>();
  const budgets = new Map<string, CompiledBudget>();
  const patterns = new Map<string, CompiledPattern>();
  for (const part of [own, ...included]) {
    for (const rule of part.rules) add(rules, `${rule.digest}/${rule.cause.policy}/${rule.id}`, rule, own.force);
    for (const budget of part.budgets)
      add(budgets, `${budget.digest}/${budget.policy}/${budget.id}`, budget, own.force);
    for (const pattern of part.patterns) patterns.set(pattern.id, pattern);
  }
  return {
    ...own,
    digests: [...new Set([own, ...included].flatMap(({ digests }) => digests))],
    rules: [...rules.values()],
    budgets: [...budgets.values()],
    patterns: [...patterns.values()],
  };
}

function add<T extends { readonly formula: Formula }>(to: Map<string, T>, key: string, item: T, force: Formula): void {
  const formula = force === always ? item.formula : all([force, item.formula]);
  const there = to.get(key);
  to.set(key, { ...item, formula: there === undefined ? formula : any([there.formula, formula]) });
}

function checkIds(noun: string, items: readonly { id: string }[], path: Path, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { id }] of items.entries()) {
    if (seen.has(id))
      report(
        'policy/duplicate-id',
        [...path, index, 'id'],
        `another ${noun} is already called \`${id}\``,
        'give each its own id',
      );
    seen.add(id);
  }
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
