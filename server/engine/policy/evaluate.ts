/** Formulas made into closures that say what is true of an action, and which unknown signals left them undecided. */
import type { Constraint, FactTest, Formula } from './formula.ts';
import type { Facts } from './signal.ts';
import { FALSE, TRUE, type Truth, UNKNOWN } from './truth.ts';

export type Evaluate = (facts: Facts) => Truth;

const known = new WeakMap<Formula, Evaluate>();

/** The closure of a formula; the same for the same formula. */
export function evaluator(formula: Formula): Evaluate {
  const made = known.get(formula) ?? make(formula);
  known.set(formula, made);
  return made;
}

function make(formula: Formula): Evaluate {
  switch (formula.op) {
    case 'constant': {
      const { truth } = formula;
      return () => truth;
    }
    case 'not': {
      const inner = evaluator(formula.part);
      return (facts) => (TRUE - inner(facts)) as Truth;
    }
    case 'all':
      return every(formula.parts.map(evaluator));
    case 'any':
      return some(formula.parts.map(evaluator));
    case 'test':
      return leaf(formula);
  }
}

function every(parts: readonly Evaluate[]): Evaluate {
  const [first, second] = parts;
  if (first !== undefined && second !== undefined && parts.length === 2)
    return (facts) => {
      const one = first(facts);
      if (one === FALSE) return FALSE;
      const other = second(facts);
      return one === TRUE || other === FALSE ? other : one;
    };
  return (facts) => {
    let least: Truth = TRUE;
    for (const part of parts) {
      const truth = part(facts);
      if (truth === FALSE) return FALSE;
      if (truth < least) least = truth;
    }
    return least;
  };
}

function some(parts: readonly Evaluate[]): Evaluate {
  return (facts) => {
    let most: Truth = FALSE;
    for (const part of parts) {
      const truth = part(facts);
      if (truth === TRUE) return TRUE;
      if (truth > most) most = truth;
    }
    return most;
  };
}

// One closure for each kind, because the check of the type must be plain code to be fast. A value of another type than the
// registry says is as good as unknown.
function leaf({ slot, constraint }: FactTest): Evaluate {
  const whenAbsent: Truth = holdsWhenAbsent(constraint) ? TRUE : FALSE;
  switch (constraint.kind) {
    case 'present': {
      const whenThere = constraint.expected ? TRUE : FALSE;
      return (facts) => {
        const fact = facts[slot];
        if (fact === undefined) return whenAbsent;
        return typeof fact === 'object' && !Array.isArray(fact) ? UNKNOWN : whenThere;
      };
    }
    case 'text': {
      const accepts = likeOneOf(constraint.texts);
      const [inside, outside]: readonly [Truth, Truth] = constraint.negated ? [FALSE, TRUE] : [TRUE, FALSE];
      return (facts) => {
        const fact = facts[slot];
        if (typeof fact === 'string') return accepts(fact) ? inside : outside;
        return fact === undefined ? whenAbsent : UNKNOWN;
      };
    }
    case 'number': {
      const { low, high } = constraint;
      const [inside, outside]: readonly [Truth, Truth] = constraint.negated ? [FALSE, TRUE] : [TRUE, FALSE];
      return (facts) => {
        const fact = facts[slot];
        if (typeof fact === 'number') return fact >= low && fact <= high ? inside : outside;
        return fact === undefined ? whenAbsent : UNKNOWN;
      };
    }
    case 'boolean': {
      const { is } = constraint;
      return (facts) => {
        const fact = facts[slot];
        if (typeof fact === 'boolean') return fact === is ? TRUE : FALSE;
        return fact === undefined ? whenAbsent : UNKNOWN;
      };
    }
    case 'tags': {
      const accepts = acceptsTags(constraint);
      return (facts) => {
        const fact = facts[slot];
        if (Array.isArray(fact)) return accepts(fact) ? TRUE : FALSE;
        return fact === undefined ? whenAbsent : UNKNOWN;
      };
    }
    case 'time': {
      const { times } = constraint;
      return (facts) => {
        const fact = facts[slot];
        return typeof fact === 'number' ? times.at(fact) : UNKNOWN;
      };
    }
  }
}

/** Whether the test holds of an action that its signal does not apply to. */
export function holdsWhenAbsent(constraint: Constraint): boolean {
  switch (constraint.kind) {
    case 'present':
      return !constraint.expected;
    case 'text':
    case 'number':
      return constraint.negated;
    case 'tags':
      return constraint.comparator === 'noneOf';
    default:
      return false;
  }
}

function acceptsTags({
  comparator,
  texts,
}: Extract<Constraint, { kind: 'tags' }>): (tags: readonly string[]) => boolean {
  const matches = comparator === 'only' ? likeOneOf(texts) : oneOf(texts);
  switch (comparator) {
    case 'anyOf':
      return (tags) => isAny(tags, matches);
    case 'noneOf':
      return (tags) => !isAny(tags, matches);
    case 'only':
      return (tags) => !isAny(tags, (tag) => !matches(tag));
    case 'allOf': {
      const wanted = new Set(texts).size;
      return (tags) => {
        if (tags.length < wanted) return false;
        if (tags.length <= 8) return texts.every((text) => tags.includes(text));
        const there = new Set(tags);
        return texts.every((text) => there.has(text));
      };
    }
  }
}

/** A plain loop, because `some` costs several times as much for the few tags that there are. */
function isAny(tags: readonly string[], matches: (tag: string) => boolean): boolean {
  for (let index = 0; index < tags.length; index++) if (matches(tags[index] ?? '')) return true;
  return false;
}

function oneOf(texts: readonly string[]): (value: string) => boolean {
  const [one, other] = texts;
  if (texts.length === 1) return (value) => value === one;
  if (texts.length === 2) return (value) => value === one || value === other;
  const set = new Set(texts);
  return (value) => set.has(value);
}

/** `*` at the beginning or end of a pattern stands for any text, the empty one too. */
export function likeOneOf(patterns: readonly string[]): (value: string) => boolean {
  const literals = patterns.filter((pattern) => !pattern.includes('*'));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(glob);
  const exact = oneOf(literals);
  if (globs.length === 0) return exact;
  return (value) => (literals.length > 0 && exact(value)) || globs.some((matches) => matches(value));
}

function glob(pattern: string): (value: string) => boolean {
  const text = pattern.replace(/^\*|\*$/g, '');
  const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
  if (pattern === '*' || text === '') return () => true;
  if (open && closed) return (value) => value.includes(text);
  return open ? (value) => value.endsWith(text) : (value) => value.startsWith(text);
}

/** Adds the signals that leave `formula` unknown; to be asked only when it is. */
export function blame(formula: Formula, facts: Facts, into: Set<string>): void {
  if (formula.op === 'test') into.add(formula.name);
  else if (formula.op === 'not') blame(formula.part, facts, into);
  else if (formula.op !== 'constant')
    for (const part of formula.parts) if (evaluator(part)(facts) === UNKNOWN) blame(part, facts, into);
}
