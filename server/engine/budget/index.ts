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

type State = 'open' | 'settled' | 'released';

export class Pool {
  readonly capacity: number;
  /** The pool that this one draws from; what is taken here is taken there too. */
  readonly parent: Pool | null;
  #reserved = 0;
  #spent = 0;

  /** Throws a `RangeError` when the capacity is not a whole number from 0 that can be counted exactly. */
  constructor(capacity: number, parent: Pool | null = null) {
    this.capacity = wholeUnits(capacity);
    this.parent = parent;
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
    if (charges.length === 0) return { ok: true, value: new Reservation(() => {}) };
    const takings = new Map<Pool, number>();
    for (const charge of charges) {
      const amount = wholeUnits(charge.amount);
      for (let pool: Pool | null = charge.pool; pool !== null; pool = pool.parent)
        takings.set(pool, Math.max(takings.get(pool) ?? 0, amount));
    }
    for (const [pool, amount] of takings)
      if (amount > pool.free) return { ok: false, error: { kind: 'exhausted', pool } };
    for (const [pool, amount] of takings) pool.#reserved += amount;
    const end = (spent: boolean) => {
      for (const [pool, amount] of takings) {
        pool.#reserved -= amount;
        if (spent) pool.#spent += amount;
      }
    };
    return { ok: true, value: new Reservation(end) };
  }
}

/** Units held for one action until it is settled or released, whichever comes first; what comes later has no effect. */
export class Reservation {
  #state: State = 'open';
  readonly #end: (spent: boolean) => void;

  constructor(end: (spent: boolean) => void) {
    this.#end = end;
  }

  get state(): State {
    return this.#state;
  }

  /** The action was done: what was held is spent. */
  settle(): void {
    if (this.#state !== 'open') return;
    this.#state = 'settled';
    this.#end(true);
  }

  /** The action never came about: what was held is given back. */
  release(): void {
    if (this.#state !== 'open') return;
    this.#state = 'released';
    this.#end(false);
  }
}

function wholeUnits(amount: number): number {
  if (Number.isSafeInteger(amount) && amount >= 0) return amount;
  throw new RangeError(`\`${amount}\` is not a whole number of units from 0`);
}
