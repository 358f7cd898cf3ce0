/** Budgets of a policy made ready to be counted. What has been spent is not kept here but in pools. */
import { type Budget, durationMs, type Path } from '../documents/index.ts';
import { readCondition } from './condition.ts';
import { always, type Formula } from './formula.ts';
import { formatMicros, microsOf } from './money.ts';
import type { Report } from './problem.ts';
import type { RuleSetting } from './rule.ts';
import { longestMs } from './time.ts';

export interface CompiledBudget {
  readonly id: string;
  readonly unit: Budget['unit'];
  /** In whole units; dollars in micro-dollars. */
  readonly limit: number;
  readonly per: 'trial' | 'agent' | 'run' | 'workspace';
  /** The limit is for each of the windows that follow each other from 1970 UTC on; null when it is for good. */
  readonly windowMs: number | null;
  readonly onExhausted: 'ask' | 'deny' | 'halt';
  /** Another budget of the same policy. */
  readonly parent: string | null;
  /** Which actions count; an unknown outcome counts too. */
  readonly formula: Formula;
  /** The policy that it is written in, and where. */
  readonly policy: string;
  readonly digest: string;
  readonly path: Path;
  readonly line: number | undefined;
}

const widths = { trial: 0, agent: 1, run: 2, workspace: 3 } as const;

export function compileBudget(budget: Budget, path: Path, setting: RuleSetting): CompiledBudget {
  const { policy, digest, reading, lineOf } = setting;
  const windowMs = budget.window === undefined ? null : durationMs(budget.window);
  if (windowMs !== null && windowMs > longestMs)
    reading.report('policy/limit-overflow', [...path, 'window'], `\`${budget.window}\` is too long to be counted`);
  return {
    id: budget.id,
    unit: budget.unit,
    limit: limitOf(budget, [...path, 'limit'], reading.report),
    per: budget.per ?? 'trial',
    windowMs,
    onExhausted: budget.onExhausted ?? 'deny',
    parent: budget.parent ?? null,
    formula: budget.when ? readCondition(budget.when, [...path, 'when'], { ...reading, on: 'action' }) : always,
    policy,
    digest,
    path,
    line: lineOf(path),
  };
}

/** An amount of a budget for people, such as `$0.25` or `1 call`. */
export const amountInWords = (amount: number, unit: Budget['unit']): string =>
  unit === 'usd' ? formatMicros(amount) : `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;

/** A part of an amount for people, such as `$0.05 of $0.25` or `0 of 10 calls`. */
export const partInWords = (part: number, whole: number, unit: Budget['unit']): string =>
  `${unit === 'usd' ? formatMicros(part) : part} of ${amountInWords(whole, unit)}`;

const largestUsd = Number.MAX_SAFE_INTEGER / 1_000_000;

function limitOf({ unit, limit }: Budget, path: Path, report: Report): number {
  const isMoney = unit === 'usd';
  const counted = isMoney ? microsOf(limit) : limit;
  const largest = isMoney ? largestUsd : Number.MAX_SAFE_INTEGER;
  if (counted !== null && Number.isSafeInteger(counted) && counted >= 0) return counted;
  if (limit < 0) report('policy/negative-limit', path, `\`${limit}\` is less than nothing`, 'use 0 or more');
  else if (limit > largest)
    report(
      'policy/limit-overflow',
      path,
      `\`${limit}\` ${unit} are more than can be counted`,
      `use at most ${Math.floor(largest)}`,
    );
  else if (isMoney)
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
  const places = new Map(budgets.map(({ id }, index) => [id, index]));
  const at = ({ id }: CompiledBudget, key: string): Path => [...path, places.get(id) ?? 0, key];
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
        ancestorsOf(budget, byId)
          .filter((each) => each !== budget)
          .map((each) => ({ path: at(each, 'parent'), message: `\`${each.id}\` draws from \`${each.parent}\`` })),
      );
    else if (parent.unit !== budget.unit)
      report(
        'policy/parent-unit',
        here,
        `\`${budget.id}\` counts ${budget.unit} and its parent \`${parent.id}\` counts ${parent.unit}`,
        'give both the same unit',
        [{ path: at(parent, 'unit'), message: `\`${parent.id}\` counts ${parent.unit}` }],
      );
    else if (widths[parent.per] < widths[budget.per])
      report(
        'policy/parent-scope',
        here,
        `\`${budget.id}\` is per ${budget.per} and its parent \`${parent.id}\` only per ${parent.per}`,
        `let \`${parent.id}\` be per ${budget.per}`,
        [{ path: at(parent, 'id'), message: `\`${parent.id}\` is per ${parent.per}` }],
      );
  }
}

const isOwnAncestor = (budget: CompiledBudget, byId: ReadonlyMap<string, CompiledBudget>): boolean =>
  ancestorsOf(budget, byId).includes(budget);

/** The budgets that one draws from, the nearest first; where parents go round in a circle, each once. */
function ancestorsOf(budget: CompiledBudget, byId: ReadonlyMap<string, CompiledBudget>): readonly CompiledBudget[] {
  const seen = new Set<CompiledBudget>();
  let above = budget.parent === null ? undefined : byId.get(budget.parent);
  while (above !== undefined && !seen.has(above)) {
    seen.add(above);
    above = above.parent === null ? undefined : byId.get(above.parent);
  }
  return [...seen];
}
