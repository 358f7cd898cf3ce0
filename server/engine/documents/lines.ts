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

export class LineMap {
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit === lineFeed || (unit === carriageReturn && text.charCodeAt(index + 1) !== lineFeed))
        starts.push(index + 1);
    }
    this.#starts = starts;
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
