/** Kleene's three-valued logic, and conditions that know which unknown signals left them undecided. */
import type { Facts } from './signal.ts';

/** Ordered, so that "and" is the minimum, "or" the maximum and "not" the mirror image. */
export type Truth = 0 | 1 | 2;
export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;

export interface Test {
  truth(facts: Facts): Truth;
  /** Adds the signals that leave this test unknown; to be asked only when its truth is unknown. */
  blame(facts: Facts, into: Set<string>): void;
}

export const always: Test = { truth: () => TRUE, blame: () => {} };

const blameUnknown = (tests: readonly Test[], facts: Facts, into: Set<string>): void => {
  for (const test of tests) if (test.truth(facts) === UNKNOWN) test.blame(facts, into);
};

export function every(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return always;
  if (second === undefined) return first;
  const blame: Test['blame'] = (facts, into) => blameUnknown(tests, facts, into);
  if (tests.length === 2) {
    const [one, other] = [first.truth, second.truth];
    const both = (facts: Facts): Truth => {
      const truth = one(facts);
      if (truth === FALSE) return FALSE;
      const second = other(facts);
      return truth === TRUE || second === FALSE ? second : truth;
    };
    return { truth: both, blame };
  }
  const truths = tests.map((test) => test.truth);
  return {
    truth: (facts) => {
      let least: Truth = TRUE;
      for (const truth of truths) {
        const one = truth(facts);
        if (one === FALSE) return FALSE;
        if (one < least) least = one;
      }
      return least;
    },
    blame,
  };
}

export function some(tests: readonly Test[]): Test {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  const truths = tests.map((test) => test.truth);
  return {
    truth: (facts) => {
      let most: Truth = FALSE;
      for (const truth of truths) {
        const one = truth(facts);
        if (one === TRUE) return TRUE;
        if (one > most) most = one;
      }
      return most;
    },
    blame: (facts, into) => blameUnknown(tests, facts, into),
  };
}

export function negate({ truth, blame }: Test): Test {
  return { truth: (facts) => (TRUE - truth(facts)) as Truth, blame };
}
