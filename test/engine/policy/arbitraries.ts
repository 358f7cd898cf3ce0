/** Random policies, and signals that have a good chance of meeting their conditions. */
import fc from 'fast-check';
import { type Condition, type Policy, signals } from '../../../server/engine/documents/index.ts';
import { type SignalRecord, type SignalValue, slotOf, type Unknown } from '../../../server/engine/policy/index.ts';

type Signal = (typeof signals)[number];

const words = ['acme.example', 'evil.example', 'send', 'money', 'a', 'ab', 'abc', ''];
const word = fc.constantFrom(...words);
const patterns = fc.constantFrom(...words.slice(0, 7), '*', '*.example', 'a*', '*b*', 'acme*');
const dollars = fc.constantFrom(0, 0.000001, 0.1, 0.25, 1.1, 2);
const list = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 3 });
const oneOrMore = <T>(item: fc.Arbitrary<T>) => fc.oneof(item, list(item));
const rangeOf = (item: fc.Arbitrary<number>) => fc.tuple(item, item).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
const someOf = (comparators: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(comparators, { requiredKeys: [] }).filter((test) => Object.keys(test).length > 0);
const present = fc.boolean();

function testOf(signal: Signal): fc.Arbitrary<unknown> {
  switch (signal.type) {
    case 'enum': {
      const value = fc.constantFrom<string>(...signal.values);
      const some = oneOrMore(value);
      return fc.oneof(some, someOf({ is: some, not: some, anyOf: list(value), present }));
    }
    case 'string': {
      const some = oneOrMore(patterns);
      return fc.oneof(some, someOf({ is: some, not: some, anyOf: list(patterns), present }));
    }
    case 'tags': {
      const some = list(word);
      return fc.oneof(word, some, someOf({ anyOf: some, allOf: some, noneOf: some, only: list(patterns), present }));
    }
    case 'integer':
    case 'money': {
      const value = signal.type === 'money' ? dollars : fc.nat(5);
      const range = rangeOf(value);
      return fc.oneof(value, someOf({ is: value, not: value, atLeast: value, atMost: value, between: range, present }));
    }
  }
}

const tests = someOf(Object.fromEntries(signals.map((signal) => [signal.name, testOf(signal)])));
const fewTests = tests.map((test) => Object.fromEntries(Object.entries(test).slice(0, 3)) as Condition);

export const conditions: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fewTests,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
    fc.tuple(fewTests, tie('condition')).map(([test, not]) => ({ ...test, not })),
  ),
})).condition;

const effect = fc.constantFrom('allow' as const, 'ask' as const, 'deny' as const, 'halt' as const);
const rule = fc.record({ effect, when: conditions, unless: conditions }, { requiredKeys: ['effect'] });

export const policies: fc.Arbitrary<Policy> = fc
  .record({ default: effect, rules: fc.array(rule, { maxLength: 6 }) }, { requiredKeys: ['rules'] })
  .map(({ rules, ...spec }) => ({
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: 'random' },
    spec: { ...spec, rules: rules.map((one, index) => ({ id: `r${index}`, ...one })) },
  }));

function valuesOf(signal: Signal): fc.Arbitrary<SignalValue> {
  switch (signal.type) {
    case 'enum':
      return fc.constantFrom<string>(...signal.values);
    case 'string':
      return word;
    case 'tags':
      return fc.uniqueArray(word, { maxLength: 3 });
    case 'integer':
      return fc.nat(5);
    case 'money':
      return dollars.map((usd) => Math.round(usd * 1e6));
  }
}

const unknown: fc.Arbitrary<Unknown> = fc.constant({ unknown: 'lost' });

/** Any signal may be missing or unknown, also where the registry would not have it so. */
export const signalRecords: fc.Arbitrary<SignalRecord> = fc
  .record(
    Object.fromEntries(
      signals.map((signal) => [
        signal.name,
        fc.oneof({ weight: 6, arbitrary: valuesOf(signal) }, { weight: 1, arbitrary: unknown }),
      ]),
    ),
    { requiredKeys: ['action.type'] },
  )
  .map((record) =>
    Object.fromEntries(Object.entries(record).flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact]]))),
  );

export const signalNames = fc.constantFrom(...signals.map(({ name }) => name)).filter((name) => slotOf(name) >= 0);
