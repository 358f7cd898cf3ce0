/** From names to declarations and uses: definition, type definition, references, highlights, linked editing, links. */
import { describe, expect, test } from 'vitest';
import { type LanguageContext, readSource } from '../../server/language/index.ts';
import {
  definition,
  highlights,
  linkedEditing,
  links,
  prepareRename,
  referenceCounts,
  references,
  type Target,
  typeDefinition,
} from '../../server/language/navigation/index.ts';
import { atCursor } from './cases.ts';
import { desks, head, office, workspaceOf } from './navigation-cases.ts';

/** `path:line:text` of what a target names, lines from 1. */
const shown = ({ path, lines, span }: Target): string =>
  lines === null ? path : `${path}:${lines.positionAt(span.start).line + 1}:${lines.text.slice(span.start, span.end)}`;

const ask = (path: string, marked: string, files = office) => {
  const { text, offset } = atCursor(marked);
  return { text, offset, source: readSource(text), context: workspaceOf({ ...files, [path]: text }, path) };
};

/** A file of some, the office's, with the cursor put into it: `$0` before the text that `at` shows it before. */
const officeAt = (path: string, at: string, files = office) => {
  const plain = at.replace('$0', '');
  const text = files[path] ?? '';
  if (text.split(plain).length !== 2) throw new Error(`\`${plain}\` is not once in ${path}`);
  return ask(path, text.replace(plain, at), files);
};

describe('definition', () => {
  test.each<[string, string, string, string[]]>([
    ['a policy of an experiment', 'e.yaml', 'policies: [$0strict]', ['strict.yaml:3:strict']],
    ['the end of a name', 'e.yaml', 'policies: [strict$0]', ['strict.yaml:3:strict']],
    ['a document by path', 'e.yaml', './lib/$0open.yaml', ['lib/open.yaml:3:open']],
    ['an environment', 'e.yaml', 'environment: of$0fice', ['office.yaml:3:office']],
    ['a task set', 'e.yaml', 'tasks: chor$0es', ['tasks.yaml:3:chores']],
    ['a module', 'e.yaml', './agent$0.mjs', ['agent.mjs']],
    ['a tool of a preset', 'clerk.yaml', 'tools: [$0read_mail', ['office.yaml:7:read_mail']],
    ['the tool of a node', 'clerk.yaml', 'tool: read_$0mail', ['office.yaml:7:read_mail']],
    ['a tool in a condition', 'strict.yaml', 'anyOf: [$0pay', ['office.yaml:9:pay']],
    [
      'a pattern in a condition',
      'strict.yaml',
      'tool.name: "*_ma$0il"',
      ['office.yaml:7:read_mail', 'office.yaml:8:send_mail'],
    ],
    ['a variant in a condition', 'strict.yaml', 'agent.id: fi$0rst', ['e.yaml:8:first']],
    ['the tool of a policy test', 'test.yaml', 'tool: pa$0y', ['office.yaml:9:pay']],
    ['a rule of a policy test', 'test.yaml', 'rules: [no-$0money', ['strict.yaml:9:no-money']],
    ['a budget of a policy test', 'test.yaml', 'sp$0end', ['strict.yaml:6:spend']],
    ['a rule with its policy', 'test.yaml', 'strict/no-$0strangers', ['strict.yaml:11:no-strangers']],
    ['the policy of a rule', 'test.yaml', 'st$0rict/no-strangers', ['strict.yaml:3:strict']],
    ['the parent of a budget', 'strict.yaml', 'parent: $0spend', ['strict.yaml:6:spend']],
    ['the next node', 'clerk.yaml', 'next: $0done', ['clerk.yaml:11:done']],
    ['the first node', 'clerk.yaml', 'start: $0look', ['clerk.yaml:9:look']],
    ['the preset of a step', 'capsule.yaml', 'preset: $0clerk', ['clerk.yaml:3:clerk']],
    ['a step before', 'capsule.yaml', 'needs: ["$0triage"]', ['capsule.yaml:6:triage']],
    ['the tool of a permission', 'capsule.yaml', 'tool: se$0nd_mail', ['office.yaml:8:send_mail']],
    ['a file of a capsule', 'capsule.yaml', '{ path: ./str$0ict.yaml }', ['strict.yaml:3:strict']],
    ['a declaration leads to itself', 'strict.yaml', 'id: no-mo$0ney', ['strict.yaml:9:no-money']],
  ])('%s', (_name, path, at, expected) => {
    const { source, offset, context } = officeAt(path, at);
    expect(definition(source, offset, context)?.targets.map(shown)).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ['a key', 'e.yaml', 'environ$0ment: office'],
    ['an effect', 'strict.yaml', 'default: de$0ny'],
    ['a description', 'office.yaml', 'description: Re$0ads.'],
  ])('%s leads nowhere', (_name, path, at) => {
    const { source, offset, context } = officeAt(path, at);
    expect(definition(source, offset, context)).toBeNull();
  });

  test.each<[string, string, number]>([
    ['an alias leads to its anchor', `${head('Policy')}  rules: [&r { id: a, effect: deny }, *$0r]\n`, 5],
    ['through an alias', `${head('Preset')}  start: *$0n\n  nodes: [&m { id: &n b, type: end }]\n`, 0],
    ['a merged id', `${head('Preset')}  start: $0b\n  nodes: [{ <<: { id: b }, type: end }]\n`, 6],
    ['with CRLF', `${head('Preset')}  start: $0b\n  nodes:\n  - id: b\n    type: end\n`.replaceAll('\n', '\r\n'), 7],
    ['with a byte order mark', `\uFEFF${head('Preset')}  start: $0b\n  nodes: [{ id: b }]\n`, 6],
    ['behind wide characters', `${head('Preset')}  nodes: [{ id: b, prompt: "😀é", next: $0b }]\n`, 5],
    ['with quoted keys', `${head('Preset')}  "start": '$0b'\n  'nodes': [{ "id": "b" }]\n`, 6],
    ['in a second document', `${head('Policy')}---\n${head('Preset')}  start: $0b\n  nodes: [{ id: b }]\n`, 11],
    ['in a broken document', `${head('Preset')}  start: $0b\n  nodes:\n  - id: b\n  - id: "open\n`, 7],
  ])('%s', (_name, marked, line) => {
    const { text, offset } = atCursor(marked);
    const [target] = definition(text, offset)?.targets ?? [];
    // Line 0: there is no such anchor yet, so there is nothing to follow.
    expect(target === undefined ? 0 : readSource(text).lines.positionAt(target.span.start).line + 1).toBe(line);
  });

  test('ids of another document of the file are not meant', () => {
    const nodes = (id: string) => `${head('Preset')}  start: ${id}\n  nodes: [{ id: ${id.replace('$0', '')} }]\n`;
    const { text, offset } = atCursor(`${nodes('b')}---\n${nodes('$0b')}`);
    expect(definition(text, offset)?.targets.map(({ span }) => span.start > text.indexOf('---'))).toEqual([true]);
  });

  test('the whole item is told too', () => {
    const { source, offset, context } = officeAt('strict.yaml', 'parent: $0spend');
    const [target] = definition(source, offset, context)?.targets ?? [];
    expect(source.text.slice(target?.item.start, target?.item.end)).toBe(
      'id: spend, unit: usd, limit: 5'.replace(/^/, '{ ').concat(' }'),
    );
  });
});

describe('type definition', () => {
  test.each<[string, string, string, string[]]>([
    ['of a tool: the tool', 'clerk.yaml', 'tool: read_$0mail', ['office.yaml:7:read_mail']],
    ['of a document: the document', 'e.yaml', 'tasks: chor$0es', ['tasks.yaml:3:chores']],
    ['of another id: the document that has it', 'test.yaml', 'rules: [no-$0money', ['strict.yaml:3:strict']],
    ['of a pattern: all tools', 'strict.yaml', '"*_ma$0il"', ['office.yaml:7:read_mail', 'office.yaml:8:send_mail']],
  ])('%s', (_name, path, at, expected) => {
    const { source, offset, context } = officeAt(path, at);
    expect(typeDefinition(source, offset, context)?.targets.map(shown)).toEqual(expected);
  });
});

describe('references', () => {
  test.each<[string, string, string, string[]]>([
    [
      'of a policy, by name, by path and beside a rule',
      'strict.yaml',
      'name: str$0ict',
      [
        'capsule.yaml:9:./strict.yaml',
        'e.yaml:8:strict',
        'strict.yaml:3:strict',
        'test.yaml:5:strict',
        'test.yaml:8:strict',
      ],
    ],
    [
      'of a tool, in every kind of document, patterns that fit it included',
      'office.yaml',
      'name: $0send_mail',
      ['capsule.yaml:10:send_mail', 'clerk.yaml:6:send_mail', 'office.yaml:8:send_mail', 'strict.yaml:11:*_mail'],
    ],
    [
      'of a tool, from a use',
      'capsule.yaml',
      'tool: se$0nd_mail',
      ['capsule.yaml:10:send_mail', 'clerk.yaml:6:send_mail', 'office.yaml:8:send_mail', 'strict.yaml:11:*_mail'],
    ],
    ['of a rule', 'strict.yaml', 'id: no-mo$0ney', ['strict.yaml:9:no-money', 'test.yaml:8:no-money']],
    ['of a budget', 'strict.yaml', 'id: sp$0end', ['strict.yaml:6:spend', 'strict.yaml:7:spend', 'test.yaml:8:spend']],
    ['of a node', 'clerk.yaml', 'id: lo$0ok', ['clerk.yaml:7:look', 'clerk.yaml:9:look', 'clerk.yaml:10:look']],
    ['of a step', 'capsule.yaml', 'id: tri$0age', ['capsule.yaml:6:triage', 'capsule.yaml:7:triage']],
    ['of a variant', 'e.yaml', 'id: fi$0rst', ['e.yaml:8:first', 'strict.yaml:10:first']],
    [
      'of an environment',
      'office.yaml',
      'name: of$0fice',
      ['clerk.yaml:5:office', 'e.yaml:5:office', 'office.yaml:3:office', 'test.yaml:5:office'],
    ],
    ['of a task', 'tasks.yaml', 'id: so$0rt', ['tasks.yaml:6:sort']],
  ])('%s', (_name, path, at, expected) => {
    const { source, offset, context } = officeAt(path, at);
    const found = references(source, offset, context).map(shown);
    expect(found).toEqual(expected);
    const declared = definition(source, offset, context)?.targets.map(shown) ?? [];
    expect(references(source, offset, context, false).map(shown)).toEqual(
      found.filter((each) => !declared.includes(each)),
    );
  });

  test('of a name that leads nowhere: all that are written so', () => {
    const { source, offset, context } = ask(
      'x.yaml',
      `${head('Experiment')}  policies: [$0gone, gone]\n  tasks: gone\n`,
    );
    expect(references(source, offset, context).map(shown)).toEqual(['x.yaml:5:gone', 'x.yaml:5:gone']);
  });

  test('unsaved text wins over what the workspace knows', () => {
    const { source, offset } = ask('clerk.yaml', `${head('Preset')}  start: $0new\n  nodes: [{ id: new }]\n`);
    const context = workspaceOf(office, 'clerk.yaml');
    expect(references(source, offset, context).map(shown)).toEqual(['clerk.yaml:5:new', 'clerk.yaml:6:new']);
  });

  test('two environments with one tool: a preset means its own, a policy means both', () => {
    const tools = `  module: ./a.mjs\n  tools: [{ name: pay }]\n`;
    const files = {
      'a.yaml': head('Environment', 'a') + tools,
      'b.yaml': head('Environment', 'b') + tools,
      'p.yaml': `${head('Preset')}  environment: a\n  tools: [pay]\n`,
      'q.yaml': `${head('Policy')}  rules: [{ id: r, when: { tool.name: pay } }]\n`,
    };
    const at = (path: keyof typeof files, offset: number) =>
      references(files[path], offset, workspaceOf(files, path)).map(shown);
    const [p, q] = [files['p.yaml'].indexOf('pay'), files['q.yaml'].indexOf('pay')];
    expect(at('p.yaml', p)).toEqual(['a.yaml:6:pay', 'p.yaml:6:pay', 'q.yaml:5:pay']);
    expect(at('q.yaml', q)).toEqual(['a.yaml:6:pay', 'b.yaml:6:pay', 'p.yaml:6:pay', 'q.yaml:5:pay']);
  });
});

describe('nodes, patterns, roles and tags', () => {
  test.each<[string, string, string, string[], string[]]>([
    [
      'a node in the scope of a policy',
      'strict.yaml',
      'nodes: [$0act]',
      ['clerk.yaml:8:act'],
      ['clerk.yaml:6:act', 'clerk.yaml:7:act', 'strict.yaml:5:act', 'strict.yaml:8:act', 'test.yaml:6:act'],
    ],
    [
      'a node in a condition',
      'strict.yaml',
      'agent.node: ac$0t',
      ['clerk.yaml:8:act'],
      ['clerk.yaml:6:act', 'clerk.yaml:7:act', 'strict.yaml:5:act', 'strict.yaml:8:act', 'test.yaml:6:act'],
    ],
    [
      'a node in the scope of a rule',
      'strict.yaml',
      'nodes: [$0done]',
      ['clerk.yaml:8:done'],
      ['clerk.yaml:8:done', 'strict.yaml:9:done'],
    ],
    [
      'a pattern in a condition',
      'strict.yaml',
      'observation.patterns: $0orders',
      ['strict.yaml:6:orders'],
      ['strict.yaml:10:orders', 'test.yaml:6:orders'],
    ],
    [
      'a pattern in a case, with its policy',
      'test.yaml',
      'strict/or$0ders',
      ['strict.yaml:6:orders'],
      ['strict.yaml:10:orders', 'test.yaml:6:orders'],
    ],
    [
      'a role in a condition',
      'strict.yaml',
      'agent.role: [$0boss]',
      ['e.yaml:5:boss'],
      ['strict.yaml:5:boss*', 'strict.yaml:9:boss'],
    ],
    [
      'a role in a scope, which two presets declare',
      'strict.yaml',
      'roles: [$0assistant',
      ['clerk.yaml:5:assistant', 'twin.yaml:5:assistant'],
      ['strict.yaml:5:assistant', 'test.yaml:6:assistant'],
    ],
    [
      'a role where it is declared',
      'twin.yaml',
      'role: $0assistant',
      ['clerk.yaml:5:assistant', 'twin.yaml:5:assistant'],
      ['strict.yaml:5:assistant', 'test.yaml:6:assistant'],
    ],
    [
      'a tag in a scope; tasks have tags of their own',
      'strict.yaml',
      'tags: [$0mail]',
      ['office.yaml:7:mail', 'office.yaml:8:mail'],
      ['strict.yaml:9:mail'],
    ],
    [
      'a tag of a tool',
      'office.yaml',
      'mail, $0send]',
      ['office.yaml:8:send'],
      ['strict.yaml:8:send', 'test.yaml:6:send'],
    ],
  ])('%s', (_name, path, at, declared, uses) => {
    const { source, offset, context } = officeAt(path, at, desks);
    expect(definition(source, offset, context)?.targets.map(shown)).toEqual(declared);
    expect(references(source, offset, context, false).map(shown).toSorted()).toEqual(uses.toSorted());
    const own = [...declared, ...uses].filter((each) => each.startsWith(path)).length;
    expect(highlights(source, offset, context)).toHaveLength(own);
  });

  test('why a signal is unknown is no name', () => {
    const text = `${head('PolicyTest')}  cases: [{ signals: { agent.role: { unknown: $0assistant }, agent.node: act } }]\n`;
    const { source, offset, context } = ask('test.yaml', text, desks);
    expect(definition(source, offset, context)).toBeNull();
  });

  test('a pattern that only its policy names is edited in place', () => {
    const { 'test.yaml': _test, ...files } = desks;
    const { source, offset, context } = officeAt('strict.yaml', 'id: $0orders', files);
    expect(linkedEditing(source, offset, context)).toHaveLength(2);
    expect(linkedEditing(source, offset, workspaceOf(desks, 'strict.yaml'))).toBeNull();
  });
});

describe('highlights', () => {
  test.each<[string, string, string, string[]]>([
    ['an id and its uses', 'clerk.yaml', 'id: lo$0ok', ['7 look', '9 look declared', '10 look']],
    ['a use', 'clerk.yaml', 'start: $0look', ['7 look', '9 look declared', '10 look']],
    ['a tool of another file', 'clerk.yaml', 'tool: read_$0mail', ['6 read_mail', '9 read_mail']],
    ['nothing', 'clerk.yaml', 'ty$0pe: end', []],
  ])('%s', (_name, path, at, expected) => {
    const { source, offset, context } = officeAt(path, at);
    const found = highlights(source, offset, context).map(({ span, declares }) => {
      const line = source.lines.positionAt(span.start).line + 1;
      return `${line} ${source.text.slice(span.start, span.end)}${declares ? ' declared' : ''}`;
    });
    expect(found).toEqual(expected);
  });
});

describe('linked editing', () => {
  test.each<[string, string, string, number | null]>([
    ['an id with uses in its file', 'clerk.yaml', 'id: lo$0ok', 3],
    ['a use', 'clerk.yaml', 'start: $0look', 3],
    ['an id of several quotes', 'capsule.yaml', 'needs: ["$0triage"]', 2],
    ['an id that other files use', 'strict.yaml', 'id: no-mo$0ney', null],
    ['an id that is used nowhere', 'tasks.yaml', 'id: so$0rt', null],
    ['a path', 'e.yaml', './agent$0.mjs', null],
  ])('%s', (_name, path, at, expected) => {
    const { source, offset, context } = officeAt(path, at);
    const spans = linkedEditing(source, offset, context);
    expect(spans?.length ?? null).toBe(expected);
    // What changes together must be written alike.
    expect(new Set(spans?.map(({ start, end }) => source.text.slice(start, end))).size).toBe(expected === null ? 0 : 1);
  });
});

test('an id that a pattern of the file stands for too is not edited in place', () => {
  const tools = `${head('Environment')}  tools: [{ name: pay }]\n---\n`;
  const text = `${tools}${head('Preset')}  tools: [pay]\n---\n${head('Policy')}  rules: [{ when: { tool.name: PATTERN } }]\n`;
  const spansWith = (pattern: string) => {
    const marked = text.replace('PATTERN', pattern);
    return linkedEditing(marked, marked.indexOf('pay'))?.length ?? null;
  };
  expect([spansWith('pay'), spansWith('"pa*"')]).toEqual([3, null]);
});

test('links are the paths of files that are there', () => {
  const shownLinks = (path: string, context: LanguageContext = workspaceOf(office, path)) =>
    links(office[path] ?? '', context).map(
      ({ span, path: to }) => `${office[path]?.slice(span.start, span.end)} ${to}`,
    );
  expect(shownLinks('e.yaml')).toEqual(['./agent.mjs agent.mjs', './lib/open.yaml lib/open.yaml']);
  expect(shownLinks('office.yaml')).toEqual([]);
  expect(shownLinks('lib/open.yaml')).toEqual([]);
  expect(shownLinks('e.yaml', {})).toEqual([]);
});

test('counts stand at documents and ids that are referred to', () => {
  const counts = (path: string, files = office) =>
    referenceCounts(files[path] ?? '', workspaceOf(files, path)).map(
      ({ target, references }) => `${shown(target)} ${references.length}`,
    );
  expect(counts('strict.yaml')).toEqual([
    'strict.yaml:3:strict 4',
    'strict.yaml:6:spend 2',
    'strict.yaml:9:no-money 1',
    'strict.yaml:11:no-strangers 1',
  ]);
  expect(counts('clerk.yaml')).toEqual(['clerk.yaml:3:clerk 3', 'clerk.yaml:9:look 2', 'clerk.yaml:11:done 1']);
  expect(counts('clerk.yaml', desks)).toEqual(['clerk.yaml:3:clerk 1', 'clerk.yaml:8:act 5', 'clerk.yaml:8:done 2']);
  expect(counts('strict.yaml', desks)).toEqual(['strict.yaml:3:strict 2', 'strict.yaml:6:orders 2']);
  expect(counts('office.yaml')).toEqual([
    'office.yaml:3:office 3',
    'office.yaml:7:read_mail 3',
    'office.yaml:8:send_mail 3',
    'office.yaml:9:pay 2',
  ]);
  expect(counts('e.yaml')).toEqual(['e.yaml:8:first 1']);
  expect(counts('tasks.yaml')).toEqual(['tasks.yaml:3:chores 1']);
  expect(counts('test.yaml')).toEqual([]);
});

test('every request answers on broken files, at every offset', () => {
  const broken = [
    '',
    '\uFEFF',
    'kind: "Pol',
    '- [{',
    '[*a]',
    '\t',
    'kind: Preset\nspec: *x',
    'kind: Policy\nspec: {rules: [{id: "a',
  ];
  for (const text of broken) {
    const context = workspaceOf({ 'x.yaml': text }, 'x.yaml');
    const source = readSource(text);
    for (let offset = 0; offset <= text.length; offset++) {
      expect(definition(source, offset, context)).toBeNull();
      for (const request of [references, highlights]) expect(request(source, offset, context)).toEqual([]);
      expect(prepareRename(source, offset, context)).toMatchObject({ ok: false });
    }
  }
});
