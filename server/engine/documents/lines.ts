/**
 * Offsets to lines and columns and back, in the column units that editors and terminals count in. Lines end at `\n`,
 * `\r\n` or `\r`, as the Language Server Protocol has it.
 */

/** What a column counts: UTF-16 code units or bytes of UTF-8. */
export type ColumnUnit = 'utf-16' | 'utf-8';

/** Both from 0. */
export interface LinePosition {
  readonly line: number;
  readonly column: number;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const hash = 35;
const percent = 37;
const dash = 45;
export const byteOrderMark = 0xfeff;

/**
 * What a line of YAML begins with, as one number: its indentation in spaces times eight, and one of the kinds of
 * `lineKinds`.
 */
export type LineShape = number;

/**
 * `other`: content that is neither a list item nor a marker. `document` and `end`: the markers `---` and `...`. `odd`: what
 * only the whole of a document can explain, such as lines that a lone `\r` ends.
 */
export const lineKinds = {
  blank: 0,
  comment: 1,
  dash: 2,
  other: 3,
  document: 4,
  end: 5,
  directive: 6,
  odd: 7,
} as const;

export const indentOf = (shape: LineShape): number => shape >> 3;
export const kindOf = (shape: LineShape): number => shape & 7;

function shapeOf(text: string, lineStart: number): LineShape {
  if (lineStart > 0 && text.charCodeAt(lineStart - 1) === carriageReturn) return lineKinds.odd;
  const start = lineStart === 0 && text.charCodeAt(0) === byteOrderMark ? 1 : lineStart;
  let offset = start;
  while (text.charCodeAt(offset) === space) offset++;
  // How far such a line is indented is a matter of taste.
  if (start > lineStart && offset > start) return lineKinds.odd;
  return ((offset - start) << 3) | lineKindAt(text, start, offset);
}

function lineKindAt(text: string, start: number, offset: number): number {
  const unit = text.charCodeAt(offset);
  if (Number.isNaN(unit) || unit === lineFeed) return lineKinds.blank;
  if (unit === carriageReturn) return text.charCodeAt(offset + 1) === lineFeed ? lineKinds.blank : lineKinds.odd;
  if (unit === byteOrderMark) return lineKinds.odd;
  if (unit === tab) return isBlankBehind(text, offset) ? lineKinds.blank : lineKinds.other;
  if (unit === hash) return lineKinds.comment;
  if (offset === start) {
    if (unit === percent) return lineKinds.directive;
    const marker = text.startsWith('---', start)
      ? lineKinds.document
      : text.startsWith('...', start)
        ? lineKinds.end
        : -1;
    if (marker >= 0 && endsWord(text.charCodeAt(start + 3))) return marker;
  }
  return unit === dash && endsWord(text.charCodeAt(offset + 1)) ? lineKinds.dash : lineKinds.other;
}

/** Whether nothing but white space and a comment stands in a line behind `offset`. */
function isBlankBehind(text: string, offset: number): boolean {
  let next = offset + 1;
  while (text.charCodeAt(next) === tab || text.charCodeAt(next) === space) next++;
  return lineKindAt(text, -1, next) <= lineKinds.comment;
}

const endsWord = (unit: number): boolean =>
  Number.isNaN(unit) || unit === space || unit === tab || unit === lineFeed || unit === carriageReturn;

/** The offsets behind the line breaks of a part of `text`. */
function startsBetween(text: string, from: number, to: number, starts: number[] = []): number[] {
  // To hop from break to break is several times as fast, most of all in a process that has just begun.
  if (to - from > 10_000 && text.indexOf('\r', from) < 0) {
    for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  }
  for (let index = from; index < to; index++) {
    const unit = text.charCodeAt(index);
    if (unit === lineFeed || (unit === carriageReturn && text.charCodeAt(index + 1) !== lineFeed))
      starts.push(index + 1);
  }
  return starts;
}

export class LineMap {
  readonly text: string;
  readonly #starts: Int32Array;
  #shapes: Int32Array | null;

  constructor(text: string, known?: { readonly starts: Int32Array; readonly shapes: Int32Array | null }) {
    this.text = text;
    this.#starts = known?.starts ?? Int32Array.from(startsBetween(text, 0, text.length, [0]));
    this.#shapes = known?.shapes ?? null;
  }

  /**
   * The lines of the text in which `inserted` stands in place of `start` to `end`; only lines that this touches are
   * read again.
   */
  edit(start: number, end: number, inserted: string): LineMap {
    const text = this.text.slice(0, start) + inserted + this.text.slice(end);
    const by = inserted.length - (end - start);
    // A `\r` before the change, and a `\n` behind it, may become or cease to be a line break of their own.
    const first = this.lineAt(Math.max(0, start - 1));
    const next = this.lineAt(Math.min(this.text.length, end + 1)) + 1;
    const from = this.startOf(first);
    const to = next < this.lineCount ? this.startOf(next) + by : text.length;
    const between = startsBetween(text, from, to);
    if (next < this.lineCount && between.at(-1) === to) between.pop();
    const kept = first + 1 + between.length;
    const starts = new Int32Array(kept + this.lineCount - next);
    starts.set(this.#starts.subarray(0, first + 1));
    starts.set(between, first + 1);
    for (let line = next; line < this.lineCount; line++) starts[kept + line - next] = (this.#starts[line] ?? 0) + by;
    if (this.#shapes === null) return new LineMap(text, { starts, shapes: null });
    const shapes = new Int32Array(starts.length);
    shapes.set(this.#shapes.subarray(0, first));
    for (let line = first; line < kept; line++) shapes[line] = shapeOf(text, starts[line] ?? 0);
    shapes.set(this.#shapes.subarray(next), kept);
    return new LineMap(text, { starts, shapes });
  }

  /** The shape of each line, in order. */
  get shapes(): Int32Array {
    this.#shapes ??= this.#starts.map((start) => shapeOf(this.text, start));
    return this.#shapes;
  }

  /** How many spaces a line begins with; 0 for blank lines and such as only the whole of a file explains. */
  indentAt(line: number): number {
    return indentOf(this.shapes[line] ?? 0);
  }

  /** Whether a line begins with the `-` of a list's item. */
  isItemAt(line: number): boolean {
    return kindOf(this.shapes[line] ?? 0) === lineKinds.dash;
  }

  /** The lines of the document that a line belongs to: from the first behind its marker up to but not including `end`. */
  documentAround(line: number): { readonly first: number; readonly end: number } {
    const { shapes } = this;
    let first = line;
    while (first > 0 && !this.#isMarker(shapes, first)) first--;
    if (this.#isMarker(shapes, first)) first++;
    let end = line + 1;
    while (end < shapes.length && !this.#isMarker(shapes, end)) end++;
    return { first, end };
  }

  #isMarker(shapes: Int32Array, line: number): boolean {
    const kind = kindOf(shapes[line] ?? 0);
    if (kind < lineKinds.document || kind === lineKinds.directive) return false;
    return kind !== lineKinds.odd || /^(?:---|\.\.\.)(?:\s|$)/.test(this.textOf(line));
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** The offset of a line's first unit; beyond the last line, the end of the text. */
  startOf(line: number): number {
    return line < 0 ? 0 : (this.#starts[line] ?? this.text.length);
  }

  /** A line without its line break. */
  textOf(line: number): string {
    return this.text.slice(this.startOf(line), this.endOf(line));
  }

  /** The offset behind a line's last unit, before its line break. */
  endOf(line: number): number {
    const start = this.startOf(line);
    let end = this.startOf(line + 1);
    while (end > start && isBreak(this.text.charCodeAt(end - 1))) end--;
    return end;
  }

  /** The line that holds `offset`; offsets outside the text go to its first or last line. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.startOf(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  positionAt(offset: number, unit: ColumnUnit = 'utf-16'): LinePosition {
    const inside = Math.max(0, Math.min(offset, this.text.length));
    const line = this.lineAt(inside);
    const start = this.startOf(line);
    return { line, column: unit === 'utf-16' ? inside - start : bytesBetween(this.text, start, inside) };
  }

  /** The offset of a position; columns beyond the line's end stand for its end. */
  offsetAt(position: LinePosition, unit: ColumnUnit = 'utf-16'): number {
    if (position.line >= this.lineCount) return this.text.length;
    const start = this.startOf(position.line);
    const end = this.endOf(position.line);
    if (unit === 'utf-16') return Math.max(start, Math.min(start + position.column, end));
    let bytes = 0;
    let offset = start;
    while (offset < end && bytes < position.column) {
      const point = this.text.codePointAt(offset) ?? 0;
      bytes += bytesOf(point);
      offset += point > 0xffff ? 2 : 1;
    }
    return offset;
  }
}

const isBreak = (unit: number): boolean => unit === lineFeed || unit === carriageReturn;

const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

function bytesBetween(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let offset = start; offset < end; ) {
    const point = text.codePointAt(offset) ?? 0;
    bytes += bytesOf(point);
    offset += point > 0xffff ? 2 : 1;
  }
  return bytes;
}
