/** Puts a mark in place of what a policy keeps out of sight, and of what tells it all the same. */
import { isArrayIndex, stepsOfPointer } from '../documents/index.ts';
import type { SignalRecord, SignalValue, Unknown } from '../policy/index.ts';

export const redacted = '[redacted]';

/**
 * A copy of `value` with the mark at each JSON Pointer (RFC 6901) that leads somewhere; the value itself when none does. Where a
 * list stands and a name is meant, it is meant in each of its items: else what is hidden in one would be shown in several.
 */
export function redact(value: unknown, pointers: readonly string[]): unknown {
  return pointers.reduce((current, pointer) => replaceAt(current, stepsOfPointer(pointer)), value);
}

const targetSignals = ['target.ids', 'target.domains'] as const;

/**
 * Signals as they may be recorded: targets that the tool reads at one of `pointers` are unknown, with the reason. Absent
 * they would say that there was no target.
 */
export function shownSignals(
  signals: SignalRecord,
  { targets = [] }: { readonly targets?: readonly string[] },
  input: unknown,
  pointers: readonly string[],
): Record<string, SignalValue | Unknown> {
  const shown = { ...signals };
  const hidden = pointers.filter(
    (pointer) => targets.some((target) => isWithin(pointer, target)) && redact(input, [pointer]) !== input,
  );
  if (hidden.length === 0) return shown;
  const unknown = `a rule keeps ${hidden.map((pointer) => `\`${pointer}\``).join(', ')} out of sight`;
  for (const name of targetSignals) if (Array.isArray(shown[name])) shown[name] = { unknown };
  return shown;
}

/** Whether one of two pointers leads to what the other one leads to, or to a part of it. */
const isWithin = (one: string, other: string): boolean =>
  `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);

function replaceAt(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return redacted;
  if (Array.isArray(value)) {
    const isIndex = isArrayIndex(step);
    const items = value.map((item: unknown, at) => {
      if (!isIndex) return replaceAt(item, steps);
      return at === Number(step) ? replaceAt(item, rest) : item;
    });
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  const part = (value as Record<string, unknown>)[step];
  const shown = replaceAt(part, rest);
  return shown === part ? value : { ...value, [step]: shown };
}
