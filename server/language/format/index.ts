/**
 * Formats documents: indentation by two, one space where one belongs, at most one blank line in a row. Only white space
 * changes, only where it must, and never what a document means; a text that is broken is left alone.
 */
import { LineMap, type Span } from '../../engine/documents/index.ts';
import { asSource, readSource, type SourceFile } from '../file.ts';
import { layLines } from './lines.ts';
import { piecesOf } from './pieces.ts';

export { formatOnType, typedCharacters } from './on-type.ts';

/** Replaces the text of `span`. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/**
 * The edits that format a file, or those of its lines that `range` touches, in the order of their places. None when the
 * text is broken. Lines are kept as they are, so that `edits` are all within lines, or remove blank lines.
 */
export function format(file: SourceFile | string, range: Span | null = null): readonly TextEdit[] {
  const source = asSource(file);
  if (isBroken(source) || /\r(?!\n)/.test(source.text)) return [];
  const mark = source.text.startsWith('\ufeff') ? 1 : 0;
  const lines = mark === 0 ? source.lines : new LineMap(source.text.slice(mark));
  const whole = { first: 0, last: lines.lineCount - 1 };
  const wanted = range === null ? whole : linesOf(lines, { start: range.start - mark, end: range.end - mark });
  const pieces = piecesOf(lines, wanted);
  if (pieces === null) return [];
  const laid = layLines(lines, pieces);
  const edits: TextEdit[] = [];
  for (let line = wanted.first; line <= wanted.last; line++)
    edits.push(...editsOfLine(lines, line, laid[line] ?? null));
  const last = lines.lineCount - 1;
  if (wanted.last === last && lines.textOf(last).trim() !== '' && pieces.at(-1)?.role !== 'block-body')
    edits.push({ span: { start: lines.text.length, end: lines.text.length }, text: lineBreakOf(lines.text) });
  const moved = edits.map(({ span, text }) => ({ span: { start: span.start + mark, end: span.end + mark }, text }));
  return moved.length === 0 || meansTheSame(source, applyEdits(source.text, moved)) ? moved : [];
}

/** Edits must be in the order of their places and apart. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let from = 0;
  for (const edit of edits) {
    result += text.slice(from, edit.span.start) + edit.text;
    from = edit.span.end;
  }
  return result + text.slice(from);
}

/** Faults that leave the structure of a text in no doubt. */
const harmless = new Set(['yaml/duplicate-key', 'yaml/unknown-alias', 'yaml/bad-merge']);

const isBroken = ({ documents }: SourceFile): boolean =>
  documents.some(({ problems }) =>
    problems.some(({ code, severity }) => severity === 'error' && code.startsWith('yaml/') && !harmless.has(code)),
  );

function meansTheSame(before: SourceFile, text: string): boolean {
  const after = readSource(text);
  return (
    !isBroken(after) &&
    JSON.stringify(before.documents.map(({ value }) => value)) ===
      JSON.stringify(after.documents.map(({ value }) => value))
  );
}

/** A range that ends where a line begins does not touch that line. */
function linesOf(lines: LineMap, { start, end }: Span): { readonly first: number; readonly last: number } {
  const first = lines.lineAt(start);
  const last = lines.lineAt(end);
  return { first, last: last > first && lines.startOf(last) === end ? last - 1 : last };
}

/** Where old and new text of a line differ; both have the same characters but for white space. */
function editsOfLine(lines: LineMap, line: number, after: string | null): readonly TextEdit[] {
  const start = lines.startOf(line);
  if (after === null) return [{ span: { start, end: lines.startOf(line + 1) }, text: '' }];
  const before = lines.textOf(line);
  if (before === after) return [];
  const edits: TextEdit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [oldSpace, newSpace] = [spaceAt(before, i), spaceAt(after, j)];
    if (oldSpace !== newSpace) {
      const kept = commonStart(oldSpace, newSpace);
      edits.push({ span: { start: start + i + kept, end: start + i + oldSpace.length }, text: newSpace.slice(kept) });
    }
    i += oldSpace.length + 1;
    j += newSpace.length + 1;
  }
  return edits;
}

function spaceAt(text: string, index: number): string {
  let end = index;
  while (end < text.length && (text[end] === ' ' || text[end] === '\t')) end++;
  return text.slice(index, end);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

const lineBreakOf = (text: string): string => /\r?\n/.exec(text)?.[0] ?? '\n';
