/** The budgets that count one trial's actions, each with its pool: of the trial, the variant, the run or the workspace. */
import { type Budgeted, Pool } from '../budget/index.ts';
import {
  blame,
  type Cause,
  type CompiledBudget,
  type CompiledPolicy,
  type Evaluate,
  evaluator,
  FALSE,
  type Facts,
  formatMicros,
  slotOf,
  UNKNOWN,
} from '../policy/index.ts';
import { openScope, type Scope, type ScopeState, tallyOf } from './scope.ts';

export interface Account {
  readonly budget: CompiledBudget;
  readonly counts: Evaluate;
  readonly pool: Pool;
}

/** The accounts of one trial; pools that do not exist yet in its scopes are made. */
export function openAccounts(
  policies: readonly CompiledPolicy[],
  scopes: Readonly<Record<Scope, ScopeState>>,
): Account[] {
  // A budget that several policies include counts once, whichever of them are in force.
  const byPool = new Map<Pool, CompiledBudget[]>();
  for (const { budgets } of policies) {
    const poolOf = (budget: CompiledBudget): Pool => {
      const { pools } = scopes[budget.per];
      const key = `${budget.digest}/${budget.policy}/${budget.id}`;
      const parent = budgets.find((one) => one.id === budget.parent && isOfSamePolicy(one, budget));
      const known = pools.get(key);
      if (known !== undefined) return known;
      const pool = new Pool(budget.limit, tallyOf(scopes[budget.per], named(budget)), parent ? poolOf(parent) : null);
      pools.set(key, pool);
      return pool;
    };
    for (const budget of budgets) {
      const pool = poolOf(budget);
      byPool.set(pool, [...(byPool.get(pool) ?? []), budget]);
    }
  }
  return [...byPool].flatMap(([pool, [budget, ...others]]) => {
    if (budget === undefined) return [];
    const formula =
      others.length === 0
        ? budget.formula
        : { op: 'any' as const, parts: [budget, ...others].map((one) => one.formula) };
    return [{ budget: { ...budget, formula }, counts: evaluator(formula), pool }];
  });
}

const named = ({ policy, id, per, unit, windowMs }: CompiledBudget): Budgeted => ({
  budget: `${policy}/${id}`,
  per,
  unit,
  windowMs,
});

const isOfSamePolicy = (one: CompiledBudget, other: CompiledBudget): boolean =>
  one.digest === other.digest && one.policy === other.policy;

/**
 * Lets a workspace that a budget has halted be used again, once that budget has something left: in a later window, or
 * because its limit was raised. Where `policies` do not have the budget, the halt stays.
 */
export function reopenWorkspace(
  workspace: ScopeState,
  policies: readonly CompiledPolicy[],
  nowMs: number | null,
): void {
  const { ended } = workspace;
  if (ended?.kind !== 'budget') return;
  const scopes = { trial: openScope(), agent: openScope(), run: openScope(), workspace };
  for (const { budget, pool } of openAccounts(policies, scopes)) {
    if (budget.per !== 'workspace' || budget.policy !== ended.policy || budget.id !== ended.id) continue;
    for (let one: Pool | null = pool; nowMs !== null && one !== null; one = one.parent) one.advance(nowMs);
    if (pool.remaining > 0) workspace.ended = null;
  }
}

const costSlot = slotOf('tool.cost');

/** What an action of these facts costs, in micro-dollars: 0 where nothing has a price, null where it is unknown. */
export function costOf(facts: Facts): number | null {
  const cost = facts[costSlot];
  if (cost === undefined) return 0;
  return typeof cost === 'number' ? cost : null;
}

/** What `account` is charged for an action: 0 when it does not count it, null when that cannot be told. */
export function amountOf({ budget, counts }: Account, facts: Facts, costMicros: number | null): number | null {
  if (counts(facts) === FALSE) return 0;
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
  const { id, unit, onExhausted, line, policy } = empty.budget;
  const format = unit === 'usd' ? formatMicros : (count: number) => `${count} ${unit}`;
  const unknown = new Set<string>(amount === null ? ['tool.cost'] : []);
  if (charged.counts(facts) === UNKNOWN) blame(charged.budget.formula, facts, unknown);
  return {
    kind: 'budget',
    policy,
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
