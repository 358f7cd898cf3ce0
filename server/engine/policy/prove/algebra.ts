/** What every kind of value sets must be able to do so that boxes can be made of them; the kinds stand in files of their own. */

/** A Boolean algebra of sets of values, closed under all three operations and exact. */
export interface Algebra<V> {
  readonly all: V;
  and(a: V, b: V): V;
  not(a: V): V;
  isEmpty(a: V): boolean;
  /** Whether two sets have a value in common: asked far more often than which. */
  meet(a: V, b: V): boolean;
  has(a: V, value: unknown): boolean;
  /** The set of one value that the algebra knows. */
  single(value: unknown): V;
  /** Equal keys mean equal sets; equal sets may have different keys. */
  key(a: V): string;
  /** A member of a set that is not empty; one of `wishes` where it can be. */
  sample(a: V, wishes: readonly unknown[]): unknown;
  /** For numbers: the least member that is `bound` or more; null when there is none. */
  leastFrom?(a: V, bound: number): number | null;
  /** For numbers: the members that lie in some intervals, as `numbers.ts` writes them. */
  within?(a: V, intervals: readonly number[]): V;
  /** For texts: the members, when they are listed one by one; null when patterns are among them. */
  listed?(a: V): readonly string[] | null;
  /** For sets that can be listed: the members that pass. */
  only?(a: V, passes: (value: unknown) => boolean): V;
}

/** A set or a search that grew beyond its cap: the question stays undecided. */
export class CapExceeded extends Error {}
