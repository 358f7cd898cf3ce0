/** `textDocument/completion`. */
import type { ClientCapabilities } from 'vscode-languageserver/node';
import { complete } from '../../language/index.ts';
import type { ServerOptions } from '../../protocol/index.ts';
import { type CompletionAbilities, toCompletionItem, toOffset } from '../convert.ts';
import type { Feature } from './feature.ts';

export const completion: Feature = {
  capabilities: () => ({
    completionProvider: { triggerCharacters: [' ', ':', '-', '.', '{', '[', ',', '/', '"', "'", '*'] },
  }),
  register: (session) => {
    session.connection.onCompletion(({ textDocument, position }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { source } = document;
      const items = complete(source, toOffset(source.lines, position, session.unit), session.contextOf(document));
      const abilities = abilitiesOf(session.client, session.options);
      return items.map((item) => toCompletionItem(item, source.lines, session.unit, abilities));
    });
  },
};

function abilitiesOf({ textDocument }: ClientCapabilities, options: ServerOptions): CompletionAbilities {
  const item = textDocument?.completion?.completionItem;
  return {
    snippets: item?.snippetSupport === true,
    documentationFormat: item?.documentationFormat,
    insertTextModes: item?.insertTextModeSupport !== undefined,
    suggestCommand: options.suggestCommand ?? null,
  };
}
