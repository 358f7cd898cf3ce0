/** Puts a mark in place of what a policy keeps out of sight. */

export const redacted = '[redacted]';

/** A copy of `value` with the mark at each JSON Pointer (RFC 6901) that leads somewhere; the value itself when none does. */
export function redact(value: unknown, pointers: readonly string[]): unknown {
  return pointers.reduce((current, pointer) => replaceAt(current, stepsOf(pointer)), value);
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

function replaceAt(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return redacted;
  if (Array.isArray(value)) {
    const index = Number(step);
    return value.map((item, at) => (at === index ? replaceAt(item, rest) : item));
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  return { ...value, [step]: replaceAt((value as Record<string, unknown>)[step], rest) };
}
