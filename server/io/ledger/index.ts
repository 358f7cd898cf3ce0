/** Ledgers on disk: writing, continuing after a crash, reading, verifying. */
export { StoreError, type StoreErrorKind } from './error.ts';
export {
  createLedger,
  type LedgerOptions,
  type OpenLedger,
  type OpenLedgerOptions,
  openLedger,
  readSound,
} from './open.ts';
export {
  beginning,
  type ReadingPlace,
  readBlobValue,
  readEntries,
  type VerifyDirectoryOptions,
  verifyLedgerDirectory,
} from './read.ts';
export { createFileStore, type FileStoreOptions } from './store.ts';
