/** Policies that become part of themselves by what they include, in one file or across several. What else may be wrong with an include is told of references. */
import {
  type Path,
  type Problem,
  type RelatedPlace,
  referredDocuments,
  type SourceDocument,
  valueAt,
  type WorkspaceDocument,
} from '../../engine/documents/index.ts';
import type { LanguageWorkspace } from '../workspace.ts';

/** A policy that includes another one, and by what words. */
interface Step {
  readonly from: WorkspaceDocument;
  readonly reference: string;
  readonly before: Step | null;
}

/** Each include of a policy by which it comes back to itself. */
export function checkIncludes(
  document: SourceDocument,
  { path, workspace }: { readonly path: string; readonly workspace: LanguageWorkspace },
): readonly Problem[] {
  const include = document.kind === 'Policy' ? valueAt(document.value, ['spec', 'include']) : null;
  if (!Array.isArray(include)) return [];
  const isSelf = (other: WorkspaceDocument) => other.path === path && other.name === document.name;
  return include.flatMap((reference: unknown, index): Problem[] => {
    const at: Path = ['spec', 'include', index];
    const span = document.locate(at)?.value;
    const way = typeof reference === 'string' ? wayBack(reference, path, isSelf, workspace) : null;
    if (span === undefined || way === null) return [];
    const self = `\`${document.name}\``;
    const names = [self, ...way.map(({ from }) => `\`${from.name}\``), self];
    const message = `the policy includes itself: ${names.join(' → ')}`;
    const related = way.flatMap((step) => placeOf(step, workspace) ?? []);
    return [
      {
        code: 'policy/include-cycle',
        severity: 'error',
        span,
        message,
        help: 'leave one `include` out',
        ...(related.length > 0 && { related }),
      },
    ];
  });
}

/** The shortest way from an include back to the policy that it stands in, without that first step; null when none leads there. */
function wayBack(
  reference: string,
  path: string,
  isSelf: (other: WorkspaceDocument) => boolean,
  workspace: LanguageWorkspace,
): readonly Step[] | null {
  const meant = (text: string, fromPath: string) => {
    const [found, other] = referredDocuments('Policy', text, fromPath, workspace);
    return other === undefined ? found : undefined;
  };
  const first = meant(reference, path);
  if (first === undefined) return null;
  if (isSelf(first)) return [];
  const seen = new Set([first]);
  const open: { readonly at: WorkspaceDocument; readonly by: Step | null }[] = [{ at: first, by: null }];
  // A list gives what is added to it meanwhile, too.
  for (const { at, by } of open)
    for (const text of at.include ?? []) {
      const next = meant(text, at.path);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      const step = { from: at, reference: text, before: by };
      if (isSelf(next)) return stepsTo(step);
      open.push({ at: next, by: step });
    }
  return null;
}

function stepsTo(last: Step): readonly Step[] {
  const steps: Step[] = [];
  for (let step: Step | null = last; step !== null; step = step.before) steps.push(step);
  return steps.reverse();
}

/** Where a step is written; null where the workspace keeps no places. */
function placeOf({ from, reference }: Step, workspace: LanguageWorkspace): RelatedPlace | null {
  const symbols = workspace.file?.(from.path)?.symbols;
  const span = symbols?.documents
    .find(({ kind, self }) => kind === 'Policy' && self.name === from.name)
    ?.references.find(({ nouns, name }) => nouns[0] === 'Policy' && name === reference)?.span;
  if (symbols === undefined || span === undefined) return null;
  const message = `\`${from.name}\` includes \`${reference}\` here`;
  return { span, message, file: { path: from.path, lines: symbols.lines } };
}
