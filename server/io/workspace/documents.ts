/** Finds every Assay document below a workspace root. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type DocumentKind, readDocuments, type SourceDocument } from '../../engine/documents/index.ts';

/** A file larger than this is no document that a person wrote. */
const maxSizeBytes = 20 * 1024 * 1024;
const skippedFolders = new Set(['node_modules', 'dist', 'out', 'build', 'target', 'coverage']);
const looksLikeDocument = /^apiVersion:\s*["']?assay\//m;

export interface WorkspaceDocument {
  /** Absolute, in the platform's form. */
  readonly path: string;
  /** From the workspace root, with forward slashes. */
  readonly relativePath: string;
  readonly text: string;
  /** `sha256:…` of the file's bytes. */
  readonly digest: string;
  readonly document: SourceDocument;
}

export interface Workspace {
  readonly root: string;
  readonly documents: readonly WorkspaceDocument[];
  /** Documents of a kind that go by `metadata.name`; more than one is the author's mistake. */
  named(kind: DocumentKind, name: string): readonly WorkspaceDocument[];
  /** Documents in the file at an absolute path. */
  at(path: string): readonly WorkspaceDocument[];
  /** Whether there is a file or folder at an absolute path. */
  exists(path: string): boolean;
}

/** Reads all documents below `root`, leaving out dot folders, `node_modules` and build output. */
export async function loadWorkspace(root: string): Promise<Workspace> {
  const documents: WorkspaceDocument[] = [];
  for await (const path of yamlFiles(root)) documents.push(...(await readDocumentFile(path, root)));
  return createWorkspace(root, documents);
}

export function createWorkspace(root: string, documents: readonly WorkspaceDocument[]): Workspace {
  return {
    root,
    documents,
    named: (kind, name) => documents.filter(({ document }) => document.kind === kind && document.name === name),
    at: (path) => documents.filter((each) => each.path === path),
    exists: (path) => existsSync(path),
  };
}

/** The documents of one file; none when it cannot be read or holds no Assay document. */
async function readDocumentFile(path: string, root: string): Promise<WorkspaceDocument[]> {
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null || bytes.length > maxSizeBytes) return [];
  const text = bytes.toString('utf8');
  if (!looksLikeDocument.test(text)) return [];
  return documentsOf(path, root, text, bytes);
}

/** The documents of a file whose text is at hand. */
export function documentsOf(path: string, root: string, text: string, bytes: Uint8Array = Buffer.from(text)): WorkspaceDocument[] {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const relativePath = relative(root, path).split(sep).join('/');
  return readDocuments(text).map((document) => ({ path, relativePath, text, digest, document }));
}

async function* yamlFiles(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !skippedFolders.has(entry.name)) yield* yamlFiles(path);
    } else if (/\.ya?ml$/i.test(entry.name) && (entry.isFile() || (await isFile(path)))) yield path;
  }
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
