/**
 * The budgets of one trial as its kernel uses them: what an action takes, whether it fits, and that it is taken. Actions of
 * one declaration mostly take the same, so its last bill is kept and used again.
 */
import { type Charge, Order, type Reservation } from '../budget/index.ts';
import type { BudgetCharge } from '../ledger/index.ts';
import { Borders, type Cause, type Cell, type CompiledPolicy, type Facts } from '../policy/index.ts';
import { type Account, amountOf, costOf, exhaustion, inTheWay, openAccounts } from './accounts.ts';
import { Charges, chargesOf } from './charges.ts';
import type { Scope, ScopeState } from './scope.ts';

/** What an action takes from each budget. */
export interface Bill {
  /** Where the amounts stay the same; null where that cannot be told. */
  readonly cell: Cell | null;
  readonly costMicros: number;
  /** By account: 0 where it does not count the action, null where that cannot be told. */
  readonly amounts: readonly (number | null)[];
  /** Of calls and dollars; null where an amount cannot be told. */
  readonly action: Order | null;
  readonly actionCharges: Charges;
  /** Of steps, which count when they are proposed, whatever becomes of them. */
  readonly step: Order;
  readonly stepCharges: Charges;
}

export class Books {
  readonly accounts: readonly Account[];
  readonly #borders: Borders | null;
  readonly #lastBills = new WeakMap<object, Bill>();
  #unreadable: Bill | null = null;
  /** Before this, no window begins. */
  #nextWindowMs = Number.NEGATIVE_INFINITY;

  constructor(policies: readonly CompiledPolicy[], scopes: Readonly<Record<Scope, ScopeState>>) {
    this.accounts = openAccounts(policies, scopes);
    this.#borders = Borders.of(this.accounts.map(({ budget }) => budget.formula));
  }

  /** Begins the windows that have come. */
  advance(nowMs: number | null): void {
    if (nowMs === null || nowMs < this.#nextWindowMs) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { pool } of this.accounts) {
      pool.advance(nowMs);
      const { windowMs } = pool.tally.of;
      if (windowMs !== null) next = Math.min(next, (Math.floor(nowMs / windowMs) + 1) * windowMs);
    }
    this.#nextWindowMs = next;
  }

  /** What an action of `facts` takes; `declaration` stands for all that is declared of it. */
  bill(facts: Facts, declaration: object | null): Bill {
    const last = declaration === null ? undefined : this.#lastBills.get(declaration);
    if (last?.cell?.has(facts)) return last;
    const costMicros = costOf(facts);
    const amounts = this.accounts.map((account) => amountOf(account, facts, costMicros));
    const made = this.#billOf(amounts, costMicros ?? 0, this.#borders?.cell(facts) ?? null);
    if (declaration !== null) this.#lastBills.set(declaration, made);
    return made;
  }

  /** What is taken for an action of which nothing can be told: every budget counts it. */
  get unreadable(): Bill {
    this.#unreadable ??= this.#billOf(
      this.accounts.map(({ budget }) => (budget.unit === 'usd' ? null : 1)),
      0,
      null,
    );
    return this.#unreadable;
  }

  fits({ action, step }: Bill): boolean {
    return action !== null && action.lacking() === null && step.lacking() === null;
  }

  /** A cause for each budget that the action does not fit in, and the budget. */
  exhausted({ amounts }: Bill, facts: Facts): { readonly cause: Cause; readonly per: Scope }[] {
    const found = new Map<Account, { readonly cause: Cause; readonly per: Scope }>();
    for (const [index, account] of this.accounts.entries()) {
      const amount = amounts[index] ?? null;
      const empty = inTheWay(account, amount, this.accounts);
      if (empty !== null && !found.has(empty))
        found.set(empty, { cause: exhaustion(account, empty, facts, amount), per: empty.budget.per });
    }
    return [...found.values()];
  }

  /** Throws when the action does not fit. */
  reserve({ action }: Bill): Reservation {
    const reserved = action?.reserve();
    if (!reserved?.ok) throw new Error('a budget that was found sufficient is not');
    return reserved.value;
  }

  /** Spends a step wherever there is one left; gives what budgets that outlive the trial are charged for it. */
  spendStep({ step, stepCharges, amounts }: Bill): readonly BudgetCharge[] {
    if (step.spend()) return stepCharges.now;
    const left = new Order(this.#steps(amounts).filter(({ pool }) => pool.lacking(1) === null));
    return left.spend() ? chargesOf(left.takings) : [];
  }

  #steps(amounts: Bill['amounts']): Charge[] {
    return this.accounts.flatMap(({ budget, pool }, index) =>
      budget.unit === 'steps' && amounts[index] !== 0 ? [{ pool, amount: 1 }] : [],
    );
  }

  #billOf(amounts: readonly (number | null)[], costMicros: number, cell: Cell | null): Bill {
    const charges = this.accounts.map(({ budget, pool }, index) => ({
      pool,
      amount: budget.unit === 'steps' ? 0 : (amounts[index] ?? 0),
    }));
    const action = new Order(charges.filter(({ amount }) => amount > 0));
    const step = new Order(this.#steps(amounts));
    return {
      cell,
      costMicros,
      amounts,
      action: amounts.includes(null) ? null : action,
      actionCharges: new Charges(action.takings),
      step,
      stepCharges: new Charges(step.takings),
    };
  }
}
