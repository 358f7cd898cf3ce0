/**
 * Text to syntax trees and plain values: YAML 1.2 core with merge keys, through the `yaml` package. It finds faults of
 * YAML only; whether a document is a right policy or experiment is not its business.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Problem, Span } from './problem.ts';
import { dereference, entryOf, type MappingEntry, type MappingNode, type SyntaxNode } from './tree.ts';
import { suggest } from './words.ts';

export interface ParsedDocument {
  /** Null for a document without content. */
  readonly root: SyntaxNode | null;
  readonly value: unknown;
  readonly span: Span;
  readonly problems: readonly Problem[];
}

/** The most nodes that aliases may unfold to, beyond those that are written out. */
const maxUnfoldedNodes = 100_000;
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

/** One result for each YAML document of `text`; none for text without any content. Never throws. */
export function parseYaml(text: string): readonly ParsedDocument[] {
  try {
    const documents: Document.Parsed[] = [...parseAllDocuments(text, options)] as Document.Parsed[];
    return documents.map((document) => convert(document, text));
  } catch (error) {
    const span = { start: 0, end: Math.min(text.length, 1) };
    const message = `this file cannot be read as YAML: ${error instanceof RangeError ? 'it is nested too deeply' : String(error)}`;
    return [
      { root: null, value: null, span, problems: [{ code: 'yaml/unreadable', severity: 'error', span, message }] },
    ];
  }
}

function convert(document: Document.Parsed, text: string): ParsedDocument {
  const [start, , end] = document.range;
  const span = { start, end };
  const reader = new TreeReader(text);
  const root = document.contents === null ? null : reader.node(document.contents as ParsedNode);
  const deep = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  const errors = deep === undefined ? document.errors : [deep];
  const faults = errors.slice(0, maxFaults).map((error) => faultOf(error, root, text));
  const warnings = document.warnings.slice(0, maxFaults).map((warning) => faultOf(warning, root, text));
  const problems = [...faults, ...warnings, ...reader.problems];
  if (root === null || isBlank(root)) return { root: null, value: null, span, problems };
  if (reader.unfoldedSize(root) - reader.written > maxUnfoldedNodes)
    return {
      root,
      value: null,
      span,
      problems: [
        ...problems,
        {
          code: 'yaml/too-many-aliases',
          severity: 'error',
          span: firstAlias(root)?.span ?? root.span,
          message: `the aliases of this document unfold to more than ${maxUnfoldedNodes} values`,
          help: 'write fewer aliases of aliases',
        },
      ],
    };
  return { root, value: plainOf(root, new Map()), span, problems };
}

const isBlank = (node: SyntaxNode): boolean =>
  node.type === 'scalar' && node.value === null && node.span.start === node.span.end;

/** Builds the tree and notes what the parser lets pass: duplicate keys and aliases without anchors. */
class TreeReader {
  readonly problems: Problem[] = [];
  written = 0;
  readonly #text: string;
  readonly #anchors = new Map<string, SyntaxNode | null>();
  readonly #sizes = new Map<SyntaxNode, number>();

  constructor(text: string) {
    this.#text = text;
  }

  node(source: ParsedNode): SyntaxNode {
    this.written++;
    const anchor = 'anchor' in source ? source.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const node = this.#build(source, spanOf(source));
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #build(source: ParsedNode, span: Span): SyntaxNode {
    if (isAlias(source)) return this.#alias(source.source, span);
    if (isMap(source)) return this.#mapping(source.items as readonly PairSource[], span, source.flow === true);
    if (isSeq(source)) {
      const items = (source.items as readonly ParsedNode[]).map((item) => this.node(item));
      return { type: 'sequence', span, flow: source.flow === true, items };
    }
    const value = isScalar(source) ? source.value : null;
    const plain = isScalar(source) && source.type === 'PLAIN';
    return { type: 'scalar', span, value: plainValue(value), plain };
  }

  #alias(name: string, span: Span): SyntaxNode {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const near = suggest(name, this.#anchors.keys());
      const message = `there is no anchor \`&${name}\` before this alias${near === null ? '' : `; did you mean \`*${near}\`?`}`;
      this.problems.push({ code: 'yaml/unknown-alias', severity: 'error', span, message });
    } else if (target === null)
      this.problems.push({
        code: 'yaml/cyclic-alias',
        severity: 'error',
        span,
        message: `\`*${name}\` stands inside what it stands for`,
      });
    return { type: 'alias', span, name, target: target ?? null };
  }

  #mapping(pairs: readonly PairSource[], span: Span, flow: boolean): MappingNode {
    const entries: MappingEntry[] = [];
    const first = new Map<string, Span>();
    for (const pair of pairs) {
      const keySpan = spanOf(pair.key);
      const scalar = isScalar(pair.key) ? pair.key.value : null;
      const key = scalar === null ? this.#text.slice(keySpan.start, keySpan.end) : keyText(scalar);
      const merge = key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN';
      const earlier = first.get(key);
      if (earlier !== undefined && !merge) this.#duplicate(key, keySpan, earlier);
      else first.set(key, keySpan);
      const empty: SyntaxNode = {
        type: 'scalar',
        span: { start: keySpan.end, end: keySpan.end },
        value: null,
        plain: true,
      };
      const value = pair.value === null || pair.value === undefined ? empty : this.node(pair.value);
      if (merge) this.#checkMerge(value);
      entries.push({ key, keySpan, value, merge });
    }
    return { type: 'mapping', span, flow, entries };
  }

  #duplicate(key: string, span: Span, earlier: Span): void {
    this.problems.push({
      code: 'yaml/duplicate-key',
      severity: 'error',
      span,
      message: `key \`${key}\` is written twice here; keep one of them`,
      related: [{ span: earlier, message: `\`${key}\` is written first here` }],
    });
  }

  #checkMerge(value: SyntaxNode): void {
    const source = dereference(value);
    const parts = source?.type === 'sequence' ? source.items.map(dereference) : [source];
    if (value.type === 'alias' && value.target === null) return;
    if (parts.every((part) => part?.type === 'mapping')) return;
    this.problems.push({
      code: 'yaml/bad-merge',
      severity: 'error',
      span: value.span,
      message: '`<<` takes an alias of a mapping, or a list of them',
    });
  }

  /** How many nodes a tree has when every alias is written out; infinite for very many. */
  unfoldedSize(node: SyntaxNode): number {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    if (node.type === 'alias') size = node.target === null ? 1 : this.unfoldedSize(node.target);
    else if (node.type === 'sequence') for (const item of node.items) size += this.unfoldedSize(item);
    else if (node.type === 'mapping') for (const entry of node.entries) size += this.unfoldedSize(entry.value);
    this.#sizes.set(node, size);
    return size;
  }
}

interface PairSource {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

const keyText = (value: unknown): string => (typeof value === 'symbol' ? (value.description ?? '<<') : String(value));

function spanOf(source: ParsedNode): Span {
  const [start, end] = source.range ?? [0, 0];
  return { start, end };
}

function plainValue(value: unknown): null | boolean | number | string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  return typeof value === 'symbol' ? keyText(value) : value === undefined ? null : String(value);
}

function firstAlias(node: SyntaxNode): SyntaxNode | null {
  if (node.type === 'alias') return node;
  const children =
    node.type === 'sequence' ? node.items : node.type === 'mapping' ? node.entries.map((entry) => entry.value) : [];
  for (const child of children) {
    const found = firstAlias(child);
    if (found !== null) return found;
  }
  return null;
}

/** The plain value of a node. Aliases share the value of what they stand for. */
function plainOf(node: SyntaxNode, known: Map<SyntaxNode, unknown>): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'alias') return node.target === null ? null : plainOf(node.target, known);
  if (known.has(node)) return known.get(node);
  const value = node.type === 'sequence' ? node.items.map((item) => plainOf(item, known)) : recordOf(node, known);
  known.set(node, value);
  return value;
}

function recordOf(node: MappingNode, known: Map<SyntaxNode, unknown>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const key of keysOf(node)) {
    const entry = entryOf(node, key);
    // A key named `__proto__` must stay a key and not become the object's prototype.
    if (entry !== null)
      Object.defineProperty(record, key, {
        value: plainOf(entry.value, known),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return record;
}

/** The keys of a mapping, those that merge keys bring in included, each once. */
function keysOf(node: MappingNode): Set<string> {
  const keys = new Set<string>();
  for (const entry of node.entries) {
    if (!entry.merge) keys.add(entry.key);
    else {
      const source = dereference(entry.value);
      for (const part of source?.type === 'sequence' ? source.items : [source]) {
        const target = dereference(part);
        if (target?.type === 'mapping') for (const key of keysOf(target)) keys.add(key);
      }
    }
  }
  return keys;
}

/** The parser's messages in an author's words; those that are not here are clear as they are. */
const plainMessages: readonly (readonly [RegExp, string, string?])[] = [
  [/^Implicit map keys need to be followed by map values/, 'a key needs a `:` and a value', 'write `key: value`'],
  [/^Implicit keys need to be on a single line/, 'a key must be on one line', 'is a `:` missing here?'],
  [/^Tabs are not allowed as indentation/, 'a tab cannot indent YAML', 'indent with spaces'],
  [/^Nested mappings are not allowed in compact mappings/, 'a second `:` on one line', 'put the value in quotes'],
  [/^All mapping items must start at the same column/, 'this key is not indented like those beside it'],
  [/^A collection cannot be both a mapping and a sequence/, 'keys and list items are mixed here'],
  [/^With stringKeys, all keys must be strings/, 'a key must be a plain word'],
  [/^Missing closing .quote/, 'this quote is not closed'],
  [/^Plain value cannot start with reserved character (.)/, 'a value that begins with `$1` needs quotes'],
  [/^Unresolved tag: (.*)/, 'the tag `$1` means nothing here; the value is read as it is written'],
];

function faultOf(error: YAMLError, root: SyntaxNode | null, text: string): Problem {
  let span: Span = { start: Math.min(error.pos[0], text.length), end: Math.min(error.pos[1], text.length) };
  const raw = error.message.split('\n')[0] ?? error.message;
  if (error.code === 'RESOURCE_EXHAUSTION')
    return { code: 'yaml/too-deep', severity: 'error', span, message: 'this is nested too deeply to be read' };
  if (/^Missing closing .quote/.test(raw)) span = openingLine(root, span, text);
  const known = plainMessages.find(([pattern]) => pattern.test(raw));
  const message = known
    ? raw.replace(known[0], known[1]).slice(0, 300)
    : (raw.charAt(0).toLowerCase() + raw.slice(1)).replace(/\.$/, '');
  return {
    code: `yaml/${error.code.toLowerCase().replaceAll('_', '-')}`,
    severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
    span,
    message,
    ...(known?.[2] !== undefined && { help: known[2] }),
  };
}

/** The parser sees an open quote at the end of the file; an author looks for it where it opens. */
function openingLine(root: SyntaxNode | null, span: Span, text: string): Span {
  let node = root;
  while (node !== null && (node.type === 'mapping' || node.type === 'sequence')) {
    const last: SyntaxNode | undefined = node.type === 'mapping' ? node.entries.at(-1)?.value : node.items.at(-1);
    if (last === undefined) break;
    node = last;
  }
  if (node?.type !== 'scalar' || node.plain) return span;
  const lineEnd = text.slice(node.span.start).search(/[\r\n]/);
  return { start: node.span.start, end: lineEnd < 0 ? text.length : node.span.start + lineEnd };
}
