/**
 * The only maker of signals: runs the extractors on a proposed action, checks each value against the registry and marks the
 * result, so that nothing else can be handed to the kernel.
 */
import {
  type Facts,
  type SignalDeclaration,
  type SignalName,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from '../policy/index.ts';
import type { ActionContext } from './context.ts';

declare const validated: unique symbol;

/** The signals of one action, as the ledger records them. Made by a trial's kernel and good for one decision. */
export type Signals = SignalRecord & { readonly [validated]: true };

/** Turns an action and its context into facts. What it says of a signal that it does not provide is a failure of the whole. */
export interface SignalExtractor {
  readonly provides: readonly SignalName[];
  /** Values by name, money in micro-dollars. May throw: its signals are then unknown. */
  extract(context: ActionContext): Readonly<Partial<Record<SignalName, SignalValue | Unknown | undefined>>>;
}

const strictOnes = new WeakMap<SignalExtractor, SignalExtractor>();

/** The extractor, for which it is a failure to give a signal that it does not provide: what nobody has checked is refused, and recorded. */
export function strict(extractor: SignalExtractor): SignalExtractor {
  const known = strictOnes.get(extractor);
  if (known !== undefined) return known;
  const { provides } = extractor;
  const made: SignalExtractor = {
    provides,
    extract: (context) => {
      const values = extractor.extract(context);
      const strays = Object.keys(values).filter((name) => !provides.some((one) => one === name));
      if (strays.length > 0)
        throw new Error(`it gave ${strays.map((name) => `\`${name}\``).join(', ')}, which it does not provide`);
      return values;
    },
  };
  strictOnes.set(extractor, made);
  return made;
}

/** The same signals twice: by name for the ledger, by place for deciding. Neither can be changed. */
export interface Extraction {
  readonly signals: Signals;
  readonly facts: Facts;
}

const slotsOf = new WeakMap<SignalExtractor, readonly number[]>();

function slotsProvided(extractor: SignalExtractor): readonly number[] {
  const slots = slotsOf.get(extractor) ?? extractor.provides.map((name) => slotOf(name));
  slotsOf.set(extractor, slots);
  return slots;
}

const types = new Set(signalDeclarations.flatMap(({ appliesTo }) => appliesTo));

/** Every signal that applies to the action: its value if it is a valid one, else why it is unknown. */
export function extractSignals(extractors: readonly SignalExtractor[], context: ActionContext): Extraction {
  const given = new Array<unknown>(signalDeclarations.length);
  for (const extractor of extractors) {
    const { provides } = extractor;
    const slots = slotsProvided(extractor);
    try {
      const values = extractor.extract(context);
      for (let index = 0; index < slots.length; index++)
        given[slots[index] ?? 0] = values[provides[index] ?? 'time.utc'];
    } catch (error) {
      const unknown = `reading it failed: ${error instanceof Error ? error.message : String(error)}`;
      for (const slot of slots) given[slot] = { unknown };
    }
  }
  const record: Record<string, SignalValue | Unknown> = {};
  const { type } = context.action;
  // Of a type that the registry does not know, nothing may be taken for inapplicable: that would get round the rules.
  const strange = !types.has(type);
  const facts = new Array<SignalValue | Unknown | undefined>(signalDeclarations.length);
  for (let slot = 0; slot < signalDeclarations.length; slot++) {
    const signal = signalDeclarations[slot];
    if (signal === undefined) continue;
    const exists = signal.origin !== 'observation' || context.observation !== null;
    const applies = exists && (strange || signal.appliesTo.includes(type));
    const fact = applies ? validate(signal, given[slot]) : undefined;
    facts[slot] = fact;
    if (fact !== undefined) record[signal.name] = fact;
  }
  return { signals: Object.freeze(record) as Signals, facts: Object.freeze(facts) };
}

function validate(signal: SignalDeclaration, value: unknown): SignalValue | Unknown | undefined {
  if (value === undefined) return signal.missing === 'unknown' ? unknown('nothing says what it is') : undefined;
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

const unknown = (reason: string): Unknown => Object.freeze({ unknown: reason });
const unfit = (value: unknown): Unknown =>
  unknown(`${typeof value === 'object' ? 'what was given' : `\`${String(value)}\``} is no value that it can have`);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isUnknown = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && 'unknown' in value && typeof value.unknown === 'string';
