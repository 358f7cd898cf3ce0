/** `textDocument/codeLens`. */
import { lenses as lensesOf } from '../../language/index.ts';
import { serverCommands } from '../../protocol/index.ts';
import { toRange } from '../convert.ts';
import type { Feature } from './feature.ts';

export const lenses: Feature = {
  capabilities: () => ({ codeLensProvider: { resolveProvider: false } }),
  register: (session) => {
    session.connection.onCodeLens(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return [];
      return lensesOf(document.source).map((lens) => ({
        range: toRange(document.source.lines, lens.span, session.unit),
        command: { title: lens.title, command: serverCommands[lens.action], arguments: [document.uri] },
      }));
    });
  },
};
