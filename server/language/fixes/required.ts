/** Fixes that put in what must be there: required keys with their children, and values for keys that have none. */
import {
  alternatives,
  type DocumentKind,
  declaredIds,
  documentKinds,
  itemsOf,
  type MappingNode,
  type Path,
  type Problem,
  propertiesOf,
  referenceAt,
  type Schema,
  schemaAt,
  valueAt,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { fillKey, insertKey, isJsonAt, lineBreakOf } from './edit.ts';
import { type Fix, type Fixer, nodeAt, quickFix, type Scene, schemaOf, type TextEdit } from './fix.ts';
import { flowText } from './yaml-text.ts';

/** All required keys that a mapping lacks, at once. */
export const insertRequired: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const place = document.placeAt(problem.span.start);
  if (place === null || document.kind === null) return [];
  for (const path of place.path.length === 0 ? [place.path] : [place.path, place.path.slice(0, -1)]) {
    const node = nodeAt(document, path);
    if (node?.type !== 'mapping') continue;
    const missing = missingKeys(schemaOf(scene, path), node);
    if (!missing.some((key) => problem.message.includes(`\`${key}\``))) continue;
    const values = Object.fromEntries(missing.map((key) => [key, valueFor(scene, [...path, key])]));
    const title = `insert ${missing.map((key) => `\`${key}\``).join(', ')}`;
    return [quickFix(title, problem, [insertKey(file, node, values)], { isPreferred: true })];
  }
  return [];
};

function missingKeys(schema: Schema | null, node: MappingNode): readonly string[] {
  if (schema === null) return [];
  const present = new Set(node.entries.map(({ key }) => key));
  const choices = (schema.oneOf ?? []).map((branch) => branch.required ?? []);
  const isChosen = choices.some((keys) => keys.every((key) => present.has(key)));
  const choice = isChosen ? [] : (choices[0] ?? []);
  const required = alternatives(schema).find((branch) => branch.required !== undefined)?.required ?? [];
  return [...required, ...choice].filter((key) => !present.has(key));
}

/** Keys that have nothing behind them. */
export const fillEmpty: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const place = document.placeAt(problem.span.start);
  if (place === null || !place.onKey || document.kind === null) return [];
  const node = nodeAt(document, place.path);
  const schema = schemaOf(scene, place.path);
  const value = valueFor(scene, place.path);
  const title = `fill in \`${place.path.at(-1)}\``;
  if (node?.type === 'mapping' && node.flow && node.entries.length === 0 && flowText(value) !== '{}')
    return [quickFix(title, problem, [{ span: node.span, text: flowText(value, isJsonAt(file, place.span.start)) }])];
  if (node?.type !== 'scalar' || node.value !== null || node.span.start !== node.span.end || schema === null) return [];
  // What an alias stands for is written elsewhere.
  if (node.span.start < place.span.end) return [];
  return [quickFix(title, problem, [fillKey(file, place.span, value)], { isPreferred: true })];
};

/** A text where keys are taken, and only one must be there: the text as its value, as with `path` for a file of a capsule. */
export const wrapInKey: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  const schema = place === null || document.kind === null ? null : schemaAt(document.kind, place.path);
  if (place === null || schema === null || place.onKey || place.node.type !== 'scalar') return [];
  const [branch, ...others] = alternatives(schema);
  const [key, ...more] = [...(branch?.required ?? []), ...(branch?.oneOf?.[0]?.required ?? [])];
  const isText = key !== undefined && propertiesOf(schema).get(key)?.type === 'string';
  if (others.length > 0 || more.length > 0 || !isText || typeof place.node.value !== 'string') return [];
  const written = `${isJsonAt(file, place.span.start) ? JSON.stringify(key) : key}: ${file.text.slice(place.span.start, place.span.end)}`;
  // Behind a dash a key may follow on its line; elsewhere brackets are needed.
  const list = nodeAt(document, place.path.slice(0, -1));
  const text = list?.type === 'sequence' && !list.flow ? written : `{ ${written} }`;
  if (/[\r\n]/.test(written) || (place.node.plain && /[,[\]{}]|: |:$/.test(place.node.value))) return [];
  return [quickFix(`write \`${written}\``, problem, [{ span: place.span, text }], { isPreferred: true })];
};

/** The kind that the file's name says, as in `x.policy.yaml`; else those that have all the keys of `spec`. */
export const insertKind: Fixer = (problem, scene) => {
  const word = /\.(\w+)\.ya?ml$/.exec(scene.context.path ?? '')?.[1];
  const named = documentKinds.find((each) => fileWord(each) === word);
  const kinds = named === undefined ? kindsWithKeys(valueAt(scene.document.value, ['spec'])) : [named];
  return kinds.flatMap((kind) => writeKind(kind, kinds.length === 1, problem, scene));
};

function kindsWithKeys(spec: unknown): readonly DocumentKind[] {
  const keys = typeof spec === 'object' && spec !== null ? Object.keys(spec) : [];
  if (keys.length === 0) return [];
  return documentKinds.filter((kind) => keys.every((key) => schemaAt(kind, ['spec', key]) !== null));
}

function writeKind(
  kind: DocumentKind,
  isPreferred: boolean,
  problem: Problem,
  { document, file }: Scene,
): readonly Fix[] {
  if (document.root?.type !== 'mapping') return [];
  const edit = kindEdit(kind, document.root, file);
  return [quickFix(`write \`kind: ${kind}\``, problem, [edit], { isPreferred })];
}

/** Under the key that has no kind yet, or else behind the version. */
function kindEdit(kind: DocumentKind, root: MappingNode, file: SourceFile): TextEdit {
  const find = (name: string) => root.entries.find(({ key }) => key === name);
  const [empty, version] = [find('kind'), find('apiVersion')];
  if (empty !== undefined) return fillKey(file, empty.keySpan, kind);
  if (root.flow) return insertKey(file, root, { kind });
  const at = version === undefined ? root.span.start : file.lines.endOf(file.lines.lineAt(version.value.span.end));
  const eol = lineBreakOf(file);
  const text = version === undefined ? `kind: ${kind}${eol}` : `${eol}kind: ${kind}`;
  return { span: { start: at, end: at }, text };
}

/** The word for a kind in the names of files. */
export const fileWord = (kind: string): string => (kind === 'TaskSet' ? 'tasks' : kind.toLowerCase());

/** A value that the schema at `path` takes, as near as can be to what will be wanted. */
export function valueFor(scene: Scene, path: Path): unknown {
  const { document, context } = scene;
  const schema = schemaOf(scene, path);
  const target = document.kind === null ? null : referenceAt(document.kind, path);
  const [known] = target === null || target === 'file' ? [] : (context.workspace?.documents(target) ?? []);
  if (known?.name != null) return known.name;
  const value = schema === null ? '' : skeleton(schema, 0);
  const name = nameFrom(context.path ?? null);
  const key = path.at(-1);
  if (path[0] === 'metadata' && name !== null) {
    if (path.length === 1) return { name };
    if (key === 'name') return name;
  }
  const list = path.findLast((step) => typeof step === 'string' && step !== key);
  if ((key === 'id' || key === 'name') && typeof value === 'string' && typeof list === 'string')
    return freeId(value, new Set(declaredIds(document, list.replace(/s$/, '')).keys()), schema?.pattern);
  return value;
}

/** `id`, or `id-2` and so on when it is taken; `id_2` where the pattern of such names has no place for a `-`. */
export function freeId(id: string, taken: { has(id: string): boolean }, pattern = ''): string {
  const sign = new RegExp(pattern, 'u').test('a-2') ? '-' : '_';
  const base = id.replace(sign === '-' ? /-\d+$/ : /_\d+$/, '');
  let free = id;
  for (let number = 2; taken.has(free); number++) free = `${base}${sign}${number}`;
  return free;
}

/** A name from a file's name, without its endings; null when that is no name. */
export function nameFrom(path: string | null): string | null {
  const file = path?.split('/').at(-1)?.toLowerCase() ?? '';
  const name = file
    .replace(/\.ya?ml$/, '')
    .replace(/\.(policy|policytest|preset|capsule|experiment|environment|tasks)$/, '');
  return /^[a-z0-9][a-z0-9._-]*$/.test(name) ? name : null;
}

function skeleton(schema: Schema, depth: number): unknown {
  const [branch = schema] = alternatives(schema);
  if (branch.const !== undefined) return branch.const;
  if (schema.default !== undefined) return schema.default;
  const [example] = schema.examples ?? branch.examples ?? [];
  if (branch.type === 'object' && depth < 5) {
    const required = branch.required ?? [];
    if (required.length === 0) return example ?? {};
    const properties = propertiesOf(branch);
    return Object.fromEntries(required.map((key) => [key, skeleton(properties.get(key) ?? {}, depth + 1)]));
  }
  if (branch.type === 'array' && depth < 5) {
    const items = itemsOf(branch);
    return items?.type === 'object' ? [skeleton(items, depth + 1)] : (example ?? []);
  }
  return example ?? branch.enum?.[0] ?? branch.minimum ?? (branch.type === 'boolean' ? false : '');
}
