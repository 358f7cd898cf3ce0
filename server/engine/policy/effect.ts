/** Effects, their order of strength, and the causes that a decision lists. */
import type { Effect } from '../documents/index.ts';

/** One thing that spoke for a decision; the shape of `cause` in the ledger's schema. */
export interface Cause {
  kind: 'rule' | 'budget' | 'default' | 'fault' | 'approver';
  policy?: string;
  id?: string;
  effect: Effect;
  line?: number;
  unknown?: string[];
  message?: string;
}

const strengths: Readonly<Record<Effect, number>> = { allow: 0, ask: 1, deny: 2, halt: 3 };

/** From 0, `allow`, to 3, `halt`: the strongest of several effects wins. */
export const strengthOf = (effect: Effect): number => strengths[effect];

/** Puts the strongest causes first; those of equal strength keep their order. */
export function sortByStrength(causes: Cause[]): void {
  for (let i = 1; i < causes.length; i++) {
    const [before, after] = [causes[i - 1], causes[i]];
    if (before && after && strengths[before.effect] < strengths[after.effect]) {
      causes.sort((a, b) => strengths[b.effect] - strengths[a.effect]);
      return;
    }
  }
}
