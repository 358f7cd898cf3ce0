/**
 * What actions are aimed at, in the one form in which it is compared however it is spelt: mail addresses and the names of hosts.
 * What may be an address but cannot be read for certain is told apart from what is none. Looks nothing up, and takes nothing
 * for more than one address.
 */

export interface Target {
  /** A mail address in its plain form, anything else without blanks around it; null where it may be read as another address. */
  readonly id: string | null;
  /** Empty where it has none, null where that cannot be told. */
  readonly domain: string | null;
}

const unreadable: Target = Object.freeze({ id: null, domain: null });

/** Most addresses, read without the care that others take. */
const plainHost = '((?:(?!xn--)[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\\.)*(?!xn--)[a-z](?:[a-z0-9-]*[a-z0-9])?)';
const plainMail = new RegExp(`^[a-z0-9._%+-]+@${plainHost}$`);
const plainUrl = new RegExp(`^https?://${plainHost}(?:/[!-[\\]-~]*)?$`);
/** Names of accounts, and places in folders. */
const plainName = /^\/?[A-Za-z0-9_-]+(?:[ /][A-Za-z0-9_.-]+)*$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: some programs drop them, so nothing can be said of such a text
const control = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all that is ASCII
const ascii = /^[\u0000-\u007f]*$/;
const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#\\@]*@)?([^/?#\\@:[\]\s]+|\[[0-9a-f:.]+\])(?::[0-9]*)?(?:[/?#][^\\\s]*)?$/i;
const looksLikeUrl = /^(?:https?:|wss?:|ftp:|[/\\]{2})|:[/\\]{2}/i;
const namedMail = /^[^@<>,;]*<([^<>]*)>$/;
/** Without `/`, `?` and `#`, though they may stand in it: before them others read the host of an address of the web, or what follows a recipient. */
const mail = /^(mailto:)?([\p{L}\p{M}\p{N}!$%&'+=^_`{|}~.-]+)@([^@]+)$/iu;
/** All but the characters that stand between the parts of addresses. */
const noSeparator = /[^@<>,;:"()[\]/\\?#%\s]/g;
/** Before a path, what separates one host from the next. */
const several = /^[^/\\?#]*[,;]/;
/** Of a text without a scheme: as much of it as would be the host if it had one. */
const firstPart = /^(?:\[[^\]]*\]|[^/\\?#:]*)/;

/** What one text that an action brings with it is aimed at. */
export function readTarget(written: string): Target {
  const found = plainMail.exec(written) ?? plainUrl.exec(written);
  if (found !== null) return { id: written, domain: found[1] ?? null };
  if (plainName.test(written)) return { id: written, domain: '' };
  const text = written.trim();
  if (control.test(text)) return unreadable;
  if (ascii.test(text)) return readPlain(text, text);
  const plain = compatible(text);
  const target = readPlain(plain, text);
  if (target.domain === '' || plain.replace(noSeparator, '') === text.replace(noSeparator, '')) return target;
  // Whoever takes such characters as they are cuts the text elsewhere.
  return { id: target.id === text ? text : null, domain: null };
}

/**
 * What policies and tests write of `target.ids`, in the form in which it is compared; null for what never is compared. `*` stands
 * for any text.
 */
export function comparedId(text: string): string | null {
  if (!text.includes('*')) return readTarget(text).id;
  return text.includes('@') ? folded(text) : text;
}

/** The same of `target.domains`, where addresses and URLs stand for their hosts. */
export function comparedDomain(text: string): string | null {
  if (text === '') return text;
  if (!text.includes('*')) return hostOf(text.trim()) || readTarget(text).domain || null;
  const part = folded(text).replaceAll('*', '');
  return noHost.test(part) || isEncoded(part) || !(ascii.test(part) || isCertain(part)) ? null : folded(text);
}

/** `plain` is what `text` means, in plain letters. */
function readPlain(plain: string, text: string): Target {
  const host = url.exec(plain)?.[1];
  if (host !== undefined) return { id: text, domain: hostOf(host) || null };
  if (looksLikeUrl.test(plain)) return { id: text, domain: null };
  if (plain.includes('@', 1) || /^mailto:/i.test(plain)) return readMail(plain);
  return { id: text, domain: plain.startsWith('@') ? null : bareHostOf(plain) };
}

function readMail(text: string): Target {
  const [, scheme, local = '', host = ''] = mail.exec(namedMail.exec(text)?.[1]?.trim() ?? text) ?? [];
  const domain = hostOf(host);
  const isEscaped = scheme !== undefined && local.includes('%');
  return domain && !isEscaped ? { id: `${folded(local)}@${domain}`, domain } : unreadable;
}

/**
 * The host of a text that has no scheme; empty where it is more likely something else. A name with a dot in it, such as
 * `evil.example` or `evil.example/x`, is taken for a host, unless it ends like a file of a kind that is no domain either.
 */
function bareHostOf(text: string): string | null {
  if (several.test(text)) return text.split(/[,;]/).some((part) => bareHostOf(part.trim()) !== '') ? null : '';
  const first = firstPart.exec(text)?.[0] ?? '';
  if (first.startsWith('[')) return hostOf(first) || '';
  if (first.includes('%')) return /\.|%(?:2e|e3|ef)/i.test(first) ? null : '';
  if (!/[^.]\.[^.]/.test(first) || fileEnding.test(first)) return '';
  return hostOf(first);
}

/** None of them is a top-level domain. */
const fileEnding =
  /\.(?:7z|avi|bak|bin|bmp|bz2|cfg|cjs|conf|cpp|css|csv|dat|db|diff|dll|docx?|eml|exe|flac|gif|gz|hpp|html?|ico|ics|ini|ipynb|jar|jpe?g|jsx?|jsonl?|lock|log|mjs|mkv|mp3|mp4|msg|od[pst]|ogg|orig|patch|pdf|php|png|pptx?|rar|rb|rtf|scss|sql|sqlite|svg|tar|tex|text|tgz|tiff?|tmp|toml|tsv|tsx?|txt|vcf|wav|webm|webp|xhtml|xlsx?|xml|xz|ya?ml)$/i;

/** ASCII characters that no name of a host has. */
const noHost = /[ -,/:-@[-^`{-~]/;
const hostLetters = /^[\p{L}\p{M}\p{N}._-]+$/u;
/** Software leaves them out. */
const ignored = /\p{Default_Ignorable_Code_Point}/u;
const number = /^(?:0x[0-9a-f]*|[0-9]+)$/;
const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/**
 * The name of a host as it is compared: mapped as UTS #46 says, in lower case, without a dot at its end. Empty for what is no
 * host; null where it may be the name of another, too: in Punycode, with letters whose case cannot be told, with numbers that
 * addresses are made of in a manner of their own.
 */
function hostOf(text: string): string | null {
  if (text.startsWith('[')) return ipv6Of(text);
  const name = folded(text).replace(/\.$/, '');
  if (name === '' || noHost.test(name)) return '';
  const labels = name.split('.');
  if (labels.includes('')) return '';
  if (number.test(labels.at(-1) ?? '')) return labels.every((label) => number.test(label)) ? ipv4Of(name) : '';
  return !isEncoded(name) && (ascii.test(name) || isCertain(name)) ? name : null;
}

/** In Punycode. */
const isEncoded = (name: string): boolean => /(?:^|\.)xn--/.test(name);

const ipv4Of = (name: string): string | null => (ipv4.test(name) ? name : null);

function ipv6Of(text: string): string {
  const [, before = '', gap, after = ''] = /^\[([0-9a-f:]*?)(?:(::)([0-9a-f:]*))?\]$/i.exec(text) ?? [];
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [first, last] = [groups(before), groups(after)];
  const missing = 8 - first.length - last.length;
  if (gap === undefined ? missing !== 0 : missing < 1) return '';
  const all = [...first, ...new Array<string>(missing).fill('0'), ...last];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return '';
  const plain = all.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
  // The first of the longest runs of zeros is left out (RFC 5952).
  const runs = plain.match(/\b0(?::0)+\b/g) ?? [];
  const [longest] = runs.toSorted((a, b) => b.length - a.length);
  return `[${longest === undefined ? plain : plain.replace(new RegExp(`(?:^|:)${longest}(?::|$)`), '::')}]`;
}

/** Whether the letters of a folded name are all that it can be made of. */
const isCertain = (name: string): boolean =>
  hostLetters.test(name) && !ignored.test(name) && name.toUpperCase().toLowerCase() === name && folded(name) === name;

/** With plain letters for those that look otherwise but mean the same; three more characters than NFKC has are dots. */
const compatible = (text: string): string => text.normalize('NFKC').replaceAll('。', '.');

/** In the letters that mail addresses and domains are compared in. */
const folded = (text: string): string =>
  ascii.test(text) ? text.toLowerCase() : compatible(compatible(text).toLowerCase());
