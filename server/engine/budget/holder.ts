/**
 * One of several who share pools: what it holds is known by leases that nobody else can end, and goes back when it is
 * gone, or is spent where that was asked for. Knows neither sockets nor clocks; whoever has them makes the holder, tells it the time and closes it.
 */
import { amountInWords, partInWords } from '../policy/index.ts';
import type { Result } from '../ports.ts';
import { Pool, type Reservation } from './pool.ts';

/** Why nothing was reserved or ended. The message is for people. */
export interface Refusal {
  readonly kind: 'exhausted' | 'invalid' | 'unknown-lease' | 'too-much' | 'too-many';
  readonly message: string;
  /** For `exhausted`: the pool that had too little, the one that was asked or one above it. */
  readonly pool?: Pool;
}

/** What came of a lease. `takings` are those of the reservation; none where it had ended before. */
export interface Ended {
  readonly state: 'settled' | 'released' | 'ended-before';
  readonly spent: number;
  readonly takings: Reservation['takings'];
}

/** What becomes of a lease whose holder is gone: it goes back, or it is spent, for what it was held for may go on. */
export type IfLost = 'released' | 'spent';

interface Held {
  readonly reservation: Reservation;
  readonly amount: number;
  readonly ifLost: IfLost;
}

/** Beyond these, a holder that never ends anything would only fill the memory of all. */
const mostLeases = 100_000;

export class Holder {
  readonly #prefix: string;
  readonly #held = new Map<number, Held>();
  #made = 0;
  #closed = false;

  /** `name` must be nobody else's, now or later: it is how a lease of a holder that is gone is told from one that is held. */
  constructor(name: string) {
    this.#prefix = `${name}-`;
  }

  /** How many leases are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Holds `amount` of a pool and of those above it, in the windows of `nowMs`; gives the lease. */
  reserve(pool: Pool, amount: number, nowMs: number, ifLost: IfLost = 'released'): Result<string, Refusal> {
    if (this.#closed) return refuse('unknown-lease', 'this holder is gone; nothing can be reserved for it');
    if (!isWhole(amount) || amount === 0)
      return refuse('invalid', `\`${amount}\` is no amount; give a whole number of units from 1`);
    if (this.#held.size >= mostLeases)
      return refuse('too-many', `${mostLeases} leases are held already; end some of them first`);
    for (let one: Pool | null = pool; one !== null; one = one.parent) one.advance(nowMs);
    const reserved = Pool.reserve([{ pool, amount }]);
    if (!reserved.ok) {
      const { pool: empty } = reserved.error;
      const { tally, free, capacity } = empty;
      const { budget, unit } = tally.of;
      return refuse(
        'exhausted',
        `\`${budget}\` has ${partInWords(free, capacity, unit)} left, this takes ${amountInWords(amount, unit)}`,
        empty,
      );
    }
    const number = this.#made++;
    this.#held.set(number, { reservation: reserved.value, amount, ifLost });
    return { ok: true, value: `${this.#prefix}${number}` };
  }

  /**
   * Ends a lease: `spent` of what it holds stays spent, in the windows of `nowMs`, and the rest goes back. A lease of this holder that has ended before
   * stays as it is, and that is no error.
   */
  end(lease: string, spent: number, nowMs: number): Result<Ended, Refusal> {
    if (!isWhole(spent)) return refuse('invalid', `\`${spent}\` is no amount; give a whole number of units from 0`);
    const number = this.#numberOf(lease);
    if (number === null)
      return refuse(
        'unknown-lease',
        `lease \`${lease}\` is not held here: when the connection that made it ended, what it held went back; reserve anew`,
      );
    const held = this.#held.get(number);
    if (held === undefined) return { ok: true, value: { state: 'ended-before', spent: 0, takings: [] } };
    const { reservation, amount } = held;
    if (spent > amount)
      return refuse('too-much', `lease \`${lease}\` holds ${amount}, and ${spent} cannot be spent of it`);
    this.#held.delete(number);
    for (const { tally } of reservation.takings) tally.advance(nowMs);
    if (spent === 0) reservation.release();
    else reservation.settle(spent);
    return { ok: true, value: { state: spent === 0 ? 'released' : 'settled', spent, takings: reservation.takings } };
  }

  /**
   * Ends all that is held, each as it was said when it was reserved, and gives what was spent by that, in the windows of
   * `nowMs`. Afterwards nothing can be reserved or ended; a second time has no effect.
   */
  close(nowMs: number): readonly Ended[] {
    this.#closed = true;
    const held = [...this.#held.values()];
    this.#held.clear();
    return held.flatMap(({ reservation, amount, ifLost }): Ended[] => {
      for (const { tally } of reservation.takings) tally.advance(nowMs);
      if (ifLost === 'spent') reservation.settle(amount);
      else reservation.release();
      return ifLost === 'spent' ? [{ state: 'settled', spent: amount, takings: reservation.takings }] : [];
    });
  }

  /** The number of a lease that this holder has made; null for any other. */
  #numberOf(lease: string): number | null {
    if (this.#closed || !lease.startsWith(this.#prefix)) return null;
    const text = lease.slice(this.#prefix.length);
    const number = Number(text);
    return isWhole(number) && number < this.#made && String(number) === text ? number : null;
  }
}

const isWhole = (amount: number): boolean => Number.isSafeInteger(amount) && amount >= 0;
const refuse = (kind: Refusal['kind'], message: string, pool?: Pool): { ok: false; error: Refusal } => ({
  ok: false,
  error: { kind, message, ...(pool && { pool }) },
});
