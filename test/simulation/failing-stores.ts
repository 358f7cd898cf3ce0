/** Stores that fail: one that reports an error at a chosen call, one whose power goes and which forgets what was not synced. */
import { segmentName } from '../../server/engine/ledger/index.ts';
import type { LedgerStore } from '../../server/engine/ports.ts';
import { type Files, MemoryStore } from '../engine/ledger/ledgers.ts';

/** Fails at its `n`-th call (from 0) and is used no more by a writer that keeps its word. */
export class FailingStore extends MemoryStore {
  readonly error = Object.assign(new Error('the disk is full'), { kind: 'disk-full' });
  #left: number;

  constructor(n: number) {
    super();
    this.#left = n;
  }

  override append(bytes: Uint8Array, firstIndex: number): Promise<void> {
    return this.#call(() => super.append(bytes, firstIndex));
  }

  override putCheckpoint(note: string): Promise<void> {
    return this.#call(() => super.putCheckpoint(note));
  }

  override putBlob(digest: string, bytes: Uint8Array): Promise<void> {
    return this.#call(() => super.putBlob(digest, bytes));
  }

  async #call(work: () => Promise<void>): Promise<void> {
    if (this.#left-- > 0) return await work();
    this.calls.push('failed');
    throw this.error;
  }
}

const sectorBytes = 128;

/**
 * Files with a cache before them, as after a power cut: what was synced is there; of what was not, every sector is there
 * or zero as `keeps` says, and the file ends anywhere.
 */
export class PowerCutStore implements LedgerStore {
  readonly #files = new Map<string, Buffer>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #maxSegmentBytes: number;
  readonly #keeps: () => boolean;
  #callsLeft: number;
  #segment = '';
  isOff = false;

  constructor(cutAtCall: number, keeps: () => boolean, maxSegmentBytes: number) {
    this.#callsLeft = cutAtCall;
    this.#keeps = keeps;
    this.#maxSegmentBytes = maxSegmentBytes;
  }

  append(bytes: Uint8Array, firstIndex: number): Promise<void> {
    const size = this.#files.get(this.#segment)?.length ?? 0;
    if (this.#segment === '' || size + bytes.length > this.#maxSegmentBytes) this.#segment = segmentName(firstIndex);
    return this.#write(this.#segment, bytes);
  }

  putCheckpoint(note: string): Promise<void> {
    return this.#write('checkpoints', Buffer.from(`${note}\n`));
  }

  async putBlob(digest: string, bytes: Uint8Array): Promise<void> {
    if (this.#callsLeft-- <= 0) this.isOff = true;
    // A blob comes into being by a rename: it is whole or not there.
    if (!this.isOff || this.#keeps()) this.#blobs.set(digest, bytes);
    if (this.isOff) throw new Error('the power is off');
  }

  async close(): Promise<void> {}

  /** What is on the medium. */
  files(): Files {
    const segments = new Map([...this.#files].filter(([name]) => name !== 'checkpoints'));
    return { segments, checkpoints: this.#files.get('checkpoints') ?? Buffer.alloc(0), blobs: this.#blobs };
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const before = this.#files.get(name) ?? Buffer.alloc(0);
    if (this.#callsLeft-- <= 0) this.isOff = true;
    this.#files.set(name, Buffer.concat([before, this.isOff ? this.#torn(bytes) : bytes]));
    if (this.isOff) throw new Error('the power is off');
  }

  #torn(bytes: Uint8Array): Uint8Array {
    const kept = Buffer.from(bytes);
    for (let at = 0; at < kept.length; at += sectorBytes) if (!this.#keeps()) kept.fill(0, at, at + sectorBytes);
    return this.#keeps() ? kept : kept.subarray(0, Math.floor(kept.length / 3));
  }
}
