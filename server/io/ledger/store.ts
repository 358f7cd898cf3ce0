/**
 * A ledger's folder as the engine's `LedgerStore`. Appends only; whoever opens one is its only writer, which the host's
 * single-instance lock sees to.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName } from '../../engine/ledger/index.ts';
import type { LedgerStore } from '../../engine/ports.ts';
import { about, StoreError } from './error.ts';
import { appendDurably, makeFolder, openForAppend, putFile, readFileFrom, syncFolder } from './files.ts';

/** A segment that would grow beyond this is left, and a new one begun. */
export const maxSegmentBytes = 64 * 1024 * 1024;

export const checkpointFile = 'checkpoints';
export const blobFolder = 'blobs';
export const quarantineFolder = 'quarantine';

export interface FileStoreOptions {
  /** The segment to go on with and its size; a new one when left out. */
  readonly segment?: { readonly name: string; readonly sizeBytes: number };
  readonly maxSegmentBytes?: number;
}

/** The store over the folder `directory`, which must exist. */
export function createFileStore(directory: string, options: FileStoreOptions = {}): LedgerStore {
  return new FileStore(directory, options);
}

class FileStore implements LedgerStore {
  readonly #directory: string;
  readonly #maxSegmentBytes: number;
  #segment: { readonly path: string; file: FileHandle | null; sizeBytes: number } | null = null;
  #checkpoints: FileHandle | null = null;
  readonly #durableBlobs = new Set<string>();
  #isClosed = false;

  constructor(directory: string, options: FileStoreOptions) {
    const { segment } = options;
    this.#directory = directory;
    this.#maxSegmentBytes = options.maxSegmentBytes ?? maxSegmentBytes;
    if (segment) this.#segment = { path: join(directory, segment.name), file: null, sizeBytes: segment.sizeBytes };
  }

  async append(bytes: Uint8Array, firstIndex: number): Promise<void> {
    this.#assertOpen();
    const isFull =
      this.#segment && this.#segment.sizeBytes > 0 && this.#segment.sizeBytes + bytes.length > this.#maxSegmentBytes;
    if (this.#segment === null || isFull) {
      await this.#segment?.file?.close();
      this.#segment = { path: join(this.#directory, segmentName(firstIndex)), file: null, sizeBytes: 0 };
    }
    const segment = this.#segment;
    segment.file ??= await openForAppend(segment.path);
    await appendDurably(segment.file, bytes, segment.path);
    segment.sizeBytes += bytes.length;
  }

  async putCheckpoint(note: string): Promise<void> {
    this.#assertOpen();
    const path = join(this.#directory, checkpointFile);
    this.#checkpoints ??= await openForAppend(path);
    await appendDurably(this.#checkpoints, Buffer.from(`${note}\n`), path);
  }

  async putBlob(digest: string, bytes: Uint8Array): Promise<void> {
    this.#assertOpen();
    if (this.#durableBlobs.has(digest)) return;
    const folder = join(this.#directory, blobFolder);
    const path = join(folder, digest);
    await makeFolder(folder);
    const there = await readFileFrom(path);
    const isSame = there !== null && createHash('sha256').update(there).digest('hex') === digest;
    // A blob that another process left may not be durable yet.
    if (isSame) await syncFolder(folder);
    else await putFile(path, bytes);
    this.#durableBlobs.add(digest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await about(this.#directory, async () => {
      await this.#segment?.file?.close();
      await this.#checkpoints?.close();
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreError('closed', `the ledger in \`${this.#directory}\` is closed`);
  }
}
