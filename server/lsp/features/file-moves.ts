/**
 * `workspace/willRenameFiles`: before files and folders move, the paths in documents that would lead elsewhere
 * afterwards are written anew. The client makes the edits first and moves the files then.
 */
import type { FileRename, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { editsForMove } from '../../language/navigation/index.ts';
import { type Move, relocationBelow } from '../moves.ts';
import { placeOf } from '../uris.ts';
import { joined, textEdits } from '../workspace-edit.ts';
import type { Feature, Session } from './feature.ts';
import { everythingSettled, urisBelow } from './places.ts';

export const fileMoves: Feature = {
  // What it is asked of is said among the server's other abilities about files.
  capabilities: () => ({}),
  register: (session) => {
    session.connection.workspace.onWillRenameFiles(({ files }) => answer(files, session));
  },
};

async function answer(files: readonly FileRename[], session: Session): Promise<WorkspaceEdit | null> {
  const moves = files.flatMap(({ oldUri, newUri }): readonly Move[] => {
    const [from, to] = [placeOf(oldUri), placeOf(newUri)];
    return from === null || to === null ? [] : [{ from, to }];
  });
  if (moves.length === 0) return null;
  await everythingSettled(session);
  const edits: TextDocumentEdit[] = [];
  for (const { root, view } of await session.workspaces.views())
    edits.push(...textEdits(editsForMove(view, relocationBelow(root, moves)), urisBelow(session, root), session));
  return edits.length === 0 ? null : joined(edits, session);
}
