/**
 * Policies as their compiler sees them, part by part: a fault in one rule does not hide another's, and after an edit only
 * what it touched is compiled again. What the compiler refuses is said in its own words.
 */
import { maxProblems, type Policy, valueAt } from '../../engine/documents/index.ts';
import { compilePolicy, type PolicyProblem } from '../../engine/policy/index.ts';
import type { ZoneOffsets } from '../../engine/ports.ts';
import { type Finding, fromRoot, isRecord, rememberedItems, under } from './finding.ts';
import { checkWindows } from './windows.ts';

/** What parts of a policy lean on. */
export interface PolicySetting {
  /** The value of `spec.patterns`. */
  readonly patterns: unknown;
  /** Null where nothing knows zones; they are then taken as they are written. */
  readonly zones: ZoneOffsets | null;
}

/** Each is told from the list's own root. */
export interface PartChecks {
  rules(rules: readonly unknown[]): readonly Finding[];
  /** What stands under `when` of budgets or nodes. */
  conditions(items: readonly unknown[]): readonly Finding[];
}

const nothing = {};
const known = new WeakMap<object, WeakMap<object, PartChecks>>();

/** The checks for one setting; what they have found is remembered as long as pattern list and zones stay the same. */
export function partChecks({ patterns, zones }: PolicySetting): PartChecks {
  const list = Array.isArray(patterns) ? patterns : null;
  const byZones = known.get(list ?? nothing) ?? new WeakMap<object, PartChecks>();
  known.set(list ?? nothing, byZones);
  const before = byZones.get(zones ?? nothing);
  if (before !== undefined) return before;
  const faultsOf = (rule: Readonly<Record<string, unknown>>, below: number) =>
    compile({ ...(list && { patterns: list }), rules: [withConditions(rule)] }, zones)
      .slice(0, maxProblems)
      // A text in the place of a condition has been told, and its letters are no signals.
      .filter(({ path }) => path[1] === 'rules' && typeof valueAt(rule, path.slice(3, -1)) !== 'string')
      .map((problem) => finding(problem, below));
  const checks: PartChecks = {
    rules: rememberedItems((rule) => (isRecord(rule) ? [...faultsOf(rule, 3), ...checkWindows(rule)] : [])),
    conditions: rememberedItems((item) =>
      isRecord(item) && isRecord(item.when) ? faultsOf({ id: 'x', effect: 'deny', when: item.when }, 3) : [],
    ),
  };
  byZones.set(zones ?? nothing, checks);
  return checks;
}

/** A rule without what stands in the place of a condition and is none, as has been told: a list there may be long. */
function withConditions(rule: Readonly<Record<string, unknown>>): object {
  const { when, unless, ...rest } = rule;
  return { ...rest, ...(isRecord(when) && { when }), ...(isRecord(unless) && { unless }) };
}

/** What is wrong with a policy apart from its rules, budgets and includes, from the document's root. */
export function checkPolicyHead(value: unknown, zones: ZoneOffsets | null): readonly Finding[] {
  const spec = isRecord(value) ? value.spec : null;
  if (!isRecord(spec)) return [];
  const { rules: _rules, budgets: _budgets, include: _include, ...head } = spec;
  if (Object.keys(head).length === 0) return [];
  return [...compile(head, zones).map((problem) => finding(problem, 0)), ...under(['spec'], checkWindows(head))];
}

function compile(spec: object, zones: ZoneOffsets | null): readonly PolicyProblem[] {
  const policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'x' }, spec } as unknown as Policy;
  try {
    return compilePolicy({ policy, digest: '', lineOf: () => undefined, ...(zones && { zones }) }).problems;
  } catch {
    // The compiler takes what the schema allows; what it does not allow has been told by then.
    return [];
  }
}

/** About a key rather than its value, as the schema tells them too: then it has been told. */
const aboutKeys: ReadonlySet<string> = new Set(['policy/unknown-signal', 'policy/unknown-comparator']);

const finding = (problem: PolicyProblem, below: number): Finding => ({
  ...fromRoot(problem, below),
  severity: 'error',
  ...(aboutKeys.has(problem.code) && { on: 'key' as const }),
});
