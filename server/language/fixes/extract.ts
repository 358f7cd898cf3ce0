/**
 * Extracts a rule into a policy of its own, which the old one includes: it stays in force where the old one is, for whom
 * and when the old one is, so no decision changes. Not offered where the rule leans on something else of its file.
 */
import {
  placesMatching,
  type SequenceNode,
  type SourceDocument,
  type SyntaxNode,
  valueAt,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import {
  appendItem,
  columnOf,
  contentEnd,
  isJsonAt,
  lineBreakOf,
  removeEntry,
  removeItem,
  removeWhole,
  replaceScalar,
} from './edit.ts';
import { type Change, type Fix, nodeAt, type Scene, type TextEdit } from './fix.ts';
import { type OwnLines, ownLines } from './own-lines.ts';
import { freeId } from './required.ts';
import { blockText, flowEntries, scalarText } from './yaml-text.ts';

/** The extraction of the rule at `offset`; none where it would change a decision or cannot be done everywhere. */
export function extractRule(scene: Scene, offset: number): readonly Fix[] {
  const { document, file, context } = scene;
  const { path: from = null, workspace = null } = context;
  if (document.kind !== 'Policy' || !document.valid || document.name === null || from === null || workspace === null)
    return [];
  const [spec, rules, index] = document.placeAt(offset)?.path ?? [];
  if (spec !== 'spec' || rules !== 'rules' || typeof index !== 'number') return [];
  const rule = valueAt(document.value, ['spec', 'rules', index]);
  const id = valueAt(rule, ['id']);
  // What a rule looks for in texts are patterns of its own policy, by their names there.
  if (typeof id !== 'string' || readsPatterns(rule)) return [];
  const text = ruleText(file, document, index);
  if (text === null) return [];
  const name = freeId(id, new Set(workspace.documents('Policy').flatMap((other) => other.name ?? [])));
  const path = workspace.resolve(from, `./${name}.policy.yaml`);
  const here = includeInstead(file, document, index, name);
  const elsewhere = followElsewhere(scene, from, { policy: document.name, rule: id, to: name });
  if (here === null || elsewhere === null || workspace.fileExists(path)) return [];
  const eol = lineBreakOf(file);
  const lines = [
    'apiVersion: assay/v1',
    'kind: Policy',
    'metadata:',
    `  name: ${scalarText(name)}`,
    'spec:',
    // Whatever else applies keeps its default.
    '  overlay: true',
    ...whoIsAsked(document, rule),
    `  rules:${text.behindKey}`,
    ...text.lines,
    '',
  ];
  const changes: readonly Change[] = [
    { type: 'create', path, text: lines.join(eol) },
    ...asOneOfEach([{ path: null, edits: here }, ...elsewhere]),
  ];
  return [
    { title: `extract rule \`${id}\` into a policy of its own`, kind: 'refactor.extract', problems: [], changes },
  ];
}

/** Whom the policy asks where the rule itself does not say: only that is not taken along by including it. */
function whoIsAsked({ value }: SourceDocument, rule: unknown): readonly string[] {
  const ask = valueAt(value, ['spec', 'ask']);
  const isNeeded = valueAt(rule, ['effect']) === 'ask' && valueAt(rule, ['ask']) === undefined && ask !== undefined;
  return isNeeded ? blockText({ ask }, 2) : [];
}

function readsPatterns(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => key === 'observation.patterns' || readsPatterns(child));
}

/** The rule out of its list and the policy `name` into `include`; null where the text cannot be kept. */
function includeInstead(
  file: SourceFile,
  document: SourceDocument,
  index: number,
  name: string,
): readonly TextEdit[] | null {
  const spec = nodeAt(document, ['spec']);
  if (spec?.type !== 'mapping') return null;
  const find = (key: string) => spec.entries.findIndex((entry) => entry.key === key && !entry.merge);
  const [rules, include] = [spec.entries[find('rules')], spec.entries[find('include')]];
  if (rules?.value.type !== 'sequence' || (include !== undefined && include.value.type !== 'sequence')) return null;
  const isLast = rules.value.items.length === 1;
  const own = ownLines(file, rules.value, index);
  const { start } = rules.keySpan;
  const removal = isLast
    ? spec.flow || own === null
      ? removeEntry(file, spec, find('rules'))
      : removeWhole(
          file,
          file.lines.lineAt(start),
          Math.max(own.last, file.lines.lineAt(contentEnd(file, rules.value))),
        )
    : own === null
      ? removeItem(file, rules.value, index)
      : removeWhole(file, own.first, own.last);
  if (include?.value.type === 'sequence')
    return removal === null ? null : [removal, appendItem(file, include.value, name)];
  // The last rule takes its list with it; else the key goes before the list.
  const entry = flowEntries({ include: [name] }, isJsonAt(file, start));
  if (isLast) return [{ span: { start, end: endOfRules(file, rules.value, own) }, text: entry }];
  if (!spec.flow && file.text.slice(file.lines.startOf(file.lines.lineAt(start)), start).trim() !== '') return null;
  const at = spec.flow ? start : aboveComments(file, start);
  const after = spec.flow ? ', ' : `${lineBreakOf(file)}${' '.repeat(columnOf(file, start))}`;
  const insertion = { span: { start: at, end: at }, text: `${entry}${after}` };
  return removal === null ? null : [insertion, removal];
}

/** Where a key begins, with the comments in lines above it that stand in its column. */
function aboveComments({ lines }: SourceFile, start: number): number {
  const line = lines.lineAt(start);
  const column = start - lines.startOf(line);
  let first = line;
  while (first > 0 && lines.textOf(first - 1).search(/\S/) === column && lines.textOf(first - 1)[column] === '#')
    first--;
  return lines.startOf(first) + column;
}

/** The end of a list of one rule, with the comments that go along. */
function endOfRules(file: SourceFile, rules: SequenceNode, own: OwnLines | null): number {
  const { lines } = file;
  const end = contentEnd(file, rules);
  return own === null || rules.flow ? end : lines.startOf(own.last) + lines.textOf(own.last).trimEnd().length;
}

/**
 * The rule as it is written, as an item of a list indented by four, with the comments that belong to it; null where its
 * text leans on the rest of the file.
 */
function ruleText(
  file: SourceFile,
  document: SourceDocument,
  index: number,
): { readonly behindKey: string; readonly lines: readonly string[] } | null {
  const list = nodeAt(document, ['spec', 'rules']);
  const item = list?.type === 'sequence' ? list.items[index] : undefined;
  if (list?.type !== 'sequence' || item === undefined || !standsAlone(item)) return null;
  const column = columnOf(file, item.span.start);
  const lines = file.text.slice(item.span.start, contentEnd(file, item)).split(/\r?\n/);
  if (/(^|\s)&\S/.test(lines.join('\n'))) return null;
  const own = ownLines(file, list, index);
  const shift = (line: string): string => {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    return line.trim() === '' ? '' : `${' '.repeat(Math.max(6, indent - column + 6))}${line.trimStart()}`;
  };
  const [first = '', ...rest] = lines;
  const written = [`    - ${first}`, ...rest.map(shift)];
  written.push(`${written.pop()}${own?.behind ?? ''}`);
  const alone = list.items.length === 1 ? commentsOfList(file, list) : null;
  const above = alone?.above ?? own?.above ?? [];
  return {
    behindKey: alone?.behindKey ?? '',
    lines: [...above.map((comment) => `    ${comment}`), ...written, ...(own?.below.map(shift) ?? [])],
  };
}

/** The comments between the key of a list in a block and its first item. */
function commentsOfList(
  { lines }: SourceFile,
  { flow, span }: SequenceNode,
): { readonly behindKey: string; readonly above: readonly string[] } | null {
  if (flow) return null;
  const above: string[] = [];
  for (let line = lines.lineAt(span.start) - 1; line >= 0; line--) {
    const written = lines.textOf(line).trim();
    if (written !== '' && !written.startsWith('#')) return { behindKey: /\s+#.*$/.exec(written)?.[0] ?? '', above };
    if (written !== '') above.unshift(written);
  }
  return null;
}

function standsAlone(node: SyntaxNode): boolean {
  if (node.type === 'alias') return false;
  if (node.type === 'sequence') return node.items.every(standsAlone);
  return node.type !== 'mapping' || node.entries.every(({ value, merge }) => !merge && standsAlone(value));
}

/** What else has to know where the rule is now. */
interface Move {
  readonly policy: string;
  readonly rule: string;
  readonly to: string;
}

interface FileEdits {
  /** Null for the file at hand. */
  readonly path: string | null;
  readonly edits: readonly TextEdit[];
}

/** Edits of tests that expect the rule by its full name, and of capsules that hold the policy; null when one cannot be read. */
function followElsewhere({ file, context }: Scene, ownPath: string, move: Move): readonly FileEdits[] | null {
  const { workspace = null, read } = context;
  if (workspace === null) return null;
  const paths = new Set(
    (['PolicyTest', 'Capsule'] as const).flatMap((kind) => workspace.documents(kind).map(({ path }) => path)),
  );
  const found: FileEdits[] = [];
  for (const path of paths) {
    const isHere = path === ownPath;
    const other = isHere ? file : (read?.(path) ?? null);
    if (other === null) return null;
    const holds = (reference: unknown) =>
      typeof reference === 'string' && workspace.resolve(path, reference) === ownPath;
    const edits = other.documents.flatMap((document) => [
      ...renamedInTest(document, other, move),
      ...addedToCapsule(document, other, move.to, holds),
    ]);
    // What several places share through an alias is written once.
    const each = [...new Map(edits.map((edit) => [edit.span.start, edit])).values()];
    if (each.length > 0) found.push({ path: isHere ? null : path, edits: each });
  }
  return found;
}

/** One change for each file. */
const asOneOfEach = (all: readonly FileEdits[]): readonly Change[] =>
  [...Map.groupBy(all, ({ path }) => path)].map(([path, each]) => ({
    type: 'edit',
    path,
    edits: each.flatMap(({ edits }) => edits),
  }));

function renamedInTest(document: SourceDocument, file: SourceFile, { policy, rule, to }: Move): readonly TextEdit[] {
  if (document.kind !== 'PolicyTest') return [];
  return placesMatching(document.value, ['spec', 'cases', '*', 'expect', 'rules', '*']).flatMap(({ value, path }) => {
    const span = value === `${policy}/${rule}` ? document.locate(path)?.value : undefined;
    return span === undefined ? [] : [replaceScalar(file, span, `${to}/${rule}`)];
  });
}

/** The new file beside the old one in the capsule that holds it. */
function addedToCapsule(
  document: SourceDocument,
  file: SourceFile,
  name: string,
  holds: (reference: unknown) => boolean,
): readonly TextEdit[] {
  const list = document.kind === 'Capsule' ? nodeAt(document, ['spec', 'policies']) : null;
  const paths = placesMatching(document.value, ['spec', 'policies', '*', 'path']).map(({ value }) => value);
  const old = paths.find(holds);
  if (list?.type !== 'sequence' || typeof old !== 'string') return [];
  return [appendItem(file, list, { path: old.replace(/[^/]*$/, `${name}.policy.yaml`) })];
}
