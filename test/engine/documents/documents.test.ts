/** What is told of broken documents, and where: one row for each kind of fault. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  asKind,
  checkIds,
  checkReferences,
  readDocuments,
  type WorkspaceView,
} from '../../../server/engine/documents/index.ts';

const policy = (spec: string) => `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n${spec}`;
const experiment = (spec: string) => `apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: e }\nspec:\n${spec}`;
const preset = (spec: string) => `apiVersion: assay/v1\nkind: Preset\nmetadata: { name: a }\nspec:\n${spec}`;
const capsule = (spec: string) => `apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: c }\nspec:\n${spec}`;
const policytest = (spec: string) => `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n${spec}`;

/** Each problem as `code "the text it stands on" message`. */
const problemsOf = (text: string) =>
  readDocuments(text)
    .flatMap((document) => [...document.problems, ...checkIds(document)])
    .map(({ code, span, message }) => `${code} "${text.slice(span.start, span.end)}" ${message}`);

describe('what aliases and merge keys repeat', () => {
  const base = '&base { id: a, effect: deny }';
  const rules = (...items: string[]) => policy(`  rules:\n${items.map((item) => `    - ${item}\n`).join('')}`);
  /** Each problem as `code at LINE:"text", first at LINE:"text"`; the first rule is on line 1. */
  const told = (text: string) => {
    const at = ({ start, end }: { start: number; end: number }) =>
      `${text.slice(0, start).split('\n').length - 5}:"${text.slice(start, end)}"`;
    return readDocuments(text)
      .flatMap((document) => [...document.problems, ...checkIds(document)])
      .map(({ code, span, related = [] }) => [`${code} ${at(span)}`, ...related.map((each) => at(each.span))]);
  };

  test.each<[string, string, string[]]>([
    ['an item', rules(base, '*base'), ['meaning/duplicate-rule 2:"*base"', '1:"a"']],
    ['merged keys', rules(base, '{ <<: *base }'), ['meaning/duplicate-rule 2:"*base"', '1:"a"']],
    [
      'keys of one of several',
      rules(base, '{ <<: [{ effect: ask }, *base] }'),
      ['meaning/duplicate-rule 2:"*base"', '1:"a"'],
    ],
    [
      'an id alone',
      rules('{ id: &i a, effect: deny }', '{ id: *i, effect: deny }'),
      ['meaning/duplicate-rule 2:"*i"', '1:"a"'],
    ],
    [
      'an alias that stands first',
      policy(`  rules: [*base, { id: a, effect: ask }]\n`).replace(
        'metadata: { name: p }',
        'metadata: { name: p, x: &base { id: a, effect: deny } }',
      ),
      ['meaning/duplicate-rule 0:"a"', '0:"*base"'],
    ],
  ])('%s has its place where the alias is', (_name, text, expected) => {
    expect(told(text).filter(([first]) => first?.startsWith('meaning/'))).toEqual([expected]);
  });

  test('a list is told of where it is written', () => {
    const list = '  rules: &r\n    - { id: a, effect: deny }\n    - { id: a, effect: ask }\n';
    const text = policy('  rules: *r\n').replace(
      'metadata: { name: p }\nspec:\n',
      `x:\n${list}metadata: { name: p }\nspec:\n`,
    );
    const [[first = '', second = ''] = []] = told(text).filter(([each]) => each?.startsWith('meaning/'));
    expect([first.split(':')[1], second.split(':')[1]]).toEqual(['"a"', '"a"']);
    expect(first).not.toBe(`meaning/duplicate-rule ${second}`);
  });

  test('a fault behind an anchor is told once, however often it is repeated', () => {
    const items = Array.from({ length: 20 }, (_, i) => `{ <<: *base, id: b${i} }`);
    expect(told(rules('&base { id: a, efect: deny }', ...items))).toEqual([['schema/unknown-key 1:"efect"']]);
  });
});

describe('problems', () => {
  test.each<[string, string, string[]]>([
    ['a valid policy', policy('  rules:\n    - { id: a, effect: deny, when: { tool.risk: { atLeast: 3 } } }'), []],
    ['nothing', '', ['schema/empty-file "" this file is empty; begin with `apiVersion: assay/v1` and `kind:`']],
    [
      'no kind',
      'apiVersion: assay/v1\n',
      ['schema/missing-kind "apiVersion" this document does not say what it is; write `kind:` and one of the kinds'],
    ],
    ['a misspelt kind', 'kind: Polcy\n', ['schema/unknown-kind "Polcy" unknown kind `Polcy`; did you mean `Policy`?']],
    [
      'a wrong version',
      'apiVersion: v1\nkind: Policy\nmetadata: { name: p }\nspec: {}',
      ['schema/value "v1" `apiVersion` takes `assay/v1`, not the text `v1`'],
    ],
    [
      'a misspelt key',
      policy('  rules:\n    - id: a\n      efect: deny'),
      ['schema/unknown-key "efect" unknown key `efect`; did you mean `effect`?'],
    ],
    [
      'a missing key',
      policy('  rules:\n    - id: a'),
      ['schema/missing-key "id" an item of `rules` needs the key `effect`'],
    ],
    [
      'a missing key at the top',
      'apiVersion: assay/v1\nkind: Policy\nspec: {}',
      ['schema/missing-key "kind" this document needs the key `metadata`'],
    ],
    [
      'a misspelt value',
      policy('  default: denny'),
      [
        'schema/value "denny" `default` takes one of `allow`, `ask`, `deny`, `halt`, not the text `denny`; did you mean `deny`?',
      ],
    ],
    [
      'a text for a number',
      experiment(
        '  repetitions: "3"\n  environment: e\n  tasks: t\n  variants: [{ id: a, agent: { module: ./a.mjs } }]',
      ),
      ['schema/type ""3"" `repetitions` takes a whole number, not the text `3`'],
    ],
    [
      'a number out of range',
      experiment('  repetitions: 0\n  environment: e\n  tasks: t\n  variants: [{ id: a, agent: { module: ./a.mjs } }]'),
      ['schema/range "0" `repetitions` takes 1 or more, not `0`'],
    ],
    [
      'a duration in words',
      experiment(
        '  limits: { timeout: 5 minutes }\n  environment: e\n  tasks: t\n  variants: [{ id: a, agent: { module: ./a.mjs } }]',
      ),
      [
        'schema/format "5 minutes" the text `5 minutes` does not fit: a duration is a whole number and a unit, `ms`, `s`, `m`, `h` or `d`, such as `30s`',
      ],
    ],
    [
      'neither of two keys',
      experiment('  environment: e\n  tasks: t\n  variants: [{ id: a, agent: {} }]'),
      ['schema/missing-key "agent" `agent` needs `module` or `command`'],
    ],
    [
      'both of two keys',
      experiment('  environment: e\n  tasks: t\n  variants: [{ id: a, agent: { module: x, command: [y] } }]'),
      ['schema/exclusive-keys "agent" `agent` takes `module` or `command`, not both'],
    ],
    [
      'a comparator that does not fit',
      policy('  rules:\n    - id: a\n      effect: deny\n      when: { tool.kind: { atLeast: 3 } }'),
      ['schema/comparator "atLeast" `atLeast` is no comparator of `tool.kind`'],
    ],
    [
      'a misspelt comparator',
      policy('  rules:\n    - id: a\n      effect: deny\n      when: { tool.risk: { atleast: 3 } }'),
      ['schema/comparator "atleast" `atleast` is no comparator of `tool.risk`; did you mean `atLeast`?'],
    ],
    [
      'a value that no alternative takes',
      policy('  rules:\n    - id: a\n      effect: deny\n      when: { trial.failures: three }'),
      [
        'schema/type "three" `trial.failures` takes a whole number, or comparators such as `is`, `not`, `atLeast`, not the text `three`',
      ],
    ],
    [
      'a misspelt signal',
      policy('  rules:\n    - id: a\n      effect: deny\n      when: { tool.kid: write }'),
      ['schema/unknown-key "tool.kid" unknown key `tool.kid`; did you mean `tool.kind`?'],
    ],
    [
      'an empty condition',
      policy('  rules:\n    - id: a\n      effect: deny\n      when: {}'),
      ['schema/empty "when" nothing stands here; write at least one key'],
    ],
    [
      'nothing where an experiment names something',
      experiment(
        '  environment: ""\n  tasks: ""\n  policies: [""]\n  variants: [{ id: a, preset: "", policies: [""], agent: { module: "" } }]',
      ),
      [
        'schema/empty """" `environment` must not be empty; write the name or path of an environment',
        'schema/empty """" `tasks` must not be empty; write the name or path of a task set',
        'schema/empty """" an item of `policies` must not be empty; write the name or path of a policy',
        'schema/empty """" `preset` must not be empty; write the name or path of a preset',
        'schema/empty """" an item of `policies` must not be empty; write the name or path of a policy',
        'schema/empty """" `module` must not be empty; write the path of a file',
      ],
    ],
    [
      'nothing where a preset names something',
      preset(
        '  environment: ""\n  tools: [""]\n  start: ""\n  nodes: [{ id: a, type: check, tool: "", next: "", else: "" }]',
      ),
      [
        'schema/empty """" `environment` must not be empty; write the name or path of an environment',
        'schema/empty """" an item of `tools` must not be empty; write the name of a tool',
        'schema/empty """" `start` must not be empty; write the name of a node',
        'schema/empty """" `tool` must not be empty; write the name of a tool',
        'schema/empty """" `next` must not be empty; write the name of a node',
        'schema/empty """" `else` must not be empty; write the name of a node',
      ],
    ],
    [
      'nothing where a capsule names something',
      capsule('  workflow: [{ id: a, preset: "", needs: [""] }]\n  permissions: [{ tool: "" }]'),
      [
        'schema/empty """" `preset` must not be empty; write the name or path of a preset',
        'schema/empty """" an item of `needs` must not be empty; write the name of a step',
        'schema/empty """" `tool` must not be empty; write the name of a tool',
      ],
    ],
    [
      'nothing where a policy test names something',
      policytest(
        '  environment: ""\n  policies: [""]\n  cases: [{ name: a, action: { tool: pay }, expect: { decision: deny, rules: [""] } }]',
      ),
      [
        'schema/empty """" `environment` must not be empty; write the name or path of an environment',
        'schema/empty """" an item of `policies` must not be empty; write the name or path of a policy',
        'schema/empty """" an item of `rules` must not be empty; write the name of a rule or budget',
      ],
    ],
    [
      'a duplicate key',
      policy('  default: deny\n  default: allow'),
      ['yaml/duplicate-key "default" key `default` is written twice here; keep one of them'],
    ],
    [
      'an unknown alias',
      policy('  default: *nope'),
      [
        'yaml/unknown-alias "*nope" `*nope` needs quotes: without them, what begins with `*` is an alias of an anchor, and there is no such anchor',
      ],
    ],
    ['an alias inside itself', '&a [*a]', ['yaml/cyclic-alias "*a" `*a` stands inside what it stands for']],
    ['an open quote', 'kind: "Policy\n', ['yaml/missing-char ""Policy" this quote is not closed']],
    [
      'a half-typed key',
      policy('  rules:\n    - id: a\n      eff'),
      ['yaml/missing-char "eff" a key needs a `:` and a value'],
    ],
    [
      'one id twice',
      policy('  rules:\n    - { id: a, effect: deny }\n    - { id: a, effect: allow }'),
      ['meaning/duplicate-rule "a" another rule is called `a` already; give this one a name of its own'],
    ],
    [
      'an unknown node',
      preset('  nodes:\n    - { id: look, type: tool, next: dne }\n    - { id: done, type: end }'),
      ['meaning/unknown-node "dne" there is no node `dne` in this document; did you mean `done`?'],
    ],
    [
      'a text where one of two keys belongs, told once',
      experiment('  environment: e\n  tasks: t\n  variants:\n    - { id: a, agent: ./a.mjs }\n'),
      ['schema/type "./a.mjs" `agent` takes keys with values, not the text `./a.mjs`'],
    ],
    [
      'a number as it is written',
      policy('  default: deny').replace('name: p', 'name: p, version: 1.0'),
      ['schema/type "1.0" `version` takes text, not `1.0`'],
    ],
    [
      'a node that all but leads to itself',
      preset('  nodes:\n    - { id: look, type: tool, next: lok }\n    - { id: done, type: end }'),
      ['meaning/unknown-node "lok" there is no node `lok` in this document'],
    ],
    [
      'a budget that is all but its own parent',
      policy('  budgets:\n    - { id: all, unit: usd, limit: 1, parent: al }'),
      ['meaning/unknown-budget "al" there is no budget `al` in this document'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('stand in the right one of several documents', () => {
    const text = `${policy('  default: deny')}\n---\n${policy('  default: no')}`;
    const [first, second] = readDocuments(text);
    expect(first?.valid).toBe(true);
    expect(second?.problems.map(({ span }) => text.slice(span.start, span.end))).toEqual(['no']);
  });

  test('a bomb of aliases is told and not unfolded', () => {
    const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (let level = 1; level < 10; level++)
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(readDocuments(lines.join('\n'))[0]?.problems.map(({ code }) => code)).toEqual(['yaml/too-many-aliases']);
  });

  test('deep nesting is told', () => {
    expect(readDocuments('['.repeat(20_000))[0]?.valid).toBe(false);
  });

  test('no text makes it throw, and every span lies in the text', () => {
    const piece = fc.constantFrom(
      'kind: Policy\n',
      'spec:\n',
      '  rules:\n',
      '    - ',
      'id: a',
      ': ',
      '{',
      '}',
      '[',
      '&a ',
      '*a',
      '"',
      '|\n',
      '\t',
      '\r\n',
      '---\n',
      '# c\n',
      '\uFEFF',
      '😀',
      '<<: *a\n',
      '!t ',
      '? ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const { problems } of readDocuments(text))
          for (const { span } of problems) {
            expect(span.start).toBeLessThanOrEqual(span.end);
            expect(span.end).toBeLessThanOrEqual(text.length);
          }
      }),
      { numRuns: 500 },
    );
  });
});

describe('values', () => {
  test('merge keys bring in what is not written', () => {
    const text = policy('  rules:\n    - &base { id: a, effect: deny, reason: r }\n    - { <<: *base, id: b }');
    const [document] = readDocuments(text);
    expect(document && asKind(document, 'Policy')?.spec.rules?.[1]).toEqual({ id: 'b', effect: 'deny', reason: 'r' });
    const place = document?.locate(['spec', 'rules', 1, 'effect']);
    expect(place && text.slice(place.value.start, place.value.end)).toBe('deny');
  });

  test.each([
    'a: { &k id: 1 }\nb: *k\n',
    'a:\n  &k id: 1\n  more: *k\n',
    'a:\n  - ? &k id\n    : *k\n  - *k\n',
    'a:\n  &k id: &k 2\n  more: *k\n',
  ])('an anchor before a key marks the key: %j', (text) => {
    const [document] = readDocuments(text);
    expect(document?.value).toEqual(parse(text));
    expect(document?.problems.filter(({ code }) => code.startsWith('yaml/'))).toEqual([]);
  });

  test('YAML 1.2: `yes`, `no` and `on` are text, `__proto__` is a key', () => {
    const value = readDocuments('a: yes\nb: on\n__proto__: { c: 1 }\n')[0]?.value as Record<string, unknown>;
    expect([value.a, value.b, Object.keys(value), value.c]).toEqual(['yes', 'on', ['a', 'b', '__proto__'], undefined]);
  });

  test('a document of another kind, or a broken one, is not given out as valid', () => {
    const [good, bad] = [readDocuments(policy('  default: deny'))[0], readDocuments(policy('  default: x'))[0]];
    expect(good && [asKind(good, 'Policy')?.metadata.name, asKind(good, 'Preset')]).toEqual(['p', null]);
    expect(bad && asKind(bad, 'Policy')).toBeNull();
  });
});

describe('references', () => {
  const files = new Set(['agents/a.mjs', 'other.policy.yaml']);
  const view: WorkspaceView = {
    documents: (kind) =>
      [
        { kind: 'Policy' as const, name: 'strict', path: 'strict.policy.yaml' },
        { kind: 'Policy' as const, name: 'twice', path: 'a.yaml' },
        { kind: 'Policy' as const, name: 'twice', path: 'b.yaml' },
        { kind: 'Environment' as const, name: 'office', path: 'office.yaml' },
        { kind: 'TaskSet' as const, name: 'tasks', path: 'tasks.yaml' },
      ].filter((document) => document.kind === kind),
    resolve: (_from, reference) => reference.replace(/^\.\//, ''),
    fileExists: (path) => files.has(path),
  };
  const withVariant = (variant: string) =>
    experiment(
      `  environment: office\n  tasks: tasks\n  variants:\n    - { id: a, agent: { module: ./agents/a.mjs }, ${variant} }`,
    );

  test.each<[string, string, string[]]>([
    ['all there', withVariant('policies: [strict, ./strict.policy.yaml]'), []],
    [
      'a misspelt policy',
      withVariant('policies: [stric]'),
      ['reference/unknown-policy no policy in this workspace is called `stric`; did you mean `strict`?'],
    ],
    [
      'a name that two have',
      withVariant('policies: [twice]'),
      ['reference/ambiguous more than one policy is called `twice`: `a.yaml` and `b.yaml`'],
    ],
    ['a path to nothing', withVariant('policies: [./gone.yaml]'), ['reference/no-file there is no file `./gone.yaml`']],
    [
      'a path to something else',
      withVariant('policies: [./other.policy.yaml]'),
      ['reference/wrong-kind `./other.policy.yaml` holds no policy'],
    ],
    [
      'no preset at all',
      withVariant('preset: p'),
      ['reference/unknown-preset no preset in this workspace is called `p`'],
    ],
    [
      'no module',
      withVariant('role: r').replace('a.mjs', 'b.mjs'),
      ['reference/no-file there is no file `./agents/b.mjs`'],
    ],
    [
      'no environment',
      withVariant('role: r').replace('office', 'offic'),
      ['reference/unknown-environment no environment in this workspace is called `offic`; did you mean `office`?'],
    ],
  ])('%s', (_name, text, expected) => {
    const problems = readDocuments(text).flatMap((document) => checkReferences(document, 'e.yaml', view));
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual(expected);
  });
});
