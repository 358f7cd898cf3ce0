/**
 * What is known of the items of a list, carried over from one version of the list to the next: an edit costs what it
 * touched, and not a look at every item. Knows nothing of documents.
 */

/** Where two lists differ: the same items stand before `start`, and behind `endBefore` and `endNow`. */
export interface Difference {
  readonly start: number;
  readonly endBefore: number;
  readonly endNow: number;
}

export function differenceOf(before: readonly unknown[], now: readonly unknown[]): Difference {
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && before[start] === now[start]) start++;
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === now[now.length - 1 - same]) same++;
  return { start, endBefore: before.length - same, endNow: now.length - same };
}

/** Lists with what is known of them, by their first and last items: an edit seldom touches both. */
export class ListMemo<T> {
  readonly #known = new WeakMap<object, { readonly items: readonly unknown[]; readonly value: T }>();

  /** `make` is given the list that this one was edited from and what is known of it, where there is one. */
  of(items: readonly unknown[], make: (before: { items: readonly unknown[]; value: T } | null) => T): T {
    const first = keyOf(items[0]);
    const last = keyOf(items.at(-1));
    const before = (first && this.#known.get(first)) ?? (last && this.#known.get(last)) ?? null;
    if (before?.items === items) return before.value;
    const now = { items, value: make(before) };
    if (first !== null) this.#known.set(first, now);
    if (last !== null) this.#known.set(last, now);
    return now.value;
  }
}

const keyOf = (item: unknown): object | null => (typeof item === 'object' && item !== null ? item : null);

/** Something that there is to say of the item at `index`. */
export interface Found<T> {
  readonly index: number;
  readonly found: T;
}

/** Looks into each item of lists and remembers where there was something to say; most often there is nothing. */
export class ItemMemo<T> {
  readonly #lists = new ListMemo<readonly Found<T>[]>();

  /** What `look` says of the items, in their order; it must say the same of the same item. Null is nothing. */
  of(items: readonly unknown[], look: (item: unknown, index: number) => T | null): readonly Found<T>[] {
    return this.#lists.of(items, (before) => {
      if (before === null) return lookAt(items, 0, items.length, look);
      const { start, endBefore, endNow } = differenceOf(before.items, items);
      const by = endNow - endBefore;
      const behind = before.value.filter(({ index }) => index >= endBefore);
      return [
        ...before.value.filter(({ index }) => index < start),
        ...lookAt(items, start, endNow, look),
        ...(by === 0 ? behind : behind.map(({ index, found }) => ({ index: index + by, found }))),
      ];
    });
  }
}

function lookAt<T>(
  items: readonly unknown[],
  start: number,
  end: number,
  look: (item: unknown, index: number) => T | null,
): readonly Found<T>[] {
  const all: Found<T>[] = [];
  for (let index = start; index < end; index++) {
    const found = look(items[index], index);
    if (found !== null) all.push({ index, found });
  }
  return all;
}
