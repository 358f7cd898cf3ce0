/**
 * Rules that are found by what is the case instead of being asked one after the other: each stands in a list by the test of
 * it that rules out most. Keeps nothing of what it was asked.
 */
import { type Evaluate, evaluator } from './evaluate.ts';
import { all, type Constraint, type FactTest, type Formula } from './formula.ts';
import { type Facts, signalDeclarations } from './signal.ts';
import type { TimeSet } from './time.ts';
import { FALSE, TRUE, UNKNOWN } from './truth.ts';

/** The number of a rule, twice, and 1 more when it matches only for want of knowledge. */
export type Match = number;

/** A formula with the match that it stands for. */
export interface Numbered {
  readonly formula: Formula;
  readonly match: Match;
}

interface Candidate {
  readonly match: Match;
  readonly truth: Evaluate;
}

/** Where rules are found by what is the case, and those that have to be asked each time. */
export interface Plan {
  /** How many rules it holds. */
  readonly size: number;
  /** Those that match whatever else is the case. */
  readonly certain: readonly Match[];
  readonly scan: readonly Candidate[];
  readonly byBound: readonly BoundGroup[];
  readonly byKey: readonly KeyGroup[];
  readonly byTime: readonly TimeGroup[];
}

/** Candidates that want a number of at least (rising) or at most (falling) their bound, in order of it. */
interface BoundGroup {
  readonly slot: number;
  readonly rising: boolean;
  readonly bounds: Float64Array;
  readonly candidates: readonly Candidate[];
}
/** Candidates that want a certain number, or a certain text in a list. */
interface KeyGroup {
  readonly slot: number;
  readonly byKey: ReadonlyMap<string | number, readonly Candidate[]>;
  readonly all: readonly Candidate[];
}
/** Rules of one window, which is asked once for all of them, and found by what they want besides. */
interface TimeGroup {
  readonly slot: number;
  readonly times: TimeSet;
  readonly plan: Plan;
}

/** Beyond so many keys a test is a set of its own and no way into the index. */
const keysIndexed = 64;

/** A plan whose window is open, or perhaps open, and of which the windows inside are left out. */
export interface OpenPart {
  readonly plan: Plan;
  readonly isUnknown: boolean;
}

/** What of `plan` is open at the time of `facts`; the same as long as no window opens or closes. */
export function openParts(plan: Plan, facts: Facts, isUnknown = false): OpenPart[] {
  if (plan.size === 0) return [];
  return [
    { plan, isUnknown },
    ...plan.byTime.flatMap(({ slot, times, plan: inside }) => {
      const fact = facts[slot];
      const truth = typeof fact === 'number' ? times.at(fact) : UNKNOWN;
      return truth === FALSE ? [] : openParts(inside, facts, isUnknown || truth === UNKNOWN);
    }),
  ].filter((part) => hasOwnRules(part.plan));
}

const hasOwnRules = ({ certain, scan, byBound, byKey }: Plan): boolean =>
  certain.length + scan.length + byBound.length + byKey.length > 0;

/**
 * Adds the matches of `parts` for some facts to `into`, in no order and perhaps twice. It throws what a value throws that is
 * no plain data.
 */
export function find(parts: readonly OpenPart[], facts: Facts, into: Match[]): void {
  for (const { plan, isUnknown } of parts) {
    const start = into.length;
    findIn(plan, facts, into);
    if (isUnknown) for (let index = start; index < into.length; index++) into[index] = (into[index] ?? 0) | 1;
  }
}

function findIn({ certain, scan, byBound, byKey }: Plan, facts: Facts, into: Match[]): void {
  for (const match of certain) into.push(match);
  for (const candidate of scan) ask(candidate, facts, into);
  for (const { slot, rising, bounds, candidates } of byBound) {
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
  for (const group of byKey) {
    const fact = facts[group.slot];
    if (Array.isArray(fact)) askOfEach(fact, group.byKey, facts, into);
    else if (typeof fact === 'number') askAll(group.byKey.get(fact), facts, into);
    else if (fact !== undefined) askAll(group.all, facts, into);
  }
}

/** A plain loop, because the iterator of a list that is frozen is not inlined. */
function askOfEach(texts: readonly string[], byKey: KeyGroup['byKey'], facts: Facts, into: Match[]): void {
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index];
    if (text !== undefined) askAll(byKey.get(text), facts, into);
  }
}

function askAll(candidates: readonly Candidate[] | undefined, facts: Facts, into: Match[]): void {
  if (candidates !== undefined) for (const candidate of candidates) ask(candidate, facts, into);
}

function ask({ match, truth }: Candidate, facts: Facts, into: Match[]): void {
  const answer = truth(facts);
  if (answer === TRUE) into.push(match);
  else if (answer === UNKNOWN) into.push(match + 1);
}

export function makePlan(rules: readonly Numbered[]): Plan {
  const shares = new Map<FactTest, number>();
  for (const { formula } of rules) for (const test of timeTests(formula)) shares.set(test, (shares.get(test) ?? 0) + 1);
  const certain: Match[] = [];
  const index = new Index();
  const windows = new Map<FactTest, Numbered[]>();
  for (const { formula, match } of rules) {
    if (formula.op === 'constant' && formula.truth === TRUE) certain.push(match);
    if (formula.op === 'constant' && formula.truth !== UNKNOWN) continue;
    const keys = keysOf(formula);
    const window = windowOf(formula, shares, rules.length / 2, keys);
    if (window === null) index.add({ match, truth: evaluator(formula) }, keys);
    else {
      const rest = all(partsOf(formula).filter((part) => part !== window));
      const inside = windows.get(window);
      if (inside === undefined) windows.set(window, [{ formula: rest, match }]);
      else inside.push({ formula: rest, match });
    }
  }
  const byTime = [...windows].flatMap(([{ slot, constraint }, inside]) =>
    constraint.kind === 'time' ? [{ slot, times: constraint.times, plan: makePlan(inside) }] : [],
  );
  const size = byTime.reduce((sum, { plan }) => sum + plan.size, certain.length + index.size);
  return { size, certain, scan: index.scan, byBound: index.byBound, byKey: [...index.byKey.values()], byTime };
}

/** The groups of one plan while rules are put into them. */
class Index {
  readonly scan: Candidate[] = [];
  readonly byKey = new Map<number, { slot: number; byKey: Map<string | number, Candidate[]>; all: Candidate[] }>();
  readonly #bounded = new Map<string, { slot: number; rising: boolean; entries: [bound: number, Candidate][] }>();
  size = 0;

  /** `keys` are tests of which one must hold at least. */
  add(candidate: Candidate, keys: readonly FactTest[]): void {
    this.size++;
    if (keys.length === 0) this.scan.push(candidate);
    for (const key of keys) {
      const { slot, constraint } = key;
      if (constraint.kind === 'tags') this.#addKeys(candidate, slot, tagsWanted(constraint));
      else if (constraint.kind !== 'number') throw new Error(`rules are not found by \`${key.name}\``);
      else if (constraint.low === constraint.high) this.#addKeys(candidate, slot, [constraint.low]);
      else this.#addBound(candidate, key, constraint);
    }
  }

  #addKeys(candidate: Candidate, slot: number, keys: readonly (string | number)[]): void {
    const group = this.byKey.get(slot) ?? { slot, byKey: new Map<string | number, Candidate[]>(), all: [] };
    this.byKey.set(slot, group);
    group.all.push(candidate);
    for (const key of keys) {
      const there = group.byKey.get(key);
      if (there === undefined) group.byKey.set(key, [candidate]);
      else there.push(candidate);
    }
  }

  #addBound(candidate: Candidate, key: FactTest, { low, high }: Extract<Constraint, { kind: 'number' }>): void {
    const rising = hasFloor(key);
    const name = `${key.slot}${rising ? '>' : '<'}`;
    const group = this.#bounded.get(name) ?? { slot: key.slot, rising, entries: [] };
    this.#bounded.set(name, group);
    group.entries.push([rising ? low : high, candidate]);
  }

  get byBound(): BoundGroup[] {
    return [...this.#bounded.values()].map(({ slot, rising, entries }) => {
      entries.sort(([one], [other]) => (rising ? one - other : other - one));
      return {
        slot,
        rising,
        bounds: Float64Array.from(entries, ([bound]) => bound),
        candidates: entries.map(([, candidate]) => candidate),
      };
    });
  }
}

/** Of `allOf` one is enough to be found by. */
const tagsWanted = ({ comparator, texts }: Extract<Constraint, { kind: 'tags' }>): readonly string[] =>
  comparator === 'anyOf' ? texts : texts.slice(0, 1);

const partsOf = (formula: Formula): readonly Formula[] => (formula.op === 'all' ? formula.parts : [formula]);

const timeTests = (formula: Formula): FactTest[] =>
  partsOf(formula).flatMap((part) => (part.op === 'test' && part.constraint.kind === 'time' ? [part] : []));

/** The window to ask before the rule: one that half of all share, or the widest shared when nothing else finds the rule. */
function windowOf(
  formula: Formula,
  shares: ReadonlyMap<FactTest, number>,
  half: number,
  keys: readonly FactTest[],
): FactTest | null {
  let [best, most] = [null as FactTest | null, keys.length === 0 ? 0 : half];
  for (const test of timeTests(formula)) {
    const share = shares.get(test) ?? 0;
    if (share > most) [best, most] = [test, share];
  }
  return best;
}

/** Whether there are values of the signal below the range. */
function hasFloor({ slot, constraint }: FactTest): boolean {
  return (
    constraint.kind === 'number' && constraint.low > (signalDeclarations[slot]?.minimum ?? Number.NEGATIVE_INFINITY)
  );
}

/**
 * Tests of which one must hold where the rule matches, none when there are none that help: the one of `all` that rules out
 * most, and one for each part of `any`. Each fails where its signal does not apply.
 */
function keysOf(formula: Formula): readonly FactTest[] {
  let best: FactTest | null = null;
  let bestRank = 0;
  for (const part of partsOf(formula)) {
    const rank = part.op === 'test' ? rankOf(part) : 0;
    if (part.op === 'test' && rank > bestRank) [best, bestRank] = [part, rank];
  }
  if (best !== null) return [best];
  for (const part of partsOf(formula)) {
    if (part.op !== 'any') continue;
    const keys = part.parts.map(keysOf);
    if (keys.every(({ length }) => length > 0) && keys.flat().length <= keysIndexed) return keys.flat();
  }
  return [];
}

function rankOf(test: FactTest): number {
  const { constraint } = test;
  switch (constraint.kind) {
    case 'tags':
      if (constraint.comparator === 'allOf') return 4;
      return constraint.comparator === 'anyOf' && constraint.texts.length <= keysIndexed ? 3 : 0;
    case 'number':
      if (constraint.negated) return 0;
      if (constraint.low === constraint.high) return 5;
      if (hasFloor(test)) return 2;
      return constraint.high < Number.POSITIVE_INFINITY ? 1 : 0;
    default:
      return 0;
  }
}
