/**
 * Conditions and possible actions in SMT-LIB 2, written from the documents and apart from the prover. For signals of a few
 * kinds only; tags are those of a small vocabulary and one more.
 */
import type { Condition } from '../../../server/engine/documents/index.ts';

export const words = ['a', 'ab', 'c'];
const kinds = ['read', 'write', 'execute'];
const texts = ['tool.name', 'agent.role'];
const numbers = ['tool.risk', 'trial.consecutiveFailures', 'trial.failures', 'trial.steps'];
const tagged = ['tool.tags', 'target.domains'];
const tool = ['tool.name', 'tool.kind', 'tool.risk', 'tool.tags'];
export const signals = [...texts, 'tool.kind', ...numbers, ...tagged];

const id = (name: string) => name.replaceAll('.', '_');
const state = (name: string) => `${id(name)}_state`;
const and = (parts: readonly string[]) => (parts.length === 0 ? 'true' : `(and ${parts.join(' ')})`);
const or = (parts: readonly string[]) => (parts.length === 0 ? 'false' : `(or ${parts.join(' ')})`);
const not = (part: string) => `(not ${part})`;
const tagOf = (name: string, word: string) => `${id(name)}_has_${word}`;
const allTags = [...words, 'other'];

/** Declares all signals, each with its state (0 has a value, 1 does not apply, 2 unknown), and which actions are possible. */
export function possibleActions(): string {
  const declared = [
    '(declare-const is_tool Bool)',
    ...signals.map((name) => `(declare-const ${state(name)} Int)`),
    ...texts.map((name) => `(declare-const ${id(name)} String)`),
    ...['tool.kind', ...numbers].map((name) => `(declare-const ${id(name)} Int)`),
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
    ...tool.slice(1).map((name) => `(= ${state(name)} ${state('tool.name')})`),
    `(=> (= ${state('target.domains')} 0) ${or(allTags.map((word) => tagOf('target.domains', word)))})`,
    `(and (<= 0 ${id('tool.kind')}) (< ${id('tool.kind')} 3) (<= 0 ${id('tool.risk')}) (<= ${id('tool.risk')} 5))`,
    ...numbers.slice(1).map((name) => `(<= 0 ${id(name)})`),
    ...[
      [1, 2],
      [2, 3],
      [1, 3],
    ].map(([less = 0, more = 0]) => {
      const [a = '', b = ''] = [numbers[less], numbers[more]];
      return `(=> (and (= ${state(a)} 0) (= ${state(b)} 0)) (<= ${id(a)} ${id(b)}))`;
    }),
  ];
  return `${declared.join('\n')}\n(assert ${and(rules)})\n`;
}

interface Judged {
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
  return `(${{ is: '=', atLeast: '>=', atMost: '<=' }[comparator] ?? '='} ${id(name)} ${String(operand)})`;
}

function like(text: string, pattern: string): string {
  const part = pattern.replace(/^\*|\*$/g, '');
  const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
  if (!pattern.includes('*')) return `(= ${text} "${pattern}")`;
  if (open && closed) return `(str.contains ${text} "${part}")`;
  return open ? `(str.suffixof "${part}" ${text})` : `(str.prefixof "${part}" ${text})`;
}
