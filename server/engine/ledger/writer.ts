/**
 * Writes a ledger: chains entries in the order of the calls, commits whatever is queued at once, signs checkpoints.
 * Knows nothing of files and has no timer; whoever has one calls `checkpoint()` every second.
 */
import { toHex, utf8 } from '../bytes.ts';
import type { Clock, Hash, LedgerStore, Signer } from '../ports.ts';
import { canonicalText, LedgerError } from './canonical.ts';
import { concat } from './encoding.ts';
import { bodyOf, encodeFrame, maxEntryBytes } from './frame.ts';
import type { Payload } from './generated/entry.ts';
import { validateEntry } from './generated/validate-entry.js';
import { MerkleTree } from './merkle.ts';
import { encodeCheckpoint, signNote } from './note.ts';
import { type EntryBody, mapPayloads } from './payload.ts';

/** Values above this many bytes of canonical JSON go into blobs. */
export const maxInlineBytes = 16_384;
/** No more entries than these stand behind a checkpoint, ever; and none longer than `checkpointEveryMs` while entries come. */
export const checkpointEvery = 1000;
export const checkpointEveryMs = 1000;
/** In entries that would be too large, values above this many bytes go into blobs too. */
const crowdedInlineBytes = 512;

/** Where a ledger stands: all that is needed to go on with it. */
export interface LedgerState {
  /** How many entries there are. */
  readonly size: number;
  /** The leaf hash of the last entry in hexadecimal; 64 zeros when there is none. */
  readonly prev: string;
  /** The roots of the full subtrees, from the largest. */
  readonly roots: readonly Uint8Array[];
  /** How many entries the last checkpoint covers. */
  readonly signedSize: number;
}

export const emptyLedger: LedgerState = { size: 0, prev: '0'.repeat(64), roots: [], signedSize: 0 };

export interface LedgerWriterOptions {
  readonly store: LedgerStore;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly signer: Signer;
  /** Names the ledger in its checkpoints: not empty, one line. */
  readonly origin: string;
  /** Where to go on; a new ledger when left out. */
  readonly resume?: LedgerState;
}

export interface LedgerWriter {
  /** How many entries are durable. */
  readonly size: number;
  /** How many of them a checkpoint covers. */
  readonly signedSize: number;
  /**
   * Records an entry and resolves with its index once it is durable. Entries stand in the order of the calls.
   * Rejects with a `LedgerError` when this entry cannot be recorded (the ledger goes on), and with the store's error
   * when it has failed: then this and all later calls reject with that error, and the ledger has to be opened anew.
   */
  append(body: EntryBody): Promise<number>;
  /** The value as an entry cites it: in place, or as a blob that is durable before the entry. Throws `LedgerError`. */
  payload(value: unknown): Payload;
  /** Signs what is written so far, when anything is unsigned. Rejects with the store's error. */
  checkpoint(): Promise<void>;
  /** Writes what is queued, signs, and closes the store. Rejects with the store's error. */
  close(): Promise<void>;
}

export function createLedgerWriter(options: LedgerWriterOptions): LedgerWriter {
  return new Writer(options);
}

interface Queued {
  readonly index: number;
  readonly frame: Uint8Array;
  readonly leaf: Uint8Array;
  readonly resolve: (index: number) => void;
  readonly reject: (error: unknown) => void;
}

class Writer implements LedgerWriter {
  readonly #options: LedgerWriterOptions;
  /** Over what is durable. */
  readonly #tree: MerkleTree;
  #signedSize: number;
  /** When the oldest durable entry that is unsigned was queued, by the monotonic clock. */
  #unsignedSinceMs: number;
  /** Of the next entry to be queued. */
  #index: number;
  #prev: string;
  #queue: Queued[] = [];
  #blobs = new Map<string, Uint8Array>();
  /** Everything that touches the store, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #flushIsDue = false;
  #failure: { readonly error: unknown } | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: LedgerWriterOptions) {
    const { size, prev, roots, signedSize } = options.resume ?? emptyLedger;
    this.#options = options;
    this.#tree = new MerkleTree(options.hash, size, roots);
    this.#signedSize = signedSize;
    this.#unsignedSinceMs = options.clock.monotonicMs();
    this.#index = size;
    this.#prev = prev;
  }

  get size(): number {
    return this.#tree.size;
  }

  get signedSize(): number {
    return this.#signedSize;
  }

  append(body: EntryBody): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure.error;
      if (this.#closed) throw new LedgerError('closed', 'the ledger is closed; nothing more can be recorded');
      const frame = this.#encode(body);
      const leaf = this.#options.hash.sha256(bodyOf(frame));
      this.#queue.push({ index: this.#index++, frame, leaf, resolve, reject });
      this.#prev = toHex(leaf);
      this.#flushSoon();
    });
  }

  payload(value: unknown): Payload {
    return this.#payload(value, maxInlineBytes);
  }

  checkpoint(): Promise<void> {
    return this.#do(async () => {
      if (this.#unsigned > 0) await this.#sign();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.checkpoint().then(
      () => this.#options.store.close(),
      async (error) => {
        await this.#options.store.close().catch(() => {});
        throw error;
      },
    );
    return this.#closed;
  }

  #encode(body: EntryBody): Uint8Array {
    let frame = encodeFrame(this.#text(body));
    if (frame.length > maxFrameBytes) frame = encodeFrame(this.#text(this.#withBlobs(body)));
    if (frame.length <= maxFrameBytes) return frame;
    const size = bodyOf(frame).length - 1;
    throw new LedgerError(
      'too-large',
      `an entry of type \`${body.type}\` would take ${size} bytes, and ${maxEntryBytes} is the most`,
    );
  }

  #text(body: EntryBody): string {
    const atMs = Math.max(0, Math.trunc(this.#options.clock.nowMs()));
    const entry = { ...body, v: 1, index: this.#index, prev: this.#prev, atMs };
    const text = canonicalText(entry);
    if (validateEntry(entry)) return text;
    throw new LedgerError('invalid-entry', `an entry of type \`${body.type}\` is not valid: ${schemaProblem()}`);
  }

  /** Moves what can be moved out of an entry that is too large. */
  #withBlobs(body: EntryBody): EntryBody {
    return mapPayloads(body, (payload) =>
      'json' in payload ? this.#payload(payload.json, crowdedInlineBytes) : payload,
    );
  }

  #payload(value: unknown, mostBytes: number): Payload {
    const bytes = utf8(canonicalText(value));
    if (bytes.length <= mostBytes) return { json: value };
    const digest = toHex(this.#options.hash.sha256(bytes));
    this.#blobs.set(digest, bytes);
    return { blob: `sha256:${digest}`, sizeBytes: bytes.length };
  }

  #flushSoon(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    // Whoever waits for an entry learns of a failure by that entry.
    this.#do(async () => {}).catch(() => {});
  }

  /** Writes everything that is queued when its turn comes, then does `then`. */
  #do(then: () => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      if (this.#failure) throw this.#failure.error;
      try {
        await this.#flush();
        await then();
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
    this.#work = done.catch(() => {});
    return done;
  }

  async #flush(): Promise<void> {
    this.#flushIsDue = false;
    while (this.#queue.length > 0) {
      if (this.#unsigned >= checkpointEvery) await this.#sign();
      await this.#commit(checkpointEvery - this.#unsigned);
      const waitedMs = this.#options.clock.monotonicMs() - this.#unsignedSinceMs;
      if (this.#unsigned >= checkpointEvery || waitedMs >= checkpointEveryMs) await this.#sign();
    }
  }

  get #unsigned(): number {
    return this.#tree.size - this.#signedSize;
  }

  /** One write of at most `most` entries, behind the blobs that they cite. */
  async #commit(most: number): Promise<void> {
    if (this.#unsigned === 0) this.#unsignedSinceMs = this.#options.clock.monotonicMs();
    const batch = this.#queue.slice(0, most);
    const blobs = [...this.#blobs];
    for (const [digest, bytes] of blobs) {
      await this.#options.store.putBlob(digest, bytes);
      this.#blobs.delete(digest);
    }
    await this.#options.store.append(concat(batch.map(({ frame }) => frame)), this.#tree.size);
    this.#queue.splice(0, batch.length);
    for (const { leaf, index, resolve } of batch) {
      this.#tree.push(leaf);
      resolve(index);
    }
  }

  async #sign(): Promise<void> {
    const { hash, origin, signer, store } = this.#options;
    const size = this.#tree.size;
    await store.putCheckpoint(signNote(encodeCheckpoint({ origin, size, root: this.#tree.root() }), signer, hash));
    this.#signedSize = size;
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }
}

const maxFrameBytes = 8 + 1 + maxEntryBytes;

/** The last validation's first problem, in words. */
function schemaProblem(): string {
  const [error] = validateEntry.errors ?? [];
  return error === undefined
    ? 'it has an unknown type'
    : `\`${error.instancePath || '/'}\` ${error.message ?? error.keyword}`;
}
