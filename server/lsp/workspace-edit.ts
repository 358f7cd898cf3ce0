/** Edits of several files in the protocol's words. */
import type { TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import type { FileEdits } from '../language/navigation/index.ts';
import { toRange } from './convert.ts';
import type { Session } from './features/feature.ts';

/**
 * With the versions that the edits were made for, where the client takes them: it then refuses what has changed since.
 * `uris` gives the URI of a file by its path.
 */
export function toWorkspaceEdit(
  files: readonly FileEdits[],
  uris: (path: string) => string,
  session: Session,
): WorkspaceEdit {
  return joined(textEdits(files, uris, session), session);
}

/** The edits of each file, to be joined with those of other roots. */
export function textEdits(
  files: readonly FileEdits[],
  uris: (path: string) => string,
  session: Session,
): readonly TextDocumentEdit[] {
  return files.map(({ path, lines, edits }) => ({
    textDocument: { uri: uris(path), version: session.document(uris(path))?.version ?? null },
    edits: edits.map(({ span, text }) => ({ range: toRange(lines, span, session.unit), newText: text })),
  }));
}

/** All of them in the form that the client takes. */
export function joined(edits: readonly TextDocumentEdit[], { client }: Session): WorkspaceEdit {
  if (client.workspace?.workspaceEdit?.documentChanges === true) return { documentChanges: [...edits] };
  return {
    changes: Object.fromEntries(
      edits.map(({ textDocument, edits: each }) => [textDocument.uri, each.filter((edit) => 'newText' in edit)]),
    ),
  };
}
