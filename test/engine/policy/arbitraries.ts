/** Random policies, and signals that have a good chance of meeting their conditions. */
import fc from 'fast-check';
import { type Condition, type Policy, type Rule, signals } from '../../../server/engine/documents/index.ts';
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

/** Observations are guarded by rules of their own. */
const ofActions = signals.filter(({ origin }) => origin !== 'observation');
const fewTests = fc
  .uniqueArray(
    fc.constantFrom(...ofActions).chain((signal) => testOf(signal).map((test) => [signal.name, test] as const)),
    { minLength: 1, maxLength: 3, selector: ([name]) => name },
  )
  .map((tests) => Object.fromEntries(tests) as Condition);

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

/** Moments about changes of clocks, and days about them. */
const clockChanges = ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T10:00Z', '2026-10-03T15:30Z'].map(
  Date.parse,
);
const dayMs = 86_400_000;
const moments = fc
  .tuple(fc.constantFrom(...clockChanges), fc.integer({ min: -2 * dayMs, max: 2 * dayMs }))
  .map(([change, away]) => change + away);
const instants = fc
  .tuple(moments, fc.boolean())
  .map(([ms, whole]) => new Date(ms).toISOString().slice(0, whole ? 10 : 24));
const day = fc.constantFrom('mon', 'fri', 'sat', 'sun', 'mon-fri', 'sat-sun', 'fri-mon', 'sun-sun');
const clock = fc.constantFrom('00:00', '01:30', '02:00', '02:30', '03:00', '09:15', '23:59');
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Asia/Kathmandu');
const window = someOf({
  days: fc.uniqueArray(day, { minLength: 1, maxLength: 2 }),
  from: clock,
  to: fc.oneof(clock, fc.constant('24:00')),
  zone,
});
const renew = fc.constantFrom({ every: '1d', for: '6h' }, { every: '36h', for: '36h' }, { every: '90m', for: '1ms' });
const valid = fc
  .tuple(fc.option(instants), fc.option(instants), fc.option(renew))
  .filter(([from, to]) => from === null || to === null || Date.parse(from) < Date.parse(to))
  .map(([validFrom, until, renew]) => ({
    ...(validFrom !== null && { validFrom }),
    ...(until !== null && { until }),
    ...(validFrom !== null && renew !== null && { renew }),
  }));
const scope = someOf({ roles: list(patterns), nodes: list(patterns), tags: list(word) });
const seldom = <T>(item: fc.Arbitrary<T>) => fc.option(item, { freq: 3, nil: undefined });

/** Scope and time of a policy or rule, left out more often than not. */
const extents = fc
  .tuple(seldom(scope), seldom(fc.oneof(window, list(window))), seldom(valid))
  .map(([scope, during, valid]) => ({ ...(scope && { scope }), ...(during && { during }), ...valid }) as Partial<Rule>);

const effect = fc.constantFrom('allow' as const, 'ask' as const, 'deny' as const, 'halt' as const);
const rule = fc
  .tuple(fc.record({ effect, when: conditions, unless: conditions }, { requiredKeys: ['effect'] }), extents)
  .map(([rule, extent]) => ({ ...rule, ...extent }));

export const policies: fc.Arbitrary<Policy> = fc
  .tuple(
    fc.record({ default: effect, rules: fc.array(rule, { maxLength: 6 }) }, { requiredKeys: ['rules'] }),
    extents,
    fc.nat(9),
  )
  .map(([{ rules, ...spec }, extent, overlay]) => ({
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: 'random' },
    spec: {
      ...(overlay === 0 ? { overlay: true } : spec),
      ...extent,
      rules: rules.map((one, index) => ({ id: `r${index}`, ...one })),
    },
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
      return signal.name === 'time.utc' ? moments : fc.nat(5);
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
    { requiredKeys: ['action.type', 'time.utc'] },
  )
  .map((record) =>
    Object.fromEntries(Object.entries(record).flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact]]))),
  );

export const signalNames = fc.constantFrom(...signals.map(({ name }) => name)).filter((name) => slotOf(name) >= 0);
