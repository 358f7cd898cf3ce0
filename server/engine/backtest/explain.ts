/** Why each rule did or did not match an action: every part of it with its answer and the facts that it read. */
import {
  type CompiledPolicy,
  calendarEndMs,
  declarationOf,
  evaluator,
  FALSE,
  type Facts,
  formatMicros,
  type SignalName,
  type SignalValue,
  slotOf,
  TRUE,
  type Truth,
  type Unknown,
} from '../policy/index.ts';
import { anatomyOf, type Part, type Place } from './anatomy.ts';
import type { TestedPolicy } from './tested.ts';

export type Answer = 'yes' | 'no' | 'unknown';

export interface ExplainedPart {
  readonly kind: Part['kind'];
  readonly text: string;
  readonly place: Place;
  /** What it says, as it is written: `yes` to an `unless` means that the exception applies. */
  readonly answer: Answer;
  /** For parts without parts: the facts that it read; `null` where the signal does not apply. Money in micro-dollars. */
  readonly facts: Readonly<Record<string, SignalValue | Unknown | null>>;
  readonly parts: readonly ExplainedPart[];
}

export interface ExplainedRule {
  readonly policy: string;
  readonly id: string;
  readonly effect: CompiledPolicy['rules'][number]['effect'];
  readonly on: 'action' | 'observation';
  readonly place: Place;
  /** `unknown` counts as a match for whatever holds an action back. */
  readonly matches: Answer;
  /** In one sentence, for people. */
  readonly because: string;
  readonly parts: readonly ExplainedPart[];
}

/** Every rule of `policies` about the kind of thing that was decided, in order of the documents. */
export function explain(
  policies: readonly TestedPolicy[],
  facts: Facts,
  on: 'action' | 'observation' = 'action',
): ExplainedRule[] {
  return policies.flatMap(({ source, compiled }) =>
    anatomyOf({ source, rules: compiled.rules })
      .filter(({ rule }) => rule.on === on)
      .map(({ rule, place, parts }) => {
        const explained = parts.map((part) => explainPart(part, facts));
        const matches = answerOf(ask(rule.formula, facts));
        return {
          policy: place.policy,
          id: rule.id,
          effect: rule.effect,
          on: rule.on,
          place,
          matches,
          because: because(matches, explained),
          parts: explained,
        };
      }),
  );
}

function explainPart({ kind, text, place, formula, reads, parts }: Part, facts: Facts): ExplainedPart {
  const read = parts.length > 0 ? [] : reads.map((name) => [name, facts[slotOf(name as SignalName)] ?? null] as const);
  return {
    kind,
    text,
    place,
    answer: answerOf(ask(formula, facts)),
    facts: Object.fromEntries(read),
    parts: parts.map((part) => explainPart(part, facts)),
  };
}

const ask = (formula: Part['formula'], facts: Facts): Truth => evaluator(formula)(facts);
const answerOf = (truth: Truth): Answer => (truth === TRUE ? 'yes' : truth === FALSE ? 'no' : 'unknown');

/** The first parts that decide: what fails, what is unknown, or that all hold. */
function because(matches: Answer, parts: readonly ExplainedPart[]): string {
  if (parts.length === 0) return 'it is about everything';
  const wanted = ({ kind }: ExplainedPart): Answer => (kind === 'unless' ? 'no' : 'yes');
  if (matches === 'yes') return 'everything that it asks for holds';
  const reasons = parts
    .filter((part) => part.answer === (matches === 'unknown' ? 'unknown' : opposite(wanted(part))))
    .map((part) =>
      part.kind === 'unless' && matches === 'no'
        ? `its exception applies: ${reason(part, 'yes')}`
        : reason(part, part.answer),
    );
  return reasons.join('; ');
}

const opposite = (answer: Answer): Answer => (answer === 'yes' ? 'no' : 'yes');

/** The tests below that account for the answer. */
function reason(part: ExplainedPart, answer: Answer): string {
  const { kind, parts } = part;
  if (parts.length > 0) {
    const within = kind === 'not' && answer !== 'unknown' ? opposite(answer) : answer;
    const deciding = parts.filter((one) => one.answer === within);
    return deciding.map((one) => reason(one, within)).join(' and ');
  }
  const facts = Object.entries(part.facts).map(([name, value]) => `\`${name}\` ${factText(name, value)}`);
  const asked = kind === 'test' ? `\`${part.text}\`` : `${kind} \`${part.text}\``;
  const verdict = { yes: 'holds', no: 'does not hold', unknown: 'cannot be told' }[answer];
  return `${asked} ${verdict} (${facts.join(', ')})`;
}

function factText(name: string, value: SignalValue | Unknown | null): string {
  if (value === null) return 'does not apply';
  if (Array.isArray(value)) return `is [${value.join(', ')}]`;
  return typeof value === 'object' ? `is unknown: ${value.unknown}` : `is ${plainText(name, value)}`;
}

/** As documents write it: dollars instead of micro-dollars, moments instead of milliseconds. */
export function plainText(name: string, value: string | number | boolean): string {
  if (typeof value !== 'number') return String(value);
  if (name === 'time.utc') return Math.abs(value) > calendarEndMs ? String(value) : new Date(value).toISOString();
  return declarationOf(name as SignalName).type === 'money' ? formatMicros(value) : String(value);
}
