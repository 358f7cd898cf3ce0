/** `textDocument/formatting`, `rangeFormatting` and `onTypeFormatting`. */
import type { TextEdit as ProtocolEdit } from 'vscode-languageserver/node';
import { format, formatOnType, type TextEdit, typedCharacters } from '../../language/index.ts';
import { toOffset, toRange } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import type { Feature, Session } from './feature.ts';

export const formatting: Feature = {
  capabilities: () => {
    const [first, ...others] = typedCharacters;
    return {
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      documentOnTypeFormattingProvider: { firstTriggerCharacter: first, moreTriggerCharacter: others },
    };
  },
  register: (session) => {
    const { connection } = session;
    connection.onDocumentFormatting(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      return document === undefined ? null : toEdits(format(document.source), document, session);
    });
    connection.onDocumentRangeFormatting(({ textDocument, range }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { lines } = document.source;
      const [start, end] = [toOffset(lines, range.start, session.unit), toOffset(lines, range.end, session.unit)];
      return toEdits(format(document.source, { start, end }), document, session);
    });
    connection.onDocumentOnTypeFormatting(({ textDocument, position, ch }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { lines } = document.source;
      return toEdits(formatOnType(lines, toOffset(lines, position, session.unit), ch), document, session);
    });
  },
};

const toEdits = (edits: readonly TextEdit[], { source }: OpenDocument, { unit }: Session): ProtocolEdit[] =>
  edits.map(({ span, text }) => ({ range: toRange(source.lines, span, unit), newText: text }));
