/** What budgets say of a first action, when nothing has been spent: the part of a decision that rules do not make. Spends nothing. */
import type { CompiledBudget } from '../budget.ts';
import type { Cause } from '../effect.ts';
import { evaluator } from '../evaluate.ts';
import { type Facts, slotOf } from '../signal.ts';
import { FALSE } from '../truth.ts';

const costSlot = slotOf('tool.cost');

/** A cause for each budget that an action of `facts` exceeds alone. */
export function exceededBy(facts: Facts, budgets: readonly CompiledBudget[]): Cause[] {
  const exceeded = new Set<CompiledBudget>();
  for (const budget of budgets) {
    const amount = amountOf(budget, facts);
    const empty = amount === null ? budget : lacking(budget, amount, budgets);
    if (empty !== null) exceeded.add(empty);
  }
  return [...exceeded].map(({ policy, id, onExhausted }) => ({ kind: 'budget', policy, id, effect: onExhausted }));
}

/** What it takes; null where that cannot be told. */
function amountOf({ formula, unit }: CompiledBudget, facts: Facts): number | null {
  if (evaluator(formula)(facts) === FALSE) return 0;
  if (unit !== 'usd') return 1;
  const cost = facts[costSlot];
  return cost === undefined ? 0 : typeof cost === 'number' ? cost : null;
}

/** The budget itself or the first above it that has less. */
function lacking(budget: CompiledBudget, amount: number, all: readonly CompiledBudget[]): CompiledBudget | null {
  if (amount > budget.limit) return budget;
  const parent = all.find((one) => isParent(one, budget));
  return parent === undefined ? null : lacking(parent, amount, all);
}

export const isParent = (parent: CompiledBudget, child: CompiledBudget): boolean =>
  child.parent === parent.id && child.digest === parent.digest && child.policy === parent.policy;
