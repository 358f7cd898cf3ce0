/** `textDocument/documentHighlight` and `textDocument/linkedEditingRange`: the same name elsewhere in the file. */
import { DocumentHighlightKind } from 'vscode-languageserver/node';
import { highlights, linkedEditing } from '../../language/navigation/index.ts';
import { toOffset, toRange } from '../convert.ts';
import type { Feature } from './feature.ts';

/** What names are made of; typing anything else ends the linked editing. */
const wordPattern = '[A-Za-z0-9._-]*';

export const highlight: Feature = {
  capabilities: () => ({ documentHighlightProvider: true, linkedEditingRangeProvider: true }),
  register: (session) => {
    const { connection } = session;
    connection.onDocumentHighlight(({ textDocument, position }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { source } = document;
      const offset = toOffset(source.lines, position, session.unit);
      return highlights(source, offset, session.contextOf(document)).map(({ span, declares }) => ({
        range: toRange(source.lines, span, session.unit),
        kind: declares ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
    });
    connection.languages.onLinkedEditingRange(({ textDocument, position }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { source } = document;
      const offset = toOffset(source.lines, position, session.unit);
      const spans = linkedEditing(source, offset, session.contextOf(document));
      if (spans === null) return null;
      return { ranges: spans.map((span) => toRange(source.lines, span, session.unit)), wordPattern };
    });
  },
};
