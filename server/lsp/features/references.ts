/** `textDocument/references`. */
import { references as referencesOf } from '../../language/navigation/index.ts';
import { toOffset } from '../convert.ts';
import type { Feature } from './feature.ts';
import { settled, toLocation, urisAround } from './places.ts';

export const references: Feature = {
  capabilities: () => ({ referencesProvider: true }),
  register: (session) => {
    session.connection.onReferences(async ({ textDocument, position, context }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      await settled(session, document);
      const { source } = document;
      const offset = toOffset(source.lines, position, session.unit);
      const found = referencesOf(source, offset, session.contextOf(document), context.includeDeclaration);
      const uris = urisAround(session, document);
      return found.map((target) => toLocation(target, uris, session));
    });
  },
};
