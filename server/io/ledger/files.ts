/** Files as a ledger needs them: written durably, and only where they are plain files in plain folders. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { about, StoreError } from './error.ts';

const isWindows = process.platform === 'win32';
/** Neither follow a link at the path's end nor wait at a pipe that has taken a file's place. */
const noTricks = isWindows ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
const portionBytes = 1 << 20;

/** Writes all of `bytes` at the end of the file and waits until they are on the medium. */
export async function appendDurably(file: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  await about(path, async () => {
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
    await file.datasync();
  });
}

/** Opens a plain file for appending; creates it durably when it is not there. */
export async function openForAppend(path: string): Promise<FileHandle> {
  const isNew = !(await isThere(path));
  const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
  const flags = O_WRONLY | O_APPEND | noTricks | (isNew ? O_CREAT | O_EXCL : 0);
  const file = await about(path, () => open(path, flags, 0o600));
  if (isNew) await syncFolder(dirname(path));
  return file;
}

/** Whether a plain file is at `path`. Anything else that is there is an error. */
export async function isThere(path: string): Promise<boolean> {
  const stats = await about(path, () => lstat(path).catch(orNull));
  if (stats === null) return false;
  if (stats.isFile()) return true;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : stats.isDirectory() ? 'a folder' : 'not a file';
  throw new StoreError('not-plain', `\`${path}\` is ${what}; the files of a ledger must be plain files`);
}

/** Whether a plain folder is at `path`. Anything else that is there is an error. */
export async function isFolder(path: string): Promise<boolean> {
  const stats = await about(path, () => lstat(path).catch(orNull));
  if (stats === null) return false;
  if (stats.isDirectory()) return true;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
  throw new StoreError('not-plain', `\`${path}\` is ${what}; a ledger's folder must be a plain folder`);
}

function orNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Makes a folder, and those above it, so that they survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const first = await about(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  if (first === undefined) return;
  for (let folder = path; ; folder = dirname(folder)) {
    await syncFolder(dirname(folder));
    if (folder === first || folder === dirname(folder)) return;
  }
}

/** Makes entries of a folder durable. Windows does so by itself and has no way to ask. */
export async function syncFolder(path: string): Promise<void> {
  if (isWindows) return;
  await about(path, async () => {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    await folder.sync().finally(() => folder.close());
  });
}

/** Puts a whole file in its place, durably; a reader sees all of it or nothing. */
export async function putFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const file = await about(path, () => open(temporary, 'wx', 0o600));
    await appendDurably(file, bytes, path).finally(() => file.close());
    await about(path, () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Cuts a plain file at `sizeBytes`, durably. */
export async function cutFile(path: string, sizeBytes: number): Promise<void> {
  await about(path, async () => {
    const file = await open(path, constants.O_RDWR | noTricks);
    try {
      await file.truncate(sizeBytes);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** The bytes of a plain file from `start` in portions; none when it is not there. */
export async function* portionsOf(path: string, start = 0): AsyncGenerator<Uint8Array> {
  if (!(await isThere(path))) return;
  const file = await about(path, () => open(path, constants.O_RDONLY | noTricks));
  try {
    for (let position = start; ; ) {
      const { bytesRead, buffer } = await about(path, () =>
        file.read({ buffer: Buffer.allocUnsafe(portionBytes), position, length: portionBytes }),
      );
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** All bytes of a plain file from `start`; null when it is not there. */
export async function readFileFrom(path: string, start = 0): Promise<Uint8Array | null> {
  if (!(await isThere(path))) return null;
  const portions: Uint8Array[] = [];
  for await (const portion of portionsOf(path, start)) portions.push(portion);
  return Buffer.concat(portions);
}
