/**
 * Opens a ledger for writing: verifies it, moves what an interrupted write left behind into quarantine, and goes on.
 * Refuses a ledger that was altered; nothing under a checkpoint is ever touched.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createLedgerWriter,
  type Finding,
  type FindingCode,
  type LedgerEntry,
  type LedgerReport,
  type LedgerWriter,
  type NoteKey,
  type Verification,
} from '../../engine/ledger/index.ts';
import type { Clock, Signer } from '../../engine/ports.ts';
import { nodeHash, openSigningKey } from '../keys/index.ts';
import { about, StoreError } from './error.ts';
import { cutFile, isFolder, isThere, makeFolder, putFile, readFileFrom } from './files.ts';
import { segmentsOf, verifyFiles } from './read.ts';
import { checkpointFile, createFileStore, quarantineFolder } from './store.ts';

export interface LedgerOptions {
  readonly clock: Clock;
  /** Names the ledger in its checkpoints: one line, such as `assay.local/runs/20260314-091502-mailroom-7f3a`. */
  readonly origin: string;
  /** Who signs; the user's own key, made if need be, when left out. */
  readonly signer?: Signer;
  /** A segment that would grow beyond this is left; 64 MiB when left out. */
  readonly maxSegmentBytes?: number;
}

export interface OpenLedgerOptions extends LedgerOptions {
  /** Further keys whose checkpoints are taken as they are; the signer's own always is. */
  readonly trustedKeys?: readonly NoteKey[];
  /** Called with every entry that the ledger holds already, for a replay. */
  readonly onEntry?: (entry: LedgerEntry) => void;
}

export interface OpenLedger {
  readonly writer: LedgerWriter;
  /** What was moved into quarantine, each recorded as a `recovered` entry. */
  readonly recovered: readonly { readonly file: string; readonly sizeBytes: number }[];
}

/** Begins a ledger in `directory`. Rejects with a `StoreError` when there is one, and with a `KeyError` without a key to sign. */
export async function createLedger(directory: string, options: LedgerOptions): Promise<LedgerWriter> {
  if ((await isFolder(directory)) && (await segmentsOf(directory)).length > 0)
    throw new StoreError('exists', `there is a ledger in \`${directory}\` already`);
  return (await openLedger(directory, options)).writer;
}

/**
 * Opens the ledger in `directory`, or begins one. Signs by itself every second while there is something to sign.
 * Rejects with a `StoreError`, of kind `damaged` when the ledger is not what was signed, and with a `KeyError` without a key to
 * sign. Nobody else may write to the ledger meanwhile.
 */
export async function openLedger(directory: string, options: OpenLedgerOptions): Promise<OpenLedger> {
  const signer = options.signer ?? (await openSigningKey());
  await makeFolder(directory);
  const { report, sound } = await verifyFiles(directory, {
    trustedKeys: [signer, ...(options.trustedKeys ?? [])],
    withBlobs: false,
    onEntry: (entry, isSound) => isSound && options.onEntry?.(entry),
  });
  assertContinuable(directory, report, sound);
  if (report.origin !== null && report.origin !== options.origin)
    throw new StoreError(
      'damaged',
      `the ledger in \`${directory}\` is that of \`${report.origin}\`, not of \`${options.origin}\``,
    );
  await quarantineTails(directory, sound);
  const { segment: name, sizeBytes, state } = sound;
  const store = createFileStore(directory, {
    ...(name && { segment: { name, sizeBytes } }),
    ...(options.maxSegmentBytes && { maxSegmentBytes: options.maxSegmentBytes }),
  });
  const { clock, origin } = options;
  const writer = createLedgerWriter({ store, hash: nodeHash, clock, signer, origin, resume: state });
  try {
    const known = report.recoveries.map(({ file }) => file);
    const recovered = (await quarantined(directory)).filter(({ file }) => !known.includes(file));
    for (const { file, sizeBytes } of recovered) await writer.append({ type: 'recovered', file, sizeBytes });
    await writer.checkpoint();
    return { writer: signingEverySecond(writer), recovered };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Calls `onEntry` with all entries of a ledger that nobody writes to, whoever has signed it, and changes nothing. Rejects with a
 * `StoreError`, of kind `damaged` where anything but an interrupted write is wrong with it.
 */
export async function readSound(
  directory: string,
  trustedKeys: readonly NoteKey[],
  onEntry: (entry: LedgerEntry) => void,
): Promise<void> {
  const { report, sound } = await verifyFiles(directory, {
    trustedKeys,
    withBlobs: false,
    onEntry: (entry, isSound) => isSound && onEntry(entry),
  });
  const fault = faultIn(report, sound, ['unsigned', 'untrusted-key']);
  if (fault !== null) throw new StoreError('damaged', `${fault.message}; \`assay ledger verify\` says more`);
}

/** Throws where anything but an interrupted write is wrong with the ledger. */
function assertContinuable(directory: string, report: LedgerReport, sound: Verification['sound']): void {
  // Without a checkpoint yet there is nothing that could have been signed.
  const fault = faultIn(report, sound, ['unsigned']);
  if (fault === null) return;
  throw new StoreError(
    'damaged',
    `the ledger in \`${directory}\` cannot be continued: ${fault.message}; \`assay ledger verify\` says more`,
  );
}

/** The first error of a ledger that no interrupted write explains, but for those of these codes. */
function faultIn(
  report: LedgerReport,
  sound: Verification['sound'],
  passedOver: readonly FindingCode[],
): Finding | null {
  const [first] = report.findings.filter(({ code, severity }) => severity === 'error' && !passedOver.includes(code));
  if (first === undefined) return null;
  // A power cut can lose the middle of the last write and keep its end; none of it had been acknowledged.
  const isCut = first.code === 'damaged' && sound.inLastSegment && first.index === sound.state.size;
  return isCut && first.index >= sound.state.signedSize && first.index >= report.signedEntries ? null : first;
}

/** Moves what stands behind the sound part of the segment and of the checkpoint file away, copy first. */
async function quarantineTails(directory: string, sound: Verification['sound']): Promise<void> {
  const { segment, sizeBytes, checkpointBytes, state } = sound;
  if (segment) await quarantine(directory, segment, sizeBytes, String(state.size).padStart(16, '0'));
  await quarantine(directory, checkpointFile, checkpointBytes, checkpointFile);
}

async function quarantine(directory: string, name: string, sizeBytes: number, label: string): Promise<void> {
  const path = join(directory, name);
  if (!(await isThere(path))) return;
  const tail = await readFileFrom(path, sizeBytes);
  if (tail === null || tail.length === 0) return;
  // Named by its content: after a crash in between, doing it again gives the same file.
  const digest = createHash('sha256').update(tail).digest('hex').slice(0, 16);
  await makeFolder(join(directory, quarantineFolder));
  await putFile(join(directory, quarantineFolder, `${label}-${digest}`), tail);
  await cutFile(path, sizeBytes);
}

/** Everything that is in quarantine, as `recovered` entries name it. */
async function quarantined(directory: string): Promise<{ file: string; sizeBytes: number }[]> {
  const folder = join(directory, quarantineFolder);
  if (!(await isFolder(folder))) return [];
  const names = (await about(folder, () => readdir(folder))).filter((name) => !name.startsWith('.')).sort();
  const found = [];
  for (const name of names) {
    const bytes = await readFileFrom(join(folder, name));
    found.push({ file: `${quarantineFolder}/${name}`, sizeBytes: bytes?.length ?? 0 });
  }
  return found;
}

/** The writer with a timer that leaves nothing unsigned for longer than a second. */
function signingEverySecond(writer: LedgerWriter): LedgerWriter {
  const timer = setInterval(() => {
    // A failure has made the writer dead; whoever appends learns of it.
    if (writer.size > writer.signedSize) writer.checkpoint().catch(() => clearInterval(timer));
  }, 1000);
  timer.unref();
  return {
    get size() {
      return writer.size;
    },
    get signedSize() {
      return writer.signedSize;
    },
    append: (body) => writer.append(body),
    payload: (value) => writer.payload(value),
    checkpoint: () => writer.checkpoint(),
    close: () => {
      clearInterval(timer);
      return writer.close();
    },
  };
}
