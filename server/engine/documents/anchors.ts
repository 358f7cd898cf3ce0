/**
 * Anchors, aliases and merge keys over the parts of a document: what a part defines, what it takes from those before it,
 * and the values that come of it. A part is read for itself and linked here; nothing is parsed.
 */
import { canBeMerged, plainOf, type Unfolding } from './plain.ts';
import type { Problem, Span } from './problem.ts';
import { type AliasNode, type MappingEntry, OpenAlias, type SyntaxNode } from './tree.ts';
import { suggest } from './words.ts';

/** The most nodes that aliases of a document may unfold to, beyond those that are written out. */
const maxUnfoldedNodes = 100_000;
/** With more anchors than this before it, nobody is told which one a wrong alias may have meant. */
const maxSuggested = 200;
/** The most wrong aliases and merge keys told of one part; what follows them is noise. */
const maxFaults = 50;

/** What a part of a document has of anchors, aliases and merge keys; places count from the part's beginning. */
export interface References {
  readonly aliases: readonly AliasNode[];
  /** Of each name the last one, which is what parts behind this one see. */
  readonly anchors: ReadonlyMap<string, SyntaxNode>;
  /** The values of merge keys. */
  readonly merges: readonly SyntaxNode[];
}

/** Takes note of anchors and aliases while a reader goes through a text. */
export class ReferenceReader {
  readonly problems: Problem[] = [];
  readonly #aliases: AliasNode[] = [];
  readonly #merges: SyntaxNode[] = [];
  readonly #anchors = new Map<string, SyntaxNode | null>();

  /** An anchor; it can be used only behind the value that it marks. */
  begin(name: string): void {
    this.#anchors.set(name, null);
  }

  end(name: string, node: SyntaxNode): void {
    this.#anchors.set(name, node);
  }

  merge(value: SyntaxNode): void {
    this.#merges.push(value);
  }

  alias(name: string, span: Span): AliasNode {
    const target = this.#anchors.get(name);
    const alias: AliasNode = target === undefined ? new OpenAlias(name, span) : { type: 'alias', span, name, target };
    this.#aliases.push(alias);
    const message = `\`*${name}\` stands inside what it stands for`;
    if (target === null && this.problems.length < maxFaults)
      this.problems.push({ code: 'yaml/cyclic-alias', severity: 'error', span, message });
    return alias;
  }

  /** Null when there was nothing of the kind. */
  result(): References | null {
    if (this.#aliases.length + this.#merges.length + this.#anchors.size === 0) return null;
    const anchors = new Map<string, SyntaxNode>();
    for (const [name, node] of this.#anchors) if (node !== null) anchors.set(name, node);
    return { aliases: this.#aliases, anchors, merges: this.#merges };
  }
}

/** What an anchor marks. */
export interface Marked {
  readonly node: SyntaxNode;
  readonly value: unknown;
  /** How many nodes it has when every alias is written out; infinite for very many. */
  readonly size: number;
}

/** What the anchors before one place of a document mark, in their places in the document. */
export class Anchors {
  readonly #marked = new Map<string, Marked>();
  readonly #before: (readonly [name: string, before: Marked | undefined])[] = [];
  #excess = 0;

  get(name: string): Marked | null {
    return this.#marked.get(name) ?? null;
  }

  /** Whether the aliases so far, and others that unfold to `more` nodes, unfold to more than is read. */
  areTooMany(more = 0): boolean {
    return this.#excess + more > maxUnfoldedNodes;
  }

  /** The names to choose from where one is wrong. */
  get names(): readonly string[] {
    return this.#marked.size > maxSuggested ? [] : [...this.#marked.keys()];
  }

  /** Goes on behind a part: what it marks, and how many nodes its aliases stand for. */
  pass(marked: ReadonlyMap<string, Marked>, excess: number): void {
    this.#excess += excess;
    for (const [name, each] of marked) {
      this.#before.push([name, this.#marked.get(name)]);
      this.#marked.set(name, each);
    }
  }

  /** Where this is, to come back to. */
  get position(): AnchorPosition {
    return { passed: this.#before.length, excess: this.#excess };
  }

  goBack({ passed, excess }: AnchorPosition): void {
    this.#excess = excess;
    while (this.#before.length > passed) {
      const [name, before] = this.#before.pop() ?? [''];
      if (before === undefined) this.#marked.delete(name);
      else this.#marked.set(name, before);
    }
  }
}

export interface AnchorPosition {
  readonly passed: number;
  readonly excess: number;
}

/** A part of a document in the light of the anchors before it. */
export interface Linked {
  /** The values of the part's nodes; all null when aliases unfold to too much. */
  readonly values: readonly unknown[];
  /** Those of aliases and merge keys; places count from the part's beginning. */
  readonly problems: readonly Problem[];
  /** What the part marks; places count from its beginning. */
  readonly marked: ReadonlyMap<string, Marked>;
  /** How many nodes the part's aliases unfold to. */
  readonly excess: number;
  /** What came from outside, by name: the part has to be linked again only when that changes. */
  readonly taken: ReadonlyMap<string, Marked | null>;
  /** The names to choose from, when an alias of the part is wrong. */
  readonly names: readonly string[];
  readonly isCut: boolean;
}

/** A part read for itself: the entries or items of one collection. */
interface Part {
  readonly entries: readonly MappingEntry[];
  readonly items: readonly SyntaxNode[];
}

/** Gives `before` again when nothing that it took has changed. */
export function link(part: Part, references: References, anchors: Anchors, before: Linked | null): Linked {
  return before !== null && isCurrent(before, anchors) ? before : linkAfresh(part, references, anchors);
}

function isCurrent({ taken, names, excess, isCut }: Linked, anchors: Anchors): boolean {
  if (isCut || anchors.areTooMany(excess)) return false;
  let isWrong = false;
  for (const [name, marked] of taken) {
    const now = anchors.get(name);
    if (now?.value !== marked?.value || now?.size !== marked?.size) return false;
    isWrong ||= now === null;
  }
  if (!isWrong) return true;
  const now = anchors.names;
  return now.length === names.length && now.every((name, index) => name === names[index]);
}

function linkAfresh({ entries, items }: Part, references: References, anchors: Anchors): Linked {
  const taken = new Map<string, Marked | null>();
  for (const alias of references.aliases)
    if (alias instanceof OpenAlias) taken.set(alias.name, anchors.get(alias.name));
  const sizes = new Map<SyntaxNode, number>();
  const sizeOf = (node: SyntaxNode) => unfoldedSize(node, taken, sizes);
  let excess = 0;
  for (const alias of references.aliases) excess += sizeOf(alias) - 1;
  const isCut = anchors.areTooMany(excess);
  const unfolding: Unfolding = { known: new Map(), outside: (name) => taken.get(name)?.value ?? null };
  const read = (node: SyntaxNode) => (isCut ? null : plainOf(node, unfolding));
  const names = [...taken.values()].includes(null) ? anchors.names : [];
  const unknown = references.aliases.filter((alias) => alias instanceof OpenAlias && taken.get(alias.name) === null);
  const isToldAlready = (value: SyntaxNode) =>
    value.type === 'alias' && value.target === null && !taken.get(value.name);
  const bad = references.merges.filter((value) => !isCut && !isToldAlready(value) && !canBeMerged(read(value)));
  const problems = [
    ...unknown.slice(0, maxFaults).map((alias) => unknownAlias(alias, [...names, ...namesBefore(references, alias)])),
    ...bad.slice(0, maxFaults).map(badMerge),
  ];
  const values = [...items.map(read), ...entries.map(({ value }) => read(value))];
  const marked = new Map<string, Marked>();
  for (const [name, node] of references.anchors) marked.set(name, { node, value: read(node), size: sizeOf(node) });
  return { values, problems, marked, excess, taken, names, isCut };
}

/** How many nodes a tree has when every alias is written out. */
function unfoldedSize(
  node: SyntaxNode,
  taken: ReadonlyMap<string, Marked | null>,
  sizes: Map<SyntaxNode, number>,
): number {
  if (node.type === 'scalar') return 1;
  if (node instanceof OpenAlias) return taken.get(node.name)?.size ?? 1;
  if (node.type === 'alias') return node.target === null ? 1 : unfoldedSize(node.target, taken, sizes);
  const known = sizes.get(node);
  if (known !== undefined) return known;
  let size = 1;
  if (node.type === 'sequence') for (const item of node.items) size += unfoldedSize(item, taken, sizes);
  else for (const entry of node.entries) size += unfoldedSize(entry.value, taken, sizes);
  sizes.set(node, size);
  return size;
}

const namesBefore = ({ anchors }: References, alias: AliasNode): readonly string[] =>
  anchors.size > maxSuggested
    ? []
    : [...anchors].flatMap(([name, node]) => (node.span.start <= alias.span.start ? name : []));

function unknownAlias({ name, span }: AliasNode, names: readonly string[]): Problem {
  const near = suggest(name, names);
  const isPattern = near === null && (names.length === 0 || !/^[A-Za-z0-9][\w-]*$/.test(name));
  const message = isPattern
    ? `\`*${name}\` needs quotes: without them, what begins with \`*\` is an alias of an anchor, and there is no such anchor`
    : `there is no anchor \`&${name}\` before this alias${near === null ? '' : `; did you mean \`*${near}\`?`}`;
  const help = isPattern ? `write \`"*${name}"\`` : 'put it in quotes if it is a pattern';
  return { code: 'yaml/unknown-alias', severity: 'error', span, message, help };
}

const badMerge = ({ span }: SyntaxNode): Problem => ({
  code: 'yaml/bad-merge',
  severity: 'error',
  span,
  message: '`<<` takes an alias of a mapping, or a list of them',
});

/** What is told of a document whose aliases unfold to too much. */
export const tooManyAliases = (root: SyntaxNode): Problem => ({
  code: 'yaml/too-many-aliases',
  severity: 'error',
  span: firstAlias(root)?.span ?? root.span,
  message: `the aliases of this document unfold to more than ${maxUnfoldedNodes} values`,
  help: 'write fewer aliases of aliases',
});

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
