/**
 * Which rules match some facts, without asking them all. What documents declare (tool, agent) takes few different values, so
 * the rules are simplified once for each of them; of what is left, rules that read nothing but counts and the clock keep
 * their answer as long as these stay within the same borders. The others are asked each time.
 */
import { Borders, type Cell } from './cell.ts';
import { evaluator } from './evaluate.ts';
import { all, any, type Formula, not } from './formula.ts';
import { find, type Match, makePlan, type Numbered, type Plan } from './plan.ts';
import { type Facts, signalDeclarations, slotOf } from './signal.ts';
import { FALSE, TRUE, UNKNOWN } from './truth.ts';

/** Rules in two parts, by whether they read what each action brings with it, such as its targets. */
interface Parts {
  readonly steady: Plan;
  readonly borders: Borders;
  readonly changing: Plan;
}

/** The rules left for one choice of declared facts. */
interface Declared {
  readonly values: readonly unknown[];
  readonly parts: Parts;
  /** The last answers of its steady rules; trials of one variant may stand in different cells. */
  readonly cells: Cell[];
}

/** How many choices of declared facts are kept, and how many rules in them all together. */
const choicesKept = 4_096;
const rulesKept = 500_000;
const cellsKept = 4;
const isDeclared = signalDeclarations.map(({ origin }) => origin === 'declared');
const isSteady = signalDeclarations.map(({ type }, slot) => isDeclared[slot] || type === 'integer' || type === 'money');

export class Finder {
  readonly #declaredSlots: readonly number[];
  readonly #keySlot: number;
  readonly #steadySlots: readonly number[];
  /** What no declared fact has a say in is the same for all of them. */
  readonly #common: Parts;
  readonly #varying: readonly Numbered[];
  readonly #byKey = new Map<unknown, Declared[]>();
  #choices = 0;
  #rules = 0;
  readonly #found: Match[] = [];

  constructor(formulas: readonly Formula[]) {
    const rules = formulas.map((formula, index): Numbered => ({ formula, match: index * 2 }));
    const slots = slotsRead(formulas);
    this.#declaredSlots = slots.filter((slot) => isDeclared[slot]);
    this.#steadySlots = slots.filter((slot) => isSteady[slot] && !isDeclared[slot]);
    const [tool] = [slotOf('tool.name')];
    this.#keySlot = this.#declaredSlots.includes(tool) ? tool : (this.#declaredSlots[0] ?? tool);
    const varies = ({ formula }: Numbered) => slotsRead([formula]).some((slot) => isDeclared[slot]);
    this.#common = this.#inParts(rules.filter((rule) => !varies(rule)));
    this.#varying = rules.filter(varies);
  }

  /** The matches for `facts` in order, some perhaps twice, good until the next call. Throws what a value throws that is no plain data. */
  matches(facts: Facts): readonly Match[] {
    const { parts, cells } = this.#declared(facts);
    const steady = this.#steady(parts, cells, facts);
    if (parts.changing.size === 0 && this.#common.changing.size === 0) return steady;
    const found = this.#found;
    found.length = 0;
    find(parts.changing, facts, found);
    find(this.#common.changing, facts, found);
    if (found.length === 0) return steady;
    for (const match of steady) found.push(match);
    return sorted(found);
  }

  #steady({ steady, borders }: Parts, cells: Cell[], facts: Facts): readonly Match[] {
    for (const cell of cells) if (cell.holds(facts)) return cell.matches;
    const matches: Match[] = [];
    find(steady, facts, matches);
    find(this.#common.steady, facts, matches);
    sorted(matches);
    const cell = borders.cell(facts, matches, this.#common.borders);
    if (cell !== null) {
      if (cells.length === cellsKept) cells.pop();
      cells.unshift(cell);
    }
    return matches;
  }

  #declared(facts: Facts): Declared {
    const fact = facts[this.#keySlot];
    const key = typeof fact === 'object' ? null : fact;
    const shelf = this.#byKey.get(key);
    if (shelf !== undefined) for (const one of shelf) if (fits(one.values, this.#declaredSlots, facts)) return one;
    return this.#declare(facts, key);
  }

  #declare(facts: Facts, key: unknown): Declared {
    const parts = this.#inParts(
      this.#varying.map(({ formula, match }) => ({ formula: simplify(formula, facts), match })),
    );
    const size = parts.steady.size + parts.changing.size;
    if (this.#choices >= choicesKept || this.#rules + size > rulesKept) {
      this.#byKey.clear();
      [this.#choices, this.#rules] = [0, 0];
    }
    const made = { values: this.#declaredSlots.map((slot) => lasting(facts[slot])), parts, cells: [] };
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), made]);
    this.#choices++;
    this.#rules += size;
    return made;
  }

  #inParts(rules: readonly Numbered[]): Parts {
    const isChanging = ({ formula }: Numbered) => slotsRead([formula]).some((slot) => !isSteady[slot]);
    const steady = rules.filter((rule) => !isChanging(rule));
    const borders = new Borders(
      steady.map(({ formula }) => formula),
      this.#steadySlots,
    );
    return { steady: makePlan(steady), borders, changing: makePlan(rules.filter(isChanging)) };
  }
}

/** In ascending order, by insertion: matches are few as a rule, and nearly in order. */
function sorted(matches: Match[]): Match[] {
  if (matches.length > 64) return matches.sort((a, b) => a - b);
  for (let index = 1; index < matches.length; index++) {
    const match = matches[index] ?? 0;
    let at = index;
    for (; at > 0; at--) {
      const before = matches[at - 1] ?? 0;
      if (before <= match) break;
      matches[at] = before;
    }
    matches[at] = match;
  }
  return matches;
}

function slotsRead(formulas: readonly Formula[]): number[] {
  const slots = new Set<number>();
  const visit = (formula: Formula): void => {
    if (formula.op === 'test') slots.add(formula.slot);
    else if (formula.op === 'not') visit(formula.part);
    else if (formula.op !== 'constant') formula.parts.forEach(visit);
  };
  formulas.forEach(visit);
  return [...slots].sort((a, b) => a - b);
}

function fits(values: readonly unknown[], slots: readonly number[], facts: Facts): boolean {
  for (let index = 0; index < slots.length; index++) {
    const one = values[index];
    const other = facts[slots[index] ?? 0];
    if (one !== other && !isAlike(one, other)) return false;
  }
  return true;
}

/** Lists by what is in them; whatever is unknown is as good as anything else that is unknown. */
function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  if (!Array.isArray(one) || !Array.isArray(other)) return !Array.isArray(one) && !Array.isArray(other);
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** A value that nobody changes later. */
const lasting = (fact: unknown): unknown => (Array.isArray(fact) && !Object.isFrozen(fact) ? [...fact] : fact);

/** `formula` with what is declared put in. A test that throws stays, to throw again when it is asked. */
function simplify(formula: Formula, facts: Facts): Formula {
  switch (formula.op) {
    case 'constant':
      return formula;
    case 'not': {
      const part = simplify(formula.part, facts);
      return part === formula.part ? formula : not(part);
    }
    case 'all':
    case 'any': {
      const parts: Formula[] = [];
      let changed = false;
      for (const part of formula.parts) {
        const rest = simplify(part, facts);
        if (rest.op === 'constant' && rest.truth === (formula.op === 'all' ? FALSE : TRUE)) return rest;
        changed ||= rest !== part;
        parts.push(rest);
      }
      if (!changed) return formula;
      return formula.op === 'all' ? all(parts) : any(parts);
    }
    case 'test':
      if (!isDeclared[formula.slot]) return formula;
      try {
        return constants[evaluator(formula)(facts)];
      } catch {
        return formula;
      }
  }
}

const constants = [
  { op: 'constant', truth: FALSE },
  { op: 'constant', truth: UNKNOWN },
  { op: 'constant', truth: TRUE },
] as const;
