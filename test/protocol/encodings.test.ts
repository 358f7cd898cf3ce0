/** Files in UTF-8 and UTF-16 say the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode, listedVariables, readText } from '../../server/io/workspace/index.ts';

const text = `apiVersion: assay/v1
kind: Experiment
metadata: { name: e, description: naïve → 東京 }
spec: { environment: x, tasks: t, env: [KEY], variants: [{ id: a, agent: { module: ./a.mjs } }] }
`;
const wide = (of: string) => Buffer.from(of, 'utf16le');

test.each<[string, Buffer, string]>([
  ['UTF-8', Buffer.from(text), text],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), `\uFEFF${text}`],
  ['UTF-16', wide(`\uFEFF${text}`), `\uFEFF${text}`],
  ['UTF-16, the other way round', wide(`\uFEFF${text}`).swap16(), `\uFEFF${text}`],
  ['UTF-16 without a mark', wide(text), text],
  ['nothing', Buffer.alloc(0), ''],
  ['one byte', Buffer.from('a'), 'a'],
])('%s', async (_, bytes, expected) => {
  expect(decode(bytes)).toBe(expected);
  const folder = mkdtempSync(join(tmpdir(), 'assay-texts-'));
  const path = join(folder, 'e.yaml');
  writeFileSync(path, bytes);
  const read = [await readText(path), await listedVariables(path, { KEY: 'value' })];
  rmSync(folder, { recursive: true });
  expect(read).toEqual([expected, expected.length > 1 ? { KEY: 'value' } : {}]);
});
