/**
 * Trees to plain JavaScript values: aliases share the value of what they stand for, merge keys are followed. It does not
 * look for aliases' targets outside of the tree; who has them passes them in.
 */
import { type MappingEntry, OpenAlias, type SyntaxNode } from './tree.ts';

/** What is needed to read trees with aliases: what has been read already, and values from outside of the tree. */
export interface Unfolding {
  readonly known: Map<SyntaxNode, unknown>;
  readonly outside: (name: string) => unknown;
}

/** The plain value of a node; trees without aliases and merge keys need no `unfolding`. */
export function plainOf(node: SyntaxNode, unfolding: Unfolding | null): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'alias') {
    if (node instanceof OpenAlias) return unfolding?.outside(node.name) ?? null;
    return node.target === null ? null : plainOf(node.target, unfolding);
  }
  const known = unfolding?.known.get(node);
  if (known !== undefined) return known;
  const value =
    node.type === 'sequence' ? node.items.map((item) => plainOf(item, unfolding)) : recordOf(node.entries, unfolding);
  unfolding?.known.set(node, value);
  return value;
}

function recordOf(entries: readonly MappingEntry[], unfolding: Unfolding | null): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const entry of entries) put(record, entry, plainOf(entry.value, unfolding));
  return record;
}

/**
 * The plain value of a mapping. Of keys that are written twice the last one counts, before what any merge key brings in;
 * of merge keys, the first.
 */
export function recordFrom(entries: readonly MappingEntry[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (entry !== undefined) put(record, entry, values[index]);
  }
  return record;
}

function put(record: Record<string, unknown>, { key, merge }: MappingEntry, value: unknown): void {
  if (!merge) setOwn(record, key, value);
  else
    for (const part of mergeParts(value))
      for (const each of Object.keys(part)) if (!Object.hasOwn(record, each)) setOwn(record, each, part[each]);
}

/** What a merge key brings in; the parts of a list that are none are left out. */
const mergeParts = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (Array.isArray(value) ? value : [value]).filter(isRecord);

/** Whether a merge key may have this value. */
export const canBeMerged = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isRecord) : isRecord(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A key named `__proto__` must stay a key and not become the object's prototype. */
function setOwn(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  else record[key] = value;
}
