/**
 * What one signal may be: a set of values, and the points "does not apply" and "unknown". Equal domains are one object, and
 * what was once computed of two of them is kept.
 */
import type { Algebra } from './algebra.ts';
import type { Intervals } from './numbers.ts';

export const unknown = Symbol('unknown');

/** What a signal is in one action: its value, `undefined` where it does not apply, or `unknown`. */
export type Point = unknown;

export interface Domain {
  readonly id: number;
  readonly isEmpty: boolean;
  readonly hasValues: boolean;
  readonly absent: boolean;
  readonly unknown: boolean;
  /** As its algebra writes them. */
  readonly values: unknown;
  and(other: Domain): Domain;
  /** Whether the two have a point in common. */
  meets(other: Domain): boolean;
  minus(other: Domain): Domain;
  /** Whether the two share a point, and each has values that the other lacks. */
  crosses(other: Domain): boolean;
  isWithin(other: Domain): boolean;
  withUnknown(): Domain;
  /** Nothing but one of its points. */
  single(point: Point): Domain;
  /** Of texts: its values, when they are listed one by one; null of others. */
  readonly listed: readonly string[] | null;
  /** Of numbers: whether they go on for ever. */
  readonly isOpenAbove: boolean;
  has(point: Point): boolean;
  /** The least number that is `bound` or more; null when there is none, or the values are no numbers. */
  leastFrom(bound: number): number | null;
  /** Those of its values that lie in some intervals; nothing when they are no numbers. */
  numbers(within: Intervals): Domain;
  /** Those of its values, when they are few, that pass; nothing else of it. */
  only(passes: (value: unknown) => boolean): Domain;
  /** A point of a domain that is not empty: a value before "does not apply" before "unknown". */
  sample(wishes: readonly unknown[]): Point;
  /** The same, without wishes but for no tags; always one and the same. */
  readonly odd: Point;
}

const noTags = [[]];

/** All domains of one signal. They belong together: a domain is combined with those of its own axis only. */
export class Axis<V> {
  readonly algebra: Algebra<V>;
  readonly #byKey = new Map<string, AxisDomain<V>>();

  constructor(algebra: Algebra<V>) {
    this.algebra = algebra;
  }

  domain(values: V, { absent = false, unknown = false } = {}): AxisDomain<V> {
    const key = `${absent ? 'a' : ''}${unknown ? 'u' : ''}:${this.algebra.key(values)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const domain = new AxisDomain(this, this.#byKey.size, values, absent, unknown);
    this.#byKey.set(key, domain);
    return domain;
  }

  /** Every value, and the points that are said. */
  all(points: { absent?: boolean; unknown?: boolean } = {}): Domain {
    return this.domain(this.algebra.all, points);
  }

  get size(): number {
    return this.#byKey.size;
  }
}

const withNoted = <V>(known: Map<number, V> | null, id: number, value: V): Map<number, V> =>
  (known ?? new Map<number, V>()).set(id, value);

class AxisDomain<V> implements Domain {
  readonly id: number;
  readonly values: V;
  readonly absent: boolean;
  readonly unknown: boolean;
  readonly hasValues: boolean;
  readonly isEmpty: boolean;
  readonly isOpenAbove: boolean;
  readonly listed: readonly string[] | null;
  readonly #axis: Axis<V>;
  #asked: Point = undefined;
  #answer = false;
  #outside: V | null = null;
  #odd: { readonly point: Point } | null = null;
  // Most domains are never asked: thousands of empty maps would be most of what a proof holds.
  #ands: Map<number, AxisDomain<V>> | null = null;
  #minuses: Map<number, AxisDomain<V>> | null = null;
  #crossings: Map<number, boolean> | null = null;

  constructor(axis: Axis<V>, id: number, values: V, absent: boolean, unknown: boolean) {
    this.#axis = axis;
    this.id = id;
    this.values = values;
    this.absent = absent;
    this.unknown = unknown;
    this.hasValues = !axis.algebra.isEmpty(values);
    this.listed = axis.algebra.listed?.(values) ?? null;
    this.isOpenAbove = (axis.algebra.leastFrom?.(values, Number.MAX_SAFE_INTEGER) ?? null) !== null;
    this.isEmpty = !this.hasValues && !absent && !unknown;
  }

  and(other: AxisDomain<V>): AxisDomain<V> {
    if (other === this) return this;
    let both = this.#ands?.get(other.id);
    if (both === undefined) {
      both = this.#axis.domain(this.#axis.algebra.and(this.values, other.values), {
        absent: this.absent && other.absent,
        unknown: this.unknown && other.unknown,
      });
      this.#ands = withNoted(this.#ands, other.id, both);
      other.#ands = withNoted(other.#ands, this.id, both);
    }
    return both;
  }

  meets(other: AxisDomain<V>): boolean {
    return (
      other === this ||
      (this.unknown && other.unknown) ||
      (this.absent && other.absent) ||
      this.#axis.algebra.meet(this.values, other.values)
    );
  }

  isWithin(other: AxisDomain<V>): boolean {
    if (other === this) return true;
    if ((this.unknown && !other.unknown) || (this.absent && !other.absent)) return false;
    return !this.#exceeds(other);
  }

  /** Whether it has values that `other` lacks. */
  #exceeds(other: AxisDomain<V>): boolean {
    const { algebra } = this.#axis;
    other.#outside ??= algebra.not(other.values);
    return algebra.meet(this.values, other.#outside);
  }

  crosses(other: AxisDomain<V>): boolean {
    if (other === this) return false;
    let does = this.#crossings?.get(other.id);
    if (does === undefined) {
      does = this.meets(other) && this.#exceeds(other) && other.#exceeds(this);
      this.#crossings = withNoted(this.#crossings, other.id, does);
    }
    return does;
  }

  minus(other: AxisDomain<V>): AxisDomain<V> {
    let rest = this.#minuses?.get(other.id);
    if (rest === undefined) {
      const { algebra } = this.#axis;
      rest = this.#axis.domain(algebra.and(this.values, algebra.not(other.values)), {
        absent: this.absent && !other.absent,
        unknown: this.unknown && !other.unknown,
      });
      this.#minuses = withNoted(this.#minuses, other.id, rest);
    }
    return rest;
  }

  withUnknown(): AxisDomain<V> {
    return this.#axis.domain(this.values, { absent: this.absent, unknown: true });
  }

  single(point: Point): AxisDomain<V> {
    const { algebra } = this.#axis;
    const isValue = point !== undefined && point !== unknown;
    const values = isValue ? algebra.single(point) : algebra.not(algebra.all);
    return this.#axis.domain(values, { absent: point === undefined, unknown: point === unknown });
  }

  has(point: Point): boolean {
    if (point === undefined) return this.absent;
    if (point === unknown) return this.unknown;
    // Searches ask for one action again and again.
    if (point !== this.#asked) {
      this.#asked = point;
      this.#answer = this.#axis.algebra.has(this.values, point);
    }
    return this.#answer;
  }

  leastFrom(bound: number): number | null {
    return this.#axis.algebra.leastFrom?.(this.values, bound) ?? null;
  }

  numbers(within: Intervals): AxisDomain<V> {
    const { algebra } = this.#axis;
    return this.#axis.domain(algebra.within?.(this.values, within) ?? algebra.not(algebra.all));
  }

  only(passes: (value: unknown) => boolean): AxisDomain<V> {
    const { algebra } = this.#axis;
    return this.#axis.domain(algebra.only?.(this.values, passes) ?? this.values);
  }

  get odd(): Point {
    this.#odd ??= { point: this.sample(noTags) };
    return this.#odd.point;
  }

  sample(wishes: readonly unknown[]): Point {
    if (this.hasValues) return this.#axis.algebra.sample(this.values, wishes);
    return this.absent ? undefined : unknown;
  }
}
