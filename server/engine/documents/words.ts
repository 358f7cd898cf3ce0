/** Small readings of single words: durations, and which known word somebody may have meant. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration such as `30s`; null when `text` is none. */
export function durationMs(text: string): number | null {
  const match = /^([1-9][0-9]*)(ms|s|m|h|d)$/.exec(text);
  const factor = unitMs[match?.[2] ?? ''];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

/** A noun with `a` or `an` before it. */
export const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

/** The candidate nearest to `word` by restricted Damerau-Levenshtein distance; null when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  const plain = fold(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) > bestDistance + 2) continue;
    const distance = distanceBetween(plain, fold(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Words of other languages of rules for keys of this one, where they mean the same. */
const otherWords: Readonly<Record<string, string>> = {
  and: 'all',
  or: 'any',
  gte: 'atLeast',
  ge: 'atLeast',
  min: 'atLeast',
  minimum: 'atLeast',
  '>=': 'atLeast',
  lte: 'atMost',
  le: 'atMost',
  max: 'atMost',
  maximum: 'atMost',
  '<=': 'atMost',
  eq: 'is',
  equals: 'is',
  '=': 'is',
  '==': 'is',
  ne: 'not',
  neq: 'not',
  '!=': 'not',
  in: 'anyOf',
  oneOf: 'anyOf',
  nin: 'noneOf',
};

/** The key that may have been meant: what another language calls so, else the nearest; null when there is none. */
export function suggestKey(word: string, keys: Iterable<string>): string | null {
  const known = [...keys];
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
  return known.find((key) => key === other) ?? suggest(word, known);
}

/** `>= 3` as comparators are written, such as `{ atLeast: 3 }`; null for what is none, or has none in numbers with a point. */
export function asComparator(text: string, isWhole: boolean): string | null {
  const [, sign = '', number = ''] = /^(>=?|<=?|={1,2}|!=)\s*(-?\d+(?:\.\d+)?)$/.exec(text.trim()) ?? [];
  if (sign === '') return null;
  if (sign === '>' || sign === '<') {
    const next = Number(number) + (sign === '>' ? 1 : -1);
    return isWhole && Number.isInteger(next) ? `{ ${sign === '>' ? 'atLeast' : 'atMost'}: ${next} }` : null;
  }
  return `{ ${otherWords[sign]}: ${number} }`;
}

const fold = (word: string): string => word.toLowerCase().replace(/[-_\s]/g, '');

function distanceBetween(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current[j] = cost;
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
