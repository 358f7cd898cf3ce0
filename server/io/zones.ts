/** The offsets of time zones from UTC, by the tz database that comes with the runtime. Asks for nothing twice. */
import { calendarEndMs } from '../engine/policy/index.ts';
import type { ZoneOffset, ZoneOffsets } from '../engine/ports.ts';

const hourMs = 3_600_000;
/** No zone changes its clocks and changes them back in less. */
const stepMs = 12 * hourMs;
const answersKept = 1_000;

export function createZoneOffsets(): ZoneOffsets {
  const formats = new Map<string, Intl.DateTimeFormat | null>();
  const answers = new Map<string, readonly ZoneOffset[]>();
  return {
    names: () => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')],
    offsets(zone, fromMs, toMs) {
      const format = formats.get(zone) ?? (formats.has(zone) ? null : formatOf(zone));
      formats.set(zone, format);
      if (format === null || fromMs < -calendarEndMs || toMs > calendarEndMs) return null;
      const key = `${zone} ${fromMs} ${toMs}`;
      const known = answers.get(key);
      if (known !== undefined) return known;
      const found = offsetsBetween(format, fromMs, toMs);
      if (answers.size >= answersKept) answers.clear();
      answers.set(key, found);
      return found;
    },
  };
}

/** Null when the runtime knows no such zone. */
function formatOf(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return null;
  }
}

function offsetsBetween(format: Intl.DateTimeFormat, fromMs: number, toMs: number): ZoneOffset[] {
  const found: ZoneOffset[] = [{ fromMs, offsetMs: offsetAt(format, fromMs) }];
  let [atMs, offsetMs] = [fromMs, found[0]?.offsetMs ?? 0];
  while (atMs < toMs) {
    const nextMs = Math.min(atMs + stepMs, toMs);
    const next = offsetAt(format, nextMs);
    if (next !== offsetMs) {
      const changeMs = changeBetween(format, atMs, nextMs, next);
      if (changeMs < toMs) found.push({ fromMs: changeMs, offsetMs: next });
    }
    [atMs, offsetMs] = [nextMs, next];
  }
  return found;
}

/** The first moment after `beforeMs` with the offset that is in force at `afterMs`. */
function changeBetween(format: Intl.DateTimeFormat, beforeMs: number, afterMs: number, offsetMs: number): number {
  let [before, after] = [beforeMs, afterMs];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(format, middle) === offsetMs) after = middle;
    else before = middle;
  }
  return after;
}

function offsetAt(format: Intl.DateTimeFormat, atMs: number): number {
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds = '0'] = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  const offsetMs = Number(hours) * hourMs + Number(minutes) * 60_000 + Number(seconds) * 1_000;
  return sign === '-' ? -offsetMs : offsetMs;
}
