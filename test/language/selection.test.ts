/** What a selection grows to, step by step. */
import { describe, expect, test } from 'vitest';
import { selectionsAt } from '../../server/language/index.ts';
import { atCursor } from './cases.ts';

const steps = (marked: string) => {
  const { text, offset } = atCursor(marked);
  return selectionsAt(text, offset).map(({ start, end }) => text.slice(start, end));
};

describe('a selection grows', () => {
  test.each<[string, string, string[]]>([
    [
      'from a scalar to its file',
      'a:\n  - b: x$0y\n    c: 1\n  - d\n',
      [
        'xy',
        'b: xy',
        'b: xy\n    c: 1',
        '- b: xy\n    c: 1',
        '- b: xy\n    c: 1\n  - d',
        'a:\n  - b: xy\n    c: 1\n  - d',
        'a:\n  - b: xy\n    c: 1\n  - d\n',
      ],
    ],
    [
      'from a key',
      'a:\n  b$0: 1\n  c: 2\n',
      ['b', 'b: 1', 'b: 1\n  c: 2', 'a:\n  b: 1\n  c: 2', 'a:\n  b: 1\n  c: 2\n'],
    ],
    ['out of quotes', 'a: "x $0y"', ['x y', '"x y"', 'a: "x y"']],
    [
      'in flow style, brackets apart',
      'a: { b: [1, 2$02], c: d }',
      ['22', '1, 22', '[1, 22]', 'b: [1, 22]', ' b: [1, 22], c: d ', '{ b: [1, 22], c: d }', 'a: { b: [1, 22], c: d }'],
    ],
    ['from between items of flow style', 'a: [1, $0 2]', ['1,  2', '[1,  2]', 'a: [1,  2]']],
    [
      'from a block text',
      'a:\n  b: |\n    x$0\n    y\n',
      ['|\n    x\n    y', 'b: |\n    x\n    y', 'a:\n  b: |\n    x\n    y', 'a:\n  b: |\n    x\n    y\n'],
    ],
    ['to its document', 'a: 1\n---\nb: $02\n', ['2', 'b: 2', '---\nb: 2', 'a: 1\n---\nb: 2\n']],
    ['from a comment', '# x\n# $0y\na: 1', ['# y', '# x\n# y', '# x\n# y\na: 1']],
    [
      'from a comment behind a value',
      'a:\n  b: 1 # $0x\n  c: 2',
      ['# x', 'b: 1 # x\n  c: 2', 'a:\n  b: 1 # x\n  c: 2'],
    ],
    [
      'over a dash on a line of its own',
      'a:\n  -\n    b: $01\n  - c',
      ['1', 'b: 1', '-\n    b: 1', '-\n    b: 1\n  - c', 'a:\n  -\n    b: 1\n  - c'],
    ],
    ['from nothing', '$0', ['']],
  ])('%s', (_name, marked, expected) => {
    expect(steps(marked)).toEqual(expected);
  });
});
