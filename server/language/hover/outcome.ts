/** What values come to once everything is put together: trials of an experiment, what holds for a variant, what a budget allows. */
import { type Path, type PlaceInTree, valueAt } from '../../engine/documents/index.ts';
import { type EffectiveVariant, effectiveVariant, includedIn, type Sourced, trialsOf } from '../effective.ts';
import { amountOf, budgetInWords, listed } from '../markdown.ts';
import { eachInWords, mostThrough } from '../spending.ts';
import type { Surroundings } from '../surroundings.ts';
import { type BudgetSummary, budgetSummaries } from '../workspace.ts';

/** What the value at a path comes to; null where that is no more than what is written. */
export function outcomeMarkdown(around: Surroundings, { path, onKey }: PlaceInTree): string | null {
  const [top, list, index, key] = path;
  if (around.kind === 'Experiment') {
    const isCounted =
      top === 'spec' && (list === 'repetitions' || list === 'tasks' || (list === 'variants' && path.length === 2));
    if (isCounted || (path.length === 1 && top === 'kind')) return trialsMarkdown(around);
    const isTelling = key === 'id' || (onKey && (key === 'preset' || key === 'policies' || key === 'role'));
    if (list !== 'variants' || typeof index !== 'number' || !isTelling || path.length !== 4) return null;
    const variant = effectiveVariant(around, path.slice(0, 3));
    return variant === null ? null : variantMarkdown(variant);
  }
  if (around.kind === 'Policy' && list === 'include' && path.length === 2) return includedMarkdown(around);
  const isBudget = top === 'spec' && list === 'budgets' && typeof index === 'number' && path.length === 4;
  return isBudget && (key === 'limit' || key === 'id') ? limitMarkdown(around, path) : null;
}

function trialsMarkdown(around: Surroundings): string | null {
  const total = trialsOf(around);
  if (total === null) return null;
  const spec = valueAt(around.document?.value, ['spec']);
  const variants = valueAt(spec, ['variants']);
  const count = Array.isArray(variants) ? variants.length : 0;
  const each = trialsOf(around, 1) ?? 0;
  return `**${plural(total, 'trial')}**: ${plural(count, 'variant')}, ${plural(each, 'trial')} each`;
}

function variantMarkdown(variant: EffectiveVariant): string {
  const { role, policies, budgets, tools, trials, missing } = variant;
  const lines = [
    `role: \`${role.value}\` (${role.from})`,
    policies.length === 0
      ? 'policies: none, so nothing is allowed'
      : `policies: ${policies.map(({ value, from }) => `\`${value}\` (${from})`).join(', ')}`,
    variant.default === null ? null : `where no rule matches: \`${variant.default.value}\` (${variant.default.from})`,
    ...budgets.map(budgetLine),
    tools === null ? null : `tools: ${tools.length === 0 ? 'none' : listed(tools)}`,
    trials === null ? null : plural(trials, 'trial'),
    missing.length === 0 ? null : `not found: ${listed(missing)}`,
  ];
  return `**What holds for this variant**\n${lines
    .filter((line) => line !== null)
    .map((line) => `- ${line}`)
    .join('\n')}`;
}

/** What a policy is made of, beside its own rules and budgets. */
function includedMarkdown(around: Surroundings): string | null {
  const parts = around.document === null ? [] : includedIn(around.document, around);
  if (parts.length === 0) return null;
  const lines = parts.map(({ policy, by }) => {
    const { name, ids = {}, budgets = [] } = policy;
    const rules = ids.rule === undefined || ids.rule.length === 0 ? [] : [`rules ${listed(ids.rule)}`];
    const limits = budgets.map((budget) => `budget \`${budget.id}\`: ${budgetInWords(budget)}`);
    const way = by === around.document?.name ? '' : ` (through \`${by}\`)`;
    return `- of \`${name}\`${way}: ${[...rules, ...limits].join('; ') || 'nothing'}`;
  });
  return `**What becomes part of this policy**\n${lines.join('\n')}`;
}

const budgetLine = ({ value, from }: Sourced<EffectiveVariant['budgets'][number]['value']>): string =>
  `budget \`${value.id}\`: ${budgetInWords(value)} (${from})`;

function limitMarkdown({ document }: Surroundings, path: Path): string | null {
  const budgets = budgetSummaries(valueAt(document?.value, ['spec']));
  const own = budgetSummaries({ budgets: [valueAt(document?.value, path.slice(0, -1))] })[0];
  if (own === undefined) return null;
  const { unit, limit, per, onExhausted } = own;
  const above = ancestorsOf(own, budgets);
  const lines = above.map((each) => `- draws on \`${each.id}\`: ${budgetInWords(each)}`);
  const least = leastAbove(own, above);
  if (least !== null) lines.push(least);
  const children = budgets.filter(({ parent }) => parent === own.id);
  if (children.length > 0)
    lines.push(
      `- ${children.map((each) => `\`${each.id}\` (${amountOf(each.limit, each.unit)}${eachInWords(each)})`).join(', ')} draw${children.length === 1 ? 's' : ''} on it`,
    );
  const first = `${amountOf(limit, unit)} per ${per}${eachInWords(own)}; what does not fit any more: \`${onExhausted}\``;
  return [first, ...lines].join('\n');
}

/** What is left of a limit because a budget above lets less through; null where none does for certain. */
function leastAbove(own: BudgetSummary, above: readonly BudgetSummary[]): string | null {
  const least = above
    .filter(({ unit }) => unit === own.unit)
    .flatMap((each) => {
      const most = mostThrough(own, each);
      return most === null ? [] : [{ each, most }];
    })
    .toSorted((a, b) => a.most.amount - b.most.amount)[0];
  if (least === undefined || least.most.amount >= own.limit) return null;
  const { each, most } = least;
  const within = each.windowMs === undefined ? '' : eachInWords(own);
  const all = most.times === 1 ? 'which is all that' : `${most.times} times what`;
  return `- so never more than ${amountOf(most.amount, own.unit)}${within}, ${all} \`${each.id}\` has${eachInWords(each)}`;
}

/** The budgets that one draws on, the nearest first; parents that lead in a circle end the way. */
function ancestorsOf(own: BudgetSummary, budgets: readonly BudgetSummary[]): readonly BudgetSummary[] {
  const found: BudgetSummary[] = [];
  for (let at: BudgetSummary | undefined = own; at !== undefined; ) {
    const { parent }: BudgetSummary = at;
    at = parent === undefined ? undefined : budgets.find(({ id }) => id === parent);
    if (at === undefined || at.id === own.id || found.includes(at)) break;
    found.push(at);
  }
  return found;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
