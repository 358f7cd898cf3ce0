/** `textDocument/semanticTokens`: whole files, ranges, and what has changed since the last answer. */
import { type SemanticTokens, SemanticTokensBuilder } from 'vscode-languageserver/node';
import type { Span } from '../../engine/documents/index.ts';
import { tokenModifiers, tokens, tokenTypes } from '../../language/index.ts';
import { toOffset, toPosition } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import type { Feature, Session } from './feature.ts';

const legend = { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] };

export const semanticTokens: Feature = {
  capabilities: () => ({ semanticTokensProvider: { legend, full: { delta: true }, range: true } }),
  register: (session) => {
    const { semanticTokens: requests } = session.connection.languages;
    /** What the client was last told of each open file. */
    const builders = new WeakMap<OpenDocument, SemanticTokensBuilder>();
    const builderOf = (document: OpenDocument) => {
      const builder = builders.get(document) ?? new SemanticTokensBuilder();
      builders.set(document, builder);
      return builder;
    };
    requests.on(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return { data: [] };
      const builder = builderOf(document);
      // A builder is new after `previousResult` only.
      builder.previousResult('');
      return write(document, builder, session, null);
    });
    requests.onDelta(({ textDocument, previousResultId }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return { data: [] };
      const builder = builderOf(document);
      builder.previousResult(previousResultId);
      push(document, builder, session, null);
      return builder.buildEdits();
    });
    requests.onRange(({ textDocument, range }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return { data: [] };
      const { lines } = document.source;
      const [start, end] = [toOffset(lines, range.start, session.unit), toOffset(lines, range.end, session.unit)];
      return write(document, new SemanticTokensBuilder(), session, { start, end });
    });
  },
};

function write(
  document: OpenDocument,
  builder: SemanticTokensBuilder,
  session: Session,
  span: Span | null,
): SemanticTokens {
  push(document, builder, session, span);
  return builder.build();
}

function push({ source }: OpenDocument, builder: SemanticTokensBuilder, { unit }: Session, span: Span | null): void {
  for (const token of tokens(source, span)) {
    const start = toPosition(source.lines, token.span.start, unit);
    const end = toPosition(source.lines, token.span.end, unit);
    const modifiers = token.modifiers.reduce((bits, each) => bits | (1 << tokenModifiers.indexOf(each)), 0);
    builder.push(
      start.line,
      start.character,
      end.character - start.character,
      tokenTypes.indexOf(token.type),
      modifiers,
    );
  }
}
