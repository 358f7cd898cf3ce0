/**
 * Budgets of policies and presets: amounts that cannot be counted, parents that do not fit, children that outgrow them, questions
 * that no answer helps.
 */
import { durationMs, type Path, type Policy, schemaAt } from '../../engine/documents/index.ts';
import { compilePolicy, formatMicros, microsOf } from '../../engine/policy/index.ts';
import { amountOf } from '../markdown.ts';
import { areForTheSame, eachInWords, type Limited, mostThrough } from '../spending.ts';
import { type Finding, fromRoot, isRecord, textOf } from './finding.ts';

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
    .map((problem): Finding => ({ ...fromRoot(problem, 2), severity: 'error' }));
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

interface Child extends Limited {
  readonly index: number;
}

const limitedOf = (budget: unknown, limit: number): Limited => {
  const windowMs = durationMs(textOf(budget, 'window') ?? '');
  return { limit, per: textOf(budget, 'per') ?? 'trial', ...(windowMs !== null && { windowMs }) };
};

/**
 * A child can never be used up where its parent lets less through while its limit lasts; children larger than it together
 * starve each other.
 */
function greedyChildren(list: readonly unknown[]): readonly Finding[] {
  const children = new Map<string, Child[]>();
  for (const [index, budget] of list.entries()) {
    const parent = textOf(budget, 'parent');
    const limit = isRecord(budget) ? budget.limit : null;
    if (parent === null || typeof limit !== 'number') continue;
    const child = { index, ...limitedOf(budget, limit) };
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
    return outgrown(id, index, limitedOf(parent, parent.limit), unit, fitting);
  });
}

function outgrown(
  id: string,
  index: number,
  parent: Limited,
  unit: string,
  children: readonly Child[],
): readonly Finding[] {
  const holds = `${amount(parent.limit, unit)}${eachInWords(parent)}`;
  const places = (some: readonly Child[]) =>
    some.map((child) => ({ path: [child.index, 'limit'] as Path, message: `${amount(child.limit, unit)} of it` }));
  const above = children.flatMap((child): Finding[] => {
    const most = mostThrough(child, parent);
    if (most === null || child.limit <= most.amount) return [];
    const through =
      most.times === 1
        ? `holds, ${holds}`
        : `holds${eachInWords(child)}, ${most.times} times ${amount(parent.limit, unit)}`;
    return [
      {
        code: 'meaning/children-exceed-parent',
        severity: 'warning',
        path: [child.index, 'limit'],
        message: `this is more than its parent \`${id}\` ${through}; it can never be used up`,
        related: [{ path: [index, 'limit'], message: `\`${id}\` holds ${holds}` }],
      },
    ];
  });
  if (above.length > 0) return above;
  // Only what is counted over the same stretch adds up.
  const beside = children.filter((child) => areForTheSame(child, parent));
  const together = beside.reduce((sum, child) => sum + child.limit, 0);
  if (together <= parent.limit + 1e-9) return [];
  const message = `the budgets that draw from \`${id}\` hold ${amount(together, unit)} together${eachInWords(parent)}, and it holds ${amount(parent.limit, unit)}`;
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
