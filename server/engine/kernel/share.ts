/** What a run has added to the counts and budgets of its workspace, in the form in which the workspace's ledger has it. */
import type { RunCounted } from '../ledger/index.ts';
import { chargesIn } from './charges.ts';
import type { ScopeSnapshot } from './scope.ts';

export type RecordedShare = Pick<RunCounted, 'counts' | 'charges' | 'halts'>;

/** The counts of a workspace's scope as an entry records them. */
export function shareOf({ counters, tallies, halts }: ScopeSnapshot): RecordedShare {
  const { rate, ...counts } = counters;
  const { second } = rate;
  return {
    counts: { ...counts, ...(second !== null && { rate: { second, counts: [...rate.counts] } }) },
    charges: chargesIn(tallies),
    halts: [...halts],
  };
}

/** The same as `addScope` takes it. */
export function scopeIn({ counts, charges, halts }: RecordedShare): ScopeSnapshot {
  return {
    counters: { ...counts, rate: counts.rate ?? { second: null, counts: [] } },
    tallies: charges.map(({ budget, per, unit, amount, windowMs = null, window = null }) => ({
      ...{ budget, per, unit, windowMs },
      ...{ spent: amount, window },
    })),
    halts,
  };
}
