/** The budgets that count one trial's actions, each with its pool: of the trial, the variant or the run. */
import { Pool } from '../budget/index.ts';
import {
  type Cause,
  type CompiledBudget,
  type CompiledPolicy,
  FALSE,
  type Facts,
  formatMicros,
  slotOf,
  UNKNOWN,
} from '../policy/index.ts';

/** Whose work a budget counts and a halt ends. */
export type Scope = CompiledBudget['per'];

/** What is shared by all trials of one scope. */
export interface ScopeState {
  /** By policy digest and budget id. */
  readonly pools: Map<string, Pool>;
  /** Why nothing is allowed here any more; null while it goes on. */
  ended: Cause | null;
}

export const newScope = (): ScopeState => ({ pools: new Map(), ended: null });

export interface Account {
  readonly budget: CompiledBudget;
  readonly policy: string;
  readonly pool: Pool;
}

/** The accounts of one trial; pools that do not exist yet in its scopes are made. */
export function openAccounts(
  policies: readonly CompiledPolicy[],
  scopes: Readonly<Record<Scope, ScopeState>>,
): Account[] {
  return policies.flatMap((policy) => {
    const poolOf = (budget: CompiledBudget): Pool => {
      const { pools } = scopes[budget.per];
      const key = `${policy.digest}/${budget.id}`;
      const parent = policy.budgets.find(({ id }) => id === budget.parent);
      const pool = pools.get(key) ?? new Pool(budget.limit, parent ? poolOf(parent) : null);
      pools.set(key, pool);
      return pool;
    };
    return policy.budgets.map((budget) => ({ budget, policy: policy.name, pool: poolOf(budget) }));
  });
}

const costSlot = slotOf('tool.cost');

/** What an action of these facts costs, in micro-dollars: 0 where nothing has a price, null where it is unknown. */
export function costOf(facts: Facts): number | null {
  const cost = facts[costSlot];
  if (cost === undefined) return 0;
  return typeof cost === 'number' ? cost : null;
}

/** What `account` is charged for an action: 0 when it does not count it, null when that cannot be told. */
export function amountOf({ budget }: Account, facts: Facts, costMicros: number | null): number | null {
  if (budget.test.truth(facts) === FALSE) return 0;
  return budget.unit === 'usd' ? costMicros : 1;
}

/** The account that is in the way of charging `amount` to `account`: itself or one above it; null when nothing is. */
export function inTheWay(account: Account, amount: number | null, accounts: readonly Account[]): Account | null {
  if (amount === null) return account;
  const lacking = account.pool.lacking(amount);
  return lacking === null ? null : (accounts.find(({ pool }) => pool === lacking) ?? account);
}

/** The cause for an action that `charged` counts and `empty`, the same or one above it, cannot cover. */
export function exhaustion(charged: Account, empty: Account, facts: Facts, amount: number | null): Cause {
  const { id, unit, onExhausted, line } = empty.budget;
  const format = unit === 'usd' ? formatMicros : (count: number) => `${count} ${unit}`;
  const unknown = new Set<string>(amount === null ? ['tool.cost'] : []);
  if (charged.budget.test.truth(facts) === UNKNOWN) charged.budget.test.blame(facts, unknown);
  return {
    kind: 'budget',
    policy: empty.policy,
    id,
    effect: onExhausted,
    ...(line !== undefined && { line }),
    ...(unknown.size > 0 && { unknown: [...unknown].sort() }),
    message:
      amount === null
        ? `what this action costs is unknown, so \`${id}\` cannot cover it`
        : `\`${id}\` has ${format(empty.pool.free)} of ${format(empty.pool.capacity)} left, this action takes ${format(amount)}`,
  };
}
