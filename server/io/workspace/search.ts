/**
 * Finds the files below a root that may hold Assay documents, and reads them. Symbolic links to folders are not
 * followed, so that loops are harmless.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { IgnoredPaths } from './ignored.ts';

/** A file larger than this is no document that a person wrote. */
const maxSizeBytes = 20 * 1024 * 1024;
/** How many files are read at a time. */
const readAhead = 32;
const looksLikeDocument = /apiVersion["']?\s*:\s*["']?assay\//;

export const isYaml = (path: string): boolean => /\.ya?ml$/i.test(path);

export interface FoundFile {
  /** Absolute, in the platform's form. */
  readonly path: string;
  readonly text: string;
}

export interface SearchOptions {
  readonly ignored?: IgnoredPaths;
  /** A folder to search instead of all; from the root, with forward slashes. */
  readonly folder?: string;
  /** Whether folders within are searched; default true. */
  readonly deep?: boolean;
}

/** All files below `root` that look like Assay documents, a few at a time, ordered by folder and name. */
export async function* searchDocuments(root: string, options: SearchOptions = {}): AsyncGenerator<FoundFile> {
  const { ignored = new IgnoredPaths(root), folder = '', deep = true } = options;
  let waiting: Promise<FoundFile | null>[] = [];
  for await (const name of yamlNames(ignored, folder, deep)) {
    waiting.push(readCandidate(join(root, name)));
    if (waiting.length < readAhead) continue;
    yield* present(await Promise.all(waiting));
    waiting = [];
  }
  yield* present(await Promise.all(waiting));
}

const present = (files: readonly (FoundFile | null)[]): FoundFile[] => files.filter((file) => file !== null);

/** A file that looks like an Assay document; null for all others and for what cannot be read. */
export async function readCandidate(path: string): Promise<FoundFile | null> {
  const bytes = await readBytes(path);
  if (bytes === null || !bytes.includes('assay/')) return null;
  const text = bytes.toString('utf8');
  return looksLikeDocument.test(text) ? { path, text } : null;
}

/** The text of a file; null when it cannot be read or is larger than any document. */
export async function readText(path: string): Promise<string | null> {
  return (await readBytes(path))?.toString('utf8') ?? null;
}

async function readBytes(path: string): Promise<Buffer | null> {
  try {
    const { size } = await stat(path);
    return size > maxSizeBytes ? null : await readFile(path);
  } catch {
    return null;
  }
}

/** Names of YAML files from the root, with forward slashes. */
async function* yamlNames(ignored: IgnoredPaths, folder: string, deep: boolean): AsyncGenerator<string> {
  const entries = await readdir(join(ignored.root, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (deep && !ignored.hasFolder(name)) yield* yamlNames(ignored, name, deep);
    } else if (isYaml(name) && !ignored.hasFile(name) && (entry.isFile() || (await isLinkOut(ignored.root, name))))
      yield name;
  }
}

/** Whether a link leads to a file outside of the root; one inside is found under its own name. */
async function isLinkOut(root: string, name: string): Promise<boolean> {
  try {
    const real = await realpath(join(root, name));
    return relative(root, real).startsWith('..') && (await stat(real)).isFile();
  } catch {
    return false;
  }
}
