/**
 * Where the answers of rules about counts and the clock stay the same: between the numbers that their tests name and until
 * the next of their windows opens or closes. Knows no rules, only what they tell apart.
 */
import { type Formula, slotsRead, testsIn } from './formula.ts';
import { type Facts, isDeclared, isSteady } from './signal.ts';
import type { TimeSet } from './time.ts';

/** Stands for a signal that does not apply; no fact is so. */
const absent = Number.NEGATIVE_INFINITY;
const [least, most] = [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** The facts for which everything that was found for some holds too. */
export class Cell {
  readonly #slots: readonly number[];
  /** The lowest and the highest value of each slot in turn; a plain list, since what a typed one holds lies further away. */
  readonly #ends: readonly number[];

  constructor(slots: readonly number[], ends: readonly number[]) {
    this.#slots = slots;
    this.#ends = ends;
  }

  has(facts: Facts): boolean {
    const slots = this.#slots;
    const ends = this.#ends;
    for (let index = 0; index < slots.length; index++) {
      const value = numberOf(facts[slots[index] ?? 0]);
      if (!(value >= (ends[2 * index] ?? Number.NaN) && value <= (ends[2 * index + 1] ?? Number.NaN))) return false;
    }
    return true;
  }
}

export class Borders {
  readonly #slots: readonly number[];
  /** By place in `#slots`: the numbers at which an answer may change, in order. */
  readonly #steps: readonly Float64Array[];
  readonly #times: readonly (readonly TimeSet[])[];

  /** Null where a formula reads what each action brings with it, or what nobody can set borders to. */
  static of(formulas: readonly Formula[]): Borders | null {
    const slots = slotsRead(formulas);
    return slots.every(isSteady)
      ? new Borders(
          formulas,
          slots.filter((slot) => !isDeclared(slot)),
        )
      : null;
  }

  /** `slots` are of all numbers that `formulas` read, and perhaps others. */
  constructor(formulas: readonly Formula[], slots: readonly number[]) {
    const steps = slots.map(() => new Set<number>());
    const times = slots.map(() => new Set<TimeSet>());
    for (const { slot, constraint } of formulas.flatMap(testsIn)) {
      const at = slots.indexOf(slot);
      if (constraint.kind === 'number') steps[at]?.add(constraint.low).add(constraint.high + 1);
      else if (constraint.kind === 'time') times[at]?.add(constraint.times);
    }
    this.#slots = slots;
    this.#steps = steps.map((numbers) => Float64Array.from(numbers).sort());
    this.#times = times.map((sets) => [...sets]);
  }

  /** The cell of `facts`, within other borders too; null where a number is unknown or none that can be counted. */
  cell(facts: Facts, also: Borders = this): Cell | null {
    const ends: number[] = [];
    for (const [index, slot] of this.#slots.entries()) {
      const value = numberOf(facts[slot]);
      if (value !== absent && !Number.isSafeInteger(value)) return null;
      const [low, high] = value === absent ? [absent, absent] : this.#around(index, value);
      const [otherLow, otherHigh] = value === absent ? [absent, absent] : also.#around(index, value);
      ends.push(Math.max(low, otherLow), Math.min(high, otherHigh));
    }
    return new Cell(this.#slots, ends);
  }

  #around(index: number, value: number): [low: number, high: number] {
    const steps = this.#steps[index] ?? none;
    let [from, to] = [0, steps.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((steps[middle] ?? 0) <= value) from = middle + 1;
      else to = middle;
    }
    let low = Math.max(least, steps[from - 1] ?? least);
    let high = Math.min(most, (steps[from] ?? most) - 1);
    for (const times of this.#times[index] ?? []) {
      const { fromMs, toMs } = times.around(value);
      low = Math.max(low, fromMs);
      high = Math.min(high, toMs - 1);
    }
    return [low, high];
  }
}

const none = new Float64Array();

function numberOf(fact: Facts[number]): number {
  if (typeof fact === 'number') return fact;
  return fact === undefined ? absent : Number.NaN;
}
