/**
 * A list that was read in slices, a slice for each item where all is well, and the same list after an edit: what stands
 * before the edit and behind it is taken over as it is, in its old place or moved, without a look at each.
 */
import type { Fragment } from './parse.ts';
import type { Problem, Span } from './problem.ts';
import { shiftNode, shiftProblem } from './shift.ts';
import type { SequenceNode, SyntaxNode } from './tree.ts';

/** What a slice gives, which no longer depends on what is around it. */
export interface Slice {
  readonly length: number;
  readonly fragment: Fragment;
}

/** How many slices at the beginning and at the end are those of the version before; the latter have moved by `by`. */
export interface Overlap<S extends Slice> {
  readonly before: SlicedList<S>;
  readonly first: number;
  readonly last: number;
  readonly by: number;
}

/** The items of a list in their places, each made when it is asked for. */
class SlicedSequence implements SequenceNode {
  readonly type = 'sequence';
  readonly flow = false;
  readonly span: Span;
  /** Places count from the beginning of the item's slice, which `origins` tells. */
  readonly #nodes: readonly SyntaxNode[];
  readonly #origins: readonly number[];
  readonly #placed: (SyntaxNode | undefined)[];
  #areAllPlaced = false;

  constructor(
    start: number,
    nodes: readonly SyntaxNode[],
    origins: readonly number[],
    placed: (SyntaxNode | undefined)[],
  ) {
    this.#nodes = nodes;
    this.#origins = origins;
    this.#placed = placed;
    const [last, origin = 0] = [nodes.at(-1), origins.at(-1)];
    this.span = { start, end: last === undefined ? start : last.span.end + origin };
  }

  get itemCount(): number {
    return this.#nodes.length;
  }

  get items(): readonly SyntaxNode[] {
    if (!this.#areAllPlaced) for (let index = 0; index < this.#nodes.length; index++) this.itemAt(index);
    this.#areAllPlaced = true;
    return this.#placed as readonly SyntaxNode[];
  }

  itemAt(index: number): SyntaxNode | undefined {
    const node = this.#nodes[index];
    if (node === undefined) return undefined;
    this.#placed[index] ??= shiftNode(node, this.#origins[index] ?? 0);
    return this.#placed[index];
  }

  itemsBetween(start: number, end: number): readonly (SyntaxNode | undefined)[] {
    return this.#placed.slice(start, end);
  }
}

/** All slices, those that are taken over with the others. */
export const sliceUp = <S extends Slice>(overlap: Overlap<S> | null, changed: readonly S[]): readonly S[] =>
  around(overlap?.before.slices, overlap?.first ?? 0, changed, behindOf(overlap));

/** Which slice of before is the first that follows what has changed. */
const behindOf = <S extends Slice>(overlap: Overlap<S> | null): number =>
  overlap === null ? 0 : overlap.before.slices.length - overlap.last;

export class SlicedList<S extends Slice> {
  /** Where each slice begins. */
  readonly starts: readonly number[];
  readonly slices: readonly S[];
  readonly node: SlicedSequence;
  /** The value of each item. */
  readonly values: readonly unknown[];
  /** The slices that hold something else than one sound item. */
  readonly #odd: readonly number[];
  readonly #nodes: readonly SyntaxNode[];
  readonly #origins: readonly number[];

  /** `changed` are the slices that are not taken over; `start` is where the list's node begins. */
  constructor(start: number, starts: readonly number[], changed: readonly S[], overlap: Overlap<S> | null) {
    const { before = null, first = 0, by = 0 } = overlap ?? {};
    const behind = behindOf(overlap);
    const [firstItems, itemsBehind] = [before?.itemAtSlice(first) ?? 0, before?.itemAtSlice(behind) ?? 0];
    const fragments = changed.map(({ fragment }) => fragment);
    const nodes = fragments.flatMap(({ items }) => items);
    this.starts = starts;
    this.slices = sliceUp(overlap, changed);
    this.values = around(
      before?.values,
      firstItems,
      fragments.flatMap(({ values }) => values),
      itemsBehind,
    );
    this.#nodes = around(before === null ? undefined : before.#nodes, firstItems, nodes, itemsBehind);
    this.#odd = oddAmong(before === null ? [] : before.#odd, first, fragments, behind);
    this.#origins = this.#originsOf();
    const kept = before === null ? [] : before.node.itemsBetween(0, firstItems);
    const moved = before !== null && by === 0 ? before.node.itemsBetween(itemsBehind, before.#nodes.length) : [];
    const placed = [...kept, ...nodes.map(() => undefined), ...moved];
    placed.length = this.#nodes.length;
    this.node = new SlicedSequence(start, this.#nodes, this.#origins, placed);
  }

  /** The problems of all slices in their places, up to so many. */
  problems(most: number): readonly Problem[] {
    const found: Problem[] = [];
    for (const index of this.#odd)
      for (const problem of this.slices[index]?.fragment.problems ?? [])
        if (found.length < most) found.push(shiftProblem(problem, this.starts[index] ?? 0));
    return found;
  }

  /** The position of the first item of a slice. */
  itemAtSlice(slice: number): number {
    let item = slice;
    for (const index of this.#odd) if (index < slice) item += (this.slices[index]?.fragment.items.length ?? 1) - 1;
    return item;
  }

  #originsOf(): readonly number[] {
    if (this.#nodes.length === this.starts.length && this.#odd.every((index) => this.#countAt(index) === 1))
      return this.starts;
    return this.starts.flatMap((start, index) => Array.from({ length: this.#countAt(index) }, () => start));
  }

  #countAt(slice: number): number {
    return this.slices[slice]?.fragment.items.length ?? 0;
  }
}

/** `changed` between the first of `before` and those from `behind` on. */
const around = <T>(before: readonly T[] | undefined, first: number, changed: readonly T[], behind: number) =>
  before === undefined ? changed : before.slice(0, first).concat(changed, before.slice(behind));

function oddAmong(
  before: readonly number[],
  first: number,
  fragments: readonly Fragment[],
  behind: number,
): readonly number[] {
  const by = first + fragments.length - behind;
  const odd = before.filter((index) => index < first);
  for (const [index, { items, problems }] of fragments.entries())
    if (items.length !== 1 || problems.length > 0) odd.push(first + index);
  for (const index of before) if (index >= behind) odd.push(index + by);
  return odd;
}
