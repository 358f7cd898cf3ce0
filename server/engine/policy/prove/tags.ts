/** Sets of sets of words: which words may be among the tags, and of which kinds there must be one. Decided exactly. */
import { type Algebra, CapExceeded } from './algebra.ts';
import { literalTexts, type StringSet, strings, textsLike } from './strings.ts';

/** Every tag lies in `within`, and each of `some`, all inside `within` and none of them empty, holds a tag. */
interface Cell {
  readonly within: StringSet;
  readonly some: readonly StringSet[];
}

/** The union of its cells. */
export type TagSet = readonly Cell[];

const maxCells = 256;

export const holdsOneOf = (words: readonly string[]): TagSet => cell(strings.all, [literalTexts(words)]);
export const holdsAllOf = (words: readonly string[]): TagSet =>
  cell(
    strings.all,
    words.map((word) => literalTexts([word])),
  );
export const holdsOnly = (patterns: readonly string[]): TagSet => cell(textsLike(patterns), []);
/** Any tags, but at least one. */
export const someTags: TagSet = [{ within: strings.all, some: [strings.all] }];

function cell(within: StringSet, some: readonly StringSet[]): TagSet {
  const byKey = new Map<string, StringSet>();
  for (const one of some) {
    const inside = strings.and(one, within);
    if (strings.isEmpty(inside)) return [];
    byKey.set(strings.key(inside), inside);
  }
  const distinct = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return [{ within, some: distinct }];
}

function distinct(cells: readonly Cell[]): TagSet {
  const byKey = new Map(cells.map((one) => [cellKey(one), one]));
  if (byKey.size > maxCells) throw new CapExceeded('too many combinations of tags');
  return [...byKey.values()];
}

const and = (a: TagSet, b: TagSet): TagSet =>
  distinct(
    a.flatMap((one) => b.flatMap((other) => cell(strings.and(one.within, other.within), [...one.some, ...other.some]))),
  );

const meetCells = (one: Cell, other: Cell): boolean =>
  (one.within === strings.all || other.some.every((some) => strings.meet(some, one.within))) &&
  (other.within === strings.all || one.some.every((some) => strings.meet(some, other.within)));

const notCell = ({ within, some }: Cell): TagSet => [
  ...cell(strings.all, [strings.not(within)]),
  ...some.flatMap((one) => cell(strings.not(one), [])),
];

const cellKey = ({ within, some }: Cell): string => `${strings.key(within)}|${some.map(strings.key).join('|')}`;

function member({ some }: Cell, wishes: readonly unknown[]): string[] {
  const words: string[] = [];
  // The narrowest first, so that its word may serve the others as well.
  for (const one of some.toSorted((a, b) => a.cells.length - b.cells.length || a.literals.length - b.literals.length))
    if (!words.some((word) => strings.has(one, word))) words.push(String(strings.sample(one, wishes)));
  return words;
}

export const tags: Algebra<TagSet> = {
  all: [{ within: strings.all, some: [] }],
  and,
  not: (set) => set.reduce<TagSet>((rest, one) => and(rest, notCell(one)), [{ within: strings.all, some: [] }]),
  meet: (a, b) => a.some((one) => b.some((other) => meetCells(one, other))),
  isEmpty: (set) => set.length === 0,
  has: (set, value) =>
    Array.isArray(value) &&
    set.some(
      ({ within, some }) =>
        value.every((word) => strings.has(within, word)) &&
        some.every((one) => value.some((word) => strings.has(one, word))),
    ),
  single: (value) => {
    const words = Array.isArray(value) ? value.map(String) : [];
    return and(cell(literalTexts(words), []), holdsAllOf(words));
  },
  key: (set) => set.map(cellKey).sort().join('\n'),
  sample: (set, wishes) => {
    const [first] = set;
    const whole = wishes.find((wish) => tags.has(set, wish));
    return whole ?? (first === undefined ? undefined : member(first, wishes.flat()));
  },
};
