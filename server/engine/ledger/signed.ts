/** Reads a ledger's checkpoint file: which checkpoints are there, who has signed them, and what is wrong with the file itself. */
import type { Hash, VerifySignature } from '../ports.ts';
import { type Checkpoint, checkSignature, type Note, type NoteKey, parseCheckpoint, splitNotes } from './note.ts';
import type { FindingCode, LedgerPlace, LedgerSigner, Located } from './report.ts';
import { checkpointEvery } from './writer.ts';

export interface ReadCheckpoint extends Checkpoint, LedgerPlace {
  readonly trusted: boolean;
}

export type ReportFinding = (
  code: FindingCode,
  severity: 'error' | 'warning',
  place: Located,
  message: string,
  through?: number,
) => void;

export interface SignatureOptions {
  readonly hash: Hash;
  readonly verifySignature: VerifySignature;
  readonly trustedKeys: readonly NoteKey[];
}

export class CheckpointFile {
  readonly #options: SignatureOptions;
  readonly #find: ReportFinding;
  readonly #signers = new Map<string, LedgerSigner>();
  readonly #checkpoints: ReadCheckpoint[] = [];
  #read = 0;
  /** Covered by the last trusted checkpoint. */
  #size = 0;
  /** Covered by any checkpoint. */
  #claimedSize = 0;
  #origin: string | null = null;
  #soundBytes: number;

  constructor(file: Uint8Array, options: SignatureOptions, find: ReportFinding) {
    this.#options = options;
    this.#find = find;
    this.#soundBytes = file.length;
    for (const { offsetBytes, note, torn } of splitNotes(file)) {
      const place = { file: 'checkpoints', offsetBytes, index: this.#size };
      if (torn) this.#leaveOut(place);
      else this.#add(note, place);
    }
    this.#checkpoints.sort((a, b) => a.size - b.size);
  }

  /** By the number of entries that they cover. Those with a false signature are left out. */
  get checkpoints(): readonly ReadCheckpoint[] {
    return this.#checkpoints;
  }

  get signers(): LedgerSigner[] {
    return [...this.#signers.values()];
  }

  /** How many checkpoints there are, whatever they are worth. */
  get read(): number {
    return this.#read;
  }

  /** How many entries the last trusted checkpoint covers. */
  get signedSize(): number {
    return this.#size;
  }

  /** The size of the file without an unfinished checkpoint at its end. */
  get soundBytes(): number {
    return this.#soundBytes;
  }

  /** Reports that more entries stand between the last checkpoint and `to` than a writer ever leaves unsigned. */
  findGap(to: number): void {
    const from = this.#claimedSize;
    this.#claimedSize = Math.max(from, to);
    if (to - from <= checkpointEvery) return;
    const place = { file: 'checkpoints', offsetBytes: 0, index: from };
    const message = `no checkpoint stands between ${from} and ${to} entries, though one is written every ${checkpointEvery}: checkpoints were altered or removed`;
    this.#find('checkpoint-missing', 'error', place, message, to - 1);
  }

  #leaveOut(place: Located): void {
    this.#soundBytes = place.offsetBytes;
    const message = 'the last checkpoint is unfinished, as an interrupted write leaves it; it counts for nothing';
    this.#find('checkpoint-torn', 'warning', place, message);
  }

  #add(note: Note | null, place: Located): void {
    this.#read++;
    const checkpoint = note && parseCheckpoint(note.text);
    if (!note || !checkpoint) {
      this.#find('checkpoint-invalid', 'error', place, `checkpoint ${this.#read} is not a signed checkpoint`);
      return;
    }
    const trusted = this.#isTrusted(note, place);
    if (trusted === null || (trusted && !this.#continues(checkpoint, place))) return;
    this.findGap(checkpoint.size);
    const { file, offsetBytes } = place;
    this.#checkpoints.push({ ...checkpoint, file, offsetBytes, trusted });
  }

  /** Whether a trusted checkpoint goes on from those before it. */
  #continues({ origin, size }: Checkpoint, place: Located): boolean {
    this.#origin ??= origin;
    if (origin !== this.#origin) {
      const message = `checkpoint ${this.#read} is of \`${origin}\`, but those before it are of \`${this.#origin}\``;
      this.#find('checkpoint-origin', 'error', place, message);
      return false;
    }
    if (size <= this.#size) {
      const message = `checkpoint ${this.#read} covers ${size} entries, and one before it covered ${this.#size}: it was repeated or moved`;
      this.#find('checkpoint-order', 'error', place, message);
      return false;
    }
    this.#size = size;
    return true;
  }

  /** Whether a trusted key has signed the note; null when its signature is false. */
  #isTrusted(note: Note, place: Located): boolean | null {
    let trusted = false;
    for (const signature of note.signatures) {
      const checked = this.#options.trustedKeys.map((key) => checkSignature(note, signature, key, this.#options));
      if (checked.includes(false)) {
        const message = `the signature of \`${signature.name}\` under checkpoint ${this.#read} is false: the checkpoint was altered`;
        this.#find('checkpoint-invalid', 'error', place, message);
        return null;
      }
      const isTrusted = checked.includes(true);
      trusted ||= isTrusted;
      this.#count({ name: signature.name, keyId: signature.keyId, trusted: isTrusted }, note, place);
    }
    return trusted;
  }

  #count(signer: Omit<LedgerSigner, 'checkpoints'>, note: Note, place: Located): void {
    const { name, keyId, trusted } = signer;
    const id = `${name} ${keyId}`;
    const before = this.#signers.get(id)?.checkpoints ?? 0;
    this.#signers.set(id, { ...signer, checkpoints: before + 1 });
    if (trusted || before > 0) return;
    const message = `\`${name}\` (key ${keyId}) has signed from here, and is not among the trusted keys; if you know this key, put its vkey into \`.assay/trust/\``;
    // A second signature, by a stranger, takes nothing from the first.
    this.#find('untrusted-key', note.signatures.length > 1 ? 'warning' : 'error', place, message);
  }
}
