/** Contradictions: an `allow` and a `deny` or `halt` that overlap, where neither holds the other. */
import { strengthOf } from '../effect.ts';
import { signalDeclarations } from '../signal.ts';
import { CapExceeded } from './algebra.ts';
import type { Crossing, Entry } from './entry.ts';
import { search } from './search.ts';
import { type Box, contains, intersection } from './worlds.ts';

/** Null when the two do not contradict each other. What matches only for want of knowledge contradicts nothing. */
export function crossingOf(allow: Entry, against: Entry): Crossing | null {
  if (allow.strength !== 0 || against.strength < strengthOf('deny')) return null;
  for (const mine of allow.sure)
    for (const other of against.sure) {
      const both = intersection(mine, other);
      if (both === null) continue;
      const isException = liesIn(against.sure, allow.sure);
      if (isException || liesIn(allow.sure, against.matches)) return null;
      return { both, signals: signalsCrossed(mine, other) };
    }
  return null;
}

function liesIn(inner: readonly Box[], outer: readonly Box[]): boolean {
  if (outer.length === 1) return inner.every((box) => outer.some((other) => contains(other, box)));
  try {
    return search({ inside: inner, outside: [{ owner: null, boxes: outer }] }).found === null;
  } catch (error) {
    // Beyond the cap it is not known to be an exception.
    if (error instanceof CapExceeded) return false;
    throw error;
  }
}

const signalsCrossed = (a: Box, b: Box): string[] =>
  a.slots.flatMap((slot) => {
    const [mine, other] = [a.dims[slot], b.dims[slot]];
    const name = signalDeclarations[slot]?.name;
    if (mine === undefined || other === undefined || name === undefined) return [];
    return mine.minus(other).hasValues && other.minus(mine).hasValues ? [name] : [];
  });
