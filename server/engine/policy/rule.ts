/** Rules made ready to be asked, and the index that asks only those which an action can concern. */
import { type Effect, type Path, type Rule, signals } from '../documents/index.ts';
import { compileCondition, pinned } from './condition.ts';
import { type Cause, strengthOf } from './effect.ts';
import type { Report } from './problem.ts';
import { type Facts, type SignalName, slotOf } from './signal.ts';
import { always, every, negate, type Test } from './truth.ts';

export interface CompiledRule {
  readonly id: string;
  readonly effect: Effect;
  readonly test: Test;
  /** What a decision cites when the rule matches for certain. */
  readonly cause: Cause;
  readonly pins: readonly (ReadonlySet<string> | null)[];
}

const pinSignals = ['action.type', 'tool.kind', 'tool.name'] as const;

export function compileRule(
  rule: Rule,
  policy: string,
  line: number | undefined,
  path: Path,
  report: Report,
): CompiledRule {
  const when = rule.when ? compileCondition(rule.when, [...path, 'when'], report) : always;
  const unless = rule.unless && compileCondition(rule.unless, [...path, 'unless'], report);
  const cause: Cause = {
    kind: 'rule',
    policy,
    id: rule.id,
    effect: rule.effect,
    ...(line !== undefined && { line }),
    ...(rule.reason !== undefined && { message: rule.reason }),
  };
  return {
    id: rule.id,
    effect: rule.effect,
    test: unless ? every([when, negate(unless)]) : when,
    cause: Object.freeze(cause),
    pins: pinSignals.map((signal) => (rule.when ? pinned(rule.when, signal) : null)),
  };
}

/** The cause that cites `base` together with the signals that left `test` unknown. */
export function undecided(base: Cause, test: Test, facts: Facts): Cause {
  const names = new Set<string>();
  test.blame(facts, names);
  return { ...base, unknown: [...names].sort() };
}

const [typeSlot, kindSlot, nameSlot] = pinSignals.map((name) => slotOf(name)) as [number, number, number];
const valuesOf = (name: SignalName): readonly string[] => {
  const signal = signals.find((declared) => declared.name === name);
  return signal && 'values' in signal ? signal.values : [];
};
/** Each value by a number from 1; 0 is for a signal that does not apply. */
const numbered = (values: readonly string[]) =>
  new Map<unknown, number>([[undefined, 0], ...values.map((value, index) => [value, index + 1] as const)]);
const typeNumbers = numbered(valuesOf('action.type'));
const kindNumbers = numbered(valuesOf('tool.kind'));

/**
 * A function from facts to the rules that may match them, strongest effect first, else in the order of the document.
 * Where one of the three pinning signals is unknown, those are all rules.
 */
export function indexRules(rules: readonly CompiledRule[]): (facts: Facts) => readonly CompiledRule[] {
  const all = [...rules].sort((a, b) => strengthOf(b.effect) - strengthOf(a.effect));
  const names = numbered([...new Set(rules.flatMap(({ pins }) => [...(pins[2] ?? [])]))]);
  const other = names.size;
  const shelves = new Map<number, readonly CompiledRule[]>();
  return (facts) => {
    const [type, kind, name] = [facts[typeSlot], facts[kindSlot], facts[nameSlot]];
    const typeNumber = typeNumbers.get(type);
    const kindNumber = kindNumbers.get(kind);
    const nameNumber = names.get(name) ?? (typeof name === 'string' ? other : undefined);
    if (typeNumber === undefined || kindNumber === undefined || nameNumber === undefined) return all;
    const shelf = (nameNumber * kindNumbers.size + kindNumber) * typeNumbers.size + typeNumber;
    const known = shelves.get(shelf);
    if (known !== undefined) return known;
    const values = [type, kind, name];
    const admits = (set: ReadonlySet<string> | null, index: number) => {
      const value = values[index];
      return set === null || (typeof value === 'string' && set.has(value));
    };
    const fitting = all.filter(({ pins }) => pins.every(admits));
    shelves.set(shelf, fitting);
    return fitting;
  };
}
