/** `textDocument/definition` and `textDocument/typeDefinition`. */
import type { Location, LocationLink, TextDocumentPositionParams } from 'vscode-languageserver/node';
import { type Definition, definition, typeDefinition } from '../../language/navigation/index.ts';
import { toOffset, toRange } from '../convert.ts';
import type { Feature, Session } from './feature.ts';
import { settled, toLink, toLocation, urisAround } from './places.ts';

export const definitions: Feature = {
  capabilities: () => ({ definitionProvider: true, typeDefinitionProvider: true }),
  register: (session) => {
    const { connection } = session;
    connection.onDefinition((params) => {
      const links = session.client.textDocument?.definition?.linkSupport === true;
      return answer(session, params, definition, links);
    });
    connection.onTypeDefinition((params) => {
      const links = session.client.textDocument?.typeDefinition?.linkSupport === true;
      return answer(session, params, typeDefinition, links);
    });
  },
};

async function answer(
  session: Session,
  { textDocument, position }: TextDocumentPositionParams,
  find: typeof definition,
  links: boolean,
): Promise<LocationLink[] | Location[] | null> {
  const document = session.document(textDocument.uri);
  if (document === undefined) return null;
  await settled(session, document);
  const { source } = document;
  const found: Definition | null = find(
    source,
    toOffset(source.lines, position, session.unit),
    session.contextOf(document),
  );
  if (found === null) return null;
  const uris = urisAround(session, document);
  if (!links) return found.targets.map((target) => toLocation(target, uris, session));
  const origin = toRange(source.lines, found.origin, session.unit);
  return found.targets.map((target) => toLink(origin, target, uris, session));
}
