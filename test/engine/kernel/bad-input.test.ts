/**
 * Input that is wrong in every way that is known: units that contradict each other, numbers that overflow, clocks that
 * jump, zones that change, floods of tags, policies that include themselves, text that is cut off, signals that nobody
 * checked. Each is refused by name or holds back; none lets an action through that a sound one would not.
 */
import { describe, expect, test } from 'vitest';
import { asKind, type Policy, type Rule, readDocuments } from '../../../server/engine/documents/index.ts';
import {
  type AskedQuestion,
  messageValidators,
  runTrial,
  type Tool,
  type TrialContext,
} from '../../../server/engine/experiment/index.ts';
import {
  type Answer,
  type Answers,
  createKernel,
  type KernelOptions,
  type ProposedAction,
  ruleOf,
  type SignalExtractor,
  type Signals,
  type TrialKernel,
} from '../../../server/engine/kernel/index.ts';
import type { EntryBody } from '../../../server/engine/ledger/index.ts';
import { type CompiledPolicy, compilePolicy, type PolicySource } from '../../../server/engine/policy/index.ts';
import type { AgentEvent } from '../../../server/engine/ports.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';

const pay: Tool = {
  name: 'pay',
  description: 'Pay.',
  kind: 'write',
  risk: 4,
  cost: 0.1,
  tags: ['money'],
  input: { type: 'object' },
};
const call = (more: Partial<Tool> = {}): ProposedAction => ({ type: 'tool', tool: { ...pay, ...more }, input: {} });

const sourceOf = (name: string, spec: Policy['spec']): PolicySource => ({
  policy: { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec },
  digest: `sha256:${name}`,
  lineOf: () => undefined,
  zones: createZoneOffsets(),
});
function policy(spec: Policy['spec'], name = 'p'): CompiledPolicy {
  const { value, problems } = compilePolicy(sourceOf(name, spec));
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}
const kernelOf = (policies: readonly CompiledPolicy[], more: Partial<KernelOptions> = {}) =>
  createKernel({ variants: new Map([['a', { role: 'assistant', policies }]]), ...more });
const trialOf = (policies: readonly CompiledPolicy[], more: Partial<KernelOptions> = {}, trial = 't'): TrialKernel =>
  kernelOf(policies, more).openTrial({ trial, variant: 'a' });
const decide = (trial: TrialKernel, action = call()) => trial.decide(trial.signals(action)).decision;
function act(trial: TrialKernel, action = call()) {
  const { decision, reservation } = trial.decide(trial.signals(action));
  trial.settle(reservation, { failed: false });
  return decision.final;
}

/** What the text of a policy is refused for, in documents or in meaning; empty when it would come into force. */
function faultsOf(text: string): string[] {
  const [document] = readDocuments(text);
  if (document === undefined) return ['no document'];
  const value = asKind(document, 'Policy');
  const faults = document.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  if (value === null) return faults.length > 0 ? faults : ['no policy'];
  return [...faults, ...compilePolicy(sourceOf('p', value.spec)).problems.map(({ code }) => code)];
}
const spec = (lines: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  default: allow\n${lines}`;
const budget = (fields: string) => spec(`  budgets: [{ id: b, ${fields} }]`);

describe('a policy is refused by name', () => {
  test.each<[what: string, code: string, text: string]>([
    ['contradictory units: calls in parts', 'policy/inexact-number', budget('unit: calls, limit: 0.5')],
    ['contradictory units: dollars in a limit of calls', 'schema/type', budget('unit: calls, limit: "$5"')],
    [
      'contradictory units: a child in calls, a parent in dollars',
      'policy/parent-unit',
      spec('  budgets: [{ id: b, unit: usd, limit: 5 }, { id: c, unit: calls, limit: 5, parent: b }]'),
    ],
    [
      'contradictory units: a time where a count belongs',
      'schema/type',
      spec('  rules: [{ id: r, effect: deny, when: { trial.steps: { atLeast: 30s } } }]'),
    ],
    ['an overflowing limit of calls', 'policy/limit-overflow', budget('unit: calls, limit: 9007199254740992')],
    ['an overflowing limit of dollars', 'policy/limit-overflow', budget('unit: usd, limit: 1.0e+12')],
    ['a limit without end', 'schema/type', budget('unit: usd, limit: .inf')],
    ['a limit that is no number', 'schema/type', budget('unit: usd, limit: .nan')],
    ['an overflowing window', 'policy/limit-overflow', budget('unit: calls, limit: 1, window: 999999999999999d')],
    ['a negative limit', 'schema/range', budget('unit: usd, limit: -1')],
  ])('%s', (_, code, text) => {
    expect(faultsOf(text)).toContain(code);
  });

  test('that includes itself', () => {
    const self: PolicySource = { ...sourceOf('p', { include: ['p'] }), include: () => self };
    expect(compilePolicy(self)).toMatchObject({ value: null, problems: [{ code: 'policy/include-cycle' }] });
  });

  test('in a cycle of three, from each of them', () => {
    const names = ['one', 'two', 'three'];
    const of = (at: number): PolicySource => ({
      ...sourceOf(names[at % 3] ?? '', { include: [names[(at + 1) % 3] ?? ''] }),
      include: () => of(at + 1),
    });
    for (const at of [0, 1, 2])
      expect(compilePolicy(of(at))).toMatchObject({
        value: null,
        problems: [{ code: 'policy/include-cycle', message: expect.stringContaining('→') }],
      });
  });

  test('cut off anywhere within its rules: it never allows what the whole denies', () => {
    const whole = spec(
      '  rules:\n    - id: no-money\n      effect: deny\n      when:\n        tool.tags: { anyOf: [money] }\n',
    );
    // From where rules begin: what ends before them is a policy without rules, which no reader can tell from a whole one.
    const start = whole.indexOf('rules:') + 'rules:'.length;
    for (let end = start; end < whole.length; end++) {
      const text = whole.slice(0, end);
      if (faultsOf(text).length > 0) continue;
      const [document] = readDocuments(text);
      const value = document && asKind(document, 'Policy');
      if (value) expect([text, decide(trialOf([policy(value.spec)])).final]).toEqual([text, 'deny']);
    }
  });
});

describe('amounts that cannot be counted hold back', () => {
  const spend = policy({ default: 'allow', budgets: [{ id: 'spend', unit: 'usd', limit: 5 }] });

  test.each([
    ['a negative cost', -0.1],
    ['a cost without end', Number.POSITIVE_INFINITY],
    ['a cost that is no number', Number.NaN],
    ['a cost that overflows', 1e300],
    ['a cost of less than can be counted', 1e-9],
  ])('%s', (_, cost) => {
    const trial = trialOf([spend]);
    expect(decide(trial, call({ cost }))).toMatchObject({
      final: 'deny',
      causes: [{ kind: 'budget', id: 'spend' }, {}],
    });
    expect(trial.remaining()).toEqual([{ id: 'spend', unit: 'usd', remaining: 5 }]);
  });

  test('a negative bid is no proposal', () => {
    expect(messageValidators.propose({ tool: 'pay', input: {}, bid: -5 })).toBe(false);
  });
});

describe('clocks', () => {
  const dayMs = 86_400_000;
  const start = Date.parse('2026-10-25T00:00:00Z');
  function clockAt(now: number) {
    const clock = { now, mono: 0, nowMs: () => clock.now, monotonicMs: () => clock.mono };
    return clock;
  }

  test('that jump backwards give no budget back, and make no time or rate negative', () => {
    const clock = clockAt(start);
    const windows = policy({
      default: 'allow',
      budgets: [{ id: 'b', unit: 'calls', limit: 2, window: '1h' }],
    });
    const trial = trialOf([windows], { clock });
    expect([act(trial), act(trial), act(trial)]).toEqual(['allow', 'allow', 'deny']);
    clock.now -= 400 * dayMs;
    clock.mono -= 5_000;
    expect(act(trial)).toBe('deny');
    const signals = trial.signals(call()).record;
    for (const name of ['trial.elapsedMs', 'run.elapsedMs', 'trial.stepsPerMinute', 'run.stepsPerMinute'])
      expect([name, Number(signals[name]) >= 0]).toEqual([name, true]);
  });

  test.each([
    ['no number', Number.NaN],
    ['without end', Number.POSITIVE_INFINITY],
  ])('whose time is %s leave a window unknown, which holds back', (_, now) => {
    const closed = policy({
      default: 'allow',
      rules: [{ id: 'closed', effect: 'deny', during: { days: ['sat'] } }],
    });
    expect(decide(trialOf([closed], { clock: clockAt(now) }))).toMatchObject({
      final: 'deny',
      causes: [{ id: 'closed', unknown: ['time.utc'] }],
    });
  });

  test('go through a change of the zone within a window: both passes of the hour are in it', () => {
    const clock = clockAt(start);
    const night = policy({
      default: 'allow',
      rules: [{ id: 'night', effect: 'deny', during: { from: '02:15', to: '02:45', zone: 'Europe/Berlin' } }],
    });
    const trial = trialOf([night], { clock });
    const at = (time: string) => {
      clock.now = Date.parse(`2026-10-25T${time}:00Z`);
      return act(trial);
    };
    expect(['00:14', '00:30', '00:45', '01:14', '01:30', '01:45'].map(at)).toEqual([
      'allow',
      'deny',
      'allow',
      'allow',
      'deny',
      'allow',
    ]);
  });

  test('of a policy that is edited to another zone: who runs keeps the old one, who begins has the new', () => {
    const clock = clockAt(Date.parse('2026-07-01T09:30:00Z'));
    const closed = (zone: string) =>
      policy({
        default: 'allow',
        rules: [{ id: 'lunch', effect: 'deny', during: { from: '11:00', to: '12:00', zone } }],
      });
    const running = trialOf([closed('Europe/Berlin')], { clock });
    const begun = trialOf([closed('America/New_York')], { clock });
    expect([act(running), act(begun)]).toEqual(['deny', 'allow']);
    clock.now = Date.parse('2026-07-01T15:30:00Z');
    expect([act(running), act(begun)]).toEqual(['allow', 'deny']);
  });
});

describe('ten thousand tags', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `tag-${index}`);
  const deciding = (when: NonNullable<NonNullable<Policy['spec']['rules']>[number]['when']>) =>
    policy({ default: 'allow', rules: [{ id: 'r', effect: 'deny', when }] });

  test.each([
    ['any of them', { anyOf: ['tag-9999'] }, 'deny'],
    ['all of them', { allOf: many }, 'deny'],
    ['one more than there are', { allOf: [...many, 'other'] }, 'allow'],
    ['none of them', { noneOf: ['tag-9999'] }, 'allow'],
    ['only they', { only: many }, 'deny'],
  ] as const)('of a tool are decided on: %s', (_, test, expected) => {
    const written = Object.fromEntries(Object.entries(test).map(([key, texts]) => [key, [...texts]]));
    expect(decide(trialOf([deciding({ 'tool.tags': written })]), call({ tags: many })).final).toBe(expected);
  });
});

describe('signals that nobody has checked', () => {
  const strict = policy({
    default: 'allow',
    rules: [{ id: 'risky', effect: 'deny', when: { 'tool.risk': { atLeast: 4 } } }],
  });

  test('are no signals for the compiler', () => {
    const trial = trialOf([strict]);
    // @ts-expect-error only the kernel makes signals
    const forged: Signals = { 'tool.risk': 0 };
    expect(trial.decide(forged).decision.final).toBe('deny');
  });

  test('are refused and recorded, and what they said is not', async () => {
    const own = trialOf([strict]);
    const kernel: TrialKernel = {
      signals: () => ({ 'tool.risk': 0 }) as unknown as Signals,
      question: (signals, given) => own.question(signals, given),
      decide: (signals, answers) => own.decide(signals, answers),
      settle: (reservation, result) => own.settle(reservation, result),
      guard: (action, observation, answers) => own.guard(action, observation, answers),
      reject: () => own.reject(),
      mayRedact: [],
      remaining: () => own.remaining(),
      close: () => own.close(),
    };
    const { entries, called } = await tryTrial(kernel);
    expect(entries.find(({ type }) => type === 'decision')).toMatchObject({
      signals: {},
      decision: { final: 'deny', causes: [{ kind: 'fault', message: expect.stringContaining('were not made by') }] },
    });
    expect(called).toBe(0);
  });

  const fact = (facts: object, provides: SignalExtractor['provides']): SignalExtractor => ({
    provides,
    extract: () => facts,
  });
  test.each<[string, SignalExtractor, string]>([
    ['of another extractor', fact({ 'tool.risk': 0, 'agent.node': 'x' }, ['agent.node']), 'agent.node'],
    ['that the registry does not know', fact({ 'tool.mood': 'good', 'tool.risk': 0 }, ['tool.risk']), 'tool.risk'],
    ['of another type', fact({ 'tool.risk': 'low' }, ['tool.risk']), 'tool.risk'],
    ['out of range', fact({ 'tool.risk': -1 }, ['tool.risk']), 'tool.risk'],
  ])('%s leave what the extractor says unknown, with the reason in the record', (_, extractor, name) => {
    const trial = trialOf([strict], { extractors: [extractor] });
    const signals = trial.signals(call());
    expect(signals.record[name]).toEqual({ unknown: expect.stringMatching(/which it does not provide|is no value/) });
    expect(trial.decide(signals)).toMatchObject({
      signals: { [name]: { unknown: expect.any(String) } },
      decision: { final: 'deny' },
    });
  });
});

describe('an answer never allows more than the rules do when it comes', () => {
  const asks: Rule = { id: 'ask', effect: 'ask', ask: { who: ['ada'] } };
  const yes: Answer = { allow: true, person: 'Ada', names: ['ada'], rules: ['p/ask'], waitedMs: 5 };
  const answers = (...given: Answer[]): Answers => ({ given, end: 'answered' });
  const start = Date.parse('2026-01-05T16:59:00Z');

  test.each(['104000000d', '999999999999999d'])(
    'a question that waits for %s has a last moment on the calendar',
    (wait) => {
      const trial = trialOf([policy({ default: 'allow', rules: [{ ...asks, ask: { wait } }] })]);
      const { waitMs = 0 } = trial.question(trial.signals(call()), []) ?? {};
      expect(new Date(start + waitMs).toISOString()).toMatch(/^\+\d{6}-/);
    },
  );

  test('it lets through what is asked about, and budgets are charged once', () => {
    const trial = trialOf([
      policy({
        default: 'allow',
        rules: [asks],
        budgets: [
          { id: 'b', unit: 'calls', limit: 3 },
          { id: 's', unit: 'steps', limit: 3 },
        ],
      }),
    ]);
    const signals = trial.signals(call());
    expect(trial.question(signals, [])).toMatchObject({ causes: [{ id: 'ask' }], waitMs: 600_000 });
    const { decision, reservation } = trial.decide(trial.signals(call()), answers(yes));
    trial.settle(reservation, { failed: false });
    expect(decision).toMatchObject({ effect: 'ask', final: 'allow' });
    expect(trial.remaining().map(({ remaining }) => remaining)).toEqual([2, 2]);
    expect(trial.signals(call()).record).toMatchObject({ 'trial.steps': 1, 'trial.denials': 0 });
  });

  test.each<[string, Answer[], string]>([
    ['of nobody', [], 'no-approver'],
    ['of somebody else', [{ ...yes, names: ['bob'] }], 'no-approver'],
    ['that refuses', [{ ...yes, allow: false }], 'refused'],
    ['that refuses beside one that approves', [yes, { ...yes, allow: false }], 'refused'],
  ])('one %s is a denial', (_, given, id) => {
    const trial = trialOf([policy({ default: 'allow', rules: [asks] })]);
    const { decision, reservation } = trial.decide(trial.signals(call()), answers(...given));
    expect(decision.final).toBe('deny');
    expect(decision.causes[0]).toMatchObject({ kind: 'approver', id, effect: 'deny' });
    trial.settle(reservation, { failed: false });
    expect(trial.signals(call()).record['trial.cost']).toBe(0);
  });

  test('a rule that has begun to deny meanwhile denies', () => {
    const clock = { now: start, nowMs: () => clock.now, monotonicMs: () => clock.now };
    const closing = policy({
      default: 'allow',
      rules: [asks, { id: 'closed', effect: 'deny', during: { from: '17:00', to: '24:00' } }],
    });
    const trial = trialOf([closing], { clock });
    expect(trial.question(trial.signals(call()), [])).not.toBeNull();
    clock.now += 120_000;
    expect(trial.decide(trial.signals(call()), answers(yes)).decision).toMatchObject({
      final: 'deny',
      causes: [{ id: 'closed' }, { id: 'ask' }, { id: 'approved' }],
    });
  });

  test('a rule that has begun to ask meanwhile is asked about, and nothing is allowed before', () => {
    const clock = { now: start, nowMs: () => clock.now, monotonicMs: () => clock.now };
    const opening = policy({
      default: 'allow',
      rules: [asks, { id: 'night', effect: 'ask', during: { from: '17:00', to: '24:00' } }],
    });
    const trial = trialOf([opening], { clock });
    expect(trial.question(trial.signals(call()), [])?.causes).toMatchObject([{ id: 'ask' }]);
    clock.now += 120_000;
    const again = trial.signals(call());
    expect(trial.question(again, [yes])?.causes).toMatchObject([{ id: 'night' }]);
    expect(trial.decide(again, answers(yes)).decision).toMatchObject({
      final: 'deny',
      causes: [
        { id: 'no-approver', message: expect.stringContaining('it would have to be asked again') },
        { id: 'ask' },
        { id: 'night' },
        { id: 'approved', answer: { rules: ['p/ask'], as: 'ada' } },
      ],
    });
    const both = [yes, { ...yes, person: 'Bob', names: ['bob'], rules: ['p/night'] }];
    expect(trial.question(trial.signals(call()), both)).toBeNull();
    expect(trial.decide(trial.signals(call()), answers(...both)).decision.final).toBe('allow');
  });

  test('a trial asks anew about what nobody was shown, before anything is done', async () => {
    const clock = { now: start, nowMs: () => clock.now, monotonicMs: () => clock.now };
    const opening = policy({
      default: 'allow',
      rules: [asks, { id: 'night', effect: 'ask', during: { from: '17:00', to: '24:00' } }],
    });
    const ask: TrialContext['ask'] = async ({ question, given }) => {
      clock.now += 120_000;
      return { given: [...given, { ...yes, rules: question.causes.map(ruleOf) }], end: 'answered' };
    };
    const { asked, called } = await tryTrial(trialOf([opening], { clock }), {}, { ask });
    expect(asked.map(({ question }) => question.causes.map(({ id }) => id))).toEqual([['ask'], ['night']]);
    expect(called).toBe(1);
  });

  test('a refusal stands where the rule has ceased to ask', () => {
    const clock = { now: start, nowMs: () => clock.now, monotonicMs: () => clock.now };
    const opening = policy({ default: 'allow', rules: [{ ...asks, during: { from: '09:00', to: '17:00' } }] });
    const trial = trialOf([opening], { clock });
    clock.now += 120_000;
    expect(trial.decide(trial.signals(call()), answers({ ...yes, allow: false })).decision).toMatchObject({
      effect: 'deny',
      final: 'deny',
    });
  });

  test('a halt of the run meanwhile ends the trial', () => {
    const halting = policy({
      default: 'allow',
      rules: [asks],
      budgets: [{ id: 'b', unit: 'calls', limit: 1, per: 'run', onExhausted: 'halt' }],
    });
    const kernel = kernelOf([halting]);
    const [one, other] = ['1', '2'].map((trial) => kernel.openTrial({ trial, variant: 'a' }));
    expect(one?.question(one.signals(call()), [])).not.toBeNull();
    for (let at = 0; at < 2; at++)
      other?.settle(other.decide(other.signals(call()), answers(yes)).reservation, { failed: false });
    expect(one?.decide(one.signals(call()), answers(yes)).decision.final).toBe('halt');
  });

  test('no answer adds to an exhausted budget that asks', () => {
    const trial = trialOf([
      policy({ default: 'allow', budgets: [{ id: 'b', unit: 'calls', limit: 0, onExhausted: 'ask' }] }),
    ]);
    expect(trial.question(trial.signals(call()), [])).toBeNull();
    expect(trial.decide(trial.signals(call()), answers(yes)).decision).toMatchObject({
      effect: 'ask',
      final: 'deny',
      causes: [{ message: '`b` is exhausted, and no answer adds to a budget' }, { id: 'b' }, {}, { id: 'approved' }],
    });
  });

  test('none outweighs a default that denies where a rule asks for want of knowledge', () => {
    const spec: Policy['spec'] = { default: 'deny', rules: [{ ...asks, when: { 'agent.node': 'a' } }] };
    const lost: SignalExtractor = { provides: ['agent.node'], extract: () => ({ 'agent.node': { unknown: 'lost' } }) };
    const trial = trialOf([policy(spec)], { extractors: [lost] });
    expect(trial.question(trial.signals(call()), [])).toBeNull();
    expect(trial.decide(trial.signals(call()), answers(yes)).decision).toMatchObject({
      effect: 'deny',
      final: 'deny',
      causes: [{ kind: 'default' }, { id: 'ask', unknown: ['agent.node'] }, { kind: 'approver' }],
    });
  });

  test('nobody is asked about what is denied anyway', () => {
    const trial = trialOf([policy({ default: 'allow', rules: [asks, { id: 'no', effect: 'deny' }] })]);
    expect(trial.question(trial.signals(call()), [])).toBeNull();
  });

  test('a question shows nothing that a rule keeps out of sight', async () => {
    const hides = { ...asks, obligations: { redact: ['/account'] } };
    const { asked } = await tryTrial(trialOf([policy({ default: 'allow', rules: [hides] })]), {
      account: 'DE89',
      sum: 3,
    });
    expect(asked).toMatchObject([{ input: { account: '[redacted]', sum: 3 }, tool: 'pay', step: 0 }]);
  });
});

describe('what a rule keeps out of sight', () => {
  const tools = new Map([['pay', { ...pay, targets: ['/to', '/copy'] }]]);
  const to = 'eve@evil.example';
  const hides: Rule = { id: 'quiet', effect: 'allow', obligations: { redact: ['/to'], notify: ['ada'] } };
  const hidden = { unknown: 'a rule keeps `/to` out of sight' };
  const written = async (spec: Policy['spec'], input: Record<string, unknown>, more: object = {}) => {
    const { entries } = await tryTrial(trialOf([policy(spec)]), input, { tools, ...more });
    return entries;
  };
  const entryOf = (entries: readonly EntryBody[], type: EntryBody['type']) => entries.find((one) => one.type === type);

  test('is in no entry: not in the input, nor in signals that were read from it', async () => {
    const guards: Rule = { id: 'look', on: 'observation', effect: 'allow' };
    const entries = await written({ rules: [hides, guards] }, { to: [to], copy: 'ada@acme.example', sum: 3 });
    expect(JSON.stringify(entries)).not.toContain('evil');
    expect(entryOf(entries, 'decision')).toMatchObject({
      action: { input: { json: { to: '[redacted]', copy: 'ada@acme.example', sum: 3 } } },
      signals: { 'target.ids': hidden, 'target.domains': hidden, 'tool.name': 'pay' },
    });
    expect(entryOf(entries, 'observation')).toMatchObject({ signals: { 'target.ids': hidden } });
  });

  test('hides no targets that are read elsewhere, and none where there is nothing to hide', async () => {
    const entries = await written({ rules: [hides] }, { copy: 'ada@acme.example' });
    expect(entryOf(entries, 'decision')).toMatchObject({
      signals: { 'target.ids': ['ada@acme.example'], 'target.domains': ['acme.example'] },
    });
    const other: Rule = { ...hides, obligations: { redact: ['/toll'] } };
    expect(entryOf(await written({ rules: [other] }, { to, toll: 1 }), 'decision')).toMatchObject({
      signals: { 'target.ids': [to] },
    });
  });

  test('is hidden where nobody can tell whether the rule matches, though that allows nothing', async () => {
    const rule: Rule = { ...hides, when: { 'target.domains': 'evil.example' } };
    const entries = await written({ default: 'allow', rules: [rule] }, { to: `${to}, bob@acme.example` });
    expect(JSON.stringify(entries)).not.toContain('eve@');
    expect(entryOf(entries, 'decision')).toMatchObject({
      decision: {
        final: 'allow',
        causes: [{ kind: 'default' }],
        undecided: [{ id: 'quiet', unknown: ['target.domains'], obligations: { notify: ['ada'] } }],
      },
    });
    const denied = await written({ default: 'deny', rules: [rule] }, { to: `${to}, bob@acme.example` });
    expect(JSON.stringify(denied)).not.toContain('eve@');
    expect(entryOf(denied, 'decision')).toMatchObject({ decision: { final: 'deny' } });
  });

  test('is hidden in proposals that never came before the rules, for any of them', async () => {
    const narrow: Rule = { ...hides, when: { 'tool.name': 'other' } };
    const refused = await written({ rules: [narrow] }, { to }, { checkInput: () => 'the input is odd' });
    expect(entryOf(refused, 'rejected')).toMatchObject({ action: { input: { json: { to: '[redacted]' } } } });

    const limit = { id: 'b', unit: 'calls', limit: 0, per: 'run', onExhausted: 'halt' } as const;
    const kernel = kernelOf([policy({ rules: [hides], budgets: [limit] })]);
    act(kernel.openTrial({ trial: 'before', variant: 'a' }));
    const { entries } = await tryTrial(kernel.openTrial({ trial: 't', variant: 'a' }), { to }, { tools });
    expect(JSON.stringify(entries)).not.toContain('evil');
    expect(entryOf(entries, 'decision')).toMatchObject({ decision: { final: 'halt', causes: [{ id: 'b' }] } });
  });
});

/** Runs one trial of an agent that pays once, without processes or disk. */
async function tryTrial(
  kernel: TrialKernel,
  input: Record<string, unknown> = {},
  more: Partial<Pick<TrialContext, 'tools' | 'checkInput' | 'ask'>> = {},
) {
  const entries: EntryBody[] = [];
  const asked: AskedQuestion[] = [];
  let called = 0;
  let proposed = false;
  const context: TrialContext = {
    trial: { id: '0'.repeat(32), variant: 'a', task: { id: 't', instruction: 'Pay.' }, repetition: 0, seed: 1 },
    attempt: 1,
    tools: more.tools ?? new Map([['pay', pay]]),
    config: {},
    maxSteps: 5,
    kernel,
    sessions: {
      agent: async () => ({
        ok: true,
        value: {
          start: () => {},
          next: async (): Promise<AgentEvent> => {
            if (proposed) return { kind: 'finish', params: {} };
            proposed = true;
            return { kind: 'propose', params: { tool: 'pay', input }, reply: () => {} };
          },
          close: async () => {},
        },
      }),
      environment: async () => ({
        ok: true,
        value: {
          open: async () => ({ ok: true, value: null }),
          call: async () => {
            called++;
            return { ok: true, value: { output: null } };
          },
          grade: async () => ({ ok: true, value: { utility: false } }),
          close: async () => {},
        },
      }),
    },
    ledger: {
      size: 0,
      signedSize: 0,
      append: async (body) => entries.push(body),
      payload: (json) => ({ json }),
      checkpoint: async () => {},
      close: async () => {},
    },
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    checkInput: more.checkInput ?? (() => null),
    ask: async (question) => {
      asked.push(question);
      return more.ask === undefined ? { given: [], end: 'no-approver' } : await more.ask(question);
    },
    signal: new AbortController().signal,
  };
  await runTrial(context);
  return { entries, asked, called };
}
