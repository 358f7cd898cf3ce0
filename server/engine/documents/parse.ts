/**
 * Text to syntax trees and plain values: YAML 1.2 core with merge keys, through the `yaml` package. It finds faults of
 * YAML only; whether a document is a right policy or experiment is not its business.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments } from 'yaml';
import { Anchors, link, ReferenceReader, type References, tooManyAliases } from './anchors.ts';
import { tellFaults } from './faults.ts';
import { plainOf } from './plain.ts';
import type { Problem, Span } from './problem.ts';
import { type MappingEntry, type MappingNode, type SyntaxNode, withoutTargets } from './tree.ts';

export interface ParsedDocument {
  /** Null for a document without content. */
  readonly root: SyntaxNode | null;
  readonly value: unknown;
  readonly span: Span;
  readonly problems: readonly Problem[];
}

/** The most faults told of one document; what follows them is noise. */
const maxFaults = 50;

const options = {
  version: '1.2',
  merge: true,
  uniqueKeys: false,
  stringKeys: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** The collections around a part of a document, outermost first; all but the last are mappings. */
export type Spine = readonly { readonly type: 'mapping' | 'sequence'; readonly column: number }[];

/** Entries or items of one collection. Places count from the fragment's beginning. */
export interface Fragment {
  readonly entries: readonly MappingEntry[];
  readonly items: readonly SyntaxNode[];
  readonly problems: readonly Problem[];
  /** The value of each entry or item; empty where that depends on references. */
  readonly values: readonly unknown[];
  /** Null when there are no anchors, aliases or merge keys, so that this means the same whatever is around it. */
  readonly references: References | null;
}

/** One result for each YAML document of a text; none for text without any content. Never throws. */
export function parseYaml(written: string): readonly ParsedDocument[] {
  // A lone `\r` ends a line of YAML, but none for the parser.
  const text = written.replace(/\r(?!\n)/g, '\n');
  const limit = beyondLimits(text);
  if (limit !== null) return [unreadable(limit, text.length)];
  try {
    const documents: Document.Parsed[] = [...parseAllDocuments(text, options)] as Document.Parsed[];
    const starts = documents.map((document, index) => (index === 0 ? 0 : document.range[0]));
    return documents.map((document, index) =>
      convert(document, text, { start: starts[index] ?? 0, end: starts[index + 1] ?? text.length }),
    );
  } catch (error) {
    const message = `this file cannot be read as YAML: ${error instanceof RangeError ? 'it is nested too deeply' : String(error)}`;
    const span = { start: 0, end: Math.min(text.length, 1) };
    return [unreadable({ code: 'yaml/unreadable', severity: 'error', span, message }, text.length)];
  }
}

const unreadable = (problem: Problem, end: number): ParsedDocument => ({
  root: null,
  value: null,
  span: { start: 0, end },
  problems: [problem],
});

/**
 * Whole lines of a document, read as if they stood alone in the innermost collection of `spine`, behind another entry
 * or item. Null when they do not belong to it alone.
 */
export function parseFragment(text: string, spine: Spine): Fragment | null {
  if (beyondLimits(text) !== null) return null;
  // Entries that stand in for what is around the fragment must not have a key of its own.
  let key = '_';
  while (text.includes(key)) key += '_';
  const prefix = spine
    .map(({ type, column }, depth) => {
      const own = type === 'sequence' ? '- 0' : depth === spine.length - 1 ? `${key}: 0` : `${key}:`;
      return `${' '.repeat(column)}${own}\n`;
    })
    .join('');
  try {
    const [document, ...others] = [...parseAllDocuments(prefix + text, options)] as Document.Parsed[];
    return document === undefined || others.length > 0 ? null : extract(document, prefix, text, spine);
  } catch {
    return null;
  }
}

function extract(document: Document.Parsed, prefix: string, text: string, spine: Spine): Fragment | null {
  let collection: unknown = document.contents;
  let isAlone = true;
  for (const { type } of spine.slice(0, -1)) {
    if (type !== 'mapping' || !isMap(collection)) return null;
    isAlone &&= collection.items.length === 1;
    collection = collection.items[0]?.value;
  }
  const isFaulty = document.errors.length > 0;
  // What a fault leads the parser to read around the fragment is no part of it.
  if (!isAlone && !isFaulty) return null;
  const reader = new TreeReader(prefix + text, prefix.length);
  const isSequence = spine.at(-1)?.type === 'sequence';
  if (isSequence ? !isSeq(collection) : !isMap(collection)) return null;
  const node = reader.node(collection as ParsedNode);
  const entries = node.type === 'mapping' ? node.entries.slice(1) : [];
  const items = node.type === 'sequence' ? node.items.slice(1) : [];
  if (entries.length + items.length === 0) return null;
  const content = items[0] ?? entries[0]?.value;
  const begins = entries[0]?.keySpan.start ?? items[0]?.span.start ?? -1;
  if (begins < 0) return null;
  const clip = (offset: number) => Math.max(0, Math.min(offset - prefix.length, text.length));
  const faults = faultsOf(document, (offset) => clip(offset), content ?? null, text);
  return fragmentOf(entries, items, [...faults, ...reader.problems], reader.references.result());
}

/** Entries or items that have been read, as a fragment. */
export function fragmentOf(
  entries: readonly MappingEntry[],
  items: readonly SyntaxNode[],
  problems: readonly Problem[],
  references: References | null,
): Fragment {
  const nodes = references !== null ? [] : entries.length > 0 ? entries.map(({ value }) => value) : items;
  return { entries, items, problems, values: nodes.map((node) => plainOf(node, null)), references };
}

function faultsOf(
  document: Document.Parsed,
  place: (offset: number) => number,
  root: SyntaxNode | null,
  text: string,
): readonly Problem[] {
  const deep = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  const errors = deep === undefined ? document.errors.slice(0, maxFaults) : [deep];
  const all = [...errors, ...document.warnings.slice(0, maxFaults)];
  return tellFaults(
    all.map((error) => ({ error, span: { start: place(error.pos[0]), end: place(error.pos[1]) } })),
    root,
    text,
  );
}

function convert(document: Document.Parsed, text: string, span: Span): ParsedDocument {
  const reader = new TreeReader(text);
  const root = document.contents === null ? null : reader.node(document.contents as ParsedNode);
  const faults = faultsOf(document, (offset) => Math.min(offset, text.length), root, text);
  const problems = [...faults, ...reader.problems];
  if (root === null || isBlank(root)) return { root: null, value: null, span, problems };
  const references = reader.references.result();
  if (references === null) return { root, value: plainOf(root, null), span, problems };
  const {
    values,
    problems: ofReferences,
    isCut,
  } = link({ entries: [], items: [root] }, references, new Anchors(), null);
  const all = [...problems, ...ofReferences];
  return isCut
    ? { root: withoutTargets(root), value: null, span, problems: [...all, tooManyAliases(root)] }
    : { root, value: values[0], span, problems: all };
}

const isBlank = (node: SyntaxNode): boolean =>
  node.type === 'scalar' && node.value === null && node.span.start === node.span.end;

/** Builds the tree and notes what the parser lets pass: duplicate keys and wrong aliases. */
class TreeReader {
  readonly references = new ReferenceReader();
  readonly #duplicates: Problem[] = [];
  readonly #text: string;
  readonly #origin: number;

  /** Places count from `origin`. */
  constructor(text: string, origin = 0) {
    this.#text = text;
    this.#origin = origin;
  }

  get problems(): readonly Problem[] {
    return [...this.#duplicates, ...this.references.problems];
  }

  node(source: ParsedNode): SyntaxNode {
    const anchor = 'anchor' in source ? source.anchor : undefined;
    if (anchor === undefined) return this.#build(source, this.#spanOf(source));
    this.references.begin(anchor);
    const node = this.#build(source, this.#spanOf(source));
    this.references.end(anchor, node);
    return node;
  }

  #build(source: ParsedNode, span: Span): SyntaxNode {
    if (isAlias(source)) return this.references.alias(source.source, span);
    if (isMap(source)) return this.#mapping(source.items as readonly PairSource[], span, source.flow === true);
    if (isSeq(source)) {
      const items = (source.items as readonly ParsedNode[]).map((item) => this.node(item));
      const flow = source.flow === true;
      return { type: 'sequence', span: flow ? span : upTo(span, items.at(-1)?.span), flow, items };
    }
    const value = isScalar(source) ? source.value : null;
    const plain = isScalar(source) && source.type === 'PLAIN';
    return { type: 'scalar', span, value: plainValue(value), plain };
  }

  #mapping(pairs: readonly PairSource[], span: Span, flow: boolean): MappingNode {
    const entries: MappingEntry[] = [];
    const first = new Map<string, Span>();
    for (const pair of pairs) {
      const keySpan = this.#keySpanOf(pair.key);
      const scalar = isScalar(pair.key) ? pair.key.value : null;
      const key = scalar === null ? this.#written(keySpan) : keyText(scalar);
      const merge = key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN';
      const earlier = first.get(key);
      if (earlier !== undefined && !merge) this.#duplicates.push(duplicateKey(key, keySpan, earlier));
      else first.set(key, keySpan);
      this.#markKey(pair.key, keySpan);
      const empty: SyntaxNode = {
        type: 'scalar',
        span: { start: keySpan.end, end: keySpan.end },
        value: null,
        plain: true,
      };
      const value = pair.value === null || pair.value === undefined ? empty : this.node(pair.value);
      if (merge) this.references.merge(value);
      entries.push({ key, keySpan, value, merge });
    }
    return { type: 'mapping', span: flow ? span : upTo(span, entries.at(-1)?.value.span), flow, entries };
  }

  /** An anchor before a key marks the key alone, as a text that aliases behind it stand for. */
  #markKey(key: ParsedNode, span: Span): void {
    if (!isScalar(key) || key.anchor === undefined) return;
    this.references.begin(key.anchor);
    this.references.end(key.anchor, {
      type: 'scalar',
      span,
      value: plainValue(key.value),
      plain: key.type === 'PLAIN',
    });
  }

  #spanOf(source: ParsedNode): Span {
    const [start, end] = source.range ?? [0, 0];
    return { start: start - this.#origin, end: end - this.#origin };
  }

  /** A key without a text stands at its colon. */
  #keySpanOf(key: ParsedNode): Span {
    const span = this.#spanOf(key);
    if (span.start < span.end) return span;
    const gap = /^\s*(?=:)/.exec(this.#written({ start: span.start, end: span.start + 1_000 }))?.[0].length ?? 0;
    return { start: span.start + gap, end: span.end + gap };
  }

  #written({ start, end }: Span): string {
    return this.#text.slice(start + this.#origin, end + this.#origin);
  }
}

interface PairSource {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

const keyText = (value: unknown): string => (typeof value === 'symbol' ? (value.description ?? '<<') : String(value));

/** A block collection ends with its last value; the parser counts blank lines and comments behind it, too. */
const upTo = (span: Span, last: Span | undefined): Span => ({
  start: span.start,
  end: last === undefined ? span.end : Math.max(span.start, last.end),
});

export const duplicateKey = (key: string, span: Span, earlier: Span): Problem => ({
  code: 'yaml/duplicate-key',
  severity: 'error',
  span,
  message: `key \`${key}\` is written twice here; keep one of them`,
  related: [{ span: earlier, message: `\`${key}\` is written first here` }],
});

function plainValue(value: unknown): null | boolean | number | string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  return typeof value === 'symbol' ? keyText(value) : value === undefined ? null : String(value);
}

/** The most units of a text, and the most lines and documents in it, that are read. */
const maxTextLength = 8_000_000;
const maxLines = 200_000;
const maxDocuments = 1_000;
/**
 * The same for what only the full parser can read: units of a line, brackets and dashes inside one another, lines indented
 * ever deeper, and signs, each of which costs it half a kB or more. Well below what a stack holds: where that ends is chance.
 */
const maxLineLength = 1_000_000;
const maxNesting = 500;
const maxIndents = 200;
const maxSigns = 300_000;

const limit = (code: string, start: number, message: string, help: string): Problem => ({
  code,
  severity: 'error',
  span: { start, end: start + 1 },
  message,
  help,
});

/** What keeps a text from being read at all: reading it would take more time and memory than anybody waits for. */
export function tooLarge(length: number, lines: number, documents: number): ParsedDocument | null {
  const [most, what] =
    length > maxTextLength
      ? [maxTextLength, 'characters']
      : lines > maxLines
        ? [maxLines, 'lines']
        : [maxDocuments, documents > maxDocuments ? 'documents' : null];
  if (what === null) return null;
  const message = `this file has more than ${most} ${what} and is not read`;
  return unreadable(limit('yaml/too-large', 0, message, 'split it'), length);
}

/** What keeps a text from being read by the full parser. */
function beyondLimits(text: string): Problem | null {
  let depth = 0;
  let lineStart = 0;
  let dashes = 0;
  let isLeading = true;
  let signs = 0;
  const indents = new Indents();
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit === 10) {
      lineStart = offset + 1;
      dashes = 0;
      isLeading = true;
      continue;
    }
    if (isLeading && unit !== 32) {
      const isDash = unit === 45 && text.charCodeAt(offset + 1) === 32;
      isLeading = isDash;
      if (unit !== 13) indents.pass(offset - lineStart);
    }
    if (offset - lineStart >= maxLineLength)
      return limit(
        'yaml/long-line',
        lineStart,
        `this line has more than ${maxLineLength} characters and is not read`,
        'write the text in several lines, or keep it in a file of its own',
      );
    if (unit === 91 || unit === 123) depth++;
    else if (unit === 93 || unit === 125) depth = Math.max(0, depth - 1);
    else if ((unit === 45 || unit === 63) && text.charCodeAt(offset + 1) === 32) dashes++;
    if (depth > maxNesting || dashes > maxNesting || indents.depth > maxIndents)
      return limit('yaml/too-deep', offset, 'this is nested too deeply to be read', 'close what is open before this');
    if (isSign(unit) && ++signs > maxSigns) {
      const message = `more than ${maxSigns} signs such as \`,\`, \`:\` and \`"\` in one value are not read`;
      return limit('yaml/too-large', offset, message, 'keep it in a file of its own');
    }
  }
  return null;
}

/** How many indentations are inside one another, from line to line. */
class Indents {
  readonly #columns: number[] = [];

  get depth(): number {
    return this.#columns.length;
  }

  /** Goes on to something that begins at a column. */
  pass(column: number): void {
    while ((this.#columns.at(-1) ?? -1) >= column) this.#columns.pop();
    this.#columns.push(column);
  }
}

/** One of `! " & ' * , :`. */
const isSign = (unit: number): boolean =>
  unit === 44 || unit === 58 || unit === 34 || unit === 39 || unit === 33 || unit === 38 || unit === 42;
