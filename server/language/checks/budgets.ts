/**
 * Budgets of policies and presets: amounts that cannot be counted, parents that do not fit, children that outgrow them, questions
 * that no answer helps.
 */
import { type Path, type Policy, schemaAt } from '../../engine/documents/index.ts';
import { compilePolicy, formatMicros, microsOf } from '../../engine/policy/index.ts';
import { amountOf } from '../markdown.ts';
import { type Finding, isRecord, textOf } from './finding.ts';

/** Findings in a list of budgets, from the list's own root. Conditions are left to `checkCondition`. */
export function checkBudgets(list: readonly unknown[]): readonly Finding[] {
  return list.length === 0 ? [] : [...compilerFaults(list), ...greedyChildren(list), ...list.flatMap(unanswerable)];
}

/** Ids are checked with the document's, so that is not told twice. */
const toldElsewhere = new Set(['policy/duplicate-id', 'policy/unknown-parent']);

function compilerFaults(list: readonly unknown[]): readonly Finding[] {
  const budgets = list.map((budget) => ({ ...(isRecord(budget) ? budget : {}), when: undefined }));
  const policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'x' }, spec: { budgets } };
  return compilePolicy({ policy: policy as unknown as Policy, digest: '', lineOf: () => undefined })
    .problems.filter(({ code, path }) => !toldElsewhere.has(code) && !isOfNoUnit(code, list[Number(path[2])]))
    .map(({ path, ...problem }): Finding => ({ ...problem, severity: 'error', path: path.slice(2) }));
}

/** It denies, whoever answers: the author should know that before people wait for a question. */
function unanswerable(budget: unknown, index: number): readonly Finding[] {
  if (textOf(budget, 'onExhausted') !== 'ask') return [];
  return [
    {
      code: 'meaning/unanswerable-budget',
      severity: 'warning',
      path: [index, 'onExhausted'],
      message: 'nobody is asked: no answer adds to a budget, so the action is denied',
      help: 'write `deny` or `halt`, and let a rule ask while there is something left',
    },
  ];
}
/** An amount of a unit that there is not is neither whole nor broken. */
const isOfNoUnit = (code: string, budget: unknown): boolean =>
  code === 'policy/inexact-number' && !units.includes(textOf(budget, 'unit') ?? '');
const units = schemaAt('Policy', ['spec', 'budgets', 0, 'unit'])?.enum ?? [];

interface Child {
  readonly index: number;
  readonly limit: number;
  readonly per: string;
}

/** A child larger than its parent can never be used up; children larger than it together starve each other. */
function greedyChildren(list: readonly unknown[]): readonly Finding[] {
  const children = new Map<string, Child[]>();
  for (const [index, budget] of list.entries()) {
    const parent = textOf(budget, 'parent');
    const limit = isRecord(budget) ? budget.limit : null;
    if (parent === null || typeof limit !== 'number') continue;
    const child = { index, limit, per: textOf(budget, 'per') ?? 'trial' };
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [child]);
    else siblings.push(child);
  }
  if (children.size === 0) return [];
  return list.flatMap((parent, index) => {
    const id = textOf(parent, 'id');
    const own = id === null ? [] : (children.get(id) ?? []);
    if (id === null || own.length === 0 || !isRecord(parent) || typeof parent.limit !== 'number') return [];
    const unit = textOf(parent, 'unit') ?? '';
    const fitting = own.filter(({ index: child }) => textOf(list[child], 'unit') === unit);
    return outgrown(id, index, parent.limit, textOf(parent, 'per') ?? 'trial', unit, fitting);
  });
}

function outgrown(
  id: string,
  index: number,
  limit: number,
  per: string,
  unit: string,
  children: readonly Child[],
): readonly Finding[] {
  const places = (some: readonly Child[]) =>
    some.map((child) => ({ path: [child.index, 'limit'] as Path, message: `${amount(child.limit, unit)} of it` }));
  const above = children.filter((child) => child.limit > limit);
  if (above.length > 0)
    return above.map((child) => ({
      code: 'meaning/children-exceed-parent',
      severity: 'warning',
      path: [child.index, 'limit'],
      message: `this is more than its parent \`${id}\` holds, ${amount(limit, unit)}; it can never be used up`,
      related: [{ path: [index, 'limit'], message: `\`${id}\` holds ${amount(limit, unit)}` }],
    }));
  // Only what is counted over the same stretch adds up.
  const beside = children.filter((child) => child.per === per);
  const together = beside.reduce((sum, child) => sum + child.limit, 0);
  if (together <= limit + 1e-9) return [];
  const message = `the budgets that draw from \`${id}\` hold ${amount(together, unit)} together, and it holds ${amount(limit, unit)}`;
  return [
    {
      code: 'meaning/children-exceed-parent',
      severity: 'warning',
      path: [index, 'limit'],
      message,
      related: places(beside),
    },
  ];
}

function amount(limit: number, unit: string): string {
  const micros = unit === 'usd' ? microsOf(Math.round(limit * 1e6) / 1e6) : null;
  return micros === null ? amountOf(limit, unit) : formatMicros(micros);
}
