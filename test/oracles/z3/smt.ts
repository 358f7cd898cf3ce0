/**
 * Conditions, times and possible actions in SMT-LIB 2, written from the documents and apart from the prover. For signals of a
 * few kinds only; tags are those of a small vocabulary and one more, windows are those of UTC within a day.
 */
import type { Condition, Effect, Policy, Rule } from '../../../server/engine/documents/index.ts';

export const words = ['a', 'ab', 'c'];
const kinds = ['read', 'write', 'execute'];
const texts = ['tool.name', 'agent.role'];
const money = ['tool.cost', 'trial.cost'];
const counts = ['trial.consecutiveFailures', 'trial.failures', 'trial.steps'];
const numbers = ['tool.risk', ...counts, ...money];
const tagged = ['tool.tags', 'target.domains'];
const tool = ['tool.name', 'tool.kind', 'tool.risk', 'tool.tags', 'tool.cost'];
export const signals = [...texts, 'tool.kind', ...numbers, ...tagged];

const id = (name: string) => name.replaceAll('.', '_');
const state = (name: string) => `${id(name)}_state`;
const and = (parts: readonly string[]) => (parts.length === 0 ? 'true' : `(and ${parts.join(' ')})`);
const or = (parts: readonly string[]) => (parts.length === 0 ? 'false' : `(or ${parts.join(' ')})`);
const not = (part: string) => `(not ${part})`;
const tagOf = (name: string, word: string) => `${id(name)}_has_${word}`;
const allTags = [...words, 'other'];

/** Declares all signals, each with its state (0 has a value, 1 does not apply, 2 unknown), and which actions are possible. */
export function possibleActions({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string {
  const declared = [
    '(declare-const is_tool Bool)',
    ...signals.map((name) => `(declare-const ${state(name)} Int)`),
    ...texts.map((name) => `(declare-const ${id(name)} String)`),
    ...['tool.kind', 'time.utc', ...numbers].map((name) => `(declare-const ${id(name)} Int)`),
    ...tagged.flatMap((name) => allTags.map((word) => `(declare-const ${tagOf(name, word)} Bool)`)),
  ];
  const isTool = (name: string) => tool.includes(name);
  const rules = [
    ...signals.map((name) => {
      const known = `(= ${state(name)} 0)`;
      const lost = `(= ${state(name)} 2)`;
      const absent = `(= ${state(name)} 1)`;
      if (isTool(name)) return `(ite is_tool ${or([known, lost])} ${absent})`;
      return name === 'target.domains' ? `(ite is_tool ${or([known, lost, absent])} ${absent})` : or([known, lost]);
    }),
    ...tool
      .slice(1)
      .filter((name) => name !== 'tool.cost')
      .map((name) => `(= ${state(name)} ${state('tool.name')})`),
    // A cost that cannot be counted is unknown for itself.
    `(=> (= ${state('tool.name')} 2) (= ${state('tool.cost')} 2))`,
    `(and (<= ${fromMs} time_utc) (< time_utc ${toMs}))`,
    // What has cost something was a step.
    `(=> (and (= ${state('trial.cost')} 0) (= ${state('trial.steps')} 0) (> trial_cost 0)) (>= trial_steps 1))`,
    `(=> (= ${state('target.domains')} 0) ${or(allTags.map((word) => tagOf('target.domains', word)))})`,
    `(and (<= 0 ${id('tool.kind')}) (< ${id('tool.kind')} 3) (<= 0 ${id('tool.risk')}) (<= ${id('tool.risk')} 5))`,
    ...numbers.slice(1).map((name) => `(<= 0 ${id(name)})`),
    ...[
      [0, 1],
      [1, 2],
      [0, 2],
    ].map(([less = 0, more = 0]) => {
      const [a = '', b = ''] = [counts[less], counts[more]];
      return `(=> (and (= ${state(a)} 0) (= ${state(b)} 0)) (<= ${id(a)} ${id(b)}))`;
    }),
  ];
  return `${declared.join('\n')}\n(assert ${and(rules)})\n`;
}

export interface Judged {
  readonly holds: string;
  readonly fails: string;
}

/** When a condition surely holds and when it surely fails; otherwise it is unknown. */
export function judged(condition: Condition | undefined): Judged {
  const parts = Object.entries<unknown>({ ...condition }).map(([key, value]): Judged => {
    if (key === 'not') return opposite(judged(value as Condition));
    if (key === 'any') return opposite(every((value as Condition[]).map((part) => opposite(judged(part)))));
    return key === 'all' ? every((value as Condition[]).map(judged)) : everyComparator(key, value);
  });
  return every(parts);
}

export const every = (parts: readonly Judged[]): Judged => ({
  holds: and(parts.map(({ holds }) => holds)),
  fails: or(parts.map(({ fails }) => fails)),
});
export const opposite = ({ holds, fails }: Judged): Judged => ({ holds: fails, fails: holds });

function everyComparator(name: string, test: unknown): Judged {
  const isPlain = typeof test !== 'object' || test === null || Array.isArray(test);
  const lines = Object.entries<unknown>(isPlain ? { is: test } : { ...test });
  return every(
    lines.map(([comparator, operand]) => {
      const value = comparator === 'present' ? String(operand) : compare(name, comparator, operand);
      const whenAbsent = ['not', 'noneOf'].includes(comparator) || (comparator === 'present' && operand === false);
      const [known, absent] = [`(= ${state(name)} 0)`, `(= ${state(name)} 1)`];
      return {
        holds: or([and([known, value]), whenAbsent ? absent : 'false']),
        fails: or([and([known, not(value)]), whenAbsent ? 'false' : absent]),
      };
    }),
  );
}

function compare(name: string, comparator: string, operand: unknown): string {
  const list: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (comparator === 'not') return not(compare(name, 'is', operand));
  if (texts.includes(name)) return or(list.map((pattern) => like(id(name), String(pattern))));
  if (name === 'tool.kind') return or(list.map((kind) => `(= ${id(name)} ${kinds.indexOf(String(kind))})`));
  if (tagged.includes(name)) {
    const has = list.map((word) => tagOf(name, String(word)));
    if (comparator === 'allOf') return and(has);
    if (comparator === 'noneOf') return not(or(has));
    if (comparator === 'only')
      return not(or(allTags.filter((word) => !list.includes(word)).map((word) => tagOf(name, word))));
    return or(has);
  }
  const counted = money.includes(name) ? Math.round(Number(operand) * 1_000_000) : Number(operand);
  return `(${{ is: '=', atLeast: '>=', atMost: '<=' }[comparator] ?? '='} ${id(name)} ${counted})`;
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** When a rule is in force; that is always known. */
function inForce({ during, validFrom, until }: Rule): Judged {
  const parts: string[] = [];
  if (validFrom !== undefined) parts.push(`(<= ${Date.parse(validFrom)} time_utc)`);
  if (until !== undefined) parts.push(`(< time_utc ${Date.parse(until)})`);
  if (during !== undefined && !Array.isArray(during)) {
    const { days = ['mon-sun'], from = '00:00', to = '24:00' } = during;
    // 1970-01-01 was a Thursday.
    const day = '(mod (+ 3 (div time_utc 86400000)) 7)';
    const minute = '(div (mod time_utc 86400000) 60000)';
    const spans = days.map((span) => {
      const [first = 0, last = first] = span.split('-').map((name) => dayNames.indexOf(name));
      return and([`(<= ${first} ${day})`, `(<= ${day} ${last})`]);
    });
    parts.push(or(spans), `(<= ${minuteOf(from)} ${minute})`, `(< ${minute} ${minuteOf(to)})`);
  }
  return { holds: and(parts), fails: not(and(parts)) };
}

/** When a rule matches for sure, and when surely not. */
export const judgedRule = (rule: Rule): Judged =>
  every([inForce(rule), judged(rule.when), ...(rule.unless === undefined ? [] : [opposite(judged(rule.unless))])]);

const strengthOf = (effect: Effect): number => ['allow', 'ask', 'deny', 'halt'].indexOf(effect);

/** Where a rule counts as matching. */
export const matching = (rule: Rule): string => {
  const { holds, fails } = judgedRule(rule);
  return rule.effect === 'allow' ? holds : not(fails);
};

/** When something of at least `strength` is decided by these rules and the default. */
export function decided(
  rules: readonly Rule[],
  fallback: NonNullable<Policy['spec']['default']>,
  strength: number,
): string {
  const said = rules.filter(({ effect }) => strengthOf(effect) >= strength).map(matching);
  const isDefault = strengthOf(fallback) >= strength;
  return or([...said, ...(isDefault ? [not(or(rules.map((rule) => judgedRule(rule).holds)))] : [])]);
}

/** When the same is not decided by the two. */
export const differs = (
  some: readonly Rule[],
  others: readonly Rule[],
  fallback: NonNullable<Policy['spec']['default']>,
): string =>
  or([1, 2, 3].map((strength) => `(xor ${decided(some, fallback, strength)} ${decided(others, fallback, strength)})`));

export const strengthAbove = ({ effect }: Rule): number => strengthOf(effect) + 1;

function like(text: string, pattern: string): string {
  const part = pattern.replace(/^\*|\*$/g, '');
  const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
  if (!pattern.includes('*')) return `(= ${text} "${pattern}")`;
  if (open && closed) return `(str.contains ${text} "${part}")`;
  return open ? `(str.suffixof "${part}" ${text})` : `(str.prefixof "${part}" ${text})`;
}
