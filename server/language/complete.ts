/**
 * What can be typed at the cursor: keys and values from the schemas, ids and documents that can be referred to, and
 * snippets. Insertions are in the snippet syntax of the Language Server Protocol.
 */
import {
  alternatives,
  apiVersion,
  type DocumentKind,
  declaredIds,
  documentKinds,
  documentSchema,
  itemsOf,
  localNounAt,
  type Path,
  propertiesOf,
  referenceAt,
  type Schema,
  type Span,
  schemaAt,
} from '../engine/documents/index.ts';
import { type Cursor, cursorAt, documentLines } from './cursor.ts';
import { asSource, documentAt, type LanguageContext, type SourceFile } from './file.ts';
import { snippets as snippetList } from './generated/snippets.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'reference' | 'snippet';
  /** Replaces `span`; snippet syntax. */
  readonly insert: string;
  readonly span: Span;
  readonly detail?: string;
  readonly documentation?: string;
  /** Offers are listed by this text. */
  readonly order: string;
  /** Whether the editor should ask for completions again once this is written. */
  readonly continues: boolean;
}

interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
  readonly kind: string;
  readonly at: readonly string[];
}
const snippets: readonly Snippet[] = snippetList;

/** What can be typed at an offset, best first. Never throws. */
export function complete(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): readonly Completion[] {
  const source = asSource(file);
  const cursor = cursorAt(source.lines, offset);
  if (cursor === null) return [];
  const kind = kindAround(source, offset);
  if (kind === null) return completeHead(cursor, source);
  return cursor.at === 'key'
    ? completeKey(kind, cursor, source, offset, context)
    : completeValue(kind, cursor, source, offset, context);
}

/** The kind is read from its line, so that it is known in files that do not parse. */
function kindAround(source: SourceFile, offset: number): DocumentKind | null {
  const { first, end } = documentLines(source.lines, source.lines.lineAt(offset));
  for (let line = first; line < end; line++) {
    const match = /^["']?kind["']?\s*:\s*["']?(\w+)/.exec(source.lines.textOf(line));
    if (match !== null) return documentKinds.find((kind) => kind === match[1]) ?? null;
  }
  return null;
}

/** A document without a kind: whole documents to begin with, and the keys that every kind has. */
function completeHead(cursor: Cursor, source: SourceFile): readonly Completion[] {
  if (cursor.at === 'value') {
    if (cursor.path[0] === 'kind')
      return documentKinds.map((kind, index) => value(cursor, kind, index, documentSchema(kind).description));
    return cursor.path[0] === 'apiVersion' ? [value(cursor, apiVersion, 0)] : [];
  }
  if (cursor.path.length > 0) return [];
  const { first, end } = documentLines(source.lines, source.lines.lineAt(cursor.span.start));
  const isEmpty = source.lines
    .textOf(first)
    .concat(...Array.from({ length: end - first - 1 }, (_, index) => `\n${source.lines.textOf(first + index + 1)}`))
    .split('\n')
    .every((line) => line.trim() === '' || line.startsWith('#') || line.trim() === cursor.typed.trim());
  const whole = isEmpty ? snippetsAt(null, [], cursor) : [];
  return [...whole, ...completeKeysOf(documentSchema('Policy'), cursor)];
}

function completeKey(
  kind: DocumentKind,
  cursor: Cursor,
  source: SourceFile,
  offset: number,
  context: LanguageContext,
): readonly Completion[] {
  const schema = schemaAt(kind, cursor.path);
  if (schema === null) return [];
  const fragments = cursor.present.size === 0 && !cursor.hasColon ? snippetsAt(kind, cursor.path, cursor) : [];
  const keys = completeKeysOf(schema, cursor);
  if (cursor.flow || cursor.hasColon) return keys;
  // Behind a dash a plain value may be meant, and below a key of a list the dash is missing.
  const isItem = typeof cursor.path.at(-1) === 'number';
  const scalars = isItem ? completeValue(kind, cursor, source, offset, context) : [];
  return [...fragments, ...keys, ...scalars, ...missingDash(kind, schema, cursor)];
}

function completeKeysOf(schema: Schema, cursor: Cursor): readonly Completion[] {
  const required = new Set(alternatives(schema).flatMap((branch) => branch.required ?? []));
  return [...propertiesOf(schema)]
    .filter(([name]) => !cursor.present.has(name))
    .map(([name, property], index): Completion => {
      const body = cursor.hasColon ? { text: name, continues: false } : keyInsertion(name, property, cursor);
      return {
        label: name,
        kind: 'key',
        insert: `${cursor.needsSpace ? ' ' : ''}${body.text}`,
        span: cursor.span,
        detail: required.has(name) ? 'required' : shortType(property),
        documentation: property.markdownDescription ?? property.description ?? '',
        order: `${required.has(name) ? '1' : '2'}${String(index).padStart(3, '0')}`,
        continues: body.continues,
      };
    });
}

function shortType(schema: Schema): string {
  const types = alternatives(schema).map((branch) =>
    branch.enum === undefined ? branch.type : branch.enum.join(' | '),
  );
  return types.find((type) => type !== undefined) ?? '';
}

interface Insertion {
  readonly text: string;
  readonly continues: boolean;
}

/** A key with what must follow it. Numbers of tab stops go on from `stops`. */
function keyInsertion(name: string, schema: Schema, cursor: Cursor): Insertion {
  const key = escapeStops(/^[\w.$-]+$/.test(name) ? name : JSON.stringify(name));
  if (cursor.flow) return { text: `${key}: $0`, continues: true };
  const stops = { next: 1 };
  const body = bodyOf(schema, ' '.repeat(cursor.hang), stops, 0);
  return body === null
    ? { text: `${key}: $0`, continues: true }
    : { text: `${key}:${body}`, continues: stops.next === 1 };
}

/** The children that must be there, indented; null for a schema whose value goes on the key's own line. */
function bodyOf(schema: Schema, indent: string, stops: { next: number }, depth: number): string | null {
  const branches = alternatives(schema);
  if (branches.length !== 1 || depth > 3) return null;
  const inner = `${indent}  `;
  if (schema.type === 'array') {
    const items = itemsOf(schema);
    if (items === null || items.type !== 'object') return `\n${inner}- $${stops.next === 1 ? 0 : stops.next++}`;
    const children = childrenOf(items, `${inner}  `, stops, depth + 1);
    return `\n${inner}- ${children === '' ? '$0' : children}`;
  }
  if (schema.type !== 'object') return null;
  const children = childrenOf(schema, inner, stops, depth + 1);
  return `\n${inner}${children === '' ? '$0' : children}`;
}

function childrenOf(schema: Schema, indent: string, stops: { next: number }, depth: number): string {
  const properties = propertiesOf(schema);
  return (schema.required ?? [])
    .map((name) => {
      const property = properties.get(name) ?? {};
      const body = bodyOf(property, indent, stops, depth);
      return `${escapeStops(name)}:${body?.replace('$0', () => `$${stops.next++}`) ?? ` ${scalarStop(property, stops)}`}`;
    })
    .join(`\n${indent}`);
}

function scalarStop(schema: Schema, stops: { next: number }): string {
  if (schema.const !== undefined) return escapeStops(String(schema.const));
  if (schema.enum !== undefined) return `\${${stops.next++}|${schema.enum.map(String).join(',')}|}`;
  return `$${stops.next++}`;
}

const escapeStops = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

function missingDash(kind: DocumentKind, schema: Schema, cursor: Cursor): readonly Completion[] {
  const items = itemsOf(schema);
  if (items === null || typeof cursor.path.at(-1) !== 'string' || alternatives(schema).length > 1) return [];
  const indented = { ...cursor, hang: cursor.hang + 2 };
  const dash: Completion = {
    label: '- ',
    kind: 'value',
    insert: '- $0',
    span: cursor.span,
    detail: 'a new item',
    documentation: items.markdownDescription ?? items.description ?? '',
    order: '0000',
    continues: true,
  };
  const fragments = snippetsAt(kind, [...cursor.path, 0], indented).map((each) => ({
    ...each,
    insert: `- ${each.insert}`,
  }));
  return [dash, ...fragments];
}

/** Snippets that belong at a path; with no kind, those for whole documents. */
function snippetsAt(kind: DocumentKind | null, path: Path, cursor: Cursor): readonly Completion[] {
  const fits = (snippet: Snippet) =>
    (kind === null || snippet.kind === kind) &&
    snippet.at.length === path.length &&
    snippet.at.every((step, index) => (step === '*' ? typeof path[index] === 'number' : step === path[index]));
  if (cursor.flow || (kind !== null && path.length === 0)) return [];
  return snippets.filter(fits).map((snippet, index) => ({
    label: snippet.prefix,
    kind: 'snippet',
    insert: `${cursor.needsSpace ? ' ' : ''}${snippet.body.join(`\n${' '.repeat(cursor.hang)}`)}`,
    span: cursor.span,
    detail: snippet.description,
    documentation: `\`\`\`yaml\n${withoutStops(snippet.body.join('\n'))}\n\`\`\``,
    order: `0${String(index).padStart(3, '0')}`,
    continues: false,
  }));
}

/** A snippet as plain text: choices take their first, placeholders their default. */
export function withoutStops(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|]*)[^}]*\|\}/g, '$1')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\{?\d+\}?/g, '')
    .replace(/\\([\\$}])/g, '$1');
}

function completeValue(
  kind: DocumentKind,
  cursor: Cursor,
  source: SourceFile,
  offset: number,
  context: LanguageContext,
): readonly Completion[] {
  if (cursor.path.length === 1 && cursor.path[0] === 'kind')
    return documentKinds.map((each, index) => value(cursor, each, index, documentSchema(each).description));
  const schema = schemaAt(kind, cursor.path);
  if (schema === null) return [];
  return [
    ...references(kind, cursor, source, offset, context),
    ...scalarValues(schema, cursor),
    ...comparators(schema, cursor),
  ];
}

/** The values that a schema lists, its default and, where they tell something, its examples. */
function scalarValues(schema: Schema, cursor: Cursor): readonly Completion[] {
  const offers = new Map<string, string>();
  for (const branch of alternatives(schema)) {
    for (const each of branch.enum ?? (branch.const === undefined ? [] : [branch.const])) offers.set(String(each), '');
    if (branch.type === 'boolean') for (const each of ['true', 'false']) offers.set(each, '');
  }
  if (schema.default !== undefined && typeof schema.default !== 'object') offers.set(String(schema.default), 'default');
  const isMeasure =
    schema.type === 'integer' || schema.type === 'number' || schema.pattern?.includes('ms|s|m') === true;
  if (isMeasure)
    for (const each of schema.examples ?? []) if (!offers.has(String(each))) offers.set(String(each), 'example');
  const documentation = schema.markdownDescription ?? schema.description;
  return [...offers].map(([text, detail], index) => ({
    ...value(cursor, text, index, documentation),
    ...(detail && { detail }),
  }));
}

/** Comparators of a condition, on the same line: `{ atLeast: … }`. */
function comparators(schema: Schema, cursor: Cursor): readonly Completion[] {
  const branches = alternatives(schema);
  if (branches.length < 2) return [];
  const branch = branches.find((each) => each.type === 'object');
  if (branch === undefined) return [];
  return [...propertiesOf(branch)].map(([name, property], index) => {
    const inner = property.type === 'array' ? '[$1]' : property.type === 'boolean' ? 'true' : '$1';
    return {
      label: name,
      kind: 'value',
      insert: `${cursor.needsSpace ? ' ' : ''}{ ${name}: ${inner} }$0`,
      span: cursor.span,
      detail: 'comparator',
      documentation: property.markdownDescription ?? property.description ?? '',
      order: `3${String(index).padStart(3, '0')}`,
      continues: false,
    };
  });
}

/** Ids of this document and documents of the workspace that may stand here. */
function references(
  kind: DocumentKind,
  cursor: Cursor,
  source: SourceFile,
  offset: number,
  context: LanguageContext,
): readonly Completion[] {
  const noun = localNounAt(kind, cursor.path);
  const document = documentAt(source, offset);
  if (noun !== null && document !== null)
    return [...declaredIds(document, noun).keys()].map((id, index) => reference(cursor, id, index, noun));
  const target = referenceAt(kind, cursor.path);
  if (target === null || target === 'file' || !context.workspace) return [];
  return context.workspace.documents(target).flatMap((found, index) => {
    if (found.name === null) return [];
    return [reference(cursor, found.name, index, found.path, found.description)];
  });
}

const reference = (cursor: Cursor, id: string, index: number, detail: string, documentation?: string): Completion => ({
  ...value(cursor, id, index, documentation),
  kind: 'reference',
  detail,
  order: `0${String(index).padStart(3, '0')}`,
});

const value = (cursor: Cursor, text: string, index: number, documentation?: string): Completion => ({
  label: text,
  kind: 'value',
  insert: `${cursor.needsSpace ? ' ' : ''}${escapeStops(text)}`,
  span: cursor.span,
  ...(documentation !== undefined && { documentation }),
  order: `1${String(index).padStart(3, '0')}`,
  continues: false,
});
