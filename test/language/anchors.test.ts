/** Anchors and aliases: completion, hover, definition, references, highlights, linked editing and renaming. */
import { describe, expect, test } from 'vitest';
import { complete, diagnose, hover } from '../../server/language/index.ts';
import {
  definition,
  highlights,
  linkedEditing,
  prepareRename,
  references,
  rename,
} from '../../server/language/navigation/index.ts';
import { atCursor, experiment, policy } from './cases.ts';

const two = policy(`  rules:
    - &base
      id: first
      effect: deny
      when: &risky { tool.risk: 4 }
      reason: &why "it is &not *one"
    - { id: b, effect: deny, when: HERE }
`);
const rule = (more: string) => policy(`  rules:\n    - id: a\n      effect: deny\n      ${more}\n`);
const labels = (marked: string) => {
  const { text, offset } = atCursor(marked);
  return complete(text, offset)
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ label }) => label);
};

describe('completion', () => {
  test.each<[string, string, string[]]>([
    ['those first that can stand here', two.replace('HERE', '*$0'), ['*risky', '*base', '*why']],
    ['half typed', two.replace('HERE', '*ri$0s'), ['*risky', '*base', '*why']],
    ['of a text', two.replace('HERE', '{}, reason: *$0'), ['*why', '*risky', '*base']],
    ['behind a merge key', two.replace('HERE', '{ <<: *$0 }'), ['*risky', '*base']],
    ['in a list of a merge key', two.replace('HERE', '{ <<: [*risky, *$0] }'), ['*risky', '*base']],
    ['not around the cursor', policy('  rules: &all\n    - &one { id: a, when: *$0 }\n'), []],
    ['not behind the cursor', policy('  rules:\n    - { when: *$0 }\n    - &late { id: a }\n'), []],
    ['as an item', experiment('  policies: &base [a]\n  variants:\n    - &v { id: a }\n    - *$0\n'), ['*v', '*base']],
    [
      'below a key',
      policy(
        '  rules:\n    - id: a\n      when: &w\n        tool.risk: 1\n    - id: b\n      when:\n        <<: *$0\n',
      ),
      ['*w'],
    ],
    ['of a document without a kind', 'a: &x 1\nb: *$0\n', ['*x']],
    ['of this document only', `a: &x 1\n---\nb: &y 1\nc: *$0\n`, ['*y']],
    ['the nearer of two with one name', 'a: &x 1\nb: &x [2]\nc: *$0\n', ['*x']],
    ['none in quotes', 'a: &x 1\nb: "*$0"\n', []],
    ['none in comments', 'a: &x 1\n# *$0\n', []],
    ['in a broken document', 'kind: Policy\nspec: { a: &x 1, b: *$0\nc: "\n', ['*x']],
    ['on CRLF lines', 'a: &x\r\n  b: 1\r\nc: *$0\r\n', ['*x']],
  ])('%s', (_name, marked, expected) => {
    expect(labels(marked)).toEqual(expected);
  });

  test('an alias is written whole and shows what it stands for', () => {
    const { text, offset } = atCursor(two.replace('HERE', '*r$0i'));
    const [alias] = complete(text, offset).filter(({ label }) => label === '*risky');
    expect(alias).toMatchObject({ insert: '*risky', detail: 'line 9' });
    expect(text.slice(alias?.span.start, alias?.span.end)).toBe('*ri');
    expect(alias?.documentation).toBe('```yaml\n{ tool.risk: 4 }\n```');
  });
});

describe('an anchor that nothing refers to is told', () => {
  const unused = (text: string) =>
    diagnose(text)
      .filter(({ code }) => code === 'meaning/unused-anchor')
      .map(({ span, tag }) => `${text.slice(span.start, span.end)} ${tag}`);

  test.each<[string, string, string[]]>([
    ['one that is text', rule('reason: && y'), ['&& unnecessary']],
    ['before a mapping', rule('when: &w\n        tool.risk: 1'), ['&w unnecessary']],
    ['before an item', policy('  rules:\n    - &r { id: a, effect: deny }\n'), ['&r unnecessary']],
    [
      'not one that is used',
      policy('  rules:\n    - &r { id: a, effect: deny, reason: &t x }\n    - { <<: *r, id: b, reason: *t }\n'),
      [],
    ],
    [
      'the first of two of one name',
      rule('reason: &t x\n      when: { tool.name: &t y, tool.kind: { is: *t } }'),
      ['&t unnecessary'],
    ],
    [
      'of this document, though another uses its name',
      `${rule('reason: &t x')}---\n${rule('reason: *t')}`,
      ['&t unnecessary'],
    ],
    ['neither in texts nor in comments', rule('reason: "R &D" # &c\n'), []],
    ['nothing while the text is broken', rule('reason: &t x\n      when: { tool.name: [').slice(0, -1), []],
    ['nothing in YAML that is none of ours', 'a: &x 1\n', []],
    ['not where it is hidden', rule('# assay-disable-next-line meaning/unused-anchor\n      reason: &t x'), []],
  ])('%s', (_name, text, expected) => {
    expect(unused(text)).toEqual(expected);
  });
});

describe('hover', () => {
  test.each<[string, string, string, RegExp]>([
    ['an alias', two.replace('HERE', '*ri$0sky'), '*risky', /an alias of line 9\n\n```yaml\n\{ tool.risk: 4 \}/],
    ['an alias keeps what its key says', two.replace('HERE', '*ri$0sky'), '*risky', /\*\*when\*\*/],
    ['a merge', two.replace('HERE', '{ <<: *ba$0se }'), '*base', /```yaml\nid: first\neffect: deny/],
    ['an anchor', two.replace('HERE', '*risky').replace('&ri', '&r$0i'), '&risky', /stands for it: line 11/],
    ['an anchor that nobody uses', two.replace('&wh', '&w$0h'), '&why', /no alias stands for it/],
    ['without a kind', 'a: &x [1]\nb: *$0x\n', '*x', /\[1\]/],
  ])('%s', (_name, marked, on, says) => {
    const { text, offset } = atCursor(marked);
    const found = hover(text, offset);
    expect(found && text.slice(found.span.start, found.span.end)).toBe(on);
    expect(found?.markdown).toMatch(says);
  });
});

describe('navigation', () => {
  const text = 'a: &x { k: 1 } # &x *x\nb: *x\nc: [*x, "*x"]\nd: &x 2\ne: { <<: *x }\n---\nf: *x\n';
  const at = (place: string) => text.indexOf(place) + place.length;
  const lineOf = ({ start }: { readonly start: number }) => text.slice(0, start).split('\n').length;

  test.each<[string, number | null, number[]]>([
    ['a: &', 1, [1, 2, 3]],
    ['b: *', 1, [1, 2, 3]],
    ['c: [*x', 1, [1, 2, 3]],
    ['d: &x', 4, [4, 5]],
    ['e: { <<: *', 4, [4, 5]],
    ['f: *', null, []],
    ['"*', null, []],
    ['# &', null, []],
  ])('from `%s`', (place, target, all) => {
    const offset = at(place);
    expect(definition(text, offset)?.targets.map(({ span }) => lineOf(span)) ?? []).toEqual(target ? [target] : []);
    expect(references(text, offset).map(({ span }) => lineOf(span))).toEqual(all);
    expect(highlights(text, offset).map(({ span }) => lineOf(span))).toEqual(all);
    expect(linkedEditing(text, offset)?.map(lineOf) ?? null).toEqual(target === null ? null : all);
    expect(prepareRename(text, offset).ok).toBe(target !== null);
    expect(references(text, offset, {}, false)).toHaveLength(all.length - (target === null ? 0 : 1));
  });

  const renamed = (place: string, name: string) => {
    const result = rename(text, at(place), name);
    if (!result.ok) return result.message;
    let after = text;
    for (const { span, text: put } of result.files[0]?.edits.toReversed() ?? [])
      after = after.slice(0, span.start) + put + after.slice(span.end);
    return after;
  };

  test('renaming changes an anchor with its own aliases', () => {
    expect(renamed('b: *', 'y')).toBe(text.replace('a: &x', 'a: &y').replace('b: *x', 'b: *y').replace('[*x', '[*y'));
    expect(renamed('d: &', 'ä-1')).toBe(text.replace('d: &x', 'd: &ä-1').replace('<<: *x', '<<: *ä-1'));
  });

  test.each([
    ['b: *', 'a b', /cannot be the name of an anchor/],
    ['b: *', '', /cannot be the name of an anchor/],
    ['b: *', 'x', /^a: &x/],
    ['f: *', 'y', /there is no anchor `&x`/],
  ])('from `%s` to `%s`', (place, name, says) => {
    expect(renamed(place, name)).toMatch(says);
  });

  test('a name that another anchor has is refused', () => {
    expect(rename('a: &x 1\nb: &y 2\nc: [*x, *y]\n', 4, 'y')).toMatchObject({ ok: false });
  });
});
