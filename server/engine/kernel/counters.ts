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

  /** Adds what was counted elsewhere or before. Throws a `RangeError` when that is no snapshot. */
  add({ steps, failures, denials, costMicros, rate }: CountersSnapshot): void {
    for (const count of [steps, failures, denials, costMicros])
      if (!isCount(count)) throw new RangeError(`\`${count}\` is no count`);
    this.steps = sum(this.steps, steps);
    this.failures = sum(this.failures, failures);
    this.denials = sum(this.denials, denials);
    this.costMicros = sum(this.costMicros, costMicros);
    this.rate.merge(rate);
  }
}

const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
/** Sums that could not be counted exactly stay at the most that can. */
const sum = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER);

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
  /** When the second after the last one that was counted in begins: until then, most often, nothing has to be forgotten. */
  #nextMs = Number.NEGATIVE_INFINITY;
  /** The place of the last second. */
  #at = 0;
  #sum = 0;

  add(nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#at] = (this.#counts[this.#at] ?? 0) + 1;
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
    return { second: last, counts: this.#counts.map((_, index) => this.#counts[placeOf(last + 1 + index)] ?? 0) };
  }

  /** Adds what was counted elsewhere or before; what is older than a minute by the later of both counts no more. */
  merge({ second, counts }: RateSnapshot): void {
    if (second === null) return;
    if (counts.length !== seconds || !counts.every(isCount) || !Number.isSafeInteger(second))
      throw new RangeError('the counts of the last minute are no counts');
    this.#advance(second * 1000);
    const last = this.#second ?? second;
    for (const [index, count] of counts.entries()) {
      const at = second - seconds + 1 + index;
      if (at <= last - seconds) continue;
      this.#counts[placeOf(at)] = sum(this.#counts[placeOf(at)] ?? 0, count);
      this.#sum = sum(this.#sum, count);
    }
  }

  #advance(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    const second = Math.floor(nowMs / 1000);
    const last = this.#second ?? second;
    for (let passed = Math.max(last + 1, second - seconds + 1); passed <= second; passed++) {
      const at = placeOf(passed);
      this.#sum -= this.#counts[at] ?? 0;
      this.#counts[at] = 0;
    }
    this.#second = second;
    this.#nextMs = (second + 1) * 1000;
    this.#at = placeOf(second);
  }
}

/** A second's place; seconds before 1970 have one too. */
const placeOf = (second: number): number => ((second % seconds) + seconds) % seconds;
