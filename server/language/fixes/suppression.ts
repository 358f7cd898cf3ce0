/** A comment above a problem's line that hides it from then on; faults of YAML cannot be hidden. */
import { suppressionsIn } from '../checks/index.ts';
import { lineBreakOf } from './edit.ts';
import { type Fixer, quickFix } from './fix.ts';

const unsuppressible = /^yaml\/|^schema\/empty-file$|^meaning\/(needless-suppression|unknown-code|unknown-directive)$/;

export const suppressHere: Fixer = (problem, { file }) => {
  if (unsuppressible.test(problem.code)) return [];
  const { lines } = file;
  const line = lines.lineAt(problem.span.start);
  const title = `hide \`${problem.code}\` on this line`;
  const above = suppressionsIn(file).find((each) => each.line === line);
  const last = above?.codes.at(-1);
  if (last !== undefined) {
    const span = { start: last.span.end, end: last.span.end };
    return [quickFix(title, problem, [{ span, text: `, ${problem.code}` }])];
  }
  const at = lines.startOf(line);
  const indent = /^[ \t]*/.exec(lines.textOf(line))?.[0] ?? '';
  const text = `${indent}# assay-disable-next-line ${problem.code}${lineBreakOf(file)}`;
  return [quickFix(title, problem, [{ span: { start: at, end: at }, text }])];
};
