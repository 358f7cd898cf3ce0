/**
 * A second way to compute what a policy says: it walks the document for every action and shares nothing with the compiled
 * engine but the registry. Slow, plain, and there to be compared with.
 */
import { type Condition, type Effect, type Policy, signals } from '../../../server/engine/documents/index.ts';
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

/** Everything that speaks for a decision, strongest first, else in the order of the document. */
export function interpret(policy: Policy, record: SignalRecord): Said[] {
  const said: Said[] = [];
  for (const { id, effect, when, unless } of policy.spec.rules ?? []) {
    const matches = all([when ? answer(when, record) : 'yes', unless ? opposite(answer(unless, record)) : 'yes']);
    if (matches === 'yes' || (matches === 'unknown' && effect !== 'allow'))
      said.push({ kind: 'rule', id, effect, certain: matches === 'yes' });
  }
  const rank = ({ effect }: { effect: Effect }) => strongestFirst.indexOf(effect);
  const fallback: Said = { kind: 'default', id: '', effect: policy.spec.default ?? 'deny', certain: true };
  const outdone = said.some((one) => one.certain || rank(one) <= rank(fallback));
  return [...said, ...(outdone ? [] : [fallback])].sort((a, b) => rank(a) - rank(b));
}
