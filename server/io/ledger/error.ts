/** Failures of storage in the user's terms. */

export type StoreErrorKind =
  | 'disk-full'
  | 'no-permission'
  | 'read-only'
  | 'not-found'
  | 'not-plain'
  | 'too-many-files'
  /** A ledger that cannot be read or continued, because it is damaged or was altered. */
  | 'damaged'
  | 'closed'
  | 'exists'
  | 'io';

export class StoreError extends Error {
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StoreError';
    this.kind = kind;
  }
}

const plain: Readonly<Record<string, readonly [StoreErrorKind, (path: string) => string]>> = {
  ENOSPC: [
    'disk-full',
    (path) => `the disk is full: \`${path}\` could not be written; free some space and run it again`,
  ],
  EDQUOT: [
    'disk-full',
    (path) => `your disk quota is used up: \`${path}\` could not be written; free some space and run it again`,
  ],
  EACCES: ['no-permission', (path) => `\`${path}\` may not be read or written by this user; change its permissions`],
  EPERM: ['no-permission', (path) => `\`${path}\` may not be read or written by this user; change its permissions`],
  EROFS: ['read-only', (path) => `\`${path}\` is on a file system that cannot be written to`],
  ENOENT: ['not-found', (path) => `there is no \`${path}\``],
  ENOTDIR: ['not-plain', (path) => `a part of \`${path}\` is not a folder`],
  EISDIR: ['not-plain', (path) => `\`${path}\` is a folder, and a file is needed there`],
  ELOOP: ['not-plain', (path) => `\`${path}\` is a symbolic link, and a plain file is needed there`],
  EMFILE: [
    'too-many-files',
    (path) => `too many files are open to open \`${path}\`; raise the limit with \`ulimit -n\``,
  ],
  ENFILE: [
    'too-many-files',
    (path) => `too many files are open to open \`${path}\`; raise the limit with \`ulimit -n\``,
  ],
};

/** What `error`, thrown by Node about `path`, means. A `StoreError` stays itself. */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const known = code === undefined ? undefined : plain[code];
  if (known) return new StoreError(known[0], known[1](path), error);
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('io', `\`${path}\` could not be read or written: ${message}`, error);
}

/** Does `work` and gives its failures as `StoreError`s about `path`. */
export async function about<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error, path);
  }
}
