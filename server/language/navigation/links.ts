/** The paths in a file as links to what they name. References by name are no links; they have definitions. */
import type { Span } from '../../engine/documents/index.ts';
import type { LanguageContext, SourceFile } from '../file.ts';
import { Symbols } from './symbols.ts';

export interface Link {
  readonly span: Span;
  /** In the form of the workspace's view. */
  readonly path: string;
}

/** Links to the files that are there, in the order of the text. */
export function links(file: SourceFile | string, context: LanguageContext = {}): readonly Link[] {
  const symbols = new Symbols(file, context);
  const exists = new Map<string, boolean>();
  const found: Link[] = [];
  for (const reference of symbols.references(symbols.path)) {
    const path = reference.item.form === 'path' ? symbols.pathOf(reference) : null;
    if (path === null) continue;
    const isThere = exists.get(path) ?? context.workspace?.fileExists(path) === true;
    exists.set(path, isThere);
    if (isThere) found.push({ span: reference.item.span, path });
  }
  return found.toSorted((a, b) => a.span.start - b.span.start);
}
