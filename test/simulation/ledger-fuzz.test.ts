/** A fuzzer that flips, cuts, swaps, repeats and inserts bytes of a ledger's files: every change is found, at the right entry. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from '../../server/engine/ledger/index.ts';
import { type Files, verify, writtenLedger } from '../engine/ledger/ledgers.ts';

const written = await writtenLedger(30, 8, 4000);

/** Where each entry begins, by segment. */
const starts = new Map(
  [...written.segments].map(([name, bytes]) => {
    const pieces = [...new FrameReader().push(bytes)];
    return [
      name,
      pieces.flatMap((piece) => (piece.kind === 'frame' ? [{ offset: piece.offset, index: piece.entry.index }] : [])),
    ];
  }),
);

type Change = (bytes: Buffer, a: number, b: number, length: number) => Buffer;

const changes: Record<string, Change> = {
  flip: (bytes, a, b) => {
    const changed = Buffer.from(bytes);
    changed[a] = (changed[a] ?? 0) ^ (1 << (b % 8));
    return changed;
  },
  cut: (bytes, a, _, length) => Buffer.concat([bytes.subarray(0, a), bytes.subarray(a + length)]),
  cutEnd: (bytes, a) => bytes.subarray(0, a),
  repeat: (bytes, a, _, length) => Buffer.concat([bytes.subarray(0, a + length), bytes.subarray(a)]),
  insert: (bytes, a, b, length) => Buffer.concat([bytes.subarray(0, a), Buffer.alloc(length, b), bytes.subarray(a)]),
  zero: (bytes, a, _, length) => Buffer.from(bytes).fill(0, a, Math.min(a + length, bytes.length)),
  swap: (bytes, a, b, length) => {
    const [first, second] = a < b ? [a, b] : [b, a];
    const size = Math.min(length, second - first);
    const part = (start: number, end: number) => bytes.subarray(start, end);
    return Buffer.concat([
      part(0, first),
      part(second, second + size),
      part(first + size, second),
      part(first, first + size),
      part(second + size, bytes.length),
    ]);
  },
};

const change = fc.record({
  kind: fc.constantFrom(...Object.keys(changes)),
  file: fc.nat(),
  a: fc.nat(),
  b: fc.nat(),
  // Small ones, whole frames of this ledger, and large ones.
  length: fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 250, max: 420 }),
    fc.integer({ min: 1, max: 3000 }),
  ),
});

function changed(
  bytes: Uint8Array,
  { kind, a, b, length }: { kind: string; a: number; b: number; length: number },
): Buffer {
  return changes[kind]?.(Buffer.from(bytes), a % bytes.length, b % bytes.length, length) ?? Buffer.alloc(0);
}

const firstDifference = (a: Uint8Array, b: Uint8Array): number => {
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  return at;
};

/** The entry that a byte belongs to; behind the last one, the entry that would follow. */
function entryAt(segment: string, offset: number): number {
  const entries = starts.get(segment) ?? [];
  const size = written.segments.get(segment)?.length ?? 0;
  const index = entries.findLast((entry) => entry.offset <= offset)?.index ?? 0;
  return offset >= size ? index + 1 : index;
}

test('a change of a segment is named at the entry where it begins', async () => {
  const names = [...written.segments.keys()];
  await fc.assert(
    fc.asyncProperty(change, async (edit) => {
      const name = names[edit.file % names.length] ?? '';
      const before = written.segments.get(name) ?? Buffer.alloc(0);
      const after = changed(before, edit);
      fc.pre(!after.equals(before));
      const files: Files = {
        ...written,
        blobs: written.blobs,
        checkpoints: written.checkpoints,
        segments: new Map(written.segments).set(name, after),
      };
      const { findings, ok } = await verify(files);
      const offset = firstDifference(before, after);
      // Only what follows the last, signed entry can be an interrupted write.
      if (name !== names.at(-1) || offset < before.length) expect(ok).toBe(false);
      expect(findings[0]).toMatchObject({ index: entryAt(name, offset) });
      expect(findings.map(({ file }) => file)).toContain(findings[0]?.file);
    }),
    { numRuns: 1500 },
  );
});

test('whole entries cut, repeated and swapped are named', async () => {
  const [[name, bytes] = ['', new Uint8Array(0)]] = written.segments;
  const offsets = [...(starts.get(name) ?? []).map(({ offset }) => offset), bytes.length];
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.constantFrom('cut', 'repeat', 'swap'), async (i, j, kind) => {
      const [a, b] = [i % (offsets.length - 1), j % (offsets.length - 1)].sort((x, y) => x - y) as [number, number];
      fc.pre(kind !== 'swap' || a < b);
      const part = (from: number, to: number) => bytes.subarray(offsets[from], offsets[to]);
      const rest = part(b + 1, offsets.length - 1);
      const after = {
        cut: Buffer.concat([part(0, a), rest]),
        repeat: Buffer.concat([part(0, b + 1), part(a, b + 1), rest]),
        swap: Buffer.concat([part(0, a), part(b, b + 1), part(a + 1, b), part(a, a + 1), rest]),
      }[kind] as Buffer;
      fc.pre(!after.equals(bytes));
      const { ok, findings } = await verify({
        ...written,
        blobs: written.blobs,
        checkpoints: written.checkpoints,
        segments: new Map(written.segments).set(name, after),
      });
      expect(ok).toBe(false);
      expect(findings[0]).toMatchObject({ index: kind === 'repeat' ? b + 1 : a });
    }),
    { numRuns: 300 },
  );
});

test('a change of the checkpoints is found', async () => {
  await fc.assert(
    fc.asyncProperty(change, async (edit) => {
      const checkpoints = changed(written.checkpoints, edit);
      fc.pre(!checkpoints.equals(written.checkpoints));
      const report = await verify({ segments: written.segments, blobs: written.blobs, checkpoints });
      // A whole checkpoint that a later one covers can be left out: it proves nothing that is not proved without it.
      const left = 4 - report.checkpoints.held;
      expect(report.findings.length + report.unsignedEntries + left).toBeGreaterThan(0);
      // Entries are never blamed for what was done to checkpoints.
      expect(report.findings.filter(({ file }) => file !== 'checkpoints')).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('a change of a blob is found', async () => {
  const [[digest, bytes] = ['', new Uint8Array(0)]] = written.blobs;
  await fc.assert(
    fc.asyncProperty(change, async (edit) => {
      const blob = changed(bytes, edit);
      fc.pre(!blob.equals(bytes));
      const report = await verify({
        ...written,
        segments: written.segments,
        checkpoints: written.checkpoints,
        blobs: new Map([[digest, blob]]),
      });
      expect(report.findings).toMatchObject([{ code: 'blob-altered', severity: 'error', index: 2 }]);
    }),
    { numRuns: 100 },
  );
});
