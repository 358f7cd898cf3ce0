/**
 * Frames: how one entry stands in a segment. `u32 length | u32 CRC-32C | 0x00 | canonical JSON`, numbers big-endian,
 * both over what follows the checksum. Reads a stream of them and finds its footing again behind damage.
 */
import { utf8 } from '../bytes.ts';
import { crc32c } from './crc32c.ts';
import { concat, fromUtf8 } from './encoding.ts';

/** The largest canonical JSON of an entry. */
export const maxEntryBytes = 65_535;
const headerBytes = 8;
/** `0x00` and `{}`. */
const minBodyBytes = 3;

export const segmentName = (firstIndex: number): string => `${String(firstIndex).padStart(16, '0')}.seg`;

/** The index of a segment's first entry by its file's name, or null when that is no segment. */
export function firstIndexOf(name: string): number | null {
  return /^\d{16}\.seg$/.test(name) ? Number(name.slice(0, 16)) : null;
}

/** The frame of an entry's canonical text. The body, whose SHA-256 is the leaf hash, begins at byte 8. */
export function encodeFrame(text: string): Uint8Array {
  const json = utf8(text);
  const frame = new Uint8Array(headerBytes + 1 + json.length);
  frame.set(json, headerBytes + 1);
  const view = new DataView(frame.buffer);
  view.setUint32(0, json.length + 1);
  view.setUint32(4, crc32c(frame, headerBytes));
  return frame;
}

export const bodyOf = (frame: Uint8Array): Uint8Array => frame.subarray(headerBytes);

/** An object with an `index` and a `prev`; nothing else of it has been checked. */
export interface RawEntry {
  readonly index: number;
  readonly prev: string;
  readonly [key: string]: unknown;
}

export type FramePiece =
  | {
      readonly kind: 'frame';
      readonly offset: number;
      readonly sizeBytes: number;
      /** `0x00` and the JSON; valid until the next push. */
      readonly body: Uint8Array;
      readonly text: string;
      readonly entry: RawEntry;
    }
  | {
      readonly kind: 'damage';
      readonly offset: number;
      readonly sizeBytes: number;
      /** In words: what was wrong at `offset`. */
      readonly reason: string;
      /** Nothing readable follows in this segment. */
      readonly atEnd: boolean;
    };

type Attempt = Extract<FramePiece, { kind: 'frame' }> | 'incomplete' | { readonly bad: string };

/** Reads the frames of one segment from its bytes in any portions. Holds no more than a portion and a frame. */
export class FrameReader {
  #buffer = new Uint8Array(0);
  /** The offset in the segment of the buffer's first byte. */
  #base = 0;
  #at = 0;
  #damage: { offset: number; reason: string } | null = null;

  *push(bytes: Uint8Array): Generator<FramePiece> {
    const rest = this.#buffer.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#buffer = rest.length === 0 ? Uint8Array.from(bytes) : Uint8Array.from(concat([rest, bytes]));
    yield* this.#read(false);
  }

  /** What is left when no more bytes come. */
  *end(): Generator<FramePiece> {
    yield* this.#read(true);
    if (this.#damage === null) return;
    const { offset, reason } = this.#damage;
    yield { kind: 'damage', offset, sizeBytes: this.#base + this.#buffer.length - offset, reason, atEnd: true };
  }

  *#read(ended: boolean): Generator<FramePiece> {
    while (this.#at < this.#buffer.length) {
      const attempt = this.#attempt();
      if (attempt === 'incomplete' && !ended) return;
      if (attempt !== 'incomplete' && !('bad' in attempt)) {
        yield* this.#endDamage(attempt.offset);
        yield attempt;
        this.#at += attempt.sizeBytes;
        continue;
      }
      const reason = attempt === 'incomplete' ? 'it ends too early' : attempt.bad;
      this.#damage ??= { offset: this.#base + this.#at, reason };
      this.#at++;
    }
  }

  *#endDamage(offset: number): Generator<FramePiece> {
    if (this.#damage === null) return;
    const { offset: start, reason } = this.#damage;
    this.#damage = null;
    yield { kind: 'damage', offset: start, sizeBytes: offset - start, reason, atEnd: false };
  }

  /** Tries to read a frame where the reader stands. */
  #attempt(): Attempt {
    const buffer = this.#buffer;
    const at = this.#at;
    const left = buffer.length - at;
    if (left < headerBytes) return 'incomplete';
    const view = new DataView(buffer.buffer, buffer.byteOffset + at);
    const length = view.getUint32(0);
    if (length < minBodyBytes || length > maxEntryBytes + 1) return { bad: `its length cannot be ${length}` };
    if (left > headerBytes && buffer[at + headerBytes] !== 0) return { bad: 'its first byte is not 0' };
    if (left < headerBytes + length) return 'incomplete';
    const start = at + headerBytes;
    if (crc32c(buffer, start, start + length) !== view.getUint32(4)) return { bad: 'its checksum does not fit' };
    const body = buffer.subarray(start, start + length);
    const text = fromUtf8(body.subarray(1));
    const entry = text === null ? null : rawEntry(text);
    if (text === null || entry === null) return { bad: 'it holds no entry' };
    return { kind: 'frame', offset: this.#base + at, sizeBytes: headerBytes + length, body, text, entry };
  }
}

function rawEntry(text: string): RawEntry | null {
  try {
    const value: RawEntry | null = JSON.parse(text);
    return value !== null && Number.isSafeInteger(value.index) && typeof value.prev === 'string' ? value : null;
  } catch {
    return null;
  }
}
