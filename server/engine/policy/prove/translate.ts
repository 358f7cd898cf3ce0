/**
 * From what rules say to boxes: formulas become a bounded list of conjunctions, and each conjunction a domain for every signal
 * that it tests. The one place to teach the prover a new test.
 */
import type { Constraint, FactTest, Formula } from '../formula.ts';
import { UNKNOWN } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import type { Domain } from './domain.ts';
import { bitsOf } from './finite.ts';
import { interval } from './numbers.ts';
import type { SignalAxis, Space } from './space.ts';
import { textsLike } from './strings.ts';
import { holdsAllOf, holdsOneOf, holdsOnly, tags } from './tags.ts';

/**
 * By place of the signal: where its test is surely true. Under Kleene's logic the test is unknown exactly where the signal
 * is, so a conjunction *may* be true where each of its signals is inside or unknown.
 */
export type Conjunction = ReadonlyMap<number, Domain>;

/** From and to, in milliseconds UTC: what is proved of time is proved of this stretch. */
export interface Horizon {
  readonly fromMs: number;
  readonly toMs: number;
}

const maxConjunctions = 512;

/** The conjunctions of which one must hold. Throws `CapExceeded` when there are too many or a test cannot be read. */
export function conjunctionsOf(formula: Formula, space: Space, horizon: Horizon): readonly Conjunction[] {
  return expand(formula, true, { space, horizon });
}

interface Reading {
  readonly space: Space;
  readonly horizon: Horizon;
}

function expand(formula: Formula, holds: boolean, reading: Reading): readonly Conjunction[] {
  switch (formula.op) {
    case 'constant':
      if (formula.truth === UNKNOWN) throw new CapExceeded('it is never known whether the rule is in force');
      return formula.truth > UNKNOWN === holds ? [new Map()] : [];
    case 'not':
      return expand(formula.part, !holds, reading);
    case 'test':
      return [new Map([[formula.slot, domainOf(formula, holds, reading)]])];
    case 'all':
    case 'any': {
      const parts = formula.parts.map((part) => expand(part, holds, reading));
      return (formula.op === 'all') === holds ? parts.reduce(product, [new Map()]) : withoutContained(parts.flat());
    }
  }
}

function product(some: readonly Conjunction[], others: readonly Conjunction[]): readonly Conjunction[] {
  const both = some.flatMap((one) => others.map((other) => conjoin(one, other)));
  return both.length > 1 ? withoutContained(both) : both;
}

function conjoin(one: Conjunction, other: Conjunction): Conjunction {
  const both = new Map(one);
  for (const [slot, domain] of other) both.set(slot, both.get(slot)?.and(domain) ?? domain);
  return both;
}

function withoutContained(list: readonly Conjunction[]): readonly Conjunction[] {
  if (list.length > maxConjunctions) throw new CapExceeded(`it has more than ${maxConjunctions} alternatives`);
  const kept: Conjunction[] = [];
  for (const one of list) {
    if (kept.some((other) => isWithin(one, other))) continue;
    for (let i = kept.length - 1; i >= 0; i--) {
      const other = kept[i];
      if (other !== undefined && isWithin(other, one)) kept.splice(i, 1);
    }
    kept.push(one);
  }
  return kept;
}

const isWithin = (inner: Conjunction, outer: Conjunction): boolean =>
  [...outer].every(([slot, domain]) => inner.get(slot)?.minus(domain).isEmpty ?? false);

/** Where the test surely holds, or where it surely does not. */
function domainOf({ slot, constraint }: FactTest, holds: boolean, { space, horizon }: Reading): Domain {
  const signal = space[slot];
  if (signal === undefined) throw new CapExceeded('it tests a signal that is not in the registry');
  const wanted = setOf(constraint, signal, horizon);
  return holds ? wanted : signal.axis.all({ absent: true }).minus(wanted);
}

function setOf(constraint: Constraint, signal: SignalAxis, horizon: Horizon): Domain {
  if (constraint.kind === 'present') {
    const present = signal.axis.all();
    return constraint.expected ? present : signal.axis.all({ absent: true }).minus(present);
  }
  if (constraint.kind === 'text' && signal.type === 'text') {
    const texts = signal.axis.domain(textsLike(constraint.texts));
    return constraint.negated ? signal.axis.all({ absent: true }).minus(texts) : texts;
  }
  if (constraint.kind === 'text' && signal.type === 'finite') {
    const values = signal.axis.domain(bitsOf(signal.values, (value) => constraint.texts.includes(String(value))));
    return constraint.negated ? signal.axis.all({ absent: true }).minus(values) : values;
  }
  if (constraint.kind === 'boolean' && signal.type === 'finite')
    return signal.axis.domain(bitsOf(signal.values, (value) => value === constraint.is));
  if (constraint.kind === 'number' && signal.type === 'number') {
    const { algebra } = signal.axis;
    const low = Math.max(constraint.low, Number.MIN_SAFE_INTEGER);
    const numbers = algebra.and(algebra.all, interval(low, Math.min(constraint.high, Number.MAX_SAFE_INTEGER)));
    const domain = signal.axis.domain(numbers);
    return constraint.negated ? signal.axis.all({ absent: true }).minus(domain) : domain;
  }
  if (constraint.kind === 'time' && signal.type === 'number') {
    const found = constraint.times.intervals(horizon.fromMs, horizon.toMs);
    if (found === null) throw new CapExceeded('the offsets of its time zone are not known');
    return signal.axis.domain(found.flatMap(({ fromMs, toMs }) => interval(fromMs, toMs - 1)));
  }
  if (constraint.kind === 'tags' && signal.type === 'tags') {
    const { comparator, texts } = constraint;
    switch (comparator) {
      case 'anyOf':
        return signal.axis.domain(holdsOneOf(texts));
      case 'allOf':
        return signal.axis.domain(holdsAllOf(texts));
      case 'noneOf':
        return signal.axis.domain(tags.not(holdsOneOf(texts)), { absent: true });
      case 'only':
        return signal.axis.domain(holdsOnly(texts));
    }
  }
  throw new CapExceeded('it has a test that the prover cannot read');
}
