/** Faults in a policy's meaning: each is named, has a place, and keeps the policy from coming into force. */
import { expect, test } from 'vitest';
import type { Budget, Condition, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { compilePolicy } from '../../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';

const policy = (spec: Policy['spec']): Policy => ({
  apiVersion: 'assay/v1',
  kind: 'Policy',
  metadata: { name: 'p' },
  spec,
});
const compile = (spec: Policy['spec']) =>
  compilePolicy({ policy: policy(spec), digest: 'sha256:0', lineOf: () => 1, zones: createZoneOffsets() });
const rule = (when: Condition): Policy['spec'] => ({ rules: [{ id: 'r', effect: 'deny', when }] });
const budgets = (...list: Partial<Budget>[]): Policy['spec'] => ({
  budgets: list.map((one, index) => ({ id: `b${index}`, unit: 'calls', limit: 1, ...one })),
});
const observed = (when: Condition): Policy['spec'] => ({
  rules: [{ id: 'r', effect: 'deny', on: 'observation', when }],
});
const timed = (time: Partial<Rule>): Policy['spec'] => ({ rules: [{ id: 'r', effect: 'deny', ...time }] });
const pattern = { id: 'orders', match: ['*ignore*'] };
const twice: Rule = { id: 'r', effect: 'deny' };

const faults: [code: string, path: string, spec: Policy['spec']][] = [
  ['policy/duplicate-id', 'spec.rules.1.id', { rules: [twice, twice] }],
  ['policy/duplicate-id', 'spec.budgets.1.id', budgets({ id: 'b' }, { id: 'b' })],
  ['policy/unknown-parent', 'spec.budgets.0.parent', budgets({ parent: 'nobody' })],
  ['policy/parent-cycle', 'spec.budgets.0.parent', budgets({ parent: 'b0' })],
  ['policy/parent-cycle', 'spec.budgets.0.parent', budgets({ parent: 'b1' }, { parent: 'b0' })],
  ['policy/parent-unit', 'spec.budgets.0.parent', budgets({ parent: 'b1' }, { unit: 'usd' })],
  ['policy/parent-scope', 'spec.budgets.0.parent', budgets({ per: 'run', parent: 'b1' }, { per: 'agent' })],
  ['policy/inexact-number', 'spec.budgets.0.limit', budgets({ unit: 'usd', limit: 0.0000001 })],
  ['policy/limit-overflow', 'spec.budgets.0.limit', budgets({ unit: 'usd', limit: 1e12 })],
  ['policy/limit-overflow', 'spec.budgets.0.limit', budgets({ unit: 'calls', limit: 2 ** 53 })],
  ['policy/limit-overflow', 'spec.budgets.0.window', budgets({ window: '999999999999999d' })],
  ['policy/limit-overflow', 'spec.budgets.0.window', budgets({ window: '104000000d' })],
  ['policy/inexact-number', 'spec.budgets.0.limit', budgets({ unit: 'calls', limit: 1.5 })],
  ['policy/negative-limit', 'spec.budgets.0.limit', budgets({ unit: 'steps', limit: -1 })],
  ['policy/negative-limit', 'spec.budgets.0.limit', budgets({ unit: 'usd', limit: -0.1 })],
  ['policy/unknown-signal', 'spec.budgets.0.when.tool.nmae', budgets({ when: { 'tool.nmae': 'pay' } as Condition })],
  ['policy/reversed-range', 'spec.rules.0.when.tool.risk.between', rule({ 'tool.risk': { between: [4, 2] } })],
  ['policy/out-of-range', 'spec.rules.0.when.tool.risk', rule({ 'tool.risk': 6 })],
  ['policy/out-of-range', 'spec.rules.0.when.trial.steps.atLeast', rule({ 'trial.steps': { atLeast: -1 } })],
  ['policy/inexact-number', 'spec.rules.0.when.trial.steps.atLeast', rule({ 'trial.steps': { atLeast: 2.5 } })],
  ['policy/inexact-number', 'spec.rules.0.when.run.cost.atLeast', rule({ 'run.cost': { atLeast: 1.0000001 } })],
  ['policy/unknown-value', 'spec.rules.0.when.tool.kind', rule({ 'tool.kind': 'delete' } as unknown as Condition)],
  ['policy/misplaced-glob', 'spec.rules.0.when.tool.name', rule({ 'tool.name': 'send_*_mail' })],
  [
    'policy/misplaced-glob',
    'spec.rules.0.when.target.ids.anyOf',
    rule({ 'target.ids': { anyOf: ['*@evil.example'] } }),
  ],
  ['policy/misplaced-glob', 'spec.scope.tags', { scope: { tags: ['mail', 'cal*'] } }],
  ['policy/misplaced-glob', 'spec.rules.0.scope.tags', timed({ scope: { tags: ['cal*'] } })],
  ['policy/misplaced-glob', 'spec.rules.0.scope.roles', timed({ scope: { roles: ['a*b'] } })],
  ['policy/upper-case-domain', 'spec.rules.0.when.target.domains', rule({ 'target.domains': 'ACME.example' })],
  ['policy/odd-target', 'spec.rules.0.when.target.domains', rule({ 'target.domains': 'https://acme.example' })],
  ['policy/odd-target', 'spec.rules.0.when.target.domains', rule({ 'target.domains': 'xn--bcher-kva.example' })],
  [
    'policy/odd-target',
    'spec.rules.0.when.target.domains.only',
    rule({ 'target.domains': { only: ['*.xn--bcher-kva.example'] } }),
  ],
  ['policy/odd-target', 'spec.rules.0.when.target.ids', rule({ 'target.ids': 'bob@xn--evl-yma.com' })],
  ['policy/wrong-type', 'spec.rules.0.when.tool.risk', rule({ 'tool.risk': 'high' } as unknown as Condition)],
  ['policy/unknown-comparator', 'spec.rules.0.when.tool.name.like', rule({ 'tool.name': { like: 'x' } } as Condition)],
  ['policy/empty-condition', 'spec.rules.0.when.not', rule({ not: {} })],
  ['policy/empty-condition', 'spec.rules.0.when.any', rule({ any: [] })],
  ['policy/signal-not-known-yet', 'spec.rules.0.when.observation.status', rule({ 'observation.status': 'ok' })],
  ['policy/unknown-pattern', 'spec.rules.0.when.observation.patterns', observed({ 'observation.patterns': 'orders' })],
  [
    'policy/unknown-comparator',
    'spec.rules.0.when.observation.patterns',
    observed({ 'observation.patterns': { only: ['orders'] } }),
  ],
  ['policy/misplaced-glob', 'spec.patterns.0.match.0', { patterns: [{ id: 'a', match: ['a*b'] }] }],
  ['policy/duplicate-id', 'spec.patterns.1.id', { patterns: [pattern, pattern] }],
  ['policy/overlay-with-default', 'spec.default', { overlay: true, default: 'allow' }],
  ['policy/ask-without-question', 'spec.rules.0.ask', { rules: [{ id: 'r', effect: 'deny', ask: { wait: '1m' } }] }],
  ['policy/unknown-zone', 'spec.during.zone', { during: { zone: 'Mars/Base' } }],
  ['policy/unknown-zone', 'spec.rules.0.during.1.zone', timed({ during: [{}, { zone: 'Mars/Base' }] })],
  ['policy/unknown-day', 'spec.rules.0.during.days.1', timed({ during: { days: ['mon', 'monday'] } })],
  ['policy/unknown-time', 'spec.rules.0.during.to', timed({ during: { to: '25:00' } })],
  ['policy/unknown-time', 'spec.rules.0.until', timed({ until: '2026-02-30' })],
  ['policy/unknown-time', 'spec.validFrom', { validFrom: '2026-01-01T25:00:00Z' }],
  ['policy/never-valid', 'spec.rules.0.until', timed({ validFrom: '2026-02-01', until: '2026-02-01' })],
  ['policy/renewal-without-beginning', 'spec.rules.0.renew', timed({ renew: { every: '1d', for: '1h' } })],
  [
    'policy/renewal-too-long',
    'spec.rules.0.renew.for',
    timed({ validFrom: '2026-01-01', renew: { every: '1h', for: '1d' } }),
  ],
  ['policy/unresolved-include', 'spec.include.0', { include: ['other'] }],
  [
    'policy/reversed-range',
    'spec.rules.0.when.any.1.not.run.cost.between',
    rule({ any: [{ 'tool.risk': 1 }, { not: { 'run.cost': { between: [2, 1] } } }] }),
  ],
];

test.each(faults)('%s at %s', (code, path, spec) => {
  const { value, problems } = compile(spec);
  expect(value).toBeNull();
  expect(problems.map((problem) => [problem.code, problem.path.join('.')])).toContainEqual([code, path]);
  for (const { message } of problems) expect(message).toMatch(/^[a-z`].*[^.]$/);
});

test('a misspelt signal is told what it may have meant', () => {
  const { problems } = compile(rule({ 'tool.nmae': 'pay' } as Condition));
  expect(problems).toMatchObject([{ message: 'there is no signal `tool.nmae`', help: 'did you mean `tool.name`' }]);
});

test.each([
  ['https://acme.example/x', 'write `acme.example`'],
  ['acme.example:443', 'write `acme.example`'],
  ['ａcme.example.', 'write `acme.example`'],
  ['dana@acme.example', 'write `acme.example`'],
  ['0x7f.1', 'write the name in its own letters, not encoded, and nothing else'],
])('of the domain `%s` it is told how it is compared', (domain, help) => {
  expect(compile(rule({ 'target.domains': domain })).problems).toMatchObject([{ help }]);
});

test('all problems are found at once', () => {
  expect(
    compile({ ...rule({ 'tool.risk': 9, 'trial.cost': 1e-9 }), ...budgets({ limit: 0.5 }) }).problems,
  ).toHaveLength(3);
});
