/** The keys whose signatures count in a workspace: the user's own and those in `.assay/trust/`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeVkey, type NoteKey, parseVkey } from '../../engine/ledger/index.ts';
import { nodeHash } from './crypto.ts';
import { keyDirectory, readSigningKey } from './signing-key.ts';

export interface TrustedKey extends NoteKey {
  readonly vkey: string;
  /** The file that it is trusted by; null for the user's own. */
  readonly path: string | null;
}

export interface TrustProblem {
  readonly path: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly message: string;
}

export interface Trust {
  readonly keys: readonly TrustedKey[];
  readonly problems: readonly TrustProblem[];
}

/**
 * The trusted keys of a workspace. A `*.vkey` file has one vkey a line; empty lines and lines from `#` are passed over.
 * Faulty files are problems in the result. Rejects with a `KeyError` when the user's own key cannot be used.
 */
export async function readTrust(workspaceRoot: string, directory: string = keyDirectory()): Promise<Trust> {
  const own = await readSigningKey(directory);
  const keys: TrustedKey[] = own ? [{ ...ownKey(own), vkey: encodeVkey(own, nodeHash), path: null }] : [];
  const problems: TrustProblem[] = [];
  const folder = join(workspaceRoot, '.assay', 'trust');
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.vkey')).sort();
  for (const path of files.map((name) => join(folder, name))) {
    const text = await readFile(path, 'utf8').catch((error: Error) => error);
    if (typeof text !== 'string') {
      problems.push({ path, line: 0, message: `the file cannot be read: ${text.message}` });
      continue;
    }
    for (const [at, line] of text.split('\n').entries()) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const key = parseVkey(line, nodeHash);
      if (typeof key === 'string') problems.push({ path, line: at + 1, message: `this is no vkey: ${key}` });
      else keys.push({ ...key, vkey: line.trim(), path });
    }
  }
  return { keys, problems };
}

/** The trusted keys alone, without what is wrong with files of others. */
export async function trustedKeys(workspaceRoot: string): Promise<readonly TrustedKey[]> {
  return (await readTrust(workspaceRoot)).keys;
}

const ownKey = ({ name, publicKey }: NoteKey): NoteKey => ({ name, publicKey });
