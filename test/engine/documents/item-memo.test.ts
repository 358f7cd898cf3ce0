/** What is known of lists from version to version: the same as looking at every item, but without the look. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { differenceOf, ItemMemo, ListMemo } from '../../../server/engine/documents/item-memo.ts';

interface Item {
  readonly text: string;
}
const look = (item: unknown) => {
  const { text } = item as Item;
  return text.includes('!') ? text : null;
};
const plainly = (items: readonly unknown[]) =>
  items.flatMap((item, index) => {
    const found = look(item);
    return found === null ? [] : [{ index, found }];
  });

const lists = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'c!', 'd!'), { maxLength: 12 }),
    fc.array(
      fc.record({
        at: fc.nat(20),
        count: fc.nat(3),
        put: fc.array(fc.constantFrom('x', 'y!', 'again'), { maxLength: 3 }),
      }),
      { maxLength: 8 },
    ),
  )
  .map(([texts, edits]) => {
    let now: readonly Item[] = texts.map((text) => ({ text }));
    const versions = [now];
    for (const { at, count, put } of edits) {
      const start = Math.min(at, now.length);
      // `again` puts an item that is there already, as an alias does.
      const made = put.map((text) => (text === 'again' ? (now[0] ?? { text }) : { text }));
      now = now.toSpliced(start, count, ...made);
      versions.push(now);
    }
    return versions;
  });

it('says of every version what looking at each item says', () => {
  fc.assert(
    fc.property(lists, (versions) => {
      const memo = new ItemMemo<string>();
      for (const items of versions) expect(memo.of(items, look)).toEqual(plainly(items));
      // Versions that come again, as by undoing, too.
      for (const items of versions.toReversed()) expect(memo.of(items, look)).toEqual(plainly(items));
    }),
  );
});

it('finds what two lists have in common at both ends, and nothing twice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2)), fc.array(fc.nat(2)), (before, now) => {
      const { start, endBefore, endNow } = differenceOf(before, now);
      expect(start).toBeLessThanOrEqual(Math.min(endBefore, endNow));
      expect(now.slice(0, start)).toEqual(before.slice(0, start));
      expect(now.slice(endNow)).toEqual(before.slice(endBefore));
      if (start < endBefore && start < endNow) expect(now[start]).not.toBe(before[start]);
    }),
  );
});

it('looks at none but the items that an edit has touched', () => {
  const items = Array.from({ length: 1_000 }, (_, index) => ({ text: String(index) }));
  const memo = new ItemMemo<string>();
  const seen: number[] = [];
  const watched = (item: unknown, index: number) => {
    seen.push(index);
    return look(item);
  };
  memo.of(items, watched);
  seen.length = 0;
  const edited = items.with(500, { text: 'new!' });
  expect(memo.of(edited, watched)).toEqual([{ index: 500, found: 'new!' }]);
  expect(memo.of(edited.toSpliced(2, 1), watched)).toEqual([{ index: 499, found: 'new!' }]);
  expect(seen).toEqual([500]);
});

it('gives the same again for the same list', () => {
  const memo = new ListMemo<object>();
  const items = [{}, {}];
  const value = memo.of(items, () => ({}));
  expect(memo.of(items, () => ({}))).toBe(value);
  expect(memo.of([...items, {}], (before) => before?.value ?? {})).toBe(value);
});
