/** Problems of meaning: where each stands and what it says; one row for each kind of fault. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../server/engine/documents/index.ts';
import { deprecatedKeys } from '../../server/language/checks/deprecated.ts';
import { diagnose, readSource, summarize } from '../../server/language/index.ts';
import { capsule, environment, experiment, policy, policytest, preset, taskset } from './cases.ts';
import { around } from './workspace-view.ts';

type Files = Readonly<Record<string, string>>;

/** Each problem as `code "the text it stands on" message`. */
const said = (text: string, files: Files = {}) =>
  diagnose(text, Object.keys(files).length === 0 ? {} : around('here.yaml', files)).map(
    ({ code, span, message }) => `${code} "${text.slice(span.start, span.end)}" ${message}`,
  );

/** What the problems of a text lead to, each as `"the text there" message`. */
const relatedIn = (text: string) =>
  diagnose(text)
    .flatMap(({ related = [] }) => related)
    .map(({ span, message }) => `"${text.slice(span.start, span.end)}" ${message}`);

const when = (condition: string) => policy(`  rules:\n    - { id: a, effect: deny, when: ${condition} }\n`);
const nodes = (...items: string[]) => preset(`  nodes:\n${items.map((item) => `    - ${item}`).join('\n')}\n`);

test.each([
  ['{ tool.knd: write }', 'schema/unknown-key'],
  ['{ tool.risk: { atLest: 4 } }', 'schema/'],
])('what the form tells of %s is not told by the compiler, too', (condition, stage) => {
  const codes = diagnose(when(condition)).map(({ code }) => code);
  expect(codes).toHaveLength(1);
  expect(codes[0]).toContain(stage);
});

describe('conditions', () => {
  test.each<[string, string[]]>([
    ['{ tool.risk: { atLeast: 2, atMost: 4 } }', []],
    [
      '{ tool.risk: { atLeast: 4, atMost: 2 } }',
      [
        'meaning/impossible-condition "{ atLeast: 4, atMost: 2 }" `tool.risk` cannot be 4 or more and 2 or less at once; this never holds',
      ],
    ],
    [
      '{ any: [{ tool.risk: 1 }, { not: { tool.risk: { is: 3, between: [0, 2] } } }] }',
      [
        'meaning/impossible-condition "{ is: 3, between: [0, 2] }" `tool.risk` cannot be 3 and 2 or less at once; this never holds',
      ],
    ],
    [
      '{ tool.tags: { allOf: [a, b], noneOf: [b] } }',
      [
        'meaning/impossible-condition "{ allOf: [a, b], noneOf: [b] }" `tool.tags` cannot hold `b` and not hold it; this never holds',
      ],
    ],
    [
      '{ tool.tags: { anyOf: [a], only: [b] } }',
      [
        'meaning/impossible-condition "{ anyOf: [a], only: [b] }" `tool.tags` cannot hold `a` and only `b`; this never holds',
      ],
    ],
    ['{ tool.tags: { anyOf: [a], only: [b*] } }', []],
    [
      '{ tool.kind: { is: [read], not: read } }',
      [
        'meaning/impossible-condition "{ is: [read], not: read }" `tool.kind` cannot be a value and not be it; this never holds',
      ],
    ],
    [
      '{ agent.role: { is: a, anyOf: [b, c] } }',
      [
        'meaning/impossible-condition "{ is: a, anyOf: [b, c] }" `agent.role` cannot be `a` and `b` or `c` at once; this never holds',
      ],
    ],
    ['{ agent.role: { is: a*, anyOf: [ab] } }', []],
    [
      '{ target.ids: { present: false, anyOf: [x] } }',
      [
        'meaning/impossible-condition "{ present: false, anyOf: [x] }" `target.ids` cannot be absent and pass another test; this never holds',
      ],
    ],
    ['{ tool.risk: { atLeast: 6 } }', ['policy/out-of-range "6" `tool.risk` is never `6`']],
  ])('%s', (condition, expected) => {
    expect(said(when(condition))).toEqual(expected);
  });

  test('in presets, too', () => {
    const text = preset(
      '  budgets:\n    - { id: b, unit: calls, limit: 1, when: { tool.risk: { between: [3, 1] } } }\n',
    );
    expect(said(text)).toEqual(['policy/reversed-range "[3, 1]" nothing is between `3` and `1`']);
  });

  const office = (tools: string) =>
    `apiVersion: assay/v1\nkind: Environment\nmetadata: { name: o }\nspec:\n  module: ./o.mjs\n  tools: [${tools}]\n`;
  const pay = '{ name: pay, description: P., kind: write, risk: 4, tags: [money], input: {} }';
  test.each<[string, Files, string[]]>([
    ['no environment says nothing', { 'e.yaml': experiment('  seed: 1') }, []],
    [
      'what none declares',
      { 'o.yaml': office(pay) },
      [
        'reference/undeclared-tag "mony" no environment of this workspace declares the tag `mony`; did you mean `money`?',
        'reference/undeclared-tool "send" no environment of this workspace declares the tool `send`',
      ],
    ],
  ])('tools and tags: %s', (_name, files, expected) => {
    const text = when('{ all: [{ tool.tags: { allOf: [money, mony] } }, { tool.name: [pay, send, x*] }] }');
    expect(said(text, files)).toEqual(expected);
  });
});

describe('budgets', () => {
  const budgets = (...items: string[]) => policy(`  budgets:\n${items.map((item) => `    - ${item}`).join('\n')}\n`);
  test.each<[string, string, string[]]>([
    [
      'children within their parent',
      budgets(
        '{ id: all, unit: usd, limit: 0.3 }',
        '{ id: a, unit: usd, limit: 0.1, parent: all }',
        '{ id: b, unit: usd, limit: 0.2, parent: all }',
      ),
      [],
    ],
    [
      'children above it together',
      budgets(
        '{ id: all, unit: usd, limit: 5 }',
        '{ id: a, unit: usd, limit: 3, parent: all }',
        '{ id: b, unit: usd, limit: 2.5, parent: all }',
      ),
      ['meaning/children-exceed-parent "5" the budgets that draw from `all` hold $5.50 together, and it holds $5.00'],
    ],
    [
      'one child above it',
      budgets('{ id: all, unit: calls, limit: 5, per: run }', '{ id: a, unit: calls, limit: 6, parent: all }'),
      ['meaning/children-exceed-parent "6" this is more than its parent `all` holds, 5 calls; it can never be used up'],
    ],
    [
      'children of shorter stretches do not add up',
      budgets(
        '{ id: all, unit: calls, limit: 5, per: run }',
        '{ id: a, unit: calls, limit: 4, parent: all }',
        '{ id: b, unit: calls, limit: 4, parent: all }',
      ),
      [],
    ],
    [
      'a day whose hours give more than its limit',
      budgets(
        '{ id: hourly, unit: usd, limit: 5, per: workspace, window: 1h }',
        '{ id: daily, unit: usd, limit: 120, per: workspace, window: 1d, parent: hourly }',
      ),
      [],
    ],
    [
      'a day whose hours give less than its limit',
      budgets(
        '{ id: hourly, unit: usd, limit: 5, per: workspace, window: 1h }',
        '{ id: daily, unit: usd, limit: 121, per: workspace, window: 1d, parent: hourly }',
      ),
      [
        'meaning/children-exceed-parent "121" this is more than its parent `hourly` holds each day, 24 times $5.00; it can never be used up',
      ],
    ],
    [
      'a window that touches two of its parent',
      budgets(
        '{ id: all, unit: calls, limit: 5, per: run, window: 90m }',
        '{ id: ten, unit: calls, limit: 10, window: 1h, parent: all }',
        '{ id: more, unit: calls, limit: 11, window: 1h, parent: all }',
      ),
      [
        'meaning/children-exceed-parent "11" this is more than its parent `all` holds each hour, 2 times 5 calls; it can never be used up',
      ],
    ],
    [
      'an hour larger than its day',
      budgets(
        '{ id: daily, unit: calls, limit: 5, per: run, window: 24h }',
        '{ id: hourly, unit: calls, limit: 6, per: run, window: 1h, parent: daily }',
      ),
      [
        'meaning/children-exceed-parent "6" this is more than its parent `daily` holds, 5 calls each day; it can never be used up',
      ],
    ],
    [
      'an hour larger than what there is for good',
      budgets(
        '{ id: all, unit: calls, limit: 5, per: run }',
        '{ id: hourly, unit: calls, limit: 6, per: run, window: 1h, parent: all }',
      ),
      ['meaning/children-exceed-parent "6" this is more than its parent `all` holds, 5 calls; it can never be used up'],
    ],
    [
      'a limit for good that is filled hour by hour',
      budgets(
        '{ id: hourly, unit: calls, limit: 5, per: run, window: 1h }',
        '{ id: all, unit: calls, limit: 500, per: run, parent: hourly }',
      ),
      [],
    ],
    [
      'children of one window above it together',
      budgets(
        '{ id: all, unit: usd, limit: 5, window: 60m }',
        '{ id: a, unit: usd, limit: 3, window: 1h, parent: all }',
        '{ id: b, unit: usd, limit: 3, window: 1h, parent: all }',
        '{ id: c, unit: usd, limit: 4, window: 1d, parent: all }',
      ),
      [
        'meaning/children-exceed-parent "5" the budgets that draw from `all` hold $6.00 together each hour, and it holds $5.00',
      ],
    ],
    [
      'children of other windows do not add up',
      budgets(
        '{ id: all, unit: usd, limit: 5, window: 1h }',
        '{ id: a, unit: usd, limit: 3, window: 1d, parent: all }',
        '{ id: b, unit: usd, limit: 3, window: 1d, parent: all }',
      ),
      [],
    ],
    [
      'a question that no answer helps',
      budgets(
        '{ id: a, unit: calls, limit: 5, onExhausted: ask }',
        '{ id: b, unit: calls, limit: 5, onExhausted: halt }',
      ),
      ['meaning/unanswerable-budget "ask" nobody is asked: no answer adds to a budget, so the action is denied'],
    ],
    [
      'a parent of another unit',
      budgets('{ id: all, unit: usd, limit: 5 }', '{ id: a, unit: calls, limit: 6, parent: all }'),
      ['policy/parent-unit "all" `a` counts calls and its parent `all` counts usd'],
    ],
    [
      'a parent that is not there, told once',
      budgets('{ id: a, unit: calls, limit: 6, parent: totl }', '{ id: total, unit: calls, limit: 9 }'),
      ['meaning/unknown-budget "totl" there is no budget `totl` in this document; did you mean `total`?'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    [
      'a child above its parent',
      budgets(
        '{ id: all, unit: calls, limit: 5, window: 1h }',
        '{ id: a, unit: calls, limit: 6, parent: all, window: 1h }',
      ),
      ['"5" `all` holds 5 calls each hour'],
    ],
    [
      'children above it together',
      budgets(
        '{ id: all, unit: usd, limit: 5 }',
        '{ id: a, unit: usd, limit: 3, parent: all }',
        '{ id: b, unit: usd, limit: 2.5, parent: all }',
      ),
      ['"3" $3.00 of it', '"2.5" $2.50 of it'],
    ],
    [
      'a parent of another unit',
      budgets('{ id: all, unit: usd, limit: 5 }', '{ id: a, unit: calls, limit: 6, parent: all }'),
      ['"usd" `all` counts usd'],
    ],
    [
      'a parent that is per less',
      budgets('{ id: all, unit: usd, limit: 5 }', '{ id: a, unit: usd, limit: 3, per: run, parent: all }'),
      ['"all" `all` is per trial'],
    ],
    [
      'parents in a circle',
      budgets(
        '{ id: a, unit: usd, limit: 1, parent: b }',
        '{ id: b, unit: usd, limit: 1, parent: c }',
        '{ id: c, unit: usd, limit: 1, parent: a }',
      ),
      [
        ...['"c" `b` draws from `c`', '"a" `c` draws from `a`'],
        ...['"a" `c` draws from `a`', '"b" `a` draws from `b`'],
        ...['"b" `a` draws from `b`', '"c" `b` draws from `c`'],
      ],
    ],
    [
      'a pattern whose id another has',
      policy('  patterns:\n    - { id: iban, match: [a] }\n    - { id: iban, match: [b] }\n'),
      ['"iban" `iban` is used first here'],
    ],
    [
      'a rule that ends before it begins',
      policy(
        '  rules:\n    - { id: a, effect: deny }\n    - { id: b, effect: deny, validFrom: 2026-02-01, until: 2026-01-01 }\n',
      ),
      ['"2026-02-01" it begins here'],
    ],
    [
      'a policy that ends before it begins',
      policy('  validFrom: 2026-02-01\n  until: 2026-01-01\n'),
      ['"2026-02-01" it begins here'],
    ],
  ])('%s, and where the others stand', (_name, text, expected) => {
    expect(relatedIn(text)).toEqual(expected);
  });
});

describe('graphs', () => {
  const plan = (id: string, next: string) => `{ id: ${id}, type: plan, prompt: x, next: ${next} }`;
  const end = '{ id: done, type: end }';
  test.each<[string, string, string[]]>([
    ['all well', nodes(plan('a', 'done'), end), []],
    [
      'an island',
      nodes(plan('a', 'done'), plan('b', 'done'), end),
      ['meaning/unreachable-node "b" no way leads from `a` to this node'],
    ],
    [
      'another start',
      preset(`  start: b\n  nodes:\n    - ${plan('a', 'done')}\n    - ${plan('b', 'done')}\n    - ${end}\n`),
      ['meaning/unreachable-node "a" no way leads from `b` to this node'],
    ],
    [
      'a circle without a way out, told once',
      nodes(plan('a', 'b'), plan('b', 'c'), plan('c', 'b')),
      ['meaning/endless-cycle "a" from here no way leads to an end: `a`, `b`, `c`'],
    ],
    [
      'a circle with one',
      nodes(plan('a', 'b'), '{ id: b, type: check, when: { tool.risk: 1 }, next: a, else: done }', end),
      [],
    ],
    [
      'a check without else',
      nodes('{ id: b, type: check, when: { tool.risk: 1 }, next: done }', end),
      [
        'meaning/check-without-else "check" nothing is said for when the condition does not hold; write `else:` and a node',
      ],
    ],
    [
      'a tool node without a tool, leading nowhere',
      nodes('{ id: b, type: tool }'),
      [
        'meaning/node-without-key "tool" a node of type `tool` needs the key `tool`',
        'meaning/dead-end "tool" this node leads nowhere; write `next:` and a node, or make it `type: end`',
      ],
    ],
    [
      'an end that goes on',
      nodes('{ id: done, type: end, next: done, answer: x }'),
      ['meaning/idle-key "next" `next` does nothing on a node of type `end`'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    [
      'an order',
      '  workflow: [{ id: a, preset: p }, { id: b, preset: p, needs: [a] }, { id: c, preset: p, needs: [a, b] }]\n',
      [],
    ],
    [
      'a circle',
      '  workflow: [{ id: a, preset: p, needs: [c] }, { id: b, preset: p, needs: [a] }, { id: c, preset: p, needs: [b] }]\n',
      ['meaning/step-cycle "a" these steps wait for each other: `a` → `c` → `b` → `a`'],
    ],
    [
      'a step that needs itself',
      '  workflow: [{ id: a, preset: p, needs: [a] }]\n',
      ['meaning/step-cycle "a" a step cannot need itself'],
    ],
  ])('workflow: %s', (_name, spec, expected) => {
    expect(said(capsule(spec))).toEqual(expected);
  });
});

describe('variants without a policy', () => {
  const variant = (rest: string, spec = '') =>
    experiment(`${spec}  environment: e\n  tasks: t\n  variants:\n    - { id: a, agent: { command: [x] }${rest} }\n`);
  const helper = (spec: string) => `apiVersion: assay/v1\nkind: Preset\nmetadata: { name: p }\nspec: ${spec}\n`;
  const codes = (text: string, files: Files = {}) =>
    diagnose(text, Object.keys(files).length === 0 ? {} : around('here.yaml', files))
      .map(({ code }) => code)
      .filter((code) => code.startsWith('meaning/'));
  test.each<[string, string, Files, string[]]>([
    ['none', variant(''), {}, ['meaning/no-policy']],
    ['its own', variant(', policies: [p]'), {}, []],
    ["the experiment's", variant('', '  policies: [p]\n'), {}, []],
    ['a preset of which nothing is known', variant(', preset: p'), {}, []],
    [
      'a preset with budgets',
      variant(', preset: p'),
      { 'p.yaml': helper('{ budgets: [{ id: b, unit: calls, limit: 1 }] }') },
      [],
    ],
    ['a preset without', variant(', preset: p'), { 'p.yaml': helper('{ role: r }') }, ['meaning/no-policy']],
  ])('%s', (_name, text, files, expected) => {
    expect(codes(text, files)).toEqual(expected);
  });
});

describe('what is there twice', () => {
  const twice = (list: string, item: (more: string) => string) =>
    `  ${list}:\n    - ${item('a')}\n    - ${item('b')}\n`;
  const two = (list: string, rest: string) => twice(list, () => `{ id: same, ${rest} }`);
  test.each<[string, string]>([
    ['rule', policy(two('rules', 'effect: deny'))],
    ['budget', policy(two('budgets', 'unit: calls, limit: 1'))],
    ['budget', preset(two('budgets', 'unit: calls, limit: 1'))],
    ['case', policytest(twice('cases', () => '{ name: same, action: { type: message }, expect: { decision: deny } }'))],
    ['node', preset(two('nodes', 'type: end'))],
    ['step', capsule(two('workflow', 'preset: p'))],
    ['persona', capsule(two('personas', 'description: P.'))],
    ['variant', experiment(two('variants', 'agent: { module: ./a.mjs }'))],
    [
      'tool',
      environment(
        twice('tools', () => '{ name: same, description: T., kind: read, risk: 0, input: { type: object } }'),
      ),
    ],
    ['task', taskset(two('tasks', 'instruction: Do.'))],
  ])('is told at the second, with the place of the first: %s', (noun, text) => {
    const found = diagnose(text).filter(({ code }) => code === `meaning/duplicate-${noun}`);
    const [first, second] = [...text.matchAll(/same/g)].map(({ index }) => ({ start: index, end: index + 4 }));
    expect(found).toEqual([
      {
        code: `meaning/duplicate-${noun}`,
        severity: 'error',
        span: second,
        message: `another ${noun} is called \`same\` already; give this one a name of its own`,
        related: [{ span: first, message: '`same` is used first here' }],
      },
    ]);
  });
});

test('what is wrong behind an anchor is told once, however often it is repeated', () => {
  const items = Array.from({ length: 20 }, (_, i) => `    - { <<: *base, id: b${i} }\n`).join('');
  const rules = `  rules:\n    - &base { id: a, effect: deny, when: { tool.risk: { atLeast: 4, atMost: 2 } } }\n${items}`;
  expect(said(policy(rules))).toEqual([
    'meaning/impossible-condition "{ atLeast: 4, atMost: 2 }" `tool.risk` cannot be 4 or more and 2 or less at once; this never holds',
  ]);
});

describe('suppression', () => {
  test.each<[string, string, string[]]>([
    ['the next line', policy('  # assay-disable-next-line schema/value\n  default: x\n'), []],
    ['the same line', policy('  default: x # assay-disable-line schema/value -- for now\n'), []],
    [
      'two codes',
      policy('  # assay-disable-next-line schema/value, schema/unknown-key\n  defalt: x\n'),
      ['meaning/needless-suppression'],
    ],
    [
      'another line',
      policy('  # assay-disable-next-line schema/value\n\n  default: x\n'),
      ['meaning/needless-suppression', 'schema/value'],
    ],
    [
      'of what an alias repeats, at the alias',
      policy(
        '  rules:\n    - &base { id: a, effect: deny }\n    - *base # assay-disable-line meaning/duplicate-rule\n    - { <<: *base } # assay-disable-line meaning/duplicate-rule\n',
      ),
      [],
    ],
    ['a code that is none', policy('  # assay-disable-next-line no-such\n  default: deny\n'), ['meaning/unknown-code']],
    [
      'the line of the sign of a block text',
      policy(
        '  rules:\n    - id: a\n      effect: deny\n      foo: | # assay-disable-line schema/unknown-key\n        x\n',
      ),
      [],
    ],
    [
      'the sign of a block text, where nothing is to be hidden',
      policy(
        '  rules:\n    - id: a\n      effect: deny\n      reason: >-   # assay-disable-line schema/unknown-key\n        x # assay-disable-line nope\n',
      ),
      ['meaning/needless-suppression'],
    ],
    [
      'a word that is none',
      policy('  # assay-disable-nextline schema/value\n  default: x # Assay_disable schema/value\n'),
      ['meaning/unknown-directive', 'schema/value', 'meaning/unknown-directive'],
    ],
    [
      'words about other things',
      policy('  # assay-office is where they work\n  default: deny # assay-disabled\n'),
      ['meaning/unknown-directive'],
    ],
    [
      'a word in capitals',
      policy('  default: deny # Assay-Disable-Line schema/value\n'),
      ['meaning/unknown-directive'],
    ],
    ['no code', policy('  default: x # assay-disable-line\n'), ['schema/value', 'meaning/unknown-code']],
    [
      'faults of YAML',
      policy('  default: [x # assay-disable-line yaml/bad-indent\n'),
      ['yaml/bad-indent', 'meaning/unknown-code'],
    ],
    [
      'text that looks like one',
      policy('  rules:\n    - id: a\n      effect: deny\n      reason: |\n        # assay-disable-next-line nope\n'),
      [],
    ],
    [
      'what only a workspace could show',
      policy('  # assay-disable-next-line reference/undeclared-tool\n  default: deny\n'),
      [],
    ],
  ])('%s', (_name, text, expected) => {
    expect(
      diagnose(text)
        .map(({ code }) => code)
        .toSorted(),
    ).toEqual(expected.toSorted());
  });
});

test('a deprecated key is told with the one that took its place', () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      rules: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            why: { type: 'string', deprecated: true, 'x-assay-replacedBy': 'reason' },
            reason: { type: 'string' },
          },
        },
      },
    },
  };
  expect(deprecatedKeys(schema, { rules: [{ reason: 'x' }, { why: 'y' }] })).toEqual([
    {
      code: 'meaning/deprecated-key',
      severity: 'warning',
      path: ['rules', 1, 'why'],
      on: 'key',
      message: '`why` is on its way out; write `reason` instead',
      tag: 'deprecated',
    },
  ]);
});

test('a name that another file has leads there', () => {
  const other = readSource(`# first\n${policy('')}`);
  const context = around('here.yaml', { 'p.yaml': other.text });
  const workspace = context.workspace && {
    ...context.workspace,
    file: (path: string) => (path === 'p.yaml' ? summarize(path, other) : null),
  };
  const [problem] = diagnose(policy(''), { path: 'here.yaml', workspace: workspace ?? null });
  expect(problem?.code).toBe('meaning/duplicate-name');
  expect(problem?.related).toMatchObject([{ file: { path: 'p.yaml' } }]);
  const { start, end } = problem?.related?.[0]?.span ?? { start: 0, end: 0 };
  expect(other.text.slice(start, end)).toBe('x');
});

describe('stages', () => {
  test('a fault of YAML or form leaves the meaning of the rest as it was', () => {
    const broken = policy(
      '  rules:\n    - { id: a, effect: deny, when: { tool.risk: 9 } }\n    - { id: b, effect: denny, when: { tool.risk: 8 } }\n    - id: c\n      eff\n',
    );
    const codes = diagnose(broken).map(({ code }) => code);
    expect(codes).toEqual(['policy/out-of-range', 'schema/value', 'policy/out-of-range', 'yaml/missing-char']);
  });

  test('what may only seem to be missing is not told while the text is broken', () => {
    const text = nodes('{ id: a, type: plan, prompt: x, next: b }', '{ id: b, type: "end }');
    expect(diagnose(text).filter(({ code }) => !code.startsWith('yaml/'))).toEqual([]);
  });

  test('what a rule is told does not depend on its neighbours', () => {
    const file = readSource(when('{ tool.risk: 9 }'));
    expect(diagnose(file)).toEqual(diagnose(file));
  });
});

test('no document makes it throw, and every span lies in the text', () => {
  const value = fc.letrec<{ scalar: string; pair: [string, string]; map: string; list: string; value: string }>(
    (tie) => ({
      scalar: fc.constantFrom('a', 'deny', 'tool', 'end', '1', '-1', '"x"', 'null', '{}', '[]', '[1]', 'true'),
      pair: fc.tuple(
        fc.constantFrom(
          'id',
          'type',
          'next',
          'else',
          'when',
          'tool.name',
          'tool.tags',
          'tool.risk',
          'all',
          'not',
          'parent',
          'limit',
          'unit',
          'needs',
          'policies',
          'signals',
          'between',
          'anyOf',
        ),
        tie('value'),
      ),
      map: fc
        .array(tie('pair'), { maxLength: 4 })
        .map((pairs) => `{ ${pairs.map(([key, each]) => `${key}: ${each}`).join(', ')} }`),
      list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
      value: fc.oneof({ maxDepth: 4 }, tie('scalar'), tie('map'), tie('list')),
    }),
  );
  const kind = fc.constantFrom('Policy', 'Preset', 'Capsule', 'Experiment', 'PolicyTest', 'Environment', 'TaskSet');
  const key = fc.constantFrom('rules', 'budgets', 'nodes', 'workflow', 'variants', 'cases', 'policies', 'tools');
  fc.assert(
    fc.property(kind, key, value.value, value.value, (name, list, first, second) => {
      const text = `kind: ${name}\nspec:\n  ${list}:\n    - ${first}\n    - ${second}\n`;
      for (const { span } of diagnose(text, around('here.yaml', { 'here.yaml': text }))) {
        expect(span.start).toBeLessThanOrEqual(span.end);
        expect(span.end).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 300 },
  );
});
