/** Rules as the prover holds them: their boxes, where these stand among all others, and what was proved of them. */
import { strengthOf } from '../effect.ts';
import { all, always, any, type Formula, never, not, slotsRead } from '../formula.ts';
import type { CompiledRule } from '../rule.ts';
import { slotOf } from '../signal.ts';
import type { TimeSet } from '../time.ts';
import { FALSE } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import type { Point } from './domain.ts';
import type { Finding, Place } from './finding.ts';
import { withoutContained } from './search.ts';
import type { Space } from './space.ts';
import { conjunctionsOf, type Horizon } from './translate.ts';
import { dutiesOf, type Voice, voiceOf } from './voice.ts';
import { type Box, boxIn, type World } from './worlds.ts';

/** What boxes are made in. */
export interface Ground {
  readonly space: Space;
  readonly worlds: readonly World[];
  readonly horizon: Horizon;
  /** The same after the horizon. */
  readonly later: () => readonly World[];
}

export interface Entry {
  /** The policy, by its place among those that apply together. */
  readonly policy: number;
  readonly on: CompiledRule['on'];
  readonly strength: number;
  readonly voice: Voice;
  /** What has to be done where it matches. */
  readonly duties: readonly string[];
  readonly formula: Formula;
  /** Where it matches: for what holds back, also where that is not known. */
  readonly matches: readonly Box[];
  /** Where its condition holds for sure. */
  readonly sure: readonly Box[];
  /** Where what it obliges to has to be done: also, for whatever effect, where it is not known whether it matches. */
  readonly obliging: readonly Box[];
  /** Why nothing can be proved of it; null when all can. */
  readonly trouble: string | null;
  /** Whether it matches nothing within the horizon, or nothing that is known, but may after it. */
  readonly isForLater: boolean;
  /** Where it never matches because of its times alone: whether one of them is over, or together they leave no moment. */
  readonly untimely: 'over' | 'apart' | null;
  /** Whether its condition changes after the horizon. */
  readonly isChanging: boolean;
  /** Null until it is judged, and when something has changed that it rests on. */
  verdict: Verdict | null;
  /** Of an `allow`, what contradicts it across a signal; null until somebody asks, then kept in step. */
  contradicted: Set<Entry> | null;
  /** What was last told of it; null when it has to be told anew. */
  told: readonly Finding[] | null;
  place: Place;
  /** Its place among all rules. */
  order: number;
}

/** An action, and the world that it belongs to. */
export interface Shown {
  readonly world: World;
  readonly point: readonly Point[];
}

export type Verdict =
  | { readonly kind: 'sound'; readonly decisive: Shown; readonly unshadowed: Shown }
  | { readonly kind: 'never'; readonly unknown: Box | null; readonly isForLater: boolean }
  /** `isIdle`: decisions would be the same without it. */
  | { readonly kind: 'shadowed'; readonly by: readonly Entry[]; readonly example: Box; readonly isIdle: boolean }
  | { readonly kind: 'redundant'; readonly by: readonly Entry[]; readonly example: Box }
  | { readonly kind: 'undecided'; readonly message: string };

/** `later` says of a formula what comes after the horizon. */
export function newEntry(
  rule: CompiledRule,
  policy: number,
  place: Place,
  ground: Ground,
  later: { mayHold(formula: Formula, onlySure: boolean): boolean; isChanging(formula: Formula): boolean },
): Entry {
  const boxes = boxesOf(rule.formula, rule.effect === 'allow', ground);
  const duties = dutiesOf(rule.cause);
  const mayOblige = duties.length > 0 && rule.effect === 'allow';
  const isIdle = boxes.trouble === null && boxes.matches.length === 0;
  const obliging = mayOblige ? boxesOf(rule.formula, false, ground).matches : duties.length > 0 ? boxes.matches : [];
  // That it matches where something is unknown is told as it is.
  const isToldUnknown = boxes.matches.length > 0 || obliging.length > 0;
  const isNever = boxes.trouble === null && boxes.sure.length === 0;
  const isForLater = isNever && later.mayHold(rule.formula, isToldUnknown);
  return {
    policy,
    on: rule.on,
    strength: strengthOf(rule.effect),
    voice: voiceOf(rule.cause),
    duties,
    formula: rule.formula,
    ...boxes,
    obliging,
    isForLater,
    untimely: isIdle && !isForLater ? untimelyOf(rule, ground) : null,
    isChanging: later.isChanging(rule.formula),
    verdict: null,
    contradicted: null,
    told: null,
    place,
    order: 0,
  };
}

/** Where a formula holds for sure, and where it counts as matching: also, but for `allow`, where it is unknown. */
export function boxesOf(
  formula: Formula,
  onlySure: boolean,
  { space, worlds, horizon }: Omit<Ground, 'later'>,
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

const timeSlot = slotOf('time.utc');

const isOverAt = (atMs: number) => (times: TimeSet) =>
  times.at(atMs) === FALSE && times.around(atMs).toMs === Number.POSITIVE_INFINITY;

/** What of its times keeps a rule from ever matching; null where it would not match at any other time either. */
function untimelyOf({ formula, effect }: CompiledRule, ground: Ground): Entry['untimely'] {
  if (!slotsRead([formula]).includes(timeSlot)) return null;
  const matchesWith = (isOver: (times: TimeSet) => boolean) =>
    boxesOf(withTimes(formula, isOver), effect === 'allow', ground).matches.length > 0;
  if (!matchesWith(() => false)) return null;
  return matchesWith(isOverAt(ground.horizon.fromMs)) ? 'apart' : 'over';
}

/** The formula with `never` for times that are over, and `always` for others. */
function withTimes(formula: Formula, isOver: (times: TimeSet) => boolean): Formula {
  switch (formula.op) {
    case 'test':
      return formula.constraint.kind !== 'time' ? formula : isOver(formula.constraint.times) ? never : always;
    case 'not':
      return not(withTimes(formula.part, isOver));
    case 'constant':
      return formula;
    default:
      return (formula.op === 'all' ? all : any)(formula.parts.map((part) => withTimes(part, isOver)));
  }
}

/** Where a formula is surely false; everywhere when that cannot be told, so that nobody relies on it. */
export function boxesOutside(formula: Formula, ground: Ground): readonly Box[] {
  const { sure, trouble } = boxesOf(not(formula), true, ground);
  return trouble === null ? sure : ground.worlds.flatMap((world) => boxIn(world, new Map(), 'sure') ?? []);
}
