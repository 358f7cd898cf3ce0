/** Values that nearly fit: numbers put into their range, texts in the form that is asked for, lists cut to their length. */
import {
  alternatives,
  type DocumentKind,
  itemsOf,
  type Path,
  type Problem,
  type SourceDocument,
  schemaAt,
  signals,
  valueAt,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { contentEnd, replaceScalar } from './edit.ts';
import { type Fix, type Fixer, nodeAt, quickFix } from './fix.ts';

const write = (problem: Problem, text: string): readonly Fix[] => [
  quickFix(`write \`${text}\``, problem, [{ span: problem.span, text }], { isPreferred: true }),
];

/** The nearest number that is taken. */
export const intoRange: Fixer = (problem, { document }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || place.node.type !== 'scalar' || document.kind === null) return [];
  const { value } = place.node;
  const schema = schemaAt(document.kind, place.path);
  const signal = signals.find(({ name }) => place.path.includes(name));
  const limits = [...(schema === null ? [] : alternatives(schema)), ...(signal === undefined ? [] : [signal])];
  const bound = (key: 'minimum' | 'maximum') =>
    limits.map((each) => (key in each ? (each as Record<typeof key, unknown>)[key] : undefined)).find(isNumber);
  const [low, high] = [bound('minimum'), bound('maximum')];
  if (!isNumber(value)) return [];
  if (low !== undefined && value < low) return write(problem, String(low));
  return high !== undefined && value > high ? write(problem, String(high)) : [];
};

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** The amount without what is too small to be counted. */
export const roundAmount: Fixer = (problem, { document }) => {
  const place = document.placeAt(problem.span.start);
  const value = place?.node.type === 'scalar' ? place.node.value : null;
  if (place === null || !isNumber(value)) return [];
  const isMoney = valueAt(document.value, [...place.path.slice(0, -1), 'unit']) === 'usd';
  const whole = isMoney ? Math.round(value * 1e6) / 1e6 : Math.round(value);
  return whole === value ? [] : write(problem, String(whole));
};

/** How people write durations, times and names, brought into the form of the format. */
const forms: readonly ((text: string) => string | null)[] = [
  (text) => {
    const match = /^(\d+)\s*(ms|milli|s|m|h|d)[a-z]*\.?$/i.exec(text.trim());
    const [, amount, unit = ''] = match ?? [];
    return match === null ? null : `${Number(amount)}${unit.toLowerCase() === 'milli' ? 'ms' : unit.toLowerCase()}`;
  },
  (text) => (/^\d+$/.test(text) ? `${Number(text)}s` : null),
  (text) => {
    const [, hour = '', minute = '00'] = /^(\d{1,2})(?:[:.h](\d{2}))?$/.exec(text.trim()) ?? [];
    return hour === '' ? null : `${hour.padStart(2, '0')}:${minute}`;
  },
  (text) => {
    const [, first, second = '0', third = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(text.trim()) ?? [];
    return first === undefined ? null : [first, second, third].map(Number).join('.');
  },
  (text) => (text === '24:00' ? '00:00' : null),
  (text) => text.toLowerCase(),
  (text) => text.toLowerCase().slice(0, 3),
  (text) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|-+$/g, ''),
  (text) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_'),
];

const inPlace = (file: SourceFile, problem: Problem, text: string): Fix =>
  quickFix(`write \`${text}\``, problem, [replaceScalar(file, problem.span, text)], { isPreferred: true });

/** A text in the form that its key asks for, where it is plain how. */
export const intoForm: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || place.node.type !== 'scalar' || document.kind === null) return [];
  const found = inForm(String(place.node.value), patternsAt(document.kind, place.path));
  return found === null ? [] : [inPlace(file, problem, found)];
};

const patternsAt = (kind: DocumentKind, path: Path): readonly RegExp[] => {
  const schema = schemaAt(kind, path);
  return (schema === null ? [] : alternatives(schema)).flatMap(({ pattern }) =>
    pattern === undefined ? [] : new RegExp(pattern, 'u'),
  );
};

/** A text in one of the forms that people mean by it and that the patterns take; null when there is none. */
const inForm = (text: string, patterns: readonly RegExp[]): string | null =>
  forms.map((form) => form(text)).find((each) => each !== null && patterns.some((one) => one.test(each))) ?? null;

/** A number or a word of YAML where a text is taken: in quotes as it is written, or in the form that is asked for. */
export const intoText: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || place.onKey || place.node.type !== 'scalar' || document.kind === null) return [];
  const { value } = place.node;
  const schema = schemaAt(document.kind, place.path);
  const isTextTaken = schema !== null && alternatives(schema).some(({ type }) => type === 'string');
  if (typeof value === 'string' || value === null || !isTextTaken) return [];
  const written = file.text.slice(place.span.start, place.span.end);
  const patterns = patternsAt(document.kind, place.path);
  if (patterns.length > 0 && !patterns.some((one) => one.test(written))) {
    const found = inForm(written, patterns);
    return found === null ? [] : [inPlace(file, problem, found)];
  }
  const edit = { span: problem.span, text: JSON.stringify(written) };
  return [quickFix('put it in quotes', problem, [edit], { isPreferred: true, isSafe: true })];
};

/** How much one of a unit is in those that numbers are counted in, by how people write it. */
const scales: Readonly<Record<string, readonly (readonly [written: RegExp, factor: number])[]>> = {
  ms: [
    [/^(?:ms|milliseconds?)$/i, 1],
    [/^(?:s|secs?|seconds?)$/i, 1_000],
    [/^(?:m|mins?|minutes?)$/i, 60_000],
    [/^(?:h|hours?)$/i, 3_600_000],
    [/^(?:d|days?)$/i, 86_400_000],
  ],
  bytes: [
    [/^(?:b|bytes?)$/i, 1],
    [/^kb$/i, 1e3],
    [/^mb$/i, 1e6],
    [/^gb$/i, 1e9],
    [/^kib$/i, 2 ** 10],
    [/^mib$/i, 2 ** 20],
    [/^gib$/i, 2 ** 30],
  ],
  usd: [[/^(?:\$|us\$|usd|dollars?)$/i, 1]],
};

/** An amount that is written with its unit, as the number that the place takes; only where there is no doubt about it. */
export const withoutUnit: Fixer = (problem, { document }) => {
  const place = document.placeAt(problem.span.start);
  const value = place?.node.type === 'scalar' && !place.onKey ? place.node.value : null;
  if (place === null || typeof value !== 'string') return [];
  const unit = unitAt(document, place.path);
  const signal = signals.find(({ name }) => place.path.includes(name));
  const number = signal?.name === 'time.utc' ? momentMs(value) : unit === null ? null : inUnits(value, unit);
  if (number === null || (unit !== 'usd' && !Number.isInteger(number))) return [];
  return write(problem, String(number));
};

/** What numbers at a path are counted in; null where that is not told. */
function unitAt({ kind, value }: SourceDocument, path: Path): string | null {
  const signal = signals.find(({ name }) => path.includes(name));
  if (signal !== undefined) return 'unit' in signal ? signal.unit : null;
  const key = String(path.at(-1));
  if (key === 'limit') return String(valueAt(value, [...path.slice(0, -1), 'unit']));
  if (kind === 'Environment' && key === 'cost') return 'usd';
  return key.endsWith('Bytes') ? 'bytes' : null;
}

function inUnits(text: string, unit: string): number | null {
  const [, before = '', amount = '', after = ''] = /^(\D*?)\s*(\d+(?:\.\d+)?)\s*(\D*)$/.exec(text.trim()) ?? [];
  const name = before === '' || unit !== 'usd' ? after : after === '' ? before : '';
  const scale = scales[unit]?.find(([written]) => written.test(name));
  if (amount === '' || scale === undefined || (before !== '' && unit !== 'usd')) return null;
  return Math.round(Number(amount) * scale[1] * 1e6) / 1e6;
}

/** A moment as `validFrom` and `until` take it, in milliseconds since 1970; null for a day that no calendar has. */
function momentMs(text: string): number | null {
  if (!patternsAt('Policy', ['spec', 'validFrom']).some((one) => one.test(text))) return null;
  const day = Date.parse(text.slice(0, 10));
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(text.slice(0, 10));
  return isDay && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : null;
}

/** As many items of a list as it may have. */
export const cutList: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  const node = place === null ? null : nodeAt(document, place.path);
  if (place === null || node?.type !== 'sequence' || document.kind === null) return [];
  const schema = schemaAt(document.kind, place.path);
  const most = (schema === null ? [] : alternatives(schema)).find((each) => itemsOf(each) !== null)?.maxItems;
  const kept = most === undefined ? undefined : node.items[most - 1];
  const last = node.items.at(-1);
  if (kept === undefined || last === undefined || kept === last || !node.flow) return [];
  const edit = { span: { start: contentEnd(file, kept), end: contentEnd(file, last) }, text: '' };
  return [quickFix(`keep the first ${most} items`, problem, [edit])];
};
