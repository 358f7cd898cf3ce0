/** `textDocument/hover`. */
import { hover as hoverAt } from '../../language/index.ts';
import { toOffset, toRange } from '../convert.ts';
import { markup } from '../markup.ts';
import type { Feature } from './feature.ts';

export const hover: Feature = {
  capabilities: () => ({ hoverProvider: true }),
  register: (session) => {
    session.connection.onHover(({ textDocument, position }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { lines } = document.source;
      const context = { ...session.contextOf(document), proofs: session.provedOf(document) ?? null };
      const found = hoverAt(document.source, toOffset(lines, position, session.unit), context);
      if (found === null) return null;
      const contents = markup(found.markdown, session.client.textDocument?.hover?.contentFormat);
      return { contents, range: toRange(lines, found.span, session.unit) };
    });
  },
};
