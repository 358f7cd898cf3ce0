/**
 * Pools that are reserved from before an action, settled after it, and given back when it never came about. Whole units
 * only; reserved and spent together never exceed the capacity of a pool or of any pool above it.
 */
import type { Result } from '../ports.ts';

/** What one action takes from one pool, in the pool's whole units. */
export interface Charge {
  readonly pool: Pool;
  readonly amount: number;
}

export interface Exhausted {
  readonly kind: 'exhausted';
  /** The pool that had too little; one of those charged or above them. */
  readonly pool: Pool;
}

/** A pool as it is kept over a restart. What was reserved then counts as spent, since nobody knows whether it was. */
export interface Balance {
  readonly spent: number;
  /** The number of the window that it was spent in; null where there are none, or time was never known. */
  readonly window: number | null;
}

type State = 'open' | 'settled' | 'released';

export class Pool {
  readonly capacity: number;
  /** The pool that this one draws from; what is taken here is taken there too. */
  readonly parent: Pool | null;
  /** What is spent counts until the window is over; windows follow each other from 1970 UTC on. Null: for good. */
  readonly windowMs: number | null;
  #window: number | null = null;
  #reserved = 0;
  #spent = 0;

  /** Throws a `RangeError` when the capacity is not a whole number from 0 that can be counted exactly. */
  constructor(capacity: number, parent: Pool | null = null, windowMs: number | null = null) {
    this.capacity = wholeUnits(capacity);
    this.parent = parent;
    this.windowMs = windowMs;
  }

  get reserved(): number {
    return this.#reserved;
  }

  get spent(): number {
    return this.#spent;
  }

  /** What can still be taken here, whatever the pools above say. */
  get free(): number {
    return this.capacity - this.#reserved - this.#spent;
  }

  /** What can still be taken, from here and from every pool above. */
  get remaining(): number {
    return this.parent === null ? this.free : Math.min(this.free, this.parent.remaining);
  }

  get balance(): Balance {
    return { spent: this.#spent + this.#reserved, window: this.#window };
  }

  /** Takes up a balance that was kept. Throws a `RangeError` when it is none. */
  restore({ spent, window }: Balance): void {
    this.#spent = wholeUnits(spent);
    if (window !== null && !Number.isSafeInteger(window))
      throw new RangeError(`\`${window}\` is no number of a window`);
    this.#window = window;
  }

  /**
   * Begins the window of `nowMs`, if it is a later one: what was spent before counts no more, what is still reserved does.
   * A clock that is set back changes nothing.
   */
  advance(nowMs: number): void {
    if (this.windowMs === null) return;
    const window = Math.floor(nowMs / this.windowMs);
    if (this.#window !== null && !(window > this.#window)) return;
    if (this.#window !== null) this.#spent = 0;
    if (Number.isSafeInteger(window)) this.#window = window;
  }

  /** The first pool, from here upwards, that has less than `amount` left; null when it fits. */
  lacking(amount: number): Pool | null {
    if (amount > this.free) return this;
    return this.parent === null ? null : this.parent.lacking(amount);
  }

  /**
   * Takes all that one action needs, or nothing. A pool that is reached in several ways, itself and as a parent, gives
   * once, and the most that is asked. Throws a `RangeError` when an amount is not a whole number from 0.
   */
  static reserve(charges: readonly Charge[]): Result<Reservation, Exhausted> {
    const takings: Taking[] = [];
    for (const charge of charges) {
      const amount = wholeUnits(charge.amount);
      for (let pool: Pool | null = charge.pool; pool !== null; pool = pool.parent) take(takings, pool, amount);
    }
    for (const { pool, amount } of takings)
      if (amount > pool.free) return { ok: false, error: { kind: 'exhausted', pool } };
    for (const { pool, amount } of takings) pool.#reserved += amount;
    return { ok: true, value: new Reservation(takings) };
  }

  /** Takes `amount` for good, here and above, whether or not it is there. Throws a `RangeError` when it is no whole number from 0. */
  spend(amount: number): void {
    const whole = wholeUnits(amount);
    for (let pool: Pool | null = this; pool !== null; pool = pool.parent) pool.#spent += whole;
  }

  /** Ends what `takings` hold. For reservations only, each once. */
  static end(takings: readonly Taking[], spent: boolean): void {
    for (const { pool, amount } of takings) {
      pool.#reserved -= amount;
      if (spent) pool.#spent += amount;
    }
  }
}

interface Taking {
  readonly pool: Pool;
  amount: number;
}

/** Pools of one action are few, so that looking through them beats a map. */
function take(takings: Taking[], pool: Pool, amount: number): void {
  for (const taking of takings)
    if (taking.pool === pool) {
      if (amount > taking.amount) taking.amount = amount;
      return;
    }
  takings.push({ pool, amount });
}

/** Units held for one action until it is settled or released, whichever comes first; what comes later has no effect. */
export class Reservation {
  #state: State = 'open';
  readonly #takings: readonly Taking[];

  constructor(takings: readonly Taking[]) {
    this.#takings = takings;
  }

  get state(): State {
    return this.#state;
  }

  /** The action was done: what was held is spent. */
  settle(): void {
    if (this.#state !== 'open') return;
    this.#state = 'settled';
    Pool.end(this.#takings, true);
  }

  /** The action never came about: what was held is given back. */
  release(): void {
    if (this.#state !== 'open') return;
    this.#state = 'released';
    Pool.end(this.#takings, false);
  }
}

function wholeUnits(amount: number): number {
  if (Number.isSafeInteger(amount) && amount >= 0) return amount;
  throw new RangeError(`\`${amount}\` is not a whole number of units from 0`);
}
