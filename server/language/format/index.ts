/**
 * Formats documents: indentation by two, one space where one belongs, at most one blank line in a row. Only white space
 * changes, only where it must, and never what a document means; a text that is broken is left alone.
 */
import { LineMap, type Span } from '../../engine/documents/index.ts';
import { asSource, readSource, type SourceFile } from '../file.ts';
import { fragmentAround } from './fragment.ts';
import { layLines } from './lines.ts';
import { type LineRange, piecesOf } from './pieces.ts';

export { formatOnType, typedCharacters } from './on-type.ts';

/** Replaces the text of `span`. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/**
 * The edits that format a file, or those of its lines that `range` touches, in the order of their places. None when the
 * text is broken. Lines are kept as they are, so that `edits` are all within lines, or remove blank lines. What a range does
 * not reach is looked at only where it must be.
 */
export function format(file: SourceFile | string, range: Span | null = null): readonly TextEdit[] {
  const source = asSource(file);
  if (isBroken(source) || /\r(?!\n)/.test(source.text)) return [];
  const wanted = range === null ? null : linesOf(source.lines, range);
  const part = wanted === null ? null : fragmentAround(source, wanted);
  const edits = part === null || wanted === null ? editsOfFile(source, range) : editsOfPart(source, part, wanted);
  return edits.length === 0 || meansTheSame(source, edits) ? edits : [];
}

function editsOfFile({ text, lines: ofFile }: SourceFile, range: Span | null): readonly TextEdit[] {
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const lines = mark === 0 ? ofFile : new LineMap(text.slice(mark));
  const last = lines.lineCount - 1;
  const wanted =
    range === null ? { first: 0, last } : linesOf(lines, { start: range.start - mark, end: range.end - mark });
  const pieces = piecesOf(lines, wanted);
  if (pieces === null) return [];
  const edits = [...editsOfLines(lines, wanted, layLines(lines, pieces))];
  if (wanted.last === last && lines.textOf(last).trim() !== '' && pieces.at(-1)?.role !== 'block-body')
    edits.push({ span: { start: lines.text.length, end: lines.text.length }, text: lineBreakOf(lines.text) });
  return edits.map((edit) => shifted(edit, mark));
}

/** The same, where only these lines of the file are read. */
function editsOfPart({ text, lines: ofFile }: SourceFile, part: LineRange, wanted: LineRange): readonly TextEdit[] {
  const start = ofFile.startOf(part.first);
  const lines = new LineMap(text.slice(start, ofFile.startOf(part.last + 1)));
  const inside = { first: wanted.first - part.first, last: wanted.last - part.first };
  const pieces = piecesOf(lines, inside);
  if (pieces === null) return [];
  return editsOfLines(lines, inside, layLines(lines, pieces)).map((edit) => shifted(edit, start));
}

function editsOfLines(
  lines: LineMap,
  { first, last }: LineRange,
  laid: readonly (string | null)[],
): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  for (let line = first; line <= last; line++) edits.push(...editsOfLine(lines, line, laid[line] ?? null));
  return edits;
}

const shifted = ({ span, text }: TextEdit, by: number): TextEdit => ({
  span: { start: span.start + by, end: span.end + by },
  text,
});

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

/** More edits than this are read together; fewer, one by one, cost only what they touch. */
const fewEdits = 40;

function meansTheSame(before: SourceFile, edits: readonly TextEdit[]): boolean {
  const after =
    edits.length > fewEdits
      ? readSource(applyEdits(before.text, edits))
      : edits.reduceRight((file, { span, text }) => file.edit(span.start, span.end, text), before);
  const valuesOf = ({ documents }: SourceFile) => documents.map(({ value }) => value);
  return !isBroken(after) && isSame(valuesOf(before), valuesOf(after));
}

/** Whether two values are equal, keys in their order; what an edit has left alone is the very same object. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [own, others] = [Object.entries(one), Object.entries(other)];
  return (
    own.length === others.length &&
    own.every(([key, value], index) => key === others[index]?.[0] && isSame(value, others[index]?.[1]))
  );
}

/** A range that ends where a line begins does not touch that line. */
function linesOf(lines: LineMap, { start, end }: Span): LineRange {
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
