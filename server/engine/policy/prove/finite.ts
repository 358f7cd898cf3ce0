/** Sets of a few named values, as bits. */
import type { Algebra } from './algebra.ts';

export function finite(values: readonly unknown[]): Algebra<bigint> {
  const all = (1n << BigInt(values.length)) - 1n;
  const bit = (value: unknown) => {
    const index = values.indexOf(value);
    return index < 0 ? 0n : 1n << BigInt(index);
  };
  return {
    all,
    and: (a, b) => a & b,
    not: (a) => all & ~a,
    meet: (a, b) => (a & b) !== 0n,
    isEmpty: (a) => a === 0n,
    has: (a, value) => (a & bit(value)) !== 0n,
    single: bit,
    key: String,
    sample: (a, wishes) =>
      wishes.find((wish) => (a & bit(wish)) !== 0n) ?? values.find((_, index) => (a >> BigInt(index)) & 1n),
    only: (a, passes) => a & bitsOf(values, passes),
  };
}

/** The set of those `values` that `admits` says yes to. */
export const bitsOf = (values: readonly unknown[], admits: (value: unknown) => boolean): bigint =>
  values.reduce<bigint>((bits, value, index) => (admits(value) ? bits | (1n << BigInt(index)) : bits), 0n);
