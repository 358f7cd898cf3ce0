/**
 * Sets of texts made of literals and of globs with `*` at the beginning or end, decided exactly. There are more characters
 * than any policy names, so a pattern can always be filled up with one that no other pattern sees.
 */
import { type Algebra, CapExceeded } from './algebra.ts';

interface Pattern {
  readonly at: 'whole' | 'start' | 'end' | 'inside';
  readonly text: string;
}

/** Texts that begin, end and go on inside as said, but for those that meet an exception. Never empty. */
interface Cell {
  readonly prefix: string;
  readonly suffix: string;
  readonly inner: readonly string[];
  readonly except: readonly Pattern[];
}

/** The union of its parts. Literals are sorted and lie in no cell. */
export interface StringSet {
  readonly literals: readonly string[];
  readonly cells: readonly Cell[];
}

const maxCells = 256;
const anything: Cell = { prefix: '', suffix: '', inner: [], except: [] };
const everyText: StringSet = { literals: [], cells: [anything] };

/** The texts that one of `patterns` means, as conditions write them. */
export function textsLike(patterns: readonly string[]): StringSet {
  const cells = patterns.flatMap((pattern) => {
    if (!pattern.includes('*')) return [];
    const text = pattern.replace(/^\*|\*$/g, '');
    const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
    if (pattern === '*' || text === '') return [anything];
    return [cellOf({ at: open && closed ? 'inside' : open ? 'end' : 'start', text })];
  });
  return normal(
    patterns.filter((pattern) => !pattern.includes('*')),
    cells,
  );
}

export const literalTexts = (texts: readonly string[]): StringSet => normal(texts, []);

const cellOf = ({ at, text }: Pattern): Cell => ({
  ...anything,
  ...(at === 'start' && { prefix: text }),
  ...(at === 'end' && { suffix: text }),
  ...(at === 'inside' && { inner: [text] }),
});

function normal(literals: readonly string[], cells: readonly Cell[]): StringSet {
  const byKey = new Map(cells.map((cell) => [cellKey(cell), cell]));
  if (byKey.size > maxCells) throw new CapExceeded('too many patterns of texts');
  const distinct = [...byKey.values()];
  const outside = [...new Set(literals)].filter((text) => !distinct.some((cell) => lies(text, cell)));
  return { literals: outside.sort(), cells: distinct };
}

const meets = (text: string, { at, text: part }: Pattern): boolean =>
  at === 'whole'
    ? text === part
    : at === 'start'
      ? text.startsWith(part)
      : at === 'end'
        ? text.endsWith(part)
        : text.includes(part);

const lies = (text: string, { prefix, suffix, inner, except }: Cell): boolean =>
  text.startsWith(prefix) &&
  text.endsWith(suffix) &&
  inner.every((part) => text.includes(part)) &&
  !except.some((pattern) => meets(text, pattern));

/** The cell without exceptions that leave out nothing; null when they leave out everything. */
function cut({ prefix, suffix, inner, except }: Cell): Cell | null {
  const fixed = [prefix, suffix, ...inner];
  for (const { at, text } of except) {
    if (at === 'start' && prefix.startsWith(text)) return null;
    if (at === 'end' && suffix.endsWith(text)) return null;
    if (at === 'inside' && fixed.some((part) => part.includes(text))) return null;
  }
  const whole: Cell = { prefix, suffix, inner, except: [] };
  const byKey = new Map<string, Pattern>();
  for (const pattern of except) {
    const { at, text } = pattern;
    const matters =
      at === 'whole'
        ? lies(text, whole) && !except.some((other) => other.at !== 'whole' && meets(text, other))
        : at === 'start'
          ? text.startsWith(prefix)
          : at === 'end'
            ? text.endsWith(suffix)
            : true;
    if (matters) byKey.set(`${at} ${text}`, pattern);
  }
  const kept = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pattern]) => pattern);
  return { ...whole, except: kept };
}

function andCells(a: Cell, b: Cell): Cell | null {
  const [prefix, shortPrefix] = a.prefix.length >= b.prefix.length ? [a.prefix, b.prefix] : [b.prefix, a.prefix];
  const [suffix, shortSuffix] = a.suffix.length >= b.suffix.length ? [a.suffix, b.suffix] : [b.suffix, a.suffix];
  if (!prefix.startsWith(shortPrefix) || !suffix.endsWith(shortSuffix)) return null;
  const inner = [...new Set([...a.inner, ...b.inner])]
    .filter((part) => !prefix.includes(part) && !suffix.includes(part))
    .sort();
  return cut({ prefix, suffix, inner, except: [...a.except, ...b.except] });
}

function and(a: StringSet, b: StringSet): StringSet {
  if (a === everyText) return b;
  if (b === everyText) return a;
  const cells = a.cells.flatMap((one) => b.cells.flatMap((other) => andCells(one, other) ?? []));
  const literals = [
    ...a.literals.filter((text) => b.literals.includes(text) || b.cells.some((cell) => lies(text, cell))),
    ...b.literals.filter((text) => a.cells.some((cell) => lies(text, cell))),
  ];
  return normal(literals, cells);
}

function meet(a: StringSet, b: StringSet): boolean {
  for (const text of a.literals) if (holds(b, text)) return true;
  if (a.cells.length > 0) for (const text of b.literals) for (const cell of a.cells) if (lies(text, cell)) return true;
  for (const one of a.cells) for (const other of b.cells) if (one === other || meetCells(one, other)) return true;
  return false;
}

function meetCells(a: Cell, b: Cell): boolean {
  if (!a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix)) return false;
  if (!a.suffix.endsWith(b.suffix) && !b.suffix.endsWith(a.suffix)) return false;
  // Single texts that are left out leave others.
  const isRough = ({ at }: Pattern) => at !== 'whole';
  return !(a.except.some(isRough) || b.except.some(isRough)) || andCells(a, b) !== null;
}

function holds({ literals, cells }: StringSet, text: string): boolean {
  if (literals.includes(text)) return true;
  for (const cell of cells) if (lies(text, cell)) return true;
  return false;
}

/** All but the texts that meet one of `patterns`. */
function outside(patterns: readonly Pattern[]): StringSet {
  const rest = cut({ ...anything, except: patterns });
  return { literals: [], cells: rest === null ? [] : [rest] };
}

function notCell({ prefix, suffix, inner, except }: Cell): StringSet {
  const parts: Pattern[] = [
    { at: 'start', text: prefix },
    { at: 'end', text: suffix },
    ...inner.map((text) => ({ at: 'inside' as const, text })),
  ];
  return normal(
    except.flatMap(({ at, text }) => (at === 'whole' ? [text] : [])),
    [
      ...parts.flatMap((part) => (part.text === '' ? [] : outside([part]).cells)),
      ...except.flatMap((pattern) => (pattern.at === 'whole' ? [] : [cellOf(pattern)])),
    ],
  );
}

const not = (set: StringSet): StringSet =>
  set.cells.reduce(
    (rest, cell) => and(rest, notCell(cell)),
    set.literals.length === 0 ? everyText : outside(set.literals.map((text) => ({ at: 'whole' as const, text }))),
  );

const cellKey = ({ prefix, suffix, inner, except }: Cell): string =>
  JSON.stringify([prefix, suffix, inner, except.map(({ at, text }) => [at, text])]);

/** A member of a cell, in plain letters where that is possible. */
function member(cell: Cell): string {
  const { prefix, suffix, inner, except } = cell;
  const seen = [prefix, suffix, ...inner, ...except.map(({ text }) => text)].join('');
  const letters = [...'xyzwvqkj'].filter((letter) => !seen.includes(letter));
  for (let code = 0xe000; letters.length === 0; code++)
    if (!seen.includes(String.fromCharCode(code))) letters.push(String.fromCharCode(code));
  const [letter = 'x'] = letters;
  for (let length = 1; ; length++) {
    const filler = letter.repeat(length);
    const filled = prefix + [filler, ...inner.map((part) => part + filler)].join('') + suffix;
    if (lies(filled, cell)) return filled;
  }
}

export const strings: Algebra<StringSet> = {
  all: everyText,
  and,
  not,
  meet,
  isEmpty: ({ literals, cells }) => literals.length === 0 && cells.length === 0,
  has: (set, text) => typeof text === 'string' && holds(set, text),
  single: (text) => literalTexts([String(text)]),
  listed: ({ literals, cells }) => (cells.length === 0 ? literals : null),
  key: ({ literals, cells }) => JSON.stringify([literals, cells.map(cellKey).sort()]),
  sample: (set, wishes) => {
    const wish = wishes.find((one) => strings.has(set, one));
    const [cell] = set.cells;
    return wish ?? set.literals[0] ?? (cell === undefined ? undefined : member(cell));
  },
};
