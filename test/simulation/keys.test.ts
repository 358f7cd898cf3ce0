/** Signing keys on disk: made once whoever comes first, private, and never replaced; trusted keys of a workspace. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { encodeVkey } from '../../server/engine/ledger/index.ts';
import {
  keyDirectory,
  nodeHash,
  openSigningKey,
  readSigningKey,
  readTrust,
  verifySignature,
} from '../../server/io/keys/index.ts';
import { signerOf } from '../engine/ledger/ledgers.ts';
import { temporaryFolder } from './folders.ts';

const isPosix = process.platform !== 'win32';
const file = 'signing-key.pem';
const newFolder = async () => join(await temporaryFolder(), 'config', 'assay', 'keys');

test('the key is made once, signs, and is private', async () => {
  const folder = await newFolder();
  expect(await readSigningKey(folder)).toBeNull();
  const key = await openSigningKey(folder);
  const again = await openSigningKey(folder);
  expect([again.name, again.publicKey]).toEqual([key.name, key.publicKey]);
  expect(key.name).toMatch(/^assay\.local\/[a-z0-9-]+$/);
  const message = Buffer.from('hello');
  expect(verifySignature(key.publicKey, message, again.sign(message))).toBe(true);
  expect(verifySignature(key.publicKey, Buffer.from('hallo'), again.sign(message))).toBe(false);
  expect(await readdir(folder)).toEqual([file]);
  if (isPosix) {
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
});

test('processes that make it at once all have the same', async () => {
  const folder = await newFolder();
  const module = JSON.stringify(new URL('../../server/io/keys/index.ts', import.meta.url).href);
  const script = `const { openSigningKey } = await import(${module}); console.log(Buffer.from((await openSigningKey(process.argv[1])).publicKey).toString('hex'))`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, folder]);
  const outputs = await Promise.all(Array.from({ length: 5 }, run));
  expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
  expect(outputs[0]?.stdout).toMatch(/^[0-9a-f]{64}\n$/);
  expect(await readdir(folder)).toEqual([file]);
});

test('ten at once in one process, too', async () => {
  const folder = await newFolder();
  const keys = await Promise.all(Array.from({ length: 10 }, () => openSigningKey(folder)));
  expect(new Set(keys.map(({ publicKey }) => Buffer.from(publicKey).toString('hex'))).size).toBe(1);
});

describe('a key is refused', () => {
  test.skipIf(!isPosix).each([
    ['that others can read', 0o644, 0o700, 'can be read by others; run `chmod 600'],
    ['in a folder that others can change', 0o600, 0o777, 'can be changed by others; run `chmod 700'],
  ])('%s', async (_, fileMode, folderMode, words) => {
    const folder = await newFolder();
    await openSigningKey(folder);
    await chmod(join(folder, file), fileMode);
    await chmod(folder, folderMode);
    await expect(openSigningKey(folder)).rejects.toThrow(words);
  });

  test.each([
    ['garbage', 'does not begin with'],
    ['Assay signing key: assay.local/me\ngarbage', 'no private key in PEM'],
    ['Assay signing key: a b\n', 'does not begin with'],
  ])('that is none: %j', async (text, words) => {
    const folder = await newFolder();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, file), text, { mode: 0o600 });
    await expect(openSigningKey(folder)).rejects.toThrow(words);
    expect(await readFile(join(folder, file), 'utf8')).toBe(text);
  });
});

test.skipIf(!isPosix)('the folder follows the platform', () => {
  expect(keyDirectory({ XDG_CONFIG_HOME: '/c' })).toBe('/c/assay/keys');
  expect(keyDirectory({ HOME: '/home/me' })).toBe('/home/me/.config/assay/keys');
});

test('trusted are the own key and those in `.assay/trust`', async () => {
  const [root, folder] = [await temporaryFolder(), await newFolder()];
  expect(await readTrust(root, folder)).toEqual({ keys: [], problems: [] });
  const own = await openSigningKey(folder);
  const [alice, bob] = [signerOf('alice', 2), signerOf('bob', 3)].map((key) => encodeVkey(key, nodeHash));
  const trust = join(root, '.assay', 'trust');
  await mkdir(trust, { recursive: true });
  await writeFile(join(trust, 'team.vkey'), `# the team\n${alice}\n\n${bob}\n`);
  await writeFile(join(trust, 'wrong.vkey'), `\n${alice?.replace('alice', 'eve')}\n`);
  await mkdir(join(trust, 'folder.vkey'));
  await writeFile(join(trust, 'readme.txt'), 'not a key');
  const { keys, problems } = await readTrust(root, folder);
  expect(keys.map(({ vkey, path }) => [vkey, path])).toEqual([
    [encodeVkey(own, nodeHash), null],
    [alice, join(trust, 'team.vkey')],
    [bob, join(trust, 'team.vkey')],
  ]);
  expect(problems).toMatchObject([
    { path: join(trust, 'folder.vkey'), line: 0 },
    { path: join(trust, 'wrong.vkey'), line: 2, message: expect.stringContaining('its id should be') },
  ]);
});
