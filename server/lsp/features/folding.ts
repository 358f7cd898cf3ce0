/** `textDocument/foldingRange`. */
import { FoldingRangeKind } from 'vscode-languageserver/node';
import { type Fold, folds } from '../../language/index.ts';
import type { Feature } from './feature.ts';

const kinds = { block: undefined, comment: FoldingRangeKind.Comment, region: FoldingRangeKind.Region } as const;

export const folding: Feature = {
  capabilities: () => ({ foldingRangeProvider: true }),
  register: (session) => {
    session.connection.onFoldingRanges(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const limit = session.client.textDocument?.foldingRange?.rangeLimit ?? Number.POSITIVE_INFINITY;
      return outermost(folds(document.source), limit).map(({ first, last, kind }) => ({
        startLine: first,
        endLine: last,
        ...(kinds[kind] !== undefined && { kind: kinds[kind] }),
      }));
    });
  },
};

/** At most `limit` of the folds: the deepest go first. */
function outermost(all: readonly Fold[], limit: number): readonly Fold[] {
  if (all.length <= limit) return all;
  const kept = new Set(all.toSorted((a, b) => a.depth - b.depth).slice(0, limit));
  return all.filter((fold) => kept.has(fold));
}
