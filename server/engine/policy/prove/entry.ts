/** Rules as the prover holds them: their boxes, what they share actions with, and what was proved of them. */
import { strengthOf } from '../effect.ts';
import { type Evaluate, evaluator } from '../evaluate.ts';
import { type Formula, not } from '../formula.ts';
import type { CompiledRule } from '../rule.ts';
import type { Facts } from '../signal.ts';
import { FALSE, TRUE } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import type { Finding, Place, Proof } from './finding.ts';
import { type Taken, withoutContained } from './search.ts';
import type { Space } from './space.ts';
import { conjunctionsOf, type Horizon } from './translate.ts';
import { type Box, boxIn, overlap, type World } from './worlds.ts';

/** What boxes are made in. */
export interface Ground {
  readonly space: Space;
  readonly worlds: readonly World[];
  readonly horizon: Horizon;
}

export interface Entry {
  /** The policy, by its place among those that apply together. */
  readonly policy: number;
  readonly on: CompiledRule['on'];
  readonly strength: number;
  readonly formula: Formula;
  readonly truth: Evaluate;
  /** Where it matches: for what holds back, also where that is not known. */
  readonly matches: readonly Box[];
  /** Where its condition holds for sure. */
  readonly sure: readonly Box[];
  readonly takes: readonly Taken<Entry>[];
  readonly takesForSure: readonly Taken<Entry>[];
  /** Why nothing can be proved of it; null when all can. */
  readonly trouble: string | null;
  /** Those of `matches` that are clear of vague worlds, and the others. */
  readonly clear: readonly Box[];
  readonly vague: readonly Box[];
  /** Others that match some action that this one matches, in worlds that are not vague. */
  overlaps: Entry[];
  /** Of an `allow`: what it contradicts, each with two boxes that overlap. */
  readonly crossings: Map<Entry, Crossing>;
  verdict: Verdict | null;
  /** What was last told of it; null when it has to be told anew. */
  told: Proof | null;
  place: Place;
  /** Its place among all rules. */
  order: number;
}

export interface Crossing {
  readonly mine: Box;
  readonly other: Box;
  /** Made when it is first told. */
  finding: Finding | null;
}

export type Verdict =
  | { readonly kind: 'sound'; readonly decisive: Facts; readonly unshadowed: Facts }
  | { readonly kind: 'never'; readonly unknown: Box | null }
  | { readonly kind: 'shadowed' | 'redundant'; readonly by: readonly Entry[]; readonly example: Box }
  | { readonly kind: 'undecided'; readonly message: string };

export function newEntry(rule: CompiledRule, policy: number, place: Place, ground: Ground): Entry {
  const { matches, sure, trouble } = boxesOf(rule.formula, rule.effect === 'allow', ground);
  const takes: Taken<Entry>[] = [];
  const takesForSure: Taken<Entry>[] = [];
  const entry: Entry = {
    policy,
    on: rule.on,
    strength: strengthOf(rule.effect),
    formula: rule.formula,
    truth: evaluator(rule.formula),
    matches,
    sure,
    trouble,
    clear: matches.filter(({ world }) => !world.isVague),
    vague: matches.filter(({ world }) => world.isVague),
    overlaps: [],
    crossings: new Map(),
    verdict: null,
    told: null,
    place,
    order: 0,
    takes,
    takesForSure,
  };
  takes.push(...matches.map((box) => ({ owner: entry, box })));
  takesForSure.push(...sure.map((box) => ({ owner: entry, box })));
  return entry;
}

/** Where a formula holds for sure, and where it counts as matching: also, but for `allow`, where it is unknown. */
export function boxesOf(
  formula: Formula,
  onlySure: boolean,
  { space, worlds, horizon }: Ground,
): Pick<Entry, 'matches' | 'sure' | 'trouble'> {
  try {
    const conjunctions = conjunctionsOf(formula, space, horizon);
    const boxes = (certainty: 'sure' | 'possible') =>
      withoutContained(worlds.flatMap((world) => conjunctions.flatMap((each) => boxIn(world, each, certainty) ?? [])));
    const sure = boxes('sure');
    return { sure, matches: onlySure ? sure : boxes('possible'), trouble: null };
  } catch (error) {
    if (!(error instanceof CapExceeded)) throw error;
    return { sure: [], matches: [], trouble: error.message };
  }
}

/** Where a formula is surely false; everywhere when that cannot be told, so that nobody relies on it. */
export function boxesOutside(formula: Formula, ground: Ground): readonly Box[] {
  const { sure, trouble } = boxesOf(not(formula), true, ground);
  return trouble === null ? sure : ground.worlds.flatMap((world) => boxIn(world, new Map(), 'sure') ?? []);
}

/** Whether a rule matches an action, in the way that its effect asks for. */
export const matchesAt = ({ truth, strength }: Entry, facts: Facts): boolean =>
  strength === 0 ? truth(facts) === TRUE : truth(facts) !== FALSE;

export function overlapping(some: readonly Box[], others: readonly Box[]): boolean {
  for (const one of some) for (const other of others) if (overlap(one, other)) return true;
  return false;
}
