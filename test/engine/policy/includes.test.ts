/** Policies that include others: rules and budgets come along, defaults do not, scope and time narrow, circles are named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { compilePolicy, factsOf, type PolicySource, sortByStrength } from '../../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';
import { policies, signalRecords } from './arbitraries.ts';
import { interpret } from './interpreter.ts';

/** Each is called as it is named and stands in a file of that name, which is meant by `./NAME`, too. */
function compile(name: string, specs: Readonly<Record<string, Policy['spec']>>, onIncluded = (_: string) => {}) {
  const source = (reference: string): PolicySource | null => {
    const policy = policyOf(specs, reference);
    if (policy === null) return null;
    const { name } = policy.metadata;
    onIncluded(name);
    return { policy, digest: `sha256:${name}`, file: name, lineOf: () => 1, include: source, zones };
  };
  const first = source(name);
  if (first === null) throw new Error('there is no first policy');
  return compilePolicy(first);
}

function policyOf(specs: Readonly<Record<string, Policy['spec']>>, reference: string): Policy | null {
  const name = reference.replace('./', '');
  const spec = specs[name];
  return spec === undefined ? null : { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec };
}

const zones = createZoneOffsets();

const says = (name: string, specs: Readonly<Record<string, Policy['spec']>>, record = {}) => {
  const { value, problems } = compile(name, specs);
  expect(problems).toEqual([]);
  return (value?.evaluate(factsOf(record)).causes ?? []).map(
    ({ policy, id, kind, effect }) => `${policy} ${id ?? kind} ${effect}`,
  );
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

describe('many ways to one policy', () => {
  const levels = 40;
  type Specs = Record<string, Policy['spec']>;
  const level = (index: number, spec: Policy['spec']) => [`p${index}`, { overlay: true, ...spec }] as const;
  const all = (spec: (index: number) => Policy['spec'], last: Policy['spec']): Specs =>
    Object.fromEntries([
      ...Array.from({ length: levels }, (_, index) => level(index, spec(index))),
      level(levels, last),
    ]);
  const next = (index: number) => [`p${index + 1}`, `./p${index + 1}`];

  test.each<[string, Specs, string[]]>([
    ['by name and by path', all((index) => ({ include: next(index) }), { rules: [deny('r')] }), ['p40 r deny']],
    [
      'by name and by path, each with a scope',
      all((index) => ({ scope: { roles: ['clerk'] }, include: next(index) }), { rules: [deny('r')] }),
      ['p40 r deny'],
    ],
    [
      'by two policies with scopes of their own',
      {
        ...all((index) => ({ include: [`a${index}`, `b${index}`] }), { rules: [deny('r')] }),
        ...Object.fromEntries(
          Array.from({ length: levels }, (_, index) => [
            [`a${index}`, { overlay: true, scope: { roles: ['clerk'] }, include: [`p${index + 1}`] }],
            [`b${index}`, { overlay: true, scope: { nodes: ['n'] }, include: [`p${index + 1}`] }],
          ]).flat(),
        ),
      },
      ['p40 r deny'],
    ],
    [
      'by both of two policies, at each level',
      {
        p0: { overlay: true, include: ['a0', 'b0'] },
        ...Object.fromEntries(
          Array.from({ length: levels }, (_, index) => {
            const include = index + 1 < levels ? [`a${index + 1}`, `b${index + 1}`] : ['p40'];
            return [
              [`a${index}`, { overlay: true, scope: { roles: ['clerk'] }, include }],
              [`b${index}`, { overlay: true, scope: { nodes: ['n'] }, include }],
            ];
          }).flat(),
        ),
        p40: { rules: [deny('r')] },
      },
      ['p40 r deny'],
    ],
  ])('are no trouble: %s', (_, specs, expected) => {
    const startedAtMs = performance.now();
    const included: string[] = [];
    const { problems } = compile('p0', specs, (name) => included.push(name));
    expect(problems).toEqual([]);
    expect(included.length).toBeLessThan(5 * levels);
    const said = (record: object) => says('p0', specs, record);
    expect(said({ 'agent.role': 'clerk', 'agent.node': 'x' })).toEqual(expected);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  test('tell of a mistake once for each way out of the policy itself', () => {
    const specs = all((index) => ({ include: next(index) }), { rules: [deny('r'), deny('r')] });
    const { value, problems } = compile('p0', specs);
    expect(value).toBeNull();
    expect(problems).toMatchObject([
      { code: 'policy/broken-include', path: ['spec', 'include', 0], message: expect.stringMatching(/^`p1` is not/) },
      { code: 'policy/broken-include', path: ['spec', 'include', 1], message: expect.stringMatching(/^`\.\/p1` is/) },
    ]);
  });

  test('tell of a circle at their end, too', () => {
    const specs = all((index) => ({ include: next(index) }), { include: ['p39'] });
    const { value, problems } = compile('p0', specs);
    expect(value).toBeNull();
    const message = 'the policy includes itself: `p39` → `p40` → `p39`';
    expect(problems).toMatchObject([
      { code: 'policy/include-cycle', message, path: ['spec', 'include', 0] },
      { code: 'policy/include-cycle', message, path: ['spec', 'include', 1] },
    ]);
  });

  test('do not make one of two copies that mean other policies by the same words', () => {
    const copy: Policy = {
      apiVersion: 'assay/v1',
      kind: 'Policy',
      metadata: { name: 'c' },
      spec: { include: ['./x'] },
    };
    const source = (file: string, digest: string, policy: Policy, include: PolicySource['include']): PolicySource => ({
      policy,
      digest,
      file,
      lineOf: () => 1,
      ...(include && { include }),
    });
    const x = (folder: string) => () =>
      source(
        `${folder}/x`,
        folder,
        { ...copy, metadata: { name: 'x' }, spec: { rules: [deny(`in-${folder}`)] } },
        undefined,
      );
    const root = source(
      'r',
      'r',
      { ...copy, metadata: { name: 'r' }, spec: { include: ['./a/c', './b/c'] } },
      (text) => {
        const folder = text.slice(2, 3);
        return source(`${folder}/c`, 'c', copy, x(folder));
      },
    );
    expect(compilePolicy(root).value?.rules.map(({ id }) => id)).toEqual(['in-a', 'in-b']);
  });
});

/** Policies that include any of those that come after them, by name or by path. */
const families = fc
  .array(fc.tuple(policies, fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { maxLength: 4 })), {
    minLength: 2,
    maxLength: 6,
  })
  .map((members) =>
    Object.fromEntries(
      members.map(([{ spec }, away], index) => {
        const others = away.filter(([steps]) => index + steps < members.length);
        const include = others.map(([steps, isPath]) => `${isPath ? './' : ''}p${index + steps}`);
        const rules = (spec.rules ?? []).map((rule) => ({ ...rule, id: `p${index}-${rule.id}` }));
        return [`p${index}`, { ...spec, rules, ...(include.length > 0 && { include: [...new Set(include)] }) }];
      }),
    ),
  );

test('policies that include each other say what the interpreter says, which goes every way by itself', () => {
  fc.assert(
    fc.property(families, signalRecords, (specs, record) => {
      const { value, problems } = compile('p0', specs);
      expect(problems).toEqual([]);
      const causes = [...(value?.evaluate(factsOf(record)).causes ?? [])];
      sortByStrength(causes);
      const root = policyOf(specs, 'p0');
      expect(
        causes.map(({ kind, id = '', effect, unknown }) => ({ kind, id, effect, certain: unknown === undefined })),
      ).toEqual(root && interpret(root, record, (reference) => policyOf(specs, reference)));
    }),
    { numRuns: 500 },
  );
}, 120_000);

test('10,000 tags are no trouble, in the rule or in the action', () => {
  const tags = Array.from({ length: 10_000 }, (_, index) => `tag-${index}`);
  const when = (test: object) => ({ a: { overlay: true, rules: [{ ...deny('r'), when: { 'target.ids': test } }] } });
  for (const test of [{ anyOf: tags }, { allOf: tags }, { only: tags }, { anyOf: ['tag-9999'] }])
    expect(says('a', when(test) as never, { 'target.ids': tags })).toEqual(['a r deny']);
  expect(says('a', when({ noneOf: tags }) as never, { 'target.ids': tags })).toEqual([]);
});
