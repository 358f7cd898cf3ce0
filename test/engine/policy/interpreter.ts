/**
 * A second way to compute what a policy says: it walks the document for every action and shares nothing with the compiled
 * engine but the registry. Slow, plain, and there to be compared with.
 */
import {
  type Condition,
  type Effect,
  type Policy,
  type Rule,
  signals,
} from '../../../server/engine/documents/index.ts';
import type { SignalRecord } from '../../../server/engine/policy/index.ts';

type Answer = 'yes' | 'no' | 'unknown';

export interface Said {
  kind: 'rule' | 'default';
  id: string;
  effect: Effect;
  certain: boolean;
}

const strongestFirst: readonly Effect[] = ['halt', 'deny', 'ask', 'allow'];
const asList = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
const yesOrNo = (value: boolean): Answer => (value ? 'yes' : 'no');
const opposite = (answer: Answer): Answer => (answer === 'unknown' ? 'unknown' : yesOrNo(answer === 'no'));
const all = (answers: readonly Answer[]): Answer =>
  answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes';
const any = (answers: readonly Answer[]): Answer =>
  answers.includes('yes') ? 'yes' : answers.includes('unknown') ? 'unknown' : 'no';

function like(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[^]*')}$`, 'u').test(text);
}

/** One comparator on a value that is there. */
function compare(type: string, comparator: string, operand: unknown, value: unknown): boolean {
  const micros = (amount: number) => (type === 'money' ? Math.round(amount * 1e6) : amount);
  const numbers = () => asList(operand as number).map(micros);
  const texts = () => asList(operand as string);
  const tags = value as readonly string[];
  const [first = Number.NaN, second = Number.NaN] = typeof value === 'number' ? numbers() : [];
  if (comparator === 'present') return operand === true;
  if (comparator === 'not') return !compare(type, 'is', operand, value);
  if (comparator === 'noneOf') return !compare(type, 'anyOf', operand, value);
  if (comparator === 'atLeast') return (value as number) >= first;
  if (comparator === 'atMost') return (value as number) <= first;
  if (comparator === 'between') return (value as number) >= first && (value as number) <= second;
  if (comparator === 'allOf') return texts().every((text) => tags.includes(text));
  if (comparator === 'only') return tags.every((tag) => texts().some((text) => like(text, tag)));
  if (type === 'tags') return texts().some((text) => tags.includes(text));
  if (type === 'string') return texts().some((text) => like(text, value as string));
  if (type === 'enum') return texts().includes(value as string);
  return value === (typeof value === 'number' ? first : operand);
}

function testSignal(name: string, test: unknown, record: SignalRecord): Answer {
  const type = signals.find((signal) => signal.name === name)?.type ?? '';
  const bare = typeof test !== 'object' || test === null || Array.isArray(test);
  const lines = Object.entries<unknown>(bare ? { [type === 'tags' ? 'anyOf' : 'is']: test } : { ...test });
  const fact = record[name];
  return all(
    lines.map(([comparator, operand]): Answer => {
      if (fact === undefined)
        return yesOrNo(
          comparator === 'not' || comparator === 'noneOf' || (comparator === 'present' && operand === false),
        );
      if (typeof fact === 'object' && !Array.isArray(fact)) return 'unknown';
      return yesOrNo(compare(type, comparator, operand, fact));
    }),
  );
}

export function answer(condition: Condition, record: SignalRecord): Answer {
  return all(
    Object.entries<unknown>({ ...condition }).map(([key, value]) => {
      if (key === 'all') return all((value as Condition[]).map((part) => answer(part, record)));
      if (key === 'any') return any((value as Condition[]).map((part) => answer(part, record)));
      if (key === 'not') return opposite(answer(value as Condition, record));
      return testSignal(key, value, record);
    }),
  );
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const clocks = new Map<string, Intl.DateTimeFormat>();

/** What clocks on the wall show: the day of the week, from Monday, and the minutes since midnight. */
function wallClock(atMs: number, zone: string): { day: number; minute: number } {
  const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('en-GB', options);
  clocks.set(zone, clock);
  const parts = Object.fromEntries(clock.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return { day: weekdays.indexOf(parts.weekday ?? ''), minute: Number(parts.hour) * 60 + Number(parts.minute) };
}

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function isDay(span: string, day: number): boolean {
  const [first = -1, last = first] = span
    .split('-')
    .map((name) => weekdays.findIndex((one) => one.toLowerCase() === name));
  return first <= last ? first <= day && day <= last : day >= first || day <= last;
}

function isOpen({ days = ['mon-sun'], from = '00:00', to = '24:00', zone = 'UTC' }: Window, atMs: number): boolean {
  const { day, minute } = wallClock(atMs, zone);
  const opened = (on: number) => days.some((span) => isDay(span, on));
  const [opens, closes] = [minuteOf(from), minuteOf(to)];
  if (opens < closes) return opened(day) && minute >= opens && minute < closes;
  return (opened(day) && minute >= opens) || (opened((day + 6) % 7) && minute < closes);
}

const unitMs = { ms: 1, m: 60_000, h: 3_600_000, d: 86_400_000 } as Readonly<Record<string, number>>;
const msOf = (text: string): number => Number.parseInt(text, 10) * (unitMs[text.replace(/[0-9]+/, '')] ?? Number.NaN);

type Window = Exclude<NonNullable<Rule['during']>, readonly unknown[]>;
type Extent = Pick<Rule, 'scope' | 'during' | 'validFrom' | 'until' | 'renew'>;

function inForce({ scope = {}, during, validFrom, until, renew }: Extent, record: SignalRecord): Answer {
  const { roles, nodes, tags } = scope;
  const atMs = record['time.utc'];
  const within = (isInside: (atMs: number) => boolean): Answer =>
    typeof atMs === 'number' ? yesOrNo(isInside(atMs)) : 'unknown';
  return all([
    roles ? testSignal('agent.role', roles, record) : 'yes',
    nodes ? testSignal('agent.node', nodes, record) : 'yes',
    tags ? testSignal('tool.tags', tags, record) : 'yes',
    during === undefined ? 'yes' : within((ms) => asList<Window>(during).some((window) => isOpen(window, ms))),
    validFrom === undefined ? 'yes' : within((ms) => ms >= Date.parse(validFrom)),
    until === undefined ? 'yes' : within((ms) => ms < Date.parse(until)),
    renew === undefined
      ? 'yes'
      : within((ms) => (ms - Date.parse(validFrom ?? '')) % msOf(renew.every) < msOf(renew.for)),
  ]);
}

/** A rule of a policy or of one that it includes, with what it says by one of the ways that lead to it. */
interface Way {
  readonly policy: string;
  readonly rule: Rule;
  readonly matches: Answer;
}

type Include = (reference: string) => Policy | null;

function* waysOf({ metadata, spec }: Policy, record: SignalRecord, include: Include, around: Answer): Generator<Way> {
  const force = all([around, inForce(spec, record)]);
  for (const rule of spec.rules ?? []) {
    const { when, unless, ...extent } = rule;
    const matches = all([
      force,
      inForce(extent, record),
      when ? answer(when, record) : 'yes',
      unless ? opposite(answer(unless, record)) : 'yes',
    ]);
    yield { policy: metadata.name, rule, matches };
  }
  for (const reference of spec.include ?? []) {
    const included = include(reference);
    if (included !== null) yield* waysOf(included, record, include, force);
  }
}

/** Everything that speaks for a decision, strongest first, else in the order of the document and of what it includes. */
export function interpret(policy: Policy, record: SignalRecord, include: Include = () => null): Said[] {
  const said: Said[] = [];
  const force = inForce(policy.spec, record);
  const byRule = Map.groupBy(waysOf(policy, record, include, 'yes'), (way) => `${way.policy}/${way.rule.id}`);
  for (const ways of byRule.values()) {
    const matches = any(ways.map((way) => way.matches));
    const { id = '', effect = 'deny' } = ways[0]?.rule ?? {};
    if (matches === 'yes' || (matches === 'unknown' && effect !== 'allow'))
      said.push({ kind: 'rule', id, effect, certain: matches === 'yes' });
  }
  const rank = ({ effect }: { effect: Effect }) => strongestFirst.indexOf(effect);
  const fallback: Said = { kind: 'default', id: '', effect: policy.spec.default ?? 'deny', certain: force === 'yes' };
  const outdone = said.some((one) => one.certain || fallback.effect === 'allow');
  const silent =
    policy.spec.overlay || force === 'no' || (force === 'unknown' && fallback.effect === 'allow') || outdone;
  return [...said, ...(silent ? [] : [fallback])].sort((a, b) => rank(a) - rank(b));
}
