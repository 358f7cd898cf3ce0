/** Sets of bits do what sets do, wherever their members lie. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bits } from '../../../server/engine/policy/prove/bits.ts';

const members = fc.array(fc.oneof(fc.nat(40), fc.nat(400), fc.nat({ max: 4_000 })), { maxLength: 12 });
const bitsOf = (list: readonly number[]): Bits => {
  const bits = new Bits();
  for (const each of list) bits.add(each);
  return bits;
};
const sorted = (set: Iterable<number>) => [...new Set(set)].sort((a, b) => a - b);

test('joined, kept, dropped, met and taken out like sets', () => {
  fc.assert(
    fc.property(members, members, members, (mine, theirs, gone) => {
      const [a, b] = [new Set(mine), new Set(theirs)];
      const [x, y] = [bitsOf(mine), bitsOf(theirs)];
      expect(x.list()).toEqual(sorted(a));
      expect(x.copy().join(y).list()).toEqual(sorted([...a, ...b]));
      expect(x.copy().keep(y).list()).toEqual(sorted(mine.filter((each) => b.has(each))));
      expect(x.copy().drop(y).list()).toEqual(sorted(mine.filter((each) => !b.has(each))));
      expect(x.meets(y)).toBe(mine.some((each) => b.has(each)));
      for (const each of gone) {
        expect(x.has(each)).toBe(a.has(each));
        x.delete(each);
        a.delete(each);
      }
      expect(x.list()).toEqual(sorted(a));
      expect(x.isEmpty).toBe(a.size === 0);
      expect(y.list()).toEqual(sorted(b));
    }),
    { numRuns: 2_000 },
  );
});
