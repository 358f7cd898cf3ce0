/** Documents, tools and budgets in a few lines of Markdown, as hovers and completions show them. */
import {
  alternatives,
  kindInWords,
  type LineMap,
  propertiesOf,
  type Schema,
  type Span,
  type WorkspaceDocument,
} from '../engine/documents/index.ts';
import { eachInWords } from './spending.ts';
import type { BudgetSummary, DocumentSummary, ToolSummary } from './workspace.ts';

/** Such as `write · risk 3 · $0.01`. */
export function toolInShort({ kind, risk, costUsd }: ToolSummary): string {
  const parts = [kind, risk === null ? null : `risk ${risk}`, costUsd === null ? null : `$${costUsd}`];
  return parts.filter((part) => part !== null).join(' · ');
}

export function toolMarkdown(tool: ToolSummary): string {
  const lines = [`**${tool.name}** · ${toolInShort(tool)}`, escaped(tool.description)];
  if (tool.tags.length > 0) lines.push(`Tags: ${tool.tags.map((tag) => `\`${tag}\``).join(', ')}`);
  const input = inputMarkdown(tool.input);
  return [...lines, input].filter((line) => line !== '').join('\n\n');
}

/** The input of a tool as a list of its keys. */
function inputMarkdown(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const schema = input as Schema;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const keys = [...propertiesOf(schema)].map(([name, property]) => {
    const types = alternatives(property).map(({ type, enum: values }) =>
      Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(' | ') : (type ?? 'any'),
    );
    const about = typeof property.description === 'string' ? ` ${escaped(property.description)}` : '';
    return `- \`${name}${required.has(name) ? '' : '?'}: ${types.join(' | ')}\`${about}`;
  });
  return keys.length === 0 ? '' : `Input:\n${keys.join('\n')}`;
}

/** Such as ``at most 4 calls per trial, then `deny` `` or ``at most $5 per workspace each hour, then `halt` ``. */
export const budgetInWords = (budget: BudgetSummary): string =>
  `at most ${amountOf(budget.limit, budget.unit)} per ${budget.per}${eachInWords(budget)}, then \`${budget.onExhausted}\``;

/** Such as `$0.25` or `4 calls`. */
export const amountOf = (amount: number, unit: string): string => {
  if (unit === 'usd') return `$${amount}`;
  return `${amount} ${amount === 1 ? unit.replace(/s$/, '') : unit}`;
};

/** What a document is: kind, name and path, its description, and what it holds in short. */
export function documentMarkdown(document: WorkspaceDocument | DocumentSummary): string {
  const { kind, name, path, description } = document;
  const title = `${kindInWords[kind]} \`${name ?? path}\`${path === '' ? '' : ` in \`${path}\``}`;
  const content = 'words' in document ? contentOf(document) : [];
  return [title, escaped(description ?? ''), content.map((line) => `- ${line}`).join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

function contentOf(document: DocumentSummary): readonly string[] {
  const { ids = {}, budgets = [], tools = [], taskCount, role, toolNames } = document;
  const lines: string[] = [];
  const included = document.references.filter(({ to, path }) => to === 'Policy' && path[1] === 'include');
  if (document.default !== undefined) lines.push(`default: \`${document.default}\``);
  if (role !== undefined) lines.push(`role: \`${role}\``);
  if (ids.rule !== undefined && ids.rule.length > 0) lines.push(`rules: ${listed(ids.rule)}`);
  if (included.length > 0) lines.push(`includes: ${listed(included.map(({ text }) => text))}`);
  for (const budget of budgets) lines.push(`budget \`${budget.id}\`: ${budgetInWords(budget)}`);
  if (tools.length > 0) lines.push(`tools: ${listed(tools.map(({ name }) => name))}`);
  if (toolNames !== undefined) lines.push(`tools: ${toolNames.length === 0 ? 'none' : listed(toolNames)}`);
  if (taskCount !== undefined) lines.push(`${taskCount} ${taskCount === 1 ? 'task' : 'tasks'}`);
  return lines;
}

const shownLines = 12;

/** How much of a line is shown. */
const shownColumns = 300;

/** A part of a document as it is written, its first dozen lines, as far to the left as it goes. */
export function yamlMarkdown(lines: LineMap, span: Span): string {
  let { start, end } = span;
  while (end > start && /\s/.test(lines.text[end - 1] ?? '')) end--;
  while (start < end && /\s/.test(lines.text[start] ?? '')) start++;
  const [first, last] = [lines.lineAt(start), lines.lineAt(end)];
  const column = span.start - lines.startOf(lines.lineAt(span.start));
  const written: string[] = [];
  for (let line = first; line <= Math.min(last, first + shownLines - 1); line++) {
    const from = line === first ? start : lines.startOf(line) + Math.min(column, lines.indentAt(line));
    const whole = lines.text.slice(from, Math.min(end, lines.endOf(line)));
    written.push(whole.length > shownColumns ? `${whole.slice(0, shownColumns)}…` : whole);
  }
  if (last - first >= shownLines) written.push('…');
  const longest = [...written.join('\n').matchAll(/`+/g)].reduce((most, [each]) => Math.max(most, each.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}yaml\n${written.join('\n')}\n${fence}`;
}

const shown = 12;

/** Names, the first dozen of them. */
export const listed = (names: readonly string[]): string =>
  names
    .slice(0, shown)
    .map((name) => `\`${name}\``)
    .join(', ') + (names.length > shown ? ` and ${names.length - shown} more` : '');

/** A user's text as text: no link, image or markup of it takes effect. */
export const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~]/g, '\\$&');
