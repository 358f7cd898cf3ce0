/**
 * Small faults put into a policy, one at a time, as people make them: another effect, a bound off by one, a comparator turned
 * round, a window a minute longer, something left out. Whether anybody notices is asked elsewhere.
 */
import type { Effect, Path, Policy } from '../documents/index.ts';
import { signalDeclarations } from '../policy/index.ts';
import { bareComparator } from './anatomy.ts';

export interface Mutant {
  readonly kind: MutantKind;
  /** Where it was changed. */
  readonly path: Path;
  /** What was changed, for people, such as `effect: deny became allow`. */
  readonly what: string;
  readonly policy: Policy;
}

export type MutantKind =
  | 'effect'
  | 'bound'
  | 'comparator'
  | 'condition'
  | 'rule'
  | 'unless'
  | 'element'
  | 'extent'
  | 'window'
  | 'ask'
  | 'obligation'
  | 'budget';

interface Change {
  readonly kind: MutantKind;
  readonly path: Path;
  readonly what: string;
  /** What is replaced, where that is more than what stands at `path`. */
  readonly target?: Path;
  /** What stands there then; `undefined` leaves it out. */
  readonly value: unknown;
}

/** Every mutant of `policy`, in the order of the document. Some say nothing that compiles. */
export function* mutantsOf(policy: Policy): Generator<Mutant> {
  for (const { value, target, ...change } of changesOf(policy))
    yield { ...change, policy: changed(policy, target ?? change.path, value) as Policy };
}

const effects = ['allow', 'ask', 'deny', 'halt'] as const;
const exhaustedEffects = ['ask', 'deny', 'halt'] as const;

function* changesOf({ spec }: Policy): Generator<Change> {
  if (!spec.overlay) yield* impliedEffects(['spec'], 'default', spec.default, effects);
  yield* extentChanges(spec, ['spec']);
  if (spec.ask) yield* askChanges(spec.ask, ['spec', 'ask']);
  for (const [index, budget] of (spec.budgets ?? []).entries()) {
    const path = ['spec', 'budgets', index];
    const step = budget.unit === 'usd' ? 0.01 : 1;
    yield* bounds([...path, 'limit'], 'limit', budget.limit, step, 0);
    yield* impliedEffects(path, 'onExhausted', budget.onExhausted, exhaustedEffects);
    if (budget.when) yield* conditionChanges(budget.when, [...path, 'when'], 'condition');
    yield { kind: 'budget', path, what: `budget \`${budget.id}\` left out`, value: undefined };
  }
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    const path = ['spec', 'rules', index];
    const { ask, ...rest } = rule;
    // What no longer asks must not say whom.
    for (const change of otherEffects([...path, 'effect'], rule.effect, effects, 'effect'))
      yield ask === undefined ? change : { ...change, target: path, value: { ...rest, effect: change.value } };
    yield* extentChanges(rule, path);
    if (ask) yield* askChanges(ask, [...path, 'ask']);
    if (rule.obligations) yield* obligationChanges(rule.obligations, [...path, 'obligations']);
    if (rule.when) yield* conditionChanges(rule.when, [...path, 'when'], 'condition');
    if (rule.unless) yield* conditionChanges(rule.unless, [...path, 'unless'], 'unless');
    yield { kind: 'rule', path, what: `rule \`${rule.id}\` left out`, value: undefined };
  }
}

function* otherEffects(path: Path, effect: string, among: readonly string[], key: string): Generator<Change> {
  for (const value of among)
    if (value !== effect) yield { kind: 'effect', path, what: `${key}: \`${effect}\` became \`${value}\``, value };
}

/** Of what need not be written: it is changed where it is, else at what it belongs to. */
function* impliedEffects(
  path: Path,
  key: string,
  effect: Effect | undefined,
  among: readonly Effect[],
): Generator<Change> {
  const target = [...path, key];
  for (const change of otherEffects(target, effect ?? 'deny', among, key))
    yield effect === undefined ? { ...change, path, target } : change;
}

function* bounds(path: Path, key: string, bound: number, step: number, minimum: number): Generator<Change> {
  for (const by of [-step, step]) {
    const value = Math.round((bound + by) * 1_000_000) / 1_000_000;
    if (value >= minimum) yield { kind: 'bound', path, what: `${key}: \`${bound}\` became \`${value}\``, value };
  }
}

function* extentChanges(
  extent: Pick<NonNullable<Policy['spec']['rules']>[number], 'scope' | 'during' | 'validFrom' | 'until' | 'renew'>,
  path: Path,
): Generator<Change> {
  const { scope } = extent;
  for (const [key, list] of Object.entries(scope ?? {})) {
    yield* elements(list, [...path, 'scope', key], key);
    if (Object.keys(scope ?? {}).length > 1)
      yield { kind: 'extent', path: [...path, 'scope', key], what: `\`${key}\` left out`, value: undefined };
  }
  const { during } = extent;
  if (Array.isArray(during))
    for (const [index, window] of during.entries()) {
      const at = [...path, 'during', index];
      if (during.length > 1)
        yield { kind: 'window', path: at, what: `window ${index + 1} of \`during\` left out`, value: undefined };
      yield* windowChanges(window, at);
    }
  else if (during !== undefined) yield* windowChanges(during, [...path, 'during']);
  for (const key of ['scope', 'during', 'until', 'renew'] as const)
    if (extent[key] !== undefined)
      yield { kind: 'extent', path: [...path, key], what: `\`${key}\` left out`, value: undefined };
  if (extent.validFrom !== undefined && extent.renew === undefined)
    yield { kind: 'extent', path: [...path, 'validFrom'], what: '`validFrom` left out', value: undefined };
}

type Window = Extract<NonNullable<NonNullable<Policy['spec']['rules']>[number]['during']>, { days?: unknown }>;

/** An edge a minute earlier or later, and each day left out. */
function* windowChanges(window: Window, path: Path): Generator<Change> {
  for (const key of ['from', 'to'] as const) {
    const edge = window[key];
    if (edge === undefined) continue;
    for (const by of [-1, 1]) {
      const value = shifted(edge, by, key);
      if (value !== null)
        yield { kind: 'window', path: [...path, key], what: `${key}: \`${edge}\` became \`${value}\``, value };
    }
  }
  const days = [...new Set(window.days?.flatMap(daysOf) ?? [])];
  for (const day of days.length > 1 ? days : [])
    yield {
      kind: 'window',
      path: [...path, 'days'],
      what: `\`${day}\` left out of days`,
      value: days.filter((one) => one !== day),
    };
}

/** A time of day some minutes later; null where an edge cannot be there. A window may end with its day, and not begin with it. */
function shifted(time: string, minutes: number, edge: 'from' | 'to'): string | null {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const [at, last] = [hour * 60 + minute + minutes, edge === 'to' ? 1_440 : 1_439];
  if (at < 0 || at > last) return null;
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The days of `mon-fri`, or of one that goes over the end of the week. */
function daysOf(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const [from, to] = [week.indexOf(first), week.indexOf(last)];
  return from <= to ? week.slice(from, to + 1) : [...week.slice(from), ...week.slice(0, to + 1)];
}

type Ask = NonNullable<Policy['spec']['ask']>;

/** Somebody left out, anybody asked, and twice the wait. */
function* askChanges({ who, wait }: Ask, path: Path): Generator<Change> {
  const isOnly = who === undefined || wait === undefined;
  if (who !== undefined) {
    yield* elements(who, [...path, 'who'], 'who', 'ask');
    yield { kind: 'ask', path: isOnly ? path : [...path, 'who'], what: '`who` left out', value: undefined };
  }
  if (wait === undefined) return;
  const value = `${2 * Number.parseInt(wait, 10)}${wait.replace(/^\d+/, '')}`;
  yield { kind: 'ask', path: [...path, 'wait'], what: `wait: \`${wait}\` became \`${value}\``, value };
}

type Obligations = NonNullable<NonNullable<Policy['spec']['rules']>[number]['obligations']>;

/** Each left out, and each item of its lists; the last one with the whole. */
function* obligationChanges(obligations: Obligations, path: Path): Generator<Change> {
  const keys = Object.keys(obligations) as (keyof Obligations)[];
  for (const key of keys) {
    yield* elements(obligations[key], [...path, key], key, 'obligation');
    yield {
      kind: 'obligation',
      path: keys.length > 1 ? [...path, key] : path,
      what: `\`${key}\` left out of the obligations`,
      value: undefined,
    };
  }
}

/** Changes of a condition: what it asks left out, one by one, and each of its tests. */
function* conditionChanges(condition: object, path: Path, kind: 'condition' | 'unless'): Generator<Change> {
  const lines = Object.entries<unknown>({ ...condition });
  const whole = kind === 'unless' ? '`unless`' : '`when`';
  // A condition must not be empty: leaving out its only line is leaving out the whole.
  const isOwn = path.at(-1) === 'when' || path.at(-1) === 'unless';
  if (kind === 'unless' && isOwn) yield { kind, path, what: `${whole} left out`, value: undefined };
  for (const [key, value] of lines) {
    const at = [...path, key];
    if (lines.length > 1) yield { kind: 'condition', path: at, what: `\`${key}\` left out`, value: undefined };
    else if (isOwn && kind === 'condition') yield { kind, path, what: `${whole} left out`, value: undefined };
    if (key === 'all' || key === 'any') yield* listChanges(key, value, at);
    else if (key === 'not' && isMapping(value)) {
      if (!('all' in condition))
        yield {
          kind: 'comparator',
          path,
          what: '`not` became `all`',
          target: path,
          value: withKey(condition, 'not', 'all', [value]),
        };
      yield* conditionChanges(value, at, 'condition');
    } else yield* testChanges(key, value, at);
  }
}

function* listChanges(key: 'all' | 'any', value: unknown, path: Path): Generator<Change> {
  const parts: unknown[] = Array.isArray(value) ? value : [];
  for (const [index, part] of parts.entries()) {
    const at = [...path, index];
    if (parts.length > 1)
      yield { kind: 'element', path: at, what: `part ${index + 1} of \`${key}\` left out`, value: undefined };
    if (isMapping(part)) yield* conditionChanges(part, at, 'condition');
  }
}

/** The comparators that stand in for each other. */
const turned: Readonly<Record<string, readonly string[]>> = {
  is: ['not'],
  not: ['is'],
  atLeast: ['atMost'],
  atMost: ['atLeast'],
  anyOf: ['allOf', 'noneOf'],
  allOf: ['anyOf'],
  noneOf: ['anyOf'],
  only: ['anyOf'],
};

const isOfWords = (comparator: string): boolean => comparator === 'anyOf' || comparator === 'allOf';

function* testChanges(signal: string, test: unknown, path: Path): Generator<Change> {
  const declared = signalDeclarations.find(({ name }) => name === signal);
  if (declared === undefined) return;
  const comparators = isMapping(test) ? Object.entries(test) : [[bareComparator(signal), test] as const];
  for (const [comparator, operand] of comparators) {
    const at = isMapping(test) ? [...path, comparator] : path;
    if (isMapping(test) && comparators.length > 1)
      yield { kind: 'condition', path: at, what: `\`${signal}\` ${comparator} left out`, value: undefined };
    for (const other of turned[comparator] ?? []) {
      if (isMapping(test) && other in test) continue;
      // Texts and enumerations have no `noneOf` and `allOf`; their opposite is `not`.
      const known = declared.type === 'tags' || !['noneOf', 'allOf'].includes(other) ? other : 'not';
      if (other === 'allOf' && declared.type !== 'tags') continue;
      // Any of one word is all of it.
      const isOneWord = !Array.isArray(operand) || operand.length < 2;
      if (isOneWord && isOfWords(comparator) && isOfWords(other)) continue;
      const list = declared.type === 'tags' && !Array.isArray(operand) ? [operand] : operand;
      const value = isMapping(test) ? withKey(test, comparator, known, list) : { [known]: list };
      yield {
        kind: 'comparator',
        path: at,
        what: `\`${signal}\` ${comparator} became ${known}`,
        target: path,
        value,
      };
    }
    if (typeof operand === 'boolean')
      yield {
        kind: 'comparator',
        path: at,
        what: `\`${signal}\` ${comparator} ${operand} became ${!operand}`,
        value: !operand,
      };
    const step = declared.type === 'money' ? 0.01 : 1;
    const minimum = declared.minimum ?? Number.NEGATIVE_INFINITY;
    if (typeof operand === 'number') yield* bounds(at, `\`${signal}\` ${comparator}`, operand, step, minimum);
    else if (Array.isArray(operand) && comparator === 'between')
      for (const [index, end] of operand.entries())
        yield* bounds([...at, index], `\`${signal}\` between`, end, step, minimum);
    else yield* elements(operand, at, `\`${signal}\` ${comparator}`);
  }
}

function* elements(list: unknown, path: Path, of: string, kind: MutantKind = 'element'): Generator<Change> {
  if (!Array.isArray(list) || list.length < 2) return;
  for (const [index, element] of list.entries())
    yield { kind, path: [...path, index], what: `\`${element}\` left out of ${of}`, value: undefined };
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A mapping with one entry replaced by another, in its place. */
const withKey = (mapping: object, key: string, other: string, value: unknown): object =>
  Object.fromEntries(
    Object.entries<unknown>({ ...mapping }).map(([name, old]) => (name === key ? [other, value] : [name, old])),
  );

/** `tree` with `value` at `path`, or without what stands there; all else is shared. */
function changed(tree: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(tree)) {
    const at = Number(step);
    if (rest.length === 0 && value === undefined) return tree.toSpliced(at, 1);
    return tree.with(at, changed(tree[at], rest, value));
  }
  const mapping = isMapping(tree) ? tree : {};
  if (rest.length === 0 && value === undefined) {
    const { [step]: _, ...others } = mapping;
    return others;
  }
  return { ...mapping, [step]: changed(mapping[step], rest, value) };
}
