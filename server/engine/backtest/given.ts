/** Signals that people give by hand, as documents write them, read into what the kernel takes. Extracts nothing itself. */
import { suggest } from '../documents/index.ts';
import {
  comparedDomain,
  comparedId,
  microsOf,
  momentOf,
  type SignalDeclaration,
  type SignalName,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  type Unknown,
} from '../policy/index.ts';

/** By name; `undefined` says that the signal does not apply. Money in micro-dollars. */
export type Given = ReadonlyMap<SignalName, SignalValue | Unknown | undefined>;

/** Why a signal that was given cannot be taken. */
export interface GivenProblem {
  /** As it was written. */
  readonly signal: string;
  readonly message: string;
  readonly help?: string;
}

/**
 * Reads signals as documents have them: money in dollars, `time.utc` also as a moment (RFC 3339), `null` for one that does
 * not apply, `{unknown: reason}` for one that nobody knows. What is at fault is left out and told.
 */
export function readGiven(signals: Readonly<Record<string, unknown>>): { value: Given; problems: GivenProblem[] } {
  const value = new Map<SignalName, SignalValue | Unknown | undefined>();
  const problems: GivenProblem[] = [];
  for (const [name, written] of Object.entries(signals)) {
    const signal = signalDeclarations.find((declared) => declared.name === name);
    if (signal === undefined) {
      const near = suggest(
        name,
        signalDeclarations.map((declared) => declared.name),
      );
      const help = near === null ? {} : { help: `did you mean \`${near}\`` };
      problems.push({ signal: name, message: `there is no signal \`${name}\``, ...help });
      continue;
    }
    const read = readValue(signal, written);
    if ('fault' in read) problems.push({ signal: name, message: `\`${name}\` ${read.fault}` });
    else value.set(signal.name, read.value);
  }
  return { value, problems };
}

/** Every signal as a ledger has recorded it; what is not in the record does not apply, or is unknown. */
export function givenByRecord(record: SignalRecord): Given {
  return new Map(
    signalDeclarations.map(({ name }) => [name, Object.hasOwn(record, name) ? record[name] : undefined] as const),
  );
}

type Read = { readonly value: SignalValue | Unknown | undefined } | { readonly fault: string };

function readValue(signal: SignalDeclaration, written: unknown): Read {
  if (written === null) return { value: undefined };
  if (typeof written === 'object' && 'unknown' in written && typeof written.unknown === 'string')
    return { value: { unknown: written.unknown } };
  switch (signal.type) {
    case 'enum':
      if (typeof written === 'string' && signal.values?.includes(written)) return { value: written };
      return { fault: `is one of ${signal.values?.map((one) => `\`${one}\``).join(', ')}` };
    case 'string':
      return typeof written === 'string' ? { value: written } : { fault: 'is a text' };
    case 'boolean':
      return typeof written === 'boolean' ? { value: written } : { fault: 'is `true` or `false`' };
    case 'tags': {
      const list: unknown[] = Array.isArray(written) ? written : [written];
      const texts = list.filter((item) => typeof item === 'string');
      if (texts.length !== list.length) return { fault: 'is a text or a list of texts' };
      return readTexts(signal, texts);
    }
    case 'money':
    case 'integer':
      return readNumber(signal, written);
  }
}

/** Targets are given as an input would have them, and read likewise. */
function readTexts({ name }: SignalDeclaration, texts: readonly string[]): Read {
  const compared = name === 'target.ids' ? comparedId : name === 'target.domains' ? comparedDomain : null;
  const value = texts.map((text) => (compared === null ? text : compared(text)));
  const strange = texts.find((_, index) => value[index] === null);
  if (strange === undefined) return { value: value.filter((text) => text !== null) };
  const what = name === 'target.ids' ? 'one address' : 'the name of a host';
  return {
    fault: `cannot have \`${strange}\`, which does not read as ${what} for certain; write \`{unknown: …}\` for that`,
  };
}

function readNumber({ name, type, minimum, maximum }: SignalDeclaration, written: unknown): Read {
  const number = name === 'time.utc' && typeof written === 'string' ? momentOf(written) : written;
  if (typeof number !== 'number' || Number.isNaN(number))
    return { fault: name === 'time.utc' ? 'is a moment, such as `2026-03-09T10:00:00Z`' : 'is a number' };
  const { low, high } = { low: minimum ?? Number.NEGATIVE_INFINITY, high: maximum ?? Number.POSITIVE_INFINITY };
  if (number < low || number > high)
    return { fault: high === Number.POSITIVE_INFINITY ? `is ${low} or more` : `is from ${low} to ${high}` };
  const counted = type === 'money' ? microsOf(number) : number;
  if (counted !== null && Number.isSafeInteger(counted)) return { value: counted };
  return { fault: type === 'money' ? 'has at most six decimal places' : 'is a whole number' };
}
