/**
 * The user's signing key: an Ed25519 key in their own folder, made once, readable by nobody else. Never in a workspace.
 */
import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rm, stat } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { isKeyName } from '../../engine/ledger/index.ts';
import type { Signer } from '../../engine/ports.ts';
import { createSigner } from './crypto.ts';
import { KeyError } from './error.ts';

const isWindows = process.platform === 'win32';
const fileName = 'signing-key.pem';
const label = 'Assay signing key: ';

/** Where the user's keys are: `assay/keys` in the folder for settings that the platform names. */
export function keyDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const settings = isWindows
    ? (env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'))
    : env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return join(settings, 'assay', 'keys');
}

/** The user's key; made now when there is none. Of processes that make it at once, all get the same one. Rejects with a `KeyError`. */
export async function openSigningKey(directory: string = keyDirectory()): Promise<Signer> {
  return (await readSigningKey(directory)) ?? (await makeSigningKey(directory));
}

/** The user's key; null when there is none yet. Rejects with a `KeyError`. */
export async function readSigningKey(directory: string = keyDirectory()): Promise<Signer | null> {
  const path = join(directory, fileName);
  try {
    const file = await open(path, 'r');
    try {
      await assertPrivate(path, directory, file);
      return parseKey(path, await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw keyError(path, error);
  }
}

async function makeSigningKey(directory: string): Promise<Signer> {
  const path = join(directory, fileName);
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = `${label}${ownName()}\n${privateKey.export({ type: 'pkcs8', format: 'pem' })}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(pem);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link is there as a whole or not at all, and never takes the place of another process's key.
    await link(temporary, path).catch(unlessThere);
  } catch (error) {
    throw keyError(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
  const key = await readSigningKey(directory);
  if (key === null) throw new KeyError(`the signing key \`${path}\` was removed while it was being made; try again`);
  return key;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** The name under which this machine signs. It stays in the key's file, so a new host name changes nothing. */
function ownName(): string {
  const machine = hostname()
    .split('.')[0]
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-');
  return `assay.local/${machine || 'machine'}`;
}

function parseKey(path: string, text: string): Signer {
  const name = text.startsWith(label) ? text.slice(label.length, text.indexOf('\n')).trim() : '';
  if (!isKeyName(name))
    throw new KeyError(`\`${path}\` does not begin with \`${label}NAME\`; move it away to have a new key made`);
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return createSigner(name, key);
  } catch (error) {
    throw new KeyError(`\`${path}\` holds no private key in PEM; move it away to have a new key made`, error);
  }
  throw new KeyError(`\`${path}\` holds no Ed25519 key; move it away to have a new key made`);
}

async function assertPrivate(path: string, directory: string, file: FileHandle): Promise<void> {
  if (isWindows) return;
  const own = await file.stat();
  if (!own.isFile()) throw new KeyError(`the signing key \`${path}\` is not a file`);
  if (own.uid !== process.getuid?.())
    throw new KeyError(`the signing key \`${path}\` belongs to another user; move it away`);
  if (own.mode & 0o077)
    throw new KeyError(
      `the signing key \`${path}\` can be read by others; run \`chmod 600 ${path}\`, or move it away if others may have read it`,
    );
  if ((await stat(directory)).mode & 0o022)
    throw new KeyError(`the folder of the signing key can be changed by others; run \`chmod 700 ${directory}\``);
}

function keyError(path: string, error: unknown): KeyError {
  if (error instanceof KeyError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KeyError(`the signing key \`${path}\` cannot be read or written: ${message}`, error);
}
