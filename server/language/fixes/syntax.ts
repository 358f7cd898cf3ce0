/** Fixes of YAML itself, where a line shows what was meant: quotes, escapes, tabs, colons, and what stands there too much. */
import { propertiesOf, schemaAt } from '../../engine/documents/index.ts';
import { cursorAt } from '../complete/cursor.ts';
import { type Fixer, quickFix } from './fix.ts';

const obvious = { isPreferred: true } as const;

/** A value up to the end of its line into quotes: one that begins with a sign of YAML, or that holds a second `:`. */
export const quoteValue: Fixer = (problem, { file: { lines } }) => {
  const line = lines.lineAt(problem.span.start);
  const [start, text] = [lines.startOf(line), lines.textOf(line)];
  const match = /^(\s*(?:- +)*(?:[\w.$-]+: +)?)([^\s"'[\]{}|>&*!#][^"[\]{}]*?)(?:\s+#.*)?\s*$/.exec(text);
  if (match === null) return [];
  const [, before = '', value = ''] = match;
  const span = { start: start + before.length, end: start + before.length + value.length };
  if (problem.span.start < span.start || span.end < problem.span.start) return [];
  return [quickFix('put it in quotes', problem, [{ span, text: JSON.stringify(value) }], obvious)];
};

/** A key that its value stands too close to, as in `effect:deny`, or without a colon, as in `effect deny`. */
export const separateKey: Fixer = (problem, { document, file: { text, lines } }) => {
  const { start } = problem.span;
  const [, key = '', colon = '', gap = ''] =
    /^([\w.]+)(:?)([ \t]*)[^\s:#]/.exec(text.slice(start, lines.endOf(lines.lineAt(start)))) ?? [];
  const cursor = key === '' || document.kind === null ? null : cursorAt(lines, start + 1);
  const schema = cursor?.at !== 'key' || document.kind === null ? null : schemaAt(document.kind, cursor.path);
  const isKey = schema !== null && propertiesOf(schema).has(key) && cursor?.present.has(key) === false;
  if (!isKey || (colon === '') === (gap === '')) return [];
  const at = start + key.length + colon.length;
  const edit = { span: { start: at, end: at }, text: colon === '' ? ':' : ' ' };
  const title = colon === '' ? `write \`:\` behind \`${key}\`` : `write a space behind \`${key}:\``;
  return [quickFix(title, problem, [edit], obvious)];
};

/** A backslash that is meant as one. */
export const escapeBackslash: Fixer = (problem, { file: { text } }) => {
  const { start } = problem.span;
  if (text[start] !== '\\') return [];
  const edit = { span: { start, end: start + 1 }, text: '\\\\' };
  return [quickFix('write `\\\\` for the backslash', problem, [edit], obvious)];
};

/** Two spaces for each tab before the content of a line. */
export const spacesForTabs: Fixer = (problem, { file: { lines } }) => {
  const line = lines.lineAt(problem.span.start);
  const start = lines.startOf(line);
  const [indent = ''] = /^[ \t]*/.exec(lines.textOf(line)) ?? [];
  if (!indent.includes('\t')) return [];
  const edit = { span: { start, end: start + indent.length }, text: indent.replaceAll('\t', '  ') };
  return [quickFix('indent with spaces', problem, [edit], obvious)];
};

/** A bracket that closes nothing. */
export const removeBracket: Fixer = (problem, { file: { text } }) => {
  const { start, end } = problem.span;
  const written = text.slice(start, end);
  if (!/^[\]}]$/.test(written)) return [];
  return [quickFix(`remove the \`${written}\``, problem, [{ span: problem.span, text: '' }], obvious)];
};

/** A tag that means nothing, with the space behind it. */
export const removeTag: Fixer = (problem, { file: { text } }) => {
  const { start, end } = problem.span;
  const tag = text.slice(start, end);
  if (!tag.startsWith('!')) return [];
  const gap = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
  return [quickFix(`remove the tag \`${tag}\``, problem, [{ span: { start, end: end + gap }, text: '' }], obvious)];
};
