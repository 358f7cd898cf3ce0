/** Numbers, durations, windows and periods under the cursor, in words. */
import { type Path, type PlaceInTree, valueAt } from '../../engine/documents/index.ts';
import { durationInWords, numberInWords, takesDuration } from '../amounts.ts';
import { duringInWords, renewalInWords, zoneInWords } from '../schedule.ts';
import { type Signal, type Surroundings, schemaIn, signalAt, signalNamed } from '../surroundings.ts';

/** What a test of a signal, or an amount, says; null elsewhere. */
export function amountMarkdown(around: Surroundings, place: PlaceInTree): string | null {
  const parts = [testedMarkdown(place.path), valueMarkdown(around, place), scheduleMarkdown(around, place.path)];
  const found = parts.filter((part) => part !== null);
  return found.length === 0 ? null : found.join('\n\n');
}

/** The signal that a comparator or a value belongs to. */
function testedMarkdown(path: Path): string | null {
  const signal = signalAt(path);
  if (signal === null || signalNamed(path.at(-1)) !== null) return null;
  return `of \`${signal.name}\`: ${signal.description}\n\n${signalMarkdown(signal)}`;
}

/** What the registry says of a signal beyond its description: type, unit, range and where it applies. */
export function signalMarkdown(signal: Signal): string {
  const { type, appliesTo } = signal;
  const range = [
    'minimum' in signal ? `from ${signal.minimum}` : null,
    'maximum' in signal ? `to ${signal.maximum}` : null,
    'unit' in signal ? `in ${signal.unit}` : null,
  ].filter((part) => part !== null);
  return `Signal: ${[type, ...range].join(' ')}; for ${appliesTo.join(', ')}`;
}

function valueMarkdown(around: Surroundings, { path, node }: PlaceInTree): string | null {
  const value = node.type === 'scalar' ? node.value : null;
  if (typeof value === 'string') {
    const schema = schemaIn(around, path);
    const words = schema !== null && takesDuration(schema) ? durationInWords(value) : null;
    return words === null ? null : `\`${value}\` is ${words}`;
  }
  if (typeof value !== 'number') return null;
  const key = path.findLast((step) => typeof step === 'string');
  const words = numberInWords(value, signalAt(path) ?? { name: key ?? '' });
  return words === null ? null : `\`${value}\` is ${words}`;
}

/** Windows and periods as a whole, wherever in them the cursor is. */
function scheduleMarkdown({ document, context }: Surroundings, path: Path): string | null {
  const { nowMs = null, zones = null } = context;
  const at = path.findIndex((step) => step === 'during' || step === 'renew');
  if (at < 0 || document === null) return null;
  if (path[at] === 'renew')
    return nowMs === null ? null : renewalInWords(valueAt(document.value, path.slice(0, at)), nowMs);
  const isOne = typeof path[at + 1] === 'number';
  const window = duringInWords(valueAt(document.value, path.slice(0, at + (isOne ? 2 : 1))));
  const zone = path.at(-1) === 'zone' ? valueAt(document.value, path) : null;
  const now = typeof zone === 'string' && nowMs !== null && zones !== null ? zoneInWords(zone, nowMs, zones) : null;
  return window === null ? now : [window, now].filter((part) => part !== null).join('\n\n');
}
