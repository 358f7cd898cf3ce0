/**
 * Pools that are reserved from before an action, settled after it, and given back when it never came about. Whole units
 * only; nothing is taken that would bring what is reserved and spent above the capacity of a pool or of any pool above it.
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

/** A tally as it is kept over a restart. What was reserved then counts as spent, since nobody knows whether it was. */
export interface Balance {
  readonly spent: number;
  /** The number of the window that it was spent in; null where there are none, or time was never known. */
  readonly window: number | null;
}

/** Which budget a tally is of. Another unit or window makes it another budget, another limit does not. */
export interface Budgeted {
  /** The policy that it is written in and its id, as `POLICY/ID`. */
  readonly budget: string;
  readonly per: 'trial' | 'agent' | 'run' | 'workspace';
  readonly unit: 'usd' | 'calls' | 'steps';
  /** What is spent counts until the window is over; windows follow each other from 1970 UTC on. Null: for good. */
  readonly windowMs: number | null;
}

type State = 'open' | 'settled' | 'released';

/** What is taken of one budget. Pools of different capacity share it where a limit was changed while others go on with the old one. */
export class Tally {
  readonly of: Budgeted;
  #window: number | null = null;
  #reserved = 0;
  #spent = 0;

  constructor(of: Budgeted) {
    this.of = of;
  }

  get reserved(): number {
    return this.#reserved;
  }

  get spent(): number {
    return this.#spent;
  }

  /** The number of the window that is being spent in; null where there are none, or time was never known. */
  get window(): number | null {
    return this.#window;
  }

  get balance(): Balance {
    return { spent: this.#spent + this.#reserved, window: this.#window };
  }

  /**
   * Begins the window of `nowMs`, if it is a later one: what was spent before counts no more, what is still reserved does.
   * A clock that is set back changes nothing.
   */
  advance(nowMs: number): void {
    const { windowMs } = this.of;
    if (windowMs !== null) this.#enter(Math.floor(nowMs / windowMs));
  }

  /**
   * Adds what was spent elsewhere or before: of an earlier window nothing counts, of a later one nothing else. Sums that
   * could not be counted exactly stay at the most that can. Throws a `RangeError` when it is no balance.
   */
  add({ spent, window }: Balance): void {
    const whole = wholeUnits(spent);
    if (window !== null && !Number.isSafeInteger(window))
      throw new RangeError(`\`${window}\` is no number of a window`);
    if (window !== null && this.#window !== null && window < this.#window) return;
    if (window !== null) this.#enter(window);
    this.#spent = Math.min(this.#spent + whole, Number.MAX_SAFE_INTEGER - this.#reserved);
  }

  /** The tally as it would be at `nowMs`, for those who only look: no window is begun for anybody else. */
  asOf(nowMs: number): Tally {
    const seen = new Tally(this.of);
    seen.#window = this.#window;
    seen.#reserved = this.#reserved;
    seen.#spent = this.#spent;
    seen.advance(nowMs);
    return seen;
  }

  /** Takes `amount` out of what is free; whoever calls has seen to it that it fits. */
  reserve(amount: number): void {
    this.#reserved += amount;
  }

  /** Takes `amount` for good; whoever calls has seen to it that it fits. */
  spend(amount: number): void {
    this.#spent += amount;
  }

  /** Ends what `amount` was reserved: `spent` of it stays, the rest is given back. */
  end(amount: number, spent: number): void {
    this.#reserved -= amount;
    this.#spent += spent;
  }

  #enter(window: number): void {
    if (this.#window !== null && !(window > this.#window)) return;
    if (this.#window !== null) this.#spent = 0;
    if (Number.isSafeInteger(window)) this.#window = window;
  }
}

/** The name of a budget's tally within the trial, variant, run or workspace that it is of. */
export const tallyKey = ({ budget, unit, windowMs }: Omit<Budgeted, 'per'>): string =>
  `${budget} ${unit} ${windowMs ?? 'for good'}`;

export class Pool {
  readonly capacity: number;
  /** The pool that this one draws from; what is taken here is taken there too. */
  readonly parent: Pool | null;
  readonly tally: Tally;

  /** Throws a `RangeError` when the capacity is not a whole number from 0 that can be counted exactly. */
  constructor(capacity: number, tally: Tally, parent: Pool | null = null) {
    this.capacity = wholeUnits(capacity);
    this.parent = parent;
    this.tally = tally;
  }

  get reserved(): number {
    return this.tally.reserved;
  }

  get spent(): number {
    return this.tally.spent;
  }

  /** What can still be taken here, whatever the pools above say; 0 where more is taken than a lowered limit allows. */
  get free(): number {
    return Math.max(0, this.capacity - this.tally.reserved - this.tally.spent);
  }

  /** What can still be taken, from here and from every pool above. */
  get remaining(): number {
    return this.parent === null ? this.free : Math.min(this.free, this.parent.remaining);
  }

  advance(nowMs: number): void {
    this.tally.advance(nowMs);
  }

  /** The pool and those above as they would be at `nowMs`, for those who only look. */
  asOf(nowMs: number): Pool {
    return new Pool(this.capacity, this.tally.asOf(nowMs), this.parent?.asOf(nowMs) ?? null);
  }

  /** The first pool, from here upwards, that has less than `amount` left; null when it fits. */
  lacking(amount: number): Pool | null {
    if (amount > this.free) return this;
    return this.parent === null ? null : this.parent.lacking(amount);
  }

  /**
   * Takes all that one action needs, or nothing. A tally that is reached in several ways, itself and as a parent, gives
   * once, and the most that is asked. Throws a `RangeError` when an amount is not a whole number from 0.
   */
  static reserve(charges: readonly Charge[]): Result<Reservation, Exhausted> {
    return new Order(charges).reserve();
  }
}

/** What an action takes, worked out once for all that take the same. */
export class Order {
  /** Each pool with all above it. */
  readonly #charges: readonly Charge[];
  /** From each tally once. */
  readonly takings: readonly Readonly<Taking>[];

  /** Throws a `RangeError` when an amount is not a whole number from 0. */
  constructor(charges: readonly Charge[]) {
    const all: Charge[] = [];
    const takings: Taking[] = [];
    for (const charge of charges) {
      const amount = wholeUnits(charge.amount);
      for (let pool: Pool | null = charge.pool; pool !== null; pool = pool.parent) {
        all.push({ pool, amount });
        take(takings, pool.tally, amount);
      }
    }
    this.#charges = all;
    this.takings = takings;
  }

  /** A pool that has too little left; null when it fits. */
  lacking(): Pool | null {
    for (const { pool, amount } of this.#charges) if (amount > pool.free) return pool;
    return null;
  }

  /** Takes all for good, or nothing; whether it did. */
  spend(): boolean {
    if (this.lacking() !== null) return false;
    for (const { tally, amount } of this.takings) tally.spend(amount);
    return true;
  }

  /** Takes all, or nothing. */
  reserve(): Result<Reservation, Exhausted> {
    const pool = this.lacking();
    if (pool !== null) return { ok: false, error: { kind: 'exhausted', pool } };
    for (const { tally, amount } of this.takings) tally.reserve(amount);
    return { ok: true, value: new Reservation(this.takings) };
  }
}

/** What is held of one tally. */
export interface Taking {
  readonly tally: Tally;
  amount: number;
}

/** Tallies of one action are few, so that looking through them beats a map. */
function take(takings: Taking[], tally: Tally, amount: number): void {
  for (const taking of takings)
    if (taking.tally === tally) {
      if (amount > taking.amount) taking.amount = amount;
      return;
    }
  takings.push({ tally, amount });
}

/** Units held for one action until it is settled or released, whichever comes first; what comes later has no effect. */
export class Reservation {
  #state: State = 'open';
  readonly takings: readonly Readonly<Taking>[];

  constructor(takings: readonly Readonly<Taking>[]) {
    this.takings = takings;
  }

  get state(): State {
    return this.#state;
  }

  /** The action was done: what was held is spent; where less was needed, at most `spent` of it, and the rest given back. */
  settle(spent = Number.MAX_SAFE_INTEGER): void {
    this.#end('settled', spent);
  }

  /** The action never came about: what was held is given back. */
  release(): void {
    this.#end('released', 0);
  }

  #end(state: State, spent: number): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    for (const { tally, amount } of this.takings) tally.end(amount, Math.min(amount, spent));
  }
}

export function wholeUnits(amount: number): number {
  if (Number.isSafeInteger(amount) && amount >= 0) return amount;
  throw new RangeError(`\`${amount}\` is not a whole number of units from 0`);
}
