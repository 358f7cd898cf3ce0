/** Full disks and power cuts at every call: what was acknowledged is there, and the ledger goes on and verifies. */

import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../server/engine/ledger/index.ts';
import type { LedgerStore } from '../../server/engine/ports.ts';
import { appendDurably } from '../../server/io/ledger/files.ts';
import { openLedger, verifyLedgerDirectory } from '../../server/io/ledger/index.ts';
import { HandClock, observation, origin, signer, trialId, verification, writerOver } from '../engine/ledger/ledgers.ts';
import { FailingStore, PowerCutStore } from './failing-stores.ts';
import { folderOf } from './folders.ts';

const entry = (n: number) => observation(trialId(1), n, { json: `${n} ${'x'.repeat(n % 300)}` });

/** Appends `count` entries, `burst` at once, and says which were acknowledged. */
async function write(store: LedgerStore, count: number, burst: number) {
  const writer = writerOver(store);
  const acknowledged: number[] = [];
  const errors = new Set<unknown>();
  for (let first = 0; first < count; first += burst) {
    const bodies = Array.from({ length: Math.min(burst, count - first) }, (_, at) => first + at);
    const blob = writer.payload('b'.repeat(17_000 + first));
    const results = await Promise.allSettled(
      bodies.map((n) => writer.append(n % 7 === 3 ? observation(trialId(1), n, blob) : entry(n))),
    );
    for (const [at, result] of results.entries())
      if (result.status === 'rejected') errors.add(result.reason);
      else acknowledged.push(first + at);
    if (first % 3 === 0) await writer.checkpoint().catch((error) => errors.add(error));
  }
  const closed = await writer.close().catch((error) => error);
  return { acknowledged, errors, closed };
}

describe('a store that fails at its n-th call', () => {
  test.each(Array.from({ length: 14 }, (_, n) => n))(
    '%i: the writer is dead from then on, and nothing else is lost',
    async (n) => {
      const store = new FailingStore(n);
      const { acknowledged, errors, closed } = await write(store, 20, 3);
      const hasFailed = store.calls.includes('failed');
      expect([...errors]).toEqual(hasFailed ? [store.error] : []);
      expect(closed).toBe(hasFailed ? store.error : undefined);
      expect(store.calls.slice(store.calls.indexOf('failed') + 1)).toEqual(hasFailed ? ['close'] : store.calls);
      const read: number[] = [];
      const { report } = await verification(store, { onEntry: (e) => read.push(e.index) });
      expect(read.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(report.findings.filter(({ code }) => code !== 'unsigned')).toEqual([]);
    },
  );
});

test.skipIf(!existsSync('/dev/full'))('a disk that is really full', async () => {
  const full = await open('/dev/full', 'a');
  const written = appendDurably(full, Buffer.from('x'), 'ledger/0.seg').finally(() => full.close());
  await expect(written).rejects.toMatchObject({
    kind: 'disk-full',
    message: expect.stringContaining('the disk is full: `ledger/0.seg` could not be written'),
  });
});

test('a power cut at any call: acknowledged entries are there, and the ledger goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(25),
      fc.infiniteStream(fc.boolean()),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(2000, 1e9),
      async (cutAtCall, keeps, burst, maxSegmentBytes) => {
        const store = new PowerCutStore(cutAtCall, () => keeps.next().value === true, maxSegmentBytes);
        const { acknowledged } = await write(store, 30, burst);
        const folder = await folderOf(store.files());
        const found: LedgerEntry[] = [];
        const options = { clock: new HandClock(), signer, origin, onEntry: (e: LedgerEntry) => found.push(e) };
        const { writer, recovered } = await openLedger(folder, options);
        expect(found.map(({ index }) => index)).toEqual(found.map((_, at) => at));
        expect(found.length).toBeGreaterThanOrEqual(acknowledged.length);
        expect(found.map((e) => (e.type === 'observation' ? e.step : -1))).toEqual(found.map((_, at) => at));
        expect(await writer.append(entry(99))).toBe(found.length + recovered.length);
        await writer.close();
        const report = await verifyLedgerDirectory(folder, { trustedKeys: [signer] });
        expect(report.findings).toEqual([]);
        expect(report).toMatchObject({ ok: true, unsignedEntries: 0, entries: found.length + recovered.length + 1 });
        expect(report.recoveries.map(({ file, sizeBytes }) => ({ file, sizeBytes }))).toEqual(recovered);
      },
    ),
    { numRuns: 60 },
  );
});
