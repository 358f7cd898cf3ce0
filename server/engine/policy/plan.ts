/**
 * Finds the rules that match an action without asking them all. What documents declare (tool, agent) takes few different
 * values, so for each of them the rules are simplified once; what is left is found by the test that rules out most.
 */
import { type Evaluate, evaluator } from './evaluate.ts';
import { all, any, type FactTest, type Formula, not } from './formula.ts';
import { type Facts, signalDeclarations } from './signal.ts';
import type { TimeSet } from './time.ts';
import { FALSE, TRUE, UNKNOWN } from './truth.ts';

/** The number of a rule, twice, and 1 more when it matches only for want of knowledge. */
export type Match = number;

interface Candidate {
  readonly match: Match;
  readonly truth: Evaluate;
}

/** The rules left for one choice of declared facts. */
interface Plan {
  readonly declared: readonly unknown[];
  /** How many rules it holds. */
  readonly size: number;
  /** Those that match whatever else is the case. */
  readonly certain: readonly Match[];
  readonly scan: readonly Candidate[];
  readonly byNumber: readonly NumberGroup[];
  readonly byTag: readonly TagGroup[];
  readonly byTime: readonly TimeGroup[];
}

/** Candidates that want a number of at least (rising) or at most (falling) their bound, in order of it. */
interface NumberGroup {
  readonly slot: number;
  readonly rising: boolean;
  readonly bounds: readonly number[];
  readonly candidates: readonly Candidate[];
}
interface TagGroup {
  readonly slot: number;
  readonly byTag: ReadonlyMap<string, readonly Candidate[]>;
  readonly all: readonly Candidate[];
}
interface TimeGroup {
  readonly slot: number;
  readonly times: TimeSet;
  readonly candidates: readonly Candidate[];
}

/** How many plans are kept, and how many rules in them all together. */
const plansKept = 4_096;
const candidatesKept = 500_000;
/** Beyond so many tags a test of them is a set of its own and no way into the index. */
const tagsIndexed = 64;
const isDeclared = signalDeclarations.map(({ origin }) => origin === 'declared');

/** A formula with the match that it stands for. */
interface Numbered {
  readonly formula: Formula;
  readonly match: Match;
}

/**
 * A function that adds the matches of `formulas` for some facts to `into`, in no order and perhaps twice. It throws what a
 * value throws that is no plain data.
 */
export function finder(formulas: readonly Formula[]): (facts: Facts, into: Match[]) => void {
  const numbered = formulas.map((formula, index): Numbered => ({ formula, match: index * 2 }));
  const slots = declaredSlots(formulas);
  const varying = numbered.filter(({ formula }) => declaredSlots([formula]).length > 0);
  // What no declared fact has a say in is the same for all of them.
  const common = makePlan(
    numbered.filter(({ formula }) => declaredSlots([formula]).length === 0),
    [],
    [],
  );
  const keySlot = slots.find((slot) => signalDeclarations[slot]?.name === 'tool.name') ?? slots[0];
  const plans = new Map<unknown, Plan[]>();
  let [kept, candidates] = [0, 0];
  const planFor = (facts: Facts): Plan => {
    const fact = keySlot === undefined ? undefined : facts[keySlot];
    const key = typeof fact === 'object' ? null : fact;
    const shelf = plans.get(key);
    if (shelf !== undefined) for (const plan of shelf) if (fits(plan, slots, facts)) return plan;
    const made = makePlan(varying, slots, facts);
    if (kept >= plansKept || candidates + made.size > candidatesKept) {
      plans.clear();
      [kept, candidates] = [0, 0];
    }
    plans.set(key, [...(plans.get(key) ?? []), made]);
    kept++;
    candidates += made.size;
    return made;
  };
  if (varying.length === 0) return (facts, into) => find(common, facts, into);
  return (facts, into) => {
    find(planFor(facts), facts, into);
    find(common, facts, into);
  };
}

function declaredSlots(formulas: readonly Formula[]): number[] {
  const slots = new Set<number>();
  const visit = (formula: Formula): void => {
    if (formula.op === 'test') slots.add(formula.slot);
    else if (formula.op === 'not') visit(formula.part);
    else if (formula.op !== 'constant') formula.parts.forEach(visit);
  };
  formulas.forEach(visit);
  return [...slots].filter((slot) => isDeclared[slot]).sort((a, b) => a - b);
}

function fits({ declared }: Plan, slots: readonly number[], facts: Facts): boolean {
  for (let index = 0; index < slots.length; index++) {
    const [one, other] = [declared[index], facts[slots[index] ?? 0]];
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

function find({ certain, scan, byNumber, byTag, byTime }: Plan, facts: Facts, into: Match[]): void {
  for (const match of certain) into.push(match);
  for (const candidate of scan) ask(candidate, facts, into);
  for (const { slot, rising, bounds, candidates } of byNumber) {
    const fact = facts[slot];
    if (fact === undefined) continue;
    const value = typeof fact === 'number' ? fact : Number.NaN;
    for (let index = 0; index < candidates.length; index++) {
      const bound = bounds[index] ?? Number.NaN;
      if (rising ? bound > value : bound < value) break;
      const candidate = candidates[index];
      if (candidate !== undefined) ask(candidate, facts, into);
    }
  }
  for (const group of byTag) {
    const fact = facts[group.slot];
    if (fact === undefined) continue;
    if (Array.isArray(fact)) {
      for (const tag of fact) {
        const found = group.byTag.get(tag);
        if (found !== undefined) for (const candidate of found) ask(candidate, facts, into);
      }
    } else for (const candidate of group.all) ask(candidate, facts, into);
  }
  for (const { slot, times, candidates } of byTime) {
    const fact = facts[slot];
    if (typeof fact === 'number' && times.at(fact) === FALSE) continue;
    for (const candidate of candidates) ask(candidate, facts, into);
  }
}

function ask({ match, truth }: Candidate, facts: Facts, into: Match[]): void {
  const answer = truth(facts);
  if (answer === TRUE) into.push(match);
  else if (answer === UNKNOWN) into.push(match + 1);
}

function makePlan(formulas: readonly Numbered[], slots: readonly number[], facts: Facts): Plan {
  const certain: Match[] = [];
  const scan: Candidate[] = [];
  const numbers = new Map<
    string,
    { slot: number; rising: boolean; entries: { bound: number; candidate: Candidate }[] }
  >();
  const tags = new Map<number, { slot: number; byTag: Map<string, Candidate[]>; all: Candidate[] }>();
  const times = new Map<TimeSet, { slot: number; times: TimeSet; candidates: Candidate[] }>();
  let size = 0;
  for (const { formula, match } of formulas) {
    const rest = simplify(formula, facts);
    if (rest.op === 'constant' && rest.truth === FALSE) continue;
    size++;
    if (rest.op === 'constant' && rest.truth === TRUE) {
      certain.push(match);
      continue;
    }
    const candidate: Candidate = { match, truth: evaluator(rest) };
    const key = mostSelective(rest.op === 'all' ? rest.parts : [rest]);
    const constraint = key?.constraint;
    if (key === null || constraint === undefined) scan.push(candidate);
    else if (constraint.kind === 'tags') {
      const group = tags.get(key.slot) ?? { slot: key.slot, byTag: new Map<string, Candidate[]>(), all: [] };
      tags.set(key.slot, group);
      group.all.push(candidate);
      for (const text of constraint.comparator === 'anyOf' ? constraint.texts : constraint.texts.slice(0, 1))
        addTo(group.byTag, text, candidate);
    } else if (constraint.kind === 'time') {
      const group = times.get(constraint.times) ?? { slot: key.slot, times: constraint.times, candidates: [] };
      times.set(constraint.times, group);
      group.candidates.push(candidate);
    } else if (constraint.kind === 'number') {
      const rising = hasFloor(key);
      const name = `${key.slot}${rising ? '>' : '<'}`;
      const group = numbers.get(name) ?? { slot: key.slot, rising, entries: [] };
      numbers.set(name, group);
      group.entries.push({ bound: rising ? constraint.low : constraint.high, candidate });
    }
  }
  return {
    declared: slots.map((slot) => lasting(facts[slot])),
    size,
    certain,
    scan,
    byNumber: [...numbers.values()].map(({ slot, rising, entries }) => {
      entries.sort((a, b) => (rising ? a.bound - b.bound : b.bound - a.bound));
      return { slot, rising, bounds: entries.map(({ bound }) => bound), candidates: entries.map((e) => e.candidate) };
    }),
    byTag: [...tags.values()],
    byTime: [...times.values()],
  };
}

function addTo(groups: Map<string, Candidate[]>, text: string, candidate: Candidate): void {
  const there = groups.get(text);
  if (there === undefined) groups.set(text, [candidate]);
  else there.push(candidate);
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

/** Whether there are values of the signal below the range. */
function hasFloor({ slot, constraint }: FactTest): boolean {
  return (
    constraint.kind === 'number' && constraint.low > (signalDeclarations[slot]?.minimum ?? Number.NEGATIVE_INFINITY)
  );
}

/** Of tests that must all hold, the one by which the rule is found; each fails where its signal does not apply. */
function mostSelective(parts: readonly Formula[]): FactTest | null {
  let best: FactTest | null = null;
  let bestRank = 0;
  for (const part of parts) {
    const rank = part.op === 'test' ? rankOf(part) : 0;
    if (part.op === 'test' && rank > bestRank) [best, bestRank] = [part, rank];
  }
  return best;
}

function rankOf(test: FactTest): number {
  const { constraint } = test;
  switch (constraint.kind) {
    case 'tags':
      if (constraint.comparator === 'allOf') return 5;
      return constraint.comparator === 'anyOf' && constraint.texts.length <= tagsIndexed ? 4 : 0;
    case 'number':
      if (constraint.negated) return 0;
      if (hasFloor(test)) return 3;
      return constraint.high < Number.POSITIVE_INFINITY ? 1 : 0;
    case 'time':
      return 2;
    default:
      return 0;
  }
}
