/** What problems say: amounts with their unit, forms in words, and each thing once. */
import { describe, expect, test } from 'vitest';
import { schemas } from '../../server/engine/documents/generated/schemas.ts';
import { amountIn, countedIn } from '../../server/engine/documents/index.ts';
import { formsOfPatterns } from '../../server/engine/documents/validate.ts';
import { diagnose } from '../../server/language/index.ts';
import { policy } from './cases.ts';

/** Each problem as `code "the text it stands on" message; help`. */
const said = (text: string) =>
  diagnose(text).map(
    ({ code, span, message, help }) =>
      `${code} "${text.slice(span.start, span.end)}" ${message}${help === undefined ? '' : `; ${help}`}`,
  );
const rule = (parts: string) => policy(`  rules:\n    - { id: a, effect: deny, ${parts} }\n`);

describe('units', () => {
  test.each<[string, string, number | null]>([
    ['5s', 'ms', 5000],
    ['1.5 hours', 'ms', 5_400_000],
    ['10 Min', 'ms', 600_000],
    ['5MB', 'bytes', 5_000_000],
    ['64 KiB', 'bytes', 65_536],
    ['1.5b', 'bytes', null],
    ['$5', 'usd', 5],
    ['0.25 USD', 'usd', 0.25],
    ['5', 'ms', null],
    ['five seconds', 'ms', null],
    ['$5', 'ms', null],
    ['5s', 'steps', null],
    ['$5 usd', 'usd', null],
    ['-5s', 'ms', null],
  ])('`%s` in %s', (text, unit, amount) => {
    expect(amountIn(text, unit)).toBe(amount);
  });

  test('units that say nothing are left out', () => {
    expect(countedIn('a whole number, 0 or more', 'ms')).toBe('a whole number of milliseconds, 0 or more');
    expect(countedIn('a whole number', 'steps')).toBe('a whole number');
  });

  test.each<[string, string]>([
    [
      'when: { trial.elapsedMs: { atLeast: 5s } }',
      'schema/type "5s" `atLeast` of `trial.elapsedMs` takes a whole number of milliseconds, not the text `5s`; write `5000`',
    ],
    [
      'when: { tool.cost: { between: [$1, 2] } }',
      'schema/type "$1" an item of `between` of `tool.cost` takes a number of US dollars, not the text `$1`; write `1`',
    ],
    [
      'on: observation, when: { observation.sizeBytes: 5MB }',
      'schema/type "5MB" `observation.sizeBytes` takes a whole number of bytes, or comparators such as `is`, `not`, `atLeast`, not the text `5MB`; write `5000000`',
    ],
    [
      'when: { time.utc: { atLeast: 2026-01-01 } }',
      'schema/type "2026-01-01" `atLeast` of `time.utc` takes a whole number of milliseconds, not the text `2026-01-01`; write `1767225600000`, or say it by `validFrom` or `until` beside the rule\'s `id`',
    ],
    [
      'when: { trial.steps: { atLeast: few } }',
      'schema/type "few" `atLeast` of `trial.steps` takes a whole number, not the text `few`; such as `3`',
    ],
  ])('%s', (parts, expected) => {
    expect(said(rule(parts))).toEqual([expected]);
  });

  test('in budgets and cases, too', () => {
    expect(said(policy('  budgets:\n    - { id: a, unit: usd, limit: $5 }\n'))).toEqual([
      'schema/type "$5" `limit` takes a number, not the text `$5`; write `5`',
    ]);
    const cases =
      'cases: [{ name: a, action: { tool: t }, signals: { run.elapsedMs: 2m }, expect: { decision: deny } }]';
    const text = `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [p]\n  ${cases}\n`;
    expect(said(text)).toEqual([
      'meaning/signal-value "2m" `run.elapsedMs` is a whole number of milliseconds, 0 or more; write `120000`',
    ]);
  });
});

describe('forms', () => {
  const patternsIn = (schema: unknown): readonly string[] =>
    typeof schema !== 'object' || schema === null
      ? []
      : Object.entries(schema).flatMap(([key, value]) =>
          key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
        );
  const documents = Object.entries(schemas).filter(([file]) => !/ledger|protocol|signals/.test(file));
  test.each([...new Set(documents.flatMap(([, schema]) => patternsIn(schema)))])('%s has words', (pattern) => {
    expect([...formsOfPatterns.keys()]).toContain(pattern);
  });

  test.each<[string, string]>([
    [
      'during: { from: 9:00 }',
      'schema/format "9:00" the text `9:00` does not fit: a time of day is hours and minutes with two digits each, up to `23:59`, such as `09:00`',
    ],
    [
      'obligations: { redact: [body] }',
      'schema/format "body" the text `body` does not fit: a JSON Pointer is a `/` before each key on the way, with `~1` for `/` and `~0` for `~`',
    ],
    [
      'validFrom: 2026-01-01, until: 2026-01-01',
      'policy/never-valid "2026-01-01" it ends at `2026-01-01`, the moment at which it begins; let `until` be later than `validFrom`',
    ],
    [
      'when: { tool.kind: reed }',
      'schema/value "reed" `tool.kind` takes one of `read`, `write`, `execute`, or a list, or comparators such as `is`, `not`, `anyOf`, not the text `reed`; did you mean `read`?',
    ],
  ])('%s', (parts, expected) => {
    expect(said(rule(parts))).toEqual([expected]);
  });
});

describe('each thing is told once', () => {
  test.each<[string, string, string[]]>([
    ['an empty condition', rule('when: {}'), ['schema/empty "when" nothing stands here; write at least one key']],
    ['a text for a condition', rule('when: some text'), ['schema/type "some text" `when` takes keys with values']],
    ['a test without a value', rule('when: { tool.risk: }'), ['schema/type']],
    [
      'a unit that there is not',
      policy('  budgets:\n    - { id: a, unit: eur, limit: 2.5 }\n'),
      ['schema/value "eur" `unit` takes one of `usd`, `calls`, `steps`, not the text `eur`'],
    ],
  ])('%s', (_name, text, expected) => {
    const found = said(text);
    expect(found).toHaveLength(expected.length);
    for (const [index, start] of expected.entries()) expect(found[index]).toContain(start);
  });
});

describe('windows that are open for a day', () => {
  const told = 'this window closes at `09:00` of the day after, when it has been open for 24 hours';
  test.each<[string, string[]]>([
    ['{ from: "09:00", to: "17:00" }', []],
    ['{ from: "22:00", to: "06:00" }', []],
    ['{ days: [mon] }', []],
    ['{ from: "09:00", to: "09:00" }', [told]],
    ['[{ days: [mon] }, { from: "09:00", to: "09:00" }]', [told]],
    ['{ to: "00:00" }', ['this window closes at `00:00` of the day after, when it has been open for 24 hours']],
  ])('%s', (during, expected) => {
    for (const text of [rule(`during: ${during}`), policy(`  during: ${during}\n`)])
      expect(diagnose(text).map(({ message }) => message)).toEqual(expected);
  });
});
