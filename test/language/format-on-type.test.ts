/** What is put right behind a line break, a dash and a colon, and where nothing is touched. */
import { describe, expect, test } from 'vitest';
import { LineMap } from '../../server/engine/documents/index.ts';
import { applyEdits, formatOnType } from '../../server/language/index.ts';
import { atCursor } from './cases.ts';

/** The case's text with its cursor where something was typed; the last character before it, but for line breaks. */
const typed = (marked: string) => {
  const { text, offset } = atCursor(marked);
  const before = text.slice(0, offset).trimEnd();
  const isBreak = /\n[ \t]*$/.test(text.slice(0, offset));
  return applyEdits(text, formatOnType(new LineMap(text), offset, isBreak ? '\n' : before.slice(-1)));
};

describe('behind a line break', () => {
  test.each([
    ['under a key', 'a:\n  b:\n  $0\n', 'a:\n  b:\n    \n'],
    ['under a key with an anchor', 'a: &x # c\n$0\n', 'a: &x # c\n  \n'],
    ['under an item with a key', 'a:\n  - b: 1\n  $0', 'a:\n  - b: 1\n    '],
    ['under an item whose key is open', 'a:\n  - b:\n  $0', 'a:\n  - b:\n      '],
    ['under a pair', 'a:\n  b: 1\n$0', 'a:\n  b: 1\n  '],
    ['under a key with a text', 'a:\n  b: |\n$0', 'a:\n  b: |\n    '],
    ['under a folded text of an item', 'a:\n  - b: >- # c\n    $0\n    c: 1', 'a:\n  - b: >- # c\n      \n    c: 1'],
    ['under a text with its own indentation', 'a: |4\n  $0', 'a: |4\n    '],
    ['under an item that is a text', 'a:\n  - |\n  $0', 'a:\n  - |\n    '],
    ['under a lone dash', 'a:\n  -\n  $0', 'a:\n  -\n    '],
  ])('%s', (_name, marked, after) => expect(typed(marked)).toBe(after));
});

describe('behind a dash', () => {
  test.each([
    ['among the keys of an item', 'a:\n  - b: 1\n    c: 2\n    -$0', 'a:\n  - b: 1\n    c: 2\n  -'],
    ['under a key', 'a:\n    -$0', 'a:\n  -'],
    ['beside the items above', 'a:\n  - b\n   -$0\n', 'a:\n  - b\n  -\n'],
    ['after a literal', 'a:\n  - b: |\n      - x\n    -$0', 'a:\n  - b: |\n      - x\n  -'],
  ])('%s', (_name, marked, after) => expect(typed(marked)).toBe(after));
});

describe('behind a colon', () => {
  test.each([
    ['at the dash of an item', 'a:\n  - b: 1\n  c:$0', 'a:\n  - b: 1\n    c:'],
    ['between two blocks', 'a:\n  b:\n    c: 1\n   d:$0', 'a:\n  b:\n    c: 1\n    d:'],
    ['under an open key', 'a:\n  b:\n c:$0', 'a:\n  b:\n  c:'],
  ])('%s', (_name, marked, after) => expect(typed(marked)).toBe(after));
});

test.each([
  ['a line break before text', 'a:\n  b: 1\n$0c: 2\n'],
  ['a line break in a literal', 'a: |\n  b: c\n    $0\n'],
  ['a line break in a literal, behind what looks like one', 'a: |\n  b: |\n  $0\n'],
  ['a line break in flow style', 'a: {\n  b: 1,\n$0\n}\n'],
  ['a line break in quotes', 'a:\n  b: "c\n$0\n"\n'],
  ['a line break behind a blank line', 'a:\n  b: 1\n\n$0\n'],
  ['a line break behind a comment', 'a:\n  # c\n$0\n'],
  ['a dash at the margin', 'a:\n  - b\n-$0'],
  ['a dash in a word', 'a:\n  b-$0'],
  ['a dash in a literal', 'a: |\n  b\n   -$0'],
  ['a dash where one is right', 'a:\n  - b: 1\n  -$0'],
  ['a colon where a key is right', 'a:\n  - b: 1\n    c:$0'],
  ['a colon deeper than any key', 'a:\n  b: see\n      http:$0'],
  ['a colon in a value', 'a:\n  b: c:$0'],
  ['a colon in flow style', 'a: {\n b:$0\n}'],
])('nothing happens behind %s', (_name, marked) => {
  expect(typed(marked)).toBe(atCursor(marked).text);
});
