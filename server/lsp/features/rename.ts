/** `textDocument/rename` and `textDocument/prepareRename`. What is refused is answered as an error for the user to read. */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { prepareRename, rename as renameAt } from '../../language/navigation/index.ts';
import { toOffset, toRange } from '../convert.ts';
import { toWorkspaceEdit } from '../workspace-edit.ts';
import type { Feature } from './feature.ts';
import { settled, urisAround } from './places.ts';

const refusal = (message: string) => new ResponseError<void>(LSPErrorCodes.RequestFailed, message);

export const rename: Feature = {
  capabilities: ({ textDocument }) => ({
    renameProvider: textDocument?.rename?.prepareSupport === true ? { prepareProvider: true } : true,
  }),
  register: (session) => {
    const { connection } = session;
    connection.onPrepareRename(async ({ textDocument, position }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      await settled(session, document);
      const { source } = document;
      const offset = toOffset(source.lines, position, session.unit);
      const found = prepareRename(source, offset, session.contextOf(document));
      if (!found.ok) return refusal(found.message);
      return { range: toRange(source.lines, found.span, session.unit), placeholder: found.name };
    });
    connection.onRenameRequest(async ({ textDocument, position, newName }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      await settled(session, document);
      const { source } = document;
      const offset = toOffset(source.lines, position, session.unit);
      const result = renameAt(source, offset, newName, session.contextOf(document));
      if (!result.ok) return refusal(result.message);
      return toWorkspaceEdit(result.files, urisAround(session, document), session);
    });
  },
};
