/** Reads every Assay document below a workspace root. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import {
  type DocumentKind,
  describeDocument,
  readDocuments,
  type SourceDocument,
  type WorkspaceDocument,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { decode } from './decode.ts';
import { FileDigests } from './file-digest.ts';
import { IgnoredPaths } from './ignored.ts';
import { isFolder } from './root.ts';
import { searchDocuments, type UnreadFile } from './search.ts';

/** A document together with the file that it stands in. */
export interface DocumentFile {
  /** Absolute, in the platform's form. */
  readonly path: string;
  /** From the workspace root, with forward slashes. */
  readonly relativePath: string;
  /** Of the whole file. */
  readonly text: string;
  /** The text of the document alone: all of the file, unless it holds several. */
  readonly source: string;
  /** `sha256:…` of the bytes of `source`. */
  readonly digest: string;
  readonly document: SourceDocument;
}

export interface Workspace extends WorkspaceView {
  readonly root: string;
  readonly files: readonly DocumentFile[];
  /** What the search came upon and did not understand, though it may hold a constitution. */
  readonly unread: readonly UnreadFile[];
  /** The documents in the file at an absolute path. A file that no search finds, as git ignores it, is read when asked for. */
  at(path: string): readonly DocumentFile[];
}

/** Reads all documents below `root`, leaving out what `IgnoredPaths` leaves out. */
export async function loadWorkspace(root: string): Promise<Workspace> {
  const files: DocumentFile[] = [];
  const unread: UnreadFile[] = [];
  const found = searchDocuments(root, { onUnread: (file) => unread.push(file), waits: true });
  for await (const { path, text } of found) files.push(...documentsOf(path, root, text));
  return workspaceOf(root, files, unread);
}

function workspaceOf(root: string, files: readonly DocumentFile[], unread: readonly UnreadFile[]): Workspace {
  const digests = new FileDigests();
  const described = new Map<DocumentKind, readonly WorkspaceDocument[]>();
  const byKind = Map.groupBy(files, ({ document }) => document.kind);
  const byPath = new Map<string, readonly DocumentFile[]>(Map.groupBy(files, ({ path }) => path));
  const at = (path: string): readonly DocumentFile[] => {
    const known = byPath.get(path) ?? readUnsearched(path, root);
    byPath.set(path, known);
    return known;
  };
  return {
    root,
    files,
    unread,
    at,
    documents: (kind) => {
      const known =
        described.get(kind) ??
        (byKind.get(kind) ?? []).flatMap(({ path, document }) => describeDocument(document, path) ?? []);
      described.set(kind, known);
      return known;
    },
    resolve: (fromPath, reference) => resolve(dirname(fromPath), reference),
    fileExists: (path) => existsSync(path),
    isFolder,
    leftOut: (path) => new IgnoredPaths(root).reasonFor(relative(root, path).split(sep).join('/')),
    digestOf: (path) => digests.of(path),
  };
}

function readUnsearched(path: string, root: string): readonly DocumentFile[] {
  try {
    // A pipe or a device would hold up everybody until somebody writes to it.
    if (!statSync(path).isFile()) return [];
    const text = decode(readFileSync(path));
    return /apiVersion["']?\s*:/.test(text) ? documentsOf(path, root, text) : [];
  } catch {
    return [];
  }
}

/** The documents of a file whose text is at hand. */
export function documentsOf(path: string, root: string, text: string): DocumentFile[] {
  const relativePath = relative(root, path).split(sep).join('/');
  const documents = readDocuments(text);
  return documents.map((document) => {
    const source = documents.length === 1 ? text : text.slice(document.span.start, document.span.end);
    const digest = `sha256:${createHash('sha256').update(source).digest('hex')}`;
    return { path, relativePath, text, source, digest, document };
  });
}
