/**
 * What may be otherwise after the horizon. Proofs are of the horizon alone: this tells which of them nobody may rely on for
 * good. It proves nothing itself, and says rather once too often that something may change.
 */
import { all, always, any, type Constraint, type Formula, never, not, testsIn } from '../formula.ts';
import { slotOf } from '../signal.ts';
import { dayMs, ValidTimes } from '../time.ts';
import { FALSE, TRUE } from '../truth.ts';
import { boxesOf, type Ground } from './entry.ts';
import type { Horizon } from './translate.ts';
import { type Box, overlap } from './worlds.ts';

const timeSlot = slotOf('time.utc');
const weekMs = 7 * dayMs;
/** Hours of weeks have shown all there is to them, summer and winter. */
const yearMs = 366 * dayMs;

interface Boxes {
  readonly matches: readonly Box[];
  readonly sure: readonly Box[];
}

export class Later {
  readonly #ground: Ground;
  readonly #changes = new WeakMap<Formula, number>();
  readonly #boxes = new WeakMap<Formula, Map<number, Boxes | null>>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Whether a formula may hold after the horizon; where it is unknown it counts as holding, unless it is asked for `onlySure`. */
  mayHold(formula: Formula, onlySure: boolean): boolean {
    const times = testsIn(formula).filter(({ slot }) => slot === timeSlot);
    if (times.every(({ constraint }) => isSeenWhole(constraint, this.#ground.horizon))) return false;
    const boxes = this.#boxesFrom(formula, this.#ground.horizon.toMs);
    return boxes !== null && (onlySure ? boxes.sure : boxes.matches).length > 0;
  }

  /**
   * Whether `formula` may hold where, and after, something has changed: itself, or one of `others`. It counts as holding where
   * it is unknown, unless it is asked for `onlySure`.
   */
  isOpen(formula: Formula, others: readonly Formula[], onlySure = false): boolean {
    return (
      this.#meets(formula, formula, onlySure) || others.some((changing) => this.#meets(formula, changing, onlySure))
    );
  }

  isChanging(formula: Formula): boolean {
    return this.#changesAtMs(formula) !== Number.POSITIVE_INFINITY;
  }

  #meets(formula: Formula, changing: Formula, onlySure: boolean): boolean {
    const atMs = this.#changesAtMs(changing);
    if (atMs === Number.POSITIVE_INFINITY) return false;
    const [boxes, theirs] = [this.#boxesFrom(formula, atMs), this.#boxesFrom(changing, Number.NEGATIVE_INFINITY)];
    if (boxes === null) return true;
    const mine = onlySure ? boxes.sure : boxes.matches;
    if (theirs === null || formula === changing) return mine.length > 0;
    return mine.some((box) => theirs.matches.some((other) => overlap(box, other)));
  }

  /** The first moment after the horizon at which it may say what it has not said within; infinite where there is none. */
  #changesAtMs(formula: Formula): number {
    let atMs = this.#changes.get(formula);
    if (atMs === undefined) {
      const tests = testsIn(formula).filter(({ slot }) => slot === timeSlot);
      const { horizon } = this.#ground;
      atMs = Math.min(...tests.map(({ constraint }) => changeOf(constraint, horizon)), Number.POSITIVE_INFINITY);
      this.#changes.set(formula, atMs);
    }
    return atMs;
  }

  /** Where it may hold at some time from `fromMs` on; null when that cannot be told. */
  #boxesFrom(formula: Formula, fromMs: number): Boxes | null {
    const known = this.#boxes.get(formula) ?? new Map<number, Boxes | null>();
    this.#boxes.set(formula, known);
    let boxes = known.get(fromMs);
    if (boxes === undefined) {
      const { space, horizon, later } = this.#ground;
      const found = boxesOf(withoutTimes(formula, fromMs, true), false, { space, horizon, worlds: later() });
      boxes = found.trouble === null ? found : null;
      known.set(fromMs, boxes);
    }
    return boxes;
  }
}

function changeOf(constraint: Constraint, { fromMs, toMs }: Horizon): number {
  const first = (...moments: number[]) => Math.min(...moments.filter((ms) => ms >= toMs), Number.POSITIVE_INFINITY);
  if (constraint.kind === 'number') return first(constraint.low, constraint.high + 1);
  if (constraint.kind !== 'time') return Number.POSITIVE_INFINITY;
  const { times } = constraint;
  if (!(times instanceof ValidTimes)) return toMs - fromMs >= yearMs ? Number.POSITIVE_INFINITY : toMs;
  const { validity } = times;
  const shownMs = toMs - Math.max(fromMs, validity.fromMs);
  // What has begun in the last week has not met all the hours of a week.
  if (validity.fromMs > fromMs && validity.fromMs < toMs && shownMs < weekMs) return toMs;
  const isRenewedLater = validity.renew !== null && validity.fromMs < toMs && shownMs < validity.renew.everyMs;
  return first(validity.fromMs, validity.toMs, isRenewedLater ? times.around(toMs).toMs : Number.POSITIVE_INFINITY);
}

/**
 * Whether a test of time has come out within the horizon beside every other such test as it ever will: hours of the week, over a
 * year, and what is valid all along. Periods of other lengths may meet for the first time after it.
 */
function isSeenWhole(constraint: Constraint, { fromMs, toMs }: Horizon): boolean {
  if (constraint.kind !== 'time') return false;
  const { times } = constraint;
  if (!(times instanceof ValidTimes)) return toMs - fromMs >= yearMs;
  const { validity } = times;
  return (
    validity.toMs <= fromMs ||
    (validity.fromMs <= fromMs && validity.toMs === Number.POSITIVE_INFINITY && validity.renew === null)
  );
}

/** Whether a test of time may come out as `value` at some moment from `fromMs` on. */
function mayBe(constraint: Constraint, value: boolean, fromMs: number): boolean {
  if (constraint.kind === 'number') {
    const { negated, low, high } = constraint;
    return negated || (value ? high >= fromMs : low > fromMs || high < Number.MAX_SAFE_INTEGER);
  }
  if (constraint.kind !== 'time' || fromMs === Number.NEGATIVE_INFINITY) return true;
  const { times } = constraint;
  return times.at(fromMs) !== (value ? FALSE : TRUE) || times.around(fromMs).toMs !== Number.POSITIVE_INFINITY;
}

/** The formula with its times as they have to be for it to come out as `value`, wherever from `fromMs` on they may be so. */
function withoutTimes(formula: Formula, fromMs: number, value: boolean): Formula {
  switch (formula.op) {
    case 'test': {
      const { slot, constraint } = formula;
      if (slot !== timeSlot || constraint.kind === 'present') return formula;
      if (!mayBe(constraint, value, fromMs)) return value ? never : always;
      // Bounds in milliseconds hold each other.
      return constraint.kind === 'number' && fromMs !== Number.NEGATIVE_INFINITY ? formula : value ? always : never;
    }
    case 'not':
      return not(withoutTimes(formula.part, fromMs, !value));
    case 'constant':
      return formula;
    default:
      return (formula.op === 'all' ? all : any)(formula.parts.map((part) => withoutTimes(part, fromMs, value)));
  }
}
