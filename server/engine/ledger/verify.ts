/**
 * Verifies a ledger from its bytes: frames, chain, Merkle root under every checkpoint, signatures, blobs. Streams, and
 * names every fault by the entry where it begins. Decides nothing about what to do with a damaged ledger.
 */
import { toHex } from '../bytes.ts';
import { canonicalText } from './canonical.ts';
import { sameBytes } from './encoding.ts';
import { type FramePiece, FrameReader, firstIndexOf, type RawEntry } from './frame.ts';
import type { LedgerEntry } from './generated/entry.ts';
import { validateEntry } from './generated/validate-entry.js';
import { MerkleTree } from './merkle.ts';
import { payloadsOf } from './payload.ts';
import type { Finding, FindingCode, LedgerReport, Located } from './report.ts';
import { CheckpointFile, type ReadCheckpoint, type SignatureOptions } from './signed.ts';
import { emptyLedger, type LedgerState } from './writer.ts';

type Portions = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface LedgerSource {
  /** The segments in the order of their names, their bytes in any portions. */
  readonly segments:
    | AsyncIterable<{ readonly name: string; readonly bytes: Portions }>
    | Iterable<{ readonly name: string; readonly bytes: Portions }>;
  /** The checkpoint file; empty when there is none. Of a ledger that is being written, read it before the segments. */
  readonly checkpoints: Uint8Array;
  /** The blob with this SHA-256 (64 hexadecimal digits), null when it is not there. Blobs are not looked at when left out. */
  readonly blob?: (digest: string) => Promise<Uint8Array | null>;
}

export interface VerifyOptions extends SignatureOptions {
  /** Called with every readable entry in the order of the file; `isSound` until the first fault of any kind. */
  readonly onEntry?: (entry: LedgerEntry, isSound: boolean) => void;
  /** At most so many findings are kept; 100 when left out. */
  readonly maxFindings?: number;
}

export interface Verification {
  readonly report: LedgerReport;
  /** The ledger up to the first fault, and where that ends; a writer can go on there once what follows is out of the way. */
  readonly sound: {
    readonly state: LedgerState;
    /** The segment that the state ends in, null for an empty ledger. */
    readonly segment: string | null;
    readonly sizeBytes: number;
    /** No further segment begins behind it. */
    readonly inLastSegment: boolean;
    /** The bytes of the checkpoint file without an unfinished note at its end. */
    readonly checkpointBytes: number;
  };
}

/** Reads the whole ledger once. Rejects only when the source does. */
export async function verifyLedger(source: LedgerSource, options: VerifyOptions): Promise<Verification> {
  const verifier = new Verifier(source, options);
  for await (const { name, bytes } of source.segments) {
    verifier.beginSegment(name);
    for await (const portion of bytes) {
      verifier.read(portion);
      await verifier.readBlobs();
    }
    verifier.endSegment();
    await verifier.readBlobs();
  }
  return verifier.end();
}

/** One account of what was written, where entries contradict each other. */
interface Account {
  readonly tree: MerkleTree;
  /** Entries that, by this account, are not what was written. */
  readonly altered: readonly Located[];
}

interface LastEntry {
  readonly place: Located;
  readonly leaf: Uint8Array;
  /** The leaf in hexadecimal. */
  readonly digest: string;
}

/** Bytes that are no entry; what to call them depends on what follows. */
interface Gap extends Located {
  readonly sizeBytes: number;
  readonly reason: string;
}

type Sound = Omit<Verification['sound'], 'checkpointBytes' | 'inLastSegment'>;

/** Two contradicting neighbours give two accounts; so many are followed up before the rest is given up. */
const maxAccounts = 32;
const zeros = emptyLedger.prev;

class Verifier {
  readonly #source: LedgerSource;
  readonly #options: VerifyOptions;
  readonly #findings: Finding[] = [];
  #findingsLeftOut = 0;
  #errors = 0;

  readonly #signed: CheckpointFile;
  /** The next of the checkpoints to compare the tree with. */
  #nextCheckpoint = 0;
  #held = 0;
  /** Covered by the last checkpoint that held. */
  #heldSize = 0;

  #segment = '';
  #segments = 0;
  #bytesBefore = 0;
  #segmentBytes = 0;
  #reader = new FrameReader();
  #segmentIsNew = true;
  /** Unreadable bytes right before where the reader stands. */
  #gap: Gap | null = null;

  /** The position that the next entry belongs to. */
  #expected = 0;
  #read = 0;
  #last: LastEntry | null = null;
  /** The entry at `expected - 1` could not be read; what it was is known from the one behind it only. */
  #lastIsLost = false;
  /** What was written before `last`; empty when that cannot be known any more. */
  #accounts: Account[];
  #contradictions: Located[] = [];
  #sound: Sound | null = null;
  #soundEnd: Omit<Sound, 'state'> = { segment: null, sizeBytes: 0 };

  #run: string | null = null;
  #finished = false;
  #firstAtMs: number | null = null;
  #lastAtMs: number | null = null;
  readonly #recoveries: { index: number; sizeBytes: number; file: string }[] = [];
  readonly #blobSizes = new Map<string, number | 'missing' | 'altered'>();
  #blobsToRead: (Located & { digest: string; sizeBytes: number })[] = [];
  #blobFaults = { missing: 0, altered: 0 };

  constructor(source: LedgerSource, options: VerifyOptions) {
    this.#source = source;
    this.#options = options;
    this.#accounts = [{ tree: new MerkleTree(options.hash), altered: [] }];
    this.#signed = new CheckpointFile(source.checkpoints, options, this.#find.bind(this));
  }

  // --- segments

  beginSegment(name: string): void {
    this.#reportGap();
    this.#segment = name;
    this.#segments++;
    this.#bytesBefore += this.#segmentBytes;
    this.#segmentBytes = 0;
    this.#segmentIsNew = true;
    this.#soundEnd = { segment: name, sizeBytes: 0 };
    this.#reader = new FrameReader();
  }

  read(portion: Uint8Array): void {
    this.#segmentBytes += portion.length;
    for (const piece of this.#reader.push(portion)) this.#piece(piece);
  }

  endSegment(): void {
    for (const piece of this.#reader.end()) this.#piece(piece);
    if (this.#segmentIsNew && this.#gap === null) this.#checkSegmentName(this.#expected, 0);
  }

  #piece(piece: FramePiece): void {
    if (piece.kind === 'frame') {
      this.#frame(piece);
      return;
    }
    this.#keepSound();
    this.#gap = { ...this.#place(this.#expected, piece.offset), sizeBytes: piece.sizeBytes, reason: piece.reason };
  }

  /** Reports the gap before an entry of this index, or before the end of a segment. */
  #reportGap(nextIndex?: number): void {
    const gap = this.#gap;
    this.#gap = null;
    if (gap === null) return;
    const { index, sizeBytes, reason } = gap;
    if (nextIndex === index) {
      this.#find('damaged', 'error', gap, `${sizeBytes} bytes that are no entry stand before entry ${index}`);
      return;
    }
    const through = Math.max(index, (nextIndex ?? 0) - 1);
    const what = through > index ? `entries ${index} to ${through} are` : `entry ${index} is`;
    this.#find('damaged', 'error', gap, `${what} damaged: ${reason} (${sizeBytes} bytes cannot be read)`, through);
  }

  /** Reports the gap at the end of the ledger and says how many of its bytes are torn. */
  #reportTail(): number {
    const gap = this.#gap;
    if (gap === null || this.#expected < this.#signed.signedSize) {
      this.#reportGap();
      return 0;
    }
    this.#gap = null;
    const behind = gap.index === 0 ? 'at the start' : `behind entry ${gap.index - 1}`;
    const message = `${gap.sizeBytes} bytes ${behind} are no whole entry (${gap.reason}), as an interrupted write leaves them`;
    this.#find('torn-tail', 'warning', gap, message);
    return gap.sizeBytes;
  }

  #checkSegmentName(index: number, offset: number): void {
    this.#segmentIsNew = false;
    if (firstIndexOf(this.#segment) === index) return;
    this.#keepSound();
    this.#find(
      'segment-name',
      'error',
      this.#place(index, offset),
      `the segment \`${this.#segment}\` begins with entry ${index}`,
    );
  }

  // --- entries

  #frame(piece: Extract<FramePiece, { kind: 'frame' }>): void {
    const { entry, offset, sizeBytes } = piece;
    if (this.#segmentIsNew && this.#gap === null) this.#checkSegmentName(entry.index, offset);
    this.#segmentIsNew = false;
    if (!this.#takesItsPlace(entry, offset)) return;
    const place = this.#place(this.#expected, offset);
    this.#link(entry.prev);
    this.#settleCheckpoints(this.#expected);
    const leaf = this.#options.hash.sha256(piece.body);
    this.#last = { place, leaf, digest: toHex(leaf) };
    this.#lastIsLost = false;
    this.#expected++;
    this.#read++;
    this.#soundEnd = { segment: this.#segment, sizeBytes: offset + sizeBytes };
    this.#content(piece, place);
  }

  /** Whether the entry stands where it belongs, after what is missing before it has been reported. */
  #takesItsPlace({ index, prev }: RawEntry, offset: number): boolean {
    const place = this.#place(this.#expected, offset);
    const wasGap = this.#gap !== null;
    if (index !== this.#expected && !wasGap && prev === (this.#last?.digest ?? zeros)) {
      this.#keepSound();
      const message = `entry ${this.#expected} says that it is entry ${index}: it was altered`;
      this.#find('wrong-index', 'error', place, message);
      return true;
    }
    this.#reportGap(index);
    if (index < this.#expected) {
      this.#keepSound();
      const message = `entry ${index} stands where entry ${this.#expected} belongs: it was repeated or moved`;
      this.#find('misplaced', 'error', place, message);
      return false;
    }
    if (index > this.#expected) {
      if (!wasGap) this.#findMissing(index, place);
      this.#skipTo(index);
    }
    return true;
  }

  #findMissing(index: number, place: Located): void {
    this.#keepSound();
    const what = index - place.index === 1 ? `entry ${place.index} is` : `entries ${place.index} to ${index - 1} are`;
    this.#find('missing', 'error', place, `${what} missing`, index - 1);
  }

  /** Goes on at `index` without the entries before it. */
  #skipTo(index: number): void {
    this.#settleLast();
    this.#settleCheckpoints(this.#expected);
    // A single lost entry leaves its hash in the one behind it; of several, all but the last are unknown.
    if (index - this.#expected > 1) this.#accounts = [];
    this.#lastIsLost = true;
    this.#expected = index;
  }

  /** Compares what the next entry says of its predecessor with that predecessor. */
  #link(prev: string): void {
    if (prev === this.#last?.digest) {
      this.#settleLast();
      return;
    }
    const claimed = fromHex(prev);
    if (this.#lastIsLost) {
      this.#accounts = claimed === null ? [] : this.#accounts.map((account) => grown(account, claimed));
    } else if (this.#last !== null) {
      const { place, leaf } = this.#last;
      this.#keepSound();
      this.#contradictions.push(place);
      const asRead = this.#accounts.map((account) => grown(account, leaf));
      const asClaimed = claimed === null ? [] : this.#accounts.map((account) => grown(account, claimed, place));
      this.#accounts = [...asClaimed, ...asRead].slice(0, maxAccounts);
      this.#last = null;
    } else if (prev !== zeros) {
      this.#keepSound();
      const message = 'entry 0 names an entry before it, and there can be none';
      this.#find('broken-chain', 'error', this.#place(0, 0), message);
    }
  }

  /** Adds the last entry to the tree as it was read. */
  #settleLast(): void {
    const last = this.#last;
    if (last === null) return;
    for (const { tree } of this.#accounts) tree.push(last.leaf);
    this.#last = null;
  }

  /** Compares the root over the first `size` entries, which are in the tree, with the checkpoints over as many. */
  #settleCheckpoints(size: number): void {
    for (;;) {
      const checkpoint = this.#signed.checkpoints[this.#nextCheckpoint];
      if (checkpoint === undefined || checkpoint.size > size) return;
      this.#nextCheckpoint++;
      if (checkpoint.size === size) this.#settle(checkpoint);
    }
  }

  #settle(checkpoint: ReadCheckpoint): void {
    if (this.#accounts.length === 0) return;
    const right = this.#accounts.find(({ tree }) => sameBytes(tree.root(), checkpoint.root));
    if (right === undefined) {
      this.#findMismatch(checkpoint);
      return;
    }
    if (!checkpoint.trusted) return;
    for (const entry of right.altered)
      this.#find('altered', 'error', entry, `entry ${entry.index} is not what was written: it was altered`);
    const explained = right.altered.map(({ index }) => index);
    for (const { index, ...place } of this.#contradictions)
      if (!explained.includes(index) && !explained.includes(index + 1))
        this.#find(
          'broken-chain',
          'error',
          { ...place, index: index + 1 },
          `entry ${index + 1} was signed with a false \`prev\``,
        );
    this.#contradictions = [];
    this.#accounts = [{ tree: right.tree, altered: [] }];
    this.#held++;
    this.#heldSize = checkpoint.size;
  }

  #findMismatch(checkpoint: ReadCheckpoint): void {
    this.#keepSound();
    const first = this.#heldSize;
    const message = `entries ${first} to ${checkpoint.size - 1} are not those that checkpoint over ${checkpoint.size} entries was signed for: at least one was altered`;
    if (this.#contradictions.length === 0)
      this.#find('root-mismatch', 'error', { ...checkpoint, index: first }, message, checkpoint.size - 1);
    this.#findContradictions();
    if (checkpoint.trusted) this.#accounts = [];
  }

  /** Reports neighbours that contradict each other where no checkpoint says which of them is right. */
  #findContradictions(): void {
    for (const place of this.#contradictions.splice(0)) {
      const { index } = place;
      const message = `entries ${index} and ${index + 1} do not belong together: entry ${index} was altered, or the \`prev\` of entry ${index + 1}`;
      this.#find('broken-chain', 'error', place, message, index + 1);
    }
  }

  #content({ entry: raw, text }: Extract<FramePiece, { kind: 'frame' }>, place: Located): void {
    if (!isCanonical(raw, text)) {
      this.#keepSound();
      this.#find(
        'not-canonical',
        'error',
        place,
        `entry ${place.index} is not canonical JSON, so no writer of ours wrote it`,
      );
    }
    if (!validateEntry(raw)) {
      this.#keepSound();
      const [error] = validateEntry.errors ?? [];
      const where = error?.instancePath ? `\`${error.instancePath}\` ` : '';
      const message = `entry ${place.index} is not a valid entry: ${where}${error?.message ?? 'its type is unknown'}`;
      this.#find('invalid-entry', 'error', place, message);
      return;
    }
    const entry = raw as unknown as LedgerEntry;
    this.#firstAtMs ??= entry.atMs;
    this.#lastAtMs = entry.atMs;
    this.#finished = entry.type === 'run-finished';
    if (entry.type === 'run-started') this.#run ??= entry.run;
    if (entry.type === 'recovered')
      this.#recoveries.push({ index: entry.index, sizeBytes: entry.sizeBytes, file: entry.file });
    if (this.#source.blob)
      for (const payload of payloadsOf(entry))
        if ('blob' in payload)
          this.#blobsToRead.push({
            ...place,
            digest: payload.blob.slice('sha256:'.length),
            sizeBytes: payload.sizeBytes,
          });
    this.#options.onEntry?.(entry, this.#sound === null);
  }

  // --- blobs

  async readBlobs(): Promise<void> {
    for (const { digest, sizeBytes, ...place } of this.#blobsToRead.splice(0)) {
      const known = this.#blobSizes.get(digest) ?? (await this.#readBlob(digest));
      this.#blobSizes.set(digest, known);
      if (known === sizeBytes) continue;
      if (known === 'missing') {
        this.#blobFaults.missing++;
        const message = `the blob \`${digest}\` that entry ${place.index} cites is not there: it was erased`;
        this.#find('blob-missing', 'warning', place, message);
      } else {
        this.#blobFaults.altered++;
        const message = `the blob \`${digest}\` is not what entry ${place.index} cites: it was altered`;
        this.#find('blob-altered', 'error', place, message);
      }
    }
  }

  async #readBlob(digest: string): Promise<number | 'missing' | 'altered'> {
    const bytes = await this.#source.blob?.(digest);
    if (!bytes) return 'missing';
    return toHex(this.#options.hash.sha256(bytes)) === digest ? bytes.length : 'altered';
  }

  // --- the end

  end(): Verification {
    const tornBytes = this.#reportTail();
    const sound = this.#sound ?? this.#soundHere();
    this.#settleLast();
    this.#settleCheckpoints(this.#expected);
    this.#findContradictions();
    this.#findTruncation();
    this.#findUnsigned();
    const unsignedEntries = Math.max(0, this.#expected - this.#signed.signedSize);
    const report: LedgerReport = {
      ok: this.#errors === 0,
      origin: this.#signed.checkpoints[0]?.origin ?? null,
      run: this.#run,
      finished: this.#finished,
      entries: this.#read,
      segments: this.#segments,
      sizeBytes: this.#bytesBefore + this.#segmentBytes,
      firstAtMs: this.#firstAtMs,
      lastAtMs: this.#lastAtMs,
      checkpoints: { read: this.#signed.read, held: this.#held },
      signers: this.#signed.signers,
      signedEntries: this.#heldSize,
      unsignedEntries,
      tornBytes,
      blobs: { cited: this.#blobSizes.size, ...this.#blobFaults },
      recoveries: this.#recoveries,
      findings: this.#findings.sort((a, b) => a.index - b.index),
      findingsLeftOut: this.#findingsLeftOut,
    };
    const inLastSegment = sound.segment === null || sound.segment === this.#segment;
    return { report, sound: { ...sound, inLastSegment, checkpointBytes: this.#signed.soundBytes } };
  }

  #findTruncation(): void {
    const beyond = this.#signed.checkpoints.slice(this.#nextCheckpoint).filter(({ size }) => size > this.#expected);
    const last = beyond.at(-1);
    if (last === undefined) return;
    const index = this.#expected;
    const message = `${last.size} entries were signed, and only ${index} are here: entries ${index} to ${last.size - 1} were cut off`;
    const place = { file: this.#segment || 'checkpoints', offsetBytes: this.#segmentBytes, index };
    this.#find('truncated', 'error', place, message, last.size - 1);
  }

  #findUnsigned(): void {
    const signed = this.#signed.signedSize;
    if (this.#expected <= signed) return;
    this.#signed.findGap(this.#expected);
    const place = { file: 'checkpoints', offsetBytes: this.#signed.soundBytes, index: signed };
    if (signed === 0)
      this.#find(
        'unsigned',
        'error',
        place,
        'no checkpoint of a trusted key vouches for any entry',
        this.#expected - 1,
      );
    else if (this.#finished)
      this.#find(
        'unsigned',
        'warning',
        place,
        `the end of the run, from entry ${signed}, is not signed`,
        this.#expected - 1,
      );
  }

  #place(index: number, offsetBytes: number): Located {
    return { file: this.#segment, offsetBytes, index };
  }

  /** Keeps how far everything was as it should be, the first time that something is not. */
  #keepSound(): void {
    this.#sound ??= this.#soundHere();
  }

  #soundHere(): Sound {
    const tree = this.#accounts[0]?.tree.copy();
    if (tree && this.#last) tree.push(this.#last.leaf);
    const size = tree?.size ?? 0;
    const signedSize = this.#signed.signedSize;
    return {
      state: { size, prev: this.#last?.digest ?? zeros, roots: tree?.roots ?? [], signedSize },
      ...this.#soundEnd,
    };
  }

  #find(code: FindingCode, severity: Finding['severity'], place: Located, message: string, through?: number): void {
    if (severity === 'error') this.#errors++;
    const { file, offsetBytes, index } = place;
    const several = through === undefined || through <= index ? {} : { through };
    if (this.#findings.length < (this.#options.maxFindings ?? 100))
      this.#findings.push({ code, severity, index, ...several, file, offsetBytes, message });
    else this.#findingsLeftOut++;
  }
}

function grown({ tree, altered }: Account, leaf: Uint8Array, entry?: Located): Account {
  const copy = tree.copy();
  copy.push(leaf);
  return { tree: copy, altered: entry ? [...altered, entry] : altered };
}

/** Whether `text`, which was parsed into `entry`, is its canonical form. */
function isCanonical(entry: object, text: string): boolean {
  return isPlainlyCanonical(entry, text) || isCanonicalText(entry, text);
}

/** A quick look that says yes in nearly all cases, and never wrongly. */
function isPlainlyCanonical(entry: object, text: string): boolean {
  try {
    // What the platform writes is canonical but for the order of keys and for escapes of lone surrogates.
    return JSON.stringify(entry) === text && isSorted(entry) && !text.includes('\\ud');
  } catch {
    // Nested too deep for the platform's own writer.
    return false;
  }
}

function isCanonicalText(entry: object, text: string): boolean {
  try {
    return canonicalText(entry) === text;
  } catch {
    return false;
  }
}

function isSorted(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before = '';
  for (const [key, child] of Object.entries(value)) {
    if (key < before || !isSorted(child)) return false;
    before = key;
  }
  return true;
}

function fromHex(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null;
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
