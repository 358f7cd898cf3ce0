/** Canonical JSON (RFC 8785). Values that JSON cannot carry exactly are refused with the place where they stand, never changed. */
import canonicalize from 'canonicalize';
import { utf8 } from '../bytes.ts';

/** Why something cannot be recorded. Nothing has been written, and the ledger can go on. */
export class LedgerError extends Error {
  readonly kind: 'not-canonical' | 'too-large' | 'invalid-entry' | 'closed';

  constructor(kind: LedgerError['kind'], message: string) {
    super(message);
    this.name = 'LedgerError';
    this.kind = kind;
  }
}

/** The canonical text of `value`; members that are undefined are left out. Throws `LedgerError` of kind `not-canonical`. */
export function canonicalText(value: unknown): string {
  let text: string | undefined;
  let cause = 'it is not a JSON value';
  try {
    text = canonicalize(value);
  } catch (error) {
    cause = error instanceof Error ? error.message : String(error);
  }
  if (text !== undefined) return text;
  throw new LedgerError('not-canonical', whyNot(value) ?? `the value cannot be recorded as JSON: ${cause}`);
}

/** The canonical text of `value` as UTF-8. Throws as `canonicalText` does. */
export function canonicalJson(value: unknown): Uint8Array {
  return utf8(canonicalText(value));
}

/** What is wrong with the first part of `value` that JSON cannot carry. */
function whyNot(value: unknown): string | null {
  const seen = new Set<object>();
  const open: { at: string; value: unknown }[] = [{ at: '', value }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, value: part } = next;
    const problem = problemOf(part);
    if (problem !== null) return `the value at \`${at || '/'}\` cannot be recorded: ${problem}`;
    if (part === null || typeof part !== 'object' || seen.has(part)) continue;
    seen.add(part);
    for (const [key, child] of Object.entries(part).reverse()) {
      if (!key.isWellFormed()) return `a key of the object at \`${at || '/'}\` cannot be recorded: ${loneSurrogate}`;
      open.push({ at: `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value: child });
    }
  }
  return null;
}

const loneSurrogate =
  'it holds half of a surrogate pair, which is no Unicode text; replace it, for instance by `toWellFormed()`';

function problemOf(part: unknown): string | null {
  if (typeof part === 'string') return part.isWellFormed() ? null : loneSurrogate;
  if (typeof part === 'number') return Number.isFinite(part) ? null : `JSON has no number ${part}`;
  return typeof part === 'bigint' ? 'JSON has no big integers; pass it as text' : null;
}
