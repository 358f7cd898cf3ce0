/**
 * Which rules match some facts, without asking them all. What documents declare (tool, agent) takes few different values, so
 * the rules are simplified once for each of them; of what is left, rules that read nothing but counts and the clock keep
 * their answer as long as these stay within the same borders. The others are asked each time.
 */
import { Borders, type Cell } from './cell.ts';
import { evaluator } from './evaluate.ts';
import { all, any, type Formula, not, slotsRead, testsIn } from './formula.ts';
import { find, type Match, makePlan, type Numbered, type OpenPart, openParts, type Plan } from './plan.ts';
import { type Declaration, type Facts, isDeclared, isSteady, slotOf } from './signal.ts';
import { FALSE, TRUE, UNKNOWN } from './truth.ts';

/** Rules in two parts, by whether they read what each action brings with it, such as its targets. */
interface Parts {
  readonly steady: Plan;
  readonly borders: Borders;
  readonly changing: Plan;
}

/** The rules left for one choice of declared facts. */
interface Declared<Answer> {
  readonly values: readonly unknown[];
  readonly parts: Parts;
  /** The last answers of its steady rules; trials of one variant may stand in different cells. */
  readonly kept: Kept<Answer>[];
}

/** What was answered for the facts of a cell. */
interface Kept<Answer> {
  readonly cell: Cell | null;
  readonly matches: readonly Match[];
  /** What it comes to where no other rules match, and where others do. */
  readonly answers: Answers<Answer>;
  /** The rules that have to be asked all the same. */
  readonly changing: readonly OpenPart[];
}

/** An answer, and those where one more rule matches. */
interface Answers<Answer> {
  readonly answer: Answer;
  readonly withOneMore: Map<Match, Answers<Answer>>;
}

/** How many choices of declared facts are kept, and how many rules in them all together. */
const choicesKept = 4_096;
const rulesKept = 500_000;
const answersKept = 4;
/** For the cells of all choices together. */
const answersWithMoreKept = 16_384;

/** `Answer`: what the matches of some facts come to, for whoever asks. */
export class Finder<Answer> {
  readonly #declaredSlots: readonly number[];
  readonly #keySlot: number;
  readonly #steadySlots: readonly number[];
  /** What no declared fact has a say in is the same for all of them. */
  readonly #common: Parts;
  readonly #varying: readonly Numbered[];
  readonly #byKey = new Map<unknown, Declared<Answer>[]>();
  #byDeclaration = new WeakMap<Declaration, Declared<Answer>>();
  #choices = 0;
  #rules = 0;
  #answersWithMore = 0;

  readonly #answer: (matches: readonly Match[], facts: Facts) => Answer;

  /**
   * `answer` is given matches in order, some perhaps twice, and is to depend on nothing but them and which of the facts are unknown;
   * what it gives may be given again.
   */
  constructor(formulas: readonly Formula[], answer: (matches: readonly Match[], facts: Facts) => Answer) {
    this.#answer = answer;
    const rules = formulas.map((formula, index): Numbered => ({ formula, match: index * 2 }));
    const slots = slotsRead(formulas);
    this.#declaredSlots = slots.filter(isDeclared);
    this.#steadySlots = slots.filter((slot) => isSteady(slot) && !isDeclared(slot));
    const tool = slotOf('tool.name');
    this.#keySlot = this.#declaredSlots.includes(tool) ? tool : (this.#declaredSlots[0] ?? tool);
    const varies = ({ formula }: Numbered) => slotsRead([formula]).some(isDeclared);
    this.#common = this.#inParts(rules.filter((rule) => !varies(rule)));
    this.#varying = rules.filter(varies);
  }

  /** `declaration` stands for all that is declared of them; null where that cannot be told. Throws what a value throws that is no plain data. */
  answer(facts: Facts, declaration: Declaration | null): Answer {
    const { parts, kept } = this.#left(facts, declaration);
    const steady = this.#steady(parts, kept, facts);
    if (steady.changing.length === 0) return steady.answers.answer;
    const found: Match[] = [];
    find(steady.changing, facts, found);
    return found.length === 0 ? steady.answers.answer : this.#answerWith(inOrder(found), steady, facts);
  }

  /** What `steady` and `found` come to together. Where what is found is certain, it depends on nothing else. */
  #answerWith(found: readonly Match[], steady: Kept<Answer>, facts: Facts): Answer {
    let { answers } = steady;
    for (let index = 0; index < found.length; index++) {
      const match = found[index] ?? 0;
      if ((match & 1) === 1) return this.#answer(merged(found, steady.matches), facts);
      if (match === found[index - 1]) continue;
      let next = answers.withOneMore.get(match);
      if (next === undefined) {
        next = answersOf(this.#answer(merged(found.slice(0, index + 1), steady.matches), facts));
        this.#makeRoom();
        answers.withOneMore.set(match, next);
      }
      answers = next;
    }
    return answers.answer;
  }

  #makeRoom(): void {
    if (this.#answersWithMore++ < answersWithMoreKept) return;
    for (const shelf of this.#byKey.values())
      for (const { kept } of shelf) for (const { answers } of kept) answers.withOneMore.clear();
    this.#answersWithMore = 1;
  }

  #left(facts: Facts, declaration: Declaration | null): Declared<Answer> {
    const known = declaration === null ? undefined : this.#byDeclaration.get(declaration);
    if (known !== undefined) return known;
    const found = this.#declared(facts);
    if (declaration !== null) this.#byDeclaration.set(declaration, found);
    return found;
  }

  #steady({ steady, changing, borders }: Parts, kept: Kept<Answer>[], facts: Facts): Kept<Answer> {
    for (const one of kept) if (one.cell?.has(facts)) return one;
    const found: Match[] = [];
    const common = this.#common;
    find([...openParts(steady, facts), ...openParts(common.steady, facts)], facts, found);
    const matches = inOrder(found);
    const made: Kept<Answer> = {
      cell: borders.cell(facts, common.borders),
      matches,
      answers: answersOf(this.#answer(matches, facts)),
      changing: [...openParts(changing, facts), ...openParts(common.changing, facts)],
    };
    if (made.cell !== null) {
      if (kept.length === answersKept) kept.pop();
      kept.unshift(made);
    }
    return made;
  }

  #declared(facts: Facts): Declared<Answer> {
    const fact = facts[this.#keySlot];
    const key = typeof fact === 'object' ? null : fact;
    const shelf = this.#byKey.get(key);
    if (shelf !== undefined) for (const one of shelf) if (fits(one.values, this.#declaredSlots, facts)) return one;
    return this.#declare(facts, key);
  }

  #declare(facts: Facts, key: unknown): Declared<Answer> {
    const parts = this.#inParts(
      this.#varying.map(({ formula, match }) => ({ formula: simplify(formula, facts), match })),
    );
    const size = parts.steady.size + parts.changing.size;
    if (this.#choices >= choicesKept || this.#rules + size > rulesKept) {
      this.#byKey.clear();
      this.#byDeclaration = new WeakMap();
      [this.#choices, this.#rules] = [0, 0];
    }
    const made = { values: this.#declaredSlots.map((slot) => lasting(facts[slot])), parts, kept: [] };
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), made]);
    this.#choices++;
    this.#rules += size;
    return made;
  }

  #inParts(rules: readonly Numbered[]): Parts {
    const isChanging = ({ formula }: Numbered) => !slotsRead([formula]).every(isSteady);
    const [steady, changing] = [rules.filter((rule) => !isChanging(rule)), rules.filter(isChanging)];
    const windows = changing
      .flatMap(({ formula }) => testsIn(formula))
      .filter(({ constraint }) => constraint.kind === 'time');
    const borders = new Borders([...steady.map(({ formula }) => formula), ...windows], this.#steadySlots);
    return { steady: makePlan(steady), borders, changing: makePlan(changing) };
  }
}

/** Puts matches into ascending order, by insertion: they are few as a rule, and nearly in order. */
function inOrder(matches: Match[]): Match[] {
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

const answersOf = <Answer>(answer: Answer): Answers<Answer> => ({ answer, withOneMore: new Map() });

const merged = (some: readonly Match[], others: readonly Match[]): readonly Match[] => inOrder([...others, ...some]);

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
      if (!isDeclared(formula.slot)) return formula;
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
