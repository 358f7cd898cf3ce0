/** Amounts as people write them, with a unit behind or a sign before, in the unit that a signal or budget counts in. */

/** What each unit is called, for people. */
const names: Readonly<Record<string, string>> = { ms: 'milliseconds', bytes: 'bytes', usd: 'US dollars' };

const times: readonly (readonly [RegExp, number])[] = [
  [/^(ms|millis|milliseconds?)$/, 1],
  [/^(s|secs?|seconds?)$/, 1_000],
  [/^(m|mins?|minutes?)$/, 60_000],
  [/^(h|hrs?|hours?)$/, 3_600_000],
  [/^(d|days?)$/, 86_400_000],
];
const sizes: readonly (readonly [RegExp, number])[] = [
  [/^(b|bytes?)$/, 1],
  [/^k(b|bytes?)?$/, 1e3],
  [/^m(b|bytes?)?$/, 1e6],
  [/^g(b|bytes?)?$/, 1e9],
  [/^kib$/, 1024],
  [/^mib$/, 1024 ** 2],
  [/^gib$/, 1024 ** 3],
];
const money: readonly (readonly [RegExp, number])[] = [[/^(\$|usd|us ?dollars?|dollars?)$/, 1]];
const factors: Readonly<Record<string, typeof times>> = { ms: times, bytes: sizes, usd: money };

/** What an expectation of a number is, counted in a unit; the unit may be one that says nothing. */
export function countedIn(expectation: string, unit: string | undefined): string {
  const name = unit === undefined ? undefined : names[unit];
  return name === undefined
    ? expectation
    : expectation.replace(/^a (whole )?number/, (number) => `${number} of ${name}`);
}

/** The number that `text`, with a unit, means in a unit; null when it means none that can be told for certain. */
export function amountIn(text: string, unit: string): number | null {
  const [, sign = '', number, word] = /^(\$?)\s*(\d+(?:\.\d+)?)\s*(.*)$/.exec(text.trim().toLowerCase()) ?? [];
  if (number === undefined || (sign !== '' && word !== '')) return null;
  const factor = factors[unit]?.find(([pattern]) => pattern.test(sign || (word ?? '')))?.[1];
  if (factor === undefined) return null;
  const amount = Number(number) * factor;
  return unit === 'usd' || Number.isSafeInteger(amount) ? amount : null;
}
