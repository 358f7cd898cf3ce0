/** Keys of the mapping at the cursor, those that must be there first, each with what must follow it. */
import { alternatives, type DocumentKind, itemsOf, propertiesOf, type Schema } from '../../engine/documents/index.ts';
import { signalNamed } from '../surroundings.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, escapeStops, orderOf, spaceOf } from './item.ts';
import { snippetsAt } from './snippets.ts';

export function completeKeysOf(schema: Schema, cursor: Cursor): readonly Completion[] {
  const required = new Set(alternatives(schema).flatMap((branch) => branch.required ?? []));
  return [...propertiesOf(schema)]
    .filter(([name, property]) => !cursor.present.has(name) && property.deprecated !== true)
    .map(([name, property], index): Completion => {
      const body = keyInsertion(name, property, cursor);
      const isRequired = required.has(name);
      return {
        label: name,
        kind: 'key',
        insert: `${spaceOf(cursor)}${body.text}`,
        span: cursor.span,
        detail: isRequired ? 'required' : shortType(name, property),
        documentation: property.markdownDescription ?? property.description ?? '',
        order: `${isRequired ? '1' : '2'}${orderOf('value', index).slice(1)}`,
        continues: body.continues,
        ...(cursor.quote !== '' && { filter: `${cursor.quote}${name}${cursor.quote}` }),
      };
    });
}

function shortType(name: string, schema: Schema): string {
  const signal = signalNamed(name);
  if (signal !== null) return 'unit' in signal ? `${signal.type}, in ${signal.unit}` : signal.type;
  const types = alternatives(schema).map((branch) =>
    branch.enum === undefined ? branch.type : branch.enum.join(' | '),
  );
  return types.find((type) => type !== undefined) ?? '';
}

interface Insertion {
  readonly text: string;
  readonly continues: boolean;
}

/** A key with what must follow it. */
function keyInsertion(name: string, schema: Schema, cursor: Cursor): Insertion {
  const quoted = cursor.quote === '' ? name : `${cursor.quote}${name}${cursor.quote}`;
  const key = escapeStops(/^[\w.$-]+$/.test(name) ? quoted : JSON.stringify(name));
  if (cursor.hasColon) return { text: key, continues: false };
  if (cursor.flow) return { text: `${key}: ${flowBody(schema)}`, continues: true };
  const stops = { next: 1 };
  const body = bodyOf(schema, ' '.repeat(cursor.hang), stops, 0);
  return body === null
    ? { text: `${key}: $0`, continues: true }
    : { text: `${key}:${body}`, continues: stops.next === 1 };
}

/** The brackets of a value in flow style. */
function flowBody(schema: Schema): string {
  if (alternatives(schema).length !== 1) return '$0';
  return schema.type === 'array' ? '[$0]' : schema.type === 'object' ? '{ $0 }' : '$0';
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

/** A new item, where the cursor stands below a list's key and its dash is missing. */
export function missingDash(kind: DocumentKind, schema: Schema, cursor: Cursor): readonly Completion[] {
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
    order: '00000',
    continues: true,
  };
  const fragments = snippetsAt(kind, [...cursor.path, 0], indented).map((each) => ({
    ...each,
    insert: `- ${each.insert}`,
  }));
  return [dash, ...fragments];
}
