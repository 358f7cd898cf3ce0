/**
 * Keys that a schema marks `deprecated: true`, with the key beside it that took its place (`x-assay-replacedBy`). Kinds
 * without such keys are not walked at all.
 */
import {
  alternatives,
  type DocumentKind,
  documentSchema,
  itemsOf,
  propertiesOf,
  type Schema,
  schemaBelow,
} from '../../engine/documents/index.ts';
import { type Finding, isRecord } from './finding.ts';

const hasDeprecated = new Map<DocumentKind, boolean>();

/** Deprecated keys of a document of `kind`, from its root. */
export function checkDeprecated(kind: DocumentKind, value: unknown): readonly Finding[] {
  const schema = documentSchema(kind);
  const worthLooking = hasDeprecated.get(kind) ?? marksAny(schema);
  hasDeprecated.set(kind, worthLooking);
  return worthLooking ? deprecatedKeys(schema, value) : [];
}

/** Deprecated keys of a value of `schema`. */
export function deprecatedKeys(schema: Schema, value: unknown, path: readonly (string | number)[] = []): Finding[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items === null ? [] : value.flatMap((item, index) => deprecatedKeys(items, item, [...path, index]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = schemaBelow(schema, key);
    if (below === null) return [];
    const here = below.deprecated === true ? [finding([...path, key], key, below)] : [];
    return [...here, ...deprecatedKeys(below, child, [...path, key])];
  });
}

function finding(path: Finding['path'], key: string, schema: Schema): Finding {
  const successor = schema['x-assay-replacedBy'];
  const message = `\`${key}\` is on its way out${successor === undefined ? '; leave it out' : `; write \`${successor}\` instead`}`;
  return { code: 'meaning/deprecated-key', severity: 'warning', path, on: 'key', message, tag: 'deprecated' };
}

/** Whether a schema, or any that it leads to, is marked; schemas may lead back to themselves. */
function marksAny(schema: Schema, seen: Set<unknown> = new Set()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  if (schema.deprecated === true) return true;
  return alternatives(schema).some((branch) => {
    const items = itemsOf(branch);
    return [...propertiesOf(branch).values(), ...(items === null ? [] : [items])].some((below) =>
      marksAny(below, seen),
    );
  });
}
