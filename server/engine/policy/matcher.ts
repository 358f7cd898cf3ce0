/**
 * What a condition says of one signal, read by the signal's type into constraints and checked on the way. Absence and not
 * knowing are settled where formulas are evaluated.
 */
import type { Path } from '../documents/index.ts';
import type { Constraint } from './formula.ts';
import { microsOf } from './money.ts';
import type { Report } from './problem.ts';
import type { SignalDeclaration } from './signal.ts';
import { comparedDomain, comparedId } from './target.ts';

/** What a reader needs to say where a fault is. */
export interface Place {
  readonly signal: SignalDeclaration;
  readonly path: Path;
  readonly report: Report;
}

type Comparator = (operand: unknown, place: Place) => Constraint | null;
/** The constraints that must all hold; null when the test is faulty. */
type Reader = (test: unknown, place: Place) => readonly Constraint[] | null;

/** Reads a test: all comparators must hold. `bare` names the comparator that a test without one means. */
function reader(bare: string, comparators: Readonly<Record<string, Comparator>>): Reader {
  return (test, place) => {
    const plain = typeof test !== 'object' || test === null || Array.isArray(test);
    const lines = plain ? [[bare, test] as const] : Object.entries<unknown>({ ...test });
    const constraints: Constraint[] = [];
    for (const [name, operand] of lines) {
      const path = plain ? place.path : [...place.path, name];
      const comparator = Object.hasOwn(comparators, name) ? comparators[name] : undefined;
      const read = comparator?.(operand, { ...place, path });
      if (read) constraints.push(read);
      else if (comparator === undefined)
        place.report(
          'policy/unknown-comparator',
          path,
          `\`${place.signal.name}\` cannot be tested with \`${name}\``,
          `use ${Object.keys(comparators)
            .map((known) => `\`${known}\``)
            .join(', ')}`,
        );
    }
    return constraints.length > 0 && constraints.length === lines.length ? constraints : null;
  };
}

const wrongType = ({ report, path, signal }: Place, expected: string): null => {
  report('policy/wrong-type', path, `\`${signal.name}\` is compared with ${expected} here`);
  return null;
};

const present: Comparator = (operand, place) =>
  typeof operand === 'boolean' ? { kind: 'present', expected: operand } : wrongType(place, '`true` or `false`');

/** One text or several. */
function textsIn(operand: unknown, place: Place): readonly string[] | null {
  const list: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) return wrongType(place, 'at least one text');
  const texts = list.filter((item) => typeof item === 'string');
  return texts.length === list.length ? texts : wrongType(place, 'a text or a list of texts');
}

function withoutGlob(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const glob = texts?.find((text) => text.includes('*'));
  if (glob === undefined) return asCompared(texts, place);
  place.report(
    'policy/misplaced-glob',
    place.path,
    `\`${glob}\` is taken literally here`,
    `name each of them, or write \`not: { ${place.signal.name}: { only: […] } }\` in a condition: only there \`*\` stands for any text`,
  );
  return null;
}

function withGlob(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const inside = texts?.find((text) => text.slice(1, -1).includes('*'));
  if (inside === undefined) return asCompared(texts, place);
  place.report(
    'policy/misplaced-glob',
    place.path,
    `\`*\` stands in the middle of \`${inside}\``,
    'put `*` at the beginning or the end, or split the test in two',
  );
  return null;
}

/** Targets are compared in one form, whatever way they are spelt, so that what policies name must have it too. */
function asCompared(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const { name } = place.signal;
  if (texts === null || (name !== 'target.ids' && name !== 'target.domains')) return texts;
  return name === 'target.ids' ? comparedIds(texts, place) : comparedDomains(texts, place);
}

function comparedIds(texts: readonly string[], place: Place): readonly string[] | null {
  const read = texts.map(comparedId);
  const strange = texts.find((_, index) => read[index] === null);
  if (strange === undefined) return read.filter((text) => text !== null);
  place.report(
    'policy/odd-target',
    place.path,
    `\`${strange}\` never matches, since it cannot be read for certain as one address`,
    'write a single address, such as `dana@acme.example`',
  );
  return null;
}

function comparedDomains(texts: readonly string[], place: Place): readonly string[] | null {
  const odd = texts.find((text) => text !== comparedDomain(text));
  if (odd === undefined) return texts;
  const domain = comparedDomain(odd);
  if (domain === odd.toLowerCase())
    place.report(
      'policy/upper-case-domain',
      place.path,
      `\`${odd}\` never matches, since domains are compared in lower case`,
      `write \`${domain}\``,
    );
  else
    place.report(
      'policy/odd-target',
      place.path,
      `\`${odd}\` never matches, since domains are compared as plain names of hosts`,
      domain === null ? 'write the name in its own letters, not encoded, and nothing else' : `write \`${domain}\``,
    );
  return null;
}

function knownValues(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const { values = [], name } = place.signal;
  const stranger = texts?.find((text) => !values.includes(text));
  if (stranger === undefined) return texts;
  const known = values.map((value) => `\`${value}\``).join(', ');
  place.report('policy/unknown-value', place.path, `\`${name}\` is never \`${stranger}\``, `use ${known}`);
  return null;
}

type Texts = (operand: unknown, place: Place) => readonly string[] | null;

function textReader(read: Texts): Reader {
  const text =
    (negated: boolean): Comparator =>
    (operand, place) => {
      const texts = read(operand, place);
      return texts && { kind: 'text', negated, texts };
    };
  return reader('is', { is: text(false), not: text(true), anyOf: text(false), present });
}

export const readText = textReader((operand, place) => withGlob(textsIn(operand, place), place));
export const readEnum = textReader((operand, place) => knownValues(textsIn(operand, place), place));

function tags(comparator: Extract<Constraint, { kind: 'tags' }>['comparator']): Comparator {
  const admitted = comparator === 'only' ? withGlob : withoutGlob;
  return (operand, place) => {
    const texts = admitted(textsIn(operand, place), place);
    return texts && { kind: 'tags', comparator, texts };
  };
}

export const readTags = reader('anyOf', {
  anyOf: tags('anyOf'),
  allOf: tags('allOf'),
  noneOf: tags('noneOf'),
  only: tags('only'),
  present,
});

/** A number in the unit that the engine counts in: whole, money in micro-dollars. */
function countable(operand: unknown, place: Place): number | null {
  const { signal, path, report } = place;
  if (typeof operand !== 'number') return wrongType(place, 'a number');
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = signal;
  if (operand < minimum || operand > maximum) {
    const range = maximum === Number.POSITIVE_INFINITY ? `${minimum} or more` : `from ${minimum} to ${maximum}`;
    report('policy/out-of-range', path, `\`${signal.name}\` is never \`${operand}\``, `it is ${range}`);
    return null;
  }
  const counted = signal.type === 'money' ? microsOf(operand) : operand;
  if (counted !== null && Number.isSafeInteger(counted)) return counted;
  const [message, help] =
    signal.type === 'money'
      ? ['cannot be counted in whole micro-dollars', 'use at most six decimal places']
      : ['cannot be counted exactly', 'use a whole number'];
  report('policy/inexact-number', path, `\`${operand}\` ${message}`, help);
  return null;
}

function range(operand: unknown, place: Place): readonly [number, number] | null {
  const ends: unknown[] = Array.isArray(operand) ? operand : [];
  if (ends.length !== 2) return wrongType(place, 'a list of two numbers');
  const [low, high] = ends.map((end, index) => countable(end, { ...place, path: [...place.path, index] }));
  if (low === null || low === undefined || high === null || high === undefined) return null;
  if (low <= high) return [low, high];
  place.report(
    'policy/reversed-range',
    place.path,
    `nothing is between \`${ends[0]}\` and \`${ends[1]}\``,
    `write \`[${ends[1]}, ${ends[0]}]\``,
  );
  return null;
}

const number =
  (negated: boolean, bounds: (bound: number) => readonly [number, number]): Comparator =>
  (operand, place) => {
    const bound = countable(operand, place);
    if (bound === null) return null;
    const [low, high] = bounds(bound);
    return { kind: 'number', negated, low, high };
  };

const comparisons = reader('is', {
  is: number(false, (bound) => [bound, bound]),
  not: number(true, (bound) => [bound, bound]),
  atLeast: number(false, (bound) => [bound, Number.POSITIVE_INFINITY]),
  atMost: number(false, (bound) => [Number.NEGATIVE_INFINITY, bound]),
  between: (operand, place) => {
    const ends = range(operand, place);
    return ends && { kind: 'number', negated: false, low: ends[0], high: ends[1] };
  },
  present,
});

/** Bounds that must all hold become one range. */
export const readNumber: Reader = (test, place) => {
  const constraints = comparisons(test, place);
  if (constraints === null) return null;
  const ranges = constraints.filter((one) => one.kind === 'number' && !one.negated);
  if (ranges.length < 2) return constraints;
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const one of ranges) if (one.kind === 'number') [low, high] = [Math.max(low, one.low), Math.min(high, one.high)];
  return [{ kind: 'number', negated: false, low, high }, ...constraints.filter((one) => !ranges.includes(one))];
};

export const readBoolean = reader('is', {
  is: (operand, place) =>
    typeof operand === 'boolean' ? { kind: 'boolean', is: operand } : wrongType(place, '`true` or `false`'),
});
