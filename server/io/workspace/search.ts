/**
 * Finds the files below a root that may hold Assay documents, and reads them. Symbolic links to folders are not
 * followed, so that loops are harmless.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { IgnoredPaths } from './ignored.ts';

/** A file larger than this is no document that a person wrote. */
const maxSizeBytes = 20 * 1024 * 1024;
/**
 * A file that was written to within this time may be half a file: half a policy may be a valid one that allows more.
 * Editors that replace files by renaming never show halves; those that write in place do, for a moment.
 */
const restMs = 100;
/** For how long a file is waited for that does not come to rest. */
const longestWriteMs = 2_000;
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
    if ((await stat(path)).size > maxSizeBytes) return null;
    return await readAtRest(path);
  } catch {
    return null;
  }
}

/** The bytes of a file that nobody is writing; rejects when it does not come to rest. */
async function readAtRest(path: string): Promise<Buffer> {
  for (let waitedMs = 0; waitedMs <= longestWriteMs; waitedMs += restMs) {
    const before = await stat(path);
    const bytes = await readFile(path);
    const after = await stat(path);
    const isSame = before.mtimeMs === after.mtimeMs && before.size === after.size && before.ino === after.ino;
    if (isSame && Math.abs(Date.now() - after.mtimeMs) > restMs) return bytes;
    await delay(restMs);
  }
  throw new Error(`\`${path}\` is being written all the time`);
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
