/**
 * How much a budget lets through another that it draws on, with the windows of both in mind. Windows follow each other from
 * 1970 UTC on, so that it is certain how many of one can touch one of the other. Nothing is counted here.
 */
import { msInWords } from './amounts.ts';

/** What of a budget matters for this; amounts in the unit that it counts. */
export interface Limited {
  readonly limit: number;
  readonly per: string;
  /** Left out where the limit is for good. */
  readonly windowMs?: number;
}

/** Such as ` each hour` or ` every 90 min`, to stand behind an amount; nothing for a limit that is for good. */
export function eachInWords({ windowMs }: Pick<Limited, 'windowMs'>): string {
  if (windowMs === undefined) return '';
  const words = msInWords(windowMs);
  const [, one] = /^1 (\w+)$/.exec(words) ?? [];
  return one === undefined ? ` every ${words}` : ` each ${lengths[one] ?? one}`;
}
const lengths: Readonly<Record<string, string>> = {
  d: 'day',
  h: 'hour',
  min: 'minute',
  s: 'second',
  ms: 'millisecond',
};

/** Whether the limits of two budgets are for the same stretches, so that they may be added and compared. */
export const areForTheSame = (one: Limited, other: Limited): boolean =>
  one.per === other.per && one.windowMs === other.windowMs;

export interface Most {
  readonly amount: number;
  /** How many times the limit of the one above. */
  readonly times: number;
}

/** The most that can come through `above` while one limit of `own` lasts; null where that never ends to grow. */
export function mostThrough(own: Limited, above: Limited): Most | null {
  const times = windowsWithin(own.windowMs, above.windowMs);
  return times === null ? null : { amount: Math.round(times * above.limit * 1e6) / 1e6, times };
}

/** The most windows of one length that one window of another touches; where `aboveMs` is for good, it is one. */
function windowsWithin(ownMs: number | undefined, aboveMs: number | undefined): number | null {
  if (aboveMs === undefined) return 1;
  if (ownMs === undefined) return null;
  return Math.ceil((aboveMs - commonMs(ownMs, aboveMs) + ownMs) / aboveMs);
}

/** The greatest common divisor: windows begin at all multiples of it from each other's beginning. */
const commonMs = (one: number, other: number): number => (other === 0 ? one : commonMs(other, one % other));
