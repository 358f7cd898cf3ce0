/** Faults of YAML in an author's terms: where each is told, in what words, and what is not told beside it. */
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../../server/engine/documents/index.ts';

const head = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n';

/** Each problem as `line:column "the text it stands on" message`, from 1. */
const said = (text: string) =>
  readDocuments(text).flatMap(({ problems }) =>
    problems.map(({ span: { start, end }, message }) => {
      const before = text.slice(0, start).split('\n');
      return `${before.length}:${(before.at(-1)?.length ?? 0) + 1} "${text.slice(start, end)}" ${message}`;
    }),
  );

describe('brackets', () => {
  test.each<[string, string, string[]]>([
    [
      'open on one line of several',
      `${head}  rules:\n    - { id: a, effect: deny, when: { tool.kind: write }\n    - { id: b, effect: deny }\n`,
      ['6:7 "{" this `{` is not closed'],
    ],
    ['open at the end', `${head}  rules:\n    - { id: a, effect: deny\n`, ['6:7 "{" this `{` is not closed']],
    [
      'open before other keys',
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p\nspec:\n  default: deny\n',
      ['3:11 "{" this `{` is not closed'],
    ],
    ['an open list', `${head}  include: [a, b\n  default: deny\n`, ['5:12 "[" this `[` is not closed']],
    [
      'closed by the other kind',
      `${head}  rules:\n    - id: a\n      effect: deny\n      when: { tool.name: [a, b }\n    - id: b\n      effect: deny\n`,
      ['8:26 "[" this `[` is not closed'],
    ],
    [
      'brackets in quotes and comments count for nothing',
      `${head}  rules:\n    - { id: a, reason: "}", # }\n        effect: deny\n`,
      ['6:7 "{" this `{` is not closed'],
    ],
    ['closed twice', `${head}  rules:\n    - { id: a, effect: deny } }\n`, ['6:31 "}" this `}` closes nothing']],
    [
      'an open quote inside',
      `${head}  rules:\n    - { id: "a, effect: deny }\n    - { id: b, effect: deny }\n`,
      ['6:13 ""a, effect: deny }" this quote is not closed'],
    ],
    [
      'without a comma',
      `${head}  rules:\n    - { id: a effect: deny }\n`,
      ['6:13 "a effect: deny " this is more than one value'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text)).toEqual(expected);
  });
});

describe('indentation', () => {
  test.each<[string, string, string[]]>([
    [
      'a dash too close to its item',
      `${head}  rules:\n    -id: a\n      effect: deny\n`,
      ['6:5 "-id: a" the `-` of an item needs a space behind it'],
    ],
    [
      'between a list and its items',
      `${head}  rules:\n    - id: a\n     effect: deny\n    - id: b\n      effect: deny\n`,
      ['7:6 "effect" this line is indented by 5 spaces, and so belongs to no item of the list'],
    ],
    [
      'more than the key above',
      `${head}  rules:\n    - id: a\n       effect: deny\n    - id: b\n      effect: deny\n`,
      [
        '7:8 "effect" this line is indented by 7 spaces, more than the key above it, and so goes on with that key\'s value',
      ],
    ],
    [
      'less than its neighbours',
      `${head}  default: deny\n rules: []\n`,
      ['6:2 "rules" this key is not indented like those beside it'],
    ],
    [
      'a tab',
      'apiVersion: assay/v1\nkind: Policy\nmetadata:\n\tname: p\nspec:\n  default: deny\n',
      ['4:1 "\t" a tab cannot indent YAML'],
    ],
    ['a tab in an item', `${head}  rules:\n    - id: a\n\teffect: deny\n`, ['7:1 "\t" a tab cannot indent YAML']],
    [
      'a dash without a space',
      `${head}  rules:\n    -id: a\n    - id: b\n      effect: deny\n`,
      ['6:5 "-" a `-` without a space behind it begins no item'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test('what to write is said', () => {
    const helpOf = (text: string) => readDocuments(text)[0]?.problems[0]?.help;
    expect(helpOf(`${head}  rules:\n    - id: a\n     effect: deny\n    - id: b\n`)).toMatch(/^indent it by 6 /);
    expect(helpOf(`${head}  rules:\n    - id: a\n       effect: deny\n    - id: b\n`)).toBe('indent it by 6');
  });
});

test('a key over two lines is still one', () => {
  expect(said(`${head}  default\n  effect: deny\n`).join('\n')).toContain('a key must be on one line');
});

test.each(['@', '%', '`'])('a value that begins with `%s` needs quotes', (sign) => {
  expect(said(`${head}  default: ${sign}x\n`)).toContain(
    `5:12 "${sign}" a value that begins with \`${sign}\` needs quotes`,
  );
});

describe('a pattern that begins with `*`', () => {
  const needsQuotes = (written: string) =>
    `"${written}" \`${written}\` needs quotes: without them, what begins with \`*\` is an alias of an anchor, and there is no such anchor`;
  test.each<[string, string[]]>([
    ['  when: { tool.name: *_mail }\n', [`5:22 ${needsQuotes('*_mail')}`]],
    ['  when:\n    tool.name: *mail\n', [`6:16 ${needsQuotes('*mail')}`]],
    ['  only: [*.a.example, "b"]\n', [`5:10 ${needsQuotes('*.a.example')}`]],
    ['  scope: { roles: [*] }\n', [`5:20 ${needsQuotes('*')}`]],
    ['  scope:\n    roles: [*]\n', [`6:13 ${needsQuotes('*')}`]],
    ['  scope:\n    roles:\n      - *\n', [`7:9 ${needsQuotes('*')}`]],
    [
      '  a: &mail x\n  b: *_mail\n',
      ['6:6 "*_mail" there is no anchor `&_mail` before this alias; did you mean `*mail`?'],
    ],
    ['  a: &anchor x\n  b: *.mail\n', [`6:6 ${needsQuotes('*.mail')}`]],
    ['  a: &anchor x\n  b: *mail\n', ['6:6 "*mail" there is no anchor `&mail` before this alias']],
  ])('%j', (spec, expected) => {
    expect(said(head + spec).filter((each) => each.includes('*'))).toEqual(expected);
    expect(
      readDocuments(head + spec)
        .flatMap(({ problems }) => problems)
        .filter(({ code }) => code.startsWith('yaml/')),
    ).toHaveLength(1);
  });
});
