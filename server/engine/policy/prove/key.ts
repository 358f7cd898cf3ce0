/** Formulas as texts that are equal when they mean the same to the prover, within the horizon and after it, so that what was proved of one is known again. */
import type { Formula } from '../formula.ts';
import { type TimeSet, ValidTimes } from '../time.ts';
import type { Horizon } from './translate.ts';

/** Makes keys for one horizon; each set of times is resolved once. */
export function keyMaker({ fromMs, toMs }: Horizon): (formula: Formula) => string {
  const times = new WeakMap<TimeSet, string>();
  const timeKey = (set: TimeSet): string => {
    const key = times.get(set) ?? `${JSON.stringify(set.intervals(fromMs, toMs))}${afterwards(set, toMs)}`;
    times.set(set, key);
    return key;
  };
  const keyOf = (formula: Formula): string => {
    switch (formula.op) {
      case 'constant':
        return String(formula.truth);
      case 'not':
        return `!${keyOf(formula.part)}`;
      case 'test': {
        const { constraint, slot } = formula;
        return `${slot}${constraint.kind === 'time' ? timeKey(constraint.times) : testKey(constraint)}`;
      }
      default:
        return `${formula.op}(${formula.parts.map(keyOf).join()})`;
    }
  };
  return keyOf;
}

/** What times of validity come to after the horizon. Hours of the week go on as they were. */
function afterwards(set: TimeSet, atMs: number): string {
  if (!(set instanceof ValidTimes) || set.validity.toMs <= atMs) return '';
  const { fromMs, toMs, renew } = set.validity;
  return `until ${toMs}${fromMs >= atMs || renew !== null ? ` from ${fromMs}` : ''}`;
}

type Test = Exclude<Extract<Formula, { op: 'test' }>['constraint'], { kind: 'time' }>;

function testKey(test: Test): string {
  switch (test.kind) {
    case 'number':
      return `${test.negated ? '≠' : '='}${test.low}…${test.high}`;
    case 'text':
    case 'tags': {
      const comparator = test.kind === 'tags' ? test.comparator : test.negated ? '≠' : '=';
      return `${comparator}${test.texts.length}:${test.texts.map((text) => `${text.length}:${text}`).join()}`;
    }
    default:
      return JSON.stringify(test);
  }
}
