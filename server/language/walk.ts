/**
 * Goes through the keys and scalars of a document with what the schemas say of each, within a span where one is given.
 * Text that an alias repeats is met once, where it is written.
 */
import {
  documentSchema,
  type MappingEntry,
  type MappingNode,
  propertiesOf,
  type ScalarNode,
  type Schema,
  type SourceDocument,
  type Span,
  type SyntaxNode,
  schemaBelow,
  signals,
} from '../engine/documents/index.ts';

export type Signal = (typeof signals)[number];

/** Where a node stands. */
export interface Place {
  /** Null where the schemas say nothing. */
  readonly schema: Schema | null;
  /** The signal whose test this is, or is part of. */
  readonly signal: Signal | null;
  /** The nearest key around it; empty at the top. */
  readonly key: string;
  /** How many keys and items are around it. */
  readonly depth: number;
}

export interface Visitor {
  mapping?(node: MappingNode, place: Place): void;
  /** `place` is that of the entry's value, `around` that of its mapping. */
  key?(entry: MappingEntry, place: Place, around: Place): void;
  scalar?(node: ScalarNode, place: Place): void;
}

const signalsByName = new Map<string, Signal>(signals.map((signal) => [signal.name, signal]));

/** Visits what touches `span`, in the order of the text. */
export function walk(document: SourceDocument, span: Span | null, visitor: Visitor): void {
  if (document.root === null) return;
  const schema = document.kind === null ? null : documentSchema(document.kind);
  visit(document.root, { schema, signal: null, key: '', depth: 0 }, span, visitor);
}

function visit(node: SyntaxNode, place: Place, span: Span | null, visitor: Visitor): void {
  if (!touches(node.span, span)) return;
  if (node.type === 'scalar') visitor.scalar?.(node, place);
  else if (node.type === 'sequence') {
    const below = { ...place, schema: schemaOf(place.schema, 0), depth: place.depth + 1 };
    for (const item of node.items) visit(item, below, span, visitor);
  } else if (node.type === 'mapping') {
    visitor.mapping?.(node, place);
    for (const entry of node.entries) {
      const { key, keySpan, value } = entry;
      if (!touches({ start: keySpan.start, end: Math.max(keySpan.end, value.span.end) }, span)) continue;
      const schema = schemaOf(place.schema, key);
      const signal = place.signal ?? signalAt(key, schema, place);
      const below = { schema, signal, key, depth: place.depth + 1 };
      visitor.key?.(entry, below, place);
      visit(value, below, span, visitor);
    }
  }
}

/** Signals are keys of conditions, and of the situations of policy tests. */
function signalAt(key: string, schema: Schema | null, { key: around }: Place): Signal | null {
  return schema !== null || around === 'signals' ? (signalsByName.get(key) ?? null) : null;
}

const touches = (inner: Span, span: Span | null): boolean =>
  span === null || (inner.start <= span.end && span.start <= inner.end);

/** Steps down the schemas that were asked for before: there are few schemas and many nodes. */
const steps = new WeakMap<Schema, Map<string | 0, Schema | null>>();

function schemaOf(schema: Schema | null, step: string | 0): Schema | null {
  if (schema === null) return null;
  let known = steps.get(schema);
  if (known === undefined) {
    known = new Map(propertiesOf(schema));
    steps.set(schema, known);
  }
  const found = known.get(step);
  if (found !== undefined) return found;
  const below = schemaBelow(schema, step);
  // Free keys are without number, and so they are not kept.
  if (step === 0) known.set(step, below);
  return below;
}
