/** Codes of problems behind `# assay-disable-next-line` and `# assay-disable-line`: those of the line that is meant come first. */
import type { Problem } from '../../engine/documents/index.ts';
import { problemCodes, suppressionsIn } from '../checks/index.ts';
import { diagnose } from '../diagnose.ts';
import type { LanguageContext, SourceFile } from '../file.ts';
import { type Completion, orderOf } from './item.ts';

/** Null where the cursor stands in no such comment. */
export function completeSuppression(
  file: SourceFile,
  offset: number,
  context: LanguageContext,
): readonly Completion[] | null {
  const comment = suppressionsIn(file).find(({ span }) => span.start <= offset && offset <= span.end);
  if (comment === undefined) return null;
  const before = file.text.slice(comment.span.start, offset);
  const behind = /^#[ \t]*assay-disable-(?:next-)?line[ \t]((?:.*[\s,])?)([^\s,]*)$/.exec(before);
  if (behind === null || /(^|\s)--(\s|$)/.test(behind[1] ?? '')) return [];
  const start = offset - (behind[2]?.length ?? 0);
  const length = /^[^\s,]*/.exec(file.text.slice(offset, comment.span.end))?.[0].length ?? 0;
  const span = { start, end: offset + length };
  const listed = new Set(comment.codes.flatMap((each) => (each.span.start === start ? [] : each.code)));
  const here = new Map<string, Problem>();
  const isOfComment = ({ span: { start: at } }: Problem) => comment.span.start <= at && at <= comment.span.end;
  for (const problem of diagnose(file, context))
    if (file.lines.lineAt(problem.span.start) === comment.line && !isOfComment(problem))
      here.set(problem.code, problem);
  return [...problemCodes]
    .filter((code) => !code.startsWith('yaml/') && !listed.has(code))
    .map((code, index) => {
      const problem = here.get(code);
      const detail = problem === undefined ? {} : { detail: problem.message };
      const order = orderOf(problem === undefined ? 'later' : 'first', index);
      return { label: code, kind: 'value', insert: code, span, order, continues: false, ...detail };
    });
}
