/** Problems of documents that hang together across files, and what completion, definition and renaming make of the same names. */
import { describe, expect, test } from 'vitest';
import { complete, diagnose, readSource } from '../../server/language/index.ts';
import { definition, rename } from '../../server/language/navigation/index.ts';
import { atCursor, policy } from './cases.ts';
import { around } from './workspace-view.ts';

type Files = Readonly<Record<string, string>>;

/** Each problem as `code "the text it stands on" message`. */
const said = (text: string, files: Files = {}) =>
  diagnose(text, around('here.yaml', { 'here.yaml': text, ...files })).map(
    ({ code, span, message }) => `${code} "${text.slice(span.start, span.end)}" ${message}`,
  );

const named = (name: string, spec: string) => policy(spec).replace('name: x', `name: ${name}`);
const rules = (...ids: string[]) => `  rules:\n${ids.map((id) => `    - { id: ${id}, effect: deny }\n`).join('')}`;

describe('rules that a policy test may name', () => {
  const office: Files = {
    'team.yaml': named('team', `  include: [./lib/middle.yaml]\n${rules('own')}`),
    'lib/middle.yaml': named('middle', '  include: [base]\n'),
    'base.yaml': named(
      'base',
      `  include: [team]\n${rules('no-pay')}  budgets: [{ id: few, unit: calls, limit: 1 }]\n`,
    ),
    'law.yaml': named('law', '  constitution: true\n  include: [annex]\n'),
    'annex.yaml': named('annex', rules('no-harm')),
    'other.yaml': named('other', rules('no-play')),
  };
  const testOf = (rule: string) =>
    `apiVersion: assay/v1
kind: PolicyTest
metadata: { name: t }
spec:
  policies: [team]
  cases:
    - { name: a, action: { type: message }, expect: { decision: deny, rules: [${rule}] } }
`;

  test.each(['own', 'team/own', 'no-pay', 'base/no-pay', 'few', 'no-harm', 'annex/no-harm'])('`%s`', (rule) => {
    expect(said(testOf(rule), office)).toEqual([]);
  });

  test('others are not known, and those that are near are told', () => {
    expect(said(testOf('no-play'), office)).toEqual([
      'reference/unknown-rule "no-play" no policy here has a rule or budget `no-play`; did you mean `no-pay`?',
    ]);
  });

  test('who has it is said', () => {
    const text = testOf('no-play');
    const [found] = diagnose(text, around('here.yaml', { ...office, 'here.yaml': text }));
    expect(found?.help).toBe('there is one in `other`');
  });

  test('nothing is told where a policy that is included is missing', () => {
    expect(said(testOf('no-play'), { ...office, 'base.yaml': '' })).toEqual([]);
  });

  test('all of them are offered', () => {
    const { text, offset } = atCursor(testOf('$0'));
    const labels = complete(text, offset, around('here.yaml', { ...office, 'here.yaml': text })).map(
      ({ label }) => label,
    );
    expect(labels).toEqual(expect.arrayContaining(['own', 'no-pay', 'few', 'no-harm']));
    expect(labels).not.toContain('no-play');
  });

  test.each([
    ['no-p$0ay', 'base.yaml'],
    ['base/no-p$0ay', 'base.yaml'],
    ['no-ha$0rm', 'annex.yaml'],
  ])('`%s` leads to where it is declared', (rule, path) => {
    const { text, offset } = atCursor(testOf(rule));
    const found = definition(readSource(text), offset, around('here.yaml', { ...office, 'here.yaml': text }));
    expect(found?.targets.map((target) => target.path)).toEqual([path]);
  });

  test('renaming one reaches the test', () => {
    const text = testOf('no-pay');
    const base = office['base.yaml'] ?? '';
    const at = base.indexOf('no-pay');
    const result = rename(readSource(base), at, 'no-money', around('base.yaml', { ...office, 'here.yaml': text }));
    expect(result.ok && result.files.map(({ path }) => path).toSorted()).toEqual(['base.yaml', 'here.yaml']);
  });
});

describe('policies that include themselves', () => {
  /** With the places that belong to it, as `path "the text"`. */
  const cycles = (text: string, files: Files = {}) =>
    diagnose(text, around('here.yaml', { 'here.yaml': text, ...files })).map(
      ({ code, span, message, related = [] }) => [
        `${code} "${text.slice(span.start, span.end)}" ${message}`,
        ...related.map(({ span, file }) => `${file?.path} "${file?.lines.text.slice(span.start, span.end)}"`),
      ],
    );

  test.each<[string, string, Files, string[][]]>([
    ['none', '[other]', { 'o.yaml': named('other', '  include: [base]\n'), 'b.yaml': named('base', '') }, []],
    ['at once', '[self]', {}, [['policy/include-cycle "self" the policy includes itself: `self` → `self`']]],
    [
      'by path',
      '["./here.yaml"]',
      {},
      [['policy/include-cycle ""./here.yaml"" the policy includes itself: `self` → `self`']],
    ],
    [
      'by way of others',
      '[base, a]',
      {
        'base.yaml': named('base', ''),
        'lib/a.yaml': named('a', '  include: [base, ./b.yaml]\n'),
        'lib/b.yaml': named('b', '  include: [base, a, self]\n'),
      },
      [
        [
          'policy/include-cycle "a" the policy includes itself: `self` → `a` → `b` → `self`',
          'lib/a.yaml "./b.yaml"',
          'lib/b.yaml "self"',
        ],
      ],
    ],
    [
      'others only, which tell it themselves',
      '[a]',
      { 'a.yaml': named('a', '  include: [b]\n'), 'b.yaml': named('b', '  include: [a]\n') },
      [],
    ],
  ])('%s', (_name, include, files, expected) => {
    expect(cycles(named('self', `  include: ${include}\n`), files)).toEqual(expected);
  });
});

describe('files that are not what is meant', () => {
  const files: Files = {
    'p.policy.yaml': named('p', ''),
    'h.preset.yaml': named('h', '').replace('Policy', 'Preset'),
    'README.md': '',
    README: '',
    'agents/a.mjs': '',
    'runs/demo/ledger/0': '',
  };
  const capsule = (spec: string) =>
    `apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: c }\nspec:\n  workflow: []\n${spec}`;

  test.each<[string, string, string[]]>([
    ['parts that are right', 'policies: [{ path: ./p.policy.yaml }], presets: [{ path: ./h.preset.yaml }]', []],
    ['a preset as policy', 'policies: [{ path: ./h.preset.yaml }]', ['`./h.preset.yaml` holds no policy']],
    ['a policy as preset', 'presets: [{ path: ./p.policy.yaml }]', ['`./p.policy.yaml` holds no preset']],
    ['what holds no document', 'policies: [{ path: ./README.md }]', ['`./README.md` holds no policy']],
    ['a folder', 'presets: [{ path: ./agents }]', ['`./agents` is a folder']],
    ['a recording may be a folder', 'recordings: [{ path: ./runs/demo/ledger }]', []],
  ])('capsules: %s', (_name, spec, expected) => {
    const text = capsule(`  ${spec.replaceAll('], ', ']\n  ')}\n`);
    const found = diagnose(text, around('here.yaml', files)).filter(({ code }) => code.startsWith('reference/'));
    expect(found.map(({ message }) => message)).toEqual(expected);
    expect(found.every(({ code }) => code === 'reference/wrong-kind')).toBe(true);
  });

  test.each([
    ['./agents/a.mjs', []],
    ['./README', []],
    ['./agents', ['`./agents` is a folder']],
    ['./README.md', ['`./README.md` is no JavaScript module']],
  ])('modules: %s', (module, expected) => {
    const variants = `[{ id: a, agent: { module: ${module} }, policies: [p] }]`;
    const text = named('e', `  variants: ${variants}\n`).replace('Policy', 'Experiment');
    const found = diagnose(text, around('here.yaml', files)).filter(({ code }) => code.startsWith('reference/'));
    expect(found.map(({ message }) => message)).toEqual(expected);
  });

  test('a file of another workspace is not said to hold nothing', () => {
    expect(said(named('here', '  include: [../b/p.policy.yaml]\n'), { '../b/p.policy.yaml': '' })).toEqual([
      'reference/outside-workspace "../b/p.policy.yaml" `../b/p.policy.yaml` cannot be referred to: it lies outside this workspace',
    ]);
  });
});

describe('calls of tools', () => {
  const schema =
    '{ type: object, properties: { to: { type: array, items: { type: string } }, cents: { type: integer, minimum: 1 }, how: { enum: [now, later] }, who: { type: object, properties: { name: { type: string } }, additionalProperties: false } }, required: [to] }';
  const office = {
    'o.yaml': `apiVersion: assay/v1
kind: Environment
metadata: { name: office }
spec:
  module: ./o.mjs
  tools:
    - { name: pay, description: P., kind: write, risk: 4, input: ${schema} }
    - { name: free, description: P., kind: write, risk: 4, input: {} }
    - { name: closed, description: P., kind: write, risk: 4, input: { additionalProperties: false, properties: { a: {} } } }
`,
    'p.yaml': named('p', ''),
    'o.mjs': '',
  };
  const inputOf = (input: string, tool = 'pay') =>
    said(
      `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [p]\n  environment: office\n  cases: [{ name: a, action: { tool: ${tool}, input: ${input} }, expect: { decision: deny } }]\n`,
      office,
    );

  test.each<[string, string[]]>([
    ['{ to: [ann] }', []],
    ['{ cents: 3, other: 1, how: now }', []],
    ['{ too: 1 }', ['meaning/tool-input "too" `pay` takes no `too`; did you mean `to`?']],
    ['{ to: ann }', ['meaning/tool-input "ann" `to` takes a list, not the text `ann`']],
    ['{ to: [1] }', ['meaning/tool-input "1" an item of `to` takes text, not `1`']],
    ['{ cents: 0 }', ['meaning/tool-input "0" `cents` takes 1 or more, not `0`']],
    ['{ cents: }', ['meaning/tool-input "cents" `cents` takes a whole number; nothing stands here']],
    ['{ how: never }', ['meaning/tool-input "never" `how` takes one of `now`, `later`, not the text `never`']],
    ['{ who: { alias: x } }', ['meaning/tool-input "alias" `who` takes no `alias`; it takes `name`']],
  ])('a case with `%s`', (input, expected) => {
    expect(inputOf(input)).toEqual(expected);
  });

  test('of what a schema does not say nothing is told', () => {
    expect(inputOf('{ anything: [1] }', 'free')).toEqual([]);
    expect(inputOf('{ t: 1 }')).toEqual([]);
    expect(inputOf('{ what: 1 }', 'closed')).toEqual([
      'meaning/tool-input "what" `closed` takes no `what`; it takes `a`',
    ]);
  });

  test('what was done before is looked at, too', () => {
    const text = `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [p]\n  environment: office\n  cases:\n    - { name: a, before: [{ action: { tool: pay, input: { to: ann } } }], action: { type: message }, expect: { decision: deny } }\n`;
    expect(said(text, office)).toEqual(['meaning/tool-input "ann" `to` takes a list, not the text `ann`']);
  });

  const nodesOf = (spec: string, ...nodes: string[]) =>
    said(
      `apiVersion: assay/v1\nkind: Preset\nmetadata: { name: t }\nspec:\n  environment: office\n${spec}  nodes:\n${nodes.map((node) => `    - { id: n, type: tool, ${node}, next: end }\n`).join('')}    - { id: end, type: end }\n`,
      office,
    );
  const unlisted = (tool: string) =>
    `meaning/unlisted-tool "${tool}" \`${tool}\` is not among the tools of this preset, so its agent may not call it`;
  test.each<[string, string, string, string[]]>([
    ['whatever is declared, without a list', '', 'tool: pay', []],
    ['what the list has', '  tools: [pay]\n', 'tool: pay', []],
    ['what the list leaves out', '  tools: [free]\n', 'tool: pay', [unlisted('pay')]],
    [
      'what is no tool at all',
      '  tools: [free]\n',
      'tool: payy',
      ['reference/unknown-tool "payy" the environment `office` has no tool `payy`; did you mean `pay`?'],
    ],
    [
      'a part of an input',
      '',
      'tool: pay, input: { cents: 1 }',
      ['meaning/tool-input "input" `pay` needs `to` in its input'],
    ],
    [
      'a misspelt key',
      '',
      'tool: pay, input: { too: 1 }',
      ['meaning/tool-input "too" `pay` takes no `too`; did you mean `to`?'],
    ],
  ])('nodes: %s', (_name, spec, node, expected) => {
    expect(nodesOf(spec, node)).toEqual(expected);
  });
});

describe('actions of cases', () => {
  const caseOf = (parts: string) =>
    `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [p]\n  cases: [{ name: a, ${parts}, expect: { decision: deny } }]\n`;
  const nothing = 'this action says nothing of what is done';
  test.each<[string, string[]]>([
    ['action: { tool: pay }', []],
    ['action: { type: message }', []],
    ['action: { type: tool }, signals: { tool.name: pay }', []],
    ['action: {}', [`meaning/action-without-tool "{}" ${nothing}`]],
    ['action: { type: tool, input: {} }', [`meaning/action-without-tool "{ type: tool, input: {} }" ${nothing}`]],
    ['before: [{ action: {} }], action: { tool: pay }', [`meaning/action-without-tool "{}" ${nothing}`]],
    [
      'action: { type: message, tool: pay }',
      ['meaning/idle-key "tool" `tool` does nothing in an action of type `message`'],
    ],
  ])('`%s`', (parts, expected) => {
    expect(said(caseOf(parts), { 'p.yaml': named('p', '') })).toEqual(expected);
  });
});

describe('whom policies are about', () => {
  const preset = (spec: string) => `apiVersion: assay/v1\nkind: Preset\nmetadata: { name: h }\nspec:\n${spec}`;
  const variants = (...items: string[]) =>
    `apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: e }\nspec:\n  variants: [${items.join(', ')}]\n`;
  const workspace: Files = {
    'h.yaml': preset('  role: assistant\n  nodes: [{ id: look-up, type: end }]\n'),
    'e.yaml': variants('{ id: guarded, role: intern }', '{ id: open, preset: h }'),
    'o.yaml':
      'apiVersion: assay/v1\nkind: Environment\nmetadata: { name: o }\nspec:\n  module: ./o.mjs\n  tools: [{ name: pay, description: P., kind: write, risk: 4, tags: [money], input: {} }]\n',
  };
  const rule = (parts: string) => policy(`  rules: [{ id: a, effect: deny, ${parts} }]\n`);
  const role = 'no preset or experiment of this workspace gives the role';

  test.each<[string, string[]]>([
    ['scope: { roles: [assistant, intern], nodes: [look-up], tags: [money] }', []],
    [
      'scope: { roles: [asistant, intern] }',
      [`reference/undeclared-role "asistant" ${role} \`asistant\`; did you mean \`assistant\`?`],
    ],
    ['scope: { roles: [auditor] }', [`reference/undeclared-role "auditor" ${role} \`auditor\``]],
    ['scope: { roles: [auditor, intern] }', []],
    ['scope: { roles: [auditor, assist*] }', []],
    [
      'scope: { nodes: [lookup] }',
      ['reference/undeclared-node "lookup" no preset of this workspace has the node `lookup`; did you mean `look-up`?'],
    ],
    [
      'scope: { tags: [mony, money] }',
      [
        'reference/undeclared-tag "mony" no environment of this workspace declares the tag `mony`; did you mean `money`?',
      ],
    ],
    ['when: { agent.role: assistant, agent.node: look*, agent.id: [open] }', []],
    ['when: { agent.role: { not: auditor } }', []],
    ['when: { not: { agent.role: auditor } }', []],
    [
      'when: { any: [{ agent.role: { not: [interm] } }] }',
      [`reference/undeclared-role "interm" ${role} \`interm\`; did you mean \`intern\`?`],
    ],
    [
      'unless: { agent.id: guard }',
      ['reference/undeclared-variant "guard" no experiment of this workspace has the variant `guard`'],
    ],
  ])('%s', (parts, expected) => {
    expect(said(rule(parts), workspace)).toEqual(expected);
  });

  test('the scope of a whole policy, too', () => {
    expect(said(policy('  scope: { roles: [interns] }\n'), workspace)).toEqual([
      `reference/undeclared-role "interns" ${role} \`interns\`; did you mean \`intern\`?`,
    ]);
  });

  test('where nobody says what agents are called, nothing is told', () => {
    expect(said(rule('scope: { roles: [anybody], nodes: [x], tags: [y] }, when: { agent.id: z }'))).toEqual([]);
  });

  test('an agent without a role has the one of the schema', () => {
    const files = { 'e.yaml': variants('{ id: a }') };
    expect(said(rule('scope: { roles: [agent] }'), files)).toEqual([]);
    expect(said(rule('scope: { roles: [somebody] }'), files)).toHaveLength(1);
  });
});

describe('tools of presets', () => {
  const head = (kind: string, name: string) =>
    `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
  const place = (name: string, ...tools: string[]) =>
    `${head('Environment', name)}  module: ./x.mjs\n  tools:\n${tools.map((tool) => `    - { name: ${tool}, description: T., kind: read, risk: 0, input: {} }\n`).join('')}`;
  const files: Files = {
    'x.mjs': '',
    'office.yaml': place('office', 'pay', 'look'),
    'sub/lab.yaml': place('lab', 'dig', 'look').replace('./x', '../x'),
    'tasks.yaml': `${head('TaskSet', 'chores')}  tasks: [{ id: a, instruction: Do. }]\n`,
    'p.yaml': named('strict', '  default: deny\n'),
  };
  const trial = (preset: string) =>
    `${head('Experiment', 'e')}  environment: office\n  tasks: chores\n  policies: [strict]\n  variants: [{ id: a, agent: { module: ./x.mjs }, preset: ${preset} }]\n`;
  const presetOf = (spec: string) => ({ ...files, 'sub/preset.yaml': `${head('Preset', 'helper')}${spec}` });

  test.each<[string, string, string[]]>([
    ['no list', '  role: r\n', []],
    ['an empty list', '  environment: lab\n  tools: []\n', []],
    ['all there', '  tools: [look, pay]\n', []],
    [
      'none there',
      '  environment: lab\n  tools: [dig]\n',
      [
        'meaning/missing-tools "helper" `office` declares none of the tools of `helper`, so this agent has no tools; `helper` is made for `lab`; name a preset for `office`, or declare these tools there',
      ],
    ],
    [
      'its environment by path',
      '  environment: ./lab.yaml\n  tools: [look, dig]\n',
      [
        'meaning/missing-tools "helper" `office` does not declare `dig`, so this agent does not have all tools of `helper`; `helper` is made for `lab`; name a preset for `office`, or declare these tools there',
      ],
    ],
    [
      'no environment of its own',
      '  tools: [dig]\n',
      [
        'meaning/missing-tools "helper" `office` declares none of the tools of `helper`, so this agent has no tools; name a preset for `office`, or declare these tools there',
      ],
    ],
    ['what is told in the preset itself', '  environment: office\n  tools: [dig]\n', []],
  ])('an experiment in another environment: %s', (_name, spec, expected) => {
    const text = trial('helper');
    const found = diagnose(text, around('here.yaml', { 'here.yaml': text, ...presetOf(spec) }));
    expect(
      found.map(({ code, span, message, help }) => `${code} "${text.slice(span.start, span.end)}" ${message}; ${help}`),
    ).toEqual(expected);
  });

  const preset = (spec: string) => `${head('Preset', 'x')}${spec}`;
  const nodes = (tool: string) => `  nodes: [{ id: a, type: tool, tool: ${tool}, next: b }, { id: b, type: end }]\n`;
  test.each<[string, string, Files, string[]]>([
    ['of any environment', preset('  tools: [pay, dig]\n'), files, []],
    [
      'of none',
      preset('  tools: [payy]\n'),
      files,
      [
        'reference/undeclared-tool "payy" no environment of this workspace declares the tool `payy`; did you mean `pay`?',
      ],
    ],
    ['where there is no environment', preset('  tools: [payy]\n'), { 'p.yaml': files['p.yaml'] ?? '' }, []],
    [
      'of a node',
      preset(nodes('digg')),
      files,
      [
        'reference/undeclared-tool "digg" no environment of this workspace declares the tool `digg`; did you mean `dig`?',
      ],
    ],
    [
      'of a node, not among its own',
      preset(`  tools: [pay]\n${nodes('swim')}`),
      files,
      ['reference/undeclared-tool "swim" no environment of this workspace declares the tool `swim`'],
    ],
    [
      'of a node, listed nowhere',
      preset(`  tools: [pay]\n${nodes('dig')}`),
      files,
      ['meaning/unlisted-tool "dig" `dig` is not among the tools of this preset, so its agent may not call it'],
    ],
  ])('a preset without environment: tools %s', (_name, text, beside, expected) => {
    expect(said(text, beside)).toEqual(expected);
  });
});

describe('names that lead nowhere', () => {
  const of = (kind: string, spec: string) =>
    `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: x }\nspec:\n${spec}\n`;
  const files: Files = {
    'a.mjs': '',
    'p.yaml': named('strict', '  default: deny\n'),
    'office.yaml':
      'apiVersion: assay/v1\nkind: Environment\nmetadata: { name: office }\nspec:\n  module: ./a.mjs\n  tools: [{ name: pay, description: P., kind: write, risk: 4, input: {} }]\n',
    'helper.yaml': 'apiVersion: assay/v1\nkind: Preset\nmetadata: { name: helper }\nspec: { role: r }\n',
  };
  const nodes =
    '  nodes: [{ id: go, type: check, when: { tool.risk: 1 }, next: end, else: end }, { id: end, type: end }]';
  const testOf = (more: string, action = '{ tool: pay }') =>
    of(
      'PolicyTest',
      `  policies: [strict]\n  environment: office\n  cases: [{ name: a, ${more}action: ${action}, expect: { decision: deny } }]`,
    );

  test.each<[string, string, string[]]>([
    [
      'the start of a preset',
      of('Preset', `  start: og\n${nodes}`),
      ['meaning/unknown-node "og" there is no node `og` in this document; did you mean `go`?'],
    ],
    [
      'what a node leads to',
      of('Preset', nodes.replace('next: end', 'next: ned')),
      ['meaning/unknown-node "ned" there is no node `ned` in this document; did you mean `end`?'],
    ],
    [
      'what a node leads to otherwise',
      of('Preset', nodes.replace('else: end', 'else: ned')),
      ['meaning/unknown-node "ned" there is no node `ned` in this document; did you mean `end`?'],
    ],
    [
      'the environment of a preset',
      of('Preset', '  environment: offic'),
      [
        'reference/unknown-environment "offic" no environment in this workspace is called `offic`; did you mean `office`?',
      ],
    ],
    [
      'the environment of a policy test',
      testOf('').replace('environment: office', 'environment: offic'),
      [
        'reference/unknown-environment "offic" no environment in this workspace is called `offic`; did you mean `office`?',
      ],
    ],
    [
      'a tool of a policy test',
      testOf('', '{ tool: payy }'),
      ['reference/unknown-tool "payy" the environment `office` has no tool `payy`; did you mean `pay`?'],
    ],
    [
      'a tool that was called before',
      testOf('before: [{ action: { tool: payy } }], '),
      ['reference/unknown-tool "payy" the environment `office` has no tool `payy`; did you mean `pay`?'],
    ],
    [
      'the preset of a step',
      of('Capsule', '  workflow: [{ id: a, preset: helpr }]'),
      ['reference/unknown-preset "helpr" no preset in this workspace is called `helpr`; did you mean `helper`?'],
    ],
    [
      'a tool that a capsule may use',
      of('Capsule', '  permissions: [{ tool: payy }]'),
      ['reference/unknown-tool "payy" no environment here has a tool `payy`; did you mean `pay`?'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(said(text, files)).toEqual(expected);
  });

  test.each(['presets', 'policies', 'recordings'])('a digest under `%s` that is not the one of its file', (list) => {
    const [real, other] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
    const path = { presets: './helper.yaml', policies: './p.yaml' }[list] ?? './a.mjs';
    const digests = { 'helper.yaml': real, 'p.yaml': real, 'a.mjs': real };
    const found = (digest: string) => {
      const text = of('Capsule', `  ${list}: [{ path: ${path}, digest: "${digest}" }]`);
      return diagnose(text, around('here.yaml', { 'here.yaml': text, ...files }, digests)).map(({ code }) => code);
    };
    expect(found(other)).toEqual(['reference/wrong-digest']);
    expect(found(real)).toEqual([]);
  });

  test('a name that more than one document has, with the place of each', () => {
    const text = of('PolicyTest', '  policies: [strict]\n  cases: []');
    const all = { ...files, 'sub/again.yaml': files['p.yaml'] ?? '' };
    const [found] = diagnose(text, around('here.yaml', { 'here.yaml': text, ...all }));
    expect(found?.code).toBe('reference/ambiguous');
    expect(
      found?.related?.map(({ span, message, file }) => [
        file?.path,
        file?.lines.text.slice(span.start, span.end),
        message,
      ]),
    ).toEqual([
      ['p.yaml', 'strict', 'it is named here'],
      ['sub/again.yaml', 'strict', 'it is named here'],
    ]);
  });
});
