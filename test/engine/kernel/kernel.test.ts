/** The kernel of a run: only its own signals, several policies, counters, budgets in their scopes, and no allow by accident. */
import { expect, expectTypeOf, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import {
  createKernel,
  type Decision,
  type ProposedAction,
  type Signals,
  type ToolDeclaration,
  type TrialKernel,
} from '../../../server/engine/kernel/index.ts';
import type { Cause as RecordedCause, Signals as RecordedSignals } from '../../../server/engine/ledger/index.ts';
import { type Cause, type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';

const tool = (name: string, more: Partial<ToolDeclaration> = {}): ToolDeclaration => ({
  name,
  description: name,
  kind: 'read',
  risk: 1,
  input: { type: 'object' },
  ...more,
});
const look = tool('look');
const pay = tool('pay', { kind: 'write', risk: 4, cost: 0.1, tags: ['money'] });
const call = (declared: ToolDeclaration, input: unknown = {}): ProposedAction => ({
  type: 'tool',
  tool: declared,
  input,
});

function policy(name: string, spec: Policy['spec']): CompiledPolicy {
  const document: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec };
  const { value, problems } = compilePolicy({ policy: document, digest: `sha256:${name}`, lineOf: () => undefined });
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}
const run = (...policies: CompiledPolicy[]) =>
  createKernel({
    variants: new Map([
      ['a', { role: 'assistant', policies }],
      ['b', { role: 'operator', policies }],
    ]),
  });
const trialOf = (...policies: CompiledPolicy[]) => run(...policies).openTrial({ trial: 't', variant: 'a' });
const decide = (trial: TrialKernel, action: ProposedAction) => trial.decide(trial.signals(action));
const act = (trial: TrialKernel, action: ProposedAction, failed = false): Decision['final'] => {
  const { decision, reservation } = decide(trial, action);
  trial.settle(reservation, { failed });
  return decision.final;
};
const open = policy('open', { default: 'allow' });

test('signals and causes have the shapes that the ledger records', () => {
  expectTypeOf<Cause>().toEqualTypeOf<RecordedCause>();
  expectTypeOf<Signals['record']>().toExtend<Readonly<RecordedSignals>>();
  expectTypeOf<RecordedSignals>().not.toExtend<Signals>();
});

test('what no extractor made is denied as a fault, and so are signals used twice or late', () => {
  const trial = trialOf(open);
  const other = trialOf(open);
  const used = trial.signals(call(look));
  expect(trial.decide(used).decision.final).toBe('allow');
  const late = trial.signals(call(look));
  trial.reject();
  for (const signals of [{ ...used } as Signals, used, late, other.signals(call(look))])
    expect(trial.decide(signals).decision).toMatchObject({
      effect: 'deny',
      final: 'deny',
      causes: [{ kind: 'fault' }],
    });
});

test('without a policy everything is denied, and the decision says why', () => {
  const { decision } = decide(trialOf(), call(look));
  expect(decision).toMatchObject({ final: 'deny', causes: [{ kind: 'default' }], policies: [] });
  expect(decision.causes[0]?.message).toContain('no policy applies');
});

test('a policy that lists no default denies what no rule is about', () => {
  expect(decide(trialOf(policy('p', {})), call(look)).decision).toMatchObject({
    final: 'deny',
    causes: [{ kind: 'default' }],
  });
});

test('the strongest effect over all policies wins, and every cause is listed, strongest first', () => {
  const money = policy('money', {
    rules: [{ id: 'no', effect: 'deny', when: { 'tool.tags': 'money' } }],
    default: 'allow',
  });
  const strict = policy('strict', {
    rules: [{ id: 'stop', effect: 'halt', when: { 'tool.risk': { atLeast: 4 } } }],
    default: 'ask',
  });
  const { decision, ends } = decide(trialOf(open, money, strict), call(pay));
  expect(decision.causes.map(({ policy, effect }) => `${policy} ${effect}`)).toEqual([
    'strict halt',
    'money deny',
    'open allow',
  ]);
  expect([decision.final, ends]).toEqual(['halt', 'trial']);
  expect(decision.policies).toEqual(['sha256:open', 'sha256:money', 'sha256:strict']);
});

test('a question that nobody can answer is a denial', () => {
  const { decision } = decide(trialOf(policy('p', { default: 'ask' })), call(look));
  expect(decision).toMatchObject({
    effect: 'ask',
    final: 'deny',
    causes: [{ kind: 'approver', effect: 'deny' }, { effect: 'ask' }],
  });
});

test('after a halt a trial is over, and after closing too', () => {
  const trial = trialOf(
    policy('p', { default: 'allow', rules: [{ id: 'stop', effect: 'halt', when: { 'tool.name': 'pay' } }] }),
  );
  expect([act(trial, call(look)), act(trial, call(pay)), act(trial, call(look))]).toEqual(['allow', 'halt', 'halt']);
  const closed = trialOf(open);
  closed.close();
  expect(decide(closed, call(look)).decision).toMatchObject({ final: 'deny', causes: [{ kind: 'fault' }] });
});

test('counters follow what happens', () => {
  const trial = trialOf(
    policy('p', { default: 'allow', rules: [{ id: 'no', effect: 'deny', when: { 'tool.tags': 'money' } }] }),
  );
  const counters = () => {
    const signals = trial.signals(call(look)).record;
    return ['steps', 'failures', 'consecutiveFailures', 'denials'].map((name) => signals[`trial.${name}`]);
  };
  expect(counters()).toEqual([0, 0, 0, 0]);
  act(trial, call(look), true);
  trial.reject();
  expect(counters()).toEqual([2, 2, 2, 0]);
  act(trial, call(pay));
  expect(counters()).toEqual([3, 2, 2, 1]);
  act(trial, call(look));
  expect(counters()).toEqual([4, 2, 0, 1]);
});

test('what was spent shows in the costs of trial and run', () => {
  const kernel = run(open);
  const [first, second] = [
    kernel.openTrial({ trial: '1', variant: 'a' }),
    kernel.openTrial({ trial: '2', variant: 'b' }),
  ];
  act(first, call(pay));
  act(first, call(pay), true);
  expect(first.signals(call(look)).record).toMatchObject({ 'trial.cost': 200_000, 'run.cost': 200_000 });
  expect(second.signals(call(look)).record).toMatchObject({
    'trial.cost': 0,
    'run.cost': 200_000,
    'agent.id': 'b',
    'agent.role': 'operator',
  });
});

test.each([
  ['trial', [2, 2, 2]],
  ['agent', [2, 0, 2]],
  ['run', [2, 0, 0]],
] as const)('a budget per %s is shared by all that it is per', (per, allowed) => {
  const kernel = run(policy('p', { default: 'allow', budgets: [{ id: 'spend', unit: 'usd', limit: 0.2, per }] }));
  const trials = [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
  ].map(([trial = '', variant = '']) => kernel.openTrial({ trial, variant }));
  expect(trials.map((trial) => [1, 2, 3].filter(() => act(trial, call(pay)) === 'allow').length)).toEqual(allowed);
});

test('a budget that halts ends what it is per, and says so', () => {
  const kernel = run(
    policy('p', {
      default: 'allow',
      budgets: [{ id: 'spend', unit: 'usd', limit: 0.1, per: 'agent', onExhausted: 'halt' }],
    }),
  );
  const trials = [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
  ].map(([trial = '', variant = '']) => kernel.openTrial({ trial, variant }));
  const [first, second, third] = trials as [TrialKernel, TrialKernel, TrialKernel];
  act(first, call(pay));
  expect(decide(second, call(pay))).toMatchObject({
    ends: 'agent',
    decision: {
      final: 'halt',
      causes: [
        { kind: 'budget', id: 'spend', message: '`spend` has $0.00 of $0.10 left, this action takes $0.10' },
        {},
      ],
    },
  });
  expect([act(first, call(look)), act(second, call(look)), act(third, call(look))]).toEqual(['halt', 'halt', 'allow']);
});

test.each([
  ['calls', 1, '`few` has 0 of 1 call left, this action takes 1 call'],
  ['calls', 2, '`few` has 0 of 2 calls left, this action takes 1 call'],
  ['steps', 0, '`few` has 0 of 0 steps left, this action takes 1 step'],
] as const)('what is left of a budget in %s with a limit of %i is told in words', (unit, limit, message) => {
  const trial = trialOf(policy('p', { default: 'allow', budgets: [{ id: 'few', unit, limit }] }));
  for (let count = 0; count < limit; count++) act(trial, call(look));
  expect(decide(trial, call(look)).decision.causes[0]).toMatchObject({ kind: 'budget', message });
});

test('calls count what is allowed and meets `when`, steps count whatever is proposed', () => {
  const trial = trialOf(
    policy('p', {
      default: 'allow',
      rules: [{ id: 'no', effect: 'deny', when: { 'tool.name': 'pay' } }],
      budgets: [
        { id: 'looks', unit: 'calls', limit: 9, when: { 'tool.name': 'look' } },
        { id: 'pays', unit: 'calls', limit: 9, when: { 'tool.name': 'pay' } },
        { id: 'steps', unit: 'steps', limit: 9 },
        { id: 'spend', unit: 'usd', limit: 0.25 },
      ],
    }),
  );
  act(trial, call(look));
  act(trial, call(pay));
  trial.reject();
  expect(trial.remaining()).toEqual([
    { id: 'looks', unit: 'calls', remaining: 8 },
    { id: 'pays', unit: 'calls', remaining: 9 },
    { id: 'steps', unit: 'steps', remaining: 6 },
    { id: 'spend', unit: 'usd', remaining: 0.25 },
  ]);
});

test('children may not exceed their parent together', () => {
  const trial = trialOf(
    policy('p', {
      default: 'allow',
      budgets: [
        { id: 'pays', unit: 'calls', limit: 2, when: { 'tool.name': 'pay' }, parent: 'both' },
        { id: 'looks', unit: 'calls', limit: 2, when: { 'tool.name': 'look' }, parent: 'both' },
        { id: 'both', unit: 'calls', limit: 3, per: 'run' },
      ],
    }),
  );
  expect([pay, pay, pay, look, look].map((one) => act(trial, call(one)))).toEqual([
    'allow',
    'allow',
    'deny',
    'allow',
    'deny',
  ]);
  expect(decide(trial, call(look)).decision.causes.map(({ id }) => id)).toEqual(['both', undefined]);
});

test('an action under way holds its part, and closing gives it back once', () => {
  const kernel = run(
    policy('p', { default: 'allow', budgets: [{ id: 'spend', unit: 'usd', limit: 0.2, per: 'run' }] }),
  );
  const [first, second] = [
    kernel.openTrial({ trial: '1', variant: 'a' }),
    kernel.openTrial({ trial: '2', variant: 'b' }),
  ];
  const held = [decide(first, call(pay)), decide(first, call(pay))];
  expect(decide(second, call(pay)).decision.final).toBe('deny');
  first.close();
  first.close();
  for (const { reservation } of held) first.settle(reservation, { failed: false });
  expect(second.remaining()).toEqual([{ id: 'spend', unit: 'usd', remaining: 0.2 }]);
  expect(kernel.openTrial({ trial: '1', variant: 'a' }).signals(call(look)).record['run.cost']).toBe(0);
});

test('a cost that is unknown fits no budget of dollars', () => {
  const trial = trialOf(policy('p', { default: 'allow', budgets: [{ id: 'spend', unit: 'usd', limit: 5 }] }));
  expect(decide(trial, { type: 'tool', input: {} }).decision).toMatchObject({
    final: 'deny',
    causes: [
      { kind: 'budget', id: 'spend', unknown: ['tool.cost'] },
      { kind: 'default', effect: 'allow' },
    ],
  });
  expect(act(trial, { type: 'message', input: {} })).toBe('allow');
});

test('a policy that is listed twice is asked and charged once', () => {
  const spend = policy('p', { default: 'allow', budgets: [{ id: 'spend', unit: 'calls', limit: 5 }] });
  const trial = trialOf(spend, spend);
  expect(decide(trial, call(look)).decision).toMatchObject({ causes: [{}], policies: ['sha256:p'] });
  expect(trial.remaining()).toEqual([{ id: 'spend', unit: 'calls', remaining: 4 }]);
});

test('a trial is open once at a time, and only of a variant that the run has', () => {
  const kernel = run(open);
  kernel.openTrial({ trial: 't', variant: 'a' });
  expect(() => kernel.openTrial({ trial: 't', variant: 'a' })).toThrow('open already');
  expect(() => kernel.openTrial({ trial: 'u', variant: 'c' })).toThrow('no variant `c`');
});

test('nobody is said to have left a question open that a denial made idle', () => {
  const rules: Policy['spec']['rules'] = [
    { id: 'never', effect: 'deny', when: { 'tool.name': 'pay' } },
    { id: 'approve', effect: 'ask' },
  ];
  const trial = trialOf(policy('both', { default: 'allow', rules }));
  const causesOf = (action: ProposedAction) => decide(trial, action).decision.causes.map(({ kind, id }) => [kind, id]);
  expect(causesOf(call(pay))).toEqual([
    ['rule', 'never'],
    ['rule', 'approve'],
  ]);
  expect(causesOf(call(look))).toEqual([
    ['approver', 'no-approver'],
    ['rule', 'approve'],
  ]);
});
