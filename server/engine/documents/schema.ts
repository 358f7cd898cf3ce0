/**
 * Walks the schemas of the document kinds: what may stand at a path, with references followed and alternatives kept
 * apart. It does not validate; the compiled validators do.
 */
import { schemas } from './generated/schemas.ts';
import type { Capsule, Environment, Experiment, Policy, PolicyTest, Preset, TaskSet } from './generated/types.ts';
import type { Path } from './problem.ts';

/** Each document kind with the type of a valid document. */
export interface DocumentTypes {
  Policy: Policy;
  PolicyTest: PolicyTest;
  Preset: Preset;
  Capsule: Capsule;
  Experiment: Experiment;
  Environment: Environment;
  TaskSet: TaskSet;
}
export type DocumentKind = keyof DocumentTypes;

export const documentKinds: readonly DocumentKind[] = [
  'Policy',
  'PolicyTest',
  'Preset',
  'Capsule',
  'Experiment',
  'Environment',
  'TaskSet',
];

export const apiVersion = 'assay/v1';

/** The keywords of JSON Schema that the schemas of Assay use; references are followed already. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly deprecated?: boolean;
  /** For a deprecated key: the key beside it that took its place. */
  readonly 'x-assay-replacedBy'?: string;
}

type Raw = Readonly<Record<string, unknown>>;

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file that each schema object came from, for the references inside it. */
const home = new WeakMap<object, string>();
const resolved = new WeakMap<object, Schema>();

function rawOf(reference: string, file: string): { readonly raw: Raw; readonly file: string } {
  const [name, pointer] = reference.split('#');
  const target = name === undefined || name === '' ? file : name;
  let node: unknown = schemas[target];
  for (const step of (pointer ?? '').split('/').slice(1)) node = isRaw(node) ? node[step] : undefined;
  return { raw: isRaw(node) ? node : {}, file: target };
}

/** A schema with its references followed; what stands beside a reference wins over what it refers to. */
function resolve(raw: Raw, file: string): Schema {
  const known = resolved.get(raw);
  if (known !== undefined) return known;
  let schema: Schema;
  if (typeof raw.$ref === 'string') {
    const { $ref, ...beside } = raw;
    const target = rawOf($ref as string, file);
    schema = { ...resolve(target.raw, target.file), ...(beside as Schema) };
    home.set(schema, target.file);
  } else {
    schema = raw as Schema;
    home.set(schema, file);
  }
  resolved.set(raw, schema);
  return schema;
}

const child = (parent: Schema, raw: unknown): Schema | null =>
  isRaw(raw) ? resolve(raw, home.get(parent) ?? '') : null;

/** The schema of a whole document. */
export function documentSchema(kind: DocumentKind): Schema {
  const file = `${kind.toLowerCase()}.schema.json`;
  return resolve(rawOf('#', file).raw, file);
}

/** The alternatives of a schema: itself, or each branch of its `anyOf`. */
export const alternatives = (schema: Schema): readonly Schema[] =>
  schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap((branch) => alternatives(child(schema, branch) ?? {}));

/** The keys that a mapping of this schema may have, by name, over all its alternatives. */
export function propertiesOf(schema: Schema): ReadonlyMap<string, Schema> {
  const properties = new Map<string, Schema>();
  for (const alternative of alternatives(schema))
    for (const [name, raw] of Object.entries(alternative.properties ?? {})) {
      const property = child(alternative, raw);
      if (property !== null && !properties.has(name)) properties.set(name, property);
    }
  return properties;
}

/** The schema of a sequence's items; null when no alternative is a sequence. */
export function itemsOf(schema: Schema): Schema | null {
  for (const alternative of alternatives(schema)) {
    const items = child(alternative, alternative.items);
    if (items !== null) return items;
  }
  return null;
}

/** The schema below `schema` for one step; null where nothing, or anything, may stand. */
export function schemaBelow(schema: Schema, step: string | number): Schema | null {
  if (typeof step === 'number') return itemsOf(schema);
  const property = propertiesOf(schema).get(step);
  if (property !== undefined) return property;
  for (const alternative of alternatives(schema)) {
    const free = child(alternative, alternative.additionalProperties);
    if (free !== null) return free;
  }
  return null;
}

/** The schema at a path of a document of `kind`; null where the schemas say nothing. */
export function schemaAt(kind: DocumentKind, path: Path): Schema | null {
  let schema: Schema | null = documentSchema(kind);
  for (const step of path) schema = schema === null ? null : schemaBelow(schema, step);
  return schema;
}

/** What a schema takes, in words, such as ``a whole number`` or ``one of `read`, `write` ``. */
export function expectation(schema: Schema): string {
  const parts = alternatives(schema).map(expectationOfOne);
  return [...new Set(parts)].join(', or ');
}

function expectationOfOne(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return `one of ${quoteAll(schema.enum.map(String))}`;
  switch (schema.type) {
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      return 'text';
    case 'array':
      return 'a list';
    case 'object':
      return schema.description?.startsWith('Comparators') === true
        ? `comparators such as \`${Object.keys(schema.properties ?? {})
            .slice(0, 3)
            .join('`, `')}\``
        : 'keys with values';
    default:
      return 'any value';
  }
}

export const quoteAll = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
