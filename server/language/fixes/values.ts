/** Values that nearly fit: numbers put into their range, texts in the form that is asked for, lists cut to their length. */
import { alternatives, itemsOf, type Problem, schemaAt, signals, valueAt } from '../../engine/documents/index.ts';
import { contentEnd } from './edit.ts';
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

/** A text in the form that its key asks for, where it is plain how. */
export const intoForm: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || place.node.type !== 'scalar' || document.kind === null) return [];
  const schema = schemaAt(document.kind, place.path);
  const patterns = (schema === null ? [] : alternatives(schema)).flatMap(({ pattern }) => pattern ?? []);
  const text = String(place.node.value);
  const found = forms
    .map((form) => form(text))
    .find((each) => each !== null && patterns.some((pattern) => new RegExp(pattern, 'u').test(each)));
  if (found == null) return [];
  const isQuoted = /^["']/.test(file.text.slice(problem.span.start, problem.span.end));
  const edit = { span: problem.span, text: isQuoted ? JSON.stringify(found) : found };
  return [quickFix(`write \`${found}\``, problem, [edit], { isPreferred: true })];
};

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
