/** Fixes of how YAML is laid out: indentation, lists on the line of their key, brackets and commas. Each is tried out first. */
import type { LineMap, Problem } from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { lineBreakOf } from './edit.ts';
import { type Fix, type Fixer, quickFix, type TextEdit } from './fix.ts';

const obvious = { isPreferred: true } as const;

export const isSyntax = ({ code }: Problem): boolean => code.startsWith('yaml/');

/** A fix of a fault, where fewer faults of YAML are left behind it. */
export function triedFix(
  title: string,
  problem: Problem,
  file: SourceFile,
  edits: readonly TextEdit[],
): readonly Fix[] {
  return leavesFewer(file, edits, isSyntax) ? [quickFix(title, problem, edits, obvious)] : [];
}

/** So many faults may be all that is told of a part of a text. */
const mostTold = 50;

/**
 * Whether edits leave fewer problems of a sort than there are up to the last line that they touch, and behind it no more,
 * and none next to it that was not there.
 */
export function leavesFewer(
  file: SourceFile,
  edits: readonly TextEdit[],
  isCounted: (problem: Problem) => boolean = () => true,
): boolean {
  const last = file.lines.endOf(file.lines.lineAt(Math.max(...edits.map(({ span }) => span.end))));
  let after = file;
  let moved = last;
  for (const { span, text } of edits.toSorted((a, b) => b.span.start - a.span.start)) {
    after = after.edit(span.start, span.end, text);
    moved += text.length - (span.end - span.start);
  }
  // Of many faults only the first are told, so that their number may stay the same.
  const [before, now] = [file, after].map(({ documents }) =>
    documents.flatMap(({ problems }) => problems.filter(isCounted)),
  ) as [Problem[], Problem[]];
  const upTo = (problems: readonly Problem[], end: number) => problems.filter(({ span }) => span.start <= end).length;
  const isFewer = now.length < before.length || (now.length === before.length && before.length >= mostTold);
  const next = firstBehind(now, moved);
  const isNextKnown =
    next === null ||
    before.some(({ code, span }) => code === next.code && span.start - last === next.span.start - moved);
  return isFewer && upTo(now, moved) < upTo(before, last) && isNextKnown;
}

/** The first of problems behind an offset; null when there is none. */
const firstBehind = (problems: readonly Problem[], offset: number): Problem | null =>
  problems.filter(({ span }) => span.start > offset).toSorted((a, b) => a.span.start - b.span.start)[0] ?? null;

const indentOf = (lines: LineMap, line: number): number => lines.textOf(line).search(/\S/);

/** The last of the lines below one that are indented more than a column; the line itself where there are none. */
function lastDeeper(lines: LineMap, line: number, column: number): number {
  let last = line;
  for (let at = line + 1; at < lines.lineCount; at++) {
    const indent = indentOf(lines, at);
    if (indent >= 0 && indent <= column) break;
    if (indent >= 0) last = at;
  }
  return last;
}

/** Lines moved to the right or left, those without content left alone. */
const shifted = (lines: LineMap, first: number, last: number, by: number): readonly TextEdit[] =>
  Array.from({ length: last - first + 1 }, (_, step) => first + step).flatMap((line) => {
    const indent = indentOf(lines, line);
    const span = { start: lines.startOf(line), end: lines.startOf(line) + indent };
    return indent < 0 ? [] : [{ span, text: ' '.repeat(Math.max(0, indent + by)) }];
  });

/** A line in the wrong column, where the right one is known: moved there, with what is below it. */
export const indentBy: Fixer = (problem, { file }) => {
  const { lines } = file;
  const column = Number(/^indent it by (\d+)/.exec(problem.help ?? '')?.[1] ?? Number.NaN);
  const line = lines.lineAt(problem.span.start);
  const indent = indentOf(lines, line);
  if (Number.isNaN(column) || lines.startOf(line) + indent !== problem.span.start) return [];
  const title = `indent it by ${column}`;
  // What stands too deep has brought its neighbours along.
  const last = lastDeeper(lines, line, indent > column ? indent - 1 : indent);
  const whole = shifted(lines, line, last, column - indent);
  const fix = triedFix(title, problem, file, whole);
  return fix.length > 0 ? fix : triedFix(title, problem, file, whole.slice(0, 1));
};

/** `key: - item` onto the lines below its key. */
export const listBelow: Fixer = (problem, { file }) => {
  const { lines, text } = file;
  const { start } = problem.span;
  const line = lines.lineAt(start);
  const before = /^( *)(?:- +)*\S+?:[ \t]+$/.exec(lines.textOf(line).slice(0, start - lines.startOf(line)));
  if (before === null || !/^-\s/.test(text.slice(start, start + 2))) return [];
  const key = before[0].search(/[^\s-]/);
  const last = lastDeeper(lines, line, key);
  const rest = Array.from({ length: last - line }, (_, step) => line + 1 + step).filter(
    (at) => indentOf(lines, at) >= 0,
  );
  const least = Math.min(...rest.map((at) => indentOf(lines, at)));
  const isItem = rest.some((at) => indentOf(lines, at) === least && /^\s*-\s/.test(lines.textOf(at)));
  const oldDash = start - lines.startOf(line);
  // Further items, keys of the first one in their own columns, or keys in whatever column.
  const dash = isItem && least < oldDash ? least : key + 2;
  const by = isItem ? dash - least : dash + 2 - least;
  const colon = lines.startOf(line) + before[0].trimEnd().length;
  const edits = [
    { span: { start: colon, end: start }, text: `${lineBreakOf(file)}${' '.repeat(dash)}` },
    ...(by === 0 || rest.length === 0 ? [] : shifted(lines, line + 1, last, by)),
  ];
  return triedFix('write the list below its key', problem, file, edits);
};

/** A bracket that is not closed: where its line or what is indented below it ends, or before one of the other kind. */
export const closeBracket: Fixer = (problem, { file }) => {
  const { lines, text } = file;
  const { start } = problem.span;
  const open = text[start];
  if (!(open === '{' || open === '[') || !problem.message.endsWith('is not closed')) return [];
  const closing = open === '{' ? '}' : ']';
  const line = lines.lineAt(start);
  const contentEnd = (at: number) =>
    lines.startOf(at) + (/^.*?(?=\s*(?:\s#.*)?$)/.exec(lines.textOf(at))?.[0].length ?? 0);
  const own = contentEnd(line);
  const other = text.slice(start, own).search(open === '{' ? /\s*\]/ : /\s*\}/);
  const last = lastDeeper(lines, line, indentOf(lines, line));
  // Nobody means brackets with nothing in them where lines are indented below.
  const isMeant = own > start + 1 || last === line;
  const places = [...(other < 0 ? [] : [start + other]), ...(isMeant ? [own] : []), contentEnd(last)];
  const put = open === '{' ? ` ${closing}` : closing;
  const fixes = [...new Set(places)].flatMap((at) =>
    triedFix(`close it with \`${closing}\``, problem, file, [{ span: { start: at, end: at }, text: put }]),
  );
  return fixes.slice(0, 1);
};

/** A quote that is not closed: where its line ends, before what closes brackets there, or with the comma that JSON asks for. */
export const closeQuote: Fixer = (problem, { file }) => {
  const { lines, text } = file;
  const { start } = problem.span;
  const quote = text.charAt(start);
  if (!/["']/.test(quote) || problem.message !== 'this quote is not closed') return [];
  const line = text.slice(start, lines.endOf(lines.lineAt(start))).trimEnd();
  const inner = Math.max(1, line.replace(/[\s,}\]]+$/, '').length);
  const places: readonly (readonly [at: number, put: string])[] = [
    [inner, quote],
    [line.length, quote],
    [line.length, `${quote},`],
  ];
  const fixes = places.flatMap(([at, put]) =>
    triedFix(`close it with \`${quote}\``, problem, file, [
      { span: { start: start + at, end: start + at }, text: put },
    ]),
  );
  return fixes.slice(0, 1);
};

/** A comma between two values in brackets. */
export const insertComma: Fixer = (problem, { file }) => {
  const { text } = file;
  const { start, end } = problem.span;
  const found = /^((?:"[^"\n]*"|'[^'\n]*'|[^"'\n]*?\S))\s+(?:[\w.$-]+|"[^"\n]*"):\s/.exec(text.slice(start, end));
  const isSecond = problem.message.startsWith('there is no `,`');
  const at = isSecond ? text.slice(0, start).trimEnd().length : start + (found?.[1]?.length ?? -1);
  if (at < start && !isSecond) return [];
  return triedFix('write a `,`', problem, file, [{ span: { start: at, end: at }, text: ',' }]);
};

/** A comma with nothing before it. */
export const removeComma: Fixer = (problem, { file: { text } }) => {
  const { start } = problem.span;
  if (text[start] !== ',' || !problem.message.startsWith('there is nothing between')) return [];
  return [quickFix('remove the `,`', problem, [{ span: { start, end: start + 1 }, text: '' }], obvious)];
};
