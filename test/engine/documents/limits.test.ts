/** Texts made to exhaust their reader: each is told what is wrong with it, before it costs much time or memory. */
import { expect, test } from 'vitest';
import { readDocuments, readText } from '../../../server/engine/documents/index.ts';

const bomb = (levels: number) =>
  Array.from({ length: levels }, (_, level) =>
    level === 0
      ? 'a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'
      : `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
  ).join('\n');
const head =
  'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  rules:\n    - id: a\n      effect: deny\n';

test.each<[string, string, string]>([
  ['aliases, nested ten deep', bomb(10), 'yaml/too-many-aliases'],
  ['10 MB of brackets', '['.repeat(10_000_000), 'yaml/too-large'],
  ['2 MB of brackets', '['.repeat(2_000_000), 'yaml/too-deep'],
  ['brackets in a rule', `${head}      reason: ${'{a: '.repeat(100_000)}\n`, 'yaml/too-deep'],
  ['brackets over lines', '[\n'.repeat(100_000), 'yaml/too-deep'],
  ['dashes on one line', '- '.repeat(100_000), 'yaml/too-deep'],
  [
    'mappings, each deeper than the last',
    Array.from({ length: 1_500 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    'yaml/too-deep',
  ],
  ['a line of 5 MB in quotes with escapes', `${head}      reason: "${'\\u0041'.repeat(830_000)}"\n`, 'yaml/long-line'],
])('%s', (_name, text, code) => {
  const problems = readDocuments(text).flatMap((document) => document.problems);
  expect(problems.map((problem) => problem.code)).toContain(code);
  expect(problems.length).toBeLessThan(60);
});

test('a plain line of 5 MB is read', () => {
  expect(readDocuments(`${head}      reason: ${'word '.repeat(1_000_000)}\n`)[0]?.valid).toBe(true);
});

test('an edit of a text beyond the limits brings it back', () => {
  const text = `${head}      reason: ok\n`;
  const broken = readText(text).edit(text.length, text.length, '['.repeat(100_000));
  expect(broken.documents[0]?.valid).toBe(false);
  expect(broken.edit(text.length, broken.text.length, '').documents[0]?.valid).toBe(true);
});
