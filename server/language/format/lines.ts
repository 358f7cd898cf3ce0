/**
 * Pieces put into lines: indentation and the space between pieces. Lines stay the lines that they are; only blank ones
 * are left out.
 */
import type { LineMap } from '../../engine/documents/index.ts';
import type { Level, Piece } from './pieces.ts';

/** The new text of each line; null for a line that goes. */
export function layLines(lines: LineMap, pieces: readonly Piece[]): readonly (string | null)[] {
  const layout = new Layout(lines, pieces);
  for (const index of pieces.keys()) layout.place(index);
  return layout.finish();
}

class Layout {
  readonly #lines: LineMap;
  readonly #pieces: readonly Piece[];
  /** Undefined for lines that hold no piece. */
  readonly #out: (string | undefined)[];
  readonly #previous: readonly number[];
  readonly #next: readonly number[];
  #line = -1;

  constructor(lines: LineMap, pieces: readonly Piece[]) {
    this.#lines = lines;
    this.#pieces = pieces;
    this.#previous = nearestContent(pieces, -1);
    this.#next = nearestContent(pieces, 1);
    this.#out = new Array<string | undefined>(lines.lineCount).fill(undefined);
  }

  place(index: number): void {
    const piece = this.#pieces[index];
    if (piece === undefined) return;
    if (piece.role === 'block-body') {
      this.#placeBody(piece, this.#headerOf(index));
      return;
    }
    const line = this.#lines.lineAt(piece.start);
    const begins = line !== this.#line;
    const column = piece.role === 'comment' && begins ? this.#commentColumn(index) : piece.newColumn;
    const written = begins ? '' : (this.#out[line] ?? '');
    const previous = this.#pieces[index - 1];
    const gap = begins || previous === undefined ? column : this.#gap(previous, piece, written.length);
    const last = this.#lines.lineAt(piece.end - 1);
    const first = this.#lines.text.slice(piece.start, last === line ? piece.end : this.#lines.endOf(line));
    this.#out[line] = written + ' '.repeat(gap) + withoutEnd(first);
    const shift = begins ? column - this.#columnOf(piece.start) : shiftOf(piece.level);
    for (let next = line + 1; next <= last; next++) this.#out[next] = this.#continued(piece, next, last, shift);
    this.#line = last;
  }

  /** A further line of a piece over several lines. Its indentation means nothing, but it must be deep enough. */
  #continued(piece: Piece, line: number, last: number, shift: number): string {
    const end = line === last ? piece.end : this.#lines.endOf(line);
    const text = withoutEnd(this.#lines.text.slice(this.#lines.startOf(line), end));
    const content = text.replace(/^[ \t]+/, '');
    if (content === '') return '';
    // Only the bracket that closes the whole may stand in the column of the key or dash.
    const closes = line === last && /^[\]}]$/.test(content) && /[[{]/.test(this.#lines.text.charAt(piece.start));
    const least = piece.level === null ? 0 : piece.level.newColumn + (closes ? 0 : 1);
    return ' '.repeat(Math.max(least, text.length - content.length + shift)) + content;
  }

  /** The text of a block scalar: moved as a whole, spaces at line ends kept, for they are content. */
  #placeBody(piece: Piece, header: string): void {
    const first = this.#lines.lineAt(piece.start);
    const last = this.#lines.lineAt(Math.max(piece.start, piece.end - 1));
    const texts = Array.from({ length: last - first + 1 }, (_, index) => this.#lines.textOf(first + index));
    const { level } = piece;
    const given = /[1-9]/.exec(header)?.[0];
    const sample = texts.find((text) => !isBlank(text)) ?? '';
    const old = given !== undefined && level !== null ? level.oldColumn + Number(given) : indentOf(sample);
    const shift = given !== undefined || level === null || sample === '' ? shiftOf(level) : piece.newColumn - old;
    const isContent = (text: string) => !isBlank(text) || text.length > old;
    const end = header.includes('+') ? texts.length : texts.findLastIndex(isContent) + 1;
    for (const [index, text] of texts.slice(0, end).entries())
      this.#out[first + index] = !isContent(text)
        ? ''
        : shift < 0
          ? text.slice(Math.min(-shift, indentOf(text)))
          : ' '.repeat(shift) + text;
    this.#line = last;
  }

  /** `|` or `>` with its signs, before a block scalar's text. */
  #headerOf(body: number): string {
    const piece = this.#pieces[this.#previous[body] ?? -1];
    return piece?.role === 'block-header' ? this.#textOf(piece) : '';
  }

  #gap(previous: Piece, piece: Piece, written: number): number {
    if (piece.role === 'comment') {
      const gap = this.#lines.text.slice(previous.end, piece.start);
      return gap.includes('\t') ? 1 : gap.length;
    }
    const before = previous.role === 'open' || previous.role === 'close' ? this.#textOf(previous) : previous.role;
    const after = piece.role === 'open' || piece.role === 'close' ? this.#textOf(piece) : piece.role;
    if (after === 'colon' || after === 'comma' || after === ']' || before === '[') return 0;
    if (before === '{' && after === '}') return 0;
    if (before === 'dash') return Math.max(1, piece.newColumn - written);
    if (before === 'marker' && previous.end === piece.start) return 0;
    return 1;
  }

  /**
   * A comment on a line of its own belongs to what follows it, unless it stands deeper: then it ends the block before
   * it, the deepest that it is inside of.
   */
  #commentColumn(index: number): number {
    const column = this.#columnOf(this.#pieces[index]?.start ?? 0);
    const next = this.#pieces[this.#next[index] ?? -1];
    const isBefore = next !== undefined && next.role !== 'marker' && column <= this.#columnOf(next.start);
    if (isBefore) return next.newColumn;
    const previous = this.#pieces[this.#previous[index] ?? -1];
    let found: Level | null = null;
    for (let level = previous?.level ?? null; level !== null; level = level === next?.level ? null : level.parent)
      if (level.oldColumn <= column && (found === null || level.oldColumn === found.oldColumn)) found = level;
    return found?.newColumn ?? (next === undefined || next.role === 'marker' ? 0 : next.newColumn);
  }

  /** Lines without pieces are blank: one in a row stays, none at the beginning and the end. */
  finish(): readonly (string | null)[] {
    let lastFull = this.#out.length - 1;
    while (lastFull >= 0 && this.#out[lastFull] === undefined) lastFull--;
    let wasBlank = true;
    return this.#out.map((text, line) => {
      // Behind the last line break there is no line.
      if (line === this.#out.length - 1 && text === undefined) return '';
      const goes = text === undefined && (wasBlank || line > lastFull);
      wasBlank = text === undefined || goes;
      return goes ? null : (text ?? '');
    });
  }

  #textOf(piece: Piece): string {
    return this.#lines.text.slice(piece.start, piece.end);
  }

  #columnOf(offset: number): number {
    return offset - this.#lines.startOf(this.#lines.lineAt(offset));
  }
}

const isBlank = (text: string): boolean => /^[ \t]*$/.test(text);

function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r'.includes(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

const indentOf = (text: string): number => text.length - text.replace(/^ +/, '').length;

/** For each piece, the place of the nearest one in a direction that is no comment; -1 where there is none. */
function nearestContent(pieces: readonly Piece[], step: 1 | -1): readonly number[] {
  const found = new Array<number>(pieces.length).fill(-1);
  let nearest = -1;
  for (let index = step === 1 ? pieces.length - 1 : 0; index >= 0 && index < pieces.length; index -= step) {
    found[index] = nearest;
    if (pieces[index]?.role !== 'comment') nearest = index;
  }
  return found;
}

const shiftOf = (level: Level | null): number => (level === null ? 0 : level.newColumn - level.oldColumn);
