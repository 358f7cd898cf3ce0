/** Contradictions: an `allow` and a `deny` or `halt` that overlap, where neither holds the other. */
import { strengthOf } from '../effect.ts';
import { signalDeclarations } from '../signal.ts';
import { CapExceeded } from './algebra.ts';
import type { Crossing, Entry } from './entry.ts';
import { search } from './search.ts';
import { type Box, contains, overlap } from './worlds.ts';

/** Null when the two do not contradict each other. What matches only for want of knowledge contradicts nothing. */
export function crossingOf(allow: Entry, against: Entry): Crossing | null {
  if (allow.strength !== 0 || against.strength < strengthOf('deny')) return null;
  for (const mine of allow.sure)
    for (const other of against.sure) {
      if (!overlap(mine, other)) continue;
      const isException = liesIn(against.sure, allow.sure);
      return isException || liesIn(allow.sure, against.matches) ? null : { mine, other, finding: null };
    }
  return null;
}

function liesIn(inner: readonly Box[], outer: readonly Box[]): boolean {
  return inner.every((box) => {
    if (outer.some((other) => contains(other, box))) return true;
    if (outer.length < 2) return false;
    const near = outer.filter((other) => overlap(other, box));
    if (near.length < 2) return false;
    try {
      return search({ inside: [box], outside: near.map((each) => ({ owner: null, box: each })) }).found === null;
    } catch (error) {
      // Beyond the cap it is not known to be an exception.
      if (error instanceof CapExceeded) return false;
      throw error;
    }
  });
}

/** The signals in which each of the two admits known values that the other excludes. */
export const signalsCrossed = ({ mine: a, other: b }: Crossing): string[] =>
  a.slots.flatMap((slot) => {
    const [mine, other] = [a.dims[slot], b.dims[slot]];
    const name = signalDeclarations[slot]?.name;
    if (mine === undefined || other === undefined || name === undefined) return [];
    return mine.minus(other).hasValues && other.minus(mine).hasValues ? [name] : [];
  });
