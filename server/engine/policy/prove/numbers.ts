/** Sets of whole numbers as sorted intervals, money in micro-dollars. No arithmetic between numbers of an action. */
import type { Algebra } from './algebra.ts';

/** From, to, from, to …: both ends belong, ascending, with gaps between. */
export type Intervals = readonly number[];

export const interval = (low: number, high: number): Intervals => (low <= high ? [low, high] : []);

/** The sets of whole numbers from `minimum` to `maximum`. */
export function numbersWithin(minimum: number, maximum: number): Algebra<Intervals> {
  return {
    all: interval(minimum, maximum),
    and: intersection,
    not: (set) => complement(set, minimum, maximum),
    meet: (a, b) => intersection(a, b).length > 0,
    isEmpty: (set) => set.length === 0,
    has: (set, value) => typeof value === 'number' && leastFrom(set, value) === value,
    single: (value) => interval(Number(value), Number(value)),
    key: (set) => set.join(),
    sample: (set, wishes) => wishes.find((wish) => typeof wish === 'number' && leastFrom(set, wish) === wish) ?? set[0],
    leastFrom,
    within: intersection,
  };
}

/** The smallest member that is `bound` or more; null when there is none. */
export function leastFrom(set: Intervals, bound: number): number | null {
  for (let i = 0; i < set.length; i += 2) {
    const [low = 0, high = 0] = [set[i], set[i + 1]];
    if (high >= bound) return Math.max(low, bound);
  }
  return null;
}

function intersection(a: Intervals, b: Intervals): Intervals {
  const both: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [aHigh = 0, bHigh = 0] = [a[i + 1], b[j + 1]];
    const low = Math.max(a[i] ?? 0, b[j] ?? 0);
    const high = Math.min(aHigh, bHigh);
    if (low <= high) both.push(low, high);
    if (aHigh < bHigh) i += 2;
    else j += 2;
  }
  return both;
}

function complement(set: Intervals, minimum: number, maximum: number): Intervals {
  const rest: number[] = [];
  let from = minimum;
  for (let i = 0; i < set.length; i += 2) {
    const [low = 0, high = 0] = [set[i], set[i + 1]];
    if (from < low) rest.push(from, low - 1);
    from = high + 1;
  }
  if (from <= maximum) rest.push(from, maximum);
  return rest;
}
