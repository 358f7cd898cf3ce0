/** Places in other files, in the protocol's words: which URI a file of the workspace has, and where in it something stands. */
import { join } from 'node:path';
import type { Location, LocationLink, Range } from 'vscode-languageserver/node';
import type { LineMap, Span } from '../../engine/documents/index.ts';
import type { Target } from '../../language/navigation/index.ts';
import { toRange } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import { uriOf } from '../uris.ts';
import type { Session } from './feature.ts';

/** How the files around an open one are called: those that are open by the client's own URI. */
export function urisAround(session: Session, document: OpenDocument): (name: string) => string {
  return remembered((name) => (name === '' ? document.uri : session.workspaces.uriOf(document, name)));
}

/** The same for a root of the workspace. */
export function urisBelow(session: Session, root: string): (name: string) => string {
  const open = new Map(session.openDocuments().map(({ path, uri }) => [path, uri]));
  return remembered((name) => open.get(join(root, name)) ?? uriOf(join(root, name)));
}

/** Many places are in few files. */
function remembered(uriOfName: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const uri = known.get(name) ?? uriOfName(name);
    known.set(name, uri);
    return uri;
  };
}

/**
 * Resolves when the workspace around a file has been read and knows of every edit that came before: an answer about
 * other files must not miss any.
 */
export async function settled({ workspaces }: Session, { path }: OpenDocument): Promise<void> {
  if (path !== null) await workspaces.ready(path);
  // Edits are noted in the turn of the event loop after they came.
  await new Promise((resolve) => setImmediate(resolve));
}

/** The same for all workspaces that are known. */
export async function everythingSettled({ workspaces }: Session): Promise<void> {
  await workspaces.allReady();
  await new Promise((resolve) => setImmediate(resolve));
}

const fileStart: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

const rangeIn = (lines: LineMap | null, span: Span, { unit }: Session): Range =>
  lines === null ? fileStart : toRange(lines, span, unit);

export function toLocation(target: Target, uris: (name: string) => string, session: Session): Location {
  return { uri: uris(target.path), range: rangeIn(target.lines, target.span, session) };
}

export function toLink(origin: Range, target: Target, uris: (name: string) => string, session: Session): LocationLink {
  return {
    originSelectionRange: origin,
    targetUri: uris(target.path),
    targetRange: rangeIn(target.lines, target.item, session),
    targetSelectionRange: rangeIn(target.lines, target.span, session),
  };
}
