/** The findings of proofs at a place of a text, and what a hover says of them. */
import type { Problem } from '../../engine/documents/index.ts';
import { toProblem } from '../checks/finding.ts';
import { documentAt, type LanguageContext, type SourceFile } from '../file.ts';
import type { ProofFinding } from './findings.ts';
import { witnessText } from './witness.ts';

/** The findings that stand at an offset, with what is proved. */
export function provedAt(
  file: SourceFile,
  offset: number,
  { proofs = null }: LanguageContext,
): readonly ProofFinding[] {
  const document = documentAt(file, offset);
  if (document === null || proofs === null) return [];
  return proofs(file.documents.indexOf(document)).filter((finding) => {
    const { span } = toProblem(document, finding);
    return span.start <= offset && offset <= span.end;
  });
}

/** The finding that a problem was made of. */
export const provedBy = (problem: Problem, file: SourceFile, context: LanguageContext): ProofFinding | null =>
  provedAt(file, problem.span.start, context).find(
    ({ code, message }) => code === problem.code && message === problem.message,
  ) ?? null;

/** What a hover says of the findings at an offset. */
export function witnessMarkdown(file: SourceFile, offset: number, context: LanguageContext): string {
  const shown = provedAt(file, offset, context).flatMap(({ proved }) => witnessText(proved?.witness() ?? null) ?? []);
  return shown
    .map((text) => `An action that shows it, as a case of a policy test:\n\`\`\`yaml\n${text}\n\`\`\``)
    .join('\n\n');
}
