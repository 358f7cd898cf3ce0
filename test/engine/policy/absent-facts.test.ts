/**
 * Every comparator of every signal, under every effect, with a fact that is absent, unknown, of no valid value, or that an
 * extractor fails over: none permits what nobody knows. Expectations come from a table here, not from the engine.
 */
import { expect, test } from 'vitest';
import type { Condition, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';
import { createKernel, type SignalExtractor } from '../../../server/engine/kernel/index.ts';
import { compilePolicy, type SignalDeclaration, signalDeclarations } from '../../../server/engine/policy/index.ts';

type Truth = 'yes' | 'no' | 'unknown';

/** Tests that are sound for a type; a number fits every range of the registry. */
function testsOf({ name, type, values = ['x'] }: SignalDeclaration): readonly Record<string, unknown>[] {
  const [value] = values;
  const present = [{ present: true }, { present: false }];
  switch (type) {
    case 'enum':
    case 'string':
      return [{ is: value }, { not: value }, { anyOf: [value] }, ...present];
    case 'integer':
    case 'money':
      return [{ is: 1 }, { not: 1 }, { atLeast: 1 }, { atMost: 1 }, { between: [0, 1] }, ...present];
    case 'tags':
      // Patterns of other policies may be found too, so there is no `only` of them.
      return [
        ...[{ anyOf: ['x'] }, { allOf: ['x'] }, { noneOf: ['x'] }, ...present],
        ...(name === 'observation.patterns' ? [] : [{ only: ['x'] }]),
      ];
    case 'boolean':
      return [{ is: true }];
  }
}

/** Of a signal that does not apply, these comparators are true and all others are not. */
const holdsOfNothing = (test: Record<string, unknown>): boolean =>
  'not' in test || 'noneOf' in test || test.present === false;

const states: Readonly<Record<string, () => unknown>> = {
  absent: () => undefined,
  unknown: () => ({ unknown: 'lost' }),
  'of no valid value': () => ({ odd: true }),
  'failed over': () => {
    throw new Error('poisoned');
  },
};

const effects: readonly Effect[] = ['allow', 'ask', 'deny', 'halt'];
const negated: Readonly<Record<Truth, Truth>> = { yes: 'no', no: 'yes', unknown: 'unknown' };

/** What becomes of an action by one rule beside a default that says the opposite. */
function expected(effect: Effect, truth: Truth): 'allow' | 'deny' | 'halt' {
  if (effect === 'allow') return truth === 'yes' ? 'allow' : 'deny';
  if (truth === 'no') return 'allow';
  return effect === 'halt' ? 'halt' : 'deny';
}

function decide(rule: Rule, extractor: SignalExtractor, onObservation: boolean): string {
  const policy: Policy = {
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: 'p' },
    spec: {
      default: rule.effect === 'allow' && !onObservation ? 'deny' : 'allow',
      patterns: [{ id: 'x', match: ['*x*'] }],
      rules: [rule],
    },
  };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:p', lineOf: () => undefined });
  if (value === null) throw new Error(JSON.stringify(problems));
  const kernel = createKernel({
    variants: new Map([['a', { role: 'x', policies: [value] }]]),
    clock: { nowMs: () => 1, monotonicMs: () => 1 },
    extractors: [extractor],
  });
  const trial = kernel.openTrial({ trial: 't', variant: 'a' });
  const tool = { name: 'x', description: 'X.', kind: 'read' as const, risk: 1, cost: 0, input: {} };
  const action = { type: 'tool' as const, tool, input: {} };
  if (onObservation) return trial.guard(action, { failed: false, output: 'x' })?.decision.final ?? 'nothing';
  return trial.decide(trial.signals(action)).decision.final;
}

const applying = signalDeclarations.filter(({ appliesTo }) => appliesTo.includes('tool'));

test.each(applying)('$name, absent or unknown, permits nothing', (signal) => {
  const onObservation = signal.origin === 'observation';
  const wrong: string[] = [];
  let tried = 0;
  for (const [state, extract] of Object.entries(states)) {
    const extractor: SignalExtractor = {
      provides: [signal.name],
      extract: () => ({ [signal.name]: extract() as never }),
    };
    const isUnknown = state !== 'absent' || signal.missing === 'unknown';
    for (const comparison of testsOf(signal)) {
      const bare: Truth = isUnknown ? 'unknown' : holdsOfNothing(comparison) ? 'yes' : 'no';
      const condition = { [signal.name]: comparison } as Condition;
      const rules: readonly [Partial<Rule>, Truth][] = [
        [{ when: condition }, bare],
        [{ when: { not: condition } }, negated[bare]],
        [{ unless: condition }, negated[bare]],
      ];
      // Of what came of an action, a rule that allows is as good as none: it was allowed already.
      for (const effect of onObservation ? effects.slice(1) : effects)
        for (const [more, truth] of rules) {
          const on = onObservation ? { on: 'observation' as const } : {};
          const final = decide({ id: 'r', effect, ...on, ...more }, extractor, onObservation);
          tried++;
          if (final !== expected(effect, truth) || (isUnknown && final === 'allow'))
            wrong.push(`${effect} ${JSON.stringify(more)} of a fact that is ${state}: ${final}`);
        }
    }
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThanOrEqual(4 * 3 * 3);
});

test('every type of signal and every comparator of the registry is in the table', () => {
  expect(new Set(signalDeclarations.map(({ type }) => type))).toEqual(
    new Set(['enum', 'string', 'integer', 'money', 'tags']),
  );
  expect(applying.length).toBeGreaterThan(30);
});
