/** Known answers and simulated coverage of the intervals. */
import { describe, expect, test } from 'vitest';
import { meanInterval, rateInterval, seededRandom, wilson } from '../../../server/engine/experiment/index.ts';

describe('Wilson interval', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (successes, n, low, high) => {
    const interval = wilson(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test('nothing tried is no interval', () => {
    expect(wilson(0, 0).method).toBe('none');
  });
});

describe('rate of clustered trials', () => {
  test('one trial a task is plain Wilson', () => {
    expect(rateInterval([[true], [false], [true]])).toEqual(wilson(2, 3));
  });

  test('repetitions that always agree count once', () => {
    const tasks = Array.from({ length: 20 }, (_, i) => Array.from({ length: 5 }, () => i % 2 === 0));
    const once = wilson(10, 20);
    const interval = rateInterval(tasks);
    expect(interval.low).toBeCloseTo(once.low, 1);
    expect(interval.high - interval.low).toBeGreaterThan(0.95 * (once.high - once.low));
  });

  test('covers the truth in 93 to 98 % of simulated experiments with 30 tasks', () => {
    const random = seededRandom(11);
    let covered = 0;
    const rounds = 4000;
    for (let round = 0; round < rounds; round++) {
      const tasks = Array.from({ length: 30 }, () => {
        const p = random() < 0.5 ? 0.3 : 0.8;
        return Array.from({ length: 4 }, () => random() < p);
      });
      const { low, high } = rateInterval(tasks);
      if (low <= 0.55 && 0.55 <= high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.93);
    expect(covered / rounds).toBeLessThan(0.98);
  });
});

describe('mean of clustered trials', () => {
  test('the same seed gives the same interval', () => {
    const clusters = [[1, 2], [3], [4, 5, 6], [2]];
    expect(meanInterval(clusters, seededRandom(3))).toEqual(meanInterval(clusters, seededRandom(3)));
  });

  test('covers the truth in 91 to 97 % of simulated experiments with 30 tasks', () => {
    const random = seededRandom(5);
    let covered = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round++) {
      const clusters = Array.from({ length: 30 }, () => {
        const level = random();
        return [level + random(), level + random()];
      });
      const { low, high } = meanInterval(clusters, random, 400);
      if (low <= 1 && 1 <= high) covered++;
    }
    expect(covered / rounds).toBeGreaterThan(0.91);
    expect(covered / rounds).toBeLessThan(0.97);
  });

  test('one cluster gives no interval', () => {
    expect(meanInterval([[1, 2]], seededRandom(1)).method).toBe('none');
  });
});
