/**
 * Comments that hide problems by their codes: `# assay-disable-next-line CODE[, CODE]` above a line, or
 * `# assay-disable-line CODE` at its end; a reason may follow behind ` -- `. Faults of YAML itself cannot be hidden.
 */
import { type Problem, type Span, suggest } from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { problemCodes } from './catalogue.ts';

/** A code in a suppression comment. */
export interface SuppressedCode {
  readonly code: string;
  readonly span: Span;
}

export interface Suppression {
  /** From `#` to the end of the line. */
  readonly span: Span;
  /** The line whose problems are hidden, from 0. */
  readonly line: number;
  readonly codes: readonly SuppressedCode[];
}

const directives = ['assay-disable-line', 'assay-disable-next-line'] as const;

/** A comment that begins with a word of this family. */
const comment = /(?:^|[ \t])#[ \t]*(assay[-_][\w-]*)([^\r\n]*)/gim;

/** A word that was meant to hide problems and does not. */
interface UnknownDirective {
  readonly word: string;
  readonly span: Span;
  readonly meant: string;
}

interface Comments {
  readonly suppressions: readonly Suppression[];
  readonly unknown: readonly UnknownDirective[];
}

const known = new WeakMap<SourceFile, Comments>();

/** The comments of a file that hide problems or mean to, looked for once. */
function commentsIn(file: SourceFile): Comments {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found = readComments(file);
  known.set(file, found);
  return found;
}

/** The suppression comments of a file. */
export const suppressionsIn = (file: SourceFile): readonly Suppression[] => commentsIn(file).suppressions;

/** The suppression comment that an offset is in; null outside of any. */
export function suppressionAt(file: SourceFile, offset: number): Suppression | null {
  const all = suppressionsIn(file);
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.span.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const found = all[low - 1];
  return found !== undefined && offset <= found.span.end ? found : null;
}

function readComments(file: SourceFile): Comments {
  const suppressions: Suppression[] = [];
  const unknown: UnknownDirective[] = [];
  for (const match of file.text.matchAll(comment)) {
    const [whole, word = '', rest = ''] = match;
    const start = match.index + whole.indexOf('#');
    const end = match.index + whole.length;
    const from = end - rest.length;
    const isKnown = directives.some((each) => each === word);
    const meant = isKnown ? word : nearestDirective(word);
    if (meant === null || isText(file, start)) continue;
    if (!isKnown) {
      unknown.push({ word, span: { start: from - word.length, end: from }, meant });
      continue;
    }
    const listed = rest.split(/(?:^|\s)--(?:\s|$)/)[0] ?? '';
    const codes = [...listed.matchAll(/[^\s,]+/g)].map((each) => ({
      code: each[0],
      span: { start: from + each.index, end: from + each.index + each[0].length },
    }));
    const line = file.lines.lineAt(start) + (word === 'assay-disable-next-line' ? 1 : 0);
    suppressions.push({ span: { start, end }, line, codes });
  }
  return { suppressions, unknown };
}

/** The word that hides problems and may have been meant; null for words that people write of other things. */
export function nearestDirective(word: string): string | null {
  const plain = word.toLowerCase().replaceAll('_', '-');
  const near = directives.find((each) => each === plain) ?? suggest(plain, directives);
  if (near !== null || !plain.startsWith('assay-disable')) return near;
  return plain.includes('next') ? 'assay-disable-next-line' : 'assay-disable-line';
}

/** Whether an offset lies inside a value, where `#` begins no comment; behind the sign of a block text it does. */
function isText(file: SourceFile, offset: number): boolean {
  const document = file.documents.find(({ span }) => span.start <= offset && offset < span.end);
  const place = document?.placeAt(offset) ?? null;
  if (place === null || place.node.type !== 'scalar' || offset >= place.span.end) return false;
  return !isBehindHeader(file, place.span.start, offset);
}

function isBehindHeader({ text, lines }: SourceFile, start: number, offset: number): boolean {
  return (
    /^[|>][-+\d]*[ \t]+$/.test(text.slice(start, Math.min(offset, start + 200))) &&
    offset < lines.endOf(lines.lineAt(start))
  );
}

/**
 * The problems that stay, with those of the comments themselves. `checked` says of a code whether it was looked for, as
 * nothing across files is while the workspace is unknown: a comment for such a code is not called needless.
 */
export function suppress(
  file: SourceFile,
  problems: readonly Problem[],
  checked: (code: string) => boolean,
): readonly Problem[] {
  const { suppressions, unknown } = commentsIn(file);
  if (suppressions.length === 0) return unknown.length === 0 ? problems : [...problems, ...unknown.map(misspelt)];
  const isBroken = problems.some(({ code, severity }) => isSyntax(code) && severity === 'error');
  const byPlace = new Map<string, Problem[]>();
  const placeOf = (code: string, line: number) => `${line} ${code}`;
  for (const problem of problems) {
    const place = placeOf(problem.code, file.lines.lineAt(problem.span.start));
    const there = byPlace.get(place);
    if (there === undefined) byPlace.set(place, [problem]);
    else there.push(problem);
  }
  const hidden = new Set<Problem>();
  const told: Problem[] = [];
  for (const { span, line, codes } of suppressions) {
    if (codes.length === 0) told.push(withoutCode(span));
    for (const listed of codes) {
      if (isSyntax(listed.code) || !problemCodes.has(listed.code)) {
        told.push(unknownCode(listed));
        continue;
      }
      const meant = byPlace.get(placeOf(listed.code, line)) ?? [];
      for (const problem of meant) hidden.add(problem);
      if (meant.length === 0 && !isBroken && checked(listed.code)) told.push(needless(listed));
    }
  }
  return [...problems.filter((problem) => !hidden.has(problem)), ...told, ...unknown.map(misspelt)];
}

const isSyntax = (code: string): boolean => code.startsWith('yaml/');

const misspelt = ({ word, span, meant }: UnknownDirective): Problem => ({
  code: 'meaning/unknown-directive',
  severity: 'warning',
  span,
  message: `\`${word}\` hides nothing; did you mean \`${meant}\`?`,
});

const needless = ({ code, span }: SuppressedCode): Problem => ({
  code: 'meaning/needless-suppression',
  severity: 'warning',
  span,
  message: `there is no \`${code}\` to hide here; take this out`,
  tag: 'unnecessary',
});

function unknownCode({ code, span }: SuppressedCode): Problem {
  if (isSyntax(code)) {
    const message = `faults of YAML, such as \`${code}\`, cannot be hidden; mend the text`;
    return { code: 'meaning/unknown-code', severity: 'warning', span, message };
  }
  const near = nearestCode(code);
  const message = `no problem has the code \`${code}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
  return { code: 'meaning/unknown-code', severity: 'warning', span, message };
}

/** The code that may have been meant: the stage before the `/` is often left out. */
export function nearestCode(code: string): string | null {
  const known = [...problemCodes].filter((each) => !isSyntax(each));
  return suggest(code, known) ?? known.find((each) => each.split('/')[1] === code.split('/').at(-1)) ?? null;
}

const withoutCode = (span: Span): Problem => ({
  code: 'meaning/unknown-code',
  severity: 'warning',
  span,
  message: 'this hides nothing until it says what; write the code of a problem behind it',
});
