/** What budgets that outlive a trial are charged for an action, as the ledger records it, so that it can be counted again. */
import type { Taking } from '../budget/index.ts';
import type { BudgetCharge } from '../ledger/index.ts';

/** The charges of a reservation; those of a trial's own budgets end with it and are left out. */
export function chargesOf(takings: readonly Readonly<Taking>[]): BudgetCharge[] {
  return takings.flatMap(({ tally, amount }) => {
    const { budget, per, unit, windowMs } = tally.of;
    if (per === 'trial' || amount === 0) return [];
    const { window } = tally;
    return [{ budget, per, unit, amount, ...(windowMs !== null && { windowMs }), ...(window !== null && { window }) }];
  });
}
