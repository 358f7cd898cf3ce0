/** What a hover says of keys, values and references; and where lenses and problems stand. */
import { describe, expect, test } from 'vitest';
import { diagnose, hover, lenses } from '../../server/language/index.ts';
import { atCursor, experiment, policy } from './cases.ts';

const hoverAt = (marked: string) => {
  const { text, offset } = atCursor(marked);
  const found = hover(text, offset);
  return found && { on: text.slice(found.span.start, found.span.end), says: found.markdown };
};

describe('hover', () => {
  test.each<[string, string, string, RegExp[]]>([
    [
      'a key',
      policy('  def$0ault: deny'),
      'default',
      [/\*\*default\*\* · one of `allow`/, /none of its rules matches/, /Default: `deny`/],
    ],
    ['a required key', policy('  rules:\n    - effe$0ct: deny'), 'effect', [/· required/, /Example: `deny`/]],
    ['a value', policy('  default: de$0ny'), 'deny', [/\*\*default\*\*/]],
    [
      'a signal',
      policy('  rules:\n    - { id: a, effect: deny, when: { tool.ri$0sk: 3 } }'),
      'tool.risk',
      [/a whole number/, /risk/i],
    ],
    [
      'a comparator',
      policy('  rules:\n    - { id: a, effect: deny, when: { tool.risk: { atL$0east: 3 } } }'),
      'atLeast',
      [/This or more/],
    ],
    ['the kind', 'kind: Pol$0icy\n', 'Policy', [/Rules and budgets that decide/]],
  ])('%s', (_name, marked, on, says) => {
    const found = hoverAt(marked);
    expect(found?.on).toBe(on);
    for (const pattern of says) expect(found?.says).toMatch(pattern);
  });

  test.each([
    ['an unknown key', policy('  nonse$0nse: 1')],
    ['nothing', '$0'],
    ['between keys', policy('  rules:\n\n$0\n')],
  ])('is silent on %s', (_name, marked) => {
    expect(hoverAt(marked)).toBeNull();
  });
});

test('a lens stands above each experiment and nothing else', () => {
  const text = `${policy('  default: deny')}\n---\n${experiment('  seed: 1')}`;
  expect(
    lenses(text).map(({ span, title }) => [
      text.slice(span.start, span.end),
      text.lastIndexOf('kind') === span.start,
      title,
    ]),
  ).toEqual([['kind', true, '▶ Run experiment']]);
});

test('problems of all stages come in the order of their places, each once', () => {
  const text = `${policy('  rules:\n    - { id: a, effect: deny }\n    - { id: a, effect: allow }')}\n---\n${policy('  default: x')}`;
  expect(diagnose(text).map(({ code }) => code)).toEqual([
    'meaning/duplicate-rule',
    'meaning/duplicate-name',
    'schema/value',
  ]);
});
