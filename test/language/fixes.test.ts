/** What fixes make of a text: the cursor is `$0`, the fix is named by the beginning of its title. */
import { describe, expect, test } from 'vitest';
import { type Fix, fixAll, fixes, type TextEdit } from '../../server/language/fixes/index.ts';
import { diagnose, readSource } from '../../server/language/index.ts';
import { atCursor, capsule, environment, experiment, policy, policytest, preset } from './cases.ts';
import { around } from './workspace-view.ts';

function apply(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const { span, text: put } of edits.toSorted((a, b) => b.span.start - a.span.start))
    result = result.slice(0, span.start) + put + result.slice(span.end);
  return result;
}

const editsOf = (fix: Fix, path: string | null = null) =>
  fix.changes.flatMap((change) => (change.type === 'edit' && change.path === path ? change.edits : []));

type Files = Readonly<Record<string, string>>;

function fixAt(marked: string, title: string, files: Files = {}, digests: Files = {}) {
  const { text, offset } = atCursor(marked);
  const here = { 'here.yaml': text, ...files };
  const found = fixes(text, { start: offset, end: offset }, around('here.yaml', here, digests));
  const fix = found.find((each) => each.title.startsWith(title));
  if (fix === undefined) throw new Error(`no fix \`${title}\` among: ${found.map((each) => each.title).join('; ')}`);
  return { fix, text };
}

const fixed = (marked: string, title: string, files: Files = {}, digests: Files = {}) => {
  const { fix, text } = fixAt(marked, title, files, digests);
  return apply(text, editsOf(fix));
};

/** How many problems of each code a text has. */
const counted = (text: string) => {
  const codes = diagnose(text, around('here.yaml', { 'here.yaml': text })).map(({ code }) => code);
  return new Map([...Map.groupBy(codes, (code) => code)].map(([code, all]) => [code, all.length]));
};

const titlesAt = (marked: string, files: Files = {}) => {
  const { text, offset } = atCursor(marked);
  return fixes(text, { start: offset, end: offset }, around('here.yaml', { 'here.yaml': text, ...files })).map(
    ({ title }) => title,
  );
};

const rules = (...items: string[]) => policy(`  rules:\n${items.map((item) => `    - ${item}`).join('\n')}\n`);
const nodes = (...items: string[]) => preset(`  nodes:\n${items.map((item) => `    - ${item}`).join('\n')}\n`);

describe('a pattern that begins with `*`', () => {
  test.each<[string, string, boolean]>([
    ['tool.name: *_m$0ail', 'tool.name: "*_mail"', true],
    ['tool.name: [*.acme.ex$0ample, b]', 'tool.name: ["*.acme.example", b]', true],
    ['tool.name: [$0*]', 'tool.name: ["*"]', true],
    ['tool.kind: &other read, tool.name: *mai$0l', 'tool.kind: &other read, tool.name: "*mail"', false],
  ])('%s', (before, after, isPreferred) => {
    const rule = (when: string) => policy(`  rules:\n    - { id: a, effect: deny, when: { ${when} } }\n`);
    expect(fixed(rule(before), 'put it in quotes')).toBe(rule(after));
    expect(fixAt(rule(before), 'put it in quotes').fix.isPreferred).toBe(isPreferred);
  });
});

describe('a preset that is made for another environment', () => {
  const place = (name: string, tool: string) =>
    environment(
      `  module: ./x.mjs\n  tools: [{ name: ${tool}, description: D., kind: read, risk: 0, input: { type: object } }]\n`,
    ).replace(/name: \w+/, `name: ${name}`);
  const made = (name: string, spec: string) => preset(spec).replace(/name: \w+/, `name: ${name}`);
  const files = {
    'x.mjs': '',
    'office.yaml': place('office', 'pay'),
    'lab.yaml': place('lab', 'dig'),
    'digger.yaml': made('digger', '  environment: lab\n  tools: [dig]\n'),
    'payer.yaml': made('payer', '  environment: ./office.yaml\n  tools: [pay]\n'),
  };
  const trial = (where: string, who: string) =>
    experiment(
      `  environment: ${where}\n  tasks: t\n  variants: [{ id: a, agent: { module: ./x.mjs }, preset: ${who} }]\n`,
    );

  test('another preset, or the environment that it is made for', () => {
    const text = trial('office', 'dig$0ger');
    expect(fixed(text, 'change to `payer`', files)).toBe(trial('office', 'payer'));
    expect(fixAt(text, 'change to `payer`', files).fix.isPreferred).toBe(true);
    expect(fixed(text, 'run it in `lab`', files)).toBe(trial('lab', 'digger'));
  });

  test('one of several presets, none of them preferred', () => {
    const more = { ...files, 'other.yaml': made('other', '  environment: office\n') };
    const offers = titlesAt(trial('office', 'dig$0ger'), more).filter((title) => /^(change|run)/.test(title));
    expect(offers).toEqual(['change to `payer`', 'change to `other`', 'run it in `lab`']);
    expect(fixAt(trial('office', 'dig$0ger'), 'change to `other`', more).fix.isPreferred).toBe(false);
  });

  test('nothing where the preset names no environment and no preset is made for this one', () => {
    const bare = { ...files, 'digger.yaml': made('digger', '  tools: [dig]\n'), 'payer.yaml': '' };
    expect(titlesAt(trial('office', 'dig$0ger'), bare).filter((title) => /^(change|run)/.test(title))).toEqual([]);
  });
});

describe('an anchor that nothing refers to', () => {
  const rule = (more: string) => policy(`  rules:\n    - id: a\n      effect: deny\n      ${more}\n`);
  test.each<[name: string, before: string, title: string, after: string, isPreferred: boolean]>([
    ['a sign that is text', 'reason: &$0& more # c', 'put it in quotes', 'reason: "&& more" # c', true],
    ['perhaps a name', 'reason: &$0co more', 'put it in quotes', 'reason: "&co more"', false],
    ['in brackets', 'when: { tool.name: [&$0a b, c] }', 'remove `&a`', 'when: { tool.name: [b, c] }', false],
    ['of a mapping', 'when: &$0w\n        tool.risk: 1', 'remove `&w`', 'when:\n        tool.risk: 1', false],
    ['of a text in quotes', 'reason: &$0w "x"', 'remove `&w`', 'reason: "x"', false],
  ])('%s', (_name, before, title, after, isPreferred) => {
    expect(fixed(rule(before), title)).toBe(rule(after));
    expect(fixAt(rule(before), title).fix.isPreferred ?? false).toBe(isPreferred);
  });

  test.each(['reason: &$0w "x"', 'when: &$0w { tool.risk: 1 }', 'reason: &$0w x\n        y', 'on: &$0w observation'])(
    'no quotes for %s',
    (text) => {
      expect(titlesAt(rule(text)).filter((title) => title.includes('quotes'))).toEqual([]);
    },
  );
});

describe('faults of YAML', () => {
  test.each<[name: string, before: string, title: string, after: string]>([
    ['an apostrophe', "reason: 'it's o$0urs'", 'put it in double quotes', 'reason: "it\'s ours"'],
    ['an apostrophe beside double quotes', `reason: 'it$0's "x"'`, "write `''`", `reason: 'it''s "x"'`],
    ['double quotes inside others', 'reason: "s$0ay "no" x"', 'put it in single quotes', `reason: 'say "no" x'`],
    ['double quotes beside an apostrophe', `reason: "it's "no$0""`, 'write `\\"`', `reason: "it's \\"no\\""`],
    ['something behind quotes', 'reason: "no" was$0 said # c', 'put it in quotes', `reason: '"no" was said' # c`],
    [
      'a sign at the beginning',
      'reason: @home in the ev$0ening # c',
      'put it in quotes',
      'reason: "@home in the evening" # c',
    ],
    ['a text on the line of its sign', 'reason: | al$0l of it', 'put it in quotes', 'reason: "| all of it"'],
    ['backslashes', 'reason: "C:\\$0p"', 'write `\\\\`', 'reason: "C:\\\\p"'],
    ['backslashes in single quotes', 'reason: "C:\\$0p"', 'put it in single', "reason: 'C:\\p'"],
    ['a comment without a space', 'reason: "x"#$0c', 'write a space before', 'reason: "x" #c'],
    [
      'too deep',
      'reason: why\n         id$0x: 1\n         b: 2',
      'indent it by 6',
      'reason: why\n      idx: 1\n      b: 2',
    ],
    [
      'between columns',
      'reason: why\n     $0when:\n       tool.risk: 1',
      'indent it by 6',
      'reason: why\n      when:\n        tool.risk: 1',
    ],
    [
      'a word above what belongs to it',
      'whe$0n\n        tool.risk: 1\n        tool.kind: write',
      'write a `:` behind it',
      'when:\n        tool.risk: 1\n        tool.kind: write',
    ],
    ['a comma', 'when: { tool.kind: wri$0te tool.risk: 3 }', 'write a `,`', 'when: { tool.kind: write, tool.risk: 3 }'],
    [
      'a comma behind brackets',
      'when: { tool.kind: [write] to$0ol.risk: 3 }',
      'write a `,`',
      'when: { tool.kind: [write], tool.risk: 3 }',
    ],
    [
      'a comma in a list',
      'when: { tool.kind: ["write" $0"send"] }',
      'write a `,`',
      'when: { tool.kind: ["write", "send"] }',
    ],
    [
      'a comma too many',
      'when: { tool.kind: [write,$0, send] }',
      'remove the `,`',
      'when: { tool.kind: [write, send] }',
    ],
    ['an open quote', 'reason: $0"why', 'close it with `"`', 'reason: "why"'],
    ['an open quote in brackets', "when: { tool.name: $0'pay }", "close it with `'`", "when: { tool.name: 'pay' }"],
    [
      'an open quote before another',
      'when: {\n        "tool.name": $0"pay\n        "tool.kind": "write" }',
      'close it with `"`',
      'when: {\n        "tool.name": "pay",\n        "tool.kind": "write" }',
    ],
    ['an open bracket', 'when: $0{ tool.kind: write # c', 'close it with `}`', 'when: { tool.kind: write } # c'],
    [
      'an open bracket in others',
      'when: { tool.kind: $0[write, send }',
      'close it with `]`',
      'when: { tool.kind: [write, send] }',
    ],
    [
      'an open bracket over lines',
      'when: $0{ tool.kind: write,\n        tool.risk: 3',
      'close it with `}`',
      'when: { tool.kind: write,\n        tool.risk: 3 }',
    ],
  ])('%s', (_name, before, title, after) => {
    const rule = (more: string) =>
      policy(`  rules:\n    - id: a\n      effect: deny\n      ${more}\n    - id: b\n      effect: deny\n`);
    expect(fixed(rule(before), title)).toBe(rule(after));
  });

  test.each<[string, string]>([
    ['  rules: -$0 id: a\n', '  rules:\n    - id: a\n'],
    ['  rules: - id: $0a\n    effect: deny\n', '  rules:\n    - id: a\n      effect: deny\n'],
    [
      '  rules: - id$0: a\n           effect: deny\n         - id: b\n           effect: ask\n',
      '  rules:\n    - id: a\n      effect: deny\n    - id: b\n      effect: ask\n',
    ],
    ['  include: - $0a\n    - b\n', '  include:\n    - a\n    - b\n'],
    ['  include: - $0a\n  default: deny\n', '  include:\n    - a\n  default: deny\n'],
  ])('a list on the line of its key: %j', (before, after) => {
    expect(fixed(policy(before), 'write the list below')).toBe(policy(after));
  });

  test.each([
    [
      'behind a key of several keys, with more below',
      policy('').replace('spec:', 'spec:  $0default: deny\n  rules: []'),
    ],
    ['behind a key of several keys', policy('').replace('spec:', 'spec:  $0default: deny')],
  ])('no quotes for a first key %s', (_name, marked) => {
    expect(titlesAt(marked)).not.toContain('put it in quotes');
  });

  test.each<[indent: string, isPreferred: boolean]>([
    ['\t  ', true],
    ['\t    ', true],
    ['  \t  ', true],
    ['\t ', false],
  ])('spaces for %j bring a key beside the others where a tab may mean as many', (indent, isPreferred) => {
    const { fix, text } = fixAt(policy(`  rules:\n    - id: a\n${indent}$0effect: deny\n`), 'indent with spaces');
    expect(fix.isPreferred).toBe(isPreferred);
    if (isPreferred) expect(apply(text, editsOf(fix))).toBe(policy('  rules:\n    - id: a\n      effect: deny\n'));
  });

  test('where a bracket is open, only that is mended, and nothing that is read from the lines behind it', () => {
    const text = nodes('{ id: b, type: tool, tool: x', '{ id: c, type: che$0ck');
    expect(titlesAt(text).filter((title) => !title.startsWith('hide'))).toEqual([]);
    const closed = nodes('{ id: b, type: tool, tool: x }', '{ id: c, type: che$0ck }');
    expect(titlesAt(closed)).toContain('lead on to a new node `done` that ends');
  });

  test('no quotes for a value that makes no fault', () => {
    const text = policy('  rules:\n    - id: a\n  @ - id: b\n      eff$0ect: deny\n');
    expect(titlesAt(text)).not.toContain('put it in quotes');
  });

  test('a bracket that lines are indented below is not closed on its own line', () => {
    const text = '{$0\n  "apiVersion": "assay/v1",\n  "kind": "Policy",\n  "spec": { "default": "deny" }\n';
    expect(fixed(text, 'close it with `}`')).toBe(`${text.replace('$0', '').trimEnd()} }\n`);
  });

  test('a thousand faults keep nobody waiting', () => {
    const text = policy(`  rules:\n${'    - { id: a effect: deny }\n'.repeat(1_000)}`);
    const file = readSource(text);
    const startedAtMs = performance.now();
    expect(fixAll(file)).toEqual([]);
    expect(fixes(file, { start: 0, end: text.length }).length).toBeGreaterThan(0);
    expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  });

  test('tabs in brackets become as many spaces as they need', () => {
    const before = policy('  rules: [\n$0\t{ id: a, effect: deny },\n\t{ id: b, effect: deny }\n  ]\n');
    expect(fixed(before, 'indent with spaces')).toBe(
      policy('  rules: [\n    { id: a, effect: deny },\n    { id: b, effect: deny }\n  ]\n'),
    );
  });
});

test('the name of a tool that another has stays one of a tool', () => {
  const tool = (name: string) =>
    `    - { name: ${name}, description: D., kind: read, risk: 0, input: { type: object } }\n`;
  const place = (...names: string[]) => environment(`  module: ./x.mjs\n  tools:\n${names.map(tool).join('')}`);
  expect(fixed(place('pay', 'pay_2', 'p$0ay'), 'call this tool')).toBe(place('pay', 'pay_2', 'pay_3'));
  const nameless = place('send_mail', 'x').replace('name: x, ', '$0');
  expect(fixed(nameless, 'insert `name`')).toContain('name: send_mail_2 }');
});

describe('a key with nothing behind it', () => {
  const budget = (rest: string) => policy(`  budgets:\n    - ${rest}\n`);
  test.each<[before: string, title: string, after: string]>([
    [policy('  defa$0ult:\n'), 'write `deny`', policy('  default: deny\n')],
    [policy('  defa$0ult: # c\n'), 'write `deny`', policy('  default: deny # c\n')],
    [policy('  defa$0ult: null # c\n'), 'write `deny`', policy('  default: deny # c\n')],
    [policy('  { "def$0ault": null }\n'), 'write `deny`', policy('  { "default": "deny" }\n')],
    [budget('{ id: a, p$0er: , unit: calls }'), 'write `run`', budget('{ id: a, per: run , unit: calls }')],
    [budget('{ id: a, p$0er, unit: calls }'), 'write `run`', budget('{ id: a, per: run, unit: calls }')],
    [budget('{ id: a, li$0mit, unit: calls }'), 'fill in', budget('{ id: a, limit: 5, unit: calls }')],
    [budget('id: a\n      li$0mit: &most # c'), 'fill in', budget('id: a\n      limit: &most 5 # c')],
    ['api$0Version:\nkind: Policy\n', 'write `assay/v1`', 'apiVersion: assay/v1\nkind: Policy\n'],
  ])('%j', (before, title, after) => {
    expect(fixed(before, title)).toBe(after);
    expect(titlesAt(before).filter((each) => each.startsWith('change to'))).toEqual([]);
  });

  test('an alias is no place to write what it stands for', () => {
    const before = '{ id: a, limit: &most , unit: &what }\n    - { id: b, limit: *most, un$0it: *what }';
    expect(titlesAt(budget(before)).filter((each) => /^(fill|write `)/.test(each))).toEqual([]);
    expect(titlesAt(budget(before.replace('$0', '').replace('*most', '*m$0ost')))).not.toContain('fill in `limit`');
  });

  test('of a key that is written twice, the one with nothing goes', () => {
    const text = policy('  rules:\n  ru$0les:\n    - id: a # why\n      effect: deny\n');
    expect(fixed(text, 'remove `rules`')).toBe(policy('  rules:\n    - id: a # why\n      effect: deny\n'));
  });
});

describe('what other languages of rules write', () => {
  const rule = (more: string) => policy(`  rules:\n    - id: a\n      effect: deny\n      ${more}\n`);
  test.each<[before: string, title: string, after: string]>([
    ['when: { or$0: [{ tool.risk: 3 }] }', 'change to `any`', 'when: { any: [{ tool.risk: 3 }] }'],
    ['when: { and$0: [{ tool.risk: 3 }] }', 'change to `all`', 'when: { all: [{ tool.risk: 3 }] }'],
    ['when: { tool.risk: { gt$0: 3 } }', 'write `atLeast: 4`', 'when: { tool.risk: { atLeast: 4 } }'],
    ['when: { tool.risk: { "<$0": 3 } }', 'write `atMost: 2`', 'when: { tool.risk: { "atMost": 2 } }'],
    ['when: { tool.risk: "$0>= 3" }', 'write `{ atLeast: 3 }`', 'when: { tool.risk: { atLeast: 3 } }'],
    ['when: { tool.risk: $0< 3 }', 'write `{ atMost: 2 }`', 'when: { tool.risk: { atMost: 2 } }'],
    ['when:\n        tool.cost: >=$0 0.5', 'write `{ atLeast: 0.5 }`', 'when:\n        tool.cost: { atLeast: 0.5 }'],
    ['when: { tool.risk: { at$0Least 3 } }', 'write `atLeast: 3`', 'when: { tool.risk: { atLeast: 3 } }'],
    ['when: { tool.risk: { gte$0: 3 } }', 'change to `atLeast`', 'when: { tool.risk: { atLeast: 3 } }'],
    ['when: { tool.cost: { max$0: 0.5 } }', 'change to `atMost`', 'when: { tool.cost: { atMost: 0.5 } }'],
    ['when: { to$0ol: { risk: 3 } }', 'write `tool.risk`', 'when: { tool.risk: 3 }'],
    [
      'when: { to$0ol: { "risk": 3, kind: write }, not: {} }',
      'write `tool.risk`',
      'when: { "tool.risk": 3, tool.kind: write, not: {} }',
    ],
    [
      'when:\n        to$0ol: { risk: 3, kind: write }',
      'write `tool.risk`',
      'when:\n        tool.risk: 3\n        tool.kind: write',
    ],
    [
      'when:\n        to$0ol:\n          risk: { atLeast: 3 }\n          # which\n          kind:\n            - write\n            - read',
      'write `tool.risk`, `tool.kind`',
      'when:\n        tool.risk: { atLeast: 3 }\n        # which\n        tool.kind:\n          - write\n          - read',
    ],
    [
      'when: { all: $0{ tool.risk: 3, tool.kind: write } }',
      'make it a list',
      'when: { all: [{ tool.risk: 3 }, { tool.kind: write }] }',
    ],
    [
      'when:\n        any:\n          $0tool.risk: 3\n          tool.tags:\n            - a\n          tool.kind: write',
      'make it a list',
      'when:\n        any:\n          - tool.risk: 3\n          - tool.tags:\n              - a\n          - tool.kind: write',
    ],
  ])('%s', (before, title, after) => {
    const { fix, text } = fixAt(rule(before), title);
    expect(apply(text, editsOf(fix))).toBe(rule(after));
    expect(fix.isPreferred).toBe(true);
  });

  test('more than an amount is no comparator of amounts', () => {
    expect(titlesAt(rule('when: { tool.cost: ">$0 3" }')).filter((title) => title.startsWith('write `'))).toEqual([]);
  });

  test('a list whose item lacks its dash', () => {
    const before = policy('  rules:\n    i$0d: a\n    effect: deny\n    when:\n      tool.risk: 3\n');
    expect(fixed(before, 'make it a list')).toBe(
      policy('  rules:\n    - id: a\n      effect: deny\n      when:\n        tool.risk: 3\n'),
    );
  });

  test('keys that no item has make no list', () => {
    expect(titlesAt(policy('  rules:\n    $0no-mail: { effect: deny }\n'))).not.toContain('make it a list');
  });
});

describe('paths as Windows writes them', () => {
  const files = { 'agents/a.mjs': '', 'agents/b.mjs': '', 'sub/other.policy.yaml': policy('  default: deny\n') };
  const module = (path: string) => experiment(`  variants:\n    - { id: a, agent: { module: ${path} } }\n`);
  test.each<[before: string, after: string]>([
    [module('.\\agen$0ts\\a.mjs'), module('./agents/a.mjs')],
    [module('".\\\\agen$0ts\\\\a.mjs"'), module('"./agents/a.mjs"')],
    [policy('  include: [sub\\$0other.policy.yaml]\n'), policy('  include: [./sub/other.policy.yaml]\n')],
  ])('%s', (before, after) => {
    const { fix, text } = fixAt(before, 'change to', files);
    expect(apply(text, editsOf(fix))).toBe(after);
    expect(fix.isPreferred).toBe(true);
    expect(fix.problems[0]?.help).toBe('a path has `/` between its folders, on every system');
  });
});

describe('texts that nearly have a form', () => {
  const digest = (letters: string) =>
    capsule(`  policies:\n    - { path: ./a.policy.yaml, digest: "$0sha256:${letters.repeat(32)}" }\n`);
  test.each<[before: string, says: string, after: string | null]>([
    [
      policy('  during: { from: "$024:00", to: "12:00" }\n'),
      'a day begins at `00:00`',
      policy('  during: { from: "00:00", to: "12:00" }\n'),
    ],
    [
      policy('  budgets:\n    - { id: a, unit: calls, per: trial, limit: 3, window: $00s }\n'),
      'longer than nothing',
      null,
    ],
    [digest('AB'), 'lower-case letters', digest('ab').replace('$0', '')],
  ])('%s', (before, says, after) => {
    const { text } = atCursor(before);
    expect(
      diagnose(text)
        .map(({ message }) => message)
        .join(),
    ).toContain(says);
    if (after !== null) expect(fixed(before, 'write')).toBe(after);
  });
});

describe('after a quick fix', () => {
  test.each<[name: string, before: string, title: string, expected: string]>([
    ['a misspelt key', rules('id: a\n      ef$0ect: deny'), 'change to', rules('id: a\n      effect: deny')],
    [
      'a key that is missing beside one without brackets',
      policy('  rules: [i$0d: a, { id: b, effect: deny }]\n'),
      'insert `effect`',
      policy('  rules: [{ id: a, effect: deny }, { id: b, effect: deny }]\n'),
    ],
    ['a misspelt value', policy('  default: d$0eni\n'), 'change to', policy('  default: deny\n')],
    ['a value that is near to none', policy('  default: forb$0id\n'), 'change to `deny`', policy('  default: deny\n')],
    [
      'a misspelt comparator',
      rules('{ id: a, effect: deny, when: { tool.risk: { at-l$0east: 3 } } }'),
      'change to',
      rules('{ id: a, effect: deny, when: { tool.risk: { atLeast: 3 } } }'),
    ],
    [
      'tabs',
      'kind: Policy\nspec:\n\t$0default: deny\n',
      'indent with spaces',
      'kind: Policy\nspec:\n  default: deny\n',
    ],
    [
      'no kind, but keys that only one has',
      '$0apiVersion: assay/v1\nmetadata: { name: x }\nspec: { tasks: t, repetitions: 2 }\n',
      'write `kind: Experiment`',
      'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: x }\nspec: { tasks: t, repetitions: 2 }\n',
    ],
    ['a time of day', policy('  during: { from: "9:$030" }\n'), 'write', policy('  during: { from: "09:30" }\n')],
    [
      'a duration',
      experiment('  limits: { timeout: 5 min$0utes }\n'),
      'write',
      experiment('  limits: { timeout: 5m }\n'),
    ],
    [
      'a duration without its unit',
      experiment('  limits: { timeout: $030 }\n'),
      'write `30s`',
      experiment('  limits: { timeout: 30s }\n'),
    ],
    ['an hour', policy('  during: { from: $09 }\n'), 'write `09:00`', policy('  during: { from: 09:00 }\n')],
    [
      'a version of two numbers',
      policy('').replace('name: x', 'name: x, version: $01.0'),
      'write `1.0.0`',
      policy('').replace('name: x', 'name: x, version: 1.0.0'),
    ],
    [
      'a version in quotes',
      policy('').replace('name: x', 'name: x, version: "$0v2.1"'),
      'write `2.1.0`',
      policy('').replace('name: x', 'name: x, version: "2.1.0"'),
    ],
    [
      'a number for a name, as it is written',
      policy('').replace('name: x', 'name: $01.0'),
      'put it in quotes',
      policy('').replace('name: x', 'name: "1.0"'),
    ],
    ['a name', policy('').replace('name: x', 'name: My $0Policy!'), 'write', policy('').replace('x', 'my-policy')],
    [
      'a space missing behind a key',
      rules('id: a\n      eff$0ect:deny # no'),
      'write a space behind `effect:`',
      rules('id: a\n      effect: deny # no'),
    ],
    [
      'a space missing in a first line',
      rules('eff$0ect:deny\n      id: a'),
      'write a space',
      rules('effect: deny\n      id: a'),
    ],
    ['a space missing in a first key', policy('  def$0ault:deny\n'), 'write a space', policy('  default: deny\n')],
    [
      'a space missing in brackets',
      rules('{ id: a, eff$0ect:deny }'),
      'write a space',
      rules('{ id: a, effect: deny }'),
    ],
    [
      'a colon missing behind a key',
      rules('id: a\n      eff$0ect deny'),
      'write `:` behind `effect`',
      rules('id: a\n      effect: deny'),
    ],
    ['a colon missing in brackets', rules('{ id: a, eff$0ect deny }'), 'write `:`', rules('{ id: a, effect: deny }')],
    [
      'a colon missing before other keys',
      policy('  default d$0eny\n  rules: []\n'),
      'write `:`',
      policy('  default: deny\n  rules: []\n'),
    ],
    [
      'a space missing in the first line of all',
      'apiV$0ersion:assay/v1\nkind: Policy\n',
      'write a space',
      'apiVersion: assay/v1\nkind: Policy\n',
    ],
    [
      'a space missing behind the kind',
      'apiVersion: assay/v1\nki$0nd:Policy\n',
      'write a space',
      'apiVersion: assay/v1\nkind: Policy\n',
    ],
    [
      'a space missing in a condition',
      rules('{ id: a, effect: deny, when: { tool.ri$0sk:3 } }'),
      'write a space',
      rules('{ id: a, effect: deny, when: { tool.risk: 3 } }'),
    ],
    [
      'a space missing behind a dash',
      policy('  rules:\n    -id: $0a\n      effect: deny\n'),
      'write a space behind the `-`',
      policy('  rules:\n    - id: a\n      effect: deny\n'),
    ],
    [
      'a module without its key',
      experiment('  variants:\n    - id: a\n      agent: ./x$0.mjs\n'),
      'write `module:',
      experiment('  variants:\n    - id: a\n      agent: { module: ./x.mjs }\n'),
    ],
    [
      'a file of a capsule without its key',
      capsule('  recordings:\n    - ./x$0.jsonl # why\n'),
      'write `path: ./x.jsonl`',
      capsule('  recordings:\n    - path: ./x.jsonl # why\n'),
    ],
    [
      'a file of a capsule without its key, in brackets',
      capsule('  recordings: ["./x$0.jsonl"]\n'),
      'write `path:',
      capsule('  recordings: [{ path: "./x.jsonl" }]\n'),
    ],
    ['a misspelt kind', 'kind: Polc$0y\n', 'change to', 'kind: Policy\n'],
    [
      'a misspelt node',
      nodes('{ id: look, type: plan, prompt: x, next: dn$0e }', '{ id: done, type: end }'),
      'change to `done`',
      nodes('{ id: look, type: plan, prompt: x, next: done }', '{ id: done, type: end }'),
    ],
    ['a misspelt alias', 'a: &first 1\nb: *fi$0rts\n', 'change to', 'a: &first 1\nb: *first\n'],
    [
      'a missing key in block style',
      rules('i$0d: a\n      # why\n      reason: so # there'),
      'insert `effect`',
      rules('id: a\n      # why\n      reason: so # there\n      effect: deny'),
    ],
    ['a missing key in flow style', rules('{ i$0d: a }'), 'insert `effect`', rules('{ id: a, effect: deny }')],
    [
      'several missing keys with their children',
      'apiVersion: assay/v1\nki$0nd: Experiment\nmetadata: { name: x }\n',
      'insert `spec`',
      `apiVersion: assay/v1
kind: Experiment
metadata: { name: x }
spec:
  environment: mailroom-office
  tasks: mailroom-tasks
  variants:
    - id: obedient-strict
      agent:
        module: ./agents/intent-rules.mjs
`,
    ],
    [
      'a name from the file',
      'apiVersion: assay/v1\nki$0nd: Policy\nspec: {}\n',
      'insert `metadata`',
      'apiVersion: assay/v1\nkind: Policy\nspec: {}\nmetadata:\n  name: here\n',
    ],
    [
      'a key with nothing behind it',
      experiment(
        '  environment: e\n  tasks: t\n  policies: [p]\n  variants:\n    - id: a\n      age$0nt:\n      role: r\n',
      ),
      'fill in',
      experiment(
        '  environment: e\n  tasks: t\n  policies: [p]\n  variants:\n    - id: a\n      agent:\n        module: ./agents/intent-rules.mjs\n      role: r\n',
      ),
    ],
    [
      'an id that another has',
      rules('{ id: a, effect: deny }', '{ id: $0a, effect: ask }'),
      'call this rule',
      rules('{ id: a, effect: deny }', '{ id: a-2, effect: ask }'),
    ],
    [
      'an item that another is like, and its comment',
      rules('id: a\n      effect: deny', 'id: $0a # again\n      effect: deny', 'id: b\n      effect: ask'),
      'remove this rule',
      rules('id: a\n      effect: deny', 'id: b\n      effect: ask'),
    ],
    [
      'a key that is written twice',
      policy('  default: deny\n  def$0ault: ask\n'),
      'remove',
      policy('  default: deny\n'),
    ],
    ['an item that is there twice', preset('  tools: [a, b, $0a]\n'), 'remove it', preset('  tools: [a, b]\n')],
    ['a number in quotes', experiment('  seed: "$07"\n'), 'remove the quotes', experiment('  seed: 7\n')],
    [
      'a text without quotes',
      policy('  rules: [{ id: a, effect: deny, reason: 4$02 }]\n'),
      'put it in quotes',
      policy('  rules: [{ id: a, effect: deny, reason: "42" }]\n'),
    ],
    [
      'one policy for a list',
      experiment('  policies: st$0rict\n'),
      'make it a list',
      experiment('  policies: [strict]\n'),
    ],
    [
      'a range that is reversed',
      rules('{ id: a, effect: deny, when: { tool.risk: { between: $0[4, 2] } } }'),
      'write `[2, 4]`',
      rules('{ id: a, effect: deny, when: { tool.risk: { between: [2, 4] } } }'),
    ],
    [
      'a domain in capitals',
      rules('{ id: a, effect: deny, when: { target.domains: A$0CME.example } }'),
      'write it in lower case',
      rules('{ id: a, effect: deny, when: { target.domains: acme.example } }'),
    ],
    [
      'a URL for a domain',
      rules('{ id: a, effect: deny, when: { target.domains: [https://A$0CME.example/x] } }'),
      'write `acme.example`',
      rules('{ id: a, effect: deny, when: { target.domains: [acme.example] } }'),
    ],
    [
      'a check without else',
      nodes('id: ok\n      type: che$0ck\n      when: { tool.risk: 1 }\n      next: done', '{ id: done, type: end }'),
      'lead on to `done`',
      nodes(
        'id: ok\n      type: check\n      when: { tool.risk: 1 }\n      next: done\n      else: done',
        '{ id: done, type: end }',
      ),
    ],
    [
      'a node that leads nowhere',
      nodes('{ id: done, type: pla$0n, prompt: x }'),
      'lead on to a new node `done-2`',
      nodes('{ id: done, type: plan, prompt: x, next: done-2 }', 'id: done-2\n      type: end'),
    ],
    [
      'a node over lines that leads nowhere',
      nodes('id: a\n      type: pla$0n\n      prompt: x'),
      'lead on to a new node `done`',
      nodes('id: a\n      type: plan\n      prompt: x\n      next: done', 'id: done\n      type: end'),
    ],
    [
      'the id of an item that is an alias',
      rules('&base { id: a, effect: deny }', '*ba$0se'),
      'call this rule `a-2`',
      rules('&base { id: a, effect: deny }', '{ <<: *base, id: a-2 }'),
    ],
    [
      'the id that is merged',
      rules('&base { id: a, effect: deny }', '{ <<: *ba$0se, effect: ask }'),
      'call this rule `a-2`',
      rules('&base { id: a, effect: deny }', '{ <<: *base, effect: ask, id: a-2 }'),
    ],
    [
      'the id that is merged, over lines',
      rules('&base { id: a, effect: deny }', '<<: *ba$0se\n      effect: ask'),
      'call this rule `a-2`',
      rules('&base { id: a, effect: deny }', '<<: *base\n      effect: ask\n      id: a-2'),
    ],
    [
      'an item that is an alias',
      rules('&base { id: a, effect: deny }', '*ba$0se'),
      'remove this rule',
      rules('&base { id: a, effect: deny }'),
    ],
    [
      'an item that is merged',
      rules('&base { id: a, effect: deny }', '{ <<: [*ba$0se] }'),
      'remove this rule',
      rules('&base { id: a, effect: deny }'),
    ],
    [
      'a parent that is not there',
      policy('  budgets:\n    - { id: a, unit: usd, limit: 2, parent: al$0l }\n'),
      'add a budget `all`',
      policy(
        '  budgets:\n    - { id: a, unit: usd, limit: 2, parent: all }\n    - id: all\n      unit: usd\n      limit: 2\n',
      ),
    ],
    [
      'a parent that is not there, of a child with a window',
      policy('  budgets:\n    - { id: a, unit: usd, limit: 2, per: run, window: 1h, parent: al$0l }\n'),
      'add a budget `all`',
      policy(
        '  budgets:\n    - { id: a, unit: usd, limit: 2, per: run, window: 1h, parent: all }\n    - id: all\n      unit: usd\n      limit: 2\n      per: run\n      window: "1h"\n',
      ),
    ],
    [
      'a parent that holds less than its children of the same window',
      policy(
        '  budgets:\n    - { id: all, unit: usd, limit: $05, window: 1h }\n    - { id: a, unit: usd, limit: 3, window: 1h, parent: all }\n    - { id: b, unit: usd, limit: 3, window: 60m, parent: all }\n    - { id: c, unit: usd, limit: 50, window: 1d, parent: all }\n',
      ),
      'raise the limit to `6`',
      policy(
        '  budgets:\n    - { id: all, unit: usd, limit: 6, window: 1h }\n    - { id: a, unit: usd, limit: 3, window: 1h, parent: all }\n    - { id: b, unit: usd, limit: 3, window: 60m, parent: all }\n    - { id: c, unit: usd, limit: 50, window: 1d, parent: all }\n',
      ),
    ],
    [
      'a comment that hides nothing',
      policy('  # assay-disable-next-line schema/va$0lue\n  default: deny\n'),
      'remove this comment',
      policy('  default: deny\n'),
    ],
    [
      'a comment at the end of a line',
      policy('  default: deny # assay-disable-line schema/va$0lue -- later\n'),
      'remove this comment',
      policy('  default: deny\n'),
    ],
    [
      'one code of two',
      policy('  # assay-disable-next-line schema/ty$0pe, schema/value\n  default: x\n'),
      'take `schema/type` out',
      policy('  # assay-disable-next-line schema/value\n  default: x\n'),
    ],
    [
      'a misspelt code',
      policy('  # assay-disable-next-line schema/val$0eu\n  default: x\n'),
      'change to',
      policy('  # assay-disable-next-line schema/value\n  default: x\n'),
    ],
    [
      'a problem to hide',
      rules('{ id: a, effect: $0x }'),
      'hide `schema/value`',
      policy('  rules:\n    # assay-disable-next-line schema/value\n    - { id: a, effect: x }\n'),
    ],
    [
      'a second problem to hide',
      policy('  # assay-disable-next-line meaning/dead-end\n  default: $0x\n'),
      'hide `schema/value`',
      policy('  # assay-disable-next-line meaning/dead-end, schema/value\n  default: x\n'),
    ],
  ])('%s', (_name, before, title, expected) => {
    const { fix, text } = fixAt(before, title);
    const after = apply(text, editsOf(fix));
    expect(after).toBe(expected);
    // What was told is solved, and nothing else has come.
    const [was, is] = [counted(text), counted(after)];
    for (const { code } of fix.problems) expect(is.get(code) ?? 0, code).toBeLessThan(was.get(code) ?? 0);
    // What is known to be a document now may lack keys and policies; what was filled in stands for names of the user's own; what
    // was taken out may have been all that referred to an anchor.
    for (const [code, count] of is)
      if (!/^schema\/missing-key$|^meaning\/(no-policy|unused-anchor)$|^reference\//.test(code))
        expect(count, code).toBeLessThanOrEqual(was.get(code) ?? 0);
  });

  test.each<[before: string, expected: string | null]>([
    ['trial.elapsedMs: 5s', '5000'],
    ['trial.elapsedMs: { atLeast: "5 min" }', '300000'],
    ['trial.elapsedMs: { between: [0, 1.5h] }', '5400000'],
    ['trial.elapsedMs: 5 parsecs', null],
    ['trial.elapsedMs: 0.1ms', null],
    ['observation.sizeBytes: 5MB', '5000000'],
    ['observation.sizeBytes: { atMost: 64 KiB }', '65536'],
    ['observation.sizeBytes: 5M', null],
    ['tool.cost: $5', '5'],
    ['tool.cost: { not: 0.25 USD }', '0.25'],
    ['tool.cost: 5 EUR', null],
    ['tool.cost: 1-2$', null],
    ['time.utc: { atLeast: 2026-01-01 }', '1767225600000'],
    ['time.utc: { atLeast: 2026-01-01T09:00:00+01:00 }', '1767254400000'],
    ['time.utc: { atLeast: 2026-02-30 }', null],
    ['trial.steps: 5s', null],
  ])('an amount with its unit, where a number is taken: %s', (condition, expected) => {
    const on = condition.startsWith('observation') ? 'on: observation, ' : '';
    const text = rules(`{ id: a, ${on}effect: deny, when: { ${condition} } }`);
    const [fix] = fixes(text, { start: 0, end: text.length }).filter(({ title }) => title.startsWith('write `'));
    expect(fix?.title ?? null).toBe(expected === null ? null : `write \`${expected}\``);
    if (fix !== undefined) expect(diagnose(apply(text, editsOf(fix)))).toEqual([]);
  });

  test('money in a budget', () => {
    const budget = (unit: string, limit: string) => policy(`  budgets: [{ id: a, unit: ${unit}, limit: ${limit} }]\n`);
    expect(fixed(budget('usd', '$0$5'), 'write `')).toBe(budget('usd', '5'));
    expect(titlesAt(budget('calls', '$0$5')).join()).not.toMatch(/write `/);
  });

  test.each([
    ['a key that is there', rules('id: a\n      effect: deny\n      eff$0ect ask')],
    ['no key', rules('id: a\n      not$0hing here')],
    ['a text', rules('id: a\n      effect: deny\n      reason: ef$0fect deny')],
  ])('no colon is missing behind %s', (_name, marked) => {
    expect(titlesAt(marked).join()).not.toMatch(/behind/);
  });

  test.each([
    [
      'a key behind a value',
      environment('  tools:\n    - name: a\n      risk: $00 input:\n        type: object\n'),
      'put it in quotes',
    ],
    ['brackets in a text', preset('  tools: a$0, b]\n'), 'make it a list'],
    ['an item behind a key', rules('id: a\n      eff$0ect:- deny'), 'write a space'],
    [
      'a text behind the sign for lines below',
      rules('id: a\n      rea$0son:> why\n      effect: deny'),
      'write a space',
    ],
    [
      'a bracket that does not close',
      rules('id: a\n      wh$0en:{ tool.risk: [3]\n      effect: deny'),
      'write a space',
    ],
  ])('%s: no fix that breaks it further', (_name, marked, title) => {
    expect(titlesAt(marked).join()).not.toContain(title);
  });

  test.each<[string, string, readonly string[]]>([
    ['a word', policy('').replace('name: x', 'name: x, defa$0ult: allow'), ['version', 'description']],
    [
      'a text beside a module',
      experiment('  variants:\n    - id: a\n      agent: { module: ./x.mjs, descr$0iption: hello }\n'),
      [],
    ],
    [
      'nothing at all yet',
      experiment('  variants:\n    - id: a\n      agent: { descr$0iption: }\n'),
      ['module', 'command'],
    ],
  ])('of keys that are not near, those that take %s', (_name, marked, expected) => {
    const found = titlesAt(marked).flatMap((title) => /^change to `(.*)`/.exec(title)?.[1] ?? []);
    expect(found).toEqual(expected);
  });

  test('what has no key is not called one', () => {
    const marked = policy('  default: deny\n  $0: x\n');
    const { text } = atCursor(marked);
    expect(diagnose(text).map(({ message }) => message)).toEqual(['there is no key before this `:`']);
    expect(fixed(marked, 'remove it')).toBe(policy('  default: deny\n'));
    expect(titlesAt(experiment('  limits: { steps: 3 }$0:\n')).join()).not.toMatch(/change to/);
  });

  test('an action that is put into a case says what is done', () => {
    const before = policytest('  policies: [p]\n  cases:\n    - na$0me: a\n      expect: { decision: deny }\n');
    const after = fixed(before, 'insert `action`');
    expect(after).toContain('      action:\n        tool: send_mail\n');
    expect(counted(after).get('meaning/action-without-tool')).toBeUndefined();
  });

  test('a key that its value stands close to is not misspelt', () => {
    const titles = titlesAt(rules('{ id: a, effect: deny, when: { tool.ri$0sk:3 } }'));
    expect(titles.join()).not.toMatch(/change to/);
  });

  test.each<[string, string, string, number]>([
    ['several missing keys', rules('re$0ason: x'), 'insert `id`, `effect`', 2],
    ['several missing keys of a document', experiment('  limits: {}\n').replace('spec', 'sp$0ec'), 'insert', 3],
    ['two values to hide on one line', rules('{ id: a, effect: x$0, on: y }'), 'hide `schema/value`', 2],
  ])('one fix for %s', (_name, marked, title, count) => {
    const { text } = atCursor(marked);
    const line = readSource(text).lines;
    const at = line.lineAt(atCursor(marked).offset);
    const range = { start: line.startOf(at), end: line.endOf(at) };
    const found = fixes(text, range, around('here.yaml', { 'here.yaml': text })).filter((fix) =>
      fix.title.startsWith(title),
    );
    expect(found.map(({ problems }) => problems.length)).toEqual([count]);
  });

  test('line breaks stay as the file has them', () => {
    const text = rules('i$0d: a').replaceAll('\n', '\r\n');
    expect(fixed(text, 'insert `effect`')).toBe(rules('id: a\n      effect: deny').replaceAll('\n', '\r\n'));
    const bare = 'api$0Version: assay/v1\r\nspec: { default: deny }\r\n';
    expect(fixed(bare, 'write `kind: Policy`')).toBe(
      bare.replace('$0', '').replace('v1\r\n', 'v1\r\nkind: Policy\r\n'),
    );
  });
});

describe('styles of mappings', () => {
  const flow = rules('{ id: a, effect: deny, when: { tool.tags: { anyOf: [x, "y, z"] } }, reason: "so: it" }');
  const block = rules(
    'id: a\n      effect: deny\n      when: { tool.tags: { anyOf: [x, "y, z"] } }\n      reason: "so: it"',
  );
  test('an item to lines and back', () => {
    expect(fixed(flow.replace('id: a', 'id:$0 a'), 'write each key')).toBe(block);
    expect(fixed(block.replace('id: a', 'id:$0 a'), 'write it on one line')).toBe(flow);
  });
  test('what stands behind a key to lines and back', () => {
    const opened = block.replace('when: { tool', 'when:\n        tool').replace('"y, z"] } }', '"y, z"] }');
    expect(fixed(block.replace('tool.tags', 'tool$0.tags'), 'write each key')).toBe(opened);
    expect(fixed(opened.replace('when', 'wh$0en'), 'write it on one line')).toBe(block);
  });
  test.each([
    ['a comment inside', rules('id: a # $0x\n      effect: deny')],
    ['a block text', rules('id: $0a\n      reason: |\n        long\n      effect: deny')],
    ['a comma in a plain text', rules('id: $0a\n      reason: a, b\n      effect: deny')],
    ['the document itself', '$0kind: Policy\n'],
  ])('%s is left as it is', (_name, marked) => {
    expect(titlesAt(marked)).not.toContain('write it on one line');
  });
});

const office = `apiVersion: assay/v1
kind: Environment
metadata: { name: office }
spec:
  module: ./office.mjs
  tools:
    - { name: pay, description: Pay., kind: write, risk: 4, tags: [money], input: { type: object } }
`;
const strict = policy('  default: allow\n').replace('name: x', 'name: strict');

/** Each case ends as JSON: nothing that was put in stands there without its quotes. */
describe('in JSON', () => {
  const json = (kind: string, spec: string) =>
    `{"apiVersion":"assay/v1","kind":"${kind}","metadata":{"name":"x"},"spec":{${spec}}}`;
  const files = { 'p.yaml': strict, 'office.yaml': office, 'office.mjs': '' };
  test.each<[name: string, before: string, title: string, expected: string]>([
    [
      'a missing key',
      json('Policy', '"rules":[{"i$0d":"a"}]'),
      'insert `effect`',
      '"rules":[{"id":"a", "effect": "deny"}]',
    ],
    [
      'a missing key of a mapping without keys',
      json('Experiment', '"variants":[{"id":"a","ag$0ent":{}}]'),
      'insert `module`',
      '"variants":[{"id":"a","agent":{ "module": "./agents/intent-rules.mjs" }}]',
    ],
    [
      'a key with nothing behind it',
      json('Policy', '"rul$0es":'),
      'fill in',
      '"rules": [{ "id": "no-writes-after-failures", "effect": "deny" }]',
    ],
    ['a misspelt key', json('Policy', '"def$0alt":"deny"'), 'change to', '"default":"deny"'],
    [
      'a misspelt key without quotes',
      json('Policy', '"rules":[], def$0alt: "deny"'),
      'change to',
      '"rules":[], "default": "deny"',
    ],
    ['a misspelt value', json('Policy', '"default":"d$0eni"'), 'change to', '"default":"deny"'],
    [
      'a duration without its unit',
      json('Experiment', '"limits":{"timeout":$030}'),
      'write',
      '"limits":{"timeout":"30s"}',
    ],
    [
      'an id that another has',
      json('Policy', '"rules":[{"id":"a","effect":"deny"},{"id":"$0a","effect":"ask"}]'),
      'call this rule',
      '"rules":[{"id":"a","effect":"deny"},{"id":"a-2","effect":"ask"}]',
    ],
    [
      'a node that leads nowhere',
      json('Preset', '"nodes":[{"id":"a","type":"pl$0an","prompt":"x"}]'),
      'lead on',
      '"nodes":[{"id":"a","type":"plan","prompt":"x", "next": "done"}, { "id": "done", "type": "end" }]',
    ],
    [
      'a file of a capsule without its key',
      json('Capsule', '"recordings":["./x$0.jsonl"]'),
      'write `"path":',
      '"recordings":[{ "path": "./x.jsonl" }]',
    ],
    [
      'a question that no answer helps',
      json('Policy', '"budgets":[{"id":"a","unit":"usd","limit":2,"onExhausted":"$0ask"}]'),
      'write `deny`',
      '"budgets":[{"id":"a","unit":"usd","limit":2,"onExhausted":"deny"}]',
    ],
    ['a name that is near', json('Experiment', '"policies":["stri$0t"]'), 'change to', '"policies":["strict"]'],
    ['a file that is near', json('Environment', '"module":"./offic$0.mjs"'), 'change to', '"module":"./office.mjs"'],
    [
      'a variant without a policy',
      json('Experiment', '"variants":[{"id":"$0a","agent":{"module":"./office.mjs"}}]'),
      'apply the policy',
      '"variants":[{"id":"a","agent":{"module":"./office.mjs"}, "policies": ["strict"]}]',
    ],
    [
      'a rule on its own',
      json('Policy', '"rules":[{"id":"a$0","effect":"deny"},{"id":"b","effect":"ask"}]'),
      'extract rule',
      '"include": ["a"], "rules":[{"id":"b","effect":"ask"}]',
    ],
  ])('%s', (_name, before, title, spec) => {
    const after = fixed(before, title, files);
    expect(after.slice(after.indexOf('"spec"'))).toBe(`"spec":{${spec}}}`);
    expect(() => JSON.parse(after)).not.toThrow();
  });

  test('no kind', () => {
    expect(fixed('{$0"spec":{"tasks":"t","repetitions":2}}', 'write `kind')).toBe(
      '{"spec":{"tasks":"t","repetitions":2}, "kind": "Experiment"}',
    );
  });
});

describe('across files', () => {
  test('the nearest name', () => {
    const text = experiment('  policies: [stri$0t]\n');
    expect(fixed(text, 'change to `strict`', { 'p.yaml': strict })).toBe(experiment('  policies: [strict]\n'));
  });

  test.each([
    ['a node', nodes('{ id: look, type: plan, prompt: x, next: lo$0k-2 }', '{ id: done, type: end }'), ['`done`']],
    ['a budget', policy('  budgets:\n    - { id: all, unit: usd, limit: 1, parent: a$0l }\n'), []],
    [
      'a step',
      capsule('  workflow:\n    - { id: read, preset: p, needs: [rea$0d-2] }\n    - { id: a, preset: p }\n'),
      ['`a`'],
    ],
    ['a policy', policy('  include: [x$0x]\n'), ['`strict`']],
  ])('%s is never to be part of itself', (_name, marked, expected) => {
    const titles = titlesAt(marked, { 'p.yaml': strict }).filter((title) => title.startsWith('change to'));
    expect(titles).toEqual(expected.map((name) => `change to ${name}`));
    const { text } = atCursor(marked);
    const messages = diagnose(text, around('here.yaml', { 'here.yaml': text, 'p.yaml': strict })).map(
      (problem) => `${problem.message} ${problem.help}`,
    );
    expect(messages.join()).not.toMatch(/did you mean|`x`/);
  });

  test('a variant without a policy is given one', () => {
    const text = experiment('  variants:\n    - id: a$0\n      agent: { module: ./a.mjs }\n');
    expect(fixed(text, 'apply the policy `strict`', { 'p.yaml': strict })).toBe(
      experiment('  variants:\n    - id: a\n      agent: { module: ./a.mjs }\n      policies: [strict]\n'),
    );
  });

  test('a wrong digest is set right, and never without being asked', () => {
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
    const capsule = (marked: string) =>
      `apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: c }\nspec:\n  policies:\n    - path: ./p.yaml\n      digest: ${marked}\n`;
    const files = { 'p.yaml': strict };
    const text = capsule(`$0${digest('a')}`);
    expect(fixed(text, 'take the file as it is now', files, { 'p.yaml': digest('b') })).toBe(capsule(digest('b')));
    const plain = capsule(digest('a'));
    expect(fixAll(plain, around('here.yaml', files, { 'p.yaml': digest('b') }))).toEqual([]);
  });

  const variant = (module: string) => experiment(`  variants: [{ id: a, agent: { module: ${module} } }]\n`);
  const modules = { 'agents/rules.mjs': '', 'agents/readme.txt': '', 'tools/pay.mjs': '', 'plain.js': '' };
  test.each<[string, string, string, string[]]>([
    ['a letter too many', variant('./agents/rulles$0.mjs'), './agents/rules.mjs', []],
    ['in a folder that is misspelt', variant('./agnets/rules.m$0js'), './agents/rules.mjs', []],
    ['with another ending', variant('./plain.m$0js'), './plain.js', []],
    ['in another folder', variant('./agents/pa$0y.mjs'), './tools/pay.mjs', []],
    ['in no folder', variant('./rules.mj$0s'), './agents/rules.mjs', []],
    ['never what is no code', variant('./agents/readme.m$0js'), '', ['readme.txt']],
    ['nothing near', variant('./agents/elsewhere.m$0js'), '', ['change to']],
    ['a policy by its path', experiment('  policies: [./rules/stric$0.yaml]\n'), './rules/strict.yaml', []],
    ['only of the right kind', experiment('  policies: [./offic$0.yaml]\n'), '', ['change to']],
  ])('the nearest file: %s', (_name, marked, expected, absent) => {
    const titles = titlesAt(marked, { ...modules, 'rules/strict.yaml': strict, 'office.yaml': office });
    expect(titles.filter((title) => title.startsWith('change to'))).toEqual(
      expected === '' ? [] : [`change to \`${expected}\``],
    );
    for (const each of absent) expect(titles.join()).not.toContain(each);
  });

  test.each<[string, string, string[]]>([
    ['a policy', experiment('  policies: [ne$0w-one]\n'), ['new-one.policy.yaml']],
    ['an environment with its module', experiment('  environment: la$0b\n'), ['lab.environment.yaml', 'lab.mjs']],
    ['a task set', experiment('  tasks: ch$0ores\n'), ['chores.tasks.yaml']],
    [
      'a preset',
      experiment('  variants: [{ id: a, preset: he$0lper, agent: { module: ./m.mjs } }]\n'),
      ['helper.preset.yaml'],
    ],
    ['a document by its path', experiment('  policies: [./rules/a$0.policy.yaml]\n'), ['rules/a.policy.yaml']],
    ['an agent', experiment('  variants: [{ id: a, agent: { module: ./agents/m$0.mjs } }]\n'), ['agents/m.mjs']],
  ])('%s that is missing is made, and is valid', (_name, marked, paths) => {
    const { fix } = fixAt(marked, 'create the');
    const made = Object.fromEntries(
      fix.changes.flatMap((change) => (change.type === 'create' ? [[change.path, change.text] as const] : [])),
    );
    expect(Object.keys(made)).toEqual(paths);
    for (const [path, text] of Object.entries(made))
      if (path.endsWith('.yaml')) expect(diagnose(text, around(path, made))).toEqual([]);
      else expect(text).toMatch(/export function create(Agent|Environment)\(/);
  });

  test('nothing is made outside the workspace', () => {
    expect(titlesAt(experiment('  policies: [../../x$0.policy.yaml]\n')).join()).not.toMatch(/create/);
  });
});

describe('weekly windows that are open for 24 hours', () => {
  test.each<[name: string, before: string, after: string, isPreferred: boolean]>([
    [
      'from midnight',
      '{ days: [mon], from: "00:00", to: "00:0$00" }',
      '{ days: [mon], from: "00:00", to: "24:00" }',
      true,
    ],
    ['from midnight, which is left out', '{ to: 00:0$00, zone: UTC }', '{ to: 24:00, zone: UTC }', true],
    ['on every day', "{ from: '09:00', to: '09:0$00' }", "{ from: '00:00', to: '24:00' }", true],
    [
      'on some days',
      '{ days: [mon], from: "09:00", to: "09:0$00" }',
      '{ days: [mon], from: "00:00", to: "24:00" }',
      false,
    ],
    [
      'over lines, with comments',
      '\n    # at work\n    days: [mon] # only\n    from: "09:00" # when doors open\n    to: "09:0$00" # when they close',
      '\n    # at work\n    days: [mon] # only\n    from: "00:00" # when doors open\n    to: "24:00" # when they close',
      false,
    ],
    [
      'one of several',
      '\n    - { days: [mon], from: "09:00", to: "09:0$00" }\n    - { days: [tue] }',
      '\n    - { days: [mon], from: "00:00", to: "24:00" }\n    - { days: [tue] }',
      false,
    ],
  ])('%s', (_name, before, after, isPreferred) => {
    const window = (written: string) => policy(`  during: ${written}\n`).replaceAll(': \n', ':\n');
    const title = after.includes('from') && !before.includes('"00:00"') ? 'make it whole days' : 'write `24:00`';
    const { fix, text } = fixAt(window(before), title);
    expect(apply(text, editsOf(fix))).toBe(window(after));
    expect(diagnose(window(after))).toEqual([]);
    expect(fix.isPreferred).toBe(isPreferred);
  });

  test('none where the time is another mapping’s', () => {
    const text = policy('  during: { <<: &day { from: "09:00" }, to: "09:0$00" }\n');
    expect(titlesAt(text).join()).not.toMatch(/whole days|24:00/);
  });
});

describe('tools', () => {
  const bank = environment(`  module: ./office.mjs
  tools:
    - name: pay
      description: Pay.
      kind: write
      risk: 4
      input:
        type: object
        additionalProperties: false
        required: [to, cents]
        properties:
          to: { type: string }
          cents: { type: integer, minimum: 1, maximum: 100 }
          speed: { enum: [slow, fast] }
          level: { enum: [1, 2] }
          urgent: { type: boolean }
          size: { type: string, enum: [s, m] }
    - { name: read, description: Read., kind: read, risk: 0, input: { type: object } }
`).replace('name: x', 'name: bank');
  const files = { 'bank.yaml': bank, 'office.mjs': '' };
  const presetOf = (tools: string, node: string) =>
    preset(
      `  environment: bank\n  tools: ${tools}\n  nodes:\n    - ${node}\n    - { id: done, type: end }\n`,
    ).replaceAll(': \n', ':\n');
  const calling = (tool: string) => `{ id: a, type: tool, tool: ${tool}, next: done }`;

  test.each<[name: string, before: string, title: string, after: string, isPreferred: boolean]>([
    ['in brackets', '[read]', 'add `pay`', '[read, pay]', false],
    ['in brackets over lines', '[\n    read, # mail\n  ]', 'add `pay`', '[\n    read, pay, # mail\n  ]', false],
    [
      'in lines with comments',
      '\n    # mail\n    - read # all\n',
      'add `pay`',
      '\n    # mail\n    - read # all\n    - pay\n',
      false,
    ],
    ['in no lines', '[]', 'add `pay`', '[pay]', false],
  ])('onto the list of a preset, %s', (_name, before, title, after, isPreferred) => {
    const { fix, text } = fixAt(presetOf(before, calling('pa$0y')), title, files);
    expect(apply(text, editsOf(fix))).toBe(presetOf(after, calling('pay')));
    expect(fix.isPreferred ?? false).toBe(isPreferred);
  });

  test('as the list has it, where no environment has the name', () => {
    const marked = preset(
      `  tools: [read, send]\n  nodes:\n    - ${calling('raed$0')}\n    - { id: done, type: end }\n`,
    );
    const { fix, text } = fixAt(marked, 'change to `read`');
    expect(apply(text, editsOf(fix))).toBe(atCursor(marked).text.replace('raed', 'read'));
    expect(fix.isPreferred).toBe(true);
  });

  const tested = (input: string) =>
    policytest(
      `  policies: [strict]\n  environment: bank\n  cases: [{ name: n, action: { tool: pay, input: ${input} }, expect: { decision: deny } }]\n`,
    );
  test.each<[before: string, titles: readonly string[], after: string]>([
    ['{ too$0: eve }', ['change to `to`'], '{ to: eve }'],
    ['{ to: eve, "cen$0s": 1 }', ['change to `cents`', 'remove `cens`'], '{ to: eve, "cents": 1 }'],
    [
      '{ to: eve, at$0: 1 }',
      [
        'change to `cents`',
        'change to `speed`',
        'change to `level`',
        'change to `urgent`',
        'change to `size`',
        'remove `at`',
      ],
      '',
    ],
    ['{ cents: "5$0" }', ['write `5`'], '{ cents: 5 }'],
    ['{ cents: fi$0ve }', [], ''],
    ['{ cents: "500$0" }', [], ''],
    ['{ cents: 500$0 }', ['write `100`'], '{ cents: 100 }'],
    ['{ cents: 0$0 }', ['write `1`'], '{ cents: 1 }'],
    ['{ to: 1.0$0 }', ['write `"1.0"`'], '{ to: "1.0" }'],
    ['{ "to": 5$0 }', ['write `"5"`'], '{ "to": "5" }'],
    ['{ speed: fats$0 }', ['write `fast`'], '{ speed: fast }'],
    ["{ speed: 'any$0' }", ['write `slow`', 'write `fast`'], "{ speed: 'slow' }"],
    ['{ size: 5$0 }', ['write `s`', 'write `m`'], '{ size: s }'],
    ['{ level: "2$0" }', ['write `2`'], '{ level: 2 }'],
    ['{ urgent: yes$0 }', ['write `true`'], '{ urgent: true }'],
  ])('an input of a test that does not fit: %s', (before, titles, after) => {
    const found = titlesAt(tested(before), files).filter((title) => !/^(hide|write (each|it))/.test(title));
    expect(found).toEqual(titles);
    const [first] = titles;
    if (first === undefined || after === '') return;
    const { fix, text } = fixAt(tested(before), first, files);
    expect(apply(text, editsOf(fix))).toBe(tested(after));
    expect(fix.problems.map(({ code }) => code)).toEqual(['meaning/tool-input']);
    expect(fix.isPreferred).toBe(titles.length === 1 || titles[1]?.startsWith('remove'));
    const left = diagnose(tested(after), around('here.yaml', { 'here.yaml': tested(after), ...files }));
    expect(left.filter(({ code }) => code === 'meaning/tool-input')).toEqual([]);
  });

  test('an input of a node that lacks keys, over lines with a comment', () => {
    const node = (rest: string) => `id: a\n      type: tool\n      tool: pay\n      next: done\n      input:${rest}`;
    const before = node('\n        speed: fast # now');
    expect(fixed(presetOf('[pay]', before.replace('input', 'in$0put')), 'insert `to`, `cents`', files)).toBe(
      presetOf('[pay]', node('\n        speed: fast # now\n        to: ""\n        cents: 1')),
    );
    const empty = node(' { to: eve, cents: }');
    expect(fixed(presetOf('[pay]', empty.replace('cents', 'cen$0ts')), 'fill in `cents`', files)).toBe(
      presetOf('[pay]', node(' { to: eve, cents: 1 }')),
    );
  });

  const schema =
    '{ type: object, properties: { to: { type: array, items: { type: string } }, who: { type: object, properties: { mail: { type: string }, a/b: { type: string } } }, cents: { type: integer } } }';
  const targeting = (targets: string, input = schema) =>
    environment(
      `  module: ./office.mjs\n  tools:\n    - name: pay\n      description: P.\n      kind: write\n      risk: 4\n      targets:${targets}\n      input: ${input}\n`,
    );
  test.each<[before: string, titles: readonly string[], after: string]>([
    [' [/too$0] # whom', ['change to `/to`'], ' [/to] # whom'],
    ['\n        - "/who/mial$0" # whom', ['change to `/who/mail`'], '\n        - "/who/mail" # whom'],
    [' [/cents$0]', ['change to `/to`', 'change to `/who/mail`', 'change to `/who/a~1b`'], ' [/to]'],
    [' [/to, /nowhere$0]', ['change to `/who/mail`', 'change to `/who/a~1b`'], ' [/to, /who/mail]'],
  ])('a target that no input has: %s', (before, titles, after) => {
    const found = titlesAt(targeting(before), files).filter((title) => title.startsWith('change to'));
    expect(found).toEqual(titles);
    const { fix, text } = fixAt(targeting(before), titles[0] ?? '', files);
    expect(apply(text, editsOf(fix))).toBe(targeting(after));
    expect(fix.isPreferred).toBe(titles.length === 1);
    expect(diagnose(targeting(after), around('here.yaml', { 'here.yaml': targeting(after), ...files }))).toEqual([]);
  });

  test('no target for an input without texts', () => {
    const text = targeting(' [/nowhere$0]', '{ type: object, properties: { cents: { type: integer } } }');
    expect(titlesAt(text, files).join()).not.toMatch(/change to/);
  });
});

test('on saving, what is certain is mended and nothing else', () => {
  const text = experiment(
    '  Repetitions: 3\n  seed: "7"\n  env: [A, A]\n  # assay-disable-next-line schema/value\n  concurency: 2\n',
  );
  const mended = apply(text, fixAll(text));
  expect(mended).toBe(experiment('  repetitions: 3\n  seed: 7\n  env: [A]\n  concurency: 2\n'));
});

test('every fix for a problem of an unknown environment tool names its problem', () => {
  const text = policy('  rules: [{ id: a, effect: deny, when: { tool.name: pa$0i } }]\n');
  const { fix } = fixAt(text, 'change to `pay`', { 'office.yaml': office, 'office.mjs': '' });
  expect(fix.problems.map(({ code }) => code)).toEqual(['reference/undeclared-tool']);
  expect(fix.isPreferred).toBe(true);
});
