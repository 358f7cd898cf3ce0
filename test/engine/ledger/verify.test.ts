/** Verification: each way to alter a ledger is found and named at the entry where it begins. */
import { describe, expect, test } from 'vitest';
import {
  canonicalText,
  encodeCheckpoint,
  encodeFrame,
  FrameReader,
  MerkleTree,
  parseCheckpoint,
  parseNote,
  type RawEntry,
  signNote,
  splitNotes,
} from '../../../server/engine/ledger/index.ts';
import { nodeHash } from '../../../server/io/keys/index.ts';
import {
  type Files,
  HandClock,
  MemoryStore,
  observation,
  origin,
  runFinished,
  runStarted,
  signer,
  signerOf,
  trialId,
  verification,
  verify,
  writerOver,
  writtenLedger,
} from './ledgers.ts';

/** A ledger as its frames, which a case may change. */
interface Parts {
  frames: Buffer[];
  notes: string[];
}

const entryOf = (frame: Uint8Array): RawEntry => JSON.parse(Buffer.from(frame.subarray(9)).toString());
const sealed = (entry: object) => Buffer.from(encodeFrame(canonicalText(entry)));
/** A frame with something of its entry changed, and the checksum made anew. */
const resealed = (frame: Uint8Array | undefined, change: object) =>
  sealed({ ...entryOf(frame ?? Buffer.alloc(0)), ...change });
const leafOf = (frame: Uint8Array) => Buffer.from(nodeHash.sha256(frame.subarray(8))).toString('hex');

function partsOf({ segments, checkpoints }: Files): Parts {
  const frames: Buffer[] = [];
  for (const bytes of segments.values())
    for (const piece of new FrameReader().push(bytes))
      frames.push(Buffer.from(bytes.subarray(piece.offset, piece.offset + piece.sizeBytes)));
  const notes = Buffer.from(checkpoints)
    .toString()
    .split(/(?<=— .*\n)\n/)
    .filter(Boolean);
  return { frames, notes };
}

function filesOf({ frames, notes }: Parts, { blobs }: Files): Files {
  const segments = new Map([['0000000000000000.seg', Buffer.concat(frames)]]);
  return { segments, checkpoints: Buffer.from(notes.map((note) => `${note}\n`).join('')), blobs };
}

/** Chains all frames from `from` on anew, as a forger without the key would. */
function rechain(frames: Buffer[], from: number): void {
  for (let at = from; at < frames.length; at++) {
    const prev = frames[at - 1];
    const frame = frames[at];
    if (prev && frame) frames[at] = resealed(frame, { prev: leafOf(prev) });
  }
}

const swap = <T>(list: T[], a: number, b: number) => {
  const [first, second] = [list[a], list[b]];
  if (first !== undefined && second !== undefined) [list[a], list[b]] = [second, first];
};

// Forty entries, with checkpoints over 10, 20 and 30 of them and over all.
const written = await writtenLedger(40, 10);

test('an unaltered ledger verifies', async () => {
  expect(await verify(written)).toEqual({
    ok: true,
    origin,
    run: 'run-1',
    finished: false,
    entries: 40,
    segments: 1,
    sizeBytes: written.segments.get('0000000000000000.seg')?.length,
    firstAtMs: 1_790_000_000_000,
    lastAtMs: 1_790_000_000_000,
    checkpoints: { read: 4, held: 4 },
    signers: [{ name: 'assay.local/test', keyId: 'dfef1825', trusted: true, checkpoints: 4 }],
    signedEntries: 40,
    unsignedEntries: 0,
    tornBytes: 0,
    blobs: { cited: 1, missing: 0, altered: 0 },
    recoveries: [],
    findings: [],
    findingsLeftOut: 0,
  });
});

type Case = [name: string, change: (parts: Parts) => void, findings: [code: string, index: number, through?: number][]];

const flip = (at: number) => (parts: Parts) => {
  const frame = Buffer.from(parts.frames[5] ?? []);
  frame[at] = (frame[at] ?? 0) ^ 4;
  parts.frames[5] = frame;
};

const cases: Case[] = [
  ['a flipped length', flip(2), [['damaged', 5]]],
  ['a flipped length, far too large', flip(0), [['damaged', 5]]],
  ['a flipped checksum', flip(5), [['damaged', 5]]],
  ['a flipped leaf prefix', flip(8), [['damaged', 5]]],
  ['a flipped letter', flip(40), [['damaged', 5]]],
  ['an entry taken out', ({ frames }) => frames.splice(5, 1), [['missing', 5]]],
  ['three entries taken out', ({ frames }) => frames.splice(5, 3), [['missing', 5, 7]]],
  [
    'the first entry taken out',
    ({ frames }) => frames.shift(),
    [
      ['segment-name', 1],
      ['missing', 0],
    ],
  ],
  ['an entry repeated', ({ frames }) => frames.splice(6, 0, ...frames.slice(5, 6)), [['misplaced', 6]]],
  ['an old entry repeated', ({ frames }) => frames.splice(30, 0, ...frames.slice(2, 3)), [['misplaced', 30]]],
  [
    'neighbours swapped',
    ({ frames }) => swap(frames, 5, 6),
    [
      ['missing', 5],
      ['misplaced', 7],
    ],
  ],
  ['bytes put in between', ({ frames }) => frames.splice(5, 0, Buffer.from('hello')), [['damaged', 5]]],
  ['the end cut off', ({ frames }) => frames.splice(35), [['truncated', 35, 39]]],
  ['everything cut off', ({ frames }) => frames.splice(0), [['truncated', 0, 39]]],
  [
    'the last entry cut short',
    ({ frames }) => frames.push(frames.pop()?.subarray(0, 50) ?? Buffer.alloc(0)),
    [
      ['damaged', 39],
      ['truncated', 39],
    ],
  ],
  ['an entry rewritten', ({ frames }) => (frames[5] = resealed(frames[5], { costMicros: 0 })), [['altered', 5]]],
  ['the first entry rewritten', ({ frames }) => (frames[0] = resealed(frames[0], { seed: 8 })), [['altered', 0]]],
  [
    'neighbours rewritten',
    ({ frames }) => {
      frames[5] = resealed(frames[5], { step: 1 });
      frames[6] = resealed(frames[6], { step: 1 });
    },
    [
      ['altered', 5],
      ['altered', 6],
    ],
  ],
  [
    'distant entries rewritten',
    ({ frames }) => {
      frames[5] = resealed(frames[5], { step: 1 });
      frames[17] = resealed(frames[17], { step: 1 });
    },
    [
      ['altered', 5],
      ['altered', 17],
    ],
  ],
  ['a prev rewritten', ({ frames }) => (frames[6] = resealed(frames[6], { prev: 'a'.repeat(64) })), [['altered', 6]]],
  [
    'an index rewritten',
    ({ frames }) => (frames[5] = resealed(frames[5], { index: 9 })),
    [
      ['wrong-index', 5],
      ['altered', 5],
    ],
  ],
  [
    'an entry rewritten and all after it chained anew',
    ({ frames }) => {
      frames[15] = resealed(frames[15], { step: 1 });
      rechain(frames, 16);
    },
    [['root-mismatch', 10, 19]],
  ],
  [
    'the last entry rewritten',
    ({ frames }) => (frames[39] = resealed(frames[39], { costMicros: 0 })),
    [['root-mismatch', 30, 39]],
  ],
  [
    'an entry against the schema',
    ({ frames }) => (frames[5] = resealed(frames[5], { costMicros: -1 })),
    [
      ['invalid-entry', 5],
      ['altered', 5],
    ],
  ],
  [
    'an entry with spaces',
    ({ frames }) =>
      (frames[5] = Buffer.from(encodeFrame(JSON.stringify(entryOf(frames[5] ?? Buffer.alloc(0)), null, 1)))),
    [
      ['not-canonical', 5],
      ['altered', 5],
    ],
  ],
  [
    'an entry with its keys in another order',
    ({ frames }) => {
      const { index, ...rest } = entryOf(frames[5] ?? Buffer.alloc(0));
      frames[5] = Buffer.from(encodeFrame(JSON.stringify({ index, ...rest })));
    },
    [
      ['not-canonical', 5],
      ['altered', 5],
    ],
  ],
  [
    'an entry with half of a surrogate pair',
    ({ frames }) => {
      const text = canonicalText({ ...entryOf(frames[5] ?? Buffer.alloc(0)), output: { json: 'X' } });
      frames[5] = Buffer.from(encodeFrame(text.replace('"X"', '"\\ud800"')));
    },
    [
      ['not-canonical', 5],
      ['altered', 5],
    ],
  ],
  [
    'an entry with a key twice',
    ({ frames }) =>
      (frames[5] = Buffer.from(encodeFrame(`{"atMs":0,${Buffer.from(frames[5]?.subarray(10) ?? []).toString()}`))),
    [
      ['not-canonical', 5],
      ['altered', 5],
    ],
  ],
  ['an entry that is no JSON', ({ frames }) => (frames[5] = Buffer.from(encodeFrame('{"index":5,'))), [['damaged', 5]]],
  [
    'a checkpoint over other entries',
    ({ notes }) => (notes[1] = notes[1]?.replace('\n20\n', '\n21\n') ?? ''),
    [['checkpoint-invalid', 10]],
  ],
  ['checkpoints swapped', ({ notes }) => swap(notes, 1, 2), [['checkpoint-order', 30]]],
  ['a checkpoint repeated', ({ notes }) => notes.splice(2, 0, ...notes.slice(1, 2)), [['checkpoint-order', 20]]],
  ['a checkpoint that is none', ({ notes }) => (notes[1] = 'hello\n'), [['checkpoint-invalid', 10]]],
  ['no checkpoints', ({ notes }) => notes.splice(0), [['unsigned', 0, 39]]],
  [
    'a checkpoint by a stranger',
    ({ notes }) => (notes[3] = signNote(parseNote(notes[3] ?? '')?.text ?? '', signerOf('mallory', 9), nodeHash)),
    [['untrusted-key', 30]],
  ],
  [
    'a checkpoint of another ledger',
    ({ notes }) =>
      (notes[3] = signNote(parseNote(notes[3] ?? '')?.text.replace('test', 'best') ?? '', signer, nodeHash)),
    [['checkpoint-origin', 30]],
  ],
];

describe('is found and named:', () => {
  test.each(cases)('%s', async (_, change, expected) => {
    const parts = partsOf(written);
    change(parts);
    const report = await verify(filesOf(parts, written));
    expect(report.ok).toBe(false);
    const named = report.findings.map(({ code, index, through }) => [
      code,
      index,
      ...(through === undefined ? [] : [through]),
    ]);
    expect(named).toEqual([...expected].sort((a, b) => a[1] - b[1]));
  });

  test('a finding says where and in words', async () => {
    const parts = partsOf(written);
    flip(40)(parts);
    const [finding] = (await verify(filesOf(parts, written))).findings;
    expect(finding).toEqual({
      code: 'damaged',
      severity: 'error',
      index: 5,
      file: '0000000000000000.seg',
      offsetBytes: parts.frames.slice(0, 5).reduce((sum, frame) => sum + frame.length, 0),
      message: `entry 5 is damaged: its checksum does not fit (${parts.frames[5]?.length} bytes cannot be read)`,
    });
  });

  test('a chain that was signed although it is broken', async () => {
    const { frames } = partsOf(written);
    const made = frames.slice(0, 6);
    made[5] = resealed(made[5], { prev: 'b'.repeat(64) });
    const tree = new MerkleTree(nodeHash);
    for (const frame of made) tree.push(nodeHash.sha256(frame.subarray(8)));
    const note = signNote(encodeCheckpoint({ origin, size: 6, root: tree.root() }), signer, nodeHash);
    const report = await verify(filesOf({ frames: made, notes: [note] }, written));
    expect(report.findings.map(({ code, index }) => [code, index])).toEqual([['broken-chain', 5]]);
  });

  test('checkpoints that were taken out', async () => {
    const long = await writtenLedger(2500, 500);
    const parts = partsOf(long);
    parts.notes.splice(1, 2);
    const [finding] = (await verify(filesOf(parts, long))).findings;
    expect(finding).toMatchObject({ code: 'checkpoint-missing', index: 500, through: 1999 });
    parts.notes.splice(1);
    const { findings, unsignedEntries } = await verify(filesOf(parts, long));
    expect(findings).toMatchObject([{ code: 'checkpoint-missing', index: 500, through: 2499 }]);
    expect(unsignedEntries).toBe(2000);
  });

  test('blobs that were altered or erased', async () => {
    const [digest = ''] = written.blobs.keys();
    const altered = await verify({
      ...written,
      segments: written.segments,
      blobs: new Map([[digest, Buffer.from('""')]]),
      checkpoints: written.checkpoints,
    });
    expect(altered).toMatchObject({ ok: false, blobs: { cited: 1, missing: 0, altered: 1 } });
    expect(altered.findings).toMatchObject([{ code: 'blob-altered', severity: 'error', index: 2 }]);
    const erased = await verify({ segments: written.segments, checkpoints: written.checkpoints, blobs: new Map() });
    expect(erased).toMatchObject({ ok: true, blobs: { missing: 1 } });
    expect(erased.findings).toMatchObject([{ code: 'blob-missing', severity: 'warning', index: 2 }]);
  });
});

describe('segments', () => {
  test('are one ledger', async () => {
    const store = await writtenLedger(40, 10, 3000);
    expect(store.segments.size).toBeGreaterThan(3);
    expect(await verify(store)).toMatchObject({ ok: true, entries: 40, segments: store.segments.size });
  });

  test('that are missing, misnamed or torn in the middle are found', async () => {
    const store = await writtenLedger(40, 10, 3000);
    const names = [...store.segments.keys()];
    const [, second = '', third = ''] = names;
    const [from, to] = [Number.parseInt(second, 10), Number.parseInt(third, 10)];
    const without = new Map([...store.segments].filter(([name]) => name !== second));
    const { blobs, checkpoints } = store;
    expect((await verify({ segments: without, blobs, checkpoints })).findings).toMatchObject([
      { code: 'missing', index: from, through: to - 1 },
    ]);
    const renamed = new Map(
      [...store.segments].map(([name, bytes]) => [name === second ? '0000000000000003.seg' : name, bytes]),
    );
    expect((await verify({ segments: renamed, blobs, checkpoints })).findings[0]).toMatchObject({
      code: 'segment-name',
      index: from,
    });
    const torn = new Map(
      [...store.segments].map(([name, bytes]) => [name, name === second ? bytes.subarray(0, -5) : bytes]),
    );
    expect((await verify({ segments: torn, blobs, checkpoints })).findings[0]).toMatchObject({
      code: 'damaged',
      index: to - 1,
      file: second,
    });
  });
});

describe('what a crash leaves behind is a warning:', () => {
  async function unfinished(): Promise<MemoryStore> {
    const store = new MemoryStore();
    const writer = writerOver(store);
    await writer.append(runStarted());
    await writer.checkpoint();
    await writer.append(observation(trialId(1), 0));
    return store;
  }

  test('an unsigned tail', async () => {
    expect(await verify(await unfinished())).toMatchObject({
      ok: true,
      entries: 2,
      signedEntries: 1,
      unsignedEntries: 1,
      findings: [],
    });
  });

  test('an unsigned end of a run', async () => {
    const store = await unfinished();
    const { sound } = await verification(store);
    await writerOver(store, new HandClock(), sound.state).append(runFinished);
    expect((await verify(store)).findings).toMatchObject([
      { code: 'unsigned', severity: 'warning', index: 1, through: 2 },
    ]);
  });

  test('a torn entry, and the state before it is sound', async () => {
    const store = await unfinished();
    const [[name, bytes] = ['', Buffer.alloc(0)]] = store.segments;
    const torn = {
      segments: new Map([[name, Buffer.concat([bytes, bytes.subarray(0, 100)])]]),
      checkpoints: store.checkpoints,
      blobs: new Map(),
    };
    const { report, sound } = await verification(torn);
    expect(report).toMatchObject({
      ok: true,
      entries: 2,
      tornBytes: 100,
      findings: [{ code: 'torn-tail', severity: 'warning', index: 2 }],
    });
    expect(sound).toMatchObject({
      state: { size: 2, signedSize: 1 },
      segment: name,
      sizeBytes: bytes.length,
      inLastSegment: true,
    });
  });

  test('a torn checkpoint', async () => {
    const store = await unfinished();
    const checkpoints = Buffer.concat([store.checkpoints, store.checkpoints.subarray(0, 60)]);
    const { report, sound } = await verification({ segments: store.segments, checkpoints, blobs: store.blobs });
    expect(report).toMatchObject({ ok: true, findings: [{ code: 'checkpoint-torn', severity: 'warning', index: 1 }] });
    expect(sound.checkpointBytes).toBe(store.checkpoints.length);
  });
});

test('a second signature, by a stranger, takes nothing from the first', async () => {
  const parts = partsOf(written);
  const note = parts.notes[3] ?? '';
  const text = parseNote(note)?.text ?? '';
  const line = signNote(text, signerOf('witness', 5), nodeHash).slice(text.length + 1);
  parts.notes[3] = note + line;
  const report = await verify(filesOf(parts, written));
  expect(report).toMatchObject({
    ok: true,
    checkpoints: { held: 4 },
    findings: [{ code: 'untrusted-key', severity: 'warning' }],
  });
  expect(await verify(filesOf(parts, written), { trustedKeys: [signerOf('witness', 5)] })).toMatchObject({
    ok: false,
    checkpoints: { held: 1 },
  });
});

test('the checkpoints have the roots of the entries', () => {
  const sizes = splitNotes(written.checkpoints).map(({ note }) => parseCheckpoint(note?.text ?? '')?.size);
  expect(sizes).toEqual([10, 20, 30, 40]);
});

test('values nested very deeply, and keys that look like numbers, are no problem', async () => {
  const store = new MemoryStore();
  const writer = writerOver(store);
  await writer.append(observation(trialId(1), 0, { json: JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) }));
  await writer.append(observation(trialId(1), 1, { json: { 10: 'ten', 9: 'nine', b: 1 } }));
  await writer.close();
  expect(await verify(store)).toMatchObject({ ok: true, entries: 2 });
});

test('only so many findings are kept', async () => {
  const parts = partsOf(written);
  parts.frames = parts.frames.filter((_, at) => at % 2 === 0);
  const report = await verify(filesOf(parts, written), { maxFindings: 5 });
  expect(report.findings).toHaveLength(5);
  expect(report.findingsLeftOut).toBeGreaterThan(10);
});
