/**
 * All problems of a file, stage by stage: YAML and schema as its reader found them, then meaning, within the file and
 * across the workspace. It finds nothing itself; it asks the checks, honours suppressions and puts the answers in order.
 */
import { type Problem, toldOnce } from '../engine/documents/index.ts';
import { toProblem } from './checks/finding.ts';
import { checkAnchors, checkMeaning, checkNamesOf, suppress } from './checks/index.ts';
import { asSource, type LanguageContext, type SourceFile } from './file.ts';

/** The problems of a file in the order of their places. Never throws. */
export function diagnose(file: SourceFile | string, context: LanguageContext = {}): readonly Problem[] {
  const source = asSource(file);
  const { path = null, workspace = null, zones = null, proofs = null } = context;
  const around = path === null || workspace === null || workspace.isLoose ? null : { path, workspace };
  const problems = source.documents.flatMap((document, index) => [
    ...document.problems,
    ...checkMeaning(document, around, zones),
    ...(proofs?.(index) ?? []).map((finding) => toProblem(document, finding)),
  ]);
  const all = toldOnce([...problems, ...checkNamesOf(source.documents), ...checkAnchors(source)]);
  const isChecked = (code: string) =>
    (around !== null || !(code.startsWith('reference/') || needsWorkspace.has(code))) &&
    (proofs !== null || !code.startsWith('proof/'));
  return proofsToRead(suppress(source, all, isChecked).toSorted((a, b) => a.span.start - b.span.start));
}

/** As many findings of proofs as people read: a rule that is in the way of thousands of others makes as many. */
const maxProofs = 200;

/** All problems but for findings of proofs beyond the first so many; the last that is left says how many there are. */
function proofsToRead(problems: readonly Problem[]): readonly Problem[] {
  const found = problems.filter(({ code }) => code.startsWith('proof/'));
  const last = found[maxProofs - 1];
  if (last === undefined || found.length === maxProofs) return problems;
  const more = `${found.length - maxProofs} more findings are not listed here; \`assay policy prove\` lists all`;
  const left = new Set(found.slice(maxProofs));
  return problems.flatMap((problem) => {
    if (problem === last) return [{ ...last, help: last.help === undefined ? more : `${last.help}\n${more}` }];
    return left.has(problem) ? [] : [problem];
  });
}

/** The first stage alone: what reading the file has found, in the order of the places. Never throws. */
export function readingProblems(file: SourceFile): readonly Problem[] {
  const problems = file.documents.flatMap((document) => document.problems);
  return suppress(file, problems, () => false).toSorted((a, b) => a.span.start - b.span.start);
}

/** Codes besides `reference/…` that are found only where the workspace is known. */
const needsWorkspace = new Set([
  'meaning/duplicate-name',
  'meaning/no-policy',
  'meaning/missing-tools',
  'policy/include-cycle',
]);
