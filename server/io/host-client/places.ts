/** Where a workspace's host leaves its lock, its socket and the note by which clients find it. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Unix sockets have room for 108 bytes, 104 on macOS, with the closing zero. */
const maxSocketPathBytes = 103;

export interface HostPlaces {
  readonly folder: string;
  readonly lock: string;
  readonly note: string;
  readonly socket: string;
  readonly log: string;
}

/** What a running host tells its clients. The file is readable by its owner only. */
export interface HostNote {
  readonly pid: number;
  readonly socket: string;
  readonly token: string;
  readonly version: string;
  /** Digest of the host's program file, so that a rebuilt one of the same version is told apart. */
  readonly build: string;
}

/** The places of the host of `workspaceRoot` (a real, absolute path). Creates the folder; throws when it is not ours. */
export function hostPlaces(workspaceRoot: string): HostPlaces {
  const folder = runtimeFolder();
  const id = createHash('sha256').update(workspaceRoot).digest('hex').slice(0, 16);
  const socket = process.platform === 'win32' ? `\\\\.\\pipe\\assay-${id}` : join(folder, `${id}.sock`);
  if (Buffer.byteLength(socket) > maxSocketPathBytes)
    throw new Error(
      `the path of the host's socket is too long: \`${socket}\`; set XDG_RUNTIME_DIR to a shorter folder`,
    );
  return {
    folder,
    socket,
    lock: join(folder, `${id}.lock`),
    note: join(folder, `${id}.json`),
    log: join(folder, `${id}.log`),
  };
}

function runtimeFolder(): string {
  const { uid } = userInfo();
  const base = process.env.XDG_RUNTIME_DIR || tmpdir();
  const name = process.platform === 'win32' ? 'assay' : `assay-${uid}`;
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') {
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== uid)
      throw new Error(`\`${folder}\` belongs to somebody else; set XDG_RUNTIME_DIR to a folder of your own`);
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  }
  return folder;
}

export function newToken(): string {
  return randomBytes(32).toString('hex');
}

export function readNote(places: HostPlaces): HostNote | null {
  try {
    return JSON.parse(readFileSync(places.note, 'utf8')) as HostNote;
  } catch {
    return null;
  }
}

/** Written aside and renamed, so that no client reads half a note. */
export function writeNote(places: HostPlaces, note: HostNote): void {
  const aside = `${places.note}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(note), { mode: 0o600 });
  renameSync(aside, places.note);
}

export function removeNote(places: HostPlaces): void {
  rmSync(places.note, { force: true });
}

/** Digest of a program file; the empty text when it cannot be read. */
export function buildOf(programPath: string): string {
  try {
    return createHash('sha256').update(readFileSync(programPath)).digest('hex').slice(0, 16);
  } catch {
    return '';
  }
}
