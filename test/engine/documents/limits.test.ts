/**
 * Texts made to exhaust their reader: each is told what is wrong with it, and none takes more memory than a server has.
 * They are read, and edited, in a process of their own, as what they may do is to end it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readText } from '../../../server/engine/documents/index.ts';
import { bombs } from './bombs.ts';

/** Far above what is needed, so that it ends only what hangs. */
const patienceMs = 300_000;
/** Measured: 760 of resident memory, with the heap held to this. */
const maxHeapMb = 512;
const maxPeakMb = 900;
/** For each of two stages and a few of the whole. */
const maxProblems = 2_010;

interface Found {
  readonly name: string;
  readonly codes: readonly string[];
  /** How many problems there were: as it was, with an edit, and with that taken back. */
  readonly counts: readonly number[];
  readonly peakMb: number;
}
const found = new Map<string, Found>();

beforeAll(() => {
  const program = join(import.meta.dirname, 'bombs-child.ts');
  const printed = execFileSync(process.execPath, ['--expose-gc', `--max-old-space-size=${maxHeapMb}`, program], {
    encoding: 'utf8',
    timeout: patienceMs,
  });
  for (const line of printed.trim().split('\n')) {
    const each: Found = JSON.parse(line);
    found.set(each.name, each);
  }
}, patienceMs);

test.each(Object.entries(bombs))('%s', (name, [, ...codes]) => {
  const { codes: told = [], counts = [], peakMb = Number.NaN } = found.get(name) ?? {};
  expect(told.filter((code) => code.startsWith('yaml/'))).toEqual(codes);
  for (const count of counts) expect(count).toBeLessThan(maxProblems);
  expect(counts[2]).toBe(counts[0]);
  expect(peakMb).toBeLessThan(maxPeakMb);
});

test('an edit of a text beyond the limits brings it back', () => {
  const text = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: deny }\n';
  const broken = readText(text).edit(text.length, text.length, '['.repeat(100_000));
  expect(broken.documents[0]?.valid).toBe(false);
  expect(broken.edit(text.length, broken.text.length, '').documents[0]?.valid).toBe(true);
});
