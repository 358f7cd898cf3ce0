/**
 * Conditions in normal form: tests of single facts joined by `all`, `any` and `not`. Plain data, which evaluation, index and
 * proof read; what a document says has been checked before, and nothing is evaluated here.
 */
import type { SignalName } from './signal.ts';
import type { TimeSet } from './time.ts';
import { FALSE, TRUE, type Truth } from './truth.ts';

/**
 * What is asked of the value of one signal. Where the signal does not apply, `negated` tests and `present: false` hold and
 * all others do not; a test of time is then unknown, because time always applies.
 */
export type Constraint =
  | { readonly kind: 'present'; readonly expected: boolean }
  /** One of these texts; `*` at the beginning or end stands for any text. */
  | { readonly kind: 'text'; readonly negated: boolean; readonly texts: readonly string[] }
  /** From `low` to `high`, both included; infinite where open. Money in micro-dollars. */
  | { readonly kind: 'number'; readonly negated: boolean; readonly low: number; readonly high: number }
  | { readonly kind: 'boolean'; readonly is: boolean }
  /** Literals, but for `only`, where `*` may stand at the beginning or end. `noneOf` holds where the signal does not apply. */
  | {
      readonly kind: 'tags';
      readonly comparator: 'anyOf' | 'allOf' | 'noneOf' | 'only';
      readonly texts: readonly string[];
    }
  /** Of `time.utc`. */
  | { readonly kind: 'time'; readonly times: TimeSet };

export interface FactTest {
  readonly op: 'test';
  readonly name: SignalName;
  /** The place of the signal in `Facts`. */
  readonly slot: number;
  readonly constraint: Constraint;
}

export type Formula =
  | { readonly op: 'constant'; readonly truth: Truth }
  | { readonly op: 'all' | 'any'; readonly parts: readonly Formula[] }
  | { readonly op: 'not'; readonly part: Formula }
  | FactTest;

export const always: Formula = { op: 'constant', truth: TRUE };
export const never: Formula = { op: 'constant', truth: FALSE };

const isConstant = (formula: Formula, truth: Truth): boolean => formula.op === 'constant' && formula.truth === truth;

/** All of `parts`: nested ones are laid flat, what is always true is left out. */
export function all(parts: readonly Formula[]): Formula {
  return join('all', parts, TRUE);
}

/** At least one of `parts`; none of none. */
export function any(parts: readonly Formula[]): Formula {
  return join('any', parts, FALSE);
}

function join(op: 'all' | 'any', parts: readonly Formula[], neutral: Truth): Formula {
  const flat: Formula[] = [];
  for (const part of parts) {
    if (isConstant(part, (TRUE - neutral) as Truth)) return part;
    if (isConstant(part, neutral)) continue;
    if (part.op === op) flat.push(...part.parts);
    else flat.push(part);
  }
  const [only] = flat;
  if (only === undefined) return neutral === TRUE ? always : never;
  return flat.length === 1 ? only : { op, parts: flat };
}

export function not(part: Formula): Formula {
  if (part.op === 'constant') return { op: 'constant', truth: (TRUE - part.truth) as Truth };
  return part.op === 'not' ? part.part : { op: 'not', part };
}

/** The signals that `formulas` read, each once, by name. */
export function signalsRead(formulas: readonly Formula[]): SignalName[] {
  return [...new Set(formulas.flatMap(testsIn).map(({ name }) => name))].sort();
}

/** The places of the signals that `formulas` read, each once, in order. */
export function slotsRead(formulas: readonly Formula[]): number[] {
  return [...new Set(formulas.flatMap(testsIn).map(({ slot }) => slot))].sort((a, b) => a - b);
}

export function testsIn(formula: Formula): readonly FactTest[] {
  switch (formula.op) {
    case 'test':
      return [formula];
    case 'constant':
      return [];
    case 'not':
      return testsIn(formula.part);
    default:
      return formula.parts.flatMap(testsIn);
  }
}
