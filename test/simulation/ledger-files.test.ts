/** Ledgers in real folders: opening, continuing, rotation, quarantine, and what is refused. */
import { mkdir, readdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../server/engine/ledger/index.ts';
import {
  createFileStore,
  createLedger,
  openLedger,
  readBlobValue,
  readEntries,
  StoreError,
  verifyLedgerDirectory,
} from '../../server/io/ledger/index.ts';
import {
  HandClock,
  observation,
  origin,
  runFinished,
  runStarted,
  signer,
  signerOf,
  trialId,
  writtenLedger,
} from '../engine/ledger/ledgers.ts';
import { folderOf, temporaryFolder } from './folders.ts';

const options = { clock: new HandClock(), signer, origin };
const trustedKeys = [signer];
const first = '0000000000000000.seg';

async function collect(folder: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of readEntries(folder)) entries.push(entry);
  return entries;
}

test('a ledger is begun, closed, continued and read', async () => {
  const folder = join(await temporaryFolder(), 'runs', 'run-1', 'ledger');
  const writer = await createLedger(folder, { ...options, maxSegmentBytes: 1000 });
  const large = writer.payload('z'.repeat(20_000));
  await writer.append(runStarted());
  await writer.append(observation(trialId(1), 0, large));
  await writer.append(observation(trialId(1), 1, writer.payload('z'.repeat(20_000))));
  await writer.close();
  await expect(createLedger(folder, options)).rejects.toMatchObject({ kind: 'exists' });
  const seen: string[] = [];
  const again = await openLedger(folder, { ...options, onEntry: ({ type }) => seen.push(type) });
  expect([seen, again.recovered]).toEqual([['run-started', 'observation', 'observation'], []]);
  expect(await again.writer.append(runFinished)).toBe(3);
  await again.writer.close();
  expect((await collect(folder)).map(({ type }) => type)).toEqual([...seen, 'run-finished']);
  const names = await readdir(folder);
  expect(names.filter((name) => name.endsWith('.seg')).length).toBeGreaterThan(1);
  expect(await verifyLedgerDirectory(folder, { trustedKeys })).toMatchObject({
    ok: true,
    entries: 4,
    findings: [],
    finished: true,
  });
  const digest = 'blob' in large ? large.blob.slice(7) : '';
  expect(await readBlobValue(folder, digest)).toBe('z'.repeat(20_000));
  expect(await readBlobValue(folder, '0'.repeat(64))).toBeUndefined();
});

test('what is unsigned is signed without a further entry', async () => {
  const writer = await createLedger(join(await temporaryFolder(), 'ledger'), options);
  await writer.append(runStarted());
  await expect.poll(() => writer.signedSize, { timeout: 10_000 }).toBe(1);
  await writer.close();
});

describe('an interrupted write', () => {
  test('goes into quarantine, and is recorded', async () => {
    const folder = await folderOf(await writtenLedger(5, 5));
    const bytes = await readFile(join(folder, first));
    await writeFile(join(folder, first), Buffer.concat([bytes, bytes.subarray(0, 77)]));
    const notes = await readFile(join(folder, 'checkpoints'));
    await writeFile(join(folder, 'checkpoints'), Buffer.concat([notes, notes.subarray(0, 33)]));
    expect((await collect(folder)).length).toBe(5);
    const { writer, recovered } = await openLedger(folder, options);
    await writer.close();
    expect(recovered.map(({ sizeBytes }) => sizeBytes)).toEqual([77, 33]);
    for (const { file, sizeBytes } of recovered) expect(await readFile(join(folder, file))).toHaveLength(sizeBytes);
    const report = await verifyLedgerDirectory(folder, { trustedKeys });
    expect(report).toMatchObject({ ok: true, entries: 7, findings: [], recoveries: [{ index: 5 }, { index: 6 }] });
    const again = await openLedger(folder, options);
    expect([again.recovered, again.writer.size]).toEqual([[], 7]);
    await again.writer.close();
  });

  test('is recorded even when the recovery itself was interrupted', async () => {
    const folder = await folderOf(await writtenLedger(5, 5));
    await mkdir(join(folder, 'quarantine'));
    await writeFile(join(folder, 'quarantine', '0000000000000005-abc'), 'moved, but not recorded');
    const { writer, recovered } = await openLedger(folder, options);
    await writer.close();
    expect(recovered).toEqual([{ file: 'quarantine/0000000000000005-abc', sizeBytes: 23 }]);
  });
});

describe('a ledger that was altered is not continued:', () => {
  const cases: [string, (folder: string) => Promise<unknown>, string][] = [
    [
      'a byte under a checkpoint',
      async (folder) => {
        const bytes = await readFile(join(folder, first));
        bytes[500] = (bytes[500] ?? 0) ^ 1;
        await writeFile(join(folder, first), bytes);
      },
      'entry 0 is damaged',
    ],
    ['the end cut off', (folder) => truncate(join(folder, first), 2000), 'is damaged'],
    [
      'signed by a stranger',
      async (folder) => {
        const other = await openLedger(folder, { ...options, signer: signerOf('mallory', 3), trustedKeys });
        await other.writer.append(runFinished);
        await other.writer.close();
      },
      '`mallory`',
    ],
  ];
  test.each(cases)('%s', async (_, alter, words) => {
    const folder = await folderOf(await writtenLedger(20, 5));
    await alter(folder);
    const before = await readFile(join(folder, first));
    const opened = openLedger(folder, options);
    await expect(opened).rejects.toThrow(words);
    await expect(opened).rejects.toMatchObject({ name: 'StoreError', kind: 'damaged' });
    expect(await readFile(join(folder, first))).toEqual(before);
  });

  test('another ledger', async () => {
    const folder = await folderOf(await writtenLedger(20, 5));
    await expect(openLedger(folder, { ...options, origin: 'other' })).rejects.toThrow('not of `other`');
  });

  test('and reading stops where an entry cannot be read', async () => {
    const folder = await folderOf(await writtenLedger(20, 5));
    const bytes = await readFile(join(folder, first));
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    await writeFile(join(folder, first), bytes);
    await expect(collect(folder)).rejects.toMatchObject({
      kind: 'damaged',
      message: expect.stringContaining('entry 0'),
    });
  });
});

describe('what is no plain file or folder gives a clear error:', () => {
  test('nothing there', async () => {
    const folder = await temporaryFolder();
    for (const path of [join(folder, 'none'), folder])
      await expect(verifyLedgerDirectory(path, { trustedKeys })).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining(`\`${path}\``),
      });
    await expect(collect(join(folder, 'none'))).rejects.toBeInstanceOf(StoreError);
  });

  test.each([first, 'checkpoints'])('a link in place of `%s`', async (name) => {
    const folder = await folderOf(await writtenLedger(5, 5));
    await rename(join(folder, name), join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(folder, name));
    // One after the other: a rejection that nobody awaits yet ends the process.
    for (const work of [() => verifyLedgerDirectory(folder, { trustedKeys }), () => openLedger(folder, options)])
      await expect(work()).rejects.toMatchObject({
        kind: 'not-plain',
        message: expect.stringContaining('a symbolic link'),
      });
  });

  test('a link in place of the folder', async () => {
    const folder = await folderOf(await writtenLedger(5, 5));
    const link = join(await temporaryFolder(), 'ledger');
    await symlink(folder, link);
    await expect(openLedger(link, options)).rejects.toMatchObject({ kind: 'not-plain' });
  });

  test('a folder in place of a segment', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, first));
    const store = createFileStore(folder);
    await expect(store.append(Buffer.from('x'), 0)).rejects.toMatchObject({
      kind: 'not-plain',
      message: expect.stringContaining('is a folder'),
    });
    await store.close();
    await expect(store.append(Buffer.from('x'), 0)).rejects.toMatchObject({ kind: 'closed' });
  });
});
