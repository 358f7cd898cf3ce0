/**
 * Texts made to exhaust their reader, under everything that an editor asks: no question takes long. They are asked in a
 * process of their own, which has no more memory than a server.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { formatOnType, readSource, selectionsAt } from '../../server/language/index.ts';
import { bombs } from '../engine/documents/bombs.ts';
import { features } from './bombs-features.ts';

/** Far above what is needed, so that it ends only what hangs. */
const patienceMs = 900_000;
const maxHeapMb = 700;
/** Nearly all take less than a tenth of this on a machine that has nothing else to do. */
const maxMs = 10_000;
/** Reading and formatting take all signs of a text one by one. */
const maxLongMs = 40_000;

const took = new Map<string, Readonly<Record<string, number>>>();

beforeAll(async () => {
  const program = join(import.meta.dirname, 'bombs-child.ts');
  await new Promise<void>((resolve) => {
    const child = execFile(process.execPath, ['--expose-gc', `--max-old-space-size=${maxHeapMb}`, program], {
      timeout: patienceMs,
    });
    let printed = '';
    child.stdout?.on('data', (chunk) => {
      printed += String(chunk);
    });
    child.on('close', () => {
      for (const line of printed.split('\n').filter((each) => each.endsWith('}'))) {
        const found: { readonly name: string; readonly took: Readonly<Record<string, number>> } = JSON.parse(line);
        took.set(found.name, found.took);
      }
      resolve();
    });
  });
}, patienceMs);

test.each(Object.keys(bombs))('%s', (name) => {
  const found = took.get(name);
  expect(Object.keys(found ?? {})).toEqual(['reading', ...Object.keys(features)]);
  const slow = Object.entries(found ?? {}).filter(
    ([feature, ms]) => ms > (/^(?:reading|format)/.test(feature) ? maxLongMs : maxMs),
  );
  expect(Object.fromEntries(slow)).toEqual({});
});

/** Some more of these signs would take for ever, where each doubles the time. */
test.each<[string, () => unknown]>([
  ['spaces behind the dash of another item', () => selectionsAt(`a:\n  -${' '.repeat(18)}x\n  - y\n`, 28)],
  ['signs of anchors', () => formatOnType(readSource(`a: ${'&'.repeat(26)} z\n\n`).lines, 32, '\n')],
])('%s take no time', (_name, ask) => {
  const before = performance.now();
  ask();
  expect(performance.now() - before).toBeLessThan(2_000);
});

test('the dash of an item is found behind its comment and its anchor', () => {
  const text = 'a:\n  - # a comment\n    &x\n    y\n';
  expect(selectionsAt(text, text.indexOf('y')).map(({ start, end }) => text.slice(start, end))).toEqual([
    'y',
    '- # a comment\n    &x\n    y',
    text.slice(0, -1),
    text,
  ]);
});
