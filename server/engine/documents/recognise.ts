/**
 * Which texts are documents of Assay, and which documents are constitutions or may be meant as one. A constitution that is not
 * recognised would not be in force, so whatever is in doubt is told apart from what is clear.
 */
import type { Problem } from './problem.ts';
import { apiVersion } from './schema.ts';
import { readDocuments, type SourceDocument, type SourceText } from './source.ts';
import { dereference, type SyntaxNode } from './tree.ts';
import { valueAt } from './values.ts';
import { suggest } from './words.ts';

/** What every version of the format begins with: `assay/`. */
const family = apiVersion.slice(0, apiVersion.indexOf('/') + 1);

/** The key and its value as people write them: with comments, anchors, tags, quotes or signs of a block between. */
const head = /apiVersion["']?\s*:(?:\s|#[^\n]*\n|[&!]\S*\s|[|>][-+\d]*|["'])*assay\//;

/** Whether a text holds a document of Assay, however it is written; the document may be broken. */
export function isDocumentText(text: string): boolean {
  if (head.test(text)) return true;
  // Aliases, merge keys and escapes are known only to who reads YAML.
  return /assay/i.test(text) && readDocuments(text).some(isOurs);
}

/** The same of a text that has been read already. */
export const holdsDocument = ({ text, documents }: SourceText): boolean => head.test(text) || documents.some(isOurs);

const isOurs = ({ value }: SourceDocument): boolean => isOfFamily(valueAt(value, ['apiVersion']));

const isOfFamily = (version: unknown): boolean => typeof version === 'string' && version.startsWith(family);

/** `unclear`: broken in a way that hides whether it is a constitution. */
export type Standing = 'constitution' | 'unclear' | 'ordinary';

/** What a document says of itself, or what may be meant where it has errors. `text` is that of its file. */
export function standingOf(document: SourceDocument, text: string): Standing {
  const { kind, value, valid } = document;
  if (kind === 'Policy' && valueAt(value, ['spec', 'constitution']) === true) return 'constitution';
  if (valid) return 'ordinary';
  const isReadable = document.problems.every((problem) => !isError(problem) || !problem.code.startsWith('yaml/'));
  // What is no YAML may take in the document after it.
  const isNamed = () => (isReadable ? isNamedIn(value) : namesConstitution(text));
  if (kind !== null && kind !== 'Policy') return isReadable || !isNamed() ? 'ordinary' : 'unclear';
  return isReadable && isSomethingElse(document) && isWhole(document) && !isNamed() ? 'ordinary' : 'unclear';
}

/** By value, which is the same after an edit beside it: long documents are not looked through at each key. */
const named = new WeakMap<object, boolean>();

/** Whether a value has the word in it, or a key that is nearly it. What stands in comments is meant not to be read. */
function isNamedIn(value: unknown): boolean {
  if (typeof value === 'string') return word.test(value);
  if (typeof value !== 'object' || value === null) return false;
  const known = named.get(value);
  if (known !== undefined) return known;
  named.set(value, false);
  const found = Array.isArray(value)
    ? value.some(isNamedIn)
    : Object.entries(value).some(([key, inner]) => isNearly(key) || isNamedIn(inner));
  named.set(value, found);
  return found;
}

/** Documents have few words for keys, and use them again and again. */
const nearly = new Map<string, boolean>();
const keysKept = 1_000;

function isNearly(key: string): boolean {
  if (key.length < shortestNear || key.length > longestNear) return word.test(key);
  const known = nearly.get(key);
  if (known !== undefined) return known;
  if (nearly.size >= keysKept) nearly.clear();
  const is = word.test(key) || suggest(key, ['constitution']) !== null;
  nearly.set(key, is);
  return is;
}

/** Whether a text that is no document, as it stands, may be meant as a constitution. */
export function mayBeConstitution(text: string): boolean {
  return key.test(text) && /assay|\bkind["']?\s*:/i.test(text);
}

const key = /\bconstitution["']?\s*:/i;

const word = /constitution/i;

/** Whether the word stands anywhere in a text, or a key that is nearly it. */
function namesConstitution(text: string): boolean {
  if (word.test(text)) return true;
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    const key = wordBefore(text, colon);
    if (key.length >= shortestNear && isNearly(key)) return true;
  }
  return false;
}

/** No shorter word is near to it, and no longer one. */
const [shortestNear, longestNear] = [9, 21];

/** The key that ends before the colon at `end`; empty for none and for one that is too long. Looks back and not for keys, of which long documents have many. */
function wordBefore(text: string, end: number): string {
  let to = end;
  while (to > 0 && isBlank(text.charCodeAt(to - 1))) to--;
  if (text[to - 1] === '"' || text[to - 1] === "'") to--;
  let from = to;
  while (from > 0 && to - from <= longestNear && isLetter(text.charCodeAt(from - 1))) from--;
  return to - from > longestNear ? '' : text.slice(from, to);
}

const isBlank = (unit: number): boolean => unit === 32 || (unit >= 9 && unit <= 13) || unit === 160;

/** Of a word, with `_` and `-`; of letters beyond ASCII, as units. */
const isLetter = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 45 || unit === 95 || unit > 127;

/** Whether it is a policy with rules or the like, or says that it is no policy. */
function isSomethingElse({ kind, value }: SourceDocument): boolean {
  if (kind === 'Policy') {
    const spec = valueAt(value, ['spec']);
    return typeof spec === 'object' && spec !== null && Object.keys(spec).length > 0;
  }
  const said = valueAt(value, ['kind']);
  return typeof said === 'string' && said !== '' && suggest(said, ['Policy']) === null;
}

/** Whether all errors stand before the last part; those in it may come of an end that is missing. */
function isWhole({ root, problems }: SourceDocument): boolean {
  const last = root === null ? 0 : lastPartOf(root);
  return problems.every((problem) => !isError(problem) || problem.span.end < last);
}

const isError = ({ severity }: Problem): boolean => severity === 'error';

/** Where the last rule begins, or what else stands last in the last list or key. */
function lastPartOf(root: SyntaxNode): number {
  let start = root.span.start;
  let node: SyntaxNode | null = root;
  for (let depth = 0; depth < 3 && node !== null; depth++) {
    const here: SyntaxNode | null = dereference(node);
    if (here?.type === 'mapping') {
      const entry = here.entries.at(-1);
      start = entry?.keySpan.start ?? start;
      node = entry?.value ?? null;
    } else if (here?.type === 'sequence') {
      node = here.items.at(-1) ?? null;
      start = node?.span.start ?? start;
    } else node = null;
  }
  return start;
}
