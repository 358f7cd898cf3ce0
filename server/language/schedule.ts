/** When something is in force, in words: weekly windows, and periods that come again. It knows no clock but what it is told. */
import { durationMs, valueAt } from '../engine/documents/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import { momentInWords } from './amounts.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const dayOf = (word: string | undefined): string | null => names[days.indexOf(word ?? '')] ?? null;

/** Each day of `fri-mon`; null for what is no such span. */
export function daysOfSpan(span: string): readonly string[] | null {
  const [first, last = first] = span.split('-').map((word) => days.indexOf(word));
  if (first === undefined || last === undefined || first < 0 || last < 0) return null;
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => names[(first + index) % 7] ?? '');
}

/** Whether a window closes on the day after it opens. */
export const closesNextDay = (from: string, to: string): boolean => to <= from;

/** `during`, one window or several, such as `Monday to Friday, 22:00 to 06:00 on the next day, UTC`; null for what is none. */
export function duringInWords(during: unknown): string | null {
  const windows = (Array.isArray(during) ? during : [during]).map(windowInWords);
  const found = windows.filter((window) => window !== null);
  return found.length === 0 ? null : found.join('; or ');
}

function windowInWords(window: unknown): string | null {
  if (typeof window !== 'object' || window === null) return null;
  const text = (key: string) => {
    const value = valueAt(window, [key]);
    return typeof value === 'string' ? value : null;
  };
  const [from, to] = [text('from') ?? '00:00', text('to') ?? '24:00'];
  const isAllDay = from === '00:00' && to === '24:00';
  const hours = isAllDay ? 'all day' : `${from} to ${to}${closesNextDay(from, to) ? ' on the next day' : ''}`;
  return `${daysInWords(valueAt(window, ['days']))}, ${hours}, ${text('zone') ?? 'UTC'}`;
}

function daysInWords(listed: unknown): string {
  if (!Array.isArray(listed)) return 'every day';
  const spans = listed.flatMap((span: unknown) => {
    const [first, last] = typeof span === 'string' ? span.split('-').map(dayOf) : [];
    if (first === null || first === undefined || last === null) return [];
    return [last === undefined ? first : `${first} to ${last}`];
  });
  return spans.length === 0 ? 'every day' : spans.join(', ');
}

/** When periods that come again are in force from `nowMs` on; null where the document does not say it, or not yet. */
export function renewalInWords(extent: unknown, nowMs: number): string | null {
  const duration = (key: string) => {
    const text = valueAt(extent, ['renew', key]);
    return typeof text === 'string' ? durationMs(text) : null;
  };
  const moment = (key: string) => {
    const text = valueAt(extent, [key]);
    const atMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
    return Number.isNaN(atMs) ? null : atMs;
  };
  const [everyMs, forMs, fromMs] = [duration('every'), duration('for'), moment('validFrom')];
  const toMs = moment('until') ?? Number.POSITIVE_INFINITY;
  if (everyMs === null || forMs === null || fromMs === null || forMs > everyMs) return null;
  if (fromMs >= toMs) return 'never';
  if (nowMs >= toMs) return `over since ${momentInWords(toMs)}`;
  const period = (index: number): string | null => {
    const startMs = fromMs + index * everyMs;
    if (startMs >= toMs) return null;
    return `${momentInWords(startMs)} to ${momentInWords(Math.min(startMs + forMs, toMs))}`;
  };
  if (nowMs < fromMs) return `first ${period(0)}`;
  const current = Math.floor((nowMs - fromMs) / everyMs);
  const endMs = Math.min(fromMs + current * everyMs + forMs, toMs);
  const next = period(current + 1);
  if (nowMs < endMs) return `in force until ${momentInWords(endMs)}, then ${next ?? 'never again'}`;
  return next === null ? 'never again' : `next ${next}`;
}

const horizonMs = 400 * 86_400_000;

/** How far a zone is from UTC now, and when that changes; null for a zone that is not known. */
export function zoneInWords(zone: string, nowMs: number, zones: ZoneOffsets): string | null {
  const [now, next] = zones.offsets(zone, nowMs, nowMs + horizonMs) ?? [];
  if (now === undefined) return null;
  const change = next === undefined ? '' : `, ${offsetInWords(next.offsetMs)} from ${momentInWords(next.fromMs)} on`;
  return `${offsetInWords(now.offsetMs)} now${change}`;
}

function offsetInWords(offsetMs: number): string {
  if (offsetMs === 0) return 'UTC';
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const padded = (count: number) => String(count).padStart(2, '0');
  return `UTC${offsetMs < 0 ? '−' : '+'}${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}`;
}
