/**
 * Facts and those who say them: each value is checked against the registry, and what is none becomes unknown with its reason.
 * Decides nothing and keeps nothing.
 */
import {
  type Facts,
  factsBy,
  type SignalDeclaration,
  type SignalName,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from '../policy/index.ts';

export type Fact = Facts[number];

/** Turns what it is given into facts. What it says of a signal that it does not provide is a failure of the whole. */
export interface Extractor<Context> {
  readonly provides: readonly SignalName[];
  /** Values by name, money in micro-dollars. May throw: its signals are then unknown. */
  extract(context: Context): Readonly<Partial<Record<SignalName, SignalValue | Unknown | undefined>>>;
}

/** Puts into `facts` what `extractor` says, where it applies and is valid. */
export function run<Context>(
  extractor: Extractor<Context>,
  context: Context,
  facts: Fact[],
  type: string,
  isObserved: boolean,
): void {
  const { provides } = extractor;
  let values: Readonly<Partial<Record<SignalName, unknown>>> = {};
  let failed: Unknown | null = null;
  try {
    values = extractor.extract(context);
    const strays = Object.keys(values).filter((name) => !provides.some((one) => one === name));
    if (strays.length > 0)
      throw new Error(`it gave ${strays.map((name) => `\`${name}\``).join(', ')}, which it does not provide`);
  } catch (error) {
    failed = failure(error);
  }
  for (const name of provides) {
    const slot = slotOf(name);
    const signal = signalDeclarations[slot];
    if (signal !== undefined && applies(signal, type, isObserved))
      facts[slot] = failed ?? validate(signal, values[name]);
  }
}

/** What an action of `type` has before anybody has said anything: where a signal applies and should be there, it is unknown. */
export const unsaidFacts = (type: string): Fact[] =>
  factsBy((signal) => (applies(signal, type, false) ? unsaid(signal) : undefined));

const types = new Set(signalDeclarations.flatMap(({ appliesTo }) => appliesTo));

/** Of a type that the registry does not know, nothing may be taken for inapplicable: that would get round the rules. */
const applies = ({ origin, appliesTo }: SignalDeclaration, type: string, isObserved: boolean): boolean =>
  (origin !== 'observation' || isObserved) && (appliesTo.includes(type) || !types.has(type));

function validate(signal: SignalDeclaration, value: unknown): Fact {
  if (value === undefined) return unsaid(signal);
  if (isUnknown(value)) return value;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = signal;
  switch (signal.type) {
    case 'enum':
      return typeof value === 'string' && signal.values?.includes(value) ? value : unfit(value);
    case 'string':
      return typeof value === 'string' ? value : unfit(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : unfit(value);
    case 'integer':
    case 'money':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum
        ? value
        : unfit(value);
    case 'tags':
      return isTexts(value) ? (Object.freeze([...value]) as string[]) : unfit(value);
  }
}

export const unknown = (reason: string): Unknown => Object.freeze({ unknown: reason });
const nothingSaid = unknown('nothing says what it is');
export const failure = (error: unknown): Unknown =>
  unknown(`reading it failed: ${error instanceof Error ? error.message : String(error)}`);
const unsaid = ({ missing }: SignalDeclaration): Fact => (missing === 'unknown' ? nothingSaid : undefined);
export const unfit = (value: unknown): Unknown =>
  unknown(`${typeof value === 'object' ? 'what was given' : `\`${String(value)}\``} is no value that it can have`);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isUnknown = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && 'unknown' in value && typeof value.unknown === 'string';
