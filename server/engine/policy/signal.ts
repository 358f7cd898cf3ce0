/**
 * The signal registry as the engine reads it, and facts: the signals of one action in registry order. Where their values
 * come from is the kernel's business.
 */
import { signals as registry } from '../documents/index.ts';

export type SignalName = (typeof registry)[number]['name'];
export type SignalValue = string | number | boolean | string[];
export interface Unknown {
  unknown: string;
}

/** Signals by name, as in the ledger: what does not apply is left out, money is in micro-dollars. */
export type SignalRecord = Readonly<Record<string, SignalValue | Unknown>>;

/** Signals by place in the registry: `undefined` where one does not apply. */
export type Facts = readonly (SignalValue | Unknown | undefined)[];

/** Stands for all that is declared of an action: the same for two actions only where all of it is the same. */
export interface Declaration {
  /** With what is declared put in, and nothing else. */
  readonly facts: Facts;
}

export interface SignalDeclaration {
  readonly name: SignalName;
  readonly type: 'enum' | 'string' | 'integer' | 'money' | 'boolean' | 'tags';
  readonly appliesTo: readonly string[];
  readonly missing: 'unknown' | 'inapplicable';
  /** `declared` ones have few different values in a run. */
  readonly origin: 'declared' | 'input' | 'observation' | 'trial' | 'shared' | 'clock';
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export const signalDeclarations: readonly SignalDeclaration[] = registry;

const declared = signalDeclarations.map(({ origin }) => origin === 'declared');
const steady = signalDeclarations.map(
  ({ origin, type }) => origin === 'declared' || type === 'integer' || type === 'money',
);

/** Whether documents say what the signal is. */
export const isDeclared = (slot: number): boolean => declared[slot] === true;
/** Whether the signal is declared or a number, and so does not change with whatever an action brings with it. */
export const isSteady = (slot: number): boolean => steady[slot] === true;

const slots: ReadonlyMap<string, number> = new Map(registry.map((signal, slot) => [signal.name, slot]));

/** The place of a signal in `Facts`; undefined when the registry does not have it. */
export function slotOf(name: SignalName): number;
export function slotOf(name: string): number | undefined;
export function slotOf(name: string): number | undefined {
  return slots.get(name);
}

/** The declaration of a signal that the registry has. */
export function declarationOf(name: SignalName): SignalDeclaration {
  const found = signalDeclarations[slotOf(name)];
  if (found === undefined) throw new Error(`the registry has no signal \`${name}\``);
  return found;
}

/** Facts from a record, such as one read from a ledger. Values are taken as they are; the kernel has its own door. */
export function factsOf(record: SignalRecord): Facts {
  return factsBy(({ name }) => (Object.hasOwn(record, name) ? record[name] : undefined));
}

/**
 * Facts by what `fact` says of each signal. All lists of facts are made here, or copied from one that was, and none is frozen:
 * engines compile the reading of lists for the kinds that they have met, and `map` makes another kind once it is compiled.
 */
export function factsBy(fact: (signal: SignalDeclaration, slot: number) => Facts[number]): Facts[number][] {
  const facts = new Array<Facts[number]>(signalDeclarations.length).fill(undefined);
  for (let slot = 0; slot < facts.length; slot++) {
    const signal = signalDeclarations[slot];
    if (signal !== undefined) facts[slot] = fact(signal, slot);
  }
  return facts;
}
