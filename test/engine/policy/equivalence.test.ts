/** Random policies and signals: the compiled engine says what the plain interpreter says, and not knowing never permits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import {
  type Cause,
  compilePolicy,
  factsOf,
  type SignalRecord,
  sortByStrength,
  strengthOf,
} from '../../../server/engine/policy/index.ts';
import { policies, signalNames, signalRecords } from './arbitraries.ts';
import { answer, interpret } from './interpreter.ts';

function causesOf(policy: Policy, record: SignalRecord): Cause[] {
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => undefined });
  expect(problems).toEqual([]);
  const causes: Cause[] = [];
  value?.evaluate(factsOf(record), causes);
  sortByStrength(causes);
  return causes;
}

const strength = (causes: readonly Cause[]) => Math.max(...causes.map(({ effect }) => strengthOf(effect)));

test('the compiled engine equals the interpreter', () => {
  fc.assert(
    fc.property(policies, signalRecords, (policy, record) => {
      const said = causesOf(policy, record).map(({ kind, id = '', effect, unknown }) => ({
        kind,
        id,
        effect,
        certain: unknown === undefined,
      }));
      expect(said).toEqual(interpret(policy, record));
    }),
    { numRuns: 3_000 },
  );
});

test('a signal that becomes unknown never weakens what is decided', () => {
  fc.assert(
    fc.property(policies, signalRecords, signalNames, (policy, record, name) => {
      const after = causesOf(policy, { ...record, [name]: { unknown: 'removed' } });
      expect(strength(after)).toBeGreaterThanOrEqual(strength(causesOf(policy, record)));
    }),
    { numRuns: 3_000 },
  );
});

test('the signals cited as unknown are unknown, and knowing them would decide the rule', () => {
  fc.assert(
    fc.property(policies, signalRecords, (policy, record) => {
      for (const { id, unknown = [] } of causesOf(policy, record)) {
        for (const name of unknown) expect(record[name]).toHaveProperty('unknown');
        const rule = policy.spec.rules?.find((one) => one.id === id);
        const known = { ...record };
        for (const name of unknown) delete known[name];
        if (unknown.length > 0)
          expect([rule?.when, rule?.unless].map((part) => part && answer(part, known))).not.toContain('unknown');
      }
    }),
    { numRuns: 1_000 },
  );
});
