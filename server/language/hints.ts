/**
 * What is true but not written, shown in the line: durations in words, what a budget comes to, how many trials an
 * experiment runs, and defaults that decide something. Nothing is said that the line says already.
 */
import {
  alternatives,
  dereference,
  entryOf,
  type MappingNode,
  type Path,
  referredDocuments,
  type SourceDocument,
  type Span,
  schemaAt,
  valueAt,
  writtenAt,
} from '../engine/documents/index.ts';
import { formatMicros, microsOf } from '../engine/policy/index.ts';
import { durationInWords, numberInWords, takesDuration } from './amounts.ts';
import { includedIn } from './effective.ts';
import { asSource, type LanguageContext, type SourceFile } from './file.ts';
import { closesNextDay, daysOfSpan, renewalInWords } from './schedule.ts';
import { eachInWords, mostThrough } from './spending.ts';
import { type Place, walk } from './walk.ts';
import { type BudgetSummary, budgetSummaries } from './workspace.ts';

export const hintTopics = ['durations', 'budgets', 'trials', 'defaults'] as const;
export type HintTopic = (typeof hintTopics)[number];

export interface Hint {
  /** It stands behind the text that ends here. */
  readonly offset: number;
  readonly label: string;
  readonly topic: HintTopic;
}

/** The hints of a file, or those whose places touch `span`, in the order of the text. */
export function hints(
  file: SourceFile | string,
  span: Span | null = null,
  context: LanguageContext = {},
): readonly Hint[] {
  const source = asSource(file);
  return source.documents
    .flatMap((document) => hintsIn(document, span, context, source))
    .filter(({ offset }) => span === null || (span.start <= offset && offset <= span.end))
    .toSorted((a, b) => a.offset - b.offset);
}

function hintsIn(
  document: SourceDocument,
  span: Span | null,
  context: LanguageContext,
  source: SourceFile,
): readonly Hint[] {
  if (document.kind === null) return [];
  const found: Hint[] = [];
  // What a value itself means stands before what it comes to beside others.
  const later: Hint[] = [];
  const add = (at: Span, topic: HintTopic, label: string | null) => {
    if (label !== null) found.push({ offset: at.end, label, topic });
  };
  walk(document, span, {
    scalar: ({ value, span: at }, place) => {
      if (typeof value === 'number') add(at, 'durations', unfamiliarNumber(value, place));
      if (typeof value !== 'string' || place.schema === null) return;
      if (takesDuration(place.schema)) add(at, 'durations', durationInWords(value));
      else if (place.key === 'days') add(at, 'durations', unfamiliarDays(value));
    },
    mapping: (node, place) => {
      for (const { at, topic, label } of mappingHints(node, place, document, context))
        later.push({ offset: at.end, label, topic });
    },
  });
  found.push(...later);
  if (document.kind === 'Policy') found.push(...includeHints(document, context, source));
  if (document.kind === 'Experiment') found.push(...trialHints(document, context, source));
  found.push(...defaultHints(document, source));
  return found;
}

/** Milliseconds, bytes and moments, which signals and keys with their unit in their name are given in. Money reads well. */
function unfamiliarNumber(value: number, { schema, signal, key }: Place): string | null {
  if (signal?.type === 'money' || (signal === null && schema === null)) return null;
  return numberInWords(value, signal ?? { name: key });
}

/** Two days are named already, and the days of work are known by all. */
function unfamiliarDays(span: string): string | null {
  const days = span === 'mon-fri' ? null : daysOfSpan(span);
  if (days === null || days.length < 3) return null;
  return days.length === 7 ? 'every day' : days.map((day) => day.slice(0, 3)).join(', ');
}

interface FoundHint {
  readonly at: Span;
  readonly topic: HintTopic;
  readonly label: string;
}

/** Hints of budgets, rules, weekly windows and periods, wherever they stand. */
function mappingHints(
  node: MappingNode,
  { schema, depth }: Place,
  document: SourceDocument,
  { nowMs }: LanguageContext,
): readonly FoundHint[] {
  if (schema === null || depth === 0) return [];
  const properties = alternatives(schema).find((each) => each.properties !== undefined)?.properties ?? {};
  if ('onExhausted' in properties && 'limit' in properties) return budgetHints(node, document);
  if ('zone' in properties && 'from' in properties) return windowHints(node);
  const periods = 'renew' in properties ? renewalHints(node, nowMs ?? null) : [];
  return 'effect' in properties && 'when' in properties ? [...ruleHints(node), ...periods] : periods;
}

/** When the periods of a policy or rule are, behind how long they last. */
function renewalHints(node: MappingNode, nowMs: number | null): readonly FoundHint[] {
  const renew = dereference(entryOf(node, 'renew')?.value ?? null);
  const length = renew?.type === 'mapping' ? entryOf(renew, 'for')?.value : undefined;
  if (nowMs === null || renew?.type !== 'mapping' || length === undefined) return [];
  const label = renewalInWords(
    {
      validFrom: textOf(node, 'validFrom'),
      until: textOf(node, 'until'),
      renew: { every: textOf(renew, 'every'), for: textOf(renew, 'for') },
    },
    nowMs,
  );
  const at = writtenAt(node, 'renew');
  if (label === null || at === null) return [];
  const isWritten = at.start <= length.span.start && length.span.end <= at.end;
  return [{ at: isWritten ? length.span : at, topic: 'durations', label }];
}

function amountOf(amount: number, unit: string): string {
  const micros = unit === 'usd' ? microsOf(amount) : null;
  if (micros !== null) return formatMicros(micros);
  const one = amount === 1 ? unit.replace(/s$/, '') : unit;
  return unit === 'usd' ? `$${amount}` : `${grouped(amount)} ${one}`;
}

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** What a budget comes to: what is left out, its share of its parent and what its children take. */
function budgetHints(node: MappingNode, document: SourceDocument): readonly FoundHint[] {
  const at = writtenAt(node, 'limit');
  const id = textOf(node, 'id');
  const budgets = budgetSummaries(valueAt(document.value, ['spec']));
  const own = budgets.find((budget) => budget.id === id);
  if (at === null || own === undefined) return [];
  const parts: string[] = [];
  if (entryOf(node, 'per') === null) parts.push('per trial');
  if (entryOf(node, 'onExhausted') === null) parts.push('then deny');
  const parent = budgets.find((budget) => budget.id === own.parent && budget !== own);
  if (parent !== undefined && parent.unit === own.unit) parts.push(shareOf(own, parent));
  const children = budgets.filter((budget) => budget.parent === own.id && budget.unit === own.unit && budget !== own);
  const [added, others] = partition(children, (child) => child.windowMs === own.windowMs);
  if (added.length > 0) {
    const taken = amountOf(Math.round(added.reduce((sum, each) => sum + each.limit, 0) * 1e6) / 1e6, own.unit);
    parts.push(`${taken} of it for ${added.map((child) => child.id).join(', ')}`);
  }
  // What is for windows of another length does not add up.
  if (others.length > 0)
    parts.push(`${others.map((child) => child.id).join(', ')} draw${others.length === 1 ? 's' : ''} on it`);
  return parts.length === 0 ? [] : [{ at, topic: 'budgets', label: parts.join(', ') }];
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function shareOf(own: BudgetSummary, parent: BudgetSummary): string {
  const whole = `${amountOf(parent.limit, parent.unit)}${eachInWords(parent)}`;
  const most = mostThrough(own, parent);
  if (most !== null && own.limit > most.amount) return `but ${parent.id} has only ${whole}`;
  if (own.windowMs !== parent.windowMs) return `of ${parent.id} (${whole})`;
  const percent = parent.limit === 0 ? 0 : (own.limit / parent.limit) * 100;
  const rounded = percent >= 10 || percent === 0 ? Math.round(percent) : Number(percent.toPrecision(1));
  return `${rounded} % of ${parent.id} (${whole})`;
}

function ruleHints(node: MappingNode): readonly FoundHint[] {
  const effect = writtenAt(node, 'effect');
  if (effect === null || entryOf(node, 'when') !== null || entryOf(node, 'scope') !== null) return [];
  const what = textOf(node, 'on') === 'observation' ? 'observation' : 'action';
  return [{ at: effect, topic: 'defaults', label: `every ${what}` }];
}

/** A window that ends on the next day, and what one leaves out. */
function windowHints(node: MappingNode): readonly FoundHint[] {
  const [from, to] = [writtenAt(node, 'from'), writtenAt(node, 'to')];
  const last = to ?? from;
  if (last === null) return [];
  const [opens, closes] = [textOf(node, 'from') ?? '00:00', textOf(node, 'to') ?? '24:00'];
  const found: FoundHint[] = [];
  if (to !== null && closesNextDay(opens, closes)) found.push({ at: to, topic: 'durations', label: 'on the next day' });
  if (entryOf(node, 'days') === null) found.push({ at: last, topic: 'defaults', label: 'every day' });
  if (entryOf(node, 'zone') === null) found.push({ at: last, topic: 'defaults', label: 'UTC' });
  return found;
}

function textOf(node: MappingNode, key: string): string | null {
  const value = entryOf(node, key)?.value;
  return value?.type === 'scalar' && typeof value.value === 'string' ? value.value : null;
}

/** What each item of `include` brings in: how many rules, and which budgets. */
function includeHints(document: SourceDocument, context: LanguageContext, source: SourceFile): readonly Hint[] {
  const include = valueAt(document.value, ['spec', 'include']);
  return (Array.isArray(include) ? include : []).flatMap((_, index): readonly Hint[] => {
    const at = document.locate(['spec', 'include', index])?.value;
    const parts = includedIn(document, { kind: 'Policy', document, source, context }, index);
    const rules = parts.reduce((sum, { policy }) => sum + (policy.ids?.rule?.length ?? 0), 0);
    const limits = parts.flatMap(({ policy }) => policy.budgets ?? []).map(limitInShort);
    const label = [...(rules === 0 ? [] : [counted(rules, 'rule')]), ...limits].join(', ');
    return at === undefined || label === '' ? [] : [{ offset: at.end, topic: 'budgets', label }];
  });
}

const limitInShort = (budget: BudgetSummary): string =>
  `${budget.id} ${amountOf(budget.limit, budget.unit)} per ${budget.per}${eachInWords(budget)}, then ${budget.onExhausted}`;

/** How many trials an experiment runs, where its repetitions stand, or else its variants. */
function trialHints(
  document: SourceDocument,
  { path, workspace }: LanguageContext,
  source: SourceFile,
): readonly Hint[] {
  const spec = valueAt(document.value, ['spec']);
  const variants = valueAt(spec, ['variants']);
  const tasks = valueAt(spec, ['tasks']);
  const repetitions = valueAt(spec, ['repetitions']) ?? 1;
  if (!Array.isArray(variants) || typeof tasks !== 'string' || !isCount(repetitions) || !path || !workspace) return [];
  const [found, ...others] = referredDocuments('TaskSet', tasks, path, workspace);
  if (found === undefined || others.length > 0) return [];
  const summary = workspace
    .file?.(found.path)
    ?.documents.find((each) => each.kind === 'TaskSet' && each.name === found.name);
  const taskCount = summary?.taskCount;
  if (taskCount === undefined) return [];
  const factors = [counted(variants.length, 'variant'), counted(taskCount, 'task')];
  if (repetitions !== 1) factors.push(grouped(repetitions));
  const total = variants.length * taskCount * repetitions;
  const written = document.locate(['spec', 'repetitions'])?.value;
  const offset = written?.end ?? behindKey(document, source, ['spec', 'variants']);
  return offset === null
    ? []
    : [{ offset, topic: 'trials', label: `${factors.join(' × ')} = ${counted(total, 'trial')}` }];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

/** The end of a key with its colon, which may stand apart from it. */
function behindKey(document: SourceDocument, { text }: SourceFile, path: Path): number | null {
  const key = document.locate(path)?.key;
  if (key === undefined) return null;
  return key.end + (/^\s*:/.exec(text.slice(key.end, key.end + 1_000))?.[0].length ?? 1);
}

/** Keys that decide something when they are left out. */
const defaults: readonly {
  readonly kind: SourceDocument['kind'];
  readonly around: Path;
  readonly keys: readonly string[];
  /** A key beside them that makes the defaults void. */
  readonly unless?: string;
}[] = [
  { kind: 'Policy', around: ['spec'], keys: ['default'], unless: 'overlay' },
  { kind: 'Policy', around: ['spec', 'ask'], keys: ['wait'] },
  { kind: 'Experiment', around: ['spec', 'limits'], keys: ['steps', 'timeout'] },
];

/** They stand behind the key that they belong under; where that is left out too, behind `spec`. */
function defaultHints(document: SourceDocument, source: SourceFile): readonly Hint[] {
  return defaults.flatMap(({ kind, around, keys, unless }) => {
    const value = valueAt(document.value, around);
    if (kind === null || kind !== document.kind || (unless !== undefined && valueAt(value, [unless]) === true))
      return [];
    const isWritten = value !== undefined;
    const offset = behindKey(document, source, isWritten ? around : ['spec']);
    if (offset === null || (!isWritten && kind === 'Policy')) return [];
    const prefix = isWritten ? '' : `${around.slice(1).join('.')}.`;
    const label = keys
      .filter((key) => valueAt(value, [key]) === undefined)
      .map((key) => `${prefix}${key}: ${String(schemaAt(kind, [...around, key])?.default)}`)
      .join(', ');
    return label === '' ? [] : [{ offset, topic: 'defaults' as const, label }];
  });
}
