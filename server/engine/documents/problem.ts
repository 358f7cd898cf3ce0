/**
 * What can be wrong with a document and where: spans, problems and paths into a document. Nothing here finds problems;
 * readers and checks do.
 */
import type { LineMap } from './lines.ts';

/** From `start` up to but not including `end`, in UTF-16 code units from the beginning of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Severity = 'error' | 'warning' | 'info';

/** A key of a mapping or an index of a sequence. */
export type PathStep = string | number;
export type Path = readonly PathStep[];

export interface RelatedPlace {
  readonly span: Span;
  readonly message: string;
  /** The file that `span` is in, by its path in the workspace's view; left out for the problem's own file. */
  readonly file?: { readonly path: string; readonly lines: LineMap };
}

export interface Problem {
  /** Stable, such as `schema/unknown-key`; the part before `/` says which stage found it. */
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  /** For faults of YAML: all the text of which nothing more can be said because of it; left out where that is `span`. */
  readonly obscures?: Span;
  readonly message: string;
  /** What to do about it, where the message does not say so already. */
  readonly help?: string;
  readonly related?: readonly RelatedPlace[];
  /** How an editor may show the place: faded because it does nothing, or struck out because it is on its way out. */
  readonly tag?: 'unnecessary' | 'deprecated';
  /** What shows the problem, for programs. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The most problems that each stage tells of one document; what follows them is noise. */
export const maxProblems = 1_000;

/** The problems without those that say the same of the same place: what stands behind an anchor is read with each alias. */
export function toldOnce(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length < 2) return problems;
  const told = new Set<string>();
  return problems.filter(({ code, span, message }) => {
    const known = `${span.start} ${span.end} ${code} ${message}`;
    return !told.has(known) && told.add(known);
  });
}
