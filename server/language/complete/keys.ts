/** Keys of the mapping at the cursor, those that must be there first, each with what must follow it. */
import { alternatives, itemsOf, propertiesOf, type Schema } from '../../engine/documents/index.ts';
import { type Surroundings, signalNamed } from '../surroundings.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, escapeStops, orderOf, spaceOf } from './item.ts';
import { snippetsAt } from './snippets.ts';

/** What else is known of a mapping than its schema: keys that it needs, and those that would do nothing in it. */
export interface KnownKeys {
  readonly needed: readonly string[];
  readonly idle: ReadonlySet<string>;
}

export function completeKeysOf(schema: Schema, cursor: Cursor, known: KnownKeys | null = null): readonly Completion[] {
  const choices = choicesIn(schema);
  const chosen = choices.find((keys) => keys.every((key) => cursor.present.has(key)));
  const others = new Set(chosen === undefined ? [] : choices.flat());
  const required = new Set([
    ...alternatives(schema).flatMap((branch) => branch.required ?? []),
    ...(known?.needed ?? []),
  ]);
  if (chosen === undefined) for (const key of choices.flat()) required.add(key);
  return [...propertiesOf(schema)]
    .filter(([name]) => !cursor.present.has(name) && !others.has(name) && known?.idle.has(name) !== true)
    .filter(([, property]) => property.deprecated !== true)
    .map(([name, property], index): Completion => {
      const body = keyInsertion(name, property, cursor);
      const isRequired = required.has(name);
      return {
        label: name,
        kind: 'key',
        insert: `${spaceOf(cursor)}${body.text}`,
        span: cursor.span,
        detail: isRequired ? requiredAs(name, choices) : shortType(name, property),
        documentation: property.markdownDescription ?? property.description ?? '',
        order: `${isRequired ? '1' : '2'}${orderOf('value', index).slice(1)}`,
        continues: body.continues,
        ...(cursor.quote !== '' && { filter: `${cursor.quote}${name}${cursor.quote}` }),
      };
    });
}

/** The keys of which one choice must be there. */
const choicesIn = (schema: Schema): readonly (readonly string[])[] =>
  (schema.oneOf ?? []).map((branch) => branch.required ?? []).filter((keys) => keys.length > 0);

function requiredAs(name: string, choices: readonly (readonly string[])[]): string {
  const others = choices.filter((keys) => !keys.includes(name)).map((keys) => keys.join(' and '));
  const isChoice = choices.some((keys) => keys.includes(name));
  return isChoice && others.length > 0 ? `required, or ${others.join(' or ')}` : 'required';
}

/** The keys that must be there; of several choices the first. */
const requiredIn = (schema: Schema): readonly string[] => [...(schema.required ?? []), ...(choicesIn(schema)[0] ?? [])];

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
  const quote = cursor.quote === '' && cursor.isJson ? '"' : cursor.quote;
  const key = escapeStops(/^[\w.$-]+$/.test(name) ? `${quote}${name}${quote}` : JSON.stringify(name));
  if (cursor.hasColon) return { text: key, continues: false };
  const stops = { next: 1 };
  if (cursor.flow) {
    const text = `${key}: ${flowBody(schema, stops, 0, cursor)}`;
    return { text: stops.next === 1 ? text : `${text}$0`, continues: isOpen(text) };
  }
  const body = bodyOf(schema, ' '.repeat(cursor.hang), stops, 0);
  return body === null ? { text: `${key}: $0`, continues: true } : { text: `${key}:${body}`, continues: isOpen(body) };
}

/** Whether there is one place to go on, and nothing to choose there: what can stand in it is asked for at once. */
const isOpen = (insert: string): boolean => !insert.includes('${1|') && !insert.includes('$2');

/** A value in flow style, with the keys that must be there. */
export function flowBody(schema: Schema, stops: { next: number }, depth: number, style: FlowStyle): string {
  const stop = () => (depth === 0 ? '$0' : `$${stops.next++}`);
  if (alternatives(schema).length !== 1 || depth > 3) return stop();
  if (schema.type === 'array') {
    const items = itemsOf(schema);
    if (isPair(schema)) return pairBody(schema, stops);
    return items?.type === 'object' && requiredIn(items).length > 0
      ? `[${flowBody(items, stops, depth + 1, style)}]`
      : `[${inQuotes(stop(), items ?? {}, style)}]`;
  }
  if (schema.type !== 'object') return inQuotes(depth === 0 ? '$0' : scalarStop(schema, stops), schema, style);
  const properties = propertiesOf(schema);
  const children = requiredIn(schema).map((name) => {
    const key = style.isJson ? JSON.stringify(name) : name;
    return `${escapeStops(key)}: ${flowBody(properties.get(name) ?? {}, stops, depth + 1, style)}`;
  });
  return children.length === 0 ? `{ ${stop()} }` : `{ ${children.join(', ')} }`;
}

type FlowStyle = Pick<Cursor, 'isJson'>;

/** A stop for a text has its quotes where all texts have. */
function inQuotes(stop: string, schema: Schema, { isJson }: FlowStyle): string {
  const isText = alternatives(schema).every(
    ({ type, enum: words, const: word }) =>
      type === 'string' || typeof word === 'string' || words?.every((each) => typeof each === 'string') === true,
  );
  return isJson && isText ? `"${stop}"` : stop;
}

const isPair = ({ minItems, maxItems }: Schema): boolean => minItems === 2 && maxItems === 2;

/** Two values, those of the schema's example to begin with. */
function pairBody({ examples }: Schema, stops: { next: number }): string {
  const [example] = examples ?? [];
  const [low, high] = Array.isArray(example) ? example.toSorted((a, b) => Number(a) - Number(b)) : [0, 1];
  return `[\${${stops.next++}:${low}}, \${${stops.next++}:${high}}]`;
}

/** The children that must be there, indented; null for a schema whose value goes on the key's own line. */
function bodyOf(schema: Schema, indent: string, stops: { next: number }, depth: number): string | null {
  const branches = alternatives(schema);
  if (branches.length !== 1 || depth > 3) return null;
  const inner = `${indent}  `;
  if (schema.type === 'array') {
    const items = itemsOf(schema);
    if (isPair(schema)) return ` ${pairBody(schema, stops)}`;
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
  return requiredIn(schema)
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

/** A new item, where the cursor stands below a list's key, in the column of its other items, and its dash is missing. */
export function missingDash(
  { kind, document, source }: Surroundings,
  schema: Schema,
  cursor: Cursor,
): readonly Completion[] {
  const items = itemsOf(schema);
  if (items === null || typeof cursor.path.at(-1) !== 'string' || alternatives(schema).length > 1) return [];
  const first = document?.locate([...cursor.path, 0])?.value.start;
  const beside = first === undefined ? '' : source.lines.textOf(source.lines.lineAt(first));
  if (beside.trimStart().startsWith('-') && beside.search(/\S/) !== cursor.column) return [];
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
