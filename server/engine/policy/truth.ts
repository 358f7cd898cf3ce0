/** Kleene's three truth values. */

/** Ordered, so that "and" is the minimum, "or" the maximum and "not" the mirror image. */
export type Truth = 0 | 1 | 2;
export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;
