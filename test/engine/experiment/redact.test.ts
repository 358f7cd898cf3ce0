/** What is kept out of sight, by JSON Pointers, of values of any shape. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redacted, shownSignals } from '../../../server/engine/experiment/redact.ts';

describe('a pointer hides', () => {
  test.each<[name: string, value: unknown, pointers: string[], expected: unknown]>([
    ['a value', { to: 'a', body: 'b' }, ['/body'], { to: 'a', body: redacted }],
    [
      'a part of a value',
      { to: { address: 'a', name: 'b' } },
      ['/to/address'],
      { to: { address: redacted, name: 'b' } },
    ],
    ['one item by its number', { to: ['a', 'b'] }, ['/to/1'], { to: ['a', redacted] }],
    ['a key that looks like a number', { 0: 'a', 1: 'b' }, ['/0'], { 0: redacted, 1: 'b' }],
    ['keys with signs of pointers in them', { 'a/b': { '~': 1 } }, ['/a~1b/~0'], { 'a/b': { '~': redacted } }],
    ['a key without a name', { '': 'a' }, ['/'], { '': redacted }],
    [
      'what it names in each item of a list',
      { to: [{ address: 'a' }, { address: 'b', name: 'c' }, 'd', null] },
      ['/to/address'],
      { to: [{ address: redacted }, { address: redacted, name: 'c' }, 'd', null] },
    ],
    [
      'what it names in lists of lists',
      [[{ body: 1 }], [{ body: 2 }]],
      ['/body'],
      [[{ body: redacted }], [{ body: redacted }]],
    ],
    ['several places', { a: 1, b: [{ c: 2 }] }, ['/a', '/b/c'], { a: redacted, b: [{ c: redacted }] }],
  ])('%s', (_name, value, pointers, expected) => {
    const before = structuredClone(value);
    expect(redact(value, pointers)).toEqual(expected);
    expect(value).toEqual(before);
  });

  test.each<[name: string, value: unknown, pointer: string]>([
    ['no key of that name', { to: 'a' }, '/body'],
    ['no such item', { to: ['a'] }, '/to/1'],
    ['a number that no index is written as', { to: ['a'] }, '/to/00'],
    ['an empty name, which is no index', ['a'], '/'],
    ['nothing in a text', { to: 'a' }, '/to/address'],
    ['what every object inherits', {}, '/constructor'],
    ['no item with that key', [{ a: 1 }, 2], '/b'],
  ])('nothing where there is %s', (_name, value, pointer) => {
    expect(redact(value, [pointer])).toBe(value);
  });

  test('just the leaves that it leads to, however deep lists and objects stand in each other', () => {
    const key = fc.constantFrom('a', 'b', '0', '1', '');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.array(key, { minLength: 1, maxLength: 3 }), (value, steps) => {
        const hidden = redact(value, [`/${steps.join('/')}`]);
        for (const { path, leaf } of leavesOf(value)) {
          const found = path.reduce((at: unknown, step) => (at === redacted ? at : (at as never)[step]), hidden);
          expect(found).toBe(leadsTo(steps, path) ? redacted : leaf);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

type Steps = readonly (string | number)[];

/** Every number in a value, with the keys and places on the way to it. */
function leavesOf(value: unknown, path: Steps = []): { readonly path: Steps; readonly leaf: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, leaf: value }];
  const parts: (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return parts.flatMap(([step, part]) => leavesOf(part, [...path, step]));
}

/** By path alone: a name passes lists, a number chooses an item. */
function leadsTo([step, ...rest]: readonly string[], [at, ...behind]: Steps): boolean {
  if (step === undefined) return true;
  if (at === undefined) return false;
  if (typeof at === 'string') return at === step && leadsTo(rest, behind);
  return /^\d+$/.test(step) ? at === Number(step) && leadsTo(rest, behind) : leadsTo([step, ...rest], behind);
}

test('targets that a tool reads in a list where something is hidden are not recorded', () => {
  const signals = { 'target.ids': ['a@x.example'], 'target.domains': ['x.example'] };
  const tool = { targets: ['/to'] };
  expect(shownSignals(signals, tool, { to: [{ address: 'a@x.example' }] }, ['/to/address'])).toMatchObject({
    'target.ids': { unknown: 'a rule keeps `/to/address` out of sight' },
  });
  expect(shownSignals(signals, tool, { to: ['a@x.example'] }, ['/to/address'])).toEqual(signals);
});
