/** What a verification reports: counts, signers, and findings that each name the entry where they begin. */

/** Where a byte is. */
export interface LedgerPlace {
  /** The file's name in the ledger's folder. */
  readonly file: string;
  readonly offsetBytes: number;
}

/** An entry by its position, and where it is. */
export interface Located extends LedgerPlace {
  readonly index: number;
}

export type FindingCode =
  | 'damaged'
  | 'torn-tail'
  | 'missing'
  | 'misplaced'
  | 'wrong-index'
  | 'altered'
  | 'broken-chain'
  | 'not-canonical'
  | 'invalid-entry'
  | 'segment-name'
  | 'root-mismatch'
  | 'truncated'
  | 'unsigned'
  | 'untrusted-key'
  | 'checkpoint-invalid'
  | 'checkpoint-torn'
  | 'checkpoint-order'
  | 'checkpoint-origin'
  | 'checkpoint-missing'
  | 'blob-altered'
  | 'blob-missing';

export interface Finding extends LedgerPlace {
  readonly code: FindingCode;
  /** An error means that the ledger is not what was signed; a warning is what a crash or an erased blob leaves behind. */
  readonly severity: 'error' | 'warning';
  /** The first entry that it is about, by its position from 0. */
  readonly index: number;
  /** The last one, where it is about several. */
  readonly through?: number;
  readonly message: string;
}

/** Who has signed checkpoints. */
export interface LedgerSigner {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly trusted: boolean;
  readonly checkpoints: number;
}

export interface LedgerReport {
  /** No finding is an error. */
  readonly ok: boolean;
  /** By the checkpoints; null when there are none. */
  readonly origin: string | null;
  /** The run by its `run-started` entry, null for other ledgers. */
  readonly run: string | null;
  /** The last readable entry is `run-finished`. */
  readonly finished: boolean;
  /** How many entries are readable. */
  readonly entries: number;
  readonly segments: number;
  readonly sizeBytes: number;
  readonly firstAtMs: number | null;
  readonly lastAtMs: number | null;
  /** `held` of the `read` checkpoints have a trusted signature and the root of the entries that are there. */
  readonly checkpoints: { readonly read: number; readonly held: number };
  readonly signers: readonly LedgerSigner[];
  /** How many entries the last checkpoint covers that held. */
  readonly signedEntries: number;
  /** The unsigned tail: entries behind the last trusted checkpoint. */
  readonly unsignedEntries: number;
  /** Unreadable bytes at the end, behind the last trusted checkpoint: an interrupted write. */
  readonly tornBytes: number;
  readonly blobs: { readonly cited: number; readonly missing: number; readonly altered: number };
  /** Where crashes were recovered from, by the `recovered` entries. */
  readonly recoveries: readonly { readonly index: number; readonly sizeBytes: number; readonly file: string }[];
  /** In the order of the entries. */
  readonly findings: readonly Finding[];
  readonly findingsLeftOut: number;
}
