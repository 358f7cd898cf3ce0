/** What the rules and the default of one policy say of some facts, in the order that decisions list it. */
import { type Cause, sortByStrength, strengthOf } from './effect.ts';
import { evaluator } from './evaluate.ts';
import { Finder } from './finder.ts';
import type { Formula } from './formula.ts';
import type { Match } from './plan.ts';
import { type CompiledRule, undecided } from './rule.ts';
import type { Declaration, Facts } from './signal.ts';
import { FALSE, TRUE, type Truth, UNKNOWN } from './truth.ts';

export interface Fallback {
  readonly cause: Cause;
  /** When the policy is in force. */
  readonly formula: Formula;
}

/** What a policy says of some facts. It may be said again of others, and cannot be changed. */
export interface Said {
  /** Strongest first, else in the order of the rules. */
  readonly causes: readonly Cause[];
  /** Rules that would let it through, of which nobody knows whether they match, and that oblige to something. */
  readonly undecided: readonly Cause[];
  /** Whether the policy speaks of it for certain: a rule matches, or it is in force and has a default. */
  readonly isCertain: boolean;
}

/**
 * What a policy says of `facts`. `declaration` is left out where nobody can tell what they have in common with others; where it is
 * there, the rules that it leaves are found by it.
 */
export type Speak = (facts: Facts, declaration?: Declaration | null) => Said;

/**
 * Not knowing counts as matching for what holds an action back, and as not matching for what lets it through; but what such
 * a rule obliges to holds all the same. Where no policy speaks for certain, nothing allows the action.
 */
export function speaker(policy: string, rules: readonly CompiledRule[], fallback: Fallback | null): Speak {
  const ordered = [...rules].sort((a, b) => strengthOf(b.effect) - strengthOf(a.effect));
  const formulas = ordered.map(({ formula }) => formula);
  // The default is found like a rule, behind all of them.
  const finder = new Finder(fallback === null ? formulas : [...formulas, fallback.formula], (matches, facts) =>
    said(matches, ordered, fallback, facts),
  );
  return (facts, declaration = null) => {
    try {
      return finder.answer(facts, declaration);
    } catch {
      return askOneByOne(policy, ordered, fallback, facts);
    }
  };
}

/** What is said by these causes, which are in order. */
export function saying(causes: readonly Cause[], undecided: readonly Cause[], isCertain: boolean): Said {
  return { causes: Object.freeze(causes), undecided: Object.freeze(undecided), isCertain };
}

function said(
  matches: readonly Match[],
  ordered: readonly CompiledRule[],
  fallback: Fallback | null,
  facts: Facts,
): Said {
  const causes: Cause[] = [];
  const unsure: Cause[] = [];
  let isCertain = false;
  let inForce: Truth = FALSE;
  let last: Match = -1;
  for (const match of matches) {
    if (match === last) continue;
    last = match;
    const rule = ordered[match >> 1];
    const truth = (match & 1) === 0 ? TRUE : UNKNOWN;
    if (rule === undefined) inForce = truth;
    else if (truth === TRUE) {
      isCertain = true;
      causes.push(rule.cause);
    } else putUndecided(rule, facts, causes, unsure);
  }
  isCertain ||= fallback !== null && fallBack(fallback, inForce, facts, causes);
  return saying(causes, unsure, isCertain);
}

function putUndecided({ effect, cause, formula }: CompiledRule, facts: Facts, causes: Cause[], unsure: Cause[]): void {
  if (effect !== 'allow') causes.push(undecided(cause, formula, facts));
  else if (cause.obligations !== undefined) unsure.push(undecided(cause, formula, facts));
}

/**
 * Rules that match only for want of knowledge may add to what the default says, never take from it: one that holds back is said
 * as well as they are, behind those of its strength. One that allows would add nothing to them.
 */
function fallBack({ cause, formula }: Fallback, inForce: Truth, facts: Facts, into: Cause[]): boolean {
  if (inForce === FALSE) return false;
  const isCertain = inForce === TRUE;
  const strength = strengthOf(cause.effect);
  let place = 0;
  for (const [index, { effect, unknown }] of into.entries()) {
    if (strengthOf(effect) < strength) continue;
    if (unknown === undefined || cause.effect === 'allow') return isCertain;
    place = index + 1;
  }
  if (isCertain) into.splice(place, 0, cause);
  else if (cause.effect !== 'allow') into.splice(place, 0, undecided(cause, formula, facts));
  return isCertain;
}

/** The slow way, which names a rule that throws and asks all others all the same. */
function askOneByOne(policy: string, ordered: readonly CompiledRule[], fallback: Fallback | null, facts: Facts): Said {
  const causes: Cause[] = [];
  const unsure: Cause[] = [];
  let isCertain = false;
  for (const rule of ordered) {
    try {
      const truth = evaluator(rule.formula)(facts);
      if (truth === TRUE) {
        isCertain = true;
        causes.push(rule.cause);
      } else if (truth !== FALSE) putUndecided(rule, facts, causes, unsure);
    } catch (error) {
      causes.push(faultOf(error, policy, rule));
    }
  }
  try {
    isCertain ||= fallback !== null && fallBack(fallback, evaluator(fallback.formula)(facts), facts, causes);
  } catch (error) {
    causes.push(faultOf(error, policy, null));
  }
  // A fault denies, whatever the rule would have said.
  sortByStrength(causes);
  return saying(causes, unsure, isCertain);
}

function faultOf(error: unknown, policy: string, rule: CompiledRule | null): Cause {
  const what = error instanceof Error ? error.message : String(error);
  if (rule === null)
    return {
      kind: 'fault',
      policy,
      effect: 'deny',
      message: `whether the policy is in force could not be told: ${what}`,
    };
  const { id, cause } = rule;
  return {
    kind: 'fault',
    policy: cause.policy ?? policy,
    id,
    effect: 'deny',
    ...(cause.line !== undefined && { line: cause.line }),
    message: `rule \`${id}\` could not be decided: ${what}`,
  };
}
