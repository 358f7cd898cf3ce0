/**
 * Where the cursor stands in a document, read from lines and indentation rather than from a parse: what is being typed
 * is broken more often than not. It knows nothing of schemas.
 */
import type { LineMap, Path, Span } from '../../engine/documents/index.ts';

export type Quote = '"' | "'" | '';

export interface Cursor {
  /** `key`: a key of the mapping at `path` is typed. `value`: the value at `path` is typed. */
  readonly at: 'key' | 'value';
  readonly path: Path;
  /** Keys that the mapping has already, for `key`. */
  readonly present: ReadonlySet<string>;
  /** What is typed so far, and would be replaced. */
  readonly span: Span;
  readonly typed: string;
  /** The quotes that the cursor is in; `span` of a value is then what stands inside them, that of a key holds them too. */
  readonly quote: Quote;
  readonly flow: boolean;
  /** Whether the brackets around it are written as JSON: their keys stand in double quotes, and so must all text. */
  readonly isJson: boolean;
  /** For `key`: whether a `:` follows already. */
  readonly hasColon: boolean;
  /** How far the content on the line stands behind the line's own indentation, in columns: 2 behind `- `. */
  readonly hang: number;
  /** For `value`: whether a space must be written first. */
  readonly needsSpace: boolean;
  /** Whether another key or item follows inside brackets, with no comma before it. */
  readonly needsComma: boolean;
  /** The column of the content. */
  readonly column: number;
}

/** A dash or a key of a line, with its column. */
type Mark = { readonly column: number } & (
  | { readonly type: 'dash'; readonly valueColumn: number }
  | { readonly type: 'key'; readonly key: string; readonly valueColumn: number }
);

interface Line {
  readonly marks: readonly Mark[];
  /** Where the content behind all dashes begins. */
  readonly contentColumn: number;
  readonly blank: boolean;
}

interface Ancestor {
  readonly line: number;
  readonly step: string | number;
  readonly valueColumn: number;
}

const keyPattern = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#{}[\],&*!|>%@`"'][^#{}[\],]*?)\s*:(?=\s|$)/;

/** No key is longer in YAML, together with its quotes and the space before its colon. */
const maxKeyLength = 1024;

function readLine(text: string): Line {
  const marks: Mark[] = [];
  let column = text.length - text.trimStart().length;
  while (text[column] === '-' && (column + 1 >= text.length || /\s/.test(text[column + 1] ?? ''))) {
    const rest = text.slice(column + 1);
    const next = column + 1 + (rest.length - rest.trimStart().length);
    marks.push({ type: 'dash', column, valueColumn: next });
    column = next;
  }
  const content = text.slice(column, column + maxKeyLength);
  const match = keyPattern.exec(content);
  if (match?.[1] !== undefined)
    marks.push({ type: 'key', column, key: unquote(match[1]), valueColumn: column + match[0].length });
  return { marks, contentColumn: column, blank: content === '' || content.startsWith('#') };
}

const unquote = (key: string): string => (/^["']/.test(key) ? key.slice(1, -1) : key.trim());

/** Where an offset stands; null in comments, block texts and behind finished values. */
export function cursorAt(lines: LineMap, at: number): Cursor | null {
  const lineIndex = lines.lineAt(at);
  // Between the two units of a line break is still the end of the line.
  const offset = Math.min(at, lines.endOf(lineIndex));
  const text = lines.textOf(lineIndex);
  const start = lines.startOf(lineIndex);
  const column = offset - start;
  const { first, end } = lines.documentAround(lineIndex);
  if (lineIndex < first) return null;
  const opening = flowStart(lines, first, end - 1);
  if (opening !== null) return topFlowCursor(lines, opening, offset);
  const line = readLine(text);
  const ancestors = ancestorsOf(lines, first, lineIndex, column, line);
  if (
    ancestors.some(
      (a) => a.line < lineIndex && /^[ \t]*[|>][-+0-9]*\s*(#|$)/.test(lines.textOf(a.line).slice(a.valueColumn)),
    )
  )
    return null;
  const flow = flowCursor(lines, ancestors, offset);
  if (flow !== undefined) return flow;
  // What a tab indents has no place that could be told.
  if (/^ *\t/.test(text) || inComment(text, column)) return null;

  const path = ancestors.map((ancestor) => ancestor.step);
  const key = line.marks.find((mark) => mark.type === 'key');
  const indent = text.length - text.trimStart().length;
  if (key !== undefined && column >= key.valueColumn) {
    const rest = text.slice(key.valueColumn);
    const before = /^\s*(?:[&!][^\s]*\s+)*/.exec(rest)?.[0].length ?? 0;
    const from = Math.min(key.valueColumn + before, column);
    const token = tokenAt(text, from, column, withoutComment(text, from));
    if (token === null) return null;
    return {
      at: 'value',
      path,
      present: new Set(),
      span: { start: start + token.from, end: start + token.to },
      typed: text.slice(token.from, column),
      quote: token.quote,
      flow: false,
      isJson: false,
      hasColon: false,
      hang: line.contentColumn - indent,
      needsSpace: column === key.valueColumn,
      needsComma: false,
      column: line.contentColumn,
    };
  }
  const from = Math.min(line.contentColumn, column);
  if (line.blank && column < line.contentColumn && text.trim() !== '') return null;
  const lastDash = line.marks.findLast((mark) => mark.type === 'dash');
  if (lastDash !== undefined && column <= lastDash.column) return null;
  const afterDash = lastDash !== undefined && column === lastDash.column + 1;
  const wordEnd =
    key === undefined
      ? Math.max(column, withoutComment(text, from))
      : Math.max(column, key.column + keyLength(text, key.column));
  return {
    at: 'key',
    path,
    present: siblingsOf(lines, first, end, lineIndex, from, line),
    span: { start: start + from, end: start + wordEnd },
    typed: text.slice(from, column),
    quote: quoteAt(text, from),
    flow: false,
    isJson: false,
    hasColon: key !== undefined,
    hang: from - Math.min(indent, from) + (afterDash ? 1 : 0),
    needsSpace: afterDash,
    needsComma: false,
    column: from,
  };
}

/** The same place when what is typed there may be a plain value, such as an item of a list. */
export function asValue(cursor: Cursor, lines: LineMap): Cursor {
  const { quote, span } = cursor;
  if (cursor.at === 'value' || quote === '') return { ...cursor, at: 'value' };
  const isClosed = span.end - span.start > 1 && lines.text[span.end - 1] === quote;
  return { ...cursor, at: 'value', span: { start: span.start + 1, end: isClosed ? span.end - 1 : span.end } };
}

interface Token {
  readonly from: number;
  readonly to: number;
  readonly quote: Quote;
}

/** What is being typed between `from` and, at most, `end`; null when the cursor is behind it. */
function tokenAt(text: string, from: number, column: number, end: number): Token | null {
  const quote = from < column ? quoteAt(text, from) : '';
  if (quote === '') return { from, to: Math.max(column, end), quote };
  const close = closeOf(text, from, quote);
  if (close < 0) return { from: from + 1, to: Math.max(column, end), quote };
  return column > close ? null : { from: from + 1, to: close, quote };
}

const quoteAt = (text: string, column: number): Quote => {
  const unit = text[column];
  return unit === '"' || unit === "'" ? unit : '';
};

/** Where the quote that opens at `open` closes on its line; -1 when it does not. */
function closeOf(text: string, open: number, quote: Quote): number {
  for (let index = open + 1; index < text.length; index++) {
    const unit = text[index];
    if (unit === '\n' || unit === '\r') return -1;
    if (unit === '\\' && quote === '"') index++;
    else if (unit === quote && quote === "'" && text[index + 1] === "'") index++;
    else if (unit === quote) return index;
  }
  return -1;
}

/** Where the content that begins at `from` ends, before a comment and the space around it. */
function withoutComment(text: string, from: number): number {
  let end = text.length;
  for (let at = text.indexOf('#', from); at >= 0; at = text.indexOf('#', at + 1))
    if (at === from || /\s/.test(text[at - 1] ?? '')) {
      end = at;
      break;
    }
  return from + text.slice(from, end).trimEnd().length;
}

const keyLength = (text: string, column: number): number =>
  keyPattern.exec(text.slice(column, column + maxKeyLength))?.[1]?.length ?? 0;

function inComment(text: string, column: number): boolean {
  let quote = '';
  for (let index = 0; index < column; index++) {
    const unit = text[index] ?? '';
    if (quote !== '') {
      if (unit === quote) quote = '';
    } else if (unit === '"' || (unit === "'" && !/\w/.test(text[index - 1] ?? ''))) quote = unit;
    else if (unit === '#' && (index === 0 || /\s/.test(text[index - 1] ?? ''))) return true;
  }
  return false;
}

/** The keys and items around the cursor, outermost first. */
function ancestorsOf(
  lines: LineMap,
  first: number,
  lineIndex: number,
  column: number,
  line: Line,
): readonly Ancestor[] {
  const found: Ancestor[] = [];
  const key = line.marks.find((mark) => mark.type === 'key');
  const onValue = key !== undefined && column >= key.valueColumn;
  const content = Math.min(line.contentColumn, column);
  // Keys must stand left of `keyLimit` to be around the cursor, dashes left of `dashLimit`.
  let keyLimit = onValue ? key.column + 1 : content;
  let dashLimit = content;
  let counting: { column: number; count: number } | null = null;
  for (let index = lineIndex; index >= first; index--) {
    if (index < lineIndex) {
      // Most lines stand too far right to be around the cursor, or only count an item: they need not be read.
      const indent = lines.indentAt(index);
      if (counting !== null && indent === counting.column && lines.isItemAt(index)) {
        counting.count++;
        continue;
      }
      if (indent >= keyLimit && indent >= dashLimit && (counting === null || indent > counting.column)) continue;
    }
    const current = index === lineIndex ? line : readLine(lines.textOf(index));
    for (const mark of current.marks.toReversed()) {
      if (index === lineIndex && mark.column >= column) continue;
      if (counting !== null && mark.type === 'dash' && mark.column === counting.column) counting.count++;
      if (mark.type === 'dash' && mark.column < dashLimit) {
        if (counting !== null) closeCount(found, counting);
        counting = { column: mark.column, count: 0 };
        found.push({ line: index, step: 0, valueColumn: mark.valueColumn });
        keyLimit = mark.column + 1;
        dashLimit = mark.column;
      } else if (mark.type === 'key' && mark.column < keyLimit) {
        if (counting !== null) closeCount(found, counting);
        counting = null;
        found.push({ line: index, step: mark.key, valueColumn: mark.valueColumn });
        keyLimit = mark.column;
        dashLimit = mark.column;
      }
    }
    if (keyLimit === 0) break;
  }
  if (counting !== null) closeCount(found, counting);
  return found.toReversed();
}

/** The index of an item is known once the lines above it have been counted. */
function closeCount(found: Ancestor[], counting: { readonly count: number }): void {
  const last = found.pop();
  if (last !== undefined) found.push({ ...last, step: counting.count });
}

function siblingsOf(
  lines: LineMap,
  first: number,
  end: number,
  lineIndex: number,
  column: number,
  line: Line,
): Set<string> {
  const keys = new Set<string>();
  // A new item begins here, so what stands above belongs to others.
  const beginsItem = line.marks.some((mark) => mark.type === 'dash');
  const take = (marks: readonly Mark[]): boolean => {
    for (const mark of marks) {
      if (mark.column < column) return false;
      if (mark.type === 'key' && mark.column === column) keys.add(mark.key);
    }
    return true;
  };
  if (!beginsItem)
    for (let index = lineIndex - 1; index >= first; index--)
      if (!take(readLine(lines.textOf(index)).marks.toReversed())) break;
  for (let index = lineIndex + 1; index < end; index++) {
    const below = readLine(lines.textOf(index));
    const isOutside = !below.blank && below.marks.length === 0 && below.contentColumn < column;
    if (isOutside || !take(below.marks)) break;
  }
  return keys;
}

interface Frame {
  readonly bracket: '{' | '[';
  readonly keys: Set<string>;
  index: number;
  key: string | null;
  /** Whether its last key stands in double quotes; null before the first. */
  isJson: boolean | null;
  /** Where the present token begins; -1 before it. */
  tokenStart: number;
  /** Whether a bracket has been closed since the last comma: only another comma can follow. */
  isFull: boolean;
}

const opensFlow = /^[ \t]*(?:[&!]\S*[ \t]+)*[{[]/;

/** Where the brackets open that all of a document stands in, as JSON does; null for other documents, and above its content. */
export function flowStart(lines: LineMap, first: number, end: number): number | null {
  for (let line = first; line <= end; line++) {
    const text = lines.textOf(line);
    if (/^\s*(#|%|$)/.test(text)) continue;
    return opensFlow.test(text) ? lines.startOf(line) : null;
  }
  return null;
}

function topFlowCursor(lines: LineMap, start: number, offset: number): Cursor | null {
  const frames = scanFlow(lines.text, start, offset);
  return frames === 'nothing' ? null : cursorInFlow(lines.text, offset, [], frames);
}

/** Where the cursor stands inside `{…}` or `[…]`; undefined when it is in neither. */
function flowCursor(lines: LineMap, ancestors: readonly Ancestor[], offset: number): Cursor | null | undefined {
  for (const [depth, ancestor] of ancestors.entries()) {
    const start = lines.startOf(ancestor.line) + ancestor.valueColumn;
    if (start > offset || !opensFlow.test(lines.text.slice(start, start + 200))) continue;
    const frames = scanFlow(lines.text, start, offset);
    if (frames === 'nothing') return null;
    if (frames.length === 0) continue;
    const path = ancestors.slice(0, depth + 1).map((each) => each.step);
    return cursorInFlow(lines.text, offset, path, frames);
  }
  return undefined;
}

/** Whether a colon ends a key inside brackets: it may stand close to what follows only behind quotes. */
const isColon = (text: string, index: number): boolean =>
  /[\s,[{"']|^$/.test(text[index + 1] ?? '') || /["']/.test(text[index - 1] ?? '');

/** Brackets within more brackets than this are not read. */
const maxNesting = 500;

/** The brackets that are open at `offset`; `nothing` inside comments, behind the outermost, and too deep for anything to be read. */
function scanFlow(text: string, start: number, offset: number): Frame[] | 'nothing' {
  const frames: Frame[] = [];
  let index = start;
  while (index < offset) {
    const unit = text[index] ?? '';
    const top = frames.at(-1);
    if (unit === '{' || unit === '[') {
      if (frames.length >= maxNesting) return 'nothing';
      frames.push({ bracket: unit, keys: new Set(), index: 0, key: null, isJson: null, tokenStart: -1, isFull: false });
    } else if (unit === '}' || unit === ']') {
      frames.pop();
      const around = frames.at(-1);
      if (around === undefined) return 'nothing';
      around.isFull = true;
    } else if (unit === ',') {
      if (top !== undefined) Object.assign(top, { key: null, index: top.index + 1, tokenStart: -1, isFull: false });
    } else if (unit === '#' && /\s/.test(text[index - 1] ?? '')) {
      const lineEnd = text.indexOf('\n', index);
      if (lineEnd < 0 || lineEnd >= offset) return 'nothing';
      index = lineEnd;
    } else if (unit === ':' && top !== undefined && top.key === null && isColon(text, index)) {
      const written = text.slice(top.tokenStart < 0 ? index : top.tokenStart, index).trim();
      top.key = unquote(written);
      top.keys.add(top.key);
      top.isJson = written.startsWith('"');
      top.tokenStart = -1;
    } else if (top !== undefined && top.tokenStart < 0 && !/\s/.test(unit)) {
      top.tokenStart = index;
      if (unit === '"' || unit === "'") {
        const close = closeOf(text, index, unit);
        if (close < 0 || close >= offset) return frames;
        index = close;
      }
    }
    index++;
  }
  return frames;
}

const typedTail = /^[^\s,:{}[\]]*/;
const valueTail = /^(?:[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[^\s,:{}[\]#"'&*!]+)(?=[ \t]*(?:[,}\]\r\n]|$))|[^\s,:{}[\]]*)/;

function cursorInFlow(text: string, offset: number, base: Path, frames: readonly Frame[]): Cursor | null {
  const top = frames.at(-1);
  if (top === undefined || top.isFull) return null;
  const outer = frames.slice(0, -1).map((frame) => (frame.bracket === '{' ? (frame.key ?? '') : frame.index));
  const from = top.tokenStart < 0 ? offset : top.tokenStart;
  if (/[\r\n]/.test(text.slice(from, offset))) return null;
  const isKey = top.bracket === '{' && top.key === null;
  // With nothing typed behind a colon, what stands further on is the value of the key.
  const tailPattern = isKey || top.bracket === '[' || from < offset ? typedTail : valueTail;
  const tail = tailPattern.exec(text.slice(offset, offset + 200))?.[0] ?? '';
  const token = tokenAt(text, from, offset, offset + tail.length);
  if (token === null) return null;
  const { quote } = token;
  // A key is written anew together with its quotes.
  const around = isKey && quote !== '' ? 1 : 0;
  const closed = around === 1 && text[token.to] === quote ? 1 : 0;
  const span = { start: token.from - around, end: token.to + closed };
  const after = text.slice(span.end, span.end + 2_000);
  const ahead = isKey ? keysAhead(after) : [];
  const isJson = isJsonIn(frames, ahead, isKey ? quote : '');
  const beginsLine = /\n[ \t]*$/.test(text.slice(Math.max(0, span.start - 200), span.start));
  const needsComma = (isKey || (top.bracket === '[' && quote === '')) && followsEntry(after, isJson || beginsLine);
  const typed = text.slice(span.start, offset);
  const shared = { span, typed, quote, flow: true, isJson, hang: 0, needsComma, column: 0 };
  const here = [...base, ...outer];
  if (isKey) {
    const present = new Set([...top.keys, ...ahead.map(unquote)]);
    return { ...shared, at: 'key', path: here, present, hasColon: /^\s*:/.test(after), needsSpace: false };
  }
  const step = top.bracket === '{' ? (top.key ?? '') : top.index;
  const needsSpace = top.bracket === '{' && text[from - 1] === ':' && quote === '';
  return { ...shared, at: 'value', path: [...here, step], present: new Set(), hasColon: false, needsSpace };
}

/** Whether a text begins with a key or an item: on this line, or where brackets go over several lines also below it. */
const followsEntry = (text: string, goesOver: boolean): boolean =>
  (goesOver ? /^\s*[^\s,:}\]#]/ : /^[ \t]*[^\s,:}\]#]/).test(text);

/** By the keys beside the cursor; where there are none, by the one that is typed there, else by those further out. */
function isJsonIn(frames: readonly Frame[], ahead: readonly string[], typed: Quote): boolean {
  const beside = frames.at(-1)?.isJson ?? ahead.find((key) => key !== '')?.startsWith('"');
  return beside ?? (typed === '"' || frames.findLast(({ isJson }) => isJson !== null)?.isJson === true);
}

/** Keys of the same flow mapping behind the cursor as they are written, on a best effort. */
function keysAhead(text: string): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < Math.min(text.length, 2_000); index++) {
    const unit = text[index] ?? '';
    if (unit === '{' || unit === '[') depth++;
    else if (unit === '}' || unit === ']') {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0 && unit === ',') start = index + 1;
    else if (unit === '"' || unit === "'") index = Math.max(index, closeOf(text, index, unit));
    else if (depth === 0 && unit === ':' && isColon(text, index)) keys.push(text.slice(start, index).trim());
  }
  return keys;
}
