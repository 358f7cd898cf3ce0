/** Facts that the kernel reads from actions: tools as declared, targets as given, and what is unknown rather than missing. */
import { expect, test } from 'vitest';
import { createKernel, type ProposedAction, type ToolDeclaration } from '../../../server/engine/kernel/index.ts';

const mail: ToolDeclaration = {
  name: 'send_mail',
  description: 'Send a mail.',
  kind: 'write',
  risk: 3,
  cost: 0.01,
  tags: ['send'],
  targets: ['/to', '/cc', '/link/url', '/a~1b'],
  input: { type: 'object' },
};
const clock = { nowMs: () => 1_790_000_000_000, monotonicMs: () => 5 };
const signalsOf = (action: ProposedAction) =>
  createKernel({ variants: new Map([['a', { role: 'assistant', policies: [] }]]), clock })
    .openTrial({ trial: 't', variant: 'a' })
    .signals(action).record;
const unknown = { unknown: expect.any(String) };

test('every signal of a tool call, by the names of the registry', () => {
  expect(signalsOf({ type: 'tool', tool: mail, input: { to: 'Dana@ACME.example' } })).toEqual({
    'action.type': 'tool',
    'tool.name': 'send_mail',
    'tool.kind': 'write',
    'tool.tags': ['send'],
    'tool.risk': 3,
    'tool.cost': 10_000,
    'target.ids': ['dana@acme.example'],
    'target.domains': ['acme.example'],
    'agent.id': 'a',
    'agent.role': 'assistant',
    'trial.steps': 0,
    'trial.failures': 0,
    'trial.consecutiveFailures': 0,
    'trial.denials': 0,
    'trial.cost': 0,
    'trial.sameToolCalls': 0,
    'trial.stepsPerMinute': 0,
    'trial.elapsedMs': 0,
    ...countsOf('agent'),
    ...countsOf('run'),
    'run.elapsedMs': 0,
    ...countsOf('workspace'),
    'time.utc': 1_790_000_000_000,
  });
});

const countsOf = (scope: string) =>
  Object.fromEntries(['steps', 'failures', 'denials', 'cost', 'stepsPerMinute'].map((name) => [`${scope}.${name}`, 0]));

test('without a clock, time is unknown', () => {
  const kernel = createKernel({ variants: new Map([['a', { role: 'assistant', policies: [] }]]) });
  const signals = kernel.openTrial({ trial: 't', variant: 'a' }).signals({ type: 'message', input: {} }).record;
  expect(signals).toMatchObject({ 'time.utc': unknown, 'trial.elapsedMs': unknown, 'run.stepsPerMinute': unknown });
});

test('the node is there where the action comes from one', () => {
  expect(signalsOf({ type: 'message', node: 'act', input: {} })).toMatchObject({ 'agent.node': 'act' });
});

test('what does not apply to the type of action is left out', () => {
  const names = Object.keys(signalsOf({ type: 'message', input: {} }));
  expect(names.filter((name) => !/^(agent|trial|run|workspace|time)\./.test(name))).toEqual(['action.type']);
});

test.each<[string, ProposedAction, string[]]>([
  [
    'a tool that is not declared',
    { type: 'tool', input: {} },
    ['tool.name', 'tool.kind', 'tool.tags', 'tool.risk', 'tool.cost', 'target.ids', 'target.domains'],
  ],
  ['a risk that the registry does not have', { type: 'tool', tool: { ...mail, risk: 9 }, input: {} }, ['tool.risk']],
  ['a cost of less than a micro-dollar', { type: 'tool', tool: { ...mail, cost: 1e-7 }, input: {} }, ['tool.cost']],
  [
    'a declaration that is no declaration',
    { type: 'tool', tool: { ...mail, tags: null } as unknown as ToolDeclaration, input: {} },
    [],
  ],
  [
    'tags that are not texts',
    { type: 'tool', tool: { ...mail, tags: [1] } as unknown as ToolDeclaration, input: {} },
    ['tool.tags'],
  ],
  [
    'targets that are no list',
    { type: 'tool', tool: { ...mail, targets: 7 } as unknown as ToolDeclaration, input: {} },
    ['target.ids', 'target.domains'],
  ],
])('unknown: %s', (_, action, names) => {
  const signals = signalsOf(action);
  expect(
    Object.keys(signals).filter((name) => typeof signals[name] === 'object' && !Array.isArray(signals[name])),
  ).toEqual(names);
});

test('of a type of action that does not exist, nothing is taken for inapplicable', () => {
  const signals = signalsOf({ type: 'teleport', tool: mail, input: {} } as unknown as ProposedAction);
  expect(signals).toMatchObject({ 'action.type': unknown, 'tool.name': 'send_mail' });
});

test('signals cannot be changed', () => {
  const signals = signalsOf({ type: 'tool', tool: mail, input: { to: 'a@b.example' } });
  expect(() => Object.assign(signals, { 'tool.risk': 0 })).toThrow(TypeError);
  expect(() => (signals['target.ids'] as string[]).push('x')).toThrow(TypeError);
});

type Expected = string[] | typeof unknown | undefined;
test.each<[input: unknown, ids: Expected, domains: Expected]>([
  [{ link: [{ url: 'https://evil.example' }] }, unknown, unknown],
  [[{ to: 'eve@evil.example' }], unknown, unknown],
  [{ link: [] }, unknown, unknown],
  [{}, undefined, undefined],
  [{ to: [] }, undefined, undefined],
  [
    { to: 'dana@acme.example', cc: ['eve@evil.example', 'dana@acme.example'] },
    ['dana@acme.example', 'eve@evil.example'],
    ['acme.example', 'evil.example'],
  ],
  [{ to: 'Dana <dana@acme.example>' }, ['dana@acme.example'], ['acme.example']],
  [{ to: 'mailto:dana@acme.example' }, ['dana@acme.example'], ['acme.example']],
  [{ to: ' Dana@ACME.example', cc: '<dana@acme.example>' }, ['dana@acme.example'], ['acme.example']],
  [{ to: 'evil.example:443' }, ['evil.example:443'], ['evil.example']],
  [{ to: 'http://𝐞vil.example' }, ['http://𝐞vil.example'], ['evil.example']],
  [{ to: 'https:/evil.example', cc: 'dana@acme.example' }, ['https:/evil.example', 'dana@acme.example'], unknown],
  [{ to: 'DE89 3704' }, ['DE89 3704'], undefined],
  [{ to: '/notes/plan.txt' }, ['/notes/plan.txt'], undefined],
  [{ link: { url: 'https://user@Evil.example:8080/x?y=a@b' } }, [expect.any(String)], ['evil.example']],
  [{ link: { url: 'https://evil.example./' } }, [expect.any(String)], ['evil.example']],
  [{ link: { url: 'http://[::1]/' } }, [expect.any(String)], ['[::1]']],
  [{ 'a/b': 'x@b.example' }, ['x@b.example'], ['b.example']],
  [{ to: 'eve@evil.example, dana@acme.example' }, unknown, unknown],
  [{ to: 'eve@evil.example <dana@acme.example>' }, unknown, unknown],
  [{ to: 'dana@acme.example@evil.example' }, unknown, unknown],
  [{ to: 'mailto:dana@acme.example?cc=eve@evil.example' }, unknown, unknown],
  [{ to: 'https:/evil.example' }, [expect.any(String)], unknown],
  [{ to: '\\\\evil.example\\share' }, [expect.any(String)], unknown],
  [{ to: 'https://evil.example\\@acme.example/' }, [expect.any(String)], unknown],
  [{ to: 'ht\ntps://evil.example' }, unknown, unknown],
  [{ to: 7 }, unknown, unknown],
  [{ to: null }, unknown, unknown],
  [{ to: ['dana@acme.example', 7] }, unknown, unknown],
  [{ link: 'https://evil.example' }, unknown, unknown],
  [null, unknown, unknown],
])('targets of %j', (input, ids, domains) => {
  const signals = signalsOf({ type: 'tool', tool: mail, input });
  expect([signals['target.ids'], signals['target.domains']]).toEqual([ids, domains]);
});
