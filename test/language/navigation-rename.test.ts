/** Renaming: what becomes of every file, and what is refused in which words. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSource } from '../../server/language/index.ts';
import { definition, prepareRename, references, rename } from '../../server/language/navigation/index.ts';
import { atCursor } from './cases.ts';
import { desks, head, office, workspaceOf } from './navigation-cases.ts';

type Files = Readonly<Record<string, string>>;

/** The files after a rename at `at`, the cursor being at its `$0`; or why there is none. */
function renamed(files: Files, path: string, at: string, newName: string): Files | string {
  const plain = at.replace('$0', '');
  const text = files[path] ?? '';
  if (text.split(plain).length !== 2) throw new Error(`\`${plain}\` is not once in ${path}`);
  const offset = text.indexOf(plain) + at.indexOf('$0');
  const result = rename(readSource(text), offset, newName, workspaceOf(files, path));
  if (!result.ok) return result.message;
  const after = { ...files };
  for (const { path: each, edits } of result.files) {
    let edited = files[each] ?? '';
    for (const { span, text: written } of edits.toReversed())
      edited = edited.slice(0, span.start) + written + edited.slice(span.end);
    after[each] = edited;
  }
  return after;
}

/** The lines that differ, `path:line`, and what they are now. */
function changes(files: Files, after: Files | string): readonly string[] | string {
  if (typeof after === 'string') return after;
  return Object.keys(files).flatMap((path) => {
    const before = (files[path] ?? '').split('\n');
    return (after[path] ?? '')
      .split('\n')
      .flatMap((line, index) => (line === before[index] ? [] : [`${path}: ${line.trim()}`]));
  });
}

describe('across files', () => {
  test.each<[string, string, string, string, string[]]>([
    [
      'a policy, where paths to it stay',
      'strict.yaml',
      'name: $0strict',
      'tight',
      [
        'strict.yaml: metadata: { name: tight }',
        'test.yaml: { policies: [tight], environment: office,',
        'test.yaml: expect: { decision: deny, rules: [no-money, spend, tight/no-strangers] } } ] }',
        'e.yaml: - { id: first, agent: { module: ./agent.mjs }, preset: "clerk", policies: [tight] }',
      ],
    ],
    [
      'a rule, from a policy test',
      'test.yaml',
      'strict/$0no-strangers',
      'friends-only',
      [
        'strict.yaml: - { id: friends-only, effect: ask, when: { any: [{ not: { tool.name: "*_mail" } }] } }',
        'test.yaml: expect: { decision: deny, rules: [no-money, spend, strict/friends-only] } } ] }',
      ],
    ],
    [
      'a budget',
      'strict.yaml',
      'parent: $0spend',
      'all',
      [
        'strict.yaml: - { id: all, unit: usd, limit: 5 }',
        'strict.yaml: - { id: some, unit: usd, limit: 1, parent: all }',
        'test.yaml: expect: { decision: deny, rules: [no-money, all, strict/no-strangers] } } ] }',
      ],
    ],
    [
      'a tool, where a pattern fits both names',
      'office.yaml',
      'name: $0send_mail',
      'post_mail',
      [
        'office.yaml: - { name: post_mail, description: Sends., kind: write, risk: 3, input: {} }',
        'clerk.yaml: tools: [read_mail, post_mail]',
        'capsule.yaml: permissions: [{ tool: post_mail }]',
      ],
    ],
    [
      'a tool, from a condition',
      'strict.yaml',
      'anyOf: [$0pay]',
      'transfer',
      [
        'office.yaml: - { name: transfer, description: Pays., kind: write, risk: 4, input: {} }',
        'strict.yaml: - { id: no-money, effect: deny, when: { tool.name: { anyOf: [transfer] } } }',
        'test.yaml: { name: no money, action: { tool: transfer },',
      ],
    ],
    [
      'a preset, in the quotes that it has',
      'clerk.yaml',
      'name: $0clerk',
      'helper',
      [
        'clerk.yaml: metadata: { name: helper }',
        'capsule.yaml: - { id: triage, preset: helper }',
        'e.yaml: - { id: first, agent: { module: ./agent.mjs }, preset: "helper", policies: [strict] }',
      ],
    ],
    [
      'a step',
      'capsule.yaml',
      'id: $0triage',
      'sort',
      [
        'capsule.yaml: - { id: sort, preset: clerk }',
        'capsule.yaml: - { id: answer, preset: "./clerk.yaml", needs: ["sort"] }',
      ],
    ],
    ['a persona', 'capsule.yaml', 'id: $0robin', 'dana', ['capsule.yaml: personas: [{ id: dana }]']],
    [
      'a task',
      'tasks.yaml',
      'id: $0sort',
      'sort-mail',
      ['tasks.yaml: - { id: sort-mail, instruction: Sort the mail. }'],
    ],
    [
      'a variant',
      'e.yaml',
      'id: $0first',
      'alpha',
      [
        'strict.yaml: - { id: only-first, effect: deny, unless: { agent.id: alpha } }',
        'e.yaml: - { id: alpha, agent: { module: ./agent.mjs }, preset: "clerk", policies: [strict] }',
      ],
    ],
    [
      'a node',
      'clerk.yaml',
      'start: $0look',
      'look-up',
      [
        'clerk.yaml: start: look-up',
        'clerk.yaml: - { id: look-up, type: tool, tool: read_mail, next: done }',
        'clerk.yaml: - { id: again, type: check, else: look-up }',
      ],
    ],
    [
      'a name that needs quotes',
      'tasks.yaml',
      'id: $0sort',
      '123',
      ['tasks.yaml: - { id: "123", instruction: Sort the mail. }'],
    ],
    [
      'a word that means something in YAML',
      'tasks.yaml',
      'id: $0sort',
      'true',
      ['tasks.yaml: - { id: "true", instruction: Sort the mail. }'],
    ],
    [
      'a name that is a sentence',
      'test.yaml',
      'name: $0no money',
      'money: none',
      ['test.yaml: { name: "money: none", action: { tool: pay },'],
    ],
    ['the same name', 'tasks.yaml', 'id: $0sort', 'sort', []],
  ])('%s', (_name, path, at, newName, expected) => {
    expect(changes(office, renamed(office, path, at, newName))).toEqual(expected);
  });
});

describe('nodes, patterns, roles and tags', () => {
  test.each<[string, string, string, string, string[]]>([
    [
      'a node, where policies hold it back',
      'clerk.yaml',
      'id: $0act',
      'do',
      [
        'clerk.yaml: start: do',
        'clerk.yaml: budgets: [{ id: b, unit: calls, limit: 1, when: { agent.node: do } }]',
        'clerk.yaml: nodes: [{ id: do, type: plan, next: done }, { id: done, type: end }]',
        'strict.yaml: scope: { roles: [assistant, "boss*"], nodes: [do] }',
        'strict.yaml: - { id: a, effect: deny, when: { agent.node: do, tool.tags: { anyOf: [send] } } }',
        'test.yaml: signals: { agent.role: assistant, tool.tags: [send], agent.node: do, observation.patterns: [strict/orders] },',
      ],
    ],
    [
      'a pattern',
      'strict.yaml',
      'patterns: [{ id: $0orders',
      'commands',
      [
        'strict.yaml: patterns: [{ id: commands, match: ["*obey*"] }, { id: other, match: [x] }]',
        'strict.yaml: - { id: o, effect: deny, on: observation, when: { any: [{ observation.patterns: commands }] } }',
        'test.yaml: signals: { agent.role: assistant, tool.tags: [send], agent.node: act, observation.patterns: [strict/commands] },',
      ],
    ],
    [
      'a policy, before its patterns too',
      'strict.yaml',
      'name: $0strict',
      'tight',
      [
        'strict.yaml: metadata: { name: tight }',
        'test.yaml: { policies: [tight], cases: [{ name: n, action: { type: tool },',
        'test.yaml: signals: { agent.role: assistant, tool.tags: [send], agent.node: act, observation.patterns: [tight/orders] },',
      ],
    ],
    [
      'a role, wherever it is declared',
      'twin.yaml',
      'role: $0assistant',
      'helper',
      [
        'clerk.yaml: role: helper',
        'twin.yaml: role: helper',
        'strict.yaml: scope: { roles: [helper, "boss*"], nodes: [act] }',
        'test.yaml: signals: { agent.role: helper, tool.tags: [send], agent.node: act, observation.patterns: [strict/orders] },',
      ],
    ],
    [
      'a tag, from a policy',
      'strict.yaml',
      'tags: [$0mail]',
      'post',
      [
        'office.yaml: - { name: read_mail, description: Reads., kind: read, tags: [post], risk: 0, input: {} }',
        'office.yaml: - { name: send_mail, description: Sends., kind: write, tags: [post, send], risk: 3, input: {} }',
        'strict.yaml: - { id: c, effect: deny, scope: { tags: [post], nodes: [done] }, unless: { agent.role: [boss] } }',
      ],
    ],
  ])('%s', (_name, path, at, newName, expected) => {
    expect(changes(desks, renamed(desks, path, at, newName))).toEqual(expected);
  });

  test.each<[string, string, string, string, string]>([
    ['a role that others have', 'e.yaml', 'role: $0boss', 'assistant', '`clerk.yaml` has the role `assistant` already'],
    ['the role of all that name none', 'e.yaml', 'role: $0boss', 'agent', '`agent` is the role of all that name none'],
    [
      'a role that leaves a pattern',
      'e.yaml',
      'role: $0boss',
      'lead',
      '`boss*` in `strict.yaml` would no longer stand',
    ],
    ['a tag that others have', 'office.yaml', 'mail, $0send]', 'mail', 'this file has the tag `mail` already'],
    [
      'a pattern that is there',
      'strict.yaml',
      'id: $0other',
      'orders',
      'the policy `strict` has a pattern `orders` already',
    ],
    ['a tag in capitals', 'strict.yaml', 'tags: [$0mail]', 'Mail', '`Mail` cannot be the name of a tag'],
  ])('%s is refused', (_name, path, at, newName, message) => {
    expect(renamed(desks, path, at, newName)).toContain(message);
  });

  test('the role of all that name none keeps its name where it is written', () => {
    const files = {
      'p.yaml': `${head('Preset')}  role: agent
`,
    };
    expect(renamed(files, 'p.yaml', 'role: $0agent', 'helper')).toMatch(/^`agent` is the role of all that name none/);
  });
});

describe('in the text', () => {
  test.each<[string, string, string]>([
    ['single quotes', `start: '$0a'\n  nodes: [{ id: a }]\n`, `start: 'new'\n  nodes: [{ id: new }]\n`],
    [
      'double quotes with escapes',
      `start: "\\x61$0"\n  nodes: [{ id: a }]\n`,
      `start: "new"\n  nodes: [{ id: new }]\n`,
    ],
    [
      'block texts',
      `start: $0a\n  nodes:\n    - id: >-\n        a\n`,
      `start: new\n  nodes:\n    - id: >-\n        new\n`,
    ],
    ['anchors and aliases', `start: *$0n\n  nodes: [{ id: &n a }]\n`, 'refused'],
    ['an anchored name', `nodes: [{ id: &n $0a, next: *n }]\n`, `nodes: [{ id: &n new, next: *n }]\n`],
    ['comments right behind', `start: $0a # a\n  nodes: [{ id: a }]\n`, `start: new # a\n  nodes: [{ id: new }]\n`],
    ['tags', `start: !!str $0a\n  nodes: [{ id: a }]\n`, `start: !!str new\n  nodes: [{ id: new }]\n`],
    [
      'wide characters before',
      `nodes: [{ prompt: "😀", id: $0a, next: a }]\n`,
      `nodes: [{ prompt: "😀", id: new, next: new }]\n`,
    ],
    [
      'half a document',
      `start: $0a\n  nodes:\n  - id: a\n  - id: "b\n`,
      `start: new\n  nodes:\n  - id: new\n  - id: "b\n`,
    ],
  ])('%s', (_name, before, expected) => {
    for (const lineBreak of ['\n', '\r\n'])
      for (const mark of ['', '\uFEFF']) {
        const whole = (spec: string) => mark + `${head('Preset')}  ${spec}`.replaceAll('\n', lineBreak);
        const { text, offset } = atCursor(whole(before));
        const result = rename(text, offset, 'new');
        if (expected === 'refused') {
          expect(result.ok).toBe(false);
          continue;
        }
        if (!result.ok) throw new Error(result.message);
        let after = text;
        for (const { span, text: written } of result.files[0]?.edits.toReversed() ?? [])
          after = after.slice(0, span.start) + written + after.slice(span.end);
        expect(after).toBe(whole(expected));
      }
  });

  test('of one document leaves the others of the file alone', () => {
    const nodes = (id: string) => `${head('Preset', id)}  nodes: [{ id: b, next: b }]\n`;
    const text = `${nodes('one')}---\n${nodes('two')}`;
    const result = rename(text, text.lastIndexOf('id: b') + 4, 'c');
    expect(
      result.ok && result.files.flatMap(({ edits }) => edits.map(({ span }) => span.start > text.indexOf('---'))),
    ).toEqual([true, true]);
  });
});

const tools = (name: string, ...names: string[]) =>
  `${head('Environment', name)}  module: ./a.mjs\n  tools:\n${names.map((each) => `    - { name: ${each} }\n`).join('')}`;

describe('refused', () => {
  test.each<[string, Files, string, string, string, string | RegExp]>([
    [
      'keys',
      office,
      'e.yaml',
      'envi$0ronment:',
      'x',
      'only names of documents and ids in them can be renamed; put the cursor on one of these',
    ],
    ['values', office, 'strict.yaml', 'default: de$0ny', 'x', /^only names/],
    ['kinds', office, 'strict.yaml', 'kind: Pol$0icy', 'x', /^only names/],
    [
      'paths',
      office,
      'e.yaml',
      './lib/$0open.yaml',
      'x',
      '`./lib/open.yaml` is a path; rename the file itself, and editors that ask the server first change this path with it',
    ],
    [
      'patterns',
      office,
      'strict.yaml',
      '"*_$0mail"',
      'x',
      '`*_mail` stands for all names that fit; put the cursor on one of these names',
    ],
    [
      'what is not there',
      { 'p.yaml': `${head('Preset')}  start: x1\n` },
      'p.yaml',
      'start: $0x1',
      'y',
      'there is no node `x1` that could be renamed',
    ],
    ['no name', office, 'strict.yaml', 'id: $0no-money', ' ', 'a rule must have a name; write one'],
    [
      'capitals',
      office,
      'strict.yaml',
      'id: $0no-money',
      'No Money',
      '`No Money` cannot be the name of a rule: use lower-case letters, digits, `.`, `_` and `-`, with a letter or digit first',
    ],
    [
      'dashes in tools',
      office,
      'strict.yaml',
      'anyOf: [$0pay]',
      'pay-out',
      '`pay-out` cannot be the name of a tool: use lower-case letters, digits and `_`, with a letter first',
    ],
    [
      'names like paths',
      office,
      'strict.yaml',
      'name: $0strict',
      'strict.yaml',
      '`strict.yaml` would be read as a path wherever others refer to it; choose a name without its ending',
    ],
    [
      'more than a line',
      office,
      'test.yaml',
      'name: $0no money',
      'a\nb',
      'the name of a case is one line; write it on one',
    ],
    [
      'names of other documents',
      office,
      'strict.yaml',
      'name: $0strict',
      'open',
      '`lib/open.yaml` has a policy called `open` already; choose another name',
    ],
    [
      'ids of others',
      office,
      'clerk.yaml',
      'start: $0look',
      'done',
      'the preset `clerk` has a node `done` already; choose another name',
    ],
    [
      'names of other tools',
      office,
      'strict.yaml',
      'anyOf: [$0pay]',
      'send_mail',
      'the environment `office` has a tool `send_mail` already; choose another name',
    ],
    [
      'leaving a pattern',
      office,
      'office.yaml',
      'name: $0send_mail',
      'post',
      '`*_mail` in `strict.yaml` would no longer stand for this tool; change it first, or choose another name',
    ],
    [
      'entering a pattern',
      office,
      'office.yaml',
      'name: $0pay',
      'pay_mail',
      '`*_mail` in `strict.yaml` would begin to stand for this tool; change it first, or choose another name',
    ],
    [
      'names by which a policy means the tool of another environment',
      {
        'a.yaml': tools('a', 'send'),
        'b.yaml': tools('b', 'pay'),
        'p.yaml': `${head('Policy')}  rules: [{ id: r, when: { tool.name: pay } }]\n`,
      },
      'a.yaml',
      '$0send',
      'pay',
      '`pay` in `p.yaml` means another tool and would then mean this one too; choose another name',
    ],
  ])('%s', (_name, files, path, at, newName, expected) => {
    expect(renamed(files, path, at, newName)).toMatch(expected);
  });
});

test('what shares a reference is renamed together', () => {
  const files = {
    'a.yaml': tools('a', 'pay'),
    'b.yaml': tools('b', 'pay'),
    'c.yaml': `${head('Preset')}  environment: b\n  tools: [pay]\n`,
    'p.yaml': `${head('Policy')}  rules: [{ id: r, when: { tool.name: [pay] } }]\n`,
  };
  expect(changes(files, renamed(files, 'a.yaml', '$0pay', 'give'))).toEqual([
    'a.yaml: - { name: give }',
    'b.yaml: - { name: give }',
    'c.yaml: tools: [give]',
    'p.yaml: rules: [{ id: r, when: { tool.name: [give] } }]',
  ]);
  const { 'p.yaml': _policy, ...apart } = files;
  expect(changes(apart, renamed(apart, 'a.yaml', '$0pay', 'give'))).toEqual(['a.yaml: - { name: give }']);
});

describe('a new name that others have', () => {
  const policyOf = (name: string, spec: string) => `${head('Policy', name)}  ${spec}\n`;
  const testOf = (rule: string) =>
    `${head('PolicyTest', 't')}  policies: [x, q]\n  cases: [{ name: c, action: { tool: t }, expect: { decision: deny, rules: [${rule}] } }]\n`;
  const files = {
    'x.yaml': policyOf('x', 'rules: [{ id: first, effect: deny }]'),
    'q.yaml': policyOf('q', 'rules: [{ id: b, effect: deny }]'),
  };

  test.each([
    ['first', 'x/b'],
    ['"first"', '"x/b"'],
    ['x/first', 'x/b'],
  ])('is told apart by its policy where a policy test names it: %s', (before, after) => {
    const all = { ...files, 't.yaml': testOf(before) };
    expect(changes(all, renamed(all, 'x.yaml', 'id: $0first', 'b'))).toEqual([
      'x.yaml: rules: [{ id: b, effect: deny }]',
      `t.yaml: cases: [{ name: c, action: { tool: t }, expect: { decision: deny, rules: [${after}] } }]`,
    ]);
  });

  test('needs nothing where nobody would mean both', () => {
    const all = { ...files, 't.yaml': testOf('first').replace('[x, q]', '[x]') };
    expect(changes(all, renamed(all, 'x.yaml', 'id: $0first', 'b'))).toEqual([
      'x.yaml: rules: [{ id: b, effect: deny }]',
      't.yaml: cases: [{ name: c, action: { tool: t }, expect: { decision: deny, rules: [b] } }]',
    ]);
  });

  test.each<[string, Files, string]>([
    [
      'a budget of the same policy',
      { ...files, 'x.yaml': policyOf('x', 'budgets: [{ id: b }]\n  rules: [{ id: first, effect: deny }]') },
      '`b` in `t.yaml` would mean that of the policy `x`, too; choose another name',
    ],
    [
      'a rule of another policy, where two have the name of this one',
      { ...files, 'again.yaml': policyOf('x', 'rules: [{ id: other, effect: deny }]') },
      '`b` in `t.yaml` would mean that of the policy `q`, too; choose another name',
    ],
  ])('is refused where it would mean %s', (_name, beside, expected) => {
    expect(renamed({ ...beside, 't.yaml': testOf('first') }, 'x.yaml', 'id: $0first', 'b')).toBe(expected);
  });

  test('is refused where a tool of another environment would be meant', () => {
    const beside = {
      'a.yaml': tools('a', 'send'),
      'b.yaml': tools('b', 'pay'),
      'p.yaml': `${head('Policy')}  rules: [{ id: r, when: { tool.name: send } }]\n`,
    };
    expect(renamed(beside, 'a.yaml', 'name: $0send', 'pay')).toBe(
      '`pay` in `p.yaml` would mean that of the environment `b`, too; choose another name',
    );
  });
});

describe('two items of one name', () => {
  const nodes = (start: string) => ({
    'p.yaml': `${head('Preset', 'two')}${start}  nodes:\n    - { id: look, type: plan }\n    - { type: end, id: look }\n`,
  });
  const refused =
    'the preset `two` has more than one node `look`, and nobody can tell which is meant where it is named; give one of them another name by hand';

  test.each(['start: $0look', '{ id: $0look', 'end, id: $0look'])(
    'are not renamed together, and not one of them while something names them: %s',
    (at) => {
      const found = renamed(nodes('  start: look\n'), 'p.yaml', at, 'see');
      expect(found).toBe(refused);
    },
  );

  test('are renamed alone where nothing names them', () => {
    const files = nodes('');
    expect(changes(files, renamed(files, 'p.yaml', 'end, id: $0look', 'see'))).toEqual([
      'p.yaml: - { type: end, id: see }',
    ]);
  });
});

test('a misspelt declaration can be given the name that others use already', () => {
  const files = { 'p.yaml': head('Policy', 'strikt'), 'e.yaml': `${head('Experiment')}  policies: [strict]\n` };
  expect(changes(files, renamed(files, 'p.yaml', '$0strikt', 'strict'))).toEqual([
    'p.yaml: metadata: { name: strict }',
  ]);
});

test.each([
  ['in quotes', `preset: "$0clerk"`, 'clerk'],
  ['in part of a text', `rules: [no-money, spend, strict/no-$0strangers]`, 'no-strangers'],
])('the place to type is the name alone, %s', (_name, at, name) => {
  const path = at.startsWith('preset') ? 'e.yaml' : 'test.yaml';
  const text = office[path] ?? '';
  const offset = text.indexOf(at.replace('$0', '')) + at.indexOf('$0');
  const found = prepareRename(text, offset, workspaceOf(office, path));
  expect(found).toMatchObject({ ok: true, name });
  expect(found.ok && text.slice(found.span.start, found.span.end)).toBe(name);
});

test.each([
  ['documents and ids', office],
  ['shared words', desks],
])(
  'a rename and back again gives the same files, and what was referred to is referred to as often: %s',
  (_name, files) => {
    const places = Object.entries(files).flatMap(([path, text]) =>
      [...text.matchAll(/[a-z0-9_-]{2,}/g)].map((match) => ({ path, offset: match.index })),
    );
    const name = fc.stringMatching(/^q[a-z0-9_]{0,8}$/);
    fc.assert(
      fc.property(fc.constantFrom(...places), name, ({ path, offset }, newName) => {
        const before = readSource(files[path] ?? '');
        const context = workspaceOf(files, path);
        const prepared = prepareRename(before, offset, context);
        const result = rename(before, offset, newName, context);
        if (!prepared.ok || !result.ok || result.files.length === 0) return;
        const apply = (texts: Files, { files: edited }: typeof result): Files => ({
          ...texts,
          ...Object.fromEntries(
            edited.map(({ path: each, edits }) => [
              each,
              edits.reduceRight(
                (text, edit) => text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end),
                texts[each] ?? '',
              ),
            ]),
          ),
        });
        const after = apply(files, result);
        const targets = definition(before, offset, context)?.targets ?? [];
        const [target] = targets;
        if (target === undefined) return;
        const there = readSource(after[target.path] ?? '');
        const shift = (result.files.find((each) => each.path === target.path)?.edits ?? [])
          .filter(({ span }) => span.start < target.span.start)
          .reduce((sum, { span, text }) => sum + text.length - (span.end - span.start), 0);
        const at = target.span.start + shift + 1;
        const afterContext = workspaceOf(after, target.path);
        expect(references(there, at, afterContext).length).toBe(references(before, offset, context).length);
        const back = rename(there, at, prepared.name, afterContext);
        expect(back.ok && apply(after, back)).toEqual(files);
      }),
      { numRuns: 300 },
    );
  },
);
