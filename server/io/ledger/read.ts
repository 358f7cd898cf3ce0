/** Reads ledgers from their folders: entries, blobs, verification. Changes nothing. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FrameReader,
  firstIndexOf,
  type LedgerEntry,
  type LedgerReport,
  type NoteKey,
  type Verification,
  type VerifyOptions,
  validateEntry,
  verifyLedger,
} from '../../engine/ledger/index.ts';
import { nodeHash, verifySignature } from '../keys/index.ts';
import { about, StoreError } from './error.ts';
import { isFolder, portionsOf, readFileFrom } from './files.ts';
import { blobFolder, checkpointFile } from './store.ts';

/** The names of a ledger's segments in order. Rejects with a `StoreError` when there is no ledger. */
export async function segmentsOf(directory: string): Promise<string[]> {
  if (!(await isFolder(directory)))
    throw new StoreError('not-found', `there is no ledger: \`${directory}\` does not exist`);
  const names = await about(directory, () => readdir(directory));
  return names.filter((name) => firstIndexOf(name) !== null).sort();
}

/** How far a ledger has been read: the segment, the bytes of it that are done, and the index of the next entry. */
export interface ReadingPlace {
  segment: string;
  offset: number;
  next: number;
}

export const beginning = (): ReadingPlace => ({ segment: '', offset: 0, next: 0 });

/**
 * The entries in order, from `place` on, which moves along. Ends before an unfinished one at the ledger's end, as there is
 * while it is being written. Throws a `StoreError` of kind `damaged` where an entry in between cannot be read. Checks neither
 * chain nor signatures.
 */
export async function* readEntries(directory: string, place = beginning()): AsyncGenerator<LedgerEntry> {
  const segments = (await segmentsOf(directory)).filter((name) => name >= place.segment);
  for (const [at, name] of segments.entries()) {
    const path = join(directory, name);
    if (name !== place.segment) Object.assign(place, { segment: name, offset: 0 });
    const { offset: start } = place;
    for await (const piece of piecesOf(path, start)) {
      const isTail = piece.kind === 'damage' && piece.atEnd && at === segments.length - 1;
      if (isTail) return;
      if (piece.kind === 'damage' || piece.entry.index !== place.next || !validateEntry(piece.entry))
        throw new StoreError(
          'damaged',
          `entry ${place.next} of the ledger cannot be read (\`${path}\`, byte ${start + piece.offset}); \`assay ledger verify\` says what is wrong with it`,
        );
      place.offset = start + piece.offset + piece.sizeBytes;
      place.next++;
      yield piece.entry as unknown as LedgerEntry;
    }
  }
}

async function* piecesOf(path: string, start: number) {
  const reader = new FrameReader();
  for await (const portion of portionsOf(path, start)) yield* reader.push(portion);
  yield* reader.end();
}

/** The value in a blob, by the digest (64 hexadecimal digits); undefined when it was erased or is no JSON. */
export async function readBlobValue(directory: string, digest: string): Promise<unknown> {
  const bytes = await readFileFrom(join(directory, blobFolder, digest));
  if (bytes === null) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

export interface VerifyDirectoryOptions {
  readonly trustedKeys: readonly NoteKey[];
  readonly maxFindings?: number;
}

/**
 * Verifies the whole ledger in a folder. Faults of the ledger are in the report; rejects with a `StoreError` only where
 * there is no ledger or a file cannot be read.
 */
export async function verifyLedgerDirectory(directory: string, options: VerifyDirectoryOptions): Promise<LedgerReport> {
  const { report } = await verifyFiles(directory, { ...options, withBlobs: true });
  if (report.segments === 0 && report.checkpoints.read === 0)
    throw new StoreError('not-found', `\`${directory}\` holds no ledger: there are no segments in it`);
  return report;
}

/** Verifies a ledger's files; an empty folder is an empty ledger. */
export async function verifyFiles(
  directory: string,
  options: Pick<VerifyOptions, 'trustedKeys' | 'onEntry' | 'maxFindings'> & { readonly withBlobs: boolean },
): Promise<Verification> {
  // Before the segments: while a ledger is being written, they are never behind its checkpoints.
  const checkpoints = (await readFileFrom(join(directory, checkpointFile))) ?? new Uint8Array(0);
  const segments = (await segmentsOf(directory)).map((name) => ({ name, bytes: portionsOf(join(directory, name)) }));
  const { withBlobs, ...rest } = options;
  const blob = (digest: string) => readFileFrom(join(directory, blobFolder, digest));
  return await verifyLedger(
    { segments, checkpoints, ...(withBlobs && { blob }) },
    { hash: nodeHash, verifySignature, ...rest },
  );
}
