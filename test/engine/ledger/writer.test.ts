/** The writer: order, group commit, blobs before entries, checkpoints, and what it refuses. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type EntryBody, emptyLedger, type Payload } from '../../../server/engine/ledger/index.ts';
import {
  HandClock,
  MemoryStore,
  observation,
  runStarted,
  signer,
  trialId,
  verification,
  verify,
  writerOver,
} from './ledgers.ts';

const observe = (value: unknown): EntryBody => observation(trialId(1), 0, { json: value });

describe('append', () => {
  test('resolves with the index in the order of the calls, and writes what is queued at once', async () => {
    const store = new MemoryStore();
    const writer = writerOver(store);
    const indexes = await Promise.all(Array.from({ length: 300 }, (_, at) => writer.append(observe(at))));
    expect(indexes).toEqual(indexes.map((_, at) => at));
    expect(store.calls).toEqual(['append 0']);
    await Promise.all([writer.append(observe(1)), writer.close()]);
    expect(store.calls.slice(1)).toEqual(['append 300', 'checkpoint 301', 'close']);
    expect(await verify(store)).toMatchObject({ ok: true, entries: 301, unsignedEntries: 0 });
  });

  test('signs after every 1,000 entries, even when more come at once', async () => {
    const store = new MemoryStore();
    const writer = writerOver(store);
    await Promise.all(Array.from({ length: 2500 }, (_, at) => writer.append(observe(at))));
    await writer.close();
    expect(store.calls).toEqual([
      ...['append 0', 'checkpoint 1000', 'append 1000', 'checkpoint 2000', 'append 2000', 'checkpoint 2500', 'close'],
    ]);
  });

  test('signs when the oldest unsigned entry is a second old', async () => {
    const [store, clock] = [new MemoryStore(), new HandClock()];
    const writer = writerOver(store, clock);
    for (const waitMs of [0, 999, 1]) {
      clock.timeMs += waitMs;
      await writer.append(observe(waitMs));
      await setImmediate();
    }
    await writer.checkpoint();
    await writer.checkpoint();
    expect(store.calls).toEqual(['append 0', 'append 1', 'append 2', 'checkpoint 3']);
    expect([writer.size, writer.signedSize]).toEqual([3, 3]);
  });

  test('records when by the clock, and chains to the entry before', async () => {
    const [store, clock] = [new MemoryStore(), new HandClock()];
    const writer = writerOver(store, clock);
    clock.timeMs = 1234.9;
    await writer.append(observe('a'));
    clock.timeMs = -5;
    await writer.append(observe('b'));
    await writer.close();
    expect(await verify(store)).toMatchObject({ firstAtMs: 1234, lastAtMs: 0 });
  });
});

describe('payload', () => {
  test('keeps up to 16 KiB in place and writes more as a blob before the entry that cites it', async () => {
    const store = new MemoryStore();
    const writer = writerOver(store);
    const inPlace = 'x'.repeat(16_382);
    expect(writer.payload(inPlace)).toEqual({ json: inPlace });
    const cited = writer.payload(`${inPlace}x`);
    expect(cited).toEqual({ blob: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), sizeBytes: 16_385 });
    await writer.append(observation(trialId(1), 0, cited));
    expect(store.calls).toEqual(['blob 16385', 'append 0']);
    await writer.close();
    expect(await verify(store)).toMatchObject({ ok: true, blobs: { cited: 1, missing: 0, altered: 0 } });
  });

  test('of an entry that would be too large goes into blobs by itself', async () => {
    const store = new MemoryStore();
    const writer = writerOver(store);
    const source: Payload = writer.payload('y'.repeat(16_000));
    await writer.append(runStarted(2, source));
    await writer.close();
    expect(store.calls).toEqual(['append 0', 'checkpoint 1', 'close']);
    const crowded = runStarted(2, source);
    if (crowded.type !== 'run-started') expect.fail('it is another entry');
    const [policy] = crowded.policies;
    if (policy === undefined) expect.fail('there is no policy');
    const other = new MemoryStore();
    const second = writerOver(other);
    await second.append({ ...crowded, policies: [policy, policy] });
    await second.close();
    expect(other.calls[0]).toBe('blob 16002');
    expect(await verify(other)).toMatchObject({ ok: true, blobs: { cited: 1 } });
  });
});

describe('what cannot be recorded is refused, and the ledger goes on', () => {
  const cases: [string, EntryBody, string][] = [
    ['half of a surrogate pair', observe('\ud83d'), '`/output/json`'],
    ['an entry against the schema', { ...observe(1), step: -1 } as EntryBody, '`/step` must be >= 0'],
    ['an unknown type', { type: 'hello' } as unknown as EntryBody, '`hello`'],
    [
      'more than 64 KiB',
      { ...observe(1), failure: { reason: 'X', message: 'z'.repeat(70_000) } } as EntryBody,
      '65535',
    ],
  ];
  test.each(cases)('%s', async (_, body, words) => {
    const store = new MemoryStore();
    const writer = writerOver(store);
    const [refused, taken] = await Promise.allSettled([writer.append(body), writer.append(observe('fine'))]);
    expect(refused).toMatchObject({
      status: 'rejected',
      reason: { name: 'LedgerError', message: expect.stringContaining(words) },
    });
    expect(taken).toEqual({ status: 'fulfilled', value: 0 });
    await writer.close();
    await expect(writer.append(observe(1))).rejects.toMatchObject({ kind: 'closed' });
    expect(await verify(store)).toMatchObject({ ok: true, entries: 1 });
  });

  test('a payload', () => {
    expect(() => writerOver(new MemoryStore()).payload({ a: '\udc00' })).toThrow('`/a`');
  });
});

test('a ledger is continued from its state', async () => {
  const store = new MemoryStore();
  const writer = writerOver(store, new HandClock(), emptyLedger);
  await Promise.all(Array.from({ length: 7 }, (_, at) => writer.append(observe(at))));
  const { sound } = await verification(store);
  const next = writerOver(store, new HandClock(), sound.state);
  expect(await next.append(observe('more'))).toBe(7);
  await next.close();
  expect(await verify(store)).toMatchObject({ ok: true, entries: 8, signers: [{ name: signer.name, trusted: true }] });
});
