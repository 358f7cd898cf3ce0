/** Fixes of values in another shape than is asked for: keys where a list is due, and keys in keys that have a dot between. */
import {
  alternatives,
  itemsOf,
  type MappingEntry,
  type MappingNode,
  propertiesOf,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { columnOf, contentEnd, lineBreakOf, valueEnd } from './edit.ts';
import { type Fixer, nodeAt, quickFix, schemaOf, type TextEdit } from './fix.ts';

const obvious = { isPreferred: true } as const;

/** Keys where a list of such keys is due: one item of it, or for conditions each of them one. */
export const intoList: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const place = document.placeAt(problem.span.start);
  const path = (place?.onKey === true ? place.path.slice(0, -1) : place?.path) ?? [];
  const node = nodeAt(document, path);
  const schema = schemaOf(scene, path);
  if (node?.type !== 'mapping' || node.span.start !== problem.span.start || schema === null) return [];
  const items = itemsOf(schema);
  const known = items === null ? new Map() : propertiesOf(items);
  const isMeant = node.entries.length > 0 && node.entries.every(({ key, merge }) => !merge && known.has(key));
  if (!isMeant || alternatives(schema).some(({ type }) => type === 'object')) return [];
  const isEach = path.at(-1) === 'all' || path.at(-1) === 'any';
  const edits = node.flow ? flowItems(file, node, isEach) : blockItems(file, node, isEach);
  return [quickFix('make it a list', problem, edits, obvious)];
};

const insertion = (at: number, text: string): TextEdit => ({ span: { start: at, end: at }, text });

/** Where what stands behind a key ends. */
const endOf = (file: SourceFile, { keySpan, value }: MappingEntry): number =>
  value.span.start === value.span.end ? keySpan.end : contentEnd(file, value);

function flowItems(file: SourceFile, { span, entries }: MappingNode, isEach: boolean): readonly TextEdit[] {
  const between = entries.slice(1).map((entry, index) => {
    const before = entries[index];
    const start = before === undefined ? entry.keySpan.start : endOf(file, before);
    return { span: { start, end: entry.keySpan.start }, text: ' }, { ' };
  });
  return [insertion(span.start, '['), ...(isEach ? between : []), insertion(span.end, ']')];
}

function blockItems(file: SourceFile, { entries }: MappingNode, isEach: boolean): readonly TextEdit[] {
  const { lines } = file;
  const items = isEach ? entries.map((entry) => [entry]) : [entries];
  return items.flatMap((item) => {
    const [first, last] = [item[0], item.at(-1)];
    if (first === undefined || last === undefined) return [];
    const line = lines.lineAt(first.keySpan.start);
    const end = lines.lineAt(valueEnd(file, last.keySpan.end, last.value));
    const rest = Array.from({ length: end - line }, (_, step) => line + 1 + step);
    return [
      insertion(first.keySpan.start, '- '),
      ...rest.flatMap((at) => (lines.textOf(at).trim() === '' ? [] : insertion(lines.startOf(at), '  '))),
    ];
  });
}

/** `tool: { risk: 3 }` for `tool.risk: 3`. */
export const joinKeys: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const place = document.placeAt(problem.span.start);
  const path = place?.path ?? [];
  const outer = nodeAt(document, path.slice(0, -1));
  const entry = outer?.type === 'mapping' ? outer.entries.find(({ key }) => key === path.at(-1)) : undefined;
  const schema = schemaOf(scene, path.slice(0, -1));
  const inner = entry?.value;
  if (outer?.type !== 'mapping' || entry === undefined || inner?.type !== 'mapping' || schema === null) return [];
  const known = propertiesOf(schema);
  const present = new Set(outer.entries.map(({ key }) => key));
  const isMeant = ({ key }: MappingEntry) => known.has(`${entry.key}.${key}`) && !present.has(`${entry.key}.${key}`);
  const [first] = inner.entries;
  if (place?.onKey !== true || first === undefined || !inner.entries.every(isMeant)) return [];
  if (!/^["']?\s*:[\s{]*$/.test(file.text.slice(entry.keySpan.end, first.keySpan.start))) return [];
  const title = `write \`${inner.entries.map(({ key }) => `${entry.key}.${key}`).join('`, `')}\``;
  const edits = inner.flow ? joinedFlow(file, entry, inner, outer) : joinedBlock(file, entry, inner);
  return [quickFix(title, problem, edits, obvious)];
};

/** The name before each key, inside its quotes. */
const prefixed = (file: SourceFile, { key }: MappingEntry, { keySpan: { start } }: MappingEntry): TextEdit =>
  insertion(/["']/.test(file.text.charAt(start)) ? start + 1 : start, `${key}.`);

function joinedFlow(
  file: SourceFile,
  entry: MappingEntry,
  { span, entries }: MappingNode,
  outer: MappingNode,
): readonly TextEdit[] {
  const apart = outer.flow ? ', ' : `${lineBreakOf(file)}${' '.repeat(columnOf(file, entry.keySpan.start))}`;
  const edits = entries.flatMap((each, index) => {
    const before = entries[index - 1];
    const start = before === undefined ? entry.keySpan.start : endOf(file, before);
    const gap = { span: { start, end: each.keySpan.start }, text: before === undefined ? '' : apart };
    const name = prefixed(file, entry, each);
    return name.span.start === gap.span.end ? [{ ...gap, text: gap.text + name.text }] : [gap, name];
  });
  const last = entries.at(-1);
  const end = last === undefined ? span.start : endOf(file, last);
  return [...edits, { span: { start: end, end: span.end }, text: '' }];
}

function joinedBlock(file: SourceFile, entry: MappingEntry, { entries }: MappingNode): readonly TextEdit[] {
  const { lines } = file;
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return [];
  const by = columnOf(file, first.keySpan.start) - columnOf(file, entry.keySpan.start);
  const line = lines.lineAt(first.keySpan.start);
  const end = lines.lineAt(valueEnd(file, last.keySpan.end, last.value));
  const back = Array.from({ length: end - line }, (_, step) => line + 1 + step).flatMap((at) => {
    const indent = /^ */.exec(lines.textOf(at))?.[0].length ?? 0;
    const start = lines.startOf(at);
    return { span: { start, end: start + Math.min(indent, by) }, text: '' };
  });
  const names = entries.slice(1).map((each) => prefixed(file, entry, each));
  const head = prefixed(file, entry, first);
  const gap = { span: { start: entry.keySpan.start, end: first.keySpan.start }, text: '' };
  const start = head.span.start === gap.span.end ? [{ ...gap, text: head.text }] : [gap, head];
  return [...start, ...back, ...names];
}

/** `gt: 3` for `atLeast: 4`, in whole numbers. */
export const nextNumber: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  const [, key, number] = /did you mean `(atLeast|atMost): (-?\d+)`\?/.exec(problem.message) ?? [];
  const path = place?.path ?? [];
  const value = nodeAt(document, path);
  const { start, end } = problem.span;
  const quote = /["']/.exec(file.text.charAt(start))?.[0] ?? '';
  if (place?.onKey !== true || key === undefined || number === undefined || value === null) return [];
  // As far as the value, which may be part of the key: `atLeast 3`.
  const edit = { span: { start, end: valueEnd(file, end, value) }, text: `${quote}${key}${quote}: ${number}` };
  return [quickFix(`write \`${key}: ${number}\``, problem, [edit], obvious)];
};

/** `">= 3"` for `{ atLeast: 3 }`. */
export const writeComparator: Fixer = (problem) => {
  const [, written] = /^write `(\{ \w+: -?[\d.]+ \})`$/.exec(problem.help ?? '') ?? [];
  if (written === undefined) return [];
  return [quickFix(`write \`${written}\``, problem, [{ span: problem.span, text: written }], obvious)];
};
