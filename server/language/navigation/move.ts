/**
 * What must be written anew where files and folders move, so that every path in the workspace goes on meaning the file
 * that it means now: paths to what moves, and paths in it. Names mean the same wherever a file is, and stay.
 */
import { isPath } from '../../engine/documents/index.ts';
import type { LanguageWorkspace } from '../workspace.ts';
import type { Reference } from './facts.ts';
import type { FileEdits } from './rename.ts';
import { writtenName } from './written-name.ts';

/** A move as the paths of a workspace's view have it. */
export interface Relocation {
  /** Where the file at a path is afterwards: at the same path, mostly. */
  moved(path: string): string;
  /** The path to `target` as a file at `from` writes it, without `./`; null where none leads there. */
  pathBetween(from: string, target: string): string | null;
}

/** The edits of the files as they stand before the move. */
export function editsForMove(workspace: LanguageWorkspace, relocation: Relocation): readonly FileEdits[] {
  return (workspace.files?.() ?? []).flatMap(({ path, symbols }) => {
    const edits = new Map<number, FileEdits['edits'][number]>();
    for (const reference of symbols.documents.flatMap(({ references }) => references)) {
      if (reference.form !== 'path') continue;
      const text = afterMove(reference, path, workspace, relocation);
      if (text !== null) edits.set(reference.whole.start, { span: reference.span, text: writtenName(text, reference) });
    }
    const inOrder = [...edits.values()].toSorted((a, b) => a.span.start - b.span.start);
    return inOrder.length === 0 ? [] : [{ path, lines: symbols.lines, edits: inOrder }];
  });
}

/** What a reference must say; null when it can stay as it is. */
function afterMove(
  { name, nouns }: Reference,
  path: string,
  workspace: LanguageWorkspace,
  { moved, pathBetween }: Relocation,
): string | null {
  const from = moved(path);
  const target = workspace.resolve(path, name);
  const goal = moved(target);
  if ((from === path && goal === target) || workspace.resolve(from, name) === goal) return null;
  const found = pathBetween(from, goal);
  if (found === null) return null;
  // A path begins with a dot where it did before, and where it would be read as a name without.
  const isTold = nouns.includes('file') || isPath(found);
  return found.startsWith('../') || (isTold && !name.startsWith('.')) ? found : `./${found}`;
}
