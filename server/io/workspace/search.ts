/**
 * Finds the files below a root that may hold Assay documents, and reads them. It tells of files that may hold a constitution and
 * cannot be understood. Symbolic links to folders are not followed, so that loops are harmless.
 */
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isDocumentText,
  mayBeConstitution,
  readDocuments,
  type SourceDocument,
  standingOf,
} from '../../engine/documents/index.ts';
import { decode } from './decode.ts';
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

export const isYaml = (path: string): boolean => /\.ya?ml$/i.test(path);
/** Names that promise a policy. What such a file holds is a document where it says so, and nothing where it does not. */
const isNamedPolicy = (path: string): boolean => /\.policy\.(ya?ml|json)$/i.test(path);
/** Beside an unsaved file, some editors keep a link that leads nowhere. */
const isLock = (name: string): boolean => /(^|\/)\.#[^/]*$/.test(name);

export interface FoundFile {
  /** Absolute, in the platform's form. */
  readonly path: string;
  readonly text: string;
}

/** Why something may hold a constitution that nobody has understood. */
export interface Doubt {
  /** What hinders, in words that follow the file's name. */
  readonly why: string;
  /** What to do about it. */
  readonly help: string;
}

/** A file or folder that may hold a constitution, for all that can be told without having understood it. */
export interface UnreadFile extends Doubt {
  /** Absolute, in the platform's form. */
  readonly path: string;
}

/** What is said of such a file where it must have been understood. */
export const unreadProblem = (doubt: Doubt): { readonly code: string; readonly message: string } => ({
  code: 'workspace/unread-file',
  message: doubtText('this', doubt),
});

/** A doubt in words; `what` names the file. */
export const doubtText = (what: string, { why, help }: Doubt): string =>
  `${what} ${why} and may hold a constitution, without which nothing is run; ${help}, or name it in \`.gitignore\` if it holds none`;

type OnUnread = (file: UnreadFile) => void;

export interface SearchOptions {
  readonly ignored?: IgnoredPaths;
  /** A folder to search instead of all; from the root, with forward slashes. */
  readonly folder?: string;
  /** Whether folders within are searched; default true. */
  readonly deep?: boolean;
  /** Called with all that may hold a constitution and was not understood; documents that are in doubt are found. */
  readonly onUnread?: OnUnread;
  /** Whether folders in which files come and go at the moment are waited for, as files are that are written to; default false. */
  readonly waits?: boolean;
}

/** All files below `root` that look like Assay documents, a few at a time, ordered by folder and name. */
export async function* searchDocuments(root: string, options: SearchOptions = {}): AsyncGenerator<FoundFile> {
  const { ignored = new IgnoredPaths(root), folder = '', deep = true, onUnread = null, waits = false } = options;
  let waiting: Promise<FoundFile | null>[] = [];
  for await (const name of candidateNames({ ignored, deep, onUnread, waits }, folder)) {
    waiting.push(readCandidate(join(root, name), onUnread));
    if (waiting.length < readAhead) continue;
    yield* present(await Promise.all(waiting));
    waiting = [];
  }
  yield* present(await Promise.all(waiting));
}

const present = (files: readonly (FoundFile | null)[]): FoundFile[] => files.filter((file) => file !== null);

/** A file that looks like an Assay document; null for all others and for what cannot be read. */
export async function readCandidate(path: string, onUnread: OnUnread | null = null): Promise<FoundFile | null> {
  const { text, fault } = await read(path);
  if (text !== null && fault === null && isYaml(path) && isDocumentText(text)) return { path, text };
  const doubt = onUnread === null ? null : doubtOf(path, text, fault);
  if (doubt !== null) onUnread?.({ path, ...doubt });
  return null;
}

/** The text of a file; null when it cannot be read or is larger than any document. */
export async function readText(path: string): Promise<string | null> {
  const { text, fault } = await read(path);
  return fault === null ? text : null;
}

/** Whether files of such a name are looked into, for documents or for what may be meant as one. */
export const isCandidate = (name: string): boolean => isYaml(name) || isNamedPolicy(name);

const hidden: Doubt = { why: 'has errors that hide what it is', help: 'correct them' };

/** Why a file of this name and text may hold a constitution that is not understood; null when it holds none, or a clear one. */
export function doubtIn(name: string, text: string, documents: readonly SourceDocument[]): Doubt | null {
  if (!isCandidate(name)) return null;
  if (!isYaml(name) || !isDocumentText(text)) return doubtOf(name, text, null);
  return documents.some((document) => standingOf(document, text) === 'unclear') ? hidden : null;
}

/** Why a file that is no document may be a constitution nevertheless; null when it is none. */
function doubtOf(path: string, text: string | null, fault: Doubt | null): Doubt | null {
  if (text === null) return fault;
  const isDocument = isDocumentText(text);
  if (fault !== null) return isNamedPolicy(path) || isDocument || mayBeConstitution(text) ? fault : null;
  if (!isYaml(path))
    return isDocument && mayBeConstitution(text)
      ? { why: 'is not searched for documents', help: 'let its name end in `.yaml`' }
      : null;
  const isUnclear = isNamedPolicy(path)
    ? readDocuments(text).some((document) => standingOf(document, text) !== 'ordinary')
    : mayBeConstitution(text);
  return isUnclear
    ? {
        why: 'is no document of Assay as it stands',
        help: 'correct it (`assay validate` with its name says what is wrong)',
      }
    : null;
}

interface Reading {
  /** Null when nothing is known of it. */
  readonly text: string | null;
  /** What hindered; null for a file that was read, or that is gone. */
  readonly fault: Doubt | null;
}

async function read(path: string): Promise<Reading> {
  try {
    const { size } = await stat(path);
    if (size > maxSizeBytes) return { text: (await mayHoldConstitution(path)) ? null : '', fault: tooLarge };
    const { bytes, isAtRest } = await readAtRest(path);
    return { text: decode(bytes), fault: isAtRest ? null : beingWritten };
  } catch (error) {
    const isGone = isMissing(error) && (await lstat(path).catch(() => null)) === null;
    return { text: null, fault: isGone ? null : unreadable(error) };
  }
}

/** Whether a file that is not read as a whole is called a policy, or has both words in it that a constitution has. */
async function mayHoldConstitution(path: string): Promise<boolean> {
  if (isNamedPolicy(path)) return true;
  const missing = new Set(['assay', 'constitution']);
  let before = '';
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    // Of UTF-16 every other byte is zero.
    const text = before + (chunk as Buffer).toString('latin1').replaceAll('\0', '').toLowerCase();
    for (const word of missing) if (text.includes(word)) missing.delete(word);
    if (missing.size === 0) return true;
    before = text.slice(-'constitution'.length);
  }
  return false;
}

const tooLarge: Doubt = { why: 'is larger than any document that is read, 20 MB', help: 'make it smaller' };
const beingWritten: Doubt = { why: 'is being written all the time', help: 'wait until it is written' };

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

function unreadable(error: unknown): Doubt {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'it is a link that leads nowhere',
    ELOOP: 'it is a link that leads to itself',
  };
  const reason = reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return { why: `cannot be read (${reason})`, help: 'see to it that it can be read' };
}

/** The bytes of a file once nobody is writing it; the last ones that were read when it does not come to rest. */
async function readAtRest(path: string): Promise<{ bytes: Buffer; isAtRest: boolean }> {
  for (let waitedMs = 0; ; waitedMs += restMs) {
    const before = await stat(path);
    const bytes = await readFile(path);
    const after = await stat(path);
    const isSame = before.mtimeMs === after.mtimeMs && before.size === after.size && before.ino === after.ino;
    const isAtRest = isSame && Math.abs(Date.now() - after.mtimeMs) > restMs;
    if (isAtRest || waitedMs >= longestWriteMs) return { bytes, isAtRest };
    await delay(restMs);
  }
}

interface Search {
  readonly ignored: IgnoredPaths;
  readonly deep: boolean;
  readonly onUnread: OnUnread | null;
  readonly waits: boolean;
}

/** Names of files that may hold documents, from the root, with forward slashes. */
async function* candidateNames(search: Search, folder: string): AsyncGenerator<string> {
  const { ignored, deep, onUnread } = search;
  for (const entry of await entriesOf(search, folder)) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (deep && !ignored.hasFolder(name)) yield* candidateNames(search, name);
      continue;
    }
    const isSought = onUnread === null ? isYaml(name) : isCandidate(name);
    if (isSought && (await isSearched(ignored, name, entry))) yield name;
  }
}

/** Whether what is no folder is looked into by a search: what is not left out, and of links those that lead to nothing found. */
export const isSearched = async (
  ignored: IgnoredPaths,
  name: string,
  entry: { readonly isFile: () => boolean },
): Promise<boolean> => !ignored.hasFile(name) && (entry.isFile() || (await isOnlyHere(ignored, name)));

async function entriesOf({ ignored: { root }, onUnread, waits }: Search, folder: string): Promise<Dirent[]> {
  const path = join(root, folder);
  try {
    // Some editors take a file away before they put its next version there.
    for (let waitedMs = 0; waits && waitedMs < longestWriteMs; waitedMs += restMs) {
      if (Math.abs(Date.now() - (await stat(path)).mtimeMs) > restMs) break;
      await delay(restMs);
    }
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (!isMissing(error)) onUnread?.({ path, ...unreadable(error) });
    return [];
  }
}

/** Whether a link leads to a file that is not found under a name of its own, or nowhere, which its reader will see. */
async function isOnlyHere(ignored: IgnoredPaths, name: string): Promise<boolean> {
  try {
    const real = await realpath(join(ignored.root, name));
    const own = relative(ignored.root, real).split(sep).join('/');
    const isFound = isYaml(own) && !isAbsolute(own) && !ignored.hasFile(own);
    return !isFound && (await stat(real)).isFile();
  } catch {
    return !isLock(name);
  }
}
