/** What is counted of a trial, a variant, a run or a workspace, each count kept up in constant time. Reads no clock. */

/** Consecutive failures, kept for trials alone, ≤ failures ≤ steps. */
export interface Counts {
  readonly steps: number;
  readonly failures: number;
  readonly denials: number;
  readonly costMicros: number;
}

export interface CountersSnapshot extends Counts {
  readonly rate: RateSnapshot;
}

export class Counters implements Counts {
  steps = 0;
  failures = 0;
  consecutiveFailures = 0;
  denials = 0;
  costMicros = 0;
  readonly rate = new Rate();

  get snapshot(): CountersSnapshot {
    const { steps, failures, denials, costMicros, rate } = this;
    return { steps, failures, denials, costMicros, rate: rate.snapshot };
  }

  /** Takes up counts that were kept. Throws a `RangeError` when they are none. */
  restore({ steps, failures, denials, costMicros, rate }: CountersSnapshot): void {
    for (const count of [steps, failures, denials, costMicros])
      if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`\`${count}\` is no count`);
    Object.assign(this, { steps, failures, denials, costMicros });
    this.rate.restore(rate);
  }
}

export interface RateSnapshot {
  /** The last second that was counted in, since 1970 UTC; null before the first. */
  readonly second: number | null;
  /** How many in each of the last seconds, the last one at the end. */
  readonly counts: readonly number[];
}

const seconds = 60;

/** How many of something there were in the last minute, by whole seconds. Time that goes back is taken to stand still. */
export class Rate {
  readonly #counts = new Array<number>(seconds).fill(0);
  #second: number | null = null;
  #sum = 0;

  add(nowMs: number): void {
    const at = this.#advance(nowMs) % seconds;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum++;
  }

  /** The count of the minute that ends with the second of `nowMs`. */
  at(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  get snapshot(): RateSnapshot {
    const last = this.#second;
    if (last === null) return { second: null, counts: [] };
    return { second: last, counts: this.#counts.map((_, index) => this.#counts[(last + 1 + index) % seconds] ?? 0) };
  }

  restore({ second, counts }: RateSnapshot): void {
    if (second === null) return;
    const sound = counts.length === seconds && counts.every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!sound || !Number.isSafeInteger(second)) throw new RangeError('the counts of the last minute are no counts');
    this.#second = second;
    for (const [index, count] of counts.entries()) {
      this.#counts[(second + 1 + index) % seconds] = count;
      this.#sum += count;
    }
  }

  #advance(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    const last = this.#second ?? second;
    if (this.#second !== null && second <= last) return last;
    for (let passed = Math.max(last + 1, second - seconds + 1); passed <= second; passed++) {
      this.#sum -= this.#counts[passed % seconds] ?? 0;
      this.#counts[passed % seconds] = 0;
    }
    this.#second = second;
    return second;
  }
}
