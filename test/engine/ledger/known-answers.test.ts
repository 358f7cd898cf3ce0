/** Publicly known answers: CRC-32C, RFC 6962, RFC 8785, signed notes; and a whole ledger to the byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalJson,
  canonicalText,
  checkSignature,
  crc32c,
  encodeFrame,
  encodeVkey,
  FrameReader,
  LedgerError,
  leafHash,
  MerkleTree,
  nodeHash as merkleNode,
  type NoteKey,
  parseNote,
  parseVkey,
  signNote,
  splitNotes,
} from '../../../server/engine/ledger/index.ts';
import { nodeHash, verifySignature } from '../../../server/io/keys/index.ts';
import canonical from '../../vectors/ledger/canonical-json.json' with { type: 'json' };
import crc from '../../vectors/ledger/crc32c.json' with { type: 'json' };
import whole from '../../vectors/ledger/ledger.json' with { type: 'json' };
import merkle from '../../vectors/ledger/merkle.json' with { type: 'json' };
import notes from '../../vectors/ledger/signed-note.json' with { type: 'json' };
import {
  HandClock,
  MemoryStore,
  runFinished,
  runStarted,
  signer,
  signerOfSeed,
  verify,
  writerOver,
} from './ledgers.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

describe('CRC-32C', () => {
  test.each(crc.cases)('of $bytes', ({ bytes: input, crc: expected }) => {
    expect(crc32c(bytes(input)).toString(16).padStart(8, '0')).toBe(expected);
  });
});

describe('Merkle tree', () => {
  test('has the roots of RFC 6962', () => {
    const tree = new MerkleTree(nodeHash);
    const roots = [hex(tree.root())];
    for (const leaf of merkle.leaves) {
      tree.push(leafHash(nodeHash, bytes(leaf)));
      roots.push(hex(tree.root()));
    }
    expect(roots).toEqual(merkle.roots);
  });

  test('grows as the definition says, and goes on from its roots', () => {
    const byDefinition = (leaves: Uint8Array[]): Uint8Array => {
      const [first] = leaves;
      if (first === undefined) return nodeHash.sha256(new Uint8Array(0));
      if (leaves.length === 1) return first;
      let split = 1;
      while (split * 2 < leaves.length) split *= 2;
      return merkleNode(nodeHash, byDefinition(leaves.slice(0, split)), byDefinition(leaves.slice(split)));
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(200), (size, cut) => {
        const leaves = Array.from({ length: size }, (_, at) => leafHash(nodeHash, Uint8Array.of(at)));
        const first = new MerkleTree(nodeHash);
        for (const leaf of leaves.slice(0, cut)) first.push(leaf);
        const tree = new MerkleTree(nodeHash, first.size, first.roots);
        for (const leaf of leaves.slice(cut)) tree.push(leaf);
        expect(hex(tree.root())).toBe(hex(byDefinition(leaves)));
      }),
    );
  });
});

describe('canonical JSON', () => {
  test.each(canonical.documents)('of $input', ({ input, utf8 }) => {
    expect(hex(canonicalJson(JSON.parse(input)))).toBe(utf8);
  });

  test.each(canonical.numbers)('of the number $ieee754', ({ ieee754, text }) => {
    expect(canonicalText(bytes(ieee754).readDoubleBE())).toBe(text);
  });

  test.each([
    [{ a: { 'b/c': ['fine', 'half \ud800'] } }, '`/a/b~1c/1`', 'half of a surrogate pair'],
    [{ a: { '\udfff': 1 } }, '`/a`', 'half of a surrogate pair'],
    [{ a: [0, Number.NaN] }, '`/a/1`', 'JSON has no number NaN'],
    [{ a: 10n }, '`/a`', 'big integers'],
    [undefined, '', 'not a JSON value'],
  ])('refuses %o and says where', (value, ...words) => {
    for (const word of words) expect(() => canonicalText(value)).toThrow(word);
    expect(() => canonicalText(value)).toThrow(LedgerError);
  });

  test('reads back as what it was, and is its own canonical form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalText(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalText(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

describe('signed notes', () => {
  const key = parseVkey(notes.vkeys[0] ?? '', nodeHash) as NoteKey;

  test.each(notes.vkeys)('the vkey %s is read and written', (vkey) => {
    expect(encodeVkey(parseVkey(vkey, nodeHash) as NoteKey, nodeHash)).toBe(vkey);
  });

  test('the known note has a true signature, and is signed to the byte by its key', () => {
    const note = parseNote(notes.note);
    const [signature] = note?.signatures ?? [];
    if (!note || !signature) expect.fail('the note was not read');
    expect(note.text).toBe(notes.text);
    expect(checkSignature(note, signature, key, { hash: nodeHash, verifySignature })).toBe(true);
    expect(checkSignature(note, signature, signer, { hash: nodeHash, verifySignature })).toBeNull();
    const changed = { ...note, text: note.text.replace('answer', 'Answer') };
    expect(checkSignature(changed, signature, key, { hash: nodeHash, verifySignature })).toBe(false);
    expect(signNote(notes.text, signerOfSeed('PeterNeumann', bytes(notes.seed)), nodeHash)).toBe(notes.note);
  });

  test.each([
    ['PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'its id should be'],
    ['Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'no spaces'],
    ['PeterNeumann+c74f20a3+BRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'not an Ed25519 key'],
    ['PeterNeumann+c74f20a3+ARpc2Qc', 'not base64'],
    ['hello', 'name+id+key'],
  ])('%s is no vkey', (vkey, why) => {
    expect(parseVkey(vkey, nodeHash)).toContain(why);
  });

  test('a file of notes is taken apart, and goes on behind damage', () => {
    const file = (...parts: string[]) => splitNotes(Buffer.from(parts.join('')));
    const shape = (pieces: ReturnType<typeof splitNotes>) =>
      pieces.map(({ offsetBytes, note, torn }) => [offsetBytes, torn ? 'torn' : note ? 'note' : 'damage']);
    const size = Buffer.from(`${notes.note}\n`).length;
    expect(shape(file(`${notes.note}\n`, `${notes.note}\n`))).toEqual([
      [0, 'note'],
      [size, 'note'],
    ]);
    expect(shape(file(`${notes.note}\n`, notes.note))).toEqual([
      [0, 'note'],
      [size, 'torn'],
    ]);
    expect(shape(file('garbage\n\n', `${notes.note}\n`))).toEqual([
      [0, 'damage'],
      [9, 'note'],
    ]);
    expect(shape(file('— x y\n\n', `${notes.note}\n`))).toEqual([
      [0, 'damage'],
      [9, 'note'],
    ]);
    expect(shape(file())).toEqual([]);
  });
});

describe('frames', () => {
  const frames = fc.array(fc.record({ index: fc.nat(), prev: fc.string(), text: fc.string({ unit: 'grapheme' }) }));

  test('are read in any portions as they were written', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 50 }), (entries, portion) => {
        const written = Buffer.concat(entries.map((entry) => encodeFrame(canonicalText(entry))));
        const reader = new FrameReader();
        const read = [];
        for (let at = 0; at < written.length; at += portion)
          read.push(...reader.push(written.subarray(at, at + portion)));
        read.push(...reader.end());
        expect(read.map((piece) => (piece.kind === 'frame' ? piece.entry : piece))).toEqual(entries);
      }),
    );
  });

  test('between garbage are found again, whatever the portions', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 99 }),
        fc.integer({ min: 1, max: 99 }),
        (garbage, portion) => {
          const frame = encodeFrame(canonicalText({ index: 1, prev: '' }));
          const written = Buffer.concat([frame, garbage, frame, garbage]);
          const reader = new FrameReader();
          const read = [];
          for (let at = 0; at < written.length; at += portion)
            read.push(...reader.push(written.subarray(at, at + portion)));
          read.push(...reader.end());
          expect(read.map(({ kind, offset, sizeBytes }) => [kind, offset, sizeBytes])).toEqual([
            ['frame', 0, frame.length],
            ['damage', frame.length, garbage.length],
            ['frame', frame.length + garbage.length, frame.length],
            ['damage', 2 * frame.length + garbage.length, garbage.length],
          ]);
        },
      ),
    );
  });
});

describe('a whole ledger', () => {
  const key = parseVkey(whole.vkey, nodeHash) as NoteKey;
  const segments = new Map(Object.entries(whole.segments).map(([name, content]) => [name, bytes(content)]));

  test('is written to the byte', async () => {
    const store = new MemoryStore();
    const writer = writerOver(store, new HandClock());
    await writer.append(runStarted());
    await writer.append(runFinished);
    await writer.close();
    expect(new Map([...store.segments].map(([name, content]) => [name, hex(content)]))).toEqual(
      new Map(Object.entries(whole.segments)),
    );
    expect(Buffer.from(store.checkpoints).toString()).toBe(whole.checkpoints);
  });

  test('verifies', async () => {
    const files = { segments, checkpoints: Buffer.from(whole.checkpoints), blobs: new Map() };
    const report = await verify(files, { trustedKeys: [key] });
    expect(report).toMatchObject({
      ok: true,
      findings: [],
      entries: 2,
      signedEntries: 2,
      run: 'run-1',
      finished: true,
    });
  });
});
