/**
 * The syntax tree of a YAML document as the rest of Assay sees it: mappings, sequences, scalars and aliases with their
 * places. It hides the parser, so that another one can build the same tree.
 */
import type { Path, Span } from './problem.ts';

export interface ScalarNode {
  readonly type: 'scalar';
  readonly span: Span;
  readonly value: null | boolean | number | string;
  /** Whether it was written without quotes and not as a block. */
  readonly plain: boolean;
}

export interface AliasNode {
  readonly type: 'alias';
  readonly span: Span;
  readonly name: string;
  /** Null when there is no such anchor, or when the alias stands inside what it stands for. */
  readonly target: SyntaxNode | null;
}

/** In a part of a document that was read for itself: an alias of an anchor that stands before the part, if anywhere. */
export class OpenAlias implements AliasNode {
  readonly type = 'alias';
  readonly target = null;
  readonly span: Span;
  readonly name: string;

  constructor(name: string, span: Span) {
    this.span = span;
    this.name = name;
  }
}

export interface SequenceNode {
  readonly type: 'sequence';
  readonly span: Span;
  readonly flow: boolean;
  readonly items: readonly SyntaxNode[];
  /** Where to make all items would be a waste: how many there are, and one of them. */
  readonly itemCount?: number;
  itemAt?(index: number): SyntaxNode | undefined;
}

export interface MappingEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: SyntaxNode;
  /** Whether this is a merge key, `<<`. */
  readonly merge: boolean;
}

export interface MappingNode {
  readonly type: 'mapping';
  readonly span: Span;
  readonly flow: boolean;
  readonly entries: readonly MappingEntry[];
}

export type SyntaxNode = ScalarNode | AliasNode | SequenceNode | MappingNode;

/** Where the value at a path stands, and its key when it has one. */
export interface Location {
  readonly key?: Span;
  readonly value: Span;
  /** The alias, by itself or behind a merge key, that repeats the value on this path; left out where it is written there. */
  readonly repeatedAt?: Span;
}

/** What an offset points at: the innermost node, the path to it, and whether the offset is on its key. */
export interface PlaceInTree {
  readonly path: Path;
  readonly node: SyntaxNode;
  readonly onKey: boolean;
  readonly span: Span;
}

/** The node that an alias stands for; other nodes stand for themselves. */
export const dereference = (node: SyntaxNode | null): Exclude<SyntaxNode, AliasNode> | null => {
  let current = node;
  while (current?.type === 'alias') current = current.target;
  return current;
};

/** The same tree, where no alias stands for anything: one that unfolds to too much may be written out nowhere. */
export function withoutTargets(node: SyntaxNode): SyntaxNode {
  const { type, span } = node;
  if (type === 'alias') return { type, span, name: node.name, target: null };
  if (type === 'mapping') {
    const entries = node.entries.map((entry) => ({ ...entry, value: withoutTargets(entry.value) }));
    return { type, span, flow: node.flow, entries };
  }
  // A list of which not all items are made has no aliases.
  return type === 'scalar' || node.itemAt !== undefined
    ? node
    : { type, span, flow: node.flow, items: node.items.map(withoutTargets) };
}

/** The item at a position of a list; undefined when there is none. */
export const itemAt = (list: SequenceNode, index: number): SyntaxNode | undefined =>
  list.itemAt === undefined ? list.items[index] : list.itemAt(index);

/** Mappings with more keys than this are looked through once. */
const fewEntries = 100;

interface Entries {
  /** The last entry of each key. */
  readonly own: ReadonlyMap<string, MappingEntry>;
  readonly merges: readonly MappingEntry[];
}
const entriesOf = new WeakMap<MappingNode, Entries>();

function lookThrough(mapping: MappingNode): Entries {
  const before = entriesOf.get(mapping);
  if (before !== undefined) return before;
  const own = new Map(mapping.entries.filter(({ merge }) => !merge).map((entry) => [entry.key, entry]));
  const found = { own, merges: mapping.entries.filter(({ merge }) => merge) };
  entriesOf.set(mapping, found);
  return found;
}

/** The entry of a key, looking through merge keys when the mapping itself does not have it. */
export const entryOf = (mapping: MappingNode, key: string): MappingEntry | null =>
  ownEntry(mapping, key) ?? reachEntry(mapping, key)?.entry ?? null;

function ownEntry(mapping: MappingNode, key: string): MappingEntry | undefined {
  if (mapping.entries.length > fewEntries) return lookThrough(mapping).own.get(key);
  return mapping.entries.findLast((entry) => entry.key === key && !entry.merge);
}

const mergesIn = (mapping: MappingNode): readonly MappingEntry[] =>
  mapping.entries.length > fewEntries ? lookThrough(mapping).merges : mapping.entries.filter((entry) => entry.merge);

/** Where the value of a key stands or, when it comes through a merge key, what is merged; null when there is none. */
export function writtenAt(mapping: MappingNode, key: string): Span | null {
  const found = reachEntry(mapping, key);
  return found === null ? null : (found.merged?.span ?? found.entry.value.span);
}

/** An entry, and the alias behind a merge key that it comes through. */
interface Reached {
  readonly entry: MappingEntry;
  readonly merged: AliasNode | null;
}

function reachEntry(mapping: MappingNode, key: string): Reached | null {
  const own = ownEntry(mapping, key);
  if (own !== undefined) return { entry: own, merged: null };
  for (const { value } of mergesIn(mapping)) {
    const source = dereference(value);
    for (const merged of source?.type === 'sequence' ? source.items : [value]) {
      const target = dereference(merged);
      const found = target?.type === 'mapping' ? reachEntry(target, key) : null;
      if (found === null) continue;
      const alias = [value, merged].find((each) => each.type === 'alias');
      return { entry: found.entry, merged: alias ?? found.merged };
    }
  }
  return null;
}

/** The place of the value at `path`; aliases lead to where the text really is. */
export function locateIn(root: SyntaxNode, path: Path): (Location & { readonly node: SyntaxNode }) | null {
  let node: SyntaxNode = root;
  let key: Span | undefined;
  let repeatedAt: Span | undefined;
  for (const step of path) {
    if (node.type === 'alias') repeatedAt ??= node.span;
    const parent: SyntaxNode | null = dereference(node);
    if (parent?.type === 'mapping') {
      const reached = reachEntry(parent, String(step));
      if (reached === null) return null;
      repeatedAt ??= reached.merged?.span;
      key = reached.entry.keySpan;
      node = reached.entry.value;
    } else if (parent?.type === 'sequence') {
      const item: SyntaxNode | undefined = itemAt(parent, Number(step));
      if (item === undefined) return null;
      key = undefined;
      node = item;
    } else return null;
  }
  return { ...(key && { key }), value: node.span, ...(repeatedAt && { repeatedAt }), node };
}

/** The innermost place that holds `offset`, ends included; null outside the tree. */
export function placeAt(root: SyntaxNode, offset: number): PlaceInTree | null {
  if (!holds(root.span, offset)) return null;
  const path: (string | number)[] = [];
  let node = root;
  for (;;) {
    if (node.type === 'mapping') {
      const near = entriesNear(node, offset);
      const onKey = near.find((entry) => holds(entry.keySpan, offset));
      if (onKey) return { path: [...path, onKey.key], node: onKey.value, onKey: true, span: onKey.keySpan };
      const inside: MappingEntry | undefined = near.find((entry) => holds(entry.value.span, offset));
      if (!inside) break;
      path.push(inside.key);
      node = inside.value;
    } else if (node.type === 'sequence') {
      const index: number = firstEndingFrom(node, offset);
      const item = itemAt(node, index);
      if (!item || !holds(item.span, offset)) break;
      path.push(index);
      node = item;
    } else break;
  }
  return { path, node, onKey: false, span: node.span };
}

/** All entries, or of many those that an offset may be in; entries follow each other. */
function entriesNear({ entries }: MappingNode, offset: number): readonly MappingEntry[] {
  if (entries.length <= fewEntries) return entries;
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.keySpan.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return entries.slice(Math.max(0, low - fewEntries), low);
}

/** The first item that ends at `offset` or behind it; items follow each other. */
function firstEndingFrom(list: SequenceNode, offset: number): number {
  let [low, high] = [0, list.itemCount ?? list.items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((itemAt(list, middle)?.span.end ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const holds = (span: Span, offset: number): boolean => span.start <= offset && offset <= span.end;
