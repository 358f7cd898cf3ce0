/**
 * When rules are in force: weekly windows by the clock on the wall of a zone, validity from and until, and renewal, all as
 * sets of moments in UTC. Reads no clock; the offsets of zones come in through a port.
 */
import type { ZoneOffsets } from '../ports.ts';
import { FALSE, TRUE, type Truth, UNKNOWN } from './truth.ts';

/** From `fromMs` to just before `toMs`, in milliseconds since 1970 UTC. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimeSet {
  /** Whether the moment is inside; unknown where the offset of a zone is. */
  at(atMs: number): Truth;
  /** A stretch of time about the moment in which `at` says the same all along; not always the longest. */
  around(atMs: number): Interval;
  /** The set within [fromMs, toMs): disjoint, not touching, in order. Null where the offset of a zone is unknown. */
  intervals(fromMs: number, toMs: number): readonly Interval[] | null;
}

const moment = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** The moment that a text means, in milliseconds since 1970 UTC; null where it depends on who reads it, or on no calendar is. */
export function momentOf(text: string): number | null {
  const [, day = ''] = moment.exec(text) ?? [];
  const [atMs, dayStartMs] = [Date.parse(text), Date.parse(day)];
  // Days that a month does not have are read as some of the next month.
  const isDay = Number.isFinite(dayStartMs) && new Date(dayStartMs).toISOString().startsWith(day);
  return isDay && Number.isFinite(atMs) ? atMs : null;
}

/** The calendar of programs reaches so far to both sides of 1970. */
export const calendarEndMs = 8.64e15;
/** What takes longer from now on may end beyond it. */
export const longestMs = 4e15;
const minuteMs = 60_000;
export const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday; days are counted from Monday, 0. */
const dayOfEpoch = 3;
const chunkMs = 28 * dayMs;
const chunksKept = 64;

export interface WeeklyHours {
  /** From Monday, 0, to Sunday, 6: the days on which it opens. */
  readonly days: ReadonlySet<number>;
  /** Minutes since midnight. Where `toMinute` is not greater, it closes on the day after. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** The moments at which the clocks of `zone` show a time within `hours`. */
export class WeeklyTimes implements TimeSet {
  readonly #hours: WeeklyHours;
  readonly #zone: string;
  readonly #zones: ZoneOffsets | null;
  readonly #chunks = new Map<number, readonly Interval[] | null>();
  // The stretch of time that was asked for last and what holds in it: decisions come in order of time.
  #fromMs = 0;
  #toMs = 0;
  #truth: Truth = UNKNOWN;

  constructor(hours: WeeklyHours, zone: string, zones: ZoneOffsets | null) {
    this.#hours = hours;
    this.#zone = zone;
    this.#zones = zones;
  }

  at(atMs: number): Truth {
    if (atMs >= this.#fromMs && atMs < this.#toMs) return this.#truth;
    if (!Number.isSafeInteger(atMs)) return UNKNOWN;
    const number = Math.floor(atMs / chunkMs);
    const intervals = this.#chunk(number);
    let [fromMs, toMs, truth]: [number, number, Truth] = [number * chunkMs, (number + 1) * chunkMs, UNKNOWN];
    if (intervals !== null) {
      truth = FALSE;
      for (const interval of intervals) {
        if (interval.toMs <= atMs) fromMs = interval.toMs;
        else {
          if (interval.fromMs <= atMs) [fromMs, toMs, truth] = [interval.fromMs, interval.toMs, TRUE];
          else toMs = interval.fromMs;
          break;
        }
      }
    }
    [this.#fromMs, this.#toMs, this.#truth] = [fromMs, toMs, truth];
    return truth;
  }

  around(atMs: number): Interval {
    this.at(atMs);
    return { fromMs: this.#fromMs, toMs: this.#toMs };
  }

  intervals(fromMs: number, toMs: number): readonly Interval[] | null {
    const found: Interval[] = [];
    for (let number = Math.floor(fromMs / chunkMs); number * chunkMs < toMs; number++) {
      const chunk = this.#chunk(number);
      if (chunk === null) return null;
      found.push(...chunk);
    }
    return merged(clipped(found, fromMs, toMs));
  }

  #chunk(number: number): readonly Interval[] | null {
    const kept = this.#chunks.get(number);
    if (kept !== undefined) return kept;
    if (this.#chunks.size >= chunksKept) this.#chunks.clear();
    const made = this.#resolve(number * chunkMs, (number + 1) * chunkMs);
    this.#chunks.set(number, made);
    return made;
  }

  #resolve(fromMs: number, toMs: number): readonly Interval[] | null {
    const offsets =
      this.#zone === 'UTC' ? [{ fromMs, offsetMs: 0 }] : (this.#zones?.offsets(this.#zone, fromMs, toMs) ?? null);
    if (offsets === null) return null;
    const intervals = offsets.flatMap(({ fromMs: startMs, offsetMs }, index) => {
      const endMs = Math.min(offsets[index + 1]?.fromMs ?? toMs, toMs);
      const shift = ({ fromMs, toMs }: Interval) => ({ fromMs: fromMs - offsetMs, toMs: toMs - offsetMs });
      return clipped(this.#local(startMs + offsetMs, endMs + offsetMs).map(shift), Math.max(startMs, fromMs), endMs);
    });
    return merged(intervals);
  }

  /** The windows that touch [fromMs, toMs), both in milliseconds of the local clock. */
  #local(fromMs: number, toMs: number): Interval[] {
    const { days, fromMinute, toMinute } = this.#hours;
    const lengthMs = (toMinute - fromMinute + (toMinute <= fromMinute ? 24 * 60 : 0)) * minuteMs;
    const found: Interval[] = [];
    for (let day = Math.floor(fromMs / dayMs) - 1; day * dayMs < toMs; day++) {
      if (!days.has((((day + dayOfEpoch) % 7) + 7) % 7)) continue;
      const opensMs = day * dayMs + fromMinute * minuteMs;
      found.push({ fromMs: opensMs, toMs: opensMs + lengthMs });
    }
    return found;
  }
}

export interface Validity {
  /** Infinite where open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Periods from `fromMs` on, of which the first `forMs` count. */
  readonly renew: { readonly everyMs: number; readonly forMs: number } | null;
}

/** The moments from and until which something is valid, period by period where it is renewed. */
export class ValidTimes implements TimeSet {
  readonly validity: Validity;

  constructor(validity: Validity) {
    this.validity = validity;
  }

  at(atMs: number): Truth {
    const { fromMs, toMs, renew } = this.validity;
    if (!(atMs >= fromMs && atMs < toMs)) return FALSE;
    return renew === null || (atMs - fromMs) % renew.everyMs < renew.forMs ? TRUE : FALSE;
  }

  around(atMs: number): Interval {
    const { fromMs, toMs, renew } = this.validity;
    if (atMs < fromMs) return { fromMs: Number.NEGATIVE_INFINITY, toMs: fromMs };
    if (atMs >= toMs) return { fromMs: toMs, toMs: Number.POSITIVE_INFINITY };
    if (renew === null) return { fromMs, toMs };
    const opensMs = atMs - ((atMs - fromMs) % renew.everyMs);
    const closesMs = opensMs + renew.forMs;
    if (atMs < closesMs) return { fromMs: opensMs, toMs: Math.min(closesMs, toMs) };
    return { fromMs: closesMs, toMs: Math.min(opensMs + renew.everyMs, toMs) };
  }

  intervals(fromMs: number, toMs: number): readonly Interval[] {
    const { renew, ...valid } = this.validity;
    const [startMs, endMs] = [Math.max(fromMs, valid.fromMs), Math.min(toMs, valid.toMs)];
    if (startMs >= endMs) return [];
    if (renew === null) return [{ fromMs: startMs, toMs: endMs }];
    const found: Interval[] = [];
    for (let period = Math.floor((startMs - valid.fromMs) / renew.everyMs); ; period++) {
      const opensMs = valid.fromMs + period * renew.everyMs;
      if (opensMs >= endMs) return merged(clipped(found, startMs, endMs));
      found.push({ fromMs: opensMs, toMs: opensMs + renew.forMs });
    }
  }
}

/** The moments that are in one of several sets. */
export class AnyTimes implements TimeSet {
  readonly #sets: readonly TimeSet[];

  constructor(sets: readonly TimeSet[]) {
    this.#sets = sets;
  }

  at(atMs: number): Truth {
    let most: Truth = FALSE;
    for (const set of this.#sets) {
      const truth = set.at(atMs);
      if (truth > most) most = truth;
    }
    return most;
  }

  around(atMs: number): Interval {
    const all = this.#sets.map((set) => set.around(atMs));
    const [fromMs, toMs] = [Math.max(...all.map((one) => one.fromMs)), Math.min(...all.map((one) => one.toMs))];
    return { fromMs, toMs };
  }

  intervals(fromMs: number, toMs: number): readonly Interval[] | null {
    const found: Interval[] = [];
    for (const set of this.#sets) {
      const intervals = set.intervals(fromMs, toMs);
      if (intervals === null) return null;
      found.push(...intervals);
    }
    return merged(found);
  }
}

function clipped(intervals: readonly Interval[], fromMs: number, toMs: number): Interval[] {
  return intervals
    .map((interval) => ({ fromMs: Math.max(interval.fromMs, fromMs), toMs: Math.min(interval.toMs, toMs) }))
    .filter((interval) => interval.fromMs < interval.toMs);
}

function merged(intervals: readonly Interval[]): Interval[] {
  const found: Interval[] = [];
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = found.at(-1);
    if (last !== undefined && fromMs <= last.toMs)
      found[found.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, toMs) };
    else found.push({ fromMs, toMs });
  }
  return found;
}
