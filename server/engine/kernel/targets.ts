/**
 * What a tool call is aimed at, read from its input where the tool declares JSON Pointers (RFC 6901). A target that cannot
 * be read for certain is unknown rather than left out, so that no rule is got round by an odd spelling.
 */
import type { Unknown } from '../policy/index.ts';

export interface Targets {
  /** `undefined` when the call has no target. */
  readonly ids: string[] | Unknown | undefined;
  /** `undefined` when no target has a domain. */
  readonly domains: string[] | Unknown | undefined;
}

export type ReadTargets = (input: unknown) => Targets;

/** Reads the targets at `pointers` of an input. Domains are in lower case; both lists are without repetition, in order. */
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
    for (const { pointer, steps } of places) {
      for (const id of textsAt(pointer, steps, input)) {
        if (typeof id !== 'string') return { ids: id, domains: id };
        ids = withOne(ids, id);
        const domain = domainOf(id);
        if (domain === null)
          unreadable = { unknown: `\`${pointer}\` is not a single address that can be read for certain` };
        else if (domain !== '') domains = withOne(domains, domain);
      }
    }
    return { ids: withoutRepetition(ids), domains: unreadable ?? withoutRepetition(domains) };
  };
}

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

/** Most addresses, read without the care that others take. */
const plainMail = /^[a-z0-9._%+-]+@[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;
const domain = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}._-]*[\\p{L}\\p{N}])?';
const mail = new RegExp(`^(?:mailto:)?[^\\s@,;:<>"()]+@(${domain})$`, 'iu');
const namedMail = /^[^@<>,;]*<([^<>]*)>$/u;
const url = new RegExp(
  `^[a-z][a-z0-9+.-]*://(?:[^/?#\\\\@]*@)?(${domain}|\\[[0-9a-f:.]+\\])\\.?(?::[0-9]*)?(?:[/?#][^\\\\]*)?$`,
  'iu',
);
const looksLikeUrl = /^(?:https?:|wss?:|ftp:|[/\\]{2})|:[/\\]{2}/i;

/** The domain of a mail address or URL; empty for a text that is neither, null when one cannot be told for certain. */
function domainOf(target: string): string | null {
  if (plainMail.test(target)) return target.slice(target.indexOf('@') + 1);
  const text = target.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop them from URLs, so nothing can be said of such a text
  if (/[\u0000-\u001f\u007f]/.test(text)) return null;
  const found = url.exec(text) ?? mail.exec(namedMail.exec(text)?.[1]?.trim() ?? text);
  if (found?.[1] !== undefined) return found[1].toLowerCase();
  return text.includes('@') || looksLikeUrl.test(text) ? null : '';
}
