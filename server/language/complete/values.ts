/** Values at the cursor: what the schema lists, comparators that fit, and names that stand elsewhere. */
import {
  alternatives,
  documentKinds,
  documentSchema,
  foreignIdsAt,
  localIdsAt,
  localNounAt,
  type Path,
  propertiesOf,
  referenceAt,
  type Schema,
  schemaAt,
  valueAt,
} from '../../engine/documents/index.ts';
import { documentMarkdown, toolInShort, toolMarkdown } from '../markdown.ts';
import {
  isToolAt,
  nodesIn,
  type Surroundings,
  schemaIn,
  signalAt,
  summariesOf,
  summaryOf,
  toolsFor,
  wordKindAt,
  wordsOf,
} from '../surroundings.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, escapeStops, orderOf, spaceOf, textOffer } from './item.ts';
import { flowBody } from './keys.ts';
import { completeOpening } from './open.ts';
import { completePath, relativePath } from './paths.ts';

export function completeValue(cursor: Cursor, around: Surroundings): readonly Completion[] {
  const { kind, context } = around;
  if (cursor.path.length === 1 && cursor.path[0] === 'kind') return completeKind(cursor);
  const schema = schemaIn(around, cursor.path);
  if (schema === null) return [];
  const offers = [
    ...localIds(cursor, around),
    ...documents(cursor, around),
    ...completePath(kind, cursor, context),
    ...digest(cursor, around),
    ...tools(cursor, around),
    ...ruleIds(cursor, around),
    ...words(cursor, around),
    ...otherNames(cursor, around),
    ...scalarValues(schema, cursor),
    ...comparators(schema, cursor),
    ...completeOpening(schema, cursor, around),
  ];
  const beside = textsBeside(cursor, around);
  return offers.filter(({ label }) => !beside.has(label));
}

export const completeKind = (cursor: Cursor): readonly Completion[] =>
  documentKinds.map((kind, index) => {
    const documentation = documentSchema(kind).description;
    return textOffer(cursor, kind, orderOf('value', index), { ...(documentation !== undefined && { documentation }) });
  });

/** What the list around the cursor holds already, but for the item that is typed: a list that is broken has lost its place. */
function textsBeside({ path, span }: Cursor, { document, source }: Surroundings): ReadonlySet<unknown> {
  const index = path.at(-1);
  const list = typeof index === 'number' ? valueAt(document?.value, path.slice(0, -1)) : null;
  const own = source.text.slice(span.start, span.end);
  return new Set(Array.isArray(list) ? list.filter((each, at) => at !== index || String(each) !== own) : []);
}

/** The values that a schema lists, its default and, where they tell something, its examples. */
function scalarValues(schema: Schema, cursor: Cursor): readonly Completion[] {
  const offers = new Map<string, { detail: string; isText: boolean }>();
  const add = (value: unknown, detail: string) => {
    if (!offers.has(String(value))) offers.set(String(value), { detail, isText: typeof value === 'string' });
  };
  for (const branch of alternatives(schema)) {
    for (const each of branch.enum ?? (branch.const === undefined ? [] : [branch.const])) add(each, '');
    if (branch.type === 'boolean') for (const each of [true, false]) add(each, '');
    for (const each of countsIn(branch, cursor)) add(each, '');
  }
  if (schema.default !== undefined && typeof schema.default !== 'object') {
    const isText = typeof schema.default === 'string';
    offers.set(String(schema.default), { detail: 'default', isText });
  }
  if (isMeasure(schema)) for (const each of schema.examples ?? []) add(each, 'example');
  const documentation = schema.markdownDescription ?? schema.description;
  return [...offers]
    .filter(([, { isText }]) => isText || cursor.quote === '')
    .map(([text, { detail, isText }], index): Completion => {
      const more = { ...(detail && { detail }), ...(documentation !== undefined && { documentation }) };
      const offer = textOffer(cursor, text, orderOf('value', index), more);
      return isText ? offer : { ...offer, insert: `${spaceOf(cursor)}${escapeStops(text)}` };
    });
}

/** Numbers, times, dates: their examples show how they are written. Those of names are nobody's names. */
const isMeasure = ({ type, pattern }: Schema): boolean =>
  type === 'integer' || type === 'number' || (pattern !== undefined && !/^\^(?:\[[Aa]-|sha256)/.test(pattern));

/** More numbers than this are no choice. */
const mostCounts = 12;

/** The whole numbers that can stand here, where there are few: those of the schema, or of the signal that is tested. */
function countsIn({ type, minimum, maximum }: Schema, { path }: Cursor): readonly number[] {
  const signal = signalAt(path);
  const low = minimum ?? (signal !== null && 'minimum' in signal ? signal.minimum : undefined);
  const high = maximum ?? (signal !== null && 'maximum' in signal ? signal.maximum : undefined);
  if (type !== 'integer' || low === undefined || high === undefined || high - low >= mostCounts) return [];
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

/** Comparators of a condition, on the same line: `{ atLeast: … }`. */
function comparators(schema: Schema, cursor: Cursor): readonly Completion[] {
  if (signalAt(cursor.path) === null) return [];
  const branches = alternatives(schema);
  const branch = branches.find((each) => each.type === 'object');
  if (branches.length < 2 || branch === undefined || cursor.quote !== '') return [];
  return [...propertiesOf(branch)].map(([name, property], index) => {
    const inner = property.type === 'boolean' ? 'true' : flowBody(property, { next: 1 }, 1, cursor);
    return {
      label: name,
      kind: 'value',
      insert: `${spaceOf(cursor)}{ ${cursor.isJson ? JSON.stringify(name) : name}: ${inner} }$0`,
      span: cursor.span,
      detail: 'comparator',
      documentation: property.markdownDescription ?? property.description ?? '',
      order: orderOf('later', index),
      continues: false,
    };
  });
}

/** Ids that this document declares, but for the one of the very item that refers. */
function localIds(cursor: Cursor, around: Surroundings): readonly Completion[] {
  const { kind, document } = around;
  const noun = localNounAt(kind, cursor.path);
  if (noun === null || document === null) return [];
  const ids = localIdsAt(document, cursor.path);
  const fitting = noun === 'budget' ? ids.filter((id) => isParent(id, cursor.path.slice(0, -1), around)) : ids;
  return fitting.map((id, index) =>
    textOffer(cursor, id, orderOf('first', index), { kind: 'reference', detail: noun }),
  );
}

/** Whether the budget at a path can draw from another: one of its unit, that lasts as long or longer and does not draw from it. */
function isParent(id: string, path: Path, { kind, document }: Surroundings): boolean {
  const list = valueAt(document?.value, path.slice(0, -1));
  const budgets: readonly unknown[] = Array.isArray(list) ? list : [];
  const find = (name: unknown) => budgets.find((each) => valueAt(each, ['id']) === name);
  const [own, parent] = [valueAt(document?.value, path), find(id)];
  const [unit, others] = [own, parent].map((each) => valueAt(each, ['unit']));
  if (unit !== undefined && others !== unit) return false;
  const stretches = schemaAt(kind, [...path, 'per'])?.enum ?? [];
  const [short = 0, long = 0] = [own, parent].map((each) => stretches.indexOf(valueAt(each, ['per']) ?? stretches[0]));
  if (long < short) return false;
  const above = new Set<unknown>();
  for (let each = parent; each !== undefined && !above.has(each); each = find(valueAt(each, ['parent'])))
    above.add(each);
  return !above.has(own);
}

/** Documents of the workspace by name; by path, once a path is begun. */
function documents(cursor: Cursor, around: Surroundings): readonly Completion[] {
  const target = referenceAt(around.kind, cursor.path);
  const { workspace, path } = around.context;
  if (target === null || target === 'file') return [];
  const byPath = /^\.|\//.test(cursor.typed);
  const named = workspace?.documents(target) ?? summariesOf(target, around);
  return named.flatMap((found, index) => {
    // No document is part of itself.
    if (found.path === (path ?? '') && found.kind === around.kind && found.name === around.document?.name) return [];
    const text = byPath && path ? relativePath(path, found.path) : found.name;
    if (text === null) return [];
    return [
      textOffer(cursor, text, orderOf('first', index), {
        kind: 'reference',
        detail: byPath && found.name !== null ? found.name : found.path,
        documentation: documentMarkdown(summaryOf(target, found.name, around) ?? found),
      }),
    ];
  });
}

/** The digest of the file beside it. */
function digest(cursor: Cursor, { kind, document, context }: Surroundings): readonly Completion[] {
  const { workspace, path } = context;
  if (kind !== 'Capsule' || cursor.path.at(-1) !== 'digest' || !workspace || !path) return [];
  const part = valueAt(document?.value, [...cursor.path.slice(0, -1), 'path']);
  const real = typeof part === 'string' ? (workspace.digestOf?.(workspace.resolve(path, part)) ?? null) : null;
  return real === null ? [] : [textOffer(cursor, real, orderOf('first', 0), { detail: 'of the file as it is now' })];
}

function tools(cursor: Cursor, around: Surroundings): readonly Completion[] {
  if (!isToolAt(around.kind, cursor.path)) return [];
  const own = valueAt(around.document?.value, ['spec', 'tools']);
  // A node calls one of the preset's own tools.
  const allowed = cursor.path[1] === 'nodes' && Array.isArray(own) ? new Set(own) : null;
  return toolsFor(around)
    .filter(({ name }) => allowed === null || allowed.has(name))
    .map((tool, index) =>
      textOffer(cursor, tool.name, orderOf('first', index), {
        kind: 'tool',
        detail: toolInShort(tool),
        documentation: toolMarkdown(tool),
      }),
    );
}

/** Ids of the documents that this one names, such as the rules that a test expects; tools have offers of their own. */
function ruleIds(cursor: Cursor, { kind, document, context }: Surroundings): readonly Completion[] {
  const { workspace, path } = context;
  if (document === null || !workspace || !path || isToolAt(kind, cursor.path)) return [];
  const ids = [...(foreignIdsAt(document, cursor.path, path, workspace) ?? [])];
  return ids
    .filter((id) => !id.includes('/'))
    .map((id, index) =>
      textOffer(cursor, id, orderOf('first', index), { kind: 'reference', detail: 'rule or budget' }),
    );
}

/** Names that other places of the document or the workspace give: patterns, nodes, time zones, keys of a tool's input. */
function otherNames(cursor: Cursor, around: Surroundings): readonly Completion[] {
  return [...namesAt(cursor, around)].map(([name, detail], index) =>
    textOffer(cursor, name, orderOf(detail === 'time zone' ? 'later' : 'first', index), { kind: 'reference', detail }),
  );
}

function namesAt({ path }: Cursor, around: Surroundings): Iterable<readonly [name: string, detail: string]> {
  const value = around.document?.value;
  const [, list, , key] = path;
  const isItem = typeof path.at(-1) === 'number';
  const named = (names: readonly unknown[], detail: string) =>
    names.flatMap((name) => (typeof name === 'string' ? [[name, detail] as const] : []));
  if (path.at(-1) === 'zone') return named(around.context.zones?.names?.().slice(1) ?? [], 'time zone');
  if (signalAt(path)?.name === 'observation.patterns' && path.at(-1) !== 'present')
    return named(itemsOfList(value, ['spec', 'patterns'], 'id'), 'pattern');
  if (signalAt(path)?.name === 'agent.node' && path.at(-1) !== 'present') return named(nodesIn(around), 'node');
  if (path.at(-3) === 'scope' && path.at(-2) === 'nodes') return named(nodesIn(around), 'node');
  if (around.kind !== 'Environment' || list !== 'tools' || !isItem) return [];
  if (key === 'targets') {
    const keys = Object.keys(valueAt(value, [...path.slice(0, 3), 'input', 'properties']) ?? {});
    return named(
      keys.map((each) => `/${each}`),
      'key of the input',
    );
  }
  if (path.at(-2) !== 'required') return [];
  return named(Object.keys(valueAt(value, [...path.slice(0, -2), 'properties']) ?? {}), 'property');
}

const itemsOfList = (value: unknown, path: Path, key: string): readonly unknown[] => {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((item: unknown) => valueAt(item, [key])) : [];
};

const wordDetails = {
  tag: 'tag',
  domain: 'domain',
  target: 'target',
  role: 'role',
  variant: 'variant',
} as const;

function words(cursor: Cursor, around: Surroundings): readonly Completion[] {
  const word = wordKindAt(around.kind, cursor.path);
  if (word === null) return [];
  const tagged = word === 'tag' ? toolsFor(around) : [];
  return [...wordsOf(word, around)]
    .filter(([text]) => text !== cursor.typed)
    .map(([text, paths], index) => {
      const carriers = tagged.filter(({ tags }) => tags.includes(text)).map(({ name }) => `\`${name}\``);
      const where = `In ${paths
        .slice(0, 5)
        .map((path) => `\`${path}\``)
        .join(', ')}${paths.length > 5 ? ' …' : ''}`;
      return textOffer(cursor, text, orderOf('first', index), {
        kind: 'reference',
        detail: wordDetails[word],
        documentation: carriers.length > 0 ? `Tools with it: ${carriers.join(', ')}\n\n${where}` : where,
      });
    });
}
