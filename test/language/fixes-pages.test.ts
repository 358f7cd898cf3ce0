/** Every fix of every problem in docs/problems: when it is applied, its problem is gone and no other has come. */
import { expect, test } from 'vitest';
import type { Problem } from '../../server/engine/documents/index.ts';
import { type Fix, fixAll, fixes } from '../../server/language/index.ts';
import { contextWith, problemsOf, sections, withProofs } from './problem-pages.ts';

/** The text after a fix, with the files that it makes. */
function applied(text: string, fix: Fix) {
  const made: Record<string, string> = {};
  let after = text;
  for (const change of fix.changes)
    if (change.type === 'create') made[change.path] = change.text;
    else
      for (const { span, text: put } of change.edits.toSorted((a, b) => b.span.start - a.span.start))
        after = after.slice(0, span.start) + put + after.slice(span.end);
  return { after, made };
}

const counted = (problems: readonly Problem[]) => {
  const counts = new Map<string, number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
};

const cases = sections.flatMap(({ stage, name, examples }) => {
  const text = examples.get('wrong');
  if (text === undefined) return [];
  const problems = problemsOf(stage, text);
  const seen = new Set<string>();
  return problems.flatMap(({ span }) =>
    fixes(text, span, withProofs(stage, text, contextWith(text)))
      .filter((fix) => fix.kind === 'quickfix' && !seen.has(fix.title) && seen.add(fix.title))
      .map((fix) => ({ example: `${stage}/${name}`, title: fix.title, stage, text, fix })),
  );
});

test.each(cases)('$example: $title', ({ stage, text, fix }) => {
  const { after, made } = applied(text, fix);
  const before = counted(problemsOf(stage, text));
  const left = counted(problemsOf(stage, after, contextWith(after, made)));
  for (const { code } of fix.problems) expect(left.get(code) ?? 0, after).toBeLessThan(before.get(code) ?? 0);
  for (const [code, count] of left) expect(count, `${code} in\n${after}`).toBeLessThanOrEqual(before.get(code) ?? 0);
});

test.each(cases.filter(({ fix }) => fix.isSafe === true))(
  '$example: $title is among what is mended at once',
  (each) => {
    const { stage, text } = each;
    expect(fixAll(text, withProofs(stage, text, contextWith(text)))).not.toEqual([]);
  },
);

test('only where nobody can tell what was meant there is no fix', () => {
  const fixable = new Set(cases.filter(({ title }) => !title.startsWith('hide')).map(({ example }) => example));
  const without = sections.filter(
    ({ stage, name, examples }) => examples.has('wrong') && !fixable.has(`${stage}/${name}`),
  );
  expect(without.map(({ stage, name }) => `${stage}/${name}`)).toEqual([
    'yaml/missing-char',
    'yaml/bad-indent',
    'yaml/block-in-flow',
    'yaml/non-string-key',
    'yaml/bad-directive',
    'yaml/bad-alias',
    'yaml/alias-props',
    'yaml/multiple-anchors',
    'yaml/bad-prop-order',
    'yaml/cyclic-alias',
    'yaml/bad-merge',
    'schema/not-a-mapping',
    'schema/missing-kind',
    'schema/comparator',
    'meaning/impossible-condition',
    'meaning/json-schema',
    'meaning/action-without-tool',
    'meaning/endless-cycle',
    'meaning/step-cycle',
    'meaning/signal-value',
    'policy/misplaced-glob',
    'policy/limit-overflow',
    'policy/unknown-time',
    'policy/never-valid',
    'policy/renewal-without-beginning',
    'policy/renewal-too-long',
    'policy/include-cycle',
    'reference/wrong-kind',
    'reference/outside-workspace',
  ]);
});
