/** What budgets that outlive a trial are charged for an action, as the ledger records it, so that it can be counted again. */
import type { Balance, Budgeted, Taking } from '../budget/index.ts';
import type { BudgetCharge } from '../ledger/index.ts';

/** The charges of a reservation; those of a trial's own budgets end with it and are left out. */
export function chargesOf(takings: readonly Readonly<Taking>[]): BudgetCharge[] {
  return chargesIn(takings.map(({ tally, amount }) => ({ ...tally.of, spent: amount, window: tally.window })));
}

/** What is spent of budgets, in the same form. */
export function chargesIn(balances: readonly (Budgeted & Balance)[]): BudgetCharge[] {
  const charges: BudgetCharge[] = [];
  for (const { budget, per, unit, windowMs, spent: amount, window } of balances) {
    if (per === 'trial' || amount === 0) continue;
    charges.push({
      budget,
      per,
      unit,
      amount,
      ...(windowMs !== null && { windowMs }),
      ...(window !== null && { window }),
    });
  }
  return charges;
}

/** The charges of what is taken again and again: they stay the same until a window begins. */
export class Charges {
  readonly #takings: readonly Readonly<Taking>[];
  readonly #windows: (number | null)[];
  #charges: readonly BudgetCharge[];

  constructor(takings: readonly Readonly<Taking>[]) {
    this.#takings = takings.filter(({ tally }) => tally.of.per !== 'trial');
    this.#windows = this.#takings.map(({ tally }) => tally.window);
    this.#charges = Object.freeze(chargesOf(this.#takings));
  }

  get now(): readonly BudgetCharge[] {
    for (let index = 0; index < this.#takings.length; index++) {
      const window = this.#takings[index]?.tally.window ?? null;
      if (window === this.#windows[index]) continue;
      this.#windows[index] = window;
      this.#charges = Object.freeze(chargesOf(this.#takings));
    }
    return this.#charges;
  }
}
