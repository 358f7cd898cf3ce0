/** Why a signing key cannot be used, in the user's terms. */
export class KeyError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'KeyError';
  }
}
