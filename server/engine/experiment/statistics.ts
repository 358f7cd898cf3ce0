/** Intervals for rates and means of trials that come in clusters (several repetitions of one task). */

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly method: 'wilson' | 'wilson-clustered' | 'bootstrap' | 'none';
}

/** A pseudo-random number in [0, 1). */
export type Random = () => number;

const z95 = 1.959963984540054;

/**
 * Wilson's 95 % score interval for `successes` of `n`. `n` may be an effective, fractional sample size.
 * Source: E. B. Wilson, JASA 22 (1927). Its coverage at small n lies around 92–98 %.
 */
export function wilson(successes: number, n: number): Interval {
  if (n <= 0) return { estimate: Number.NaN, low: 0, high: 1, method: 'none' };
  const p = successes / n;
  const z2 = z95 * z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return {
    estimate: p,
    low: Math.max(0, Math.min(p, centre - half)),
    high: Math.min(1, Math.max(p, centre + half)),
    method: 'wilson',
  };
}

/**
 * A 95 % interval for a rate where trials of one task hang together: Wilson with the sample size divided by the design
 * effect, which is estimated from the spread between tasks. `clusters` holds each task's outcomes.
 * Source: Korn and Graubard, Survey Methodology 24 (1998), with Wilson's interval in place of Clopper and Pearson's.
 */
export function rateInterval(clusters: readonly (readonly boolean[])[]): Interval {
  const sizes = clusters.map((cluster) => cluster.length);
  const n = sum(sizes);
  const successes = sum(clusters.map((cluster) => cluster.filter(Boolean).length));
  const k = clusters.length;
  if (n === k || k < 2) return wilson(successes, n);
  const p = successes / n;
  const between = sum(clusters.map((cluster) => (cluster.filter(Boolean).length - p * cluster.length) ** 2));
  const clustered = (k / (k - 1)) * (between / (n * n));
  const simple = (p * (1 - p)) / n;
  // With no spread at all, nothing can be estimated: tasks then count once each, the careful end.
  const effect = simple > 0 ? Math.min(Math.max(1, clustered / simple), n / k) : n / k;
  return { ...wilson(successes / effect, n / effect), method: 'wilson-clustered' };
}

/**
 * A 95 % percentile interval for a mean by resampling whole clusters, 2,000 times. Below two clusters there is none.
 * Source: Davison and Hinkley, Bootstrap Methods (1997), 3.8.
 */
export function meanInterval(clusters: readonly (readonly number[])[], random: Random, resamples = 2000): Interval {
  const filled = clusters.filter((cluster) => cluster.length > 0);
  const totals = filled.map((cluster) => ({ sum: sum(cluster), n: cluster.length }));
  const mean = (of: readonly { sum: number; n: number }[]) => sum(of.map((c) => c.sum)) / sum(of.map((c) => c.n));
  const estimate = totals.length === 0 ? Number.NaN : mean(totals);
  if (totals.length < 2) return { estimate, low: estimate, high: estimate, method: 'none' };
  const means: number[] = [];
  for (let i = 0; i < resamples; i++) {
    let total = 0;
    let n = 0;
    for (let j = 0; j < totals.length; j++) {
      const drawn = totals[Math.floor(random() * totals.length)];
      total += drawn?.sum ?? 0;
      n += drawn?.n ?? 0;
    }
    means.push(total / n);
  }
  means.sort((a, b) => a - b);
  const at = (share: number) => means[Math.min(means.length - 1, Math.floor(share * means.length))] ?? estimate;
  return { estimate, low: at(0.025), high: at(0.975), method: 'bootstrap' };
}

/** A generator of 32 bits of state, for resampling only. Source: Tommy Ettinger's mulberry32, public domain. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
