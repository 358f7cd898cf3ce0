/** Temporary folders with ledgers in them; removed when the tests of a file are over. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Files } from '../engine/ledger/ledgers.ts';

const made: string[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-test-'));
  made.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A new folder with a ledger's files. */
export async function folderOf({ segments, checkpoints, blobs }: Files): Promise<string> {
  const folder = join(await temporaryFolder(), 'ledger');
  await mkdir(join(folder, 'blobs'), { recursive: true });
  for (const [name, bytes] of segments) await writeFile(join(folder, name), bytes);
  if (checkpoints.length > 0) await writeFile(join(folder, 'checkpoints'), checkpoints);
  for (const [digest, bytes] of blobs) await writeFile(join(folder, 'blobs', digest), bytes);
  return folder;
}
