/** Budgets of a policy made ready to be counted. What has been spent is not kept here but in pools. */
import type { Budget, Path } from '../documents/index.ts';
import { compileCondition } from './condition.ts';
import { microsOf } from './money.ts';
import type { Report } from './problem.ts';
import { always, type Test } from './truth.ts';

export interface CompiledBudget {
  readonly id: string;
  readonly unit: Budget['unit'];
  /** In whole units; dollars in micro-dollars. */
  readonly limit: number;
  readonly per: 'trial' | 'agent' | 'run';
  readonly onExhausted: 'ask' | 'deny' | 'halt';
  /** Another budget of the same policy. */
  readonly parent: string | null;
  /** Which actions count; an unknown outcome counts too. */
  readonly test: Test;
  readonly line: number | undefined;
}

const widths = { trial: 0, agent: 1, run: 2 } as const;

export function compileBudget(budget: Budget, line: number | undefined, path: Path, report: Report): CompiledBudget {
  return {
    id: budget.id,
    unit: budget.unit,
    limit: limitOf(budget, [...path, 'limit'], report),
    per: budget.per ?? 'trial',
    onExhausted: budget.onExhausted ?? 'deny',
    parent: budget.parent ?? null,
    test: budget.when ? compileCondition(budget.when, [...path, 'when'], report) : always,
    line,
  };
}

function limitOf({ unit, limit }: Budget, path: Path, report: Report): number {
  const counted = unit === 'usd' ? microsOf(limit) : limit;
  if (counted !== null && Number.isSafeInteger(counted) && counted >= 0) return counted;
  if (unit === 'usd')
    report(
      'policy/inexact-number',
      path,
      `\`${limit}\` cannot be counted in whole micro-dollars`,
      'use at most six decimal places',
    );
  else report('policy/inexact-number', path, `\`${limit}\` is no whole number of ${unit}`, 'use a whole number from 0');
  return 0;
}

/** Reports parents that do not exist, do not fit or go round in a circle. */
export function checkParents(budgets: readonly CompiledBudget[], path: Path, report: Report): void {
  const byId = new Map(budgets.map((budget) => [budget.id, budget]));
  for (const [index, budget] of budgets.entries()) {
    if (budget.parent === null) continue;
    const here = [...path, index, 'parent'];
    const parent = byId.get(budget.parent);
    if (parent === undefined)
      report(
        'policy/unknown-parent',
        here,
        `there is no budget \`${budget.parent}\` in this policy`,
        'name another budget of this policy, or leave `parent` out',
      );
    else if (isOwnAncestor(budget, byId))
      report(
        'policy/parent-cycle',
        here,
        `budget \`${budget.id}\` draws from itself through its parents`,
        'leave `parent` out of one of them',
      );
    else if (parent.unit !== budget.unit)
      report(
        'policy/parent-unit',
        here,
        `\`${budget.id}\` counts ${budget.unit} and its parent \`${parent.id}\` counts ${parent.unit}`,
        'give both the same unit',
      );
    else if (widths[parent.per] < widths[budget.per])
      report(
        'policy/parent-scope',
        here,
        `\`${budget.id}\` is per ${budget.per} and its parent \`${parent.id}\` only per ${parent.per}`,
        `let \`${parent.id}\` be per ${budget.per}`,
      );
  }
}

function isOwnAncestor(budget: CompiledBudget, byId: ReadonlyMap<string, CompiledBudget>): boolean {
  const seen = new Set<CompiledBudget>();
  let above = budget.parent === null ? undefined : byId.get(budget.parent);
  while (above !== undefined && !seen.has(above)) {
    if (above === budget) return true;
    seen.add(above);
    above = above.parent === null ? undefined : byId.get(above.parent);
  }
  return false;
}
