/**
 * A text that was edited reads as if it had been read afresh, and as the full parser reads it where it has no fault.
 * `ASSAY_EDIT_RUNS` sets how many sequences of edits are tried; 10,000 have passed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineMap, type SourceDocument, type SyntaxNode, valueAt } from '../../../server/engine/documents/index.ts';
import { parseYaml } from '../../../server/engine/documents/parse.ts';
import { documentsOf, readText } from '../../../server/engine/documents/source.ts';

const policy = `apiVersion: assay/v1
kind: Policy
metadata:
  name: edited
  description: "a text, with: signs" # and a comment
spec:
  default: deny
  budgets:
    - { id: spend, unit: usd, limit: 0.5, per: run }
  rules:
    - id: first
      effect: deny
      when:
        tool.kind: write
        tool.risk: { atLeast: 3 }
      reason: 'Writes are held back.'

    # a comment between
    - id: second
      effect: allow
      when:
        all:
          - tool.kind: [read, execute]
          - not: { tool.tags: money }
    - { id: third, effect: ask }
    -   id: fourth
        effect: halt
        reason: >-
          Too many
          failures.

          Stop.
    - id: fifth
      effect: deny
      reason: |
        one
          two

        three
    - id: last
      effect:
`;
const anchors = `apiVersion: assay/v1
kind: Policy
metadata: { name: anchored }
spec:
  rules:
    - &base
      id: a
      effect: deny
      reason: r
    - <<: *base
      id: b
    - id: c
      effect: &word allow
    - id: d
      effect: *word
  default: deny
`;
/** Chains over slices, one name marked again, marks in brackets and texts, merges of several and of marks within marks. */
const chains = `defaults:
  first: &a { x: 1, y: &deep [1, 2] }
  second: &b
    <<: *a
    y: 2
    z: *deep
  third: &c # of all
    <<: [*b, *a]
    w: &t >-
      some
      text
  # between
  fourth: *t
kind: Policy
spec:
  rules:
    - &a
      id: one
      when: *b
    - <<: *a
      id: two
      reason: *t
    - &a
      <<: *a
      id: three
    - { <<: *a, &k id: four, effect: &e deny }
    - id: five
      effect: *e
      &k reason: *k
      when: *k
      list: [*e, &f allow, *f, { k: *a }]
    - *c
    - &q "quoted"
    - *q
  <<: *c
  last: *q
other:
  - *a
  - *missing
`;
const nested = `spec:
  <<: &m { default: deny }
  rules: &rules
    - &r
      id: &id one
      effect: deny
    - id: *id
      <<: *r
    - - *r
      - &z
        - 1
      - *z
  copy: *rules
  empty: &none
  after: *none
  self: &s [*s]
  key: { &k k: 1, *k : 2 }
  ? *id
  : 1
`;
const wide = `kind: TaskSet
metadata:
  name: größe
spec:
  tasks:
  - id: 漢字
    prompt: "e\u0301 😀 text"
  - id: zwei
    prompt: eins
      zwei 👩‍👩‍👧 drei
    data: [1, -2, 3.5, 1e3, 0x1F, 0o7, .inf, ~, null, TRUE, yes, 2026-01-01, 10m, 1.2.3, +4, 007, -0]
`;
const shapes = `top:
- a
- b: 1
  c:
- - x
  - y
long:
    - "quoted
      over lines"
    - [1,
       2, { a: b },
      ]
    - {a: 1, "b": 'it''s', c: }
keep: |+
  kept

strip: >2-
    more
  less
? long key
: its value
"quoted key": 'v'
tag: !!str 12
empty:
`;
const corpus = [
  policy,
  anchors,
  wide,
  shapes,
  chains,
  chains.replace('  - *missing\n', ''),
  nested,
  nested.slice(0, nested.indexOf('  self')),
  `${anchors}---\n${chains}---\n${anchors}`,
  chains.replaceAll('\n', '\r\n'),
  `%YAML 1.2\n---\n${policy}...\n# between\n%YAML 1.2\n---\n${anchors}... # end\n\n`,
  `${policy}...\n${wide}`,
  `# first\n\uFEFF%YAML 1.2\n---\n${policy}`,
  policy.replace('reason: r', 'reason: \r'),
  `${policy}---\n${wide.replace(' text"', '\rtext"')}---\n${policy}`,
  `${policy}---\n${wide}`,
  `# first\n---\n${wide}...\n---\n${anchors}`,
  `%YAML 1.2\n---\n${policy}`,
  `\uFEFF${policy}`,
  policy.replaceAll('\n', '\r\n'),
  `${policy.replaceAll('\n', '\r\n')}---\r\n${wide}`,
  policy.replace('        tool.risk', '\t\ttool.risk'),
  policy.replace("'Writes", 'Writes "'),
  `\t # first\n---\n${policy}`,
  '',
  'hello',
  '- a\n- b\n',
];
const pieces = [
  ...[
    'a',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\r\n',
    '\r',
    '\t',
    ':',
    ': ',
    '-',
    '- ',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ',',
    '#',
    ' # c',
  ],
  ...[
    '|',
    '>',
    '|+',
    '&a ',
    '*a',
    '*base',
    '*b',
    '*c\n',
    '&b ',
    '&base\n',
    '&a\n',
    '<<: *a\n',
    '<<: [*a, *b]\n',
    ', *a',
    ': *t',
    '<<: ',
    '!t ',
    '? ',
    '%',
    '---\n',
    '...\n',
    '\n...\n',
    '%YAML 1.2\n---\n',
    '%TAG ! !x\n',
    '\uFEFF',
    '😀',
    '\u0301',
    '漢',
    '\\',
    '~',
    '0',
  ],
  ...[
    '\n    - id: new\n      effect: deny\n',
    '\n  extra: 1\n',
    '\nkey: value\n',
    '\n      ',
    '\n    x',
    '\n   y: 1',
    'id: first',
    '_: 0',
  ],
  ...[
    '\n    - id: b\n      reason: |\n        text\n',
    '"\n',
    '\n# comment\n',
    '\nspec:\n',
    '    ',
    '`',
    '@',
    '__proto__: 1',
  ],
];

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly text: string;
}
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(4) }, fc.nat(60)),
  text: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.constant('') }),
});

/** Everything that can be seen of a document, in plain values. */
const dump = ({ kind, name, value, valid, problems, span, root }: SourceDocument) => ({
  kind,
  name,
  value,
  valid,
  problems,
  span,
  root: root === null ? null : dumpNode(root),
});

function dumpNode(node: SyntaxNode): unknown {
  const { type, span } = node;
  if (node.type === 'scalar') return { type, span, value: node.value, plain: node.plain };
  if (node.type === 'alias') return { type, span, name: node.name, target: node.target?.span ?? null };
  if (node.type === 'sequence') return { type, span, flow: node.flow, items: node.items.map(dumpNode) };
  const entries = node.entries.map(({ key, keySpan, value, merge }) => ({
    key,
    keySpan,
    merge,
    value: dumpNode(value),
  }));
  return { type, span, flow: node.flow, entries };
}

const isFaulty = (documents: readonly SourceDocument[]) =>
  documents.some(({ problems }) =>
    problems.some(({ code, severity }) => code.startsWith('yaml/') && severity === 'error'),
  );

function check(start: string, edits: readonly Edit[]): void {
  let source = readText(start);
  for (const { at, length, text } of edits) {
    const from = Math.floor(at * source.text.length);
    const to = Math.min(source.text.length, from + length);
    const expected = source.text.slice(0, from) + text + source.text.slice(to);
    source = source.edit(from, to, text);
    const afresh = readText(expected);
    expect(source.text).toBe(expected);
    expect(source.lines.shapes).toEqual(afresh.lines.shapes);
    expect(source.documents.map(dump)).toEqual(afresh.documents.map(dump));
    const whole = documentsOf(parseYaml(expected), new LineMap(expected));
    expect(isFaulty(source.documents)).toBe(isFaulty(whole));
    if (!isFaulty(whole)) expect(source.documents.map(dump)).toEqual(whole.map(dump));
  }
}

test.each(corpus.map((text, index) => [index, text] as const))(
  'text %i reads as the full parser reads it',
  (_index, text) => {
    check(text, [{ at: 1, length: 0, text: '' }]);
  },
);

/** Which rules of a policy are the very same objects after an edit. */
test.each<[string, string, string, readonly boolean[]]>([
  ['a rule without anchors', 'plain: 1', 'plain: 2', [true, true, true, false, true]],
  ['what is marked', 'x: 1', 'x: 2', [false, false, false, true, true]],
  ['what only hands on', 'y: 1', 'y: 2', [true, false, false, true, true]],
  ['what uses it', 'z: 1', 'z: 2', [true, true, false, true, true]],
  ['a comment above all', '# c', '# comment', [true, true, true, true, true]],
  ['the name of an anchor', '&b', '&d', [true, false, false, true, true]],
])('an edit of %s', (_name, old, written, same) => {
  const text = `# c
spec:
  rules:
    - &a
      x: 1
    - &b
      <<: *a
      y: 1
    - <<: *b
      z: 1
    - plain: 1
    - other: 1
`;
  const rules = (documents: readonly SourceDocument[]) => valueAt(documents[0]?.value, ['spec', 'rules']) as unknown[];
  const before = readText(text);
  const at = text.indexOf(old);
  const after = before.edit(at, at + old.length, written);
  expect(rules(after.documents).map((rule, index) => rule === rules(before.documents)[index])).toEqual(same);
});

test('after any edits', () => {
  const numRuns = Number(process.env.ASSAY_EDIT_RUNS ?? 150);
  fc.assert(fc.property(fc.constantFrom(...corpus), fc.array(edit, { minLength: 1, maxLength: 12 }), check), {
    numRuns,
    ...(process.env.ASSAY_EDIT_SEED && { seed: Number(process.env.ASSAY_EDIT_SEED) }),
  });
}, 3_600_000);
