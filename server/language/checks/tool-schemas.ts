/**
 * What environments declare of the input and output of tools: JSON Schemas that are none, words in them that can hardly be
 * meant, and targets that no input has. Each tool is looked at by itself. What a schema leans on elsewhere is not judged.
 */
import {
  nameOf,
  type Path,
  type PathStep,
  quoteAll,
  type Schema,
  showValue,
  stepsOfPointer,
  suggest,
} from '../../engine/documents/index.ts';
import { jsonSchemaKeys } from '../json-schema.ts';
import { type Finding, isRecord, itemsAt, remembered, textOf, under } from './finding.ts';
import { jsonTypes, leansOnOthers } from './fitting.ts';

type Keys = Readonly<Record<string, unknown>>;

/** Findings in one tool, from its own root. */
export const checkTool = remembered<Finding>((tool) => {
  if (!isRecord(tool)) return [];
  return [
    ...under(['input'], checkSchema(tool.input)),
    ...under(['input'], checkTakesKeys(tool.input)),
    ...under(['output'], checkSchema(tool.output)),
    ...under(['targets'], checkTargets(textOf(tool, 'name'), itemsAt(tool, ['targets']), tool.input)),
  ];
});

/** An input is always keys with values. */
function checkTakesKeys(schema: unknown): readonly Finding[] {
  if (!isRecord(schema) || schema.type === undefined) return [];
  const types = [schema.type].flat();
  if (types.includes('object') || !types.every((type) => jsonTypes.some((known) => known === type))) return [];
  const message = 'an input is always keys with values, so no call fits this; write `type: object`';
  return [{ code: 'meaning/json-schema', severity: 'error', path: ['type'], message }];
}

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const withSchema = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'];
const withSchemas = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const withNamed = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
/** Keywords with a whole number that is not below zero, and those with any number. */
const counts = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
const numbers = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const others = [
  ...['$ref', '$id', '$schema', '$anchor', '$comment', '$dynamicRef', '$vocabulary', 'definitions', 'dependencies'],
  ...['title', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'minContains', 'maxContains'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'dependentRequired', 'contentEncoding', 'contentMediaType'],
];
const keywords: ReadonlySet<string> = new Set([
  ...Object.keys(jsonSchemaKeys.properties ?? {}),
  ...withSchema,
  ...withSchemas,
  ...withNamed,
  ...counts,
  ...numbers,
  ...others,
]);

/** A schema without the keywords that make it none, for whoever takes each for what it should be; null where all of it is none. */
export function soundSchema(schema: unknown): Schema | null {
  return isRecord(schema) ? soundEntries(schema, soundKeyword) : null;
}

function soundKeyword(key: string, value: unknown): unknown {
  if (faultOf(key, value) !== null) return undefined;
  if (withSchema.includes(key)) return soundOrPlain(value);
  if (withSchemas.includes(key) && Array.isArray(value)) return value.flatMap((each) => soundSchema(each) ?? []);
  return withNamed.includes(key) && isRecord(value) ? soundEntries(value, (_, each) => soundOrPlain(each)) : value;
}

/** `true` and `false` are schemas, too. */
const soundOrPlain = (value: unknown): unknown =>
  typeof value === 'boolean' ? value : (soundSchema(value) ?? undefined);

/** The entries for which `sound` gives something, as that. */
const soundEntries = (entries: Keys, sound: (key: string, value: unknown) => unknown): Keys =>
  Object.fromEntries(
    Object.entries(entries).flatMap(([key, value]) => {
      const kept = sound(key, value);
      return kept === undefined ? [] : [[key, kept] as const];
    }),
  );

/** Findings in a JSON Schema and all schemas within, from its root. */
function checkSchema(root: unknown): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<unknown>();
  const tell = (severity: Finding['severity'], path: Path, message: string, on?: 'key') =>
    findings.push({ code: 'meaning/json-schema', severity, path, message, ...(on && { on }) });
  const walk = (schema: unknown, path: Path): void => {
    // What aliases repeat is told once.
    if (typeof schema === 'boolean' || seen.has(schema)) return;
    seen.add(schema);
    if (!isRecord(schema)) {
      if (schema !== undefined) tell('error', path, `a schema is keys with values, not ${showValue(schema)}`);
      return;
    }
    for (const [key, value] of Object.entries(schema)) {
      const at = [...path, key];
      const fault = faultOf(key, value);
      if (fault !== null) tell('error', at, fault);
      else if (!keywords.has(key)) {
        const near = key.length < 3 ? null : suggest(key, keywords);
        if (near !== null)
          tell('warning', at, `\`${key}\` says nothing in a JSON Schema; did you mean \`${near}\`?`, 'key');
      }
      if (withSchema.includes(key)) walk(value, at);
      else if (withSchemas.includes(key) && Array.isArray(value))
        for (const [index, each] of value.entries()) walk(each, [...at, index]);
      else if (withNamed.includes(key) && isRecord(value))
        for (const [name, each] of Object.entries(value)) walk(each, [...at, name]);
    }
    for (const { index, key, hint } of strayRequired(schema))
      tell('warning', [...path, 'required', index], `\`${key}\` is required and is none of the \`properties\`${hint}`);
  };
  walk(root, []);
  return findings;
}

/** Why the value of a keyword makes a schema none; null when it does not. */
function faultOf(key: string, value: unknown): string | null {
  const takes = (what: string) => `\`${key}\` takes ${what}, not ${showValue(value)}`;
  if (key === 'type') {
    const stranger = (Array.isArray(value) ? value : [value]).find(
      (type) => !jsonTypes.some((known) => known === type),
    );
    if (stranger === undefined) return null;
    const near = typeof stranger === 'string' ? suggest(stranger, jsonTypes) : null;
    const hint = near === null ? `; it is one of ${quoteAll(jsonTypes)}` : `; did you mean \`${near}\`?`;
    return `there is no type ${showValue(stranger).replace('the text ', '')}${hint}`;
  }
  if (key === 'required' || key === 'enum' || key === 'examples') {
    if (!Array.isArray(value)) return takes('a list');
    return key === 'required' && value.some((each) => typeof each !== 'string') ? takes('a list of texts') : null;
  }
  if (key === 'pattern') {
    if (typeof value !== 'string') return takes('text');
    const fault = faultOfPattern(value);
    return fault === null ? null : `\`${value}\` is no regular expression: ${fault}`;
  }
  if (counts.includes(key)) return Number.isInteger(value) && Number(value) >= 0 ? null : takes('a whole number');
  if (numbers.includes(key)) return typeof value === 'number' ? null : takes('a number');
  if (withSchemas.includes(key)) return Array.isArray(value) && value.length > 0 ? null : takes('a list of schemas');
  if (withNamed.includes(key)) return isRecord(value) ? null : takes('keys, each with a schema');
  return null;
}

/** As the run compiles it; null when it can. */
function faultOfPattern(pattern: string): string | null {
  try {
    new RegExp(pattern, 'u');
    return null;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return words.slice(words.lastIndexOf(': ') + 2).toLowerCase();
  }
}

/** Required keys that the properties beside them do not have. Where there are no properties, none is strange. */
function strayRequired(schema: Keys): readonly { index: number; key: string; hint: string }[] {
  const { properties, required } = schema;
  if (!isRecord(properties) || !Array.isArray(required) || leansOnOthers(schema)) return [];
  const free = Object.keys(properties).filter((key) => !required.includes(key));
  return required.flatMap((key: unknown, index) => {
    if (typeof key !== 'string' || Object.hasOwn(properties, key)) return [];
    const near = suggest(key, free);
    const isClosed = schema.additionalProperties === false;
    return [{ index, key, hint: near !== null ? `; did you mean \`${near}\`?` : isClosed ? ', so no call fits' : '' }];
  });
}

/** The targets that a schema has a text for, or a list of texts, the outer ones first. What it leans on elsewhere is left out. */
export function pointersToTexts(schema: unknown, above = ''): readonly string[] {
  if (!isRecord(schema) || !isRecord(schema.properties) || leansOnOthers(schema)) return [];
  const keys = Object.entries(schema.properties).map(([key, below]): [string, unknown] => [
    `${above}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    below,
  ]);
  return [
    ...keys.flatMap(([pointer, below]) => (holdsTexts(below) ? pointer : [])),
    ...keys.flatMap(([pointer, below]) => pointersToTexts(below, pointer)),
  ];
}

function holdsTexts(schema: unknown): boolean {
  const held = isRecord(schema) && schema.type === 'array' ? schema.items : schema;
  return isRecord(held) && held.type === 'string';
}

/** Findings in the targets of a tool, from the root of their list. */
function checkTargets(tool: string | null, targets: readonly unknown[], input: unknown): readonly Finding[] {
  return targets.flatMap((target, index) => {
    const message = typeof target === 'string' ? faultOfTarget(tool ?? 'this tool', target, input) : null;
    if (message === null) return [];
    return [{ code: 'meaning/unreachable-target', severity: 'warning', path: [index], message }];
  });
}

/** Why nothing that a target could be stands where it points; null where something may. */
function faultOfTarget(tool: string, target: string, input: unknown): string | null {
  const above: PathStep[] = [];
  let here = input;
  for (const key of stepsOfPointer(target)) {
    if (!isRecord(here) || leansOnOthers(here)) return null;
    const name = above.length === 0 ? `the input of \`${tool}\`` : nameOf(above);
    if (here.type === 'array' && /^[0-9]+$/.test(key)) here = here.items;
    else {
      const type = typeWithoutKeys(here.type);
      if (type !== null) return `${name} is ${type}, so nothing stands at \`${target}\``;
      const properties = isRecord(here.properties) ? here.properties : {};
      if (!Object.hasOwn(properties, key)) {
        const isOpen =
          here.additionalProperties !== false && (here.properties === undefined || isRecord(here.additionalProperties));
        if (isOpen) return null;
        const near = suggest(key, Object.keys(properties));
        const pointer = near === null ? null : `/${[...above, near].join('/')}`;
        return `${name} has no \`${key}\`${pointer === null ? '' : `; did you mean \`${pointer}\`?`}`;
      }
      here = properties[key];
    }
    above.push(key);
  }
  const last = isRecord(here) && here.type === 'array' ? here.items : here;
  const wrong = isRecord(last) && typeof last.type === 'string' && !['string', 'array'].includes(last.type);
  return wrong ? `${nameOf(above)} holds no texts, and a target is a text or a list of texts` : null;
}

/** The type of a value that has nothing inside, or items only, in words; null for others. */
function typeWithoutKeys(type: unknown): string | null {
  if (type === 'array') return 'a list';
  return typeof type === 'string' && type !== 'object' && jsonTypes.includes(type) ? `of type \`${type}\`` : null;
}
