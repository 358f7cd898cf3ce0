/** Amounts as people say them: lengths of time, sizes, and numbers that signals are compared with. */
import { alternatives, durationMs, type Schema } from '../engine/documents/index.ts';
import { formatMicros, microsOf } from '../engine/policy/index.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Milliseconds such as `1 h 30 min`. */
export function msInWords(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = unit === 'ms' ? rest : Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? '0 ms' : parts.join(' ');
}

/** `90m` as `1 h 30 min`; null for what is no duration, and where the words would say no more than it does itself. */
export function durationInWords(text: string): string | null {
  const ms = durationMs(text);
  const words = ms === null ? null : msInWords(ms);
  return words === null || words.replace('min', 'm').replace(' ', '') === text ? null : words;
}

/** Whether a schema takes durations. */
export const takesDuration = (schema: Schema): boolean =>
  alternatives(schema).some(({ pattern }) => pattern?.includes('(ms|s|m|h|d)') === true);

/** Bytes such as `5 MB` or `64 KiB`, whichever says it in fewer digits; rounded where neither is short. */
export function bytesInWords(bytes: number): string {
  const [decimal, binary] = [
    sized(bytes, 1_000, ['kB', 'MB', 'GB', 'TB']),
    sized(bytes, 1_024, ['KiB', 'MiB', 'GiB', 'TiB']),
  ];
  return !decimal.isExact && binary.isExact ? binary.text : decimal.text;
}

function sized(bytes: number, step: number, names: readonly string[]) {
  let [amount, name] = [bytes, bytes === 1 ? 'byte' : 'bytes'];
  for (const each of names) {
    if (amount < step) break;
    [amount, name] = [amount / step, each];
  }
  const rounded = Number(amount.toPrecision(3));
  const isExact = rounded === amount || name.startsWith('byte');
  return { isExact, text: isExact ? `${amount} ${name}` : `about ${rounded} ${name}` };
}

/** A moment, in UTC: a date at midnight, else with the time of the day. Null for what no calendar has. */
export function momentInWords(atMs: number): string | null {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return null;
  const [day = '', time = ''] = date.toISOString().split('T');
  return time === '00:00:00.000Z' ? day : `${day} ${time.replace(/(:00)?\.000Z$/, '').replace('Z', '')} UTC`;
}

/** What a signal is counted in, as its declaration or the end of its name says. */
interface Counted {
  readonly name: string;
  readonly type?: string;
  readonly unit?: string;
}

/** A number that a signal, or a key with its unit in its name, is given or compared with; null where the number says it. */
export function numberInWords(value: number, { name, type, unit }: Counted): string | null {
  if (!Number.isFinite(value) || value < 0) return null;
  if (name === 'time.utc') return momentInWords(value);
  if (unit === 'ms' || name.endsWith('Ms')) return value < 1_000 ? null : msInWords(value);
  if (unit === 'bytes' || name.endsWith('Bytes')) return value < 1_000 ? null : bytesInWords(value);
  const micros = type === 'money' ? microsOf(value) : null;
  return micros === null ? null : formatMicros(micros);
}
