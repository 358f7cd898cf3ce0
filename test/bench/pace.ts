/**
 * How fast this machine is at the moment, so that figures of different days and machines can be compared: shared machines
 * differ by three times, mostly in what it takes to reach memory.
 */
import { performance } from 'node:perf_hooks';

export interface Pace {
  /** One multiplication and addition that waits for the one before. */
  readonly stepNs: number;
  /** One read at a random place of 32 MB that waits for the one before. */
  readonly missNs: number;
  /** Making one small object. */
  readonly objectNs: number;
}

const rounds = 3;

/** The best of a few rounds; takes about a second. */
export function measurePace(): Pace {
  const places = shuffled(8 * 1024 * 1024);
  return {
    stepNs: nsOf(20_000_000, multiply),
    missNs: nsOf(1_000_000, (times) => chase(places, times)),
    objectNs: nsOf(2_000_000, makeObjects),
  };
}

function nsOf(times: number, work: (times: number) => unknown): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startedAtMs = performance.now();
    const result = work(times);
    bestMs = Math.min(bestMs, performance.now() - startedAtMs);
    // So that none of the work can be left out.
    if (result === undefined) throw new Error('nothing was measured');
  }
  return Math.round((bestMs * 1e8) / times) / 100;
}

function multiply(times: number): number {
  let value = 1;
  for (let count = 0; count < times; count++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}

function chase(places: Int32Array, times: number): number {
  let at = 0;
  for (let count = 0; count < times; count++) at = places[at] ?? 0;
  return at;
}

function makeObjects(times: number): object {
  let last = { count: 0, list: [0] };
  for (let count = 0; count < times; count++) last = { count: last.count + 1, list: [count] };
  return last;
}

/** Sattolo's: one cycle through all places. */
function shuffled(count: number): Int32Array {
  const places = Int32Array.from({ length: count }, (_, index) => index);
  let state = 1;
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % index;
    const value = places[index] ?? 0;
    places[index] = places[other] ?? 0;
    places[other] = value;
  }
  return places;
}
