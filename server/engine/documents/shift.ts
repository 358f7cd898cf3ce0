/**
 * Trees and problems seen from another place of the text: the same nodes, moved. Nothing is copied before it is looked
 * at, so that an edit costs nothing for what stands behind it.
 */
import type { Problem, Span } from './problem.ts';
import {
  type AliasNode,
  type MappingEntry,
  type MappingNode,
  OpenAlias,
  type SequenceNode,
  type SyntaxNode,
} from './tree.ts';

export const shiftSpan = ({ start, end }: Span, by: number): Span => ({ start: start + by, end: end + by });

/** What the open aliases of a part of a document stand for there, by their names. */
export type Targets = ReadonlyMap<string, SyntaxNode>;

/** `node` with all its places moved by `by` units, and its open aliases leading to `targets`. */
export function shiftNode(node: SyntaxNode, by: number, targets: Targets | null = null): SyntaxNode {
  switch (node.type) {
    case 'mapping':
      return new ShiftedMapping(node, by, targets);
    case 'sequence':
      return new ShiftedSequence(node, by, targets);
    case 'scalar':
      return { ...node, span: shiftSpan(node.span, by) };
    case 'alias':
      return new ShiftedAlias(node, by, targets);
  }
}

export const shiftEntry = (
  { key, keySpan, value, merge }: MappingEntry,
  by: number,
  targets: Targets | null = null,
): MappingEntry => ({
  key,
  keySpan: shiftSpan(keySpan, by),
  value: shiftNode(value, by, targets),
  merge,
});

export const shiftProblem = (problem: Problem, by: number): Problem => ({
  ...problem,
  span: shiftSpan(problem.span, by),
  ...(problem.obscures && { obscures: shiftSpan(problem.obscures, by) }),
  ...(problem.related && {
    related: problem.related.map((place) => ({ ...place, span: shiftSpan(place.span, by) })),
  }),
});

/** What is shared by the moved forms of nodes. */
class Shifted<N extends SyntaxNode> {
  protected readonly node: N;
  protected readonly by: number;
  protected readonly targets: Targets | null;

  constructor(node: N, by: number, targets: Targets | null) {
    this.node = node;
    this.by = by;
    this.targets = targets;
  }

  get span(): Span {
    return shiftSpan(this.node.span, this.by);
  }
}

class ShiftedMapping extends Shifted<MappingNode> implements MappingNode {
  readonly type = 'mapping';
  #entries: readonly MappingEntry[] | null = null;

  get flow(): boolean {
    return this.node.flow;
  }

  get entries(): readonly MappingEntry[] {
    this.#entries ??= this.node.entries.map((entry) => shiftEntry(entry, this.by, this.targets));
    return this.#entries;
  }
}

class ShiftedSequence extends Shifted<SequenceNode> implements SequenceNode {
  readonly type = 'sequence';
  #items: readonly SyntaxNode[] | null = null;

  get flow(): boolean {
    return this.node.flow;
  }

  get items(): readonly SyntaxNode[] {
    this.#items ??= this.node.items.map((item) => shiftNode(item, this.by, this.targets));
    return this.#items;
  }
}

/** Within a part, what an alias stands for moves with it. */
class ShiftedAlias extends Shifted<AliasNode> implements AliasNode {
  readonly type = 'alias';
  #target: SyntaxNode | null = null;

  get name(): string {
    return this.node.name;
  }

  get target(): SyntaxNode | null {
    this.#target ??= this.#find();
    return this.#target;
  }

  #find(): SyntaxNode | null {
    const { name, target } = this.node;
    if (this.node instanceof OpenAlias) return this.targets?.get(name) ?? null;
    return target === null ? null : shiftNode(target, this.by, this.targets);
  }
}
