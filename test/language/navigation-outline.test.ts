/** The outline of files, whole and broken, and how symbols are found by parts of their names. */
import { describe, expect, test } from 'vitest';
import { readSource, summarize } from '../../server/language/index.ts';
import { type OutlineItem, outline, searchSymbols } from '../../server/language/navigation/index.ts';
import { rankOf } from '../../server/language/navigation/search.ts';
import { head, office } from './navigation-cases.ts';

/** `name (detail)`, two spaces deeper for each level. */
const drawn = (items: readonly OutlineItem[], indent = ''): readonly string[] =>
  items.flatMap(({ name, detail, children }) => [
    `${indent}${name}${detail === '' ? '' : ` (${detail})`}`,
    ...drawn(children, `${indent}  `),
  ]);

describe('outline', () => {
  test.each<[string, string, string[]]>([
    [
      'of a policy',
      office['strict.yaml'] ?? '',
      [
        'strict (policy)',
        '  budgets (2)',
        '    spend (5 usd)',
        '    some (1 usd)',
        '  rules (3)',
        '    no-money (deny)',
        '    only-first (deny)',
        '    no-strangers (ask)',
        '  default (deny)',
      ],
    ],
    [
      'of a preset',
      office['clerk.yaml'] ?? '',
      [
        'clerk (preset)',
        '  environment (office)',
        '  tools (2)',
        '  start (look)',
        '  nodes (3)',
        '    look (tool → done)',
        '    again (check)',
        '    done (end)',
      ],
    ],
    [
      'of an environment',
      office['office.yaml'] ?? '',
      [
        'office (environment)',
        '  module (./gone.mjs)',
        '  tools (3)',
        '    read_mail (read, risk 0)',
        '    send_mail (write, risk 3)',
        '    pay (write, risk 4)',
      ],
    ],
    [
      'of a policy test',
      office['test.yaml'] ?? '',
      ['promises (policy test)', '  policies (1)', '  environment (office)', '  cases (1)', '    no money (deny)'],
    ],
    [
      'of a capsule',
      office['capsule.yaml'] ?? '',
      [
        'mail (capsule)',
        '  workflow (2)',
        '    triage (clerk)',
        '    answer (./clerk.yaml)',
        '  personas (1)',
        '    robin',
        '  policies (1)',
        '    ./strict.yaml',
        '  permissions (1)',
        '    send_mail',
      ],
    ],
    [
      'of an experiment',
      `${head('Experiment', 'trial')}  environment: office\n  tasks: chores\n  variants:\n    - { id: first, agent: { module: ./a.mjs }, preset: clerk }\n    - { id: second, agent: { module: ./a.mjs } }\n`,
      [
        'trial (experiment)',
        '  environment (office)',
        '  tasks (chores)',
        '  variants (2)',
        '    first (clerk)',
        '    second',
      ],
    ],
    [
      'of a task set',
      `${head('TaskSet', 'chores')}  tasks:\n    - { id: tidy, instruction: Tidy up. }\n    - { id: write, instruction: Write. }\n`,
      ['chores (task set)', '  tasks (2)', '    tidy (Tidy up.)', '    write (Write.)'],
    ],
    [
      'of two documents',
      `${head('Policy', 'a')}  default: deny\n---\n${head('TaskSet', 'b')}  tasks: []\n`,
      ['a (policy)', '  default (deny)', 'b (task set)', '  tasks (0)'],
    ],
    [
      'where ids are still to be written',
      `${head('Policy')}  rules:\n    - effect: deny\n    - id:\n      effect: ask\n`,
      ['x (policy)', '  rules (2)', '    rule 1 (deny)', '    rule 2 (ask)'],
    ],
    [
      'with an open quote',
      `${head('Policy')}  rules:\n    - id: a\n      effect: deny\n    - id: b\n      reason: "open\n`,
      ['x (policy)', '  rules (2)', '    a (deny)', '    b'],
    ],
    ['with a half-typed key', `${head('Preset')}  start: a\n  no\n`, ['x (preset)', '  start (a)', '  no']],
    ['of a wrong kind', 'kind: Polici\nspec:\n  default: deny\n', ['document', '  default (deny)']],
    ['of a nameless document', 'kind: Policy\nspec:\n  default: deny\n', ['policy', '  default (deny)']],
    ['with keys at the wrong depth', 'kind: Policy\nrules:\n  - id: a\n', ['policy', '  rules (1)', '    a']],
    ['of any YAML', 'a: 1\nb: { c: 2 }\n', ['document', '  a (1)', '  b', '    c (2)']],
    ['of nothing', '', []],
    ['of a list', '- a\n- b\n', []],
  ])('%s', (_name, text, expected) => {
    expect(drawn(outline(text))).toEqual(expected);
  });

  test.each<[string, (text: string) => string]>([
    ['as written', (text) => text],
    ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['with a byte order mark', (text) => `\uFEFF${text}`],
    ['cut off', (text) => text.slice(0, Math.floor(text.length * 0.7))],
  ])('names are inside their items, items inside their parents, %s', (_name, change) => {
    const check = (item: OutlineItem, text: string) => {
      const { span, nameSpan, children } = item;
      expect(item.name.trim()).not.toBe('');
      expect(span.start <= nameSpan.start && nameSpan.start <= nameSpan.end && nameSpan.end <= span.end).toBe(true);
      expect(text.slice(span.start, span.end)).toBe(text.slice(span.start, span.end).trimEnd());
      for (const child of children) {
        expect(span.start <= child.span.start && child.span.end <= span.end).toBe(true);
        check(child, text);
      }
    };
    for (const text of Object.values(office).map(change)) for (const item of outline(text)) check(item, text);
  });

  test('aliases are not drawn out', () => {
    const text = `${head('Policy')}  rules: [&r { id: a, effect: deny }, *r]\n`;
    const [root] = outline(text);
    expect(drawn(root?.children ?? [])).toEqual(['rules (2)', '  a (deny)', '  a (deny)']);
    const [first, second] = root?.children[0]?.children ?? [];
    expect([
      text.slice(first?.nameSpan.start, first?.nameSpan.end),
      text.slice(second?.nameSpan.start, second?.nameSpan.end),
    ]).toEqual(['a', '*r']);
  });
});

describe('search', () => {
  const files = Object.entries(office).map(([path, text]) => summarize(path, readSource(text)));
  const found = (query: string) =>
    searchSymbols(files, query).map(({ name, noun, container }) => `${noun} ${name} in ${container}`);

  test.each<[string, string, string[]]>([
    ['the whole name', 'strict', ['Policy strict in policy']],
    ['a part', 'money', ['case no money in promises', 'rule no-money in strict']],
    ['first letters of words', 'nst', ['rule no-strangers in strict', 'rule only-first in strict']],
    ['capitals and spaces', 'No Str', ['rule no-strangers in strict']],
    ['nothing that fits', 'zzz', []],
  ])('by %s', (_name, query, expected) => {
    expect(found(query)).toEqual(expected);
  });

  test('an empty query finds all', () => {
    expect(found('')).toHaveLength(25);
  });

  test('what fits better comes first', () => {
    const ranked = ['send_mail', 'mail', 'mailroom', 'search_mail', 'm-a-i-l', 'my_animal'];
    const ranks = ranked.map((name) => [rankOf(name, 'mail') ?? Number.POSITIVE_INFINITY, name] as const);
    expect(ranks.toSorted((a, b) => a[0] - b[0]).map(([, name]) => name)).toEqual([
      'mail',
      'mailroom',
      'send_mail',
      'search_mail',
      'm-a-i-l',
      'my_animal',
    ]);
  });
});
