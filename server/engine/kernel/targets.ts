/**
 * What a tool call is aimed at, read from its input where the tool declares JSON Pointers (RFC 6901). A target that cannot
 * be read for certain is unknown rather than left out, so that no rule is got round by an odd spelling.
 */
import { isArrayIndex, stepsOfPointer } from '../documents/index.ts';
import { readTarget, type Unknown } from '../policy/index.ts';

export interface Targets {
  /** `undefined` when the call has no target. */
  readonly ids: string[] | Unknown | undefined;
  /** `undefined` when no target has a domain. Where `ids` are unknown, so are these. */
  readonly domains: string[] | Unknown | undefined;
}

export type ReadTargets = (input: unknown) => Targets;

/** A JSON Pointer, and the keys that it leads along. */
interface Place {
  readonly pointer: string;
  readonly steps: readonly string[];
}

/** Reads the targets at `pointers` of an input, in the form that policies compare; both lists are without repetition, in order. */
export function targetReader(pointers: readonly string[]): ReadTargets {
  const places = pointers.map((pointer): Place => ({ pointer, steps: stepsOfPointer(pointer) }));
  const [only] = places;
  return (input) => {
    const text = only === undefined || places.length > 1 ? null : onlyTextAt(only.steps, input);
    return (text === null ? null : targetsOfText(text)) ?? read(places, input);
  };
}

function read(places: readonly Place[], input: unknown): Targets {
  let ids: string[] | undefined;
  let domains: string[] | undefined;
  let unreadable: Unknown | null = null;
  let isAnyLost = false;
  for (const { pointer, steps } of places) {
    for (const text of textsAt(pointer, steps, input)) {
      if (typeof text !== 'string') return { ids: text, domains: text };
      const { id, domain } = readTarget(text);
      if (domain === null) unreadable ??= notSingle(pointer);
      else if (domain !== '') domains = withOne(domains, domain);
      if (id !== null) ids = withOne(ids, id);
      else isAnyLost = true;
    }
  }
  if (unreadable === null) return { ids: withoutRepetition(ids), domains: withoutRepetition(domains) };
  return { ids: isAnyLost ? unreadable : withoutRepetition(ids), domains: unreadable };
}

/** Agents aim at the same few again and again. */
const known = new Map<string, Targets>();
const textsKept = 4_096;
const lengthKept = 256;

/** What a single text comes to; null where that cannot be read for certain. */
function targetsOfText(text: string): Targets | null {
  const there = known.get(text);
  if (there !== undefined) return there;
  const { id, domain } = readTarget(text);
  if (id === null || domain === null) return null;
  const targets = { ids: lasting(id), domains: domain === '' ? undefined : lasting(domain) };
  if (known.size >= textsKept) known.clear();
  if (text.length <= lengthKept) known.set(text, targets);
  return targets;
}

/** For all that are aimed at it, and so cannot be changed. */
const lasting = (text: string): string[] => Object.freeze([text]) as string[];

/** The text where the steps lead to, or in a list there, if there is no other; else null. */
function onlyTextAt(steps: readonly string[], input: unknown): string | null {
  let value = input;
  for (const key of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  const text: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof text === 'string' ? text : null;
}

const notSingle = (pointer: string): Unknown => ({
  unknown: `\`${pointer}\` is not a single address that can be read for certain`,
});

/** Most lists have one text, and a list that is made with it takes a tenth of the room of one that grows. */
function withOne(texts: string[] | undefined, text: string): string[] {
  if (texts === undefined) return [text];
  texts.push(text);
  return texts;
}

const withoutRepetition = (texts: string[] | undefined): string[] | undefined =>
  texts === undefined || texts.length < 2 ? texts : [...new Set(texts)];

function textsAt(pointer: string, steps: readonly string[], input: unknown): readonly (string | Unknown)[] {
  let value = input;
  for (const key of steps) {
    // A list in the place of an object may hold what the pointer was meant to lead to.
    if (typeof value !== 'object' || value === null || (Array.isArray(value) && !isArrayIndex(key)))
      return [{ unknown: `nothing can stand at \`${pointer}\` in this input` }];
    if (!Object.hasOwn(value, key)) return [];
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  if (typeof value === 'string') return [value];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => (typeof item === 'string' ? item : { unknown: `\`${pointer}\` is not a text` }));
}
