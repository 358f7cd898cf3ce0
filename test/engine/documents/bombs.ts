/**
 * Texts made to exhaust their reader, by name, with the faults of YAML that must be told of each. Each text is made anew
 * when it is asked for.
 */

type Bomb = readonly [text: () => string, ...codes: string[]];

const head =
  'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  rules:\n    - id: a\n      effect: deny\n';

/** `count` lines of their numbers. */
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** Ten levels, each with nine aliases of the one before. */
const levels = (first: string, level: (aliases: string, index: number) => string): string =>
  lines(10, (index) =>
    index === 0
      ? first
      : level(
          Array(9)
            .fill(`*a${index - 1}`)
            .join(', '),
          index,
        ),
  );

export const bombs: Readonly<Record<string, Bomb>> = {
  nothing: [() => `${head}      reason: ok\n`],
  'aliases, nested ten deep': [
    () => levels('a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]', (all, i) => `a${i}: &a${i} [${all}]`),
    'yaml/too-many-aliases',
  ],
  'merge keys, nested ten deep': [
    () => levels('a0: &a0 { k: 1 }', (all, i) => `a${i}: &a${i} { <<: [${all}], k${i}: 1 }`),
    'yaml/too-many-aliases',
  ],
  'a mapping of 20,000 keys, merged 20,000 times': [
    () => `base: &base\n${lines(20_000, (i) => `  k${i}: 1`)}\nall:\n${lines(20_000, () => '- <<: *base')}\n`,
    'yaml/too-many-aliases',
  ],
  'a mapping of 4,000 keys, merged 4,000 times': [
    () => `base: &base\n${lines(4_000, (i) => `  k${i}: 1`)}\nall:\n${lines(4_000, () => '- <<: *base')}\n`,
    'yaml/too-many-aliases',
  ],
  'merge keys, nested ten deep, in items of a list': [
    () =>
      `a:\n${levels('- &a0 { k: 1 }', (all, i) => `- &a${i} { <<: [${all}], k${i}: 1 }`)}\nb:\n${lines(1_000, () => '- <<: *a9')}\n`,
    'yaml/too-many-aliases',
  ],
  '50,000 keys, merged twice': [
    () => `base: &base\n${lines(49_000, (i) => `  k${i}: 1`)}\nall:\n${lines(2, () => '- <<: *base')}\n`,
  ],
  '10 MB of brackets': [() => '['.repeat(10_000_000), 'yaml/too-large'],
  '1 MB of brackets': [() => '['.repeat(1_000_000), 'yaml/too-deep'],
  '1 MB of braces': [() => '{'.repeat(1_000_000), 'yaml/too-deep'],
  '1 MB of dashes': [() => '- '.repeat(500_000), 'yaml/too-deep'],
  '1 MB of question marks': [() => '? '.repeat(500_000), 'yaml/too-deep'],
  '1 MB of anchors of nothing': [() => '&a '.repeat(333_000), 'yaml/too-large'],
  '1 MB of tags': [() => '!a '.repeat(333_000), 'yaml/too-large'],
  '1 MB of colons': [() => ': '.repeat(500_000), 'yaml/too-large'],
  '1 MB of quotes': [() => `"'`.repeat(500_000), 'yaml/too-large'],
  '1 MB of tabs': [() => '\t'.repeat(1_000_000)],
  '1 MB of line breaks of old': [() => 'a\r'.repeat(500_000), 'yaml/too-large'],
  '1 MB of line breaks': [() => '\n'.repeat(1_000_000), 'yaml/too-large'],
  '1 MB of directives': [() => '%YAML 1.2\n'.repeat(100_000)],
  'brackets over lines': [() => '[\n'.repeat(100_000), 'yaml/too-deep'],
  'brackets in a rule': [() => `${head}      reason: ${'{a: '.repeat(250_000)}\n`, 'yaml/too-deep'],
  'lists within lists, line by line': [() => lines(1_400, (depth) => `${' '.repeat(depth)}-`), 'yaml/too-deep'],
  'mappings within mappings, line by line': [() => lines(1_500, (depth) => `${' '.repeat(depth)}a:`), 'yaml/too-deep'],
  'a plain line of 5 MB': [() => `${head}      reason: ${'word '.repeat(1_000_000)}\n`],
  'a quoted line of 5 MB': [() => `${head}      reason: "${'\\u0041'.repeat(830_000)}"\n`, 'yaml/long-line'],
  'a list of 5 MB on one line': [() => `${head}      when: [${'1, '.repeat(1_700_000)}1]\n`],
  'a condition of 250,000 numbers': [() => `${head}      when: { all: [${'1, '.repeat(250_000)}1] }\n`],
  'a test of 250,000 numbers': [() => `${head}      when: { tool.name: [${'1, '.repeat(250_000)}1] }\n`],
  'a test of 250,000 names': [() => `${head}      when: { tool.name: [${'a, '.repeat(250_000)}b] }\n`],
  'a condition of 100,000 unknown signals': [
    () => `${head}      when:\n${lines(100_000, (i) => `        k${i}: 1`)}\n`,
  ],
  '1 MB of spaces in a line': [() => `${head}      reason ${' '.repeat(900_000)}x: y\n`, 'yaml/key-over-1024-chars'],
  '1 MB of spaces in a value': [() => `${head}      reason: x${' '.repeat(900_000)}y\n`],
  '40 spaces in an item': [() => `${head}      tags:\n        -${' '.repeat(40)}x\n        - y`],
  '1 MB of number signs': [() => `${head}      reason: x ${'# '.repeat(450_000)}\n`],
  '100,000 comments that hide problems': [
    () => `${head}${lines(100_000, (i) => `    - id: r${i} # assay-disable-line schema/missing-key`)}\n`,
  ],
  '5 MB of ampersands': [() => `${head}      reason: ${'&'.repeat(5_000_000)}\n`, 'yaml/too-large'],
  'a key of 5 MB': [() => `${head}      ${'k'.repeat(5_000_000)}: 1\n`, 'yaml/long-line'],
  'a block text of 5 MB': [() => `${head}      reason: |\n${'        text and more text\n'.repeat(190_000)}`],
  'a folded text of 5 MB with breaks': [
    () =>
      `${head}      reason: >+\n${'        text and text and text and text and text\n\n          more and more and more and more\n'.repeat(55_000)}`,
  ],
  '100,000 anchors': [() => `all:\n${lines(100_000, (i) => `- &a${i} x`)}\n`],
  '70,000 anchors on one line': [() => `all: [${Array.from({ length: 70_000 }, (_, i) => `&a${i} x`).join(', ')}]\n`],
  '50,000 keys with anchors': [() => `all:\n${lines(50_000, (i) => `  k${i}: &a${i} x`)}\n`],
  '90,000 aliases of one anchor': [() => `a: &a 1\nall:\n${lines(90_000, () => '- *a')}\n`],
  '100,000 aliases of nothing': [() => `a: &a 1\nall:\n${lines(100_000, (i) => `- *b${i}`)}\n`, 'yaml/unknown-alias'],
  '50,000 aliases of nothing on one line': [
    () => `a: &a 1\nall: [${Array.from({ length: 50_000 }, (_, i) => `*b${i}`).join(', ')}]\n`,
    'yaml/unknown-alias',
  ],
  '100,000 anchors, each with an alias of the one before': [
    () => `all:\n- &a0 [1]\n${lines(100_000, (i) => `- &a${i + 1} [*a${i}]`)}\n`,
    'yaml/too-many-aliases',
  ],
  '500,000 items': [() => `all:\n${'- 1\n'.repeat(500_000)}`, 'yaml/too-large'],
  '190,000 items': [() => `all:\n${'- 1\n'.repeat(190_000)}`],
  '8 MB of tags': [() => '!a !a !a !a !a !a !a\n'.repeat(180_000), 'yaml/too-large'],
  '4 MB of lists over lines': [() => `a: [\n${' 1, 1, 1, 1, 1, 1, 1,\n'.repeat(190_000)}]`, 'yaml/too-large'],
  '190,000 keys of one name': [() => 'a: 1\n'.repeat(190_000), 'yaml/duplicate-key'],
  '190,000 documents': [() => '--- \n'.repeat(190_000), 'yaml/too-large'],
  '100,000 documents with content': [() => '---\na: 1\n'.repeat(100_000), 'yaml/too-large'],
  '100,000 rules with faults': [() => `${head}${lines(100_000, () => '    - { effekt: deny }')}\n`],
  '100,000 keys without a space': [() => `${head}${lines(100_000, () => '    - effect:deny')}\n`],
  '10,000 open quotes': [() => `${head}${lines(10_000, () => '    - id: "')}\n`, 'yaml/missing-char'],
  'an open bracket above 100,000 rules': [
    () => `${head}      when: [\n${lines(100_000, (i) => `    - { id: r${i}, effect: deny }`)}\n`,
    'yaml/bad-indent',
  ],
};
