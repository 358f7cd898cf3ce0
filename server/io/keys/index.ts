/** Signing keys, trusted keys, and Node's cryptography as the engine's ports. */
export { createSigner, nodeHash, verifySignature } from './crypto.ts';
export { KeyError } from './error.ts';
export { keyDirectory, openSigningKey, readSigningKey } from './signing-key.ts';
export { readTrust, type Trust, type TrustedKey, type TrustProblem, trustedKeys } from './trust.ts';
