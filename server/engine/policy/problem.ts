/** What the schema cannot see: faults in the meaning of a policy. A policy with one never comes into force. */
import type { Path } from '../documents/index.ts';

export interface PolicyProblem {
  /** Stable, such as `policy/duplicate-id`. */
  readonly code: string;
  /** Where in the document. */
  readonly path: Path;
  readonly message: string;
  readonly help?: string;
}

export type Report = (code: `policy/${string}`, path: Path, message: string, help?: string) => void;

/** Collects problems. */
export function reporter(): { problems: PolicyProblem[]; report: Report } {
  const problems: PolicyProblem[] = [];
  const report: Report = (code, path, message, help) => {
    problems.push({ code, path, message, ...(help !== undefined && { help }) });
  };
  return { problems, report };
}
