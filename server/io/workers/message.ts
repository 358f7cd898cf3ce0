/**
 * What a line of an agent or environment process may say: JSON-RPC 2.0 with a few members of our own. Checks shapes and
 * values; what a message means for a trial is for the sessions to say.
 */
import { isUtf8 } from 'node:buffer';
import type { messageValidators } from '../../engine/experiment/index.ts';

type Validate = (typeof messageValidators)['propose'];

interface Envelope {
  /** The trial that the sender means. Modules always say it; programs may. */
  readonly trial?: number;
  /** CPU time of the trial in milliseconds, with `trial/finish`. */
  readonly cpuMs?: number;
  /** With `trial/finish`: something of the trial still goes on in the process. */
  readonly busy?: boolean;
  /** Length of the line. */
  readonly sizeBytes: number;
}
export type Message = Envelope &
  (
    | { readonly kind: 'request'; readonly id: string | number; readonly method: string; readonly params: unknown }
    | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
    | { readonly kind: 'response'; readonly id: string | number; readonly result: unknown; readonly error?: string }
  );

const deepestLevel = 100;
const longestId = 64;

/** The message of a line, or what is wrong with it. */
export function parseMessage(line: Buffer): Message | string {
  if (!isUtf8(line)) return 'is not UTF-8';
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch {
    return 'is not JSON';
  }
  return typeof value === 'object' && value !== null
    ? classify(value as Record<string, unknown>, line.length)
    : 'is not a JSON-RPC 2.0 message';
}

function classify(value: Record<string, unknown>, sizeBytes: number): Message | string {
  const { jsonrpc, id, method, params = {}, result, error, trial, cpuMs, busy } = value;
  if (jsonrpc !== '2.0') return 'is not a JSON-RPC 2.0 message: it lacks `"jsonrpc": "2.0"`';
  if (trial !== undefined && !Number.isSafeInteger(trial)) return 'has a `trial` that is not a whole number';
  if (id !== undefined && !isId(id)) return 'has an `id` that is neither a number nor a short string';
  const envelope: Envelope = {
    sizeBytes,
    ...(trial !== undefined && { trial: trial as number }),
    ...(typeof cpuMs === 'number' && cpuMs >= 0 && Number.isFinite(cpuMs) && { cpuMs }),
    ...(busy === true && { busy }),
  };
  if (typeof method === 'string')
    return id === undefined
      ? { ...envelope, kind: 'notification', method, params }
      : { ...envelope, kind: 'request', id, method, params };
  if (id === undefined || method !== undefined)
    return 'is not a JSON-RPC 2.0 message: it has neither `method` nor `id`';
  if (error === undefined) return { ...envelope, kind: 'response', id, result };
  return { ...envelope, kind: 'response', id, result, error: textOfError(error) };
}

const isId = (id: unknown): id is string | number =>
  Number.isSafeInteger(id) || (typeof id === 'string' && id.length <= longestId);

function textOfError(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message.toWellFormed() : 'an error without a message';
}

/** What is wrong with the body of a message, with a pointer, or null. */
export function findProblem(validate: Validate, body: unknown): string | null {
  if (!validate(body)) {
    const [error] = validate.errors ?? [];
    const extra = error?.params.additionalProperty;
    const detail = typeof extra === 'string' ? `has the unknown key \`${extra.toWellFormed()}\`` : error?.message;
    return `\`${error?.instancePath || '/'}\` ${detail ?? 'does not fit'}`;
  }
  return isRecordable(body, 0)
    ? null
    : `holds half of a surrogate pair, a number out of range or more than ${deepestLevel} levels of nesting`;
}

/** Whether a parsed value can be written as JSON again without a change, by any program. */
function isRecordable(value: unknown, level: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (level >= deepestLevel) return false;
  if (Array.isArray(value)) return value.every((item) => isRecordable(item, level + 1));
  for (const key in value)
    if (!key.isWellFormed() || !isRecordable((value as Record<string, unknown>)[key], level + 1)) return false;
  return true;
}
