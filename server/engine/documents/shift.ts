/**
 * Trees and problems seen from another place of the text: the same nodes, moved. Nothing is copied before it is looked
 * at, so that an edit costs nothing for what stands behind it.
 */
import type { Problem, Span } from './problem.ts';
import type { AliasNode, MappingEntry, MappingNode, SequenceNode, SyntaxNode } from './tree.ts';

export const shiftSpan = ({ start, end }: Span, by: number): Span => ({ start: start + by, end: end + by });

/** `node` with all its places moved by `by` units. */
export function shiftNode(node: SyntaxNode, by: number): SyntaxNode {
  switch (node.type) {
    case 'mapping':
      return new ShiftedMapping(node, by);
    case 'sequence':
      return new ShiftedSequence(node, by);
    case 'scalar':
      return { ...node, span: shiftSpan(node.span, by) };
    case 'alias':
      return new ShiftedAlias(node, by);
  }
}

export const shiftEntry = ({ key, keySpan, value, merge }: MappingEntry, by: number): MappingEntry => ({
  key,
  keySpan: shiftSpan(keySpan, by),
  value: shiftNode(value, by),
  merge,
});

export const shiftProblem = (problem: Problem, by: number): Problem => ({
  ...problem,
  span: shiftSpan(problem.span, by),
  ...(problem.related && {
    related: problem.related.map((place) => ({ ...place, span: shiftSpan(place.span, by) })),
  }),
});

/** What is shared by the moved forms of nodes. */
class Shifted<N extends SyntaxNode> {
  protected readonly node: N;
  protected readonly by: number;

  constructor(node: N, by: number) {
    this.node = node;
    this.by = by;
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
    this.#entries ??= this.node.entries.map((entry) => shiftEntry(entry, this.by));
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
    this.#items ??= this.node.items.map((item) => shiftNode(item, this.by));
    return this.#items;
  }
}

/** Only whole documents hold aliases, so what an alias stands for moves with it. */
class ShiftedAlias extends Shifted<AliasNode> implements AliasNode {
  readonly type = 'alias';
  #target: SyntaxNode | null | undefined;

  get name(): string {
    return this.node.name;
  }

  get target(): SyntaxNode | null {
    if (this.#target === undefined)
      this.#target = this.node.target === null ? null : shiftNode(this.node.target, this.by);
    return this.#target;
  }
}
