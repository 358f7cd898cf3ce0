/** `textDocument/documentLink`. */
import { links as linksOf } from '../../language/navigation/index.ts';
import { toRange } from '../convert.ts';
import type { Feature } from './feature.ts';
import { urisAround } from './places.ts';

export const links: Feature = {
  capabilities: () => ({ documentLinkProvider: { resolveProvider: false } }),
  register: (session) => {
    session.connection.onDocumentLinks(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { source } = document;
      const uris = urisAround(session, document);
      return linksOf(source, session.contextOf(document)).map(({ span, path }) => ({
        range: toRange(source.lines, span, session.unit),
        target: uris(path),
      }));
    });
  },
};
