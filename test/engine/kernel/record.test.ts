/** What is recorded of an action is what was decided on: all of it, as it stood then, whoever reads it and whenever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { createKernel, type ProposedAction, type ToolDeclaration } from '../../../server/engine/kernel/index.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  factsOf,
  type SignalRecord,
  signalDeclarations,
} from '../../../server/engine/policy/index.ts';

const tools: readonly ToolDeclaration[] = ['read', 'send', 'pay'].map((name, index) => ({
  name,
  description: name,
  kind: index === 0 ? 'read' : 'write',
  risk: index,
  cost: index / 10,
  tags: index === 0 ? [] : [name],
  ...(index > 0 && { targets: ['/to', '/cc'] }),
  input: { type: 'object' },
}));

function compiled(spec: Policy['spec']): CompiledPolicy {
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:p', lineOf: () => undefined });
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}

/** A rule for nearly every signal, about what they come to within a few steps; the budget fits all. */
const curious = (): CompiledPolicy =>
  compiled({
    default: 'allow',
    validFrom: '2026-01-01',
    budgets: [{ id: 'calls', unit: 'calls', limit: 1_000, per: 'run', window: '1h' }],
    rules: signalDeclarations
      .filter(({ origin, type }) => origin !== 'observation' && (type === 'integer' || type === 'money'))
      .flatMap(({ name, type, maximum = 9 }, index) =>
        [1, 3, 5].map((bound) => ({
          id: `${name}-${bound}`,
          effect: index % 5 === 4 ? ('deny' as const) : ('allow' as const),
          when: { [name]: { atLeast: type === 'money' ? bound / 10 : Math.min(bound, maximum) } },
        })),
      )
      .concat([{ id: 'outside', effect: 'deny', when: { 'target.domains': 'evil.example' } as never }])
      .filter(({ id }) => !id.startsWith('time.')),
  });
const incurious = (): CompiledPolicy => compiled({ default: 'allow' });

const address = fc.constantFrom('dana@acme.example', 'eve@evil.example', 'nobody', 'a@b@c');
const steps = fc.array(
  fc.record({
    tool: fc.constantFrom(...tools),
    to: fc.option(fc.oneof(address, fc.array(address, { maxLength: 2 })), { nil: undefined }),
    failed: fc.boolean(),
    leapMs: fc.nat(20_000),
  }),
  { minLength: 1, maxLength: 12 },
);
type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];

/** Runs the steps and says of each what it caused and recorded; `late` reads all records only at the end. */
function run(policy: CompiledPolicy, of: readonly Step[], late: boolean) {
  let nowMs = Date.UTC(2026, 2, 27);
  const variants = new Map([['a', { role: 'assistant', policies: [policy] }]]);
  const kernel = createKernel({ variants, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } });
  const trial = kernel.openTrial({ trial: 't', variant: 'a' });
  const made = of.map(({ tool, to, failed, leapMs }) => {
    nowMs += leapMs;
    const action: ProposedAction = { type: 'tool', tool, input: to === undefined ? {} : { to } };
    const signals = trial.signals(action);
    const before = late ? null : signals.record;
    const verdict = trial.decide(signals);
    trial.settle(verdict.reservation, { failed });
    return { before, verdict, causes: verdict.decision.causes.filter(({ kind }) => kind !== 'budget') };
  });
  return made.map(({ before, verdict, causes }) => ({ record: before ?? verdict.signals, causes, verdict }));
}

test('what is recorded decides the same again, for a policy that has seen nothing else', () => {
  fc.assert(
    fc.property(steps, (of) => {
      for (const { record, causes } of run(curious(), of, true)) {
        expect(causes).toEqual(curious().evaluate(factsOf(record)).causes);
      }
    }),
    { numRuns: 50 },
  );
});

test('the record is the same before and after, and whether rules read targets or not', () => {
  fc.assert(
    fc.property(steps, (of) => {
      const recordsOf = (policy: CompiledPolicy, late: boolean): SignalRecord[] =>
        run(policy, of, late).map(({ record }) => record);
      expect(recordsOf(curious(), true)).toEqual(recordsOf(curious(), false));
      const [read, unread] = [curious(), incurious()].map((policy) => recordsOf(policy, true));
      const targets = (record: SignalRecord) => [record['target.ids'], record['target.domains'], record['tool.name']];
      expect(read?.map(targets)).toEqual(unread?.map(targets));
      expect(read?.map((record) => Object.keys(record))).toEqual(unread?.map((record) => Object.keys(record)));
    }),
    { numRuns: 200 },
  );
});

test('every signal that applies is recorded', () => {
  const [first] = run(
    curious(),
    [{ tool: tools[1] as ToolDeclaration, to: 'dana@acme.example', failed: false, leapMs: 0 }],
    true,
  );
  const expected = signalDeclarations
    .filter(({ origin, name }) => origin !== 'observation' && name !== 'agent.node')
    .map(({ name }) => name);
  expect(Object.keys(first?.record ?? {})).toEqual(expected);
});
