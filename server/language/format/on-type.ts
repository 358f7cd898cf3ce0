/**
 * What is put right while someone types: the indentation of the line that has just begun, by what stands above it. It
 * looks at lines only, for what is being typed does not parse yet.
 */
import type { LineMap } from '../../engine/documents/index.ts';
import type { TextEdit } from './index.ts';
import { indentWidth } from './pieces.ts';

export const typedCharacters = ['\n', '-', ':'] as const;

/** The edits behind a character just typed; `offset` is where the cursor stands now. */
export function formatOnType(lines: LineMap, offset: number, typed: string): readonly TextEdit[] {
  const line = lines.lineAt(offset);
  const text = lines.textOf(line);
  const indent = text.length - text.trimStart().length;
  const column = wantedColumn(lines, line, typed, offset - lines.startOf(line));
  if (column === null || column === indent) return [];
  const kept = Math.min(column, /^ */.exec(text)?.[0].length ?? 0);
  const start = lines.startOf(line);
  return [{ span: { start: start + kept, end: start + indent }, text: ' '.repeat(column - kept) }];
}

function wantedColumn(lines: LineMap, line: number, typed: string, column: number): number | null {
  const text = lines.textOf(line);
  const indent = text.length - text.trimStart().length;
  if (typed === '\n') {
    if (indent < text.length || line === 0) return null;
    const ofText = columnOfText(lines, line - 1);
    if (ofText !== null) return ofText;
    if (openColumns(lines, line, Number.POSITIVE_INFINITY) === null) return null;
    return columnBelow(lines.textOf(line - 1));
  }
  if (column !== text.length || indent === 0) return null;
  // At the margin a dash may become a document's marker.
  if (typed === '-' && text.trim() === '-') return nearest(openColumns(lines, line, indent)?.dashes ?? [], indent);
  if (typed !== ':' || !/^ +[\w.$"'-]+:$/.test(text)) return null;
  const keys = openColumns(lines, line, indent)?.keys ?? [];
  // What stands deeper than all keys may go on with a text over several lines.
  return indent < Math.max(...keys, 0) ? nearest(keys, indent) : null;
}

/** A line's dashes, and its key with whatever follows it. */
const linePattern =
  /^( *)((?:-(?: +|$))*)(?:([^\s#{}[\],&*!|>%@`"'-][^#:]*|"[^"]*"|'[^']*'|-[^\s#:][^#:]*):(?:\s+(.*))?|(.*))$/;
const opening = /^(?:[&!]\S*(?:\s+|$))*(?:#.*)?$/;

interface LineShape {
  readonly dashes: readonly number[];
  /** Where the key begins; null for a line without one. */
  readonly key: number | null;
  /** Where what belongs to the line stands below it; null when nothing does. */
  readonly inner: number | null;
  readonly value: string;
}

function shapeOf(text: string): LineShape | null {
  const match = linePattern.exec(text.trimEnd());
  if (match === null) return null;
  const [, space = '', marks = '', key, ofKey = '', alone = ''] = match;
  const value = key === undefined ? alone : ofKey;
  const dashes = [...marks.matchAll(/-/g)].map(({ index }) => space.length + index);
  const content = space.length + marks.length;
  const isOpen = opening.test(value) && (key !== undefined || dashes.length > 0);
  const last = key === undefined ? (dashes.at(-1) ?? 0) : content;
  return {
    dashes,
    key: key === undefined ? null : content,
    inner: isOpen ? last + indentWidth : null,
    value,
  };
}

/** The column that a new line has below a line of its own accord; null when the editor's choice is as good. */
function columnBelow(text: string): number | null {
  const shape = shapeOf(text);
  if (shape === null || text.trim() === '') return null;
  if (shape.inner !== null) return shape.inner;
  const isOpenQuote = /^(["'])(?:(?!\1).)*$/.test(shape.value);
  return shape.key === null || isOpenQuote || /^[|>]/.test(shape.value) ? null : shape.key;
}

/** The column of the text that `|` or `>` at the end of a line begins; null for other lines, and for lines of texts. */
function columnOfText(lines: LineMap, line: number): number | null {
  const shape = shapeOf(lines.textOf(line));
  const header = /^(?:[&!]\S*\s+)*[|>][-+]?([1-9]?)[-+]?(?:\s+#.*)?$/.exec(shape?.value ?? '');
  const column = shape?.key ?? shape?.dashes.at(-1);
  if (header === null || column === undefined) return null;
  const isOwn = openColumns(lines, line, indentOf(lines, line, Number.POSITIVE_INFINITY) + 1) !== null;
  return isOwn ? column + (header[1] ? Number(header[1]) : indentWidth) : null;
}

interface OpenColumns {
  readonly keys: number[];
  readonly dashes: number[];
}

/**
 * The columns of the mappings and sequences that are open above a line, where it could go on; null inside texts and
 * flow style. `indent` is the line's own.
 */
function openColumns(lines: LineMap, line: number, indent: number): OpenColumns | null {
  let open: OpenColumns = { keys: [], dashes: [] };
  let limit = Number.POSITIVE_INFINITY;
  let isNearest = true;
  for (let above = line - 1; above >= 0 && limit > 0; above--) {
    if (indentOf(lines, above, limit) >= limit) continue;
    const text = lines.textOf(above);
    if (/^\s*(#|$)/.test(text)) continue;
    if (/^(---|\.\.\.)(\s|$)/.test(text)) break;
    const shape = shapeOf(text);
    if (/[{[]/.test(text) && depthAfter(lines.text.slice(lines.startOf(above), lines.startOf(line))) > 0) return null;
    if (shape !== null && /^[|>]/.test(shape.value)) {
      if ((shape.key ?? shape.dashes.at(-1) ?? 0) < Math.min(limit, indent)) return null;
      // What stood below was a text.
      open = { keys: [], dashes: [] };
    }
    limit = text.length - text.trimStart().length;
    open.dashes.push(...(shape?.dashes ?? []));
    if (shape !== null && shape.key !== null) open.keys.push(shape.key);
    if (isNearest && shape !== null && shape.inner !== null) {
      open.keys.push(shape.inner);
      if (shape.key !== null) open.dashes.push(shape.inner);
    }
    isNearest = false;
  }
  return open;
}

/** A line's indentation, counted no further than `limit`. */
function indentOf(lines: LineMap, line: number, limit: number): number {
  const start = lines.startOf(line);
  let indent = 0;
  while (indent < limit && lines.text[start + indent] === ' ') indent++;
  return indent;
}

/** How many brackets a text leaves open. */
function depthAfter(text: string): number {
  let depth = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|(?<!\w)'[^']*'|(?:^|\s)#.*|[{}[\]]/gm))
    if (mark === '{' || mark === '[') depth++;
    else if (mark === '}' || mark === ']') depth = Math.max(0, depth - 1);
  return depth;
}

/** Of two that are equally near, the deeper one. */
function nearest(columns: readonly number[], column: number): number | null {
  const far = (each: number) => Math.abs(each - column);
  return columns.toSorted((a, b) => far(a) - far(b) || b - a)[0] ?? null;
}
