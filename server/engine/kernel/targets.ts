/**
 * What a tool call is aimed at, read from its input where the tool declares JSON Pointers (RFC 6901). A target that cannot
 * be read for certain is unknown rather than left out, so that no rule is got round by an odd spelling.
 */
import { readTarget, type Unknown } from '../policy/index.ts';

export interface Targets {
  /** `undefined` when the call has no target. */
  readonly ids: string[] | Unknown | undefined;
  /** `undefined` when no target has a domain. Where `ids` are unknown, so are these. */
  readonly domains: string[] | Unknown | undefined;
}

export type ReadTargets = (input: unknown) => Targets;

/** Reads the targets at `pointers` of an input, in the form that policies compare; both lists are without repetition, in order. */
export function targetReader(pointers: readonly string[]): ReadTargets {
  const places = pointers.map((pointer) => ({
    pointer,
    steps: pointer
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
  }));
  return (input) => {
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
  };
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
    if (typeof value !== 'object' || value === null)
      return [{ unknown: `nothing can stand at \`${pointer}\` in this input` }];
    if (!Object.hasOwn(value, key)) return [];
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  if (typeof value === 'string') return [value];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => (typeof item === 'string' ? item : { unknown: `\`${pointer}\` is not a text` }));
}
