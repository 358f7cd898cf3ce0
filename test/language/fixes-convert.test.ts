/** Mappings written on one line or on several: whatever the text, what it says and its comments stay as they are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parser, parseAllDocuments } from 'yaml';
import { convertMapping } from '../../server/language/fixes/convert.ts';
import { readSource } from '../../server/language/index.ts';
import { sectionsOf } from './problem-pages.ts';

/** All that converting gives where the cursor stands in some word of a text. */
function conversions(text: string): ReadonlyMap<string, string> {
  const file = readSource(text);
  const found = new Map<string, string>();
  for (const { index } of text.matchAll(/[^\s:,]+/g))
    for (const document of file.documents)
      for (const { title, changes } of convertMapping({ file, document, context: {} }, index))
        for (const change of changes)
          for (const { span, text: put } of change.type === 'edit' ? change.edits : [])
            found.set(text.slice(0, span.start) + put + text.slice(span.end), title);
  return found;
}

/** What a text says, as another reader of YAML understands it; null where it does not. */
function meant(text: string): unknown {
  const documents = [parseAllDocuments(text, { merge: true })].flat();
  return documents.every(({ errors }) => errors.length === 0) ? documents.map((each) => each.toJS()) : null;
}

const commentsIn = (text: string): readonly string[] => {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'comment' && 'source' in node) found.push(String(node.source).trim());
    for (const child of Object.values(node)) walk(child);
  };
  for (const token of new Parser().parse(text)) walk(token);
  return found;
};

const mostChecked = 6;

/** Converts wherever it is offered, and holds what comes of it against the text; how often it was offered. */
function checkAll(text: string): number {
  const before = readSource(text);
  const codes = ({ documents }: ReturnType<typeof readSource>) =>
    documents.flatMap(({ problems }) => problems.map(({ code }) => code)).sort();
  const all = [...conversions(text)];
  // Of a long text, some from everywhere.
  const step = Math.ceil(all.length / mostChecked);
  for (const [after, title] of all.filter((_, index) => index % step === 0)) {
    const about = `${title}:\n${text}\n--- gives\n${after}`;
    const source = readSource(after);
    expect(meant(after), about).not.toBeNull();
    expect(meant(after), about).toEqual(meant(text));
    expect(
      source.documents.map(({ value }) => value),
      about,
    ).toEqual(before.documents.map(({ value }) => value));
    expect(commentsIn(after), about).toEqual(commentsIn(text));
    expect(codes(source), about).toEqual(codes(before));
  }
  return all.length;
}

const examples = join(import.meta.dirname, '../../examples/mailroom');

describe('a conversion keeps what is written', () => {
  test.each(readdirSync(examples).filter((name) => name.endsWith('.yaml')))(
    '%s',
    (name) => {
      expect(checkAll(readFileSync(join(examples, name), 'utf8'))).toBeGreaterThan(0);
    },
    120_000,
  );

  test.each(['yaml', 'schema', 'meaning', 'policy', 'reference', 'proof'])('the examples of %s', (stage) => {
    for (const { examples: texts } of sectionsOf(stage)) for (const text of texts.values()) checkAll(text);
  });

  test('whatever YAML people write', () => {
    fc.assert(
      fc.property(documents, (text) => void checkAll(text)),
      { numRuns: 200 },
    );
  }, 120_000);

  test.each([
    ['a comment above the first key', 'spec:\n  # keep\n  default: allow\n'],
    ['a comment behind the key', 'during: # office hours\n  days: mon-fri\n'],
    ['a comment behind a dash', 'a:\n  - # keep - this\n    b: 1\n'],
    ['a comment behind a bracket', 'a: { # keep\n  b: 1 }\n'],
    ['an anchor of a key', 'a:\n  - &x b: 1\n    c: *x\n'],
    ['a comma in a key', 'a:\n  b, c: 1\n'],
    ['an empty line in a text', 'a: { b: "x\n\n  y" }\n'],
    ['what is broken', 'rules:\n  - { id: a, effect: deny: }\n'],
    ['what stands beside something broken', 'a: { b: 1 }\nc: [\n'],
  ])('%s is left as it is', (_name, text) => {
    expect([...conversions(text).keys()]).toEqual([]);
  });
});

const word = fc.constantFrom('a', 'b', 'id', 'tool.kind', '"q, r"', "'s: t'", 'x y', '-u', '7', '1.0', 'a, b', 'x#y');
const scalar = fc.oneof(
  word,
  fc.constantFrom(
    '',
    '*m',
    '&n z',
    '!!str 8',
    '"a # b"',
    'http://x',
    '[1, 2]',
    '[a,\n          b]',
    '"o\n\n          p"',
    'k\n          l',
    '{ i: 1, j: [2] }',
    '|\n          text\n          more',
    '[]',
    '{}',
  ),
);
const comment = fc.constantFrom('', '', '', ' # why - so', ' # { not: this }');
const above = fc.constantFrom('', '', '', '# above', '# - above');

interface Shape {
  readonly keys: readonly string[];
  readonly values: readonly (string | Shape)[];
  readonly style: 'block' | 'flow' | 'tight' | 'lines' | 'item' | 'wide item';
  readonly comment: string;
  readonly above: string;
  readonly anchor: string;
}

const shape: fc.Memo<Shape> = fc.memo((depth) =>
  fc.record({
    keys: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    values: fc.array(depth > 1 ? fc.oneof(scalar, shape()) : scalar, { minLength: 3, maxLength: 3 }),
    style: fc.constantFrom('block', 'flow', 'tight', 'lines', 'item', 'wide item'),
    comment,
    above,
    anchor: fc.constantFrom('', '', '', ' &o'),
  }),
);

/** A shape as the value of a key or item whose children stand at `indent`. */
function written({ keys, values, style, ...notes }: Shape, indent: number, inFlow = false): string {
  const pad = ' '.repeat(indent);
  const pairs = keys.map((key, index) => {
    const value = values[index] ?? '';
    return { key, value };
  });
  const isFlow = inFlow || style === 'flow' || style === 'tight' || style === 'lines';
  if (isFlow) {
    const break_ = style === 'lines' ? `${notes.comment}\n${pad}` : ' ';
    const body = pairs.map(
      ({ key, value }) => `${key}:${typeof value === 'string' ? ` ${value}` : written(value, indent + 2, true)}`,
    );
    return style === 'tight'
      ? `${notes.anchor} {${body.join(',')}}`
      : `${notes.anchor} {${break_}${body.join(`,${break_}`)}${break_}}`;
  }
  const line = ({ key, value }: (typeof pairs)[number], at: number) =>
    `${key}:${typeof value === 'string' ? ` ${value}${notes.comment}` : written(value, at + 2)}`;
  const head = `${notes.anchor}${notes.comment}${notes.above === '' ? '' : `\n${pad}${notes.above}`}`;
  if (style === 'block') return `${head}${pairs.map((pair) => `\n${pad}${line(pair, indent)}`).join('')}`;
  const dash = style === 'item' ? '- ' : '-   ';
  const inner = ' '.repeat(indent + dash.length);
  const [first, ...rest] = pairs.map((pair) => line(pair, indent + dash.length));
  return `${head}\n${pad}${dash}${[first, ...rest].join(`\n${inner}`)}`;
}

const documents = fc
  .tuple(fc.array(shape(3), { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '\r\n'))
  .map(([shapes, eol]) =>
    `m: &m { o: 1 }\n${shapes.map((each, index) => `top${index}:${written(each, 2)}\n`).join('')}`.replaceAll(
      '\n',
      eol,
    ),
  );
