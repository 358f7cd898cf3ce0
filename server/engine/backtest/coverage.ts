/** What cases have tried of policies: every rule matched and not, every comparator true and false, every budget exhausted. */
import { evaluator, FALSE, type Facts, TRUE } from '../policy/index.ts';
import { anatomyOf, leavesOf, type Part, type Place, placeIn } from './anatomy.ts';
import type { CaseResult } from './cases.ts';
import type { TestedPolicy } from './tested.ts';

/** In how many cases something was true, false, or could not be told. */
export interface Seen {
  readonly yes: number;
  readonly no: number;
  readonly unknown: number;
}

export interface CoveredTest {
  readonly text: string;
  readonly place: Place;
  readonly seen: Seen;
}

export interface CoveredRule {
  readonly kind: 'rule' | 'budget' | 'default';
  readonly policy: string;
  /** Of a default, `default`. */
  readonly id: string;
  readonly place: Place;
  /** Of rules, whether they matched; of budgets, whether they were exhausted; of defaults, whether they spoke. */
  readonly seen: Seen;
  /** Names of the cases in which it was `yes`. */
  readonly cases: readonly string[];
  readonly tests: readonly CoveredTest[];
}

export interface Coverage {
  readonly rules: readonly CoveredRule[];
  readonly totals: {
    /** Rules, budgets and defaults, and how many of them were seen to speak and, for rules, not to. */
    readonly rules: Share;
    /** Comparators, scopes and times, and how many of them were seen true and false. */
    readonly tests: Share;
  };
}

export interface Share {
  readonly covered: number;
  readonly of: number;
}

/** Rules that are in several policies count once. */
export function coverageOf(policies: readonly TestedPolicy[], results: readonly CaseResult[]): Coverage {
  const actions = results.flatMap(({ name, outcome }) =>
    outcome === null
      ? []
      : [{ name, facts: outcome.facts, causes: outcome.decision.causes, isAction: outcome.on === 'action' }],
  );
  const rules = new Map<string, CoveredRule>();
  for (const { source, compiled } of policies)
    for (const { rule, place, parts } of anatomyOf({ source, rules: compiled.rules })) {
      const key = `${place.digest}/${place.policy}/${rule.id}`;
      if (rules.has(key)) continue;
      const tried = actions.filter(({ isAction }) => isAction === (rule.on === 'action'));
      const facts = tried.map((one) => one.facts);
      rules.set(key, {
        kind: 'rule',
        policy: place.policy,
        id: rule.id,
        place,
        seen: seenOf(rule.formula, facts),
        cases: tried.filter((one) => evaluator(rule.formula)(one.facts) === TRUE).map(({ name }) => name),
        tests: leavesOf(parts).map((leaf) => ({
          text: labelOf(leaf),
          place: leaf.place,
          seen: seenOf(leaf.formula, facts),
        })),
      });
    }
  const cited = (kind: 'budget' | 'default', policy: string, id: string | undefined, place: Place): CoveredRule => {
    const cases = actions
      .filter(({ causes }) => causes.some((one) => one.kind === kind && one.policy === policy && one.id === id))
      .map(({ name }) => name);
    const seen = { yes: cases.length, no: actions.length - cases.length, unknown: 0 };
    return { kind, policy, id: id ?? 'default', place, seen, cases, tests: [] };
  };
  const others = new Map<string, CoveredRule>();
  for (const { source, compiled } of policies) {
    for (const budget of compiled.budgets) {
      const { id, policy, digest, path, line } = budget;
      const place = { policy, digest, path, ...(line !== undefined && { line }) };
      others.set(`${digest}/${policy}/${id}`, cited('budget', policy, id, place));
    }
    if (compiled.fallback !== null)
      others.set(
        `${compiled.digest}/${compiled.name}`,
        cited('default', compiled.name, undefined, placeIn(source, ['spec', 'default'])),
      );
  }
  return totalled([...rules.values(), ...others.values()]);
}

function totalled(rules: readonly CoveredRule[]): Coverage {
  const tests = rules.flatMap((rule) => rule.tests);
  return {
    rules,
    totals: {
      rules: { covered: rules.filter(isCovered).length, of: rules.length },
      tests: { covered: tests.filter(isTried).length, of: tests.length },
    },
  };
}

/** Whether cases have shown what it does; of a rule that asks for something, also that it can be silent. */
export const isCovered = ({ kind, seen, tests }: CoveredRule): boolean =>
  seen.yes > 0 && (kind !== 'rule' || tests.length === 0 || seen.no > 0);

export const isTried = ({ seen }: CoveredTest): boolean => seen.yes > 0 && seen.no > 0;

function seenOf(formula: Part['formula'], facts: readonly Facts[]): Seen {
  const seen = { yes: 0, no: 0, unknown: 0 };
  const truth = evaluator(formula);
  for (const one of facts) {
    const answer = truth(one);
    seen[answer === TRUE ? 'yes' : answer === FALSE ? 'no' : 'unknown']++;
  }
  return seen;
}

const labelOf = ({ kind, text }: Part): string => (kind === 'test' ? text : `${kind} ${text}`);
