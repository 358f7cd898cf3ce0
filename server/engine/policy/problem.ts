/** What the schema cannot see: faults in the meaning of a policy. A policy with one never comes into force. */
import type { Path } from '../documents/index.ts';

export interface PolicyProblem {
  /** Stable, such as `policy/duplicate-id`. */
  readonly code: string;
  /** Where in the document. */
  readonly path: Path;
  readonly message: string;
  readonly help?: string;
  /** Other places of the document that have to do with it. */
  readonly related?: readonly RelatedPart[];
}

export interface RelatedPart {
  readonly path: Path;
  readonly message: string;
}

export type Report = (
  code: `policy/${string}`,
  path: Path,
  message: string,
  help?: string,
  related?: readonly RelatedPart[],
) => void;

/** Collects problems. */
export function reporter(): { problems: PolicyProblem[]; report: Report } {
  const problems: PolicyProblem[] = [];
  const report: Report = (code, path, message, help, related) => {
    problems.push({ code, path, message, ...(help !== undefined && { help }), ...(related && { related }) });
  };
  return { problems, report };
}
