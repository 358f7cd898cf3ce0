/** Formatting: what changes, what stays, and that nothing is ever lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fragmentAround } from '../../server/language/format/fragment.ts';
import { layLines } from '../../server/language/format/lines.ts';
import { piecesOf } from '../../server/language/format/pieces.ts';
import { applyEdits, format, readSource } from '../../server/language/index.ts';

const formatted = (text: string) => applyEdits(text, format(text));
const valuesOf = (text: string) => readSource(text).documents.map(({ value }) => value);

describe('format', () => {
  test.each<[string, string, string]>([
    ['indentation by four', 'a:\n    b:\n        c: 1\n', 'a:\n  b:\n    c: 1\n'],
    ['a sequence at its key', 'a:\n- b\n- c: 1\n  d: 2\n', 'a:\n  - b\n  - c: 1\n    d: 2\n'],
    ['wide dashes', 'a:\n  -   b: 1\n      c: 2\n', 'a:\n  - b: 1\n    c: 2\n'],
    ['dashes in dashes', '-   -   a\n    -   b\n', '- - a\n  - b\n'],
    ['a dash on a line of its own', 'a:\n-\n   b: 1\n', 'a:\n  -\n    b: 1\n'],
    ['space around colons', 'a  :   1\n"b":\t2\n', 'a: 1\n"b": 2\n'],
    ['anchors and tags', 'a:   &x   !!map\n    b: 1\nc:  *x\n', 'a: &x !!map\n  b: 1\nc: *x\n'],
    ['a tag on the first key of an item', 'a:\n- !!str b: 1\n  c: 2\n', 'a:\n  - !!str b: 1\n    c: 2\n'],
    ['flow mappings', 'a: {b: 1,c:   [1,2 , 3], d: {}}\n', 'a: { b: 1, c: [1, 2, 3], d: {} }\n'],
    ['empty flow', 'a: {  }\nb: [  ]\n', 'a: {}\nb: []\n'],
    ['keys like JSON', 'a: {"b":1}\n', 'a: { "b": 1 }\n'],
    ['keys alone in flow', 'a: {b,c: }\n', 'a: { b, c: }\n'],
    [
      'flow over lines',
      '-   a: {\n        b: 1,\n          c: [ 2 ]\n      }\n',
      '- a: {\n      b: 1,\n        c: [ 2 ]\n    }\n',
    ],
    ['a bracket in the column of its key', 'a: {\n b: 1\n}\n', 'a: {\n b: 1\n}\n'],
    [
      'brackets in the columns of keys',
      'a:\n    b: [\n      1,\n      [\n        2\n      ]\n    ]\n    c:   [\n      {} ]\n',
      'a:\n  b: [\n    1,\n    [\n      2\n    ]\n  ]\n  c: [\n    {} ]\n',
    ],
    ['brackets in items', '-   a: [\n      1\n    ]\n-   [\n    2\n]\n', '- a: [\n    1\n  ]\n- [\n    2\n]\n'],
    ['two brackets in one line', 'a: [ {\n  b: 1\n  } ]\n', 'a: [ {\n  b: 1\n  } ]\n'],
    [
      'a literal',
      'a:\n    b: |\n          x\n            y  \n\n          z\n    c: 1\n',
      'a:\n  b: |\n    x\n      y  \n\n    z\n  c: 1\n',
    ],
    ['a literal with given indentation', 'a:\n    b: |1\n       x\n    c: 1\n', 'a:\n  b: |1\n     x\n  c: 1\n'],
    ['a literal that keeps its end', 'a: |+\n    x\n\n\n\nb: 1\n', 'a: |+\n  x\n\n\n\nb: 1\n'],
    ['a literal in a sequence', 'a:\n-   |\n    x\n- y\n', 'a:\n  - |\n    x\n  - y\n'],
    [
      'text over lines',
      'a:\n    b: one\n        two\n    c: "three\n         four"\n',
      'a:\n  b: one\n      two\n  c: "three\n       four"\n',
    ],
    ['a value below its key', 'a:\n    b:\n        long text\n', 'a:\n  b:\n    long text\n'],
    ['blank lines', '\n\na: 1\n\n\n\nb: 2\n\n\n', 'a: 1\n\nb: 2\n'],
    ['spaces at line ends', 'a: 1  \n  \nb: 2\t\n', 'a: 1\n\nb: 2\n'],
    ['no line break at the end', 'a: 1', 'a: 1\n'],
    ['a literal without line break at the end', 'a: |\n  x', 'a: |\n  x'],
    [
      'comments',
      '# top\na:\n    # of b\n    b: 1   # behind\n    # end of a\n# of c\nc: 2\n',
      '# top\na:\n  # of b\n  b: 1   # behind\n  # end of a\n# of c\nc: 2\n',
    ],
    [
      'comments of items',
      'a:\n- b: 1\n  # end of the item\n# of the next\n- c\n',
      'a:\n  - b: 1\n    # end of the item\n  # of the next\n  - c\n',
    ],
    [
      'a comment after a literal',
      'a:\n    b: |\n        x\n    # no text\n    c: 1\n',
      'a:\n  b: |\n    x\n  # no text\n  c: 1\n',
    ],
    ['only comments', '#a\n\n\n  # b\n', '#a\n\n# b\n'],
    [
      'documents and directives',
      '%YAML 1.2\n---\n\na:   1\n...\n\n\n---   # two\nb:\n    c: 1\n',
      '%YAML 1.2\n---\n\na: 1\n...\n\n---   # two\nb:\n  c: 1\n',
    ],
    [
      'line breaks of Windows',
      'a:\r\n    b: |\r\n        x\r\n\r\n\r\n    c: 1',
      'a:\r\n  b: |\r\n    x\r\n\r\n  c: 1\r\n',
    ],
    ['a byte order mark', '\ufeffa:\n    b: 1\n', '\ufeffa:\n  b: 1\n'],
    ['a space that is no white space', 'a:  b\u00a0\n', 'a: b\u00a0\n'],
    ['quotes and characters beyond the plane', `a:   'x'\nb:  "🙂"\n`, `a: 'x'\nb: "🙂"\n`],
  ])('%s', (_name, before, after) => {
    expect(formatted(before)).toBe(after);
    expect(formatted(after)).toBe(after);
    expect(valuesOf(after)).toEqual(valuesOf(before));
  });

  test.each([
    ['an open quote', 'a:   "b\n'],
    ['an open bracket', 'a:   [1, 2\nb: 1\n'],
    ['wrong indentation', 'a:\n    b: 1\n  c:   2\n'],
    ['a tab for indentation', 'a:\n\tb:   1\n'],
    ['one broken document among others', 'a:   1\n---\nb: {\n'],
    ['a line break that is none', 'a:   1\rb: 2\n'],
    ['keys with a question mark', '? a\n:   b\n'],
    ['an alias as key', 'a: &x y\n*x :   1\n'],
    ['nothing', ''],
  ])('leaves alone: %s', (_name, text) => {
    expect(format(text)).toEqual([]);
  });

  test('edits touch white space only, and nothing that is right', () => {
    const text = 'a:\n    b: { c: 1,d: 2 }\n';
    expect(format(text)).toEqual([
      { span: { start: 5, end: 7 }, text: '' },
      { span: { start: 17, end: 17 }, text: ' ' },
    ]);
  });

  test.each<[string, string, string]>([
    ['a line', 'a:\n    b:   1\n    ⟦c:   2⟧\n', 'a:\n    b:   1\n    c: 2\n'],
    ['a whole block', 'a:\n    b:\n⟦        - x\n        -   y⟧\n', 'a:\n    b:\n      - x\n      - y\n'],
    ['part of an item', 'a:\n⟦-   b:   1⟧\n    c:   2\n', 'a:\n-   b: 1\n    c:   2\n'],
    ['part of a literal', 'a: |\n⟦     x\n     y⟧\n     z\nb:   1\n', 'a: |\n     x\n     y\n     z\nb:   1\n'],
    ['up to the next line', '⟦a:   1\n⟧b:   2\n', 'a: 1\nb:   2\n'],
  ])('of a range: %s', (_name, marked, after) => {
    const [start, end] = [marked.indexOf('⟦'), marked.indexOf('⟧') - 1];
    const text = marked.replace(/[⟦⟧]/g, '');
    expect(applyEdits(text, format(text, { start, end }))).toBe(after);
  });
});

/** What a text says, apart from how it is laid out. */
type Tree =
  | string
  | { readonly literal: readonly string[] }
  | { readonly pairs: readonly (readonly [string, Tree])[] }
  | { readonly items: readonly Tree[] };
const isBlock = (tree: Tree) => typeof tree === 'object' && !('literal' in tree);

const scalars = ['a', 'b-c', '"q: #"', "'it''s'", '5m', '$1', 'x y', '-1', 'é🙂', '"*.a"', '&n b', '!!str 1', ''];
const flows = [
  '[]',
  '{}',
  '[ 1,b ,"c" ]',
  '{k: v,"l":1 , m: [ 2,{n: o} ]}',
  '{ k: v }',
  '[\n         1,\n       2 ]',
  '"t\n\n          u"',
  // The bracket in the column of its key or dash.
  '[\n            1,\n            { k: [] }\n$]',
  '{\n            k: [\n            1\n            ]\n$}',
];
const tree = fc.letrec<{ tree: Tree; block: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(...scalars, ...flows),
    fc
      .array(fc.constantFrom('text', '  deep', '# no comment', 'k: v', '', 'end  '), { maxLength: 3 })
      .map((texts) => ({ literal: ['t', ...texts] })),
    tie('block'),
  ),
  block: fc.oneof(
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('id', 'effect', '"x y"', 'é', 'tool.risk'), tie('tree')), {
        minLength: 1,
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((pairs) => ({ pairs })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((items) => ({ items })),
  ),
})).block;

/** Writes a tree in one of the many layouts that it can have; `tape` says which. */
class Writer {
  readonly #tape: readonly number[];
  #next = 0;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  #pick<T>(...choices: readonly [T, ...T[]]): T {
    const drawn = this.#tape[this.#next++ % this.#tape.length] ?? 0;
    return choices[drawn % choices.length] ?? choices[0];
  }

  /** `column`: where keys or dashes stand; the first may stand on a line that has begun. */
  block(tree: Tree, column: number, hasBegun: boolean): string {
    if (typeof tree === 'string' || 'literal' in tree) return '';
    const parts = 'pairs' in tree ? tree.pairs : tree.items.map((item): readonly [null, Tree] => [null, item]);
    return parts
      .map(([key, value], index) => {
        const before =
          index === 0
            ? ''
            : this.#pick('', '', '', '\n', '\n\n\n', '# x\n', `${' '.repeat(column)}# y\n`, '          # z\n', '  \n');
        const start = index === 0 && hasBegun ? '' : before + ' '.repeat(column);
        const isSequence = typeof value === 'object' && 'items' in value;
        const gap = this.#pick(1, 2, 3);
        if (key !== null)
          return `${start}${key}${this.#pick('', ' ')}:${this.#value(value, column, isSequence ? 0 : 1)}`;
        if (isBlock(value) && this.#pick(true, false))
          return `${start}-${' '.repeat(gap)}${this.block(value, column + 1 + gap, true)}`;
        return `${start}-${this.#value(value, column, 1)}`;
      })
      .join('');
  }

  #value(tree: Tree, column: number, least: number): string {
    const trailing = this.#pick('', '', '  ', ' # c', '   #  d: [');
    const inner = column + least + this.#pick(0, 1, 2, 3);
    if (typeof tree === 'string') {
      const written = tree.replace(/\n\$/g, `\n${' '.repeat(column)}`);
      return `${' '.repeat(this.#pick(1, 2))}${written}${trailing}\n`;
    }
    if ('literal' in tree) {
      const pad = ' '.repeat(Math.max(column + 1, inner));
      const header = this.#pick('|', '>', '|-', '>+', '|+');
      return ` ${header}\n${tree.literal.map((line) => (line === '' ? '' : pad + line)).join('\n')}\n`;
    }
    return `${trailing}\n${this.#pick('', '', '\n\n')}${this.block(tree, inner, false)}`;
  }
}

const text = fc
  .tuple(fc.array(tree, { minLength: 1, maxLength: 2 }), fc.array(fc.nat(719), { minLength: 40, maxLength: 80 }))
  .map(([trees, tape]) => {
    const writer = new Writer(tape);
    return trees.map((each, index) => writer.block(each, index === 0 ? 2 : 0, false)).join('---\n');
  });

const isReadable = (before: string) =>
  readSource(before).documents.every(({ problems }) => !problems.some(({ code }) => code.startsWith('yaml/')));

test('whatever people write: meaning and all but white space are kept, and twice is as once', () => {
  let readable = 0;
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), (before, from, length) => {
      if (!isReadable(before)) return;
      readable++;
      const after = formatted(before);
      expect(valuesOf(after)).toEqual(valuesOf(before));
      expect(after.replace(/\s/g, '')).toBe(before.replace(/\s/g, ''));
      expect(format(after)).toEqual([]);
      // Every text begins indented: formatting was not refused.
      expect(after).toMatch(/^\S/);
      const start = from % before.length;
      const part = applyEdits(before, format(before, { start, end: start + (length % (before.length - start)) }));
      expect(valuesOf(part)).toEqual(valuesOf(before));
    }),
    { numRuns: 400 },
  );
  expect(readable).toBeGreaterThan(200);
});

test('of a range, what is not looked at would have changed nothing', () => {
  let parts = 0;
  const mapping = tree.filter((each) => typeof each === 'object' && 'pairs' in each);
  const list = fc
    .tuple(fc.array(mapping, { minLength: 4, maxLength: 6 }), fc.array(fc.nat(719), { minLength: 40, maxLength: 80 }))
    .map(([items, tape]) => {
      const writer = new Writer(tape);
      const written = items.map(
        (each, index) => `  -${' '.repeat(1 + (index % 2))}${writer.block(each, 4 + (index % 2), true)}`,
      );
      return `head: 1\nlist:\n${written.join('# between\n')}tail:   2\n`;
    });
  fc.assert(
    fc.property(list, fc.nat(), fc.nat(60), (before, from, length) => {
      const source = readSource(before);
      const start = from % before.length;
      const end = Math.min(before.length, start + length);
      const { lines } = source;
      const last = lines.lineAt(end);
      const wanted = {
        first: lines.lineAt(start),
        last: last > lines.lineAt(start) && lines.startOf(last) === end ? last - 1 : last,
      };
      const pieces = piecesOf(lines, wanted);
      if (pieces === null || !isReadable(before) || fragmentAround(source, wanted) === null) return;
      const laid = layLines(lines, pieces);
      const whole = Array.from({ length: lines.lineCount }, (_, line) => {
        const isInside = wanted.first <= line && line <= wanted.last;
        const text = isInside ? (laid[line] ?? null) : lines.textOf(line);
        return text === null ? '' : `${text}${line === lines.lineCount - 1 ? '' : '\n'}`;
      }).join('');
      if (JSON.stringify(valuesOf(whole)) !== JSON.stringify(valuesOf(before))) return;
      parts++;
      expect(applyEdits(before, format(before, { start, end }))).toBe(whole);
    }),
    { numRuns: 300 },
  );
  expect(parts).toBeGreaterThan(40);
});
