/** What folds, written as first and last lines. */
import { describe, expect, test } from 'vitest';
import { folds } from '../../server/language/index.ts';

const foldsOf = (text: string) =>
  folds(text).map(({ first, last, kind }) => `${first}-${last}${kind === 'block' ? '' : ` ${kind}`}`);

describe('folds', () => {
  test.each<[string, string, string[]]>([
    ['keys with what is below them', 'a:\n  b: 1\n  c:\n    d: 2\ne: 3\n', ['0-3', '2-3']],
    ['items of lists', 'a:\n  - b: 1\n    c: 2\n  - d\n  - e: 3\n    f: 4\n', ['0-5', '1-2', '4-5']],
    ['items whose dash stands alone', 'a:\n  -\n    b: 1\n  - &x\n    c: 1\n', ['0-4', '1-2', '3-4']],
    ['lists at their key', 'a:\n- b: 1\n  c: 2\n', ['0-2', '1-2']],
    ['block texts, without the blank lines behind', 'a: |\n  x\n\n  y\n\n\nb: 1\n', ['0-3']],
    ['texts over lines', 'a: "x\n  y"\nb: x\n  y\n', ['0-1', '2-3']],
    ['flow style over lines', 'a: {\n  b: [\n    1\n  ]\n}\n', ['0-4', '1-3']],
    ['nothing on one line', 'a: { b: [1, 2] }\nc: 1\n', []],
    ['comments', '# a\n# b\na:\n  # c\n\n  # d\n  # e\n  b: 1\n', ['0-1 comment', '2-7', '5-6 comment']],
    ['no comments in texts', 'a: |\n  # b\n  # c\n', ['0-2']],
    [
      'regions',
      '# region one\na: 1\n# region two\n# x\n# y\n# endregion\n# endregion\n# endregion\n',
      ['0-6 region', '2-5 region', '3-4 comment'],
    ],
    ['documents', '# top\n---\na:\n  b: 1\n---\nc: 1\n\n', ['1-3', '2-3', '4-5']],
    ['documents without a first marker', 'a: 1\nb: 2\n---\nc: 1\nd: 2\n', ['0-1', '2-4']],
    ['line breaks of Windows', 'a:\r\n  b: 1\r\n  c: |\r\n    x\r\n\r\nd: 1\r\n', ['0-3', '2-3']],
    ['what a fault leaves whole', 'a:\n  b: 1\n  c: 2\nd: "open\ne: 1\n', ['0-2']],
    ['nothing in nothing', '', []],
  ])('%s', (_name, text, expected) => {
    expect(foldsOf(text)).toEqual(expected);
  });

  test('outer folds are less deep than inner ones', () => {
    expect(folds('a:\n  b:\n    c:\n      d: 1\n').map(({ depth }) => depth)).toEqual([0, 1, 2]);
  });
});
