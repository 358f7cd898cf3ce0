/**
 * What is said of budgets against what a kernel does: single cases by hand, and random small budgets put through random runs.
 * `ASSAY_RANDOM_RUNS` says of how many budgets.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import {
  type Answers,
  createKernel,
  type ProposedAction,
  type ToolDeclaration,
  type TrialKernel,
} from '../../../server/engine/kernel/index.ts';
import { type CompiledPolicy, compilePolicy } from '../../../server/engine/policy/index.ts';
import { createProver, horizonFrom } from '../../../server/engine/policy/prove/index.ts';

type Verdict = ReturnType<TrialKernel['decide']>;

const fromMs = Date.UTC(2026, 0, 1);
const horizon = horizonFrom(fromMs);
const runs = Number(process.env.ASSAY_RANDOM_RUNS ?? 300);

const tool = (name: string, kind: ToolDeclaration['kind'], risk: number, cost?: number): ToolDeclaration => ({
  name,
  description: name,
  kind,
  risk,
  input: {},
  ...(cost !== undefined && { cost }),
});
const tools = [tool('look', 'read', 1), tool('buy', 'write', 2, 0.1), tool('pay', 'write', 4, 0.3)];
/** Others are possible, too, and of some nothing is known. */
const actions: readonly ProposedAction[] = [
  ...[...tools, tool('other', 'execute', 5, 0.2)].map(
    (one): ProposedAction => ({ type: 'tool', tool: one, input: {} }),
  ),
  { type: 'tool', input: {} },
  { type: 'model', input: {} },
];

function compiled(spec: Policy['spec']): CompiledPolicy {
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}

const budgetsTold = (spec: Policy['spec']) =>
  createProver()
    .prove({ policies: [compiled(spec)], tools, horizon })
    .findings.filter(({ code }) => code === 'proof/budget-infeasible');

/** What one agent does after another; `later` is how many minutes pass before. */
interface Step {
  readonly trial: number;
  readonly action: number;
  readonly later: number;
}

const variants = ['a', 'a', 'b'];

/** What a kernel decides of actions in turn. Questions are answered with yes. */
function follow(spec: Policy['spec'], steps: readonly Step[]): Verdict[] {
  let nowMs = fromMs;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const policies = [compiled(spec)];
  const kernel = createKernel({
    variants: new Map(variants.map((variant) => [variant, { role: 'r', policies }])),
    clock,
  });
  const trials = variants.map((variant, index) => kernel.openTrial({ trial: `t${index}`, variant }));
  return steps.flatMap(({ trial, action, later }) => {
    nowMs += later * 60_000;
    const [own, proposed] = [trials[trial], actions[action]];
    if (own === undefined || proposed === undefined) return [];
    const signals = own.signals(proposed);
    const rules = ['p', ...(spec.rules ?? []).map(({ id }) => `p/${id}`)];
    const yes: Answers = {
      given: [{ allow: true, person: 'eve', names: [], rules, waitedMs: 0 }],
      end: 'answered',
    };
    const verdict = own.decide(signals, own.question(signals, []) === null ? undefined : yes);
    if (verdict.decision.final === 'allow') own.settle(verdict.reservation, { failed: false });
    return [verdict];
  });
}

const called = (name: string, times: number): Step[] =>
  Array.from({ length: times }, () => ({ trial: 0, action: tools.findIndex((one) => one.name === name), later: 0 }));
const decidedOf = (spec: Policy['spec'], steps: readonly Step[]) =>
  follow(spec, steps).map(({ decision }) => decision.final);

const halting: Policy['spec'] = {
  default: 'allow',
  rules: [{ id: 'd', effect: 'deny', when: { 'tool.kind': 'execute' } }],
  budgets: [
    { id: 'soft', unit: 'usd', limit: 1, onExhausted: 'deny' },
    { id: 'hard', unit: 'usd', limit: 1.05, onExhausted: 'halt' },
  ],
};

test('of two budgets in dollars the looser one may decide, where it is the stronger', () => {
  expect(decidedOf(halting, called('pay', 4))).toEqual(['allow', 'allow', 'allow', 'halt']);
  expect(budgetsTold(halting)).toEqual([]);
});

const denied: Policy['spec'] = {
  default: 'allow',
  rules: [{ id: 'd', effect: 'deny', when: { 'tool.name': 'pay' } }],
  budgets: [{ id: 'x', unit: 'usd', limit: 0.1, onExhausted: 'halt', when: { 'tool.name': 'pay' } }],
};

test('what rules deny exceeds a budget all the same', () => {
  expect(decidedOf(denied, called('pay', 1))).toEqual(['halt']);
  expect(budgetsTold(denied)).toEqual([]);
  const widened = { ...denied, budgets: [{ id: 'x', unit: 'usd', limit: 1, when: { 'tool.name': 'pay' } }] };
  expect(budgetsTold(widened as Policy['spec']).map(({ fixes }) => fixes.map(({ kind }) => kind))).toEqual([
    ['delete'],
  ]);
});

const cases: [name: string, budgets: Budget[], found: string[]][] = [
  [
    'children of other windows than their parent',
    [
      { id: 'all', unit: 'calls', limit: 3, per: 'run', window: '1h' },
      { id: 'x', unit: 'calls', limit: 5, per: 'run', parent: 'all' },
      { id: 'y', unit: 'calls', limit: 5, per: 'run', window: '2h', parent: 'all' },
    ],
    [],
  ],
  [
    'children of shorter windows than their parent',
    [
      { id: 'all', unit: 'calls', limit: 3, per: 'run', window: '2h' },
      { id: 'x', unit: 'calls', limit: 5, per: 'run', window: '1h', parent: 'all' },
    ],
    ['children all'],
  ],
  [
    'a child above its parent, which is told of once',
    [
      { id: 'all', unit: 'calls', limit: 3 },
      { id: 'x', unit: 'calls', limit: 5, parent: 'all' },
    ],
    ['children all'],
  ],
  [
    'a tighter one that ends at the same steps, and only denies',
    [
      { id: 'few', unit: 'steps', limit: 1, per: 'run' },
      { id: 'many', unit: 'steps', limit: 3, onExhausted: 'halt' },
    ],
    [],
  ],
  [
    'a tighter one that ends at the same steps, and halts',
    [
      { id: 'few', unit: 'steps', limit: 1, per: 'run', onExhausted: 'halt' },
      { id: 'many', unit: 'steps', limit: 3 },
    ],
    ['unreached many'],
  ],
  [
    'a tighter one of single trials',
    [
      { id: 'few', unit: 'calls', limit: 1 },
      { id: 'many', unit: 'calls', limit: 2, per: 'run' },
    ],
    [],
  ],
  [
    'a tighter one of each hour',
    [
      { id: 'few', unit: 'calls', limit: 1, window: '1h' },
      { id: 'many', unit: 'calls', limit: 2 },
    ],
    [],
  ],
  [
    'a tighter one that others draw from, too',
    [
      { id: 'few', unit: 'calls', limit: 2, when: { 'tool.kind': 'read' } },
      { id: 'many', unit: 'calls', limit: 3, when: { 'tool.kind': 'read' } },
      { id: 'x', unit: 'calls', limit: 3, when: { 'tool.kind': 'write' }, parent: 'many' },
    ],
    [],
  ],
];

test.each(cases)('budgets: %s', (_, budgets, found) => {
  const told = budgetsTold({ default: 'allow', budgets });
  expect(told.map(({ budget, places: [place] }) => `${budget} ${place?.id}`)).toEqual(found);
});

test('no budget is to be deleted that draws from another', () => {
  const budgets: Budget[] = [
    { id: 'all', unit: 'calls', limit: 9 },
    { id: 'few', unit: 'calls', limit: 2 },
    { id: 'many', unit: 'calls', limit: 3, parent: 'all' },
  ];
  const many = budgetsTold({ default: 'allow', budgets }).find(({ places: [place] }) => place?.id === 'many');
  expect(many?.fixes.map(({ kind }) => kind)).toEqual(['set-limit']);
});

const when = fc
  .constantFrom<NonNullable<Rule['when']>[]>(
    {},
    { 'tool.kind': 'read' },
    { 'tool.kind': 'write' },
    { 'tool.kind': { not: 'write' } },
    { 'tool.name': 'pay' },
    { 'tool.risk': { atLeast: 3 } },
    { 'action.type': 'tool' },
  )
  .map((condition) => (Object.keys(condition).length === 0 ? {} : { when: condition }));
const someEffect = fc.constantFrom<Effect[]>('allow', 'ask', 'deny', 'halt');
const budget = fc
  .record({
    unit: fc.constantFrom<Budget['unit'][]>('usd', 'usd', 'calls', 'steps'),
    size: fc.nat(4),
    per: fc.constantFrom<NonNullable<Budget['per']>[]>('trial', 'trial', 'agent', 'run'),
    onExhausted: fc.constantFrom<NonNullable<Budget['onExhausted']>[]>('ask', 'deny', 'halt'),
    window: fc.option(fc.constantFrom('1h', '2h'), { freq: 3 }),
    parent: fc.option(fc.nat(2), { freq: 3 }),
    when,
  })
  .map(({ size, window, when, ...rest }) => ({
    ...rest,
    limit: rest.unit === 'usd' ? [0, 0.1, 0.25, 0.3, 0.5][size] : size,
    ...(window !== null && { window }),
    ...when,
  }));

const widths = ['trial', 'agent', 'run'];
const specs: fc.Arbitrary<Policy['spec']> = fc
  .record({
    default: someEffect,
    rules: fc.array(
      fc.record({ effect: someEffect, when }).map(({ effect, when }) => ({ effect, ...when })),
      { maxLength: 2 },
    ),
    budgets: fc.array(budget, { minLength: 1, maxLength: 3 }),
  })
  .map(({ rules, budgets, ...spec }) => ({
    ...spec,
    rules: rules.map((rule, index): Rule => ({ id: `r${index}`, ...rule })),
    budgets: budgets.map(({ parent, ...one }, index): Budget => {
      // Only those before it, of the same unit and no narrower, as documents have to have it.
      const above = parent !== null && parent < index ? budgets[parent] : undefined;
      const fits = above?.unit === one.unit && widths.indexOf(above.per) >= widths.indexOf(one.per);
      return { id: `b${index}`, ...one, ...(fits && { parent: `b${parent}` }) } as Budget;
    }),
  }));

const someSteps = fc.array(
  fc.record({
    trial: fc.nat(variants.length - 1),
    action: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(actions.length - 1) }),
    later: fc.constantFrom(0, 0, 0, 40),
  }),
  { minLength: 4, maxLength: 10 },
);

const heard = ({ decision, ends }: Verdict) => [decision.effect, decision.final, ends];

test('budgets are as they are told to be, whatever is done', { timeout: 120_000 + runs * 500 }, () => {
  fc.assert(
    fc.property(specs, fc.array(someSteps, { minLength: 8, maxLength: 8 }), (spec, several) => {
      const told = budgetsTold(spec);
      const { budgets = [] } = spec;
      for (const { budget, message, places, fixes } of told) {
        const id = places[0]?.id ?? '';
        if (budget !== 'unreached') continue;
        const isSilent = /is never reached: no|is never reached: `/.test(message);
        const isDeletable = fixes.some(({ kind }) => kind === 'delete');
        const without = { ...spec, budgets: budgets.filter((one) => one.id !== id) };
        for (const steps of several) {
          const verdicts = follow(spec, steps);
          const cited = verdicts.some(({ decision: { causes } }) =>
            causes.some((cause) => cause.kind === 'budget' && cause.id === id),
          );
          if (isSilent) expect([message, cited]).toEqual([message, false]);
          if (isDeletable) expect([message, follow(without, steps).map(heard)]).toEqual([message, verdicts.map(heard)]);
        }
      }
      // One action that rules let through, and that is too much for a budget alone.
      for (const [action] of tools.entries()) {
        const first = [{ trial: 0, action, later: 0 }];
        const [alone] = follow({ ...spec, budgets: [] }, first);
        const [whole] = follow(spec, first);
        if (alone?.decision.final !== 'allow' || whole === undefined) continue;
        for (const { kind, id } of whole.decision.causes)
          if (kind === 'budget') expect(told.map(({ places: [place] }) => place?.id)).toContain(id);
      }
    }),
    { numRuns: runs },
  );
});
