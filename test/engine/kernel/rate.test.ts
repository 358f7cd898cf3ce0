/** The rate of the last minute, beside a plain list of every second in which something was counted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counters, type RateSnapshot } from '../../../server/engine/kernel/counters.ts';

/** The same by looking at all that ever was; time that goes back stands still. */
class PlainRate {
  #seconds: number[] = [];
  #last: number | null = null;

  add(nowMs: number): void {
    this.#seconds.push(this.#come(nowMs));
  }

  at(nowMs: number): number {
    const last = this.#come(nowMs);
    return this.#seconds.filter((second) => second > last - 60 && second <= last).length;
  }

  merge({ second, counts }: RateSnapshot): void {
    if (second === null) return;
    this.#come(second * 1000);
    for (const [index, count] of counts.entries())
      for (let one = 0; one < count; one++) this.#seconds.push(second - 59 + index);
  }

  #come(nowMs: number): number {
    this.#last = Math.max(this.#last ?? Number.NEGATIVE_INFINITY, Math.floor(nowMs / 1000));
    return this.#last;
  }
}

const rate = () => new Counters().rate;

/** Moments around 1970 and today, close enough to each other that minutes overlap. */
const moment = (aroundMs: number) => fc.integer({ min: -100_000, max: 100_000 }).map((ms) => aroundMs + ms);
const around = fc.constantFrom(0, -3_600_000, 59_999, Date.UTC(2026, 2, 29, 1));

describe('the rate of the last minute', () => {
  test('is what a plain list of all seconds gives, whatever clocks do and whatever is added from elsewhere', () => {
    const run = around.chain((aroundMs) => {
      const when = moment(aroundMs);
      const others = fc.array(when, { maxLength: 6 });
      return fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('add' as const), when }),
          fc.record({ kind: fc.constant('at' as const), when }),
          fc.record({ kind: fc.constant('merge' as const), others }),
        ),
        { maxLength: 30 },
      );
    });
    fc.assert(
      fc.property(run, (steps) => {
        const [real, plain] = [rate(), new PlainRate()];
        for (const step of steps) {
          if (step.kind === 'add') {
            real.add(step.when);
            plain.add(step.when);
          } else if (step.kind === 'at') expect(real.at(step.when)).toBe(plain.at(step.when));
          else {
            const other = rate();
            for (const when of step.others) other.add(when);
            real.merge(other.snapshot);
            plain.merge(other.snapshot);
          }
          const { second, counts } = real.snapshot;
          if (second !== null) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(plain.at(second * 1000));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('forgets a second when a minute has passed, not before', () => {
    const counted = rate();
    counted.add(10_999);
    expect(counted.at(69_999)).toBe(1);
    expect(counted.at(70_000)).toBe(0);
  });

  test('of an earlier minute adds only what is in the last one of both', () => {
    const [now, before] = [rate(), rate()];
    for (const when of [30_000, 40_000, 59_000]) before.add(when);
    now.add(100_000);
    now.merge(before.snapshot);
    expect(now.at(100_000)).toBe(2);
    expect(now.at(118_999)).toBe(2);
    expect(now.at(119_000)).toBe(1);
  });

  test('takes nothing that is no count', () => {
    for (const counts of [[1], new Array(60).fill(-1), new Array(60).fill(0.5)])
      expect(() => rate().merge({ second: 1, counts })).toThrow(RangeError);
    expect(() => rate().merge({ second: 0.5, counts: new Array(60).fill(0) })).toThrow(RangeError);
  });
});
