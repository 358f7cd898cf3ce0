/** Policies that include others: rules and budgets come along, defaults do not, scope and time narrow, circles are named. */
import { expect, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { type Cause, compilePolicy, factsOf, type PolicySource } from '../../../server/engine/policy/index.ts';

function compile(name: string, specs: Readonly<Record<string, Policy['spec']>>) {
  const source = (reference: string): PolicySource | null => {
    const spec = specs[reference];
    if (spec === undefined) return null;
    const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: reference }, spec };
    return { policy, digest: `sha256:${reference}`, lineOf: () => 1, include: source };
  };
  const first = source(name);
  if (first === null) throw new Error('there is no first policy');
  return compilePolicy(first);
}
const says = (name: string, specs: Readonly<Record<string, Policy['spec']>>, record = {}) => {
  const { value, problems } = compile(name, specs);
  expect(problems).toEqual([]);
  const causes: Cause[] = [];
  value?.evaluate(factsOf(record), causes);
  return causes.map(({ policy, id, kind, effect }) => `${policy} ${id ?? kind} ${effect}`);
};
const deny = (id: string) => ({ id, effect: 'deny' as const });

test('rules come along under the name of their own policy, and so do their digests', () => {
  const specs = {
    a: { default: 'allow', include: ['b'], rules: [deny('own')] },
    b: { default: 'halt', include: ['c'], rules: [deny('theirs')] },
    c: { rules: [{ id: 'deep', effect: 'ask' }] },
  } as const satisfies Record<string, object>;
  expect(says('a', specs as never)).toEqual(['a own deny', 'b theirs deny', 'c deep ask']);
  expect(compile('a', specs as never).value?.digests).toEqual(['sha256:a', 'sha256:b', 'sha256:c']);
});

test('an included rule that allows does so against the default of the policy that includes it', () => {
  const specs = {
    a: { include: ['b'] },
    b: { rules: [{ id: 'read', effect: 'allow', when: { 'tool.kind': 'read' } }] },
  };
  expect(says('a', specs as never, { 'tool.kind': 'read' })).toEqual(['b read allow']);
  expect(says('a', specs as never, { 'tool.kind': 'write' })).toEqual(['a default deny']);
});

test('what is included is in force only where both are; in two ways, where one of them is', () => {
  const scoped = (role: string, more: object) => ({ overlay: true, scope: { roles: [role] }, ...more });
  const specs = {
    a: { overlay: true, include: ['b', 'c'] },
    b: scoped('clerk', { include: ['d'] }),
    c: scoped('lead', { include: ['d'] }),
    d: { rules: [deny('r')] },
  };
  const role = (name: string) => says('a', specs as never, { 'agent.role': name });
  expect([role('clerk'), role('lead'), role('guest')]).toEqual([['d r deny'], ['d r deny'], []]);
});

test.each([
  ['policy/include-cycle', 'the policy includes itself: `a` → `a`', { a: { include: ['a'] } }],
  [
    'policy/include-cycle',
    'the policy includes itself: `a` → `b` → `a`',
    { a: { include: ['b'] }, b: { include: ['a'] } },
  ],
  ['policy/unknown-include', 'there is no policy `b`', { a: { include: ['b'] } }],
  [
    'policy/broken-include',
    '`b` is not sound: another rule is already called `r`',
    { a: { include: ['b'] }, b: { rules: [deny('r'), deny('r')] } },
  ],
])('%s: %s', (code, message, specs) => {
  const { value, problems } = compile('a', specs as never);
  expect(value).toBeNull();
  expect(problems).toMatchObject([{ code, message, path: ['spec', 'include', 0] }]);
});

test('10,000 tags are no trouble, in the rule or in the action', () => {
  const tags = Array.from({ length: 10_000 }, (_, index) => `tag-${index}`);
  const when = (test: object) => ({ a: { overlay: true, rules: [{ ...deny('r'), when: { 'target.ids': test } }] } });
  for (const test of [{ anyOf: tags }, { allOf: tags }, { only: tags }, { anyOf: ['tag-9999'] }])
    expect(says('a', when(test) as never, { 'target.ids': tags })).toEqual(['a r deny']);
  expect(says('a', when({ noneOf: tags }) as never, { 'target.ids': tags })).toEqual([]);
});
