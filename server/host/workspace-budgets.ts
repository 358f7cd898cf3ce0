/** The budgets that the policies of a workspace give to all of it, as pools over what is counted there. Reads files; spends nothing. */
import { relative } from 'node:path';
import type { Pool } from '../engine/budget/index.ts';
import { LineMap, type Problem } from '../engine/documents/index.ts';
import { openAccounts, openScope, type Workspace } from '../engine/kernel/index.ts';
import { type CompiledBudget, type CompiledPolicy, compilePolicy } from '../engine/policy/index.ts';
import { type DocumentFile, DocumentLoader, loadWorkspace } from '../io/workspace/index.ts';
import type { FileProblem } from '../protocol/index.ts';

export interface WorkspaceBudget {
  readonly budget: CompiledBudget;
  readonly pool: Pool;
  readonly path: string;
}

export interface WorkspaceBudgets {
  /** By `POLICY/ID`. */
  readonly budgets: ReadonlyMap<string, WorkspaceBudget>;
  /** Those that have such budgets. */
  readonly policies: readonly CompiledPolicy[];
  /** Of policies with such budgets, which then are not among them. */
  readonly problems: readonly FileProblem[];
  /** By the name of several policies: why none of them counts. */
  readonly ambiguous: ReadonlyMap<string, string>;
}

/** The budgets `per: workspace` as the files of `root` say now; what is spent of them is what `workspace` says. */
export async function readWorkspaceBudgets(root: string, workspace: Workspace): Promise<WorkspaceBudgets> {
  const problems: FileProblem[] = [];
  const loader = new DocumentLoader(await loadWorkspace(root), (file, problem) => {
    if (problem.severity === 'error') problems.push(placed(file, problem));
  });
  const found: { readonly file: DocumentFile; readonly compiled: CompiledPolicy }[] = [];
  for (const file of loader.workspace.files) {
    // Looked for in the text, so that faults of documents that have nothing to do with it are not told.
    if (file.document.kind !== 'Policy' || !file.text.includes('workspace')) continue;
    const policy = loader.valid(file, 'Policy')?.value;
    if (!policy?.spec.budgets?.some(({ per }) => per === 'workspace')) continue;
    const compiled = compilePolicy(loader.policySource(file, policy));
    for (const { code, path, message } of compiled.problems) {
      const place = file.document.locate(path)?.value ?? { start: 0, end: 0 };
      problems.push(placed(file, { code, message, severity: 'error', span: place }));
    }
    if (compiled.value !== null) found.push({ file, compiled: compiled.value });
  }
  const budgets = new Map<string, WorkspaceBudget>();
  const policies: CompiledPolicy[] = [];
  const ambiguous = new Map<string, string>();
  for (const [name, ofName] of Map.groupBy(found, ({ compiled }) => compiled.name)) {
    if (new Set(ofName.map(({ compiled }) => compiled.digests.join())).size > 1) {
      const paths = ofName.map(({ file }) => `\`${relative(root, file.path)}\``).join(' and ');
      const message = `the policies in ${paths} are both called \`${name}\`, so nothing is given out of their budgets; give each its own name`;
      ambiguous.set(name, message);
      for (const { file } of ofName) problems.push(placed(file, ambiguity(file, message)));
      continue;
    }
    for (const { file, compiled } of ofName.slice(0, 1)) {
      policies.push(compiled);
      const scopes = { trial: openScope(), agent: openScope(), run: openScope(), workspace: workspace.state };
      for (const { budget, pool } of openAccounts([compiled], scopes))
        if (budget.per === 'workspace' && budget.policy === name)
          budgets.set(pool.tally.of.budget, { budget, pool, path: file.path });
    }
  }
  return { budgets, policies, problems, ambiguous };
}

function ambiguity({ document }: DocumentFile, message: string): Problem {
  const span = document.locate(['metadata', 'name'])?.value ?? document.span;
  return { code: 'budget/ambiguous-policy', message, severity: 'error', span };
}

function placed(
  { path, text }: DocumentFile,
  { span, ...problem }: Pick<Problem, 'span' | 'severity' | 'code' | 'message'>,
): FileProblem {
  const { line, column } = new LineMap(text).positionAt(span.start);
  const { severity, code, message } = problem;
  return { path, line: line + 1, column: column + 1, severity, code, message };
}
