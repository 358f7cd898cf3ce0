/** The ledger: entries, their chain and Merkle tree, signed checkpoints, verification and replay. `docs/ledger-format.md` is its format. */
export { canonicalJson, canonicalText, LedgerError } from './canonical.ts';
export { crc32c } from './crc32c.ts';
export {
  encodeFrame,
  type FramePiece,
  FrameReader,
  firstIndexOf,
  type RawEntry,
  segmentName,
} from './frame.ts';
export type * from './generated/entry.ts';
export { validateEntry } from './generated/validate-entry.js';
export { leafHash, MerkleTree, nodeHash } from './merkle.ts';
export {
  type Checkpoint,
  checkSignature,
  encodeCheckpoint,
  encodeVkey,
  isKeyName,
  type Note,
  type NoteKey,
  type NotePiece,
  type NoteSignature,
  parseCheckpoint,
  parseNote,
  parseVkey,
  signNote,
  splitNotes,
} from './note.ts';
export type { EntryBody } from './payload.ts';
export {
  type BlobValue,
  type OpenAttempt,
  type RecordedFailure,
  type RecordedRun,
  type RecordedRunStatus,
  type RecordedStep,
  type RecordedTrial,
  type RecordedTrialDetail,
  type RecordedTrialState,
  type ReplayOptions,
  RunReplay,
  replayRun,
} from './replay.ts';
export type { Finding, FindingCode, LedgerPlace, LedgerReport, LedgerSigner } from './report.ts';
export { type LedgerSource, type Verification, type VerifyOptions, verifyLedger } from './verify.ts';
export {
  createLedgerWriter,
  emptyLedger,
  type LedgerState,
  type LedgerWriter,
  type LedgerWriterOptions,
} from './writer.ts';
