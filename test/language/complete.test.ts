/** What is offered at the cursor: the labels that begin each list, and what is written when one is taken. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Completion, complete, type LanguageContext, withoutStops } from '../../server/language/index.ts';
import { atCursor, capsule, environment, experiment, policy, policytest, preset, taskset } from './cases.ts';
import { office } from './office.ts';

const offers = (marked: string, context: LanguageContext = {}): Completion[] => {
  const { text, offset } = atCursor(marked);
  return complete(text, offset, context).toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
};
const labels = (marked: string, context: LanguageContext = {}) => offers(marked, context).map((item) => item.label);

/** The text after the completion with this label has been taken. */
const taken = (marked: string, label: string, context: LanguageContext = {}) => {
  const { text, offset } = atCursor(marked);
  const item = complete(text, offset, context).find((each) => each.label === label);
  return item === undefined ? null : text.slice(0, item.span.start) + item.insert + text.slice(item.span.end);
};

describe('codes that a comment hides', () => {
  const rule = '    - { id: a, effect: deny, when: { tool.risk: 9 } }';
  test.each<[string, string, string | null]>([
    ['above a line', `    # assay-disable-next-line $0\n${rule}\n`, 'policy/out-of-range'],
    ['half typed', `    # assay-disable-next-line pol$0\n${rule}\n`, 'policy/out-of-range'],
    ['at its end', `${rule} # assay-disable-line $0\n`, 'policy/out-of-range'],
    ['behind another', `    # assay-disable-next-line policy/out-of-range, $0\n${rule}\n`, 'reference/no-file'],
    ['not in the reason', `    # assay-disable-next-line policy/out-of-range -- $0\n${rule}\n`, null],
    ['not in another comment', `    # disable-next-line $0\n${rule}\n`, null],
    ['not in a text', `    - { id: b, effect: deny, reason: "# assay-disable-line $0" }\n${rule}\n`, null],
  ])('%s', (_name, lines, first) => {
    const found = labels(policy(`  rules:\n${lines}`));
    if (first === 'policy/out-of-range') expect(found[0]).toBe(first);
    else if (first !== null) expect(found).toContain(first);
    else expect(found).toEqual([]);
    expect(found.filter((code) => code.startsWith('yaml/'))).toEqual([]);
    if (lines.includes('range, ')) expect(found).not.toContain('policy/out-of-range');
  });

  test('what is typed already is replaced', () => {
    const before = policy(`  rules:\n    # assay-disable-next-line po$0lic -- why\n${rule}\n`);
    expect(taken(before, 'policy/out-of-range')).toBe(
      policy(`  rules:\n    # assay-disable-next-line policy/out-of-range -- why\n${rule}\n`),
    );
  });
});

describe('keys', () => {
  // Each case: the labels that come first, and some that must not be there.
  test.each<[string, string, string[], string[]]>([
    [
      'of an empty file',
      '$0',
      ['capsule', 'environment', 'experiment', 'policy', 'policytest', 'preset', 'taskset'],
      [],
    ],
    ['of a file with a version', 'apiVersion: assay/v1\n$0', ['kind', 'metadata', 'spec'], ['apiVersion', 'policy']],
    ['of a new item, required ones first', policy('  rules:\n    - $0'), ['rule', 'id', 'effect'], []],
    [
      'of an item, without those there',
      policy('  rules:\n    - id: a\n      $0\n      reason: r\n    - effect: deny\n'),
      ['effect'],
      ['id', 'reason'],
    ],
    [
      'half typed, in a broken document',
      policy('  rules:\n  - id: a\n  - effect: deny\n    i$0\n  - reason: "open\n'),
      ['id'],
      ['effect'],
    ],
    ['of a list, where the dash is missing', policy('  rules:\n    $0'), ['- ', 'rule'], ['id']],
    ['in a flow mapping', policy('  rules:\n    - { id: a, $0, reason: r }'), ['effect'], ['id', 'reason']],
    ['in a flow mapping over lines', policy('  rules:\n    - { id: a,\n        $0\n      }'), ['effect'], ['id']],
    ['in a flow mapping that is not closed', policy('  rules:\n    - { id: a, $0\n    - id: b'), ['effect'], ['id']],
    ['in quotes', policy('  rules:\n    - "i$0"'), ['id', 'effect'], []],
    ['in quotes in flow style', policy("  rules: [{ 'e$0' }]"), ['id', 'effect'], []],
    [
      'comparators in flow style',
      policy('  rules:\n    - { id: a, when: { tool.risk: { $0 } } }'),
      ['is', 'not', 'atLeast', 'atMost', 'between', 'present'],
      ['anyOf'],
    ],
    [
      'in the second document',
      `${policy('  default: deny')}\n---\n${preset('  model:\n    $0')}`,
      ['profile', 'temperature'],
      ['rules'],
    ],
    [
      'of a deeper level after a shallower one',
      experiment('  limits:\n    steps: 3\n  variants:\n    - id: a\n      agent:\n        $0'),
      ['module', 'command'],
      ['id'],
    ],
    ['behind wide characters', policy('  rules: [{ reason: "日本 🎉", $0 }]'), ['id', 'effect'], ['reason']],
    ['on CRLF lines', policy('  rules:\n    - id: a\n      $0\n').replaceAll('\n', '\r\n'), ['effect'], ['id']],
    ['behind an anchor', policy('  rules:\n    - &first { id: a, $0 }'), ['effect'], ['id']],
    [
      'of a tool’s input',
      policytest('  environment: office\n  cases:\n    - action: { tool: send_mail, input: { $0 } }'),
      ['to', 'urgent'],
      ['id'],
    ],
    [
      'of a node that waits',
      preset('  nodes:\n    - id: a\n      type: wait\n      $0\n'),
      ['for', 'next'],
      ['tool', 'input', 'prompt', 'when', 'else', 'answer'],
    ],
    [
      'of a node that checks',
      preset('  nodes:\n    - { id: a, type: check, $0 }\n'),
      ['when', 'next', 'else'],
      ['for', 'tool'],
    ],
    ['of a node that ends', preset('  nodes:\n    - id: a\n      type: end\n      a$0\n'), ['answer'], ['next', 'for']],
    ['of a node of no type yet', preset('  nodes:\n    - id: a\n      $0\n'), ['type', 'tool', 'input', 'prompt'], []],
    ['of signals by hand', policytest('  cases:\n    - signals: { $0 }'), ['action.type', 'tool.name'], ['all']],
  ])('%s', (_name, marked, first, absent) => {
    const found = labels(marked, office());
    expect(found.slice(0, first.length)).toEqual(first);
    for (const each of absent) expect(found).not.toContain(each);
  });

  test.each([
    ['inside a block text', policy('  rules:\n    - id: a\n      reason: |\n        hello $0')],
    ['inside a folded text', policy('  rules:\n    - id: a\n      reason: >-\n        $0')],
    ['inside a comment', policy('  # $0')],
    ['inside a comment in flow style', policy('  rules: [ # { $0\n  ]')],
    ['behind a finished text', policy('  default: "deny" $0')],
    ['below a plain value', policy('  default: deny\n    $0')],
    ['behind a tab', policy('  default: deny\n\t$0')],
    ['in a word behind a tab', policy('  rules:\n    - id: a\n\teff$0')],
  ])('%s: none', (_name, marked) => {
    expect(labels(marked, office())).toEqual([]);
  });

  test('signals come with their names and units', () => {
    const found = offers(policy('  rules:\n    - id: a\n      when:\n        tool.$0'));
    expect(found.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['tool.kind', 'tool.risk', 'trial.failures', 'all', 'any', 'not']),
    );
    expect(found.find(({ label }) => label === 'tool.cost')?.detail).toBe('money, in usd');
  });
});

describe('values', () => {
  test.each<[string, string, string[]]>([
    ['kinds', 'kind: $0', ['Policy', 'PolicyTest', 'Preset', 'Capsule', 'Experiment', 'Environment', 'TaskSet']],
    ['effects', policy('  default: d$0'), ['allow', 'ask', 'deny', 'halt']],
    ['effects over a wrong word', policy('  default: de$0nny # why'), ['allow', 'ask', 'deny', 'halt']],
    ['effects in flow style', policy('  rules: [{ id: a, effect: $0 }]'), ['allow', 'ask', 'deny', 'halt']],
    ['effects in quotes', policy('  default: "d$0"'), ['allow', 'ask', 'deny', 'halt']],
    ['effects in quotes that are not closed', policy("  default: 'd$0\n  rules: []"), ['allow', 'ask', 'deny', 'halt']],
    ['no number in quotes', policy('  rules: [{ when: { tool.kind: { present: "$0" } } }]'), []],
    [
      'of a signal, with comparators',
      policy('  rules:\n    - when:\n        tool.kind: $0'),
      ['read', 'write', 'execute', 'is', 'not', 'anyOf', 'present'],
    ],
    ['of a boolean', policy('  rules: [{ when: { tool.kind: { present: $0 } } }]'), ['true', 'false']],
    ['default and examples', experiment('  limits:\n    timeout: $0'), ['60s', '30s']],
    [
      'budgets of the document, but not the one that asks',
      policy('  budgets:\n    - { id: all, unit: usd, limit: 5 }\n    - id: own\n      parent: $0'),
      ['all'],
    ],
    ['nodes of the document', preset('  start: $0\n  nodes:\n    - { id: a, type: end }'), ['a']],
    ['nodes of a broken document', preset('  start: $0\n  nodes:\n    - { id: a, type: end }\n  role: "x'), ['a']],
    [
      'steps not listed yet',
      capsule('  workflow:\n    - { id: a, preset: p }\n    - { id: b, preset: p }\n    - id: c\n      needs: [a, $0]'),
      ['b'],
    ],
    ['policies not listed yet', experiment('  policies: [strict, $0]'), ['open']],
    ['policies at an item', experiment('  variants:\n    - id: a\n      policies:\n        - $0'), ['strict', 'open']],
    ['policies at an item in quotes', experiment('  policies:\n    - "st$0"'), ['strict', 'open']],
    [
      'documents by path, once one is begun',
      experiment('  policies: [./$0]'),
      ['./policies/strict.policy.yaml', './policies/open.policy.yaml'],
    ],
    ['tools of the environment', preset('  environment: office\n  tools: [$0]'), ['read_mail', 'send_mail']],
    [
      'tools that a preset has',
      preset('  environment: office\n  tools: [send_mail]\n  nodes:\n    - id: a\n      tool: $0'),
      ['send_mail'],
    ],
    [
      'tools in a list of a test',
      policy('  rules: [{ when: { tool.name: { anyOf: [read_mail, $0] } } }]'),
      ['send_mail'],
    ],
    [
      'tools of a case',
      policytest('  environment: office\n  cases:\n    - action:\n        tool: $0'),
      ['read_mail', 'send_mail'],
    ],
    ['tools of a permission', capsule('  permissions:\n    - tool: $0'), ['read_mail', 'send_mail']],
    [
      'rules that a test expects',
      policytest('  policies: [strict]\n  cases:\n    - expect: { rules: [$0] }'),
      ['inside', 'helpers', 'sends'],
    ],
    ['tags', policy('  rules: [{ when: { tool.tags: { anyOf: [$0] } } }]'), ['send', 'mail']],
    ['tags of tasks', taskset('  tasks:\n    - id: a\n      tags: [$0]'), ['easy']],
    ['domains', policy('  rules: [{ unless: { target.domains: { only: [$0] } } }]'), ['acme.example']],
    ['roles', experiment('  variants:\n    - id: a\n      role: $0'), ['assistant']],
    [
      'values of a tool’s input',
      policytest('  environment: office\n  cases:\n    - action: { tool: send_mail, input: { urgent: $0 } }'),
      ['true', 'false'],
    ],
    ['files of a module', environment('  module: $0'), ['./office.mjs', './agents/', './policies/']],
    ['files in a folder', experiment('  variants:\n    - agent: { module: ./agents/$0 }'), ['./agents/plain.mjs']],
    ['files in a folder, in quotes', environment('  module: "agents/$0"'), ['agents/plain.mjs']],
    [
      'files of a capsule',
      capsule('  policies:\n    - path: ./policies/$0'),
      ['./policies/open.policy.yaml', './policies/strict.policy.yaml'],
    ],
    [
      'the digest of a file',
      capsule('  policies:\n    - { path: ./office.mjs, digest: $0 }'),
      [`sha256:${'0'.repeat(64)}`],
    ],
  ])('%s', (_name, marked, expected) => {
    expect(labels(marked, office()).slice(0, Math.max(1, expected.length))).toEqual(expected);
  });

  test('files are seen from the folder of the document', () => {
    const context = office('policies/e.yaml');
    expect(labels(environment('  module: ../$0'), context)).toEqual(['../office.mjs', '../agents/', '../policies/']);
    expect(labels(experiment('  policies: [../$0]'), context)).toEqual(['./strict.policy.yaml', './open.policy.yaml']);
  });

  test.each<[string, string, string[]]>([
    [
      'of one unit',
      '{ id: a, unit: usd, limit: 1 }, { id: b, unit: calls, limit: 1 }, { id: c, unit: usd, limit: 1, parent: $0 }',
      ['a'],
    ],
    [
      'of any, before there is a unit',
      '{ id: a, unit: usd, limit: 1 }, { id: b, unit: calls, limit: 1 }, { id: c, parent: $0 }',
      ['a', 'b'],
    ],
    [
      'that last as long',
      '{ id: a, unit: usd, limit: 1 }, { id: b, unit: usd, limit: 1, per: workspace }, { id: c, unit: usd, limit: 1, per: run, parent: $0 }',
      ['b'],
    ],
    [
      'but those that draw from it',
      '{ id: a, unit: usd, limit: 1, parent: b }, { id: b, unit: usd, limit: 1, parent: c }, { id: c, unit: usd, limit: 1, parent: $0 }, { id: d, unit: usd, limit: 1 }',
      ['d'],
    ],
  ])('parents of budgets: %s', (_name, list, expected) => {
    expect(labels(policy(`  budgets: [${list}]\n`))).toEqual(expected);
  });

  test('modules are code that runs', () => {
    const context = office('e.yaml', { 'agents/contract.d.ts': '', 'agents/types.d.mts': '', 'agents/typed.ts': '' });
    const module = experiment('  variants:\n    - agent: { module: ./agents/$0 }\n');
    expect(labels(module, context)).toEqual(['./agents/plain.mjs', './agents/typed.ts']);
  });

  test('a tool shows what it does, costs and risks, and a document what it holds', () => {
    const tool = offers(preset('  environment: office\n  tools: [$0]'), office()).find(
      ({ label }) => label === 'send_mail',
    );
    expect(tool).toMatchObject({ kind: 'tool', detail: 'write · risk 3 · $0.01' });
    expect(tool?.documentation).toMatch(
      /Send a mail[\s\S]*Tags: `mail`, `send`[\s\S]*`to: string`[\s\S]*`urgent\?: boolean`/,
    );
    const [strict] = offers(experiment('  policies: [$0]'), office());
    expect(strict?.documentation).toMatch(
      /Nothing leaves[\s\S]*default: `deny`[\s\S]*`inside`[\s\S]*at most 4 calls per trial/,
    );
  });

  test('without a workspace, the documents of the file itself are offered', () => {
    expect(labels(`${policy('  default: deny')}\n---\n${experiment('  policies: [$0]')}`)).toEqual(['x']);
  });
});

describe('what is written', () => {
  test.each<[string, string, string, string]>([
    ['a key with a plain value', policy('  $0'), 'default', policy('  default: $0')],
    [
      'a key with required children',
      policy('  $0'),
      'rules',
      policy('  rules:\n  - id: $1\n    effect: $' + '{2|allow,ask,deny,halt|}'),
    ],
    ['a key before its colon', policy('  def$0ault: deny'), 'default', policy('  default: deny')],
    ['a key in quotes', policy('  "def$0"'), 'default', policy('  "default": $0')],
    ['a key in quotes before its colon', policy('  "def$0": deny'), 'default', policy('  "default": deny')],
    ['a value after a bare colon', policy('  default:$0'), 'deny', policy('  default: deny')],
    ['a value over another', policy('  default: d$0enny'), 'deny', policy('  default: deny')],
    ['a value in quotes', policy('  default: "d$0enny" # c'), 'deny', policy('  default: "deny" # c')],
    ['a value before a comment', policy('  default: $0 # c'), 'deny', policy('  default: deny # c')],
    ['an item in quotes', experiment('  policies:\n    - "st$0"'), 'strict', experiment('  policies:\n    - "strict"')],
    ['a key in flow style', policy('  rules: [{ $0 }]'), 'id', policy('  rules: [{ id: $0 }]')],
    ['a mapping in flow style', policy('  rules: [{ $0 }]'), 'when', policy('  rules: [{ when: { $0 } }]')],
    ['children behind a dash', policy('  rules:\n    - $0'), 'when', policy('  rules:\n    - when:\n    $0')],
    [
      'a comparator',
      policy('  rules: [{ when: { tool.risk:$0 } }]'),
      'atLeast',
      policy('  rules: [{ when: { tool.risk: { atLeast: $1 }$0 } }]'),
    ],
  ])('%s', (_name, marked, label, expected) => {
    // Lines of an insertion are relative to the indentation of the line that it goes to.
    expect(taken(marked, label, office())).toBe(expected);
  });

  const json = (spec: string) => `{"kind":"Policy","apiVersion":"assay/v1","metadata":{"name":"x"},"spec":{${spec}}}`;
  test.each<[string, string, string, string]>([
    ['a value', json('"default":"$0"'), 'deny', json('"default":"deny"')],
    ['a value over another', json('"default": "al$0low", "rules":[]'), 'deny', json('"default": "deny", "rules":[]')],
    ['a key', json('"def$0":"deny"'), 'default', json('"default":"deny"')],
    ['a key behind others', json('"default":"deny", "in$0"'), 'include', json('"default":"deny", "include": ["$0"]')],
    ['a key not yet in quotes', json('"default":"deny", in$0'), 'include', json('"default":"deny", "include": ["$0"]')],
    ['a key before others', json('$0, "default":"deny"'), 'include', json('"include": ["$0"], "default":"deny"')],
    ['a key before its colon', json('"default":"deny", inc$0: []'), 'include', json('"default":"deny", "include": []')],
    ['a key before all others', json('$0'), 'default', json('"default": "$0"')],
    ['a number', json('"budgets":[{"id":"a", $0}]'), 'limit', json('"budgets":[{"id":"a", "limit": $0}]')],
    ['a text without quotes', json('"default": de$0'), 'deny', json('"default": "deny"')],
    ['a text in a list', json('"include":["open",$0]'), 'strict', json('"include":["open","strict"]')],
    [
      'a comparator',
      json('"rules":[{"when":{"tool.risk":$0}}]'),
      'is',
      json('"rules":[{"when":{"tool.risk": { "is": $1 }$0}}]'),
    ],
    [
      'a comparator of texts',
      json('"rules":[{"when":{"target.ids":$0}}]'),
      'only',
      json('"rules":[{"when":{"target.ids": { "only": ["$1"] }$0}}]'),
    ],
    [
      'a key with its children',
      json('"default":"deny", $0'),
      'rules',
      json(`"default":"deny", "rules": [{ "id": "$1", "effect": "\${2|allow,ask,deny,halt|}" }]$0`),
    ],
    [
      'brackets in a block',
      policy('  rules:\n    - { "id": "a", $0 }'),
      'effect',
      policy('  rules:\n    - { "id": "a", "effect": "$0" }'),
    ],
    [
      'brackets with keys of their own style',
      json('"rules":[{ id: a, $0 }]'),
      'effect',
      json('"rules":[{ id: a, effect: $0 }]'),
    ],
    ['in single quotes', "{ 'kind': Policy, $0 }", 'spec', "{ 'kind': Policy, spec: { $0 } }"],
    [
      'over lines',
      json('\n  "rules": [\n    { "id":"a",\n      "effect":"d$0" }\n  ]\n'),
      'deny',
      json('\n  "rules": [\n    { "id":"a",\n      "effect":"deny" }\n  ]\n'),
    ],
    ['the kind', '# first\n{\n  "kind": "$0"\n}', 'Policy', '# first\n{\n  "kind": "Policy"\n}'],
    ['without quotes', '{ kind: Policy, spec: { default: $0 } }', 'deny', '{ kind: Policy, spec: { default: deny } }'],
    ['a name', json('"include":["$0"]'), 'strict', json('"include":["strict"]')],
  ])('in a document in brackets: %s', (_name, marked, label, expected) => {
    expect(taken(marked, label, office())).toBe(expected);
  });

  test.each(['before', 'behind'])('nothing %s a document in brackets', (place) => {
    expect(labels(place === 'before' ? `$0\n${json('')}` : `${json('')}$0`)).toEqual([]);
    expect(labels(place === 'before' ? `$0${json('')}` : `${json('')}\n$0`)).toEqual([]);
  });

  test('what is there already is not offered again, wherever it stands', () => {
    const found = labels(json('"default":"deny",$0 "rules":[{"id":"a"}],"budgets":[]'));
    expect(found).toContain('include');
    for (const key of ['default', 'rules', 'budgets', 'id']) expect(found).not.toContain(key);
  });

  test('a name that YAML would read as something else is written in quotes', () => {
    const names = [
      'yes',
      'true',
      '12',
      '*x',
      'a: b',
      "it's",
      '- a',
      '#1',
      'a, b',
      '1e3',
      '0x1F',
      '~',
      'plain-name',
      'ä',
    ];
    for (const name of names) {
      const context = office('e.yaml', {
        'p.yaml': `${policy('  default: deny').replace('name: x', `name: ${JSON.stringify(name)}`)}`,
      });
      for (const [before, after] of [
        ['[', ']'],
        ["['", "']"],
        ['["', '"]'],
      ] as const) {
        const text = taken(experiment(`  policies: ${before}$0${after}`), name, context);
        expect(parse(withoutStops(text ?? '')).spec.policies, `${name} in ${before}`).toEqual([name]);
      }
    }
  });
});

test.each([
  ['oneOf: 5', ''],
  ['oneOf: [null]', ''],
  ['anyOf: 5', ''],
  ['type: objet', ''],
  ['additionalProperties: { anyOf: 5 }', ''],
  ['required: 5', ''],
  ['', 'enum: 5'],
  ['', 'type: integer, examples: 5'],
  ['', 'type: object, required: 5'],
])('what is no schema in a tool’s input is left out: %s %s', (keywords, ofKey) => {
  const input = `{ ${keywords ? `${keywords}, ` : ''}properties: { to: { ${ofKey} }, urgent: { type: boolean } } }`;
  const bank = environment(
    `  module: ./office.mjs\n  tools: [{ name: pay, description: P., kind: write, risk: 4, input: ${input} }]\n`,
  );
  const files = office('e.yaml', { 'bank.environment.yaml': bank });
  const call = (marked: string) =>
    preset(
      `  environment: ./bank.environment.yaml\n  nodes: [{ id: a, type: tool, tool: pay, input: { ${marked} } }]\n`,
    );
  expect(labels(call('$0'), files)).toEqual(['to', 'urgent']);
  expect(labels(call('to: $0, urgent: true'), files)).toEqual([]);
  expect(labels(call('urgent: $0'), files)).toEqual(['true', 'false']);
});

test('any offset of any broken text gets an answer whose edits lie around the cursor on one line', () => {
  const whole = [
    policy('  rules:\n    - { id: a, when: { tool.tags: { anyOf: [send] } } }\n    - id: "b\n'),
    preset('  nodes:\n    - id: ['),
    '{"kind":"Policy","spec":{"rules":[{"id":"a"}]}}\n',
  ];
  const pieces = fc.constantFrom(
    ...whole.flatMap((text) => text.split(/(?=[\s{}[\]:,])/)),
    '"',
    "'",
    '- ',
    '\r\n',
    '---\n',
    '🎉',
    '&a ',
    '*a',
    '|\n',
    '# ',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), fc.nat(), (parts, at) => {
      const text = parts.join('');
      const anywhere = at % (text.length + 1);
      const offset = text.slice(anywhere - 1, anywhere + 1) === '\r\n' ? anywhere - 1 : anywhere;
      for (const { span } of complete(text, offset, office())) {
        expect(span.start).toBeLessThanOrEqual(offset);
        expect(span.end).toBeGreaterThanOrEqual(offset);
        expect(text.slice(span.start, span.end)).not.toMatch(/[\r\n]/);
      }
    }),
    { numRuns: 300 },
  );
});
