/** The budgets that count one trial's actions, each with its pool: of the trial, the variant, the run or the workspace. */
import { type Budgeted, Pool } from '../budget/index.ts';
import {
  amountInWords,
  blame,
  type Cause,
  type CompiledBudget,
  type CompiledPolicy,
  type Evaluate,
  evaluator,
  FALSE,
  type Facts,
  partInWords,
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

/** Lets a workspace that budgets have halted be used again, as far as it can be; see `haltsLeft`. */
export function reopenWorkspace(
  workspace: ScopeState,
  policies: readonly CompiledPolicy[],
  nowMs: number | null,
): void {
  workspace.halts = haltsLeft(workspace, policies, nowMs);
}

/**
 * The halts of a workspace without those whose budget has something left since a later window began or its limit was
 * raised. What was left when it halted lifts nothing, nor what others have given back since. Where `policies` do not have
 * the budget, the halt stays.
 */
export function haltsLeft(
  workspace: ScopeState,
  policies: readonly CompiledPolicy[],
  nowMs: number | null,
): readonly Cause[] {
  if (workspace.halts.length === 0) return workspace.halts;
  const scopes = { trial: openScope(), agent: openScope(), run: openScope(), workspace };
  const accounts = openAccounts(policies, scopes)
    .filter(({ budget }) => budget.per === 'workspace')
    .map((account) => (nowMs === null ? account : { ...account, pool: account.pool.asOf(nowMs) }));
  return workspace.halts.filter((halt) => !accounts.some((account) => lifts(account, halt)));
}

/** A budget of another unit or window that stands in the place of the one that has halted has not been exhausted yet. */
function lifts({ budget, pool }: Account, { kind, policy, id, exhausted }: Cause): boolean {
  if (kind !== 'budget' || budget.policy !== policy || budget.id !== id) return false;
  if (exhausted === undefined || pool.remaining === 0) return false;
  const { unit, limit, windowMs = null, window = null } = exhausted;
  if (budget.unit !== unit || budget.windowMs !== windowMs) return true;
  const isLater = window !== null && pool.tally.window !== null && pool.tally.window > window;
  return isLater || pool.capacity > limit;
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
  const unknown = new Set<string>(amount === null ? ['tool.cost'] : []);
  if (charged.counts(facts) === UNKNOWN) blame(charged.budget.formula, facts, unknown);
  const cause = shortageOf(empty, amount);
  return unknown.size === 0 ? cause : { ...cause, unknown: [...unknown].sort() };
}

/** The cause that cites a budget with less than `amount` left; null stands for one that is unknown. */
export function shortageOf({ budget, pool }: Pick<Account, 'budget' | 'pool'>, amount: number | null): Cause {
  const { id, unit, per, onExhausted, line, policy, windowMs } = budget;
  const { free, capacity, tally } = pool;
  return {
    kind: 'budget',
    policy,
    id,
    effect: onExhausted,
    ...(line !== undefined && { line }),
    exhausted: {
      per,
      unit,
      limit: capacity,
      left: free,
      ...(amount !== null && { takes: amount }),
      ...(windowMs !== null && { windowMs }),
      ...(tally.window !== null && { window: tally.window }),
    },
    message:
      amount === null
        ? `what this action costs is unknown, so \`${id}\` cannot cover it`
        : `\`${id}\` has ${partInWords(free, capacity, unit)} left, this action takes ${amountInWords(amount, unit)}`,
  };
}
