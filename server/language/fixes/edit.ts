/**
 * Edits of YAML by its tree: keys and items put in and taken out in the style of what is there, flow or block. Each
 * function gives null where the text is written in a way that it cannot keep.
 */
import type { MappingNode, SequenceNode, Span, SyntaxNode } from '../../engine/documents/index.ts';
import { isPlain } from '../complete/item.ts';
import { documentAt, type SourceFile } from '../file.ts';
import { nodeAt, type TextEdit } from './fix.ts';
import { blockText, flowEntries, flowText } from './yaml-text.ts';

/** The line break that a file uses. */
export const lineBreakOf = ({ text }: SourceFile): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** How many columns an offset stands from the beginning of its line. */
export const columnOf = ({ lines }: SourceFile, offset: number): number => offset - lines.startOf(lines.lineAt(offset));

/** Where the last character of a node stands, without the blank lines and comments that follow it. */
export function contentEnd(file: SourceFile, node: SyntaxNode): number {
  if ((node.type === 'mapping' || node.type === 'sequence') && !node.flow) {
    const last = node.type === 'mapping' ? node.entries.at(-1)?.value : node.items.at(-1);
    const lastKey = node.type === 'mapping' ? node.entries.at(-1)?.keySpan.end : undefined;
    if (last !== undefined && lastKey !== undefined) return valueEnd(file, lastKey, last);
    if (last !== undefined) return contentEnd(file, last);
  }
  let end = node.span.end;
  while (end > node.span.start && /\s/.test(file.text.charAt(end - 1))) end--;
  return end;
}

/** Where the value of a key ends, or its colon when nothing stands behind that. */
export function valueEnd(file: SourceFile, keyEnd: number, value: SyntaxNode): number {
  const colon = keyEnd + (/^\s*:/.exec(file.text.slice(keyEnd, keyEnd + 1_000))?.[0].length ?? 0);
  return value.span.start === value.span.end ? colon : Math.max(contentEnd(file, value), colon);
}

/** The innermost mapping with keys around an offset. */
function mappingWithKeys(file: SourceFile, offset: number): MappingNode | null {
  const document = documentAt(file, offset);
  const place = document?.placeAt(offset) ?? null;
  if (document === null || place === null) return null;
  for (let length = place.path.length - (place.onKey ? 1 : 0); length >= 0; length--) {
    const node = nodeAt(document, place.path.slice(0, length));
    if (node?.type === 'mapping' && node.entries.length > 0) return node;
  }
  return null;
}

/** Whether the brackets around an offset are written as JSON, with their keys in double quotes. */
export function isJsonAt(file: SourceFile, offset: number): boolean {
  const mapping = mappingWithKeys(file, offset);
  return mapping?.flow === true && file.text[mapping.entries[0]?.keySpan.start ?? -1] === '"';
}

/** Puts a text in the place of a scalar or a key, in quotes like those that stand there, or as JSON asks for. */
export function replaceScalar(file: SourceFile, span: Span, text: string): TextEdit {
  const quote = file.text[span.start];
  if (quote === "'") return { span, text: `'${text.replaceAll("'", "''")}'` };
  const isBare = quote !== '"' && isPlain(text, true) && !isJsonAt(file, span.start);
  return { span, text: isBare ? text : JSON.stringify(text) };
}

/** Puts `key` with a plain value at the end of a mapping. */
export function insertKey(file: SourceFile, mapping: MappingNode, values: Readonly<Record<string, unknown>>): TextEdit {
  const eol = lineBreakOf(file);
  const last = mapping.entries.at(-1);
  if (mapping.flow || last === undefined) {
    const inner = flowEntries(values, isJsonAt(file, mapping.span.start));
    if (last === undefined) return { span: mapping.span, text: `{ ${inner} }` };
    const at = Math.max(contentEnd(file, last.value), last.keySpan.end);
    const { start } = mapping.span;
    // A single key in a list may stand there without brackets, as in `[id: a]`.
    if (file.text[start] !== '{')
      return { span: { start, end: at }, text: `{ ${file.text.slice(start, at)}, ${inner} }` };
    return { span: { start: at, end: at }, text: `, ${inner}` };
  }
  const indent = ' '.repeat(columnOf(file, mapping.entries[0]?.keySpan.start ?? mapping.span.start));
  const at = file.lines.endOf(file.lines.lineAt(contentEnd(file, mapping)));
  const text = blockText(values, indent.length)
    .map((line) => `${eol}${line}`)
    .join('');
  return { span: { start: at, end: at }, text };
}

/** Puts a value under a key that has none yet: behind its colon, which may be missing in brackets, and its anchor. */
export function fillKey(file: SourceFile, keySpan: Span, value: unknown): TextEdit {
  const behind = /^\s*:(?:[ \t]+[&!][^\s,[\]{}]*)*/.exec(file.text.slice(keySpan.end, keySpan.end + 1_000))?.[0] ?? '';
  const end = keySpan.end + behind.length;
  const put = (text: string) => ({ span: { start: end, end }, text: `${behind === '' ? ':' : ''} ${text}` });
  if (mappingWithKeys(file, keySpan.start)?.flow === true) return put(flowText(value, isJsonAt(file, keySpan.start)));
  const lines = blockText(value, columnOf(file, keySpan.start) + 2);
  const isCollection = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isCollection) return put(lines[0]?.trimStart() ?? '');
  const at = file.lines.endOf(file.lines.lineAt(end));
  return { span: { start: at, end: at }, text: lines.map((line) => `${lineBreakOf(file)}${line}`).join('') };
}

/** Puts a value at the end of a list; `linesOf` writes it as an item of a block, its dash in that column. */
export function appendItem(
  file: SourceFile,
  list: SequenceNode,
  value: unknown,
  linesOf: (column: number) => readonly string[] = (column) => blockText([value], column),
): TextEdit {
  const last = list.items.at(-1);
  const inFlow = () => flowText(value, isJsonAt(file, list.span.start));
  if (last === undefined) return { span: list.span, text: `[${inFlow()}]` };
  if (list.flow) {
    const at = contentEnd(file, last);
    return { span: { start: at, end: at }, text: `, ${inFlow()}` };
  }
  const column = dashColumn(file, last) ?? columnOf(file, list.span.start);
  const at = file.lines.endOf(file.lines.lineAt(contentEnd(file, last)));
  const text = linesOf(column)
    .map((line) => `${lineBreakOf(file)}${line}`)
    .join('');
  return { span: { start: at, end: at }, text };
}

/** Where the dash of an item stands; null where it is not found in front of it. */
export function dashOf(file: SourceFile, item: SyntaxNode): number | null {
  const dash = file.text.lastIndexOf('-', item.span.start - 1);
  return dash >= 0 && /^-\s*(&\S+\s+)?$/.test(file.text.slice(dash, item.span.start)) ? dash : null;
}

const dashColumn = (file: SourceFile, item: SyntaxNode): number | null => {
  const dash = dashOf(file, item);
  return dash === null ? null : columnOf(file, dash);
};

/** Takes an item out of a list that has others. */
export function removeItem(file: SourceFile, list: SequenceNode, index: number): TextEdit | null {
  const item = list.items[index];
  if (item === undefined || list.items.length === 1) return null;
  if (list.flow) {
    const spans = list.items.map((each) => ({ start: each.span.start, end: contentEnd(file, each) }));
    return removeBetween(spans, index);
  }
  const dash = dashOf(file, item);
  if (dash === null) return null;
  const end = Math.max(contentEnd(file, item), dash + 1);
  const next = list.items[index + 1];
  return removeLines(file, dash, end, next === undefined ? null : dashOf(file, next));
}

/** Takes a key with its value out of a mapping that has others. */
export function removeEntry(file: SourceFile, mapping: MappingNode, index: number): TextEdit | null {
  const entry = mapping.entries[index];
  if (entry === undefined || mapping.entries.length === 1) return null;
  if (mapping.flow) {
    const spans = mapping.entries.map(({ keySpan, value }) => ({
      start: keySpan.start,
      end: Math.max(contentEnd(file, value), keySpan.end),
    }));
    return removeBetween(spans, index);
  }
  const end = valueEnd(file, entry.keySpan.end, entry.value);
  return removeLines(file, entry.keySpan.start, end, mapping.entries[index + 1]?.keySpan.start ?? null);
}

/** Whole lines; or, for what shares its first line with a dash before it, up to what comes next. */
function removeLines(file: SourceFile, start: number, end: number, next: number | null): TextEdit | null {
  const { lines, text } = file;
  const [first, last] = [lines.lineAt(start), lines.lineAt(end)];
  if (text.slice(lines.startOf(first), start).trim() !== '')
    return next === null ? null : { span: { start, end: next }, text: '' };
  return removeWhole(file, first, last);
}

/** The lines from one to another, with a line break. */
export function removeWhole({ lines, text }: SourceFile, first: number, last: number): TextEdit {
  if (last + 1 < lines.lineCount)
    return { span: { start: lines.startOf(first), end: lines.startOf(last + 1) }, text: '' };
  return { span: { start: first === 0 ? 0 : lines.endOf(first - 1), end: text.length }, text: '' };
}

/** One of several things with commas between them. */
function removeBetween(spans: readonly Span[], index: number): TextEdit | null {
  const [before, own, after] = [spans[index - 1], spans[index], spans[index + 1]];
  if (own === undefined) return null;
  if (after !== undefined) return { span: { start: own.start, end: after.start }, text: '' };
  return before === undefined ? null : { span: { start: before.end, end: own.end }, text: '' };
}
