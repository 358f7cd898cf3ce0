/**
 * Random policies and signals: the compiled engine says what the plain interpreter says, and not knowing never permits.
 * `ASSAY_RANDOM_RUNS=100000` compares so many policies instead of 3,000.
 */
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
import { createZoneOffsets } from '../../../server/io/zones.ts';
import { policies, signalNames, signalRecords } from './arbitraries.ts';
import { answer, interpret } from './interpreter.ts';

const zones = createZoneOffsets();
const runs = Number(process.env.ASSAY_RANDOM_RUNS ?? 3_000);

/** What the policy says of each of `records`, one after the other: what it keeps of one must not show in another. `withDefault` adds the kernel's denial of what no policy speaks of. */
function causesOf(policy: Policy, records: readonly SignalRecord[], withDefault = false): Cause[][] {
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => undefined, zones });
  expect(problems).toEqual([]);
  return records.map((record) => {
    const said = value?.evaluate(factsOf(record));
    const causes = [...(said?.causes ?? [])];
    // The kernel decides by the first of them.
    expect(strengthOf(causes[0]?.effect ?? 'allow')).toBe(Math.max(0, strength(causes)));
    if (!said?.isCertain && withDefault) causes.push({ kind: 'default', effect: 'deny' });
    sortByStrength(causes);
    return causes;
  });
}

const strength = (causes: readonly Cause[] = []) => Math.max(...causes.map(({ effect }) => strengthOf(effect)));

test('the compiled engine equals the interpreter', () => {
  fc.assert(
    fc.property(policies, fc.array(signalRecords, { minLength: 1, maxLength: 4 }), (policy, records) => {
      const said = causesOf(policy, [...records, ...records]).map((causes) =>
        causes.map(({ kind, id = '', effect, unknown }) => ({ kind, id, effect, certain: unknown === undefined })),
      );
      expect(said).toEqual([...records, ...records].map((record) => interpret(policy, record)));
    }),
    { numRuns: runs },
  );
}, 1_800_000);

test('a signal that becomes unknown never weakens what is decided', () => {
  fc.assert(
    fc.property(policies, signalRecords, signalNames, (policy, record, name) => {
      const [before, after] = causesOf(policy, [record, { ...record, [name]: { unknown: 'removed' } }], true);
      expect(strength(after)).toBeGreaterThanOrEqual(strength(before));
    }),
    { numRuns: 3_000 },
  );
});

test('the signals cited as unknown are unknown, and knowing them would decide the rule', () => {
  fc.assert(
    fc.property(policies, signalRecords, (policy, record) => {
      for (const { id, unknown = [] } of causesOf(policy, [record]).flat()) {
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

const domains = ['a.example', 'b.example', 'c.example', 'd.example'];
const someDomains = fc.subarray(domains, { minLength: 1 });

test('what was answered of some targets is not answered of others', () => {
  const about = fc.record({
    effect: fc.constantFrom('allow' as const, 'ask' as const, 'deny' as const),
    anyOf: someDomains,
    tool: fc.constantFrom('read', 'send', '*'),
  });
  fc.assert(
    fc.property(
      fc.array(about, { minLength: 2, maxLength: 6 }),
      fc.array(fc.tuple(fc.constantFrom('read', 'send'), someDomains), { minLength: 10, maxLength: 30 }),
      (rules, actions) => {
        const policy: Policy = {
          apiVersion: 'assay/v1',
          kind: 'Policy',
          metadata: { name: 'p' },
          spec: {
            default: 'deny',
            rules: rules.map(({ effect, anyOf, tool }, index) => ({
              id: `r${index}`,
              effect,
              when: { 'target.domains': { anyOf }, 'tool.name': tool },
            })),
          },
        };
        const records = actions.map(([tool, to]): SignalRecord => ({ 'tool.name': tool, 'target.domains': to }));
        const said = causesOf(policy, records).map((causes) =>
          causes.map(({ kind, id = '', effect }) => ({ kind, id, effect, certain: true })),
        );
        expect(said).toEqual(records.map((record) => interpret(policy, record)));
      },
    ),
    { numRuns: 300 },
  );
});
