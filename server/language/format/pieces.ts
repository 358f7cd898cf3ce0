/**
 * A text as the formatter sees it: what is written, piece by piece, each with the column that it gets when it begins a
 * line. White space is left out; nothing is changed here.
 */
import { type CST, Parser } from 'yaml';
import type { LineMap } from '../../engine/documents/index.ts';

export const indentWidth = 2;

/** A block mapping or sequence. */
export interface Level {
  readonly parent: Level | null;
  /** Where its keys or dashes stand. */
  readonly oldColumn: number;
  readonly newColumn: number;
}

export type Role =
  | 'marker'
  | 'dash'
  | 'colon'
  | 'text'
  | 'comment'
  | 'open'
  | 'close'
  | 'comma'
  | 'block-header'
  | 'block-body';

export interface Piece {
  readonly role: Role;
  readonly start: number;
  readonly end: number;
  readonly level: Level | null;
  /** Where it stands when it begins a line; comments are placed by what is around them. */
  readonly newColumn: number;
}

/** First and last line, both included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** The most signs, such as `,` and `:`, and lines of a text that is formatted: each costs the parser up to a kB. */
const maxSigns = 800_000;

/** The pieces of a text in their order; null when it has constructs that the formatter leaves alone, or too many signs. */
export function piecesOf(lines: LineMap, range: LineRange): readonly Piece[] | null {
  if (hasTooManySigns(lines)) return null;
  const reader = new PieceReader(lines, range);
  for (const token of new Parser().parse(lines.text)) reader.top(token);
  return reader.strange ? null : reader.pieces;
}

function hasTooManySigns({ text, lineCount }: LineMap): boolean {
  let signs = lineCount;
  for (const sign of [',', ':', '[', ']', '{', '}', '"', "'", '&', '*', '!'])
    for (let at = text.indexOf(sign); at >= 0 && signs <= maxSigns; at = text.indexOf(sign, at + 1)) signs++;
  return signs > maxSigns;
}

class PieceReader {
  readonly pieces: Piece[] = [];
  /** Whether something was met that has no place here: explicit keys, missing keys, faults. */
  strange = false;
  readonly #lines: LineMap;
  readonly #range: LineRange;

  constructor(lines: LineMap, range: LineRange) {
    this.#lines = lines;
    this.#range = range;
  }

  top(token: CST.Token): void {
    switch (token.type) {
      case 'document':
        this.#spaces(token.start, null, 0);
        if (token.value) this.#value(token.value, null, 0);
        this.#spaces(token.end, null, 0);
        break;
      case 'directive':
        this.#add('marker', token, null, 0);
        break;
      case 'doc-end':
        this.#add('marker', token, null, 0);
        this.#spaces(token.end, null, 0);
        break;
      case 'comment':
      case 'space':
      case 'newline':
        this.#spaces([token as CST.SourceToken], null, 0);
        break;
      default:
        this.strange = true;
    }
  }

  #add(role: Role, token: { offset: number; source: string }, level: Level | null, newColumn: number): void {
    if (token.source === '') return;
    const [start, end] = [token.offset, token.offset + token.source.length];
    this.pieces.push({ role, start, end, level, newColumn });
  }

  /** Tokens around a value: white space, comments, anchors, tags, dashes and colons. */
  #spaces(tokens: readonly CST.SourceToken[] | undefined, level: Level | null, column: number): void {
    for (const token of tokens ?? [])
      switch (token.type) {
        case 'space':
        case 'newline':
          break;
        case 'comment':
          this.#add('comment', token, level, column);
          break;
        case 'seq-item-ind':
          this.#add('dash', token, level, level?.newColumn ?? 0);
          break;
        case 'map-value-ind':
          this.#add('colon', token, level, column);
          break;
        case 'doc-start':
          this.#add('marker', token, null, 0);
          break;
        case 'anchor':
        case 'tag':
          this.#add('text', token, level, column);
          break;
        default:
          this.strange = true;
      }
  }

  /** `column`: where the value stands when it begins a line. */
  #value(token: CST.Token, level: Level | null, column: number): void {
    switch (token.type) {
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
      case 'alias': {
        const isInside = this.#isInRange(token.offset, token.offset + token.source.length);
        const own = isInside ? column : this.#columnOf(token.offset);
        this.#add('text', token, level, own);
        this.#spaces(token.end, level, column);
        break;
      }
      case 'block-scalar':
        this.#blockScalar(token, level, column);
        break;
      case 'flow-collection':
        this.#flow(token, level, column);
        break;
      case 'block-map':
        this.#mapping(token, level);
        break;
      case 'block-seq':
        this.#sequence(token, level);
        break;
      default:
        this.strange = true;
    }
  }

  #blockScalar(token: CST.BlockScalar, level: Level | null, column: number): void {
    let end = token.offset;
    for (const prop of token.props) {
      if (prop.type === 'block-scalar-header') this.#add('block-header', prop as CST.SourceToken, level, column);
      else this.#spaces([prop as CST.SourceToken], level, column);
      end = prop.type === 'newline' ? prop.offset + prop.source.length : end;
    }
    const isInside = this.#isInRange(end, end + token.source.trimEnd().length);
    const own = isInside ? column : (/^(?:[ \t]*\r?\n)*( *)/.exec(token.source)?.[1]?.length ?? 0);
    this.#add('block-body', { offset: end, source: token.source }, level, own);
  }

  #mapping(token: CST.BlockMap, parent: Level | null): void {
    const level = this.#enter(token, parent);
    for (const { start, key, sep, value } of token.items) {
      this.#spaces(start, level, level.newColumn);
      if (sep !== undefined && (key === undefined || key === null)) this.strange = true;
      if (key) this.#value(key, level, level.newColumn);
      this.#spaces(sep, level, level.newColumn + indentWidth);
      if (value) this.#value(value, level, level.newColumn + indentWidth);
    }
  }

  #sequence(token: CST.BlockSequence, parent: Level | null): void {
    const level = this.#enter(token, parent);
    for (const { start, value } of token.items) {
      this.#spaces(start, level, level.newColumn + indentWidth);
      if (value) this.#value(value, level, level.newColumn + indentWidth);
    }
  }

  /** A block that lies only partly in the range must stay where it is, and so must all around it. */
  #enter(token: CST.BlockMap | CST.BlockSequence, parent: Level | null): Level {
    const start = startOf(token);
    const oldColumn = this.#columnOf(start);
    const inner = parent === null ? 0 : parent.newColumn + indentWidth;
    return { parent, oldColumn, newColumn: this.#isInRange(start, endOf(token)) ? inner : oldColumn };
  }

  /** On one line, piece by piece; over several lines, as one piece that keeps its look. */
  #flow(token: CST.FlowCollection, level: Level | null, column: number): void {
    const [close, ...after] = token.end;
    if (close === undefined) {
      this.strange = true;
      return;
    }
    const end = close.offset + close.source.length;
    const spansLines = this.#lines.lineAt(token.offset) !== this.#lines.lineAt(end);
    if (spansLines || !hasPlainPairs(token)) {
      const source = this.#lines.text.slice(token.offset, end);
      const own = this.#isInRange(token.offset, end) ? column : this.#columnOf(token.offset);
      this.#add('text', { offset: token.offset, source }, level, own);
    } else {
      this.#add('open', token.start, level, column);
      for (const { start, key, sep, value } of token.items) {
        this.#flowMarks(start, level, column);
        if (key) this.#value(key, level, column);
        this.#flowMarks(sep, level, column);
        if (value) this.#value(value, level, column);
      }
      this.#add('close', close, level, column);
    }
    this.#spaces(after, level, column);
  }

  #flowMarks(tokens: readonly CST.SourceToken[] | undefined, level: Level | null, column: number): void {
    for (const token of tokens ?? [])
      if (token.type === 'comma') this.#add('comma', token, level, column);
      else this.#spaces([token], level, column);
  }

  #isInRange(start: number, end: number): boolean {
    const { first, last } = this.#range;
    return first <= this.#lines.lineAt(start) && this.#lines.lineAt(Math.max(start, end - 1)) <= last;
  }

  #columnOf(offset: number): number {
    return offset - this.#lines.startOf(this.#lines.lineAt(offset));
  }
}

const isSpace = ({ type }: CST.SourceToken): boolean => type === 'space' || type === 'newline' || type === 'comment';

/** Every pair has a key, and none is marked with `?`. */
const hasPlainPairs = (token: CST.FlowCollection): boolean =>
  token.items.every(
    ({ start, key, sep, value }) =>
      start.every((mark) => mark.type !== 'explicit-key-ind') &&
      (sep === undefined || (key !== undefined && key !== null)) &&
      [key, value].every((each) => each?.type !== 'flow-collection' || hasPlainPairs(each)),
  );

function startOf(token: CST.BlockMap | CST.BlockSequence): number {
  const [item] = token.items;
  return item?.start.find((each) => !isSpace(each))?.offset ?? item?.key?.offset ?? token.offset;
}

/** Behind the last thing of a value that is no space and no comment. */
function endOf(token: CST.Token): number {
  switch (token.type) {
    case 'block-map':
    case 'block-seq':
      for (const { start, key, sep, value } of token.items.toReversed()) {
        if (value) return endOf(value);
        const mark = (sep ?? []).findLast((each) => !isSpace(each)) ?? start.findLast((each) => !isSpace(each));
        if (mark !== undefined && (sep !== undefined || !key)) return mark.offset + mark.source.length;
        if (key) return endOf(key);
      }
      return token.offset;
    case 'flow-collection': {
      const [close] = token.end;
      return close === undefined ? token.offset + 1 : close.offset + close.source.length;
    }
    case 'block-scalar': {
      const last = token.props.at(-1) as CST.SourceToken | undefined;
      return (last === undefined ? token.offset : last.offset + last.source.length) + token.source.trimEnd().length;
    }
    default:
      return token.offset + ('source' in token ? token.source.length : 0);
  }
}
