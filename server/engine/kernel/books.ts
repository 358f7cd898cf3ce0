/**
 * The budgets of one trial as its kernel uses them: what an action takes, whether it fits, and that it is taken.
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

const recentBills = 16;

const areSame = <T>(some: readonly T[], others: readonly T[]): boolean => {
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return some.length === others.length;
};

export class Books {
  readonly accounts: readonly Account[];
  readonly #borders: Borders | null;
  readonly #recentBills: Bill[] = [];
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

  /** What an action of `facts` takes. `last` is what another took of which the same is declared; often it is the same again. */
  bill(facts: Facts, last: Bill | null): Bill {
    if (last?.cell?.has(facts)) return last;
    const costMicros = costOf(facts);
    return this.#billOf(this.#amounts(facts, costMicros), costMicros ?? 0, this.#borders?.cell(facts) ?? null);
  }

  /** The same where nobody says what actions have in common: most take what another has just taken. */
  billLike(facts: Facts): Bill {
    const costMicros = costOf(facts);
    const amounts = this.#amounts(facts, costMicros);
    for (const bill of this.#recentBills)
      if (bill.costMicros === (costMicros ?? 0) && areSame(bill.amounts, amounts)) return bill;
    const made = this.#billOf(amounts, costMicros ?? 0, null);
    if (this.#recentBills.length >= recentBills) this.#recentBills.pop();
    this.#recentBills.unshift(made);
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
  spendStep(bill: Bill): readonly BudgetCharge[] {
    if (bill.step === nothing) return free;
    if (bill.step.spend()) return bill.stepCharges.now;
    const left = new Order(this.#steps(bill.amounts).filter(({ pool }) => pool.lacking(1) === null));
    return left.spend() ? chargesOf(left.takings) : [];
  }

  #amounts(facts: Facts, costMicros: number | null): readonly (number | null)[] {
    return this.accounts.map((account) => amountOf(account, facts, costMicros));
  }

  #steps(amounts: Bill['amounts']): Charge[] {
    const charges: Charge[] = [];
    for (const [index, { budget, pool }] of this.accounts.entries())
      if (budget.unit === 'steps' && amounts[index] !== 0) charges.push({ pool, amount: 1 });
    return charges;
  }

  #billOf(amounts: readonly (number | null)[], costMicros: number, cell: Cell | null): Bill {
    const charges: Charge[] = [];
    for (let index = 0; index < amounts.length; index++) {
      const [account, amount] = [this.accounts[index], amounts[index] ?? null];
      if (account === undefined || amount === null || amount === 0 || account.budget.unit === 'steps') continue;
      charges.push({ pool: account.pool, amount });
    }
    return new WrittenBill(cell, costMicros, amounts, orderOf(charges), orderOf(this.#steps(amounts)));
  }
}

/** What it charges is written down when the record asks for it: whoever only tries out what would be taken keeps none. */
class WrittenBill implements Bill {
  readonly cell: Cell | null;
  readonly costMicros: number;
  readonly amounts: Bill['amounts'];
  readonly action: Order | null;
  readonly step: Order;
  readonly #takings: Order['takings'];
  #actionCharges: Charges | null = null;
  #stepCharges: Charges | null = null;

  constructor(cell: Cell | null, costMicros: number, amounts: Bill['amounts'], action: Order, step: Order) {
    this.cell = cell;
    this.costMicros = costMicros;
    this.amounts = amounts;
    this.action = amounts.includes(null) ? null : action;
    this.step = step;
    this.#takings = action.takings;
  }

  get actionCharges(): Charges {
    this.#actionCharges ??= new Charges(this.#takings);
    return this.#actionCharges;
  }

  get stepCharges(): Charges {
    this.#stepCharges ??= new Charges(this.step.takings);
    return this.#stepCharges;
  }
}

const nothing = new Order([]);
const free: readonly BudgetCharge[] = Object.freeze([]);
const orderOf = (charges: readonly Charge[]): Order => (charges.length === 0 ? nothing : new Order(charges));
