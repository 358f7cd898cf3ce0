/** What a fix is, and what fixers are given. Fixes are plain text edits and new files; applying them is the editor's part. */
import {
  dereference,
  entryOf,
  itemAt,
  type MappingNode,
  type Path,
  type Problem,
  type Schema,
  type SourceDocument,
  type Span,
  type SyntaxNode,
} from '../../engine/documents/index.ts';
import type { LanguageContext, SourceFile } from '../file.ts';
import { schemaIn } from '../surroundings.ts';

export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** Paths are in the form of the workspace's view; a null path is the file that the fix was asked for in. */
export type Change =
  | { readonly type: 'edit'; readonly path: string | null; readonly edits: readonly TextEdit[] }
  | { readonly type: 'create'; readonly path: string; readonly text: string };

export type FixKind = 'quickfix' | 'refactor.extract' | 'refactor.rewrite';

export interface Fix {
  readonly title: string;
  readonly kind: FixKind;
  /** The problems that it solves; none for a refactoring. */
  readonly problems: readonly Problem[];
  readonly changes: readonly Change[];
  /** Whether it is the obvious thing to do. */
  readonly isPreferred?: boolean;
  /** Whether it changes nothing but what was certainly meant, so that it may be applied on saving. */
  readonly isSafe?: boolean;
}

/** The surroundings of a problem. `read` gives other files of the workspace; null for what cannot be read. */
export interface FixContext extends LanguageContext {
  readonly read?: (path: string) => SourceFile | null;
}

export interface Scene {
  readonly file: SourceFile;
  readonly document: SourceDocument;
  readonly context: FixContext;
}

export type Fixer = (problem: Problem, scene: Scene) => readonly Fix[];

interface Options {
  readonly isPreferred?: boolean;
  readonly isSafe?: boolean;
}

/** A quick fix for one problem by edits of its own file. */
export const quickFix = (title: string, problem: Problem, edits: readonly TextEdit[], options: Options = {}): Fix => ({
  title,
  kind: 'quickfix',
  problems: [problem],
  changes: [{ type: 'edit', path: null, edits }],
  ...options,
});

/** The mapping that a problem's value stands in. */
export function mappingAround(
  { document }: Scene,
  problem: Problem,
): { readonly path: Path; readonly node: MappingNode } | null {
  const path = document.placeAt(problem.span.start)?.path.slice(0, -1);
  const node = path === undefined ? null : nodeAt(document, path);
  return path === undefined || node?.type !== 'mapping' ? null : { path, node };
}

/** The schema of what stands at a path, in a tool's input that of the tool; null where nothing is said of it. */
export const schemaOf = ({ document, file, context }: Scene, path: Path): Schema | null =>
  document.kind === null ? null : schemaIn({ kind: document.kind, document, source: file, context }, path);

/** The node at `path`, aliases followed; null when there is none. */
export function nodeAt(document: SourceDocument, path: Path): SyntaxNode | null {
  let node: SyntaxNode | null = dereference(document.root);
  for (const step of path) {
    if (node?.type === 'mapping') node = dereference(entryOf(node, String(step))?.value ?? null);
    else if (node?.type === 'sequence') node = dereference(itemAt(node, Number(step)) ?? null);
    else return null;
  }
  return node;
}
