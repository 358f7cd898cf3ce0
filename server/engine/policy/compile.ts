/** A policy document made into a compiled policy that says what speaks for and against an action. It combines nothing across policies and keeps no counts. */
import type { Effect, Path, Policy } from '../documents/index.ts';
import { type CompiledBudget, checkParents, compileBudget } from './budget.ts';
import { type Cause, strengthOf } from './effect.ts';
import { type PolicyProblem, type Report, reporter } from './problem.ts';
import { type CompiledRule, compileRule, indexRules, undecided } from './rule.ts';
import type { Facts } from './signal.ts';
import { FALSE, TRUE } from './truth.ts';

export interface CompiledPolicy {
  readonly name: string;
  readonly digest: string;
  readonly budgets: readonly CompiledBudget[];
  /**
   * Adds a cause for every rule that matches, and for the default where no rule matches for certain. A rule that throws
   * is a fault, which denies. Budgets are for the kernel, which keeps the pools.
   */
  evaluate(facts: Facts, into: Cause[]): void;
}

export interface PolicySource {
  /** Valid by the schema. */
  readonly policy: Policy;
  /** Of the document's bytes, as `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** The line of a place in the document, from 1. */
  lineOf(path: Path): number | undefined;
}

/** Compiles a policy; the value is null when there is any problem. */
export function compilePolicy({ policy, digest, lineOf }: PolicySource): {
  value: CompiledPolicy | null;
  problems: PolicyProblem[];
} {
  const { problems, report } = reporter();
  const name = policy.metadata.name;
  const { rules = [], budgets = [] } = policy.spec;
  checkIds('rule', rules, ['spec', 'rules'], report);
  checkIds('budget', budgets, ['spec', 'budgets'], report);
  const compiledRules = rules.map((rule, index) => {
    const path = ['spec', 'rules', index];
    return compileRule(rule, name, lineOf(path), path, report);
  });
  const compiledBudgets = budgets.map((budget, index) => {
    const path = ['spec', 'budgets', index];
    return compileBudget(budget, lineOf(path), path, report);
  });
  checkParents(compiledBudgets, ['spec', 'budgets'], report);
  if (problems.length > 0) return { value: null, problems };
  const fallback = defaultCause(name, policy.spec.default, lineOf(['spec', 'default']));
  return {
    value: { name, digest, budgets: compiledBudgets, evaluate: evaluator(name, compiledRules, fallback) },
    problems,
  };
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

function defaultCause(policy: string, effect: Effect | undefined, line: number | undefined): Cause {
  return Object.freeze({
    kind: 'default' as const,
    policy,
    effect: effect ?? 'deny',
    ...(effect !== undefined && line !== undefined && { line }),
    message: effect === undefined ? 'no rule of the policy allows it' : 'no rule of the policy is about it',
  });
}

function evaluator(policy: string, rules: readonly CompiledRule[], fallback: Cause): CompiledPolicy['evaluate'] {
  const rulesFor = indexRules(rules);
  return (facts, into) => {
    const candidates = rulesFor(facts);
    let certain = false;
    let strongest = -1;
    for (const rule of candidates) {
      const cause = causeOf(rule, facts, policy);
      if (cause === null) continue;
      if (cause === rule.cause) certain = true;
      strongest = Math.max(strongest, strengthOf(cause.effect));
      into.push(cause);
    }
    // Rules that match only for want of knowledge may add to what the default says, never take from it.
    if (!certain && strengthOf(fallback.effect) > strongest) into.push(fallback);
  };
}

/** Not knowing counts as matching for what holds an action back, and as not matching for what lets it through. */
function causeOf(rule: CompiledRule, facts: Facts, policy: string): Cause | null {
  try {
    const truth = rule.test.truth(facts);
    if (truth === TRUE) return rule.cause;
    if (truth === FALSE || rule.effect === 'allow') return null;
    return undecided(rule.cause, rule.test, facts);
  } catch (error) {
    const { line } = rule.cause;
    const what = error instanceof Error ? error.message : String(error);
    return {
      kind: 'fault',
      policy,
      id: rule.id,
      effect: 'deny',
      ...(line !== undefined && { line }),
      message: `rule \`${rule.id}\` could not be decided: ${what}`,
    };
  }
}
