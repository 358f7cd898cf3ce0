/** `textDocument/selectionRange`. */
import type { SelectionRange } from 'vscode-languageserver/node';
import { selectionsAt } from '../../language/index.ts';
import { toOffset, toRange } from '../convert.ts';
import type { Feature } from './feature.ts';

export const selection: Feature = {
  capabilities: () => ({ selectionRangeProvider: true }),
  register: (session) => {
    session.connection.onSelectionRanges(({ textDocument, positions }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { source } = document;
      return positions.map((position): SelectionRange => {
        let range: SelectionRange = { range: { start: position, end: position } };
        for (const [index, span] of selectionsAt(source, toOffset(source.lines, position, session.unit))
          .toReversed()
          .entries()) {
          const here = toRange(source.lines, span, session.unit);
          range = index === 0 ? { range: here } : { range: here, parent: range };
        }
        return range;
      });
    });
  },
};
