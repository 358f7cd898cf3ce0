/** Faults of YAML in an author's terms: where each is told, in what words, and what is not told beside it. */
import fc from 'fast-check';
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

describe('a quote that is open at the end of its line', () => {
  const json = (line: string) => `{\n  "kind": "Policy",\n  "spec": {\n${line}\n    "rules": [{ "id": "a" }]\n  }\n}\n`;
  test.each<[string, string[]]>([
    [json('    "default": "de'), ['4:16 ""de" this quote is not closed']],
    [json('    "default": "'), ['4:16 """ this quote is not closed']],
    [json('    "include": [\n      "a\n    ],'), ['5:7 ""a" this quote is not closed']],
    [json('    "def'), ['4:5 ""def" this quote is not closed']],
    [`${head}  rules: [{ id: "a,\n    effect: "deny" }]\n`, ['5:17 ""a," this quote is not closed']],
  ])('%j', (text, expected) => {
    expect(said(text).filter((each) => !/ needs the key /.test(each))).toEqual(expected);
  });

  test('a text over lines with a comma missing behind it', () => {
    const text = `${head}  rules: [{ id: a, reason: "x\n      y" effect: deny }]\n`;
    expect(said(text).join('\n')).not.toContain('is not closed');
  });
});

describe('a word without its colon, above what belongs to it', () => {
  const told = (line: string, word: string) => [
    `${line} "${word}" \`${word}\` needs a \`:\` behind it to be the key of the lines below`,
  ];
  test.each<[string, string[]]>([
    [`${head}  budg\n    - id: a\n      unit: calls\n      limit: 3\n  rules: []\n`, told('5:3', 'budg')],
    [`${head}  scope\n    roles: [a]\n\n    tags: [b]\n  rules: []\n`, told('5:3', 'scope')],
    [`${head}  rules:\n    - when\n        tool.risk: 1\n        tool.kind: write\n      id: a\n`, told('6:7', 'when')],
    [`${head.replace('spec:', 's')}  default: deny\n  rules: []\n`, told('4:1', 's')],
    [`${head}  scope\r\n    roles: [a]\r\n    tags: [b]\r\n`, told('5:3', 'scope')],
  ])('%j', (text, expected) => {
    expect(said(text).filter((each) => !/ needs the key /.test(each))).toEqual(expected);
  });

  test('what is wrong behind it is told as well', () => {
    const text = `${head}  budg\n    - id: a\n      unit: calls\n  renew: @x\n`;
    expect(said(text)).toEqual([...told('5:3', 'budg'), '8:10 "@x" a value that begins with `@` needs quotes']);
  });
});

test.each(['@', '%', '`'])('a value that begins with `%s` needs quotes', (sign) => {
  expect(said(`${head}  default: ${sign}x y # c\n`)).toEqual([
    `5:12 "${sign}x y" a value that begins with \`${sign}\` needs quotes`,
  ]);
});

describe('values', () => {
  test.each<[string, string[]]>([
    ["a: 'it's'\n  b: 1", [`5:6 "'it's'" a \`'\` inside single quotes is written twice`]],
    ["a: { b: 'it's', c: 1 }", [`5:11 "'it's'" a \`'\` inside single quotes is written twice`]],
    ['a: "say "hi" now"', [`5:6 ""say "hi" now"" a \`"\` inside double quotes needs a backslash`]],
    ['a: "b" c', ['5:6 ""b" c" nothing can stand behind a closing quote']],
    ['a: "b", "c"', ['5:6 ""b", "c"" several values need brackets around them']],
    ['a: [b] c', ['5:10 "c" nothing can stand behind this `]`']],
    ['a: { b: [1] c: 2, d: "x" e: 3 }', ['5:15 "c: 2" there is no `,` between this and the value before it']],
    ['a: ["c" "d"]', ['5:11 ""d"" there is no `,` between this and the value before it']],
    ['a: [1,,2]', ['5:9 "," there is nothing between this `,` and what is before it']],
    [
      'a: "C:\\p\\."',
      ['5:9 "\\p" `\\p` means nothing inside double quotes', '5:11 "\\." `\\.` means nothing inside double quotes'],
    ],
    ['a: >= 100', ['5:6 ">= 100" a `>` at the beginning of a value stands for a text on the lines below']],
    ['a: | b # c', ['5:6 "| b" a `|` at the beginning of a value stands for a text on the lines below']],
    ['a: - b\n    c: d\n  e: f: g', ['5:6 "- b" a list begins on the line below its key']],
    ['a: [\n\tb ]', ['6:1 "\t" a tab cannot indent YAML']],
    ['a:\n\t- b', ['6:1 "\t" a tab cannot indent YAML']],
    ['a:\n      - b\n    - c', ['7:5 "- c" this item is not indented like those before it']],
    ['a:\n    b: 1\n    - c', ['7:5 "- c" keys and list items are mixed here']],
    ['a: }\n  b: ]', ['5:6 "}" this `}` closes nothing']],
    ['a: "x"#c', ['5:9 "#c" a comment needs a space before its `#`']],
    ['a: !!foo y', ['5:6 "!!foo" the tag `!!foo` means nothing here; the value is read as it is written']],
    ['a: & b', ['5:6 "&" a `&` needs the name of an anchor right behind it']],
  ])('%j', (spec, expected) => {
    const problems = readDocuments(`${head}  ${spec}\n`).flatMap((document) => document.problems);
    const yaml = problems.filter(({ code }) => code.startsWith('yaml/')).map(({ message }) => message);
    expect(said(`${head}  ${spec}\n`).filter((each) => yaml.some((message) => each.endsWith(message)))).toEqual(
      expected,
    );
  });
});

/** Texts that lead the parser to all sorts of faults. */
const pieces = [
  'a:',
  ' ',
  '\n',
  '  ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  '&',
  '*',
  '!',
  '|',
  '>',
  '#',
  '%',
  '@',
  '\t',
  '\\',
  '? ',
  '---',
  '...',
  '<<',
  'x',
];

test('no message has words of the parser', () => {
  const own =
    /flow|scalar|block|collection|sequence|mapping|implicit|indicator|node|token|stream|compact|props|seq-|map-|directive/i;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 24 }), (parts) => {
      const problems = readDocuments(parts.join('')).flatMap((document) => document.problems);
      for (const { code, message } of problems)
        if (code.startsWith('yaml/') && code !== 'yaml/bad-merge')
          expect(message.replace(/`.*`/gs, '')).not.toMatch(own);
    }),
    { numRuns: 2_000 },
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
