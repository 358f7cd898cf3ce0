/**
 * Matchers: what a condition says of one signal, by the signal's type. They see plain values only; absence and not
 * knowing are settled in `condition.ts`.
 */
import type { Path } from '../documents/index.ts';
import { microsOf } from './money.ts';
import type { Report } from './problem.ts';
import type { SignalDeclaration } from './signal.ts';

export interface Matcher<T> {
  /** What holds of an action that the signal does not apply to. */
  readonly whenAbsent: boolean;
  readonly accepts: (value: T) => boolean;
}

/** What a reader needs to say where a fault is. */
export interface Place {
  readonly signal: SignalDeclaration;
  readonly path: Path;
  readonly report: Report;
}

type Comparator<T> = (operand: unknown, place: Place) => Matcher<T> | null;

const holds = <T>(accepts: (value: T) => boolean): Matcher<T> => ({ whenAbsent: false, accepts });
const holdsNot = <T>(accepts: (value: T) => boolean): Matcher<T> => ({
  whenAbsent: true,
  accepts: (value) => !accepts(value),
});
const map = <A, T>(operand: A | null, make: (operand: A) => Matcher<T>): Matcher<T> | null =>
  operand === null ? null : make(operand);

/** Reads a test: all comparators must hold. `bare` names the comparator that a test without one means. */
function reader<T>(bare: string, comparators: Readonly<Record<string, Comparator<T>>>) {
  return (test: unknown, place: Place): Matcher<T> | null => {
    const plain = typeof test !== 'object' || test === null || Array.isArray(test);
    const lines = plain ? [[bare, test] as const] : Object.entries<unknown>({ ...test });
    const matchers: Matcher<T>[] = [];
    for (const [name, operand] of lines) {
      const path = plain ? place.path : [...place.path, name];
      const matcher = Object.hasOwn(comparators, name) ? comparators[name] : undefined;
      const read = matcher?.(operand, { ...place, path });
      if (read) matchers.push(read);
      else if (matcher === undefined)
        place.report(
          'policy/unknown-comparator',
          path,
          `\`${place.signal.name}\` cannot be tested with \`${name}\``,
          `use ${Object.keys(comparators)
            .map((known) => `\`${known}\``)
            .join(', ')}`,
        );
    }
    const [first] = matchers;
    if (first === undefined || matchers.length !== lines.length) return null;
    if (matchers.length === 1) return first;
    const accepts = matchers.map((matcher) => matcher.accepts);
    return {
      whenAbsent: matchers.every((matcher) => matcher.whenAbsent),
      accepts: (value) => accepts.every((accept) => accept(value)),
    };
  };
}

const wrongType = ({ report, path, signal }: Place, expected: string): null => {
  report('policy/wrong-type', path, `\`${signal.name}\` is compared with ${expected} here`);
  return null;
};

const present = (operand: unknown, place: Place): Matcher<unknown> | null =>
  typeof operand === 'boolean'
    ? { whenAbsent: !operand, accepts: () => operand }
    : wrongType(place, '`true` or `false`');

/** One text or several. */
function textsIn(operand: unknown, place: Place): readonly string[] | null {
  const list: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) return wrongType(place, 'at least one text');
  const texts = list.filter((item) => typeof item === 'string');
  return texts.length === list.length ? texts : wrongType(place, 'a text or a list of texts');
}

function withoutGlob(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const glob = texts?.find((text) => text.includes('*'));
  if (glob === undefined) return lowerCaseDomains(texts, place);
  place.report(
    'policy/misplaced-glob',
    place.path,
    `\`${glob}\` is taken literally here`,
    `\`*\` stands for any text only in \`only\`; write \`not: { ${place.signal.name}: { only: […] } }\` for the opposite`,
  );
  return null;
}

function withGlob(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const inside = texts?.find((text) => text.slice(1, -1).includes('*'));
  if (inside === undefined) return lowerCaseDomains(texts, place);
  place.report(
    'policy/misplaced-glob',
    place.path,
    `\`*\` stands in the middle of \`${inside}\``,
    'put `*` at the beginning or the end, or split the test in two',
  );
  return null;
}

function lowerCaseDomains(texts: readonly string[] | null, place: Place): readonly string[] | null {
  const upper = place.signal.name === 'target.domains' && texts?.find((text) => text !== text.toLowerCase());
  if (!upper) return texts;
  place.report(
    'policy/upper-case-domain',
    place.path,
    `\`${upper}\` never matches, since domains are compared in lower case`,
    `write \`${upper.toLowerCase()}\``,
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

function oneOf(texts: readonly string[]): (value: string) => boolean {
  const [only] = texts;
  if (texts.length === 1) return (value) => value === only;
  const set = new Set(texts);
  return (value) => set.has(value);
}

/** `*` at the beginning or end of a pattern stands for any text, the empty one too. */
function likeOneOf(patterns: readonly string[]): (value: string) => boolean {
  const literals = patterns.filter((pattern) => !pattern.includes('*'));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(glob);
  if (globs.length === 0) return oneOf(literals);
  const exact = new Set(literals);
  return (value) => exact.has(value) || globs.some((matches) => matches(value));
}

function glob(pattern: string): (value: string) => boolean {
  const text = pattern.replace(/^\*|\*$/g, '');
  const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
  if (pattern === '*' || text === '') return () => true;
  if (open && closed) return (value) => value.includes(text);
  return open ? (value) => value.endsWith(text) : (value) => value.startsWith(text);
}

type Texts = (operand: unknown, place: Place) => readonly string[] | null;

function textReader(texts: Texts) {
  const is: Comparator<string> = (operand, place) => map(texts(operand, place), (list) => holds(likeOneOf(list)));
  return reader<string>('is', {
    is,
    not: (operand, place) => map(texts(operand, place), (list) => holdsNot(likeOneOf(list))),
    anyOf: is,
    present,
  });
}

export const readText = textReader((operand, place) => withGlob(textsIn(operand, place), place));
export const readEnum = textReader((operand, place) => knownValues(textsIn(operand, place), place));

const literals: Texts = (operand, place) => withoutGlob(textsIn(operand, place), place);
const holdsAnyOf = (list: readonly string[]): ((tags: readonly string[]) => boolean) => {
  const wanted = oneOf(list);
  return (tags) => tags.some(wanted);
};

export const readTags = reader<readonly string[]>('anyOf', {
  anyOf: (operand, place) => map(literals(operand, place), (list) => holds(holdsAnyOf(list))),
  allOf: (operand, place) =>
    map(literals(operand, place), (list) => holds((tags) => list.every((tag) => tags.includes(tag)))),
  noneOf: (operand, place) => map(literals(operand, place), (list) => holdsNot(holdsAnyOf(list))),
  only: (operand, place) =>
    map(withGlob(textsIn(operand, place), place), (list) => {
      const admitted = likeOneOf(list);
      return holds((tags) => tags.every(admitted));
    }),
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
  (make: (bound: number) => Matcher<number>): Comparator<number> =>
  (operand, place) =>
    map(countable(operand, place), make);

export const readNumber = reader<number>('is', {
  is: number((bound) => holds((value) => value === bound)),
  not: number((bound) => holdsNot((value) => value === bound)),
  atLeast: number((bound) => holds((value) => value >= bound)),
  atMost: number((bound) => holds((value) => value <= bound)),
  between: (operand, place) =>
    map(range(operand, place), ([low, high]) => holds((value) => value >= low && value <= high)),
  present,
});

export const readBoolean = reader<boolean>('is', {
  is: (operand, place) =>
    typeof operand === 'boolean' ? holds((value) => value === operand) : wrongType(place, '`true` or `false`'),
});
