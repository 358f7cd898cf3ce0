/** Much is kept from one action for the next of the same tool. Each of these is the next one, of which it would not be true. */
import { expect, test } from 'vitest';
import type { Budget, Policy, Rule } from '../../../server/engine/documents/index.ts';
import {
  createKernel,
  type KernelOptions,
  type ProposedAction,
  type ToolDeclaration,
} from '../../../server/engine/kernel/index.ts';
import { type CompiledPolicy, compilePolicy, factsOf, type PolicySource } from '../../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';

const hourMs = 3_600_000;
const zones = createZoneOffsets();

/** The same declaration for all, as in a run. */
const mail: ToolDeclaration = {
  name: 'mail',
  description: 'Mail.',
  kind: 'write',
  risk: 1,
  cost: 0.1,
  tags: ['send'],
  targets: ['/to'],
  input: { type: 'object' },
};
const mailTo = (to: string, more: Partial<ProposedAction> = {}): ProposedAction => ({
  type: 'tool',
  tool: mail,
  input: { to },
  ...more,
});

/** Policies by name, which may include each other. */
function policies(specs: Readonly<Record<string, Policy['spec']>>): (name: string) => CompiledPolicy {
  const source = (name: string, folder = ''): PolicySource | null => {
    const spec = specs[`${folder}${name}`] ?? specs[name];
    if (spec === undefined) return null;
    const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec };
    return {
      policy,
      digest: `sha256:${JSON.stringify(spec)}`,
      file: `${folder}${name}`,
      lineOf: () => undefined,
      include: (reference) => source(reference, folder),
      zones,
    };
  };
  return (name) => {
    const [folder, plain = name] = name.includes('/')
      ? [name.slice(0, name.indexOf('/') + 1), name.split('/')[1]]
      : [''];
    const found = source(plain, folder);
    const { value, problems } = found === null ? { value: null, problems: ['it is not there'] } : compilePolicy(found);
    if (value === null) throw new Error(JSON.stringify(problems));
    return value;
  };
}
const policy = (spec: Policy['spec']) => policies({ p: spec })('p');

const trialOf = (
  applied: readonly CompiledPolicy[],
  { hasNodes = false, ...more }: Partial<KernelOptions> & { hasNodes?: boolean } = {},
) =>
  createKernel({
    variants: new Map([['a', { role: 'assistant', policies: applied, hasNodes }]]),
    ...more,
  }).openTrial({ trial: 't', variant: 'a' });
type Trial = ReturnType<typeof trialOf>;

function act(trial: Trial, action = mailTo('dana@acme.example'), failed = false) {
  const verdict = trial.decide(trial.signals(action));
  trial.settle(verdict.reservation, { failed });
  return verdict;
}
const finalOf = (...of: Parameters<typeof act>) => act(...of).decision.final;

function clockAt(nowMs: number) {
  const clock = { now: nowMs, nowMs: () => clock.now, monotonicMs: () => clock.now };
  return clock;
}
const budget = (more: Partial<Budget>) =>
  policy({ default: 'allow', budgets: [{ id: 'b', unit: 'calls', limit: 1, ...more }] });

test('a budget counts a tool from when its condition begins to hold', () => {
  const trial = trialOf([budget({ when: { 'trial.failures': { atLeast: 2 } } })]);
  const to = mailTo('dana@acme.example');
  expect([finalOf(trial, to, true), finalOf(trial, to, true), finalOf(trial), finalOf(trial)]).toEqual([
    ...['allow', 'allow', 'allow', 'deny'],
  ]);
});

test('a budget counts by the target, where nothing else reads it', () => {
  const trial = trialOf([budget({ when: { 'target.domains': { anyOf: ['evil.example'] } } })]);
  const targets = ['evil.example', 'acme.example', 'evil.example', 'acme.example'];
  expect(targets.map((domain) => finalOf(trial, mailTo(`x@${domain}`)))).toEqual(['allow', 'allow', 'deny', 'allow']);
});

test('what is charged names the window that it is charged in', () => {
  const clock = clockAt(5 * hourMs);
  const trial = trialOf([budget({ limit: 9, per: 'run', window: '1h' })], { clock });
  const windows = [5, 5, 6, 8].map((hour) => {
    clock.now = hour * hourMs;
    return act(trial).charges.map(({ window }) => window);
  });
  expect(windows).toEqual([[5], [5], [6], [8]]);
});

test('an action counts in the window in which it has come', () => {
  const clock = clockAt(5 * hourMs);
  const trial = trialOf([budget({ window: '1h' })], { clock });
  const { reservation } = trial.decide(trial.signals(mailTo('dana@acme.example')));
  clock.now = 6 * hourMs;
  trial.settle(reservation, { failed: false });
  expect(finalOf(trial)).toBe('deny');
});

test('a step that one budget has no room for is charged to the others, and so recorded', () => {
  const steps = (id: string, limit: number): Budget => ({ id, unit: 'steps', limit, per: 'run' });
  const trial = trialOf([policy({ default: 'allow', budgets: [steps('few', 1), steps('many', 9)] })]);
  const charged = [act(trial), act(trial)].map(({ charges }) => charges.map((charge) => charge.budget));
  expect(charged).toEqual([['p/few', 'p/many'], ['p/many']]);
});

test('a window in a rule about targets opens and closes', () => {
  const rule: Rule = {
    id: 'evenings',
    effect: 'deny',
    when: { 'target.domains': { anyOf: ['evil.example'] } },
    during: { from: '17:00', to: '18:00', zone: 'UTC' },
  };
  const clock = clockAt(0);
  const trial = trialOf([policy({ default: 'allow', rules: [rule] })], { clock });
  const decided = [16, 17, 18, 17 + 24, 18 + 24].map((hour) => {
    clock.now = hour * hourMs;
    return ['evil.example', 'acme.example'].map((domain) => finalOf(trial, mailTo(`x@${domain}`)));
  });
  const [open, closed] = [
    ['deny', 'allow'],
    ['allow', 'allow'],
  ];
  expect(decided).toEqual([closed, open, closed, open, closed]);
});

test('what is unknown of one target is not said of another', () => {
  const rule: Rule = { id: 'r', effect: 'deny', when: { 'target.domains': { anyOf: ['evil.example'] } } };
  const trial = trialOf([policy({ default: 'allow', rules: [rule] })]);
  const unknowns = ['x@evil.example', 'x@evil.example, y', 'x@evil.example', 'y@acme.example'].map((to) =>
    act(trial, mailTo(to)).decision.causes.map(({ id = 'default', unknown = [] }) => [id, ...unknown]),
  );
  expect(unknowns).toEqual([[['r']], [['r', 'target.domains']], [['r']], [['default']]]);
});

test('calls of a tool are counted whatever node they come from', () => {
  const rule: Rule = { id: 'r', effect: 'deny', when: { 'trial.sameToolCalls': { atLeast: 2 } } };
  const trial = trialOf([policy({ default: 'allow', rules: [rule] })]);
  const finals = ['plan', 'act', 'plan'].map((node) => finalOf(trial, mailTo('dana@acme.example', { node })));
  expect(finals).toEqual(['allow', 'allow', 'deny']);
});

test('signals are good until something else has happened', () => {
  const trial = trialOf([policy({ default: 'allow' })]);
  const under = trial.decide(trial.signals(mailTo('dana@acme.example')));
  const early = trial.signals(mailTo('dana@acme.example'));
  trial.settle(under.reservation, { failed: false });
  expect(trial.decide(early).decision).toMatchObject({ final: 'deny', causes: [{ kind: 'fault' }] });
});

test('a run that goes on has lasted as long as it had before', () => {
  const rule: Rule = { id: 'r', effect: 'deny', when: { 'run.elapsedMs': { atLeast: 1_000 } } };
  const clock = clockAt(5 * hourMs);
  const applied = [policy({ default: 'allow', rules: [rule] })];
  const kernel = createKernel({ variants: new Map([['a', { role: 'r', policies: applied }]]), clock });
  clock.now += 1_000;
  expect(finalOf(trialOf(applied, { clock, kept: kernel.snapshot() }))).toBe('deny');
  expect(finalOf(trialOf(applied, { clock }))).toBe('allow');
});

test('an agent of which nobody knows the node is held back by what holds any node back', () => {
  const rule: Rule = { id: 'r', effect: 'deny', scope: { nodes: ['pay'] } };
  const applied = [policy({ default: 'allow', rules: [rule] })];
  const of = (node: string | undefined, hasNodes: boolean) =>
    finalOf(trialOf(applied, { hasNodes }), mailTo('dana@acme.example', node === undefined ? {} : { node }));
  expect([of('pay', true), of('plan', true), of(undefined, true), of(undefined, false)]).toEqual([
    ...['deny', 'allow', 'deny', 'allow'],
  ]);
});

test('policies of the same text that include others in their folders are two', () => {
  const found = policies({
    law: { constitution: true, default: 'allow', include: ['part'] },
    'x/part': { overlay: true, rules: [{ id: 'r', effect: 'deny', when: { 'target.ids': ['x@acme.example'] } }] },
    'y/part': { overlay: true, rules: [{ id: 'r', effect: 'deny', when: { 'target.ids': ['y@acme.example'] } }] },
  });
  const trial = trialOf([found('x/law'), found('y/law'), found('x/law')]);
  expect(['x', 'y', 'z'].map((name) => finalOf(trial, mailTo(`${name}@acme.example`)))).toEqual([
    ...['deny', 'deny', 'allow'],
  ]);
});

test('a budget that several policies include counts where any of them is in force', () => {
  const found = policies({
    clerks: { overlay: true, scope: { roles: ['clerk'] }, include: ['shared'] },
    assistants: { overlay: true, scope: { roles: ['assistant'] }, include: ['shared'] },
    shared: { overlay: true, budgets: [{ id: 'b', unit: 'calls', limit: 1 }] },
    open: { default: 'allow' },
  });
  const trial = trialOf(['clerks', 'assistants', 'open'].map(found));
  expect([finalOf(trial), finalOf(trial)]).toEqual(['allow', 'deny']);
});

test('a rule that several policies include is told once, in decisions and in questions', () => {
  const found = policies({
    clerks: { default: 'allow', include: ['shared'] },
    all: { overlay: true, include: ['shared'], rules: [{ id: 'own', effect: 'allow', reason: 'why not' }] },
    shared: {
      overlay: true,
      rules: [
        { id: 'look', effect: 'ask', ask: { who: ['ada'] }, reason: 'a person looks first' },
        { id: 'hide', effect: 'allow', when: { 'target.domains': 'acme.example' }, obligations: { log: 'info' } },
      ],
    },
  });
  const trial = trialOf(['clerks', 'all'].map(found));
  const asked = trial.question(trial.signals(mailTo('dana@acme.example')), []);
  expect(asked?.causes.map(({ id }) => id)).toEqual(['look']);
  const { decision } = act(trial);
  expect(decision.causes.map(({ kind, id }) => [kind, id])).toEqual([
    ['approver', 'no-approver'],
    ['rule', 'look'],
    ['rule', 'hide'],
    ['rule', 'own'],
  ]);
  const unsure = act(trial, mailTo('ß.example'));
  expect(unsure.decision.undecided?.map(({ id }) => id)).toEqual(['hide']);
});

test('rules that policies have in common by name alone are both told', () => {
  const found = policies({
    one: { default: 'allow', include: ['shared'], rules: [{ id: 'r', effect: 'deny', reason: 'so' }] },
    'x/one': { default: 'allow', include: ['shared'], rules: [{ id: 'r', effect: 'deny', reason: 'or so' }] },
    shared: { overlay: true },
  });
  const { decision } = act(trialOf(['one', 'x/one'].map(found)));
  expect(decision.causes.map(({ id, message }) => [id, message])).toEqual([
    ['r', 'so'],
    ['r', 'or so'],
  ]);
});

test('a fault in what a policy is in force for denies', () => {
  const applied = policy({ default: 'allow', scope: { tags: ['send'] } });
  const poison = ['send'];
  Object.defineProperty(poison, 0, {
    get: () => {
      throw new Error('poisoned');
    },
  });
  expect(applied.evaluate(factsOf({ 'tool.tags': poison })).causes).toMatchObject([{ kind: 'fault', effect: 'deny' }]);
});

test('not knowing whether a rule asks takes nobody from those whom the default asks', () => {
  const rules: Rule[] = [
    {
      id: 'inside',
      effect: 'ask',
      when: { 'target.domains': { only: ['acme.example'] } },
      ask: { who: ['office'] },
    },
  ];
  const trial = trialOf([policy({ default: 'ask', ask: { who: ['security'] }, rules })]);
  const asked = (to: string) =>
    trial.question(trial.signals(mailTo(to)), [])?.causes.map(({ ask }) => ask?.who?.join());
  expect(asked('a@evil.example')).toEqual(['security']);
  expect(asked('a@acme.example')).toEqual(['office']);
  expect(asked('x@evil.example, a@acme.example')).toEqual(['office', 'security']);
});

test('nobody is asked where no policy is surely in force', () => {
  const rules: Rule[] = [{ id: 'r', effect: 'ask', when: { 'target.domains': { anyOf: ['evil.example'] } } }];
  const trial = trialOf([policy({ overlay: true, rules })]);
  const signals = trial.signals(mailTo('x@evil.example, y'));
  expect(trial.question(signals, [])).toBeNull();
  expect(trial.decide(signals).decision.final).toBe('deny');
});
