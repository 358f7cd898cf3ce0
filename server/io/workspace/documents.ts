/** Finds every Assay document below a workspace root. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { readDocuments, type SourceDocument, type WorkspaceView } from '../../engine/documents/index.ts';

/** A file larger than this is no document that a person wrote. */
const maxSizeBytes = 20 * 1024 * 1024;
const skippedFolders = new Set(['node_modules', 'dist', 'out', 'build', 'target', 'coverage']);
const looksLikeDocument = /apiVersion["']?\s*:\s*["']?assay\//;

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
  /** The documents in the file at an absolute path. */
  at(path: string): readonly DocumentFile[];
}

/** Reads all documents below `root`, leaving out dot folders, `node_modules` and build output. */
export async function loadWorkspace(root: string): Promise<Workspace> {
  const files: DocumentFile[] = [];
  for await (const path of yamlFiles(root)) files.push(...(await readDocumentFile(path, root)));
  return createWorkspace(root, files);
}

export function createWorkspace(root: string, files: readonly DocumentFile[]): Workspace {
  const byKind = Map.groupBy(files, ({ document }) => document.kind);
  return {
    root,
    files,
    at: (path) => files.filter((file) => file.path === path),
    documents: (kind) => (byKind.get(kind) ?? []).map(({ path, document: { name } }) => ({ kind, name, path })),
    resolve: (fromPath, reference) => resolve(dirname(fromPath), reference),
    fileExists: (path) => existsSync(path),
  };
}

/** The documents of one file; none when it cannot be read or holds no Assay document. */
async function readDocumentFile(path: string, root: string): Promise<DocumentFile[]> {
  const text = await readText(path);
  return text === null || !looksLikeDocument.test(text) ? [] : documentsOf(path, root, text);
}

/** The text of a file; null when it cannot be read or is larger than any document. */
export async function readText(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes === null || bytes.length > maxSizeBytes ? null : bytes.toString('utf8');
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
