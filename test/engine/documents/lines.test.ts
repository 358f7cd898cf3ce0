/** Lines, columns in both units, durations and suggestions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, LineMap, suggest } from '../../../server/engine/documents/index.ts';

test.each([
  ['a\nb', 2, { line: 1, column: 0 }],
  ['a\r\nb', 3, { line: 1, column: 0 }],
  ['a\rb', 2, { line: 1, column: 0 }],
  ['ä😀x', 3, { line: 0, column: 3 }],
])('%j at %i', (text, offset, position) => {
  expect(new LineMap(text).positionAt(offset)).toEqual(position);
});

test('UTF-8 columns count bytes', () => {
  const map = new LineMap('ä😀x');
  expect([1, 3, 4].map((offset) => map.positionAt(offset, 'utf-8').column)).toEqual([2, 6, 7]);
});

test.each(['utf-16', 'utf-8'] as const)('there and back in %s', (unit) => {
  const text = fc.array(fc.constantFrom('a', 'ä', '漢', '😀', '\n', '\r\n', ' ')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.nat(), (value, seed) => {
      const boundaries = [0];
      for (const point of value) boundaries.push((boundaries.at(-1) ?? 0) + point.length);
      const offset = boundaries[seed % boundaries.length] ?? 0;
      if (value[offset] === '\n' && value[offset - 1] === '\r') return;
      const map = new LineMap(value);
      expect(map.offsetAt(map.positionAt(offset, unit), unit)).toBe(offset);
    }),
  );
});

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['0s', null],
  ['5 minutes', null],
])('durationMs(%j) is %j', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each([
  ['efect', ['effect', 'when'], 'effect'],
  ['tool.kid', ['tool.kind', 'tool.name'], 'tool.kind'],
  ['on-exhausted', ['onExhausted'], 'onExhausted'],
  ['colour', ['effect', 'when'], null],
])('suggest(%j, %j) is %j', (word, candidates, expected) => {
  expect(suggest(word, candidates)).toBe(expected);
});
