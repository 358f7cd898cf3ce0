/** What each comparator says of a value, of a signal that does not apply, and of one that is unknown. */
import { expect, test } from 'vitest';
import type { Condition, Policy } from '../../../server/engine/documents/index.ts';
import { compilePolicy, factsOf, type SignalRecord } from '../../../server/engine/policy/index.ts';

const unknown = { unknown: 'lost' };

/** `matches` or not for a rule that denies, the other way round for one that allows. */
function check(spec: Policy['spec'], record: SignalRecord): string[] {
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
  const { value, problems } = compilePolicy({
    policy,
    digest: 'sha256:0',
    lineOf: ([, , index]) => Number(index) + 10,
  });
  expect(problems).toEqual([]);
  return (value?.evaluate(factsOf(record)).causes ?? []).map(({ id, kind, unknown = [] }) =>
    [id ?? kind, ...unknown].join(' '),
  );
}
const says = (when: Condition, record: SignalRecord): string => {
  const denied = check({ default: 'allow', rules: [{ id: 'r', effect: 'deny', when }] }, record)[0] ?? '';
  const allowed = check({ default: 'deny', rules: [{ id: 'r', effect: 'allow', when }] }, record)[0];
  if (denied.startsWith('r ')) return allowed === 'default' ? 'unknown' : 'unknown, yet allowed';
  return denied === 'r' && allowed === 'r'
    ? 'yes'
    : denied === 'default' && allowed === 'default'
      ? 'no'
      : 'inconsistent';
};

const cases: [Condition, SignalRecord, 'yes' | 'no' | 'unknown'][] = [
  [{ 'tool.name': 'pay' }, { 'tool.name': 'pay' }, 'yes'],
  [{ 'tool.name': ['pay', 'send*'] }, { 'tool.name': 'send_mail' }, 'yes'],
  [{ 'tool.name': '*mail' }, { 'tool.name': 'send_mail' }, 'yes'],
  [{ 'tool.name': '*end*' }, { 'tool.name': 'send_mail' }, 'yes'],
  [{ 'tool.name': '*' }, { 'tool.name': '' }, 'yes'],
  [{ 'tool.name': '*' }, {}, 'no'],
  [{ 'tool.name': { not: 'send*' } }, { 'tool.name': 'send_mail' }, 'no'],
  [{ 'tool.name': { not: 'send*' } }, {}, 'yes'],
  [{ not: { 'tool.name': 'pay' } }, {}, 'yes'],
  [{ 'tool.name': { present: true } }, {}, 'no'],
  [{ 'tool.name': { present: false } }, {}, 'yes'],
  [{ 'tool.name': { present: true } }, { 'tool.name': unknown }, 'unknown'],
  [{ 'tool.name': { not: 'pay' } }, { 'tool.name': unknown }, 'unknown'],
  [{ 'tool.kind': { anyOf: ['read', 'write'] } }, { 'tool.kind': 'execute' }, 'no'],
  [{ 'tool.risk': { atLeast: 2, atMost: 3 } }, { 'tool.risk': 3 }, 'yes'],
  [{ 'tool.risk': { between: [2, 3] } }, { 'tool.risk': 4 }, 'no'],
  [{ 'tool.cost': { atLeast: 1.1 } }, { 'tool.cost': 1_100_000 }, 'yes'],
  [{ 'tool.cost': { atLeast: 1.1 } }, { 'tool.cost': 1_099_999 }, 'no'],
  [{ 'tool.tags': 'send' }, { 'tool.tags': ['send', 'money'] }, 'yes'],
  [{ 'tool.tags': { allOf: ['send', 'network'] } }, { 'tool.tags': ['send', 'money'] }, 'no'],
  [{ 'tool.tags': { noneOf: ['send'] } }, { 'tool.tags': [] }, 'yes'],
  [{ 'target.domains': { noneOf: ['evil.example'] } }, {}, 'yes'],
  [{ 'target.domains': { only: ['*.example'] } }, { 'target.domains': ['acme.example', 'evil.example'] }, 'yes'],
  [{ 'target.domains': { only: ['acme.example'] } }, { 'target.domains': ['acme.example', 'evil.example'] }, 'no'],
  [{ 'target.domains': { only: ['acme.example'] } }, {}, 'no'],
  [{ all: [{ 'tool.risk': 1 }, { 'tool.name': 'pay' }] }, { 'tool.risk': unknown, 'tool.name': 'read' }, 'no'],
  [{ all: [{ 'tool.risk': 1 }, { 'tool.name': 'pay' }] }, { 'tool.risk': unknown, 'tool.name': 'pay' }, 'unknown'],
  [{ any: [{ 'tool.risk': 1 }, { 'tool.name': 'pay' }] }, { 'tool.risk': unknown, 'tool.name': 'pay' }, 'yes'],
  [{ 'tool.risk': 1 }, { 'tool.risk': 'one' }, 'unknown'],
];

test.each(cases)('%j of %j: %s', (when, record, expected) => {
  expect(says(when, record)).toBe(expected);
});

test('an unknown `unless` excuses no rule that holds back, and lets no rule allow', () => {
  const unless: Condition = { 'agent.role': 'operator' };
  const record = { 'agent.role': unknown };
  expect(check({ default: 'allow', rules: [{ id: 'r', effect: 'halt', unless }] }, record)).toEqual(['r agent.role']);
  expect(check({ default: 'ask', rules: [{ id: 'r', effect: 'allow', unless }] }, record)).toEqual(['default']);
});

test('the default stands beside rules that match only for want of knowledge, where it is stronger', () => {
  const when: Condition = { 'tool.risk': { atLeast: 4 } };
  const record = { 'tool.risk': unknown };
  expect(check({ rules: [{ id: 'r', effect: 'ask', when }] }, record)).toEqual(['default', 'r tool.risk']);
  expect(check({ default: 'allow', rules: [{ id: 'r', effect: 'ask', when }] }, record)).toEqual(['r tool.risk']);
});

test('a rule that throws denies and is named, and the others are still asked', () => {
  const policy: Policy = {
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: 'p' },
    spec: {
      default: 'allow',
      rules: [
        { id: 'broken', effect: 'allow', when: { 'tool.tags': 'send' } },
        { id: 'sound', effect: 'allow' },
      ],
    },
  };
  const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: ([, , index]) => Number(index) + 10 });
  const poison = ['send'];
  Object.defineProperty(poison, 0, {
    get: () => {
      throw new Error('poisoned');
    },
  });
  expect(value?.evaluate(factsOf({ 'tool.tags': poison })).causes).toEqual([
    {
      kind: 'fault',
      policy: 'p',
      id: 'broken',
      effect: 'deny',
      line: 10,
      message: 'rule `broken` could not be decided: poisoned',
    },
    { kind: 'rule', policy: 'p', id: 'sound', effect: 'allow', line: 11 },
  ]);
});
