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

const directive = /(?:^|[ \t])#[ \t]*assay-disable-(next-)?line\b([^\r\n]*)/gm;

const known = new WeakMap<SourceFile, readonly Suppression[]>();

/** The suppression comments of a file, looked for once. */
export function suppressionsIn(file: SourceFile): readonly Suppression[] {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found = file.text.includes('assay-disable-') ? readSuppressions(file) : [];
  known.set(file, found);
  return found;
}

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

function readSuppressions(file: SourceFile): readonly Suppression[] {
  return [...file.text.matchAll(directive)].flatMap((match) => {
    const start = match.index + match[0].indexOf('#');
    const end = match.index + match[0].length;
    if (isText(file, start)) return [];
    const rest = match[2] ?? '';
    const listed = rest.split(/(?:^|\s)--(?:\s|$)/)[0] ?? '';
    const from = end - rest.length;
    const codes = [...listed.matchAll(/[^\s,]+/g)].map((word) => ({
      code: word[0],
      span: { start: from + word.index, end: from + word.index + word[0].length },
    }));
    const line = file.lines.lineAt(start) + (match[1] === undefined ? 0 : 1);
    return [{ span: { start, end }, line, codes }];
  });
}

/** Whether an offset lies inside a value, where `#` begins no comment. */
function isText(file: SourceFile, offset: number): boolean {
  const document = file.documents.find(({ span }) => span.start <= offset && offset < span.end);
  const place = document?.placeAt(offset) ?? null;
  return place !== null && place.node.type === 'scalar' && offset < place.span.end;
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
  const suppressions = suppressionsIn(file);
  if (suppressions.length === 0) return problems;
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
  return [...problems.filter((problem) => !hidden.has(problem)), ...told];
}

const isSyntax = (code: string): boolean => code.startsWith('yaml/');

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
