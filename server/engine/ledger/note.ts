/**
 * Checkpoints as C2SP signed notes (signed-note, tlog-checkpoint) with Ed25519 keys, and keys as vkeys.
 * Knows nothing of where notes are kept or whom the reader trusts.
 */
import { utf8 } from '../bytes.ts';
import type { Hash, Signer, VerifySignature } from '../ports.ts';
import { concat, fromBase64, fromUtf8, sameBytes, toBase64 } from './encoding.ts';

/** A public key under its name. */
export interface NoteKey {
  readonly name: string;
  /** The Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  /** The key's id, 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface Checkpoint {
  /** Which ledger it is of. */
  readonly origin: string;
  /** How many entries it covers. */
  readonly size: number;
  /** The RFC 6962 root over them, 32 bytes. */
  readonly root: Uint8Array;
}

const ed25519 = 1;
const keyBytes = (key: NoteKey) => concat([new Uint8Array([ed25519]), key.publicKey]);
const idBytes = (key: NoteKey, hash: Hash) =>
  hash.sha256(concat([utf8(`${key.name}\n`), keyBytes(key)])).subarray(0, 4);
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Whether `name` may stand in a note: not empty, without spaces and plus signs. */
export const isKeyName = (name: string): boolean => /^[^\s+]+$/u.test(name) && name.isWellFormed();

/** The key's id: the first four bytes of `SHA-256(name | line feed | 0x01 | public key)`, in hexadecimal. */
export const keyIdOf = (key: NoteKey, hash: Hash): string => hex(idBytes(key, hash));

/** The key as text: `name+id+base64(0x01 | public key)`. */
export function encodeVkey(key: NoteKey, hash: Hash): string {
  return `${key.name}+${keyIdOf(key, hash)}+${toBase64(keyBytes(key))}`;
}

/** The key of a vkey; or, as text, what is wrong with it. */
export function parseVkey(vkey: string, hash: Hash): NoteKey | string {
  const [, name = '', id = '', data = ''] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(vkey.trim()) ?? [];
  if (!isKeyName(name)) return 'a vkey reads `name+id+key`, with a name that has no spaces';
  const bytes = fromBase64(data);
  if (bytes === null) return 'the part after the second `+` is not base64';
  if (bytes[0] !== ed25519 || bytes.length !== 33) return 'it is not an Ed25519 key';
  const key = { name, publicKey: bytes.subarray(1) };
  return keyIdOf(key, hash) === id
    ? key
    : `its id should be \`${keyIdOf(key, hash)}\`, not \`${id}\`; a part of it was changed`;
}

/** Signs `text`, which ends with a line feed and has no empty line. */
export function signNote(text: string, signer: Signer, hash: Hash): string {
  const signature = concat([idBytes(signer, hash), signer.sign(utf8(text))]);
  return `${text}\n— ${signer.name} ${toBase64(signature)}\n`;
}

/** The parts of a signed note, or null when it is none. Does not check signatures. */
export function parseNote(note: string): Note | null {
  const split = note.lastIndexOf('\n\n');
  const lines = note.slice(split + 2).split('\n');
  if (split < 1 || lines.length < 2 || lines.pop() !== '') return null;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name = '', data = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
    const bytes = fromBase64(data);
    if (!isKeyName(name) || bytes === null || bytes.length < 5) return null;
    signatures.push({ name, keyId: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) });
  }
  return { text: note.slice(0, split + 1), signatures };
}

/** Whether `signature` is the key's own and holds for the note; null when it is of another key. */
export function checkSignature(
  note: Note,
  signature: NoteSignature,
  key: NoteKey,
  ports: { readonly hash: Hash; readonly verifySignature: VerifySignature },
): boolean | null {
  if (signature.name !== key.name || signature.keyId !== keyIdOf(key, ports.hash)) return null;
  return (
    signature.signature.length === 64 && ports.verifySignature(key.publicKey, utf8(note.text), signature.signature)
  );
}

export function encodeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** The checkpoint in a note's text, or null when there is none. Further lines (extensions) are passed over. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const bytes = fromBase64(root);
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || bytes === null || bytes.length !== 32) return null;
  return { origin, size: Number(size), root: bytes };
}

/** A piece of a checkpoint file: a note, or bytes that are none. */
export interface NotePiece {
  readonly offsetBytes: number;
  readonly note: Note | null;
  /** The piece is an unfinished note at the file's end. */
  readonly torn: boolean;
}

/** Takes a checkpoint file apart: notes, each followed by one empty line. Goes on behind damage. */
export function splitNotes(file: Uint8Array): NotePiece[] {
  const pieces: NotePiece[] = [];
  const dash = utf8('— ');
  let start = 0;
  let text: { start: number; end: number } | null = null;
  for (let end = blockEnd(file, start); end !== -1; start = end, end = blockEnd(file, start)) {
    const isSignatures = sameBytes(file.subarray(start, start + dash.length), dash);
    if (isSignatures) {
      const from: number = text?.start ?? start;
      const note = fromUtf8(file.subarray(from, end - 1));
      pieces.push({ offsetBytes: from, note: text && note !== null ? parseNote(note) : null, torn: false });
      text = null;
    } else {
      if (text) pieces.push({ offsetBytes: text.start, note: null, torn: false });
      text = { start, end };
    }
  }
  if (text || start < file.length) pieces.push({ offsetBytes: text?.start ?? start, note: null, torn: true });
  return pieces;
}

/** Where the block from `start` ends, with its empty line; -1 when it does not. */
function blockEnd(file: Uint8Array, start: number): number {
  for (let at = file.indexOf(10, start); at !== -1; at = file.indexOf(10, at + 1))
    if (file[at + 1] === 10) return at + 2;
  return -1;
}
