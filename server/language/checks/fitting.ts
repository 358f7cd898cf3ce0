/**
 * Whether a value fits a JSON Schema that a tool declares, as far as that is plain: types, words, keys, lengths and ranges.
 * Combinations, references and patterns are left to the run, which refuses what does not fit; nothing is told that might.
 */
import { nameOf, type Path, type PathStep, quoteAll, showValue, suggest } from '../../engine/documents/index.ts';
import { type Finding, isRecord } from './finding.ts';

export interface FittingOptions {
  /** What takes the value, for people, such as the name of a tool. */
  readonly taker: string;
  /** Whether keys that are not there are missing, rather than of no interest. */
  readonly isWhole: boolean;
}

type Misfit = Pick<Finding, 'path' | 'on' | 'message'>;

/** More of them in one value say nothing new. */
const maxMisfits = 8;

/** What in `value` does not fit `schema`, from the value's own root. */
export function misfitsOf(schema: unknown, value: unknown, { taker, isWhole }: FittingOptions): readonly Misfit[] {
  const found: Misfit[] = [];
  const nameAt = (path: Path) => (path.length === 0 ? `\`${taker}\`` : nameOf(path));
  const walk = (here: unknown, part: unknown, path: Path): void => {
    if (!isRecord(here) || found.length >= maxMisfits) return;
    const expected = unmet(here, part);
    if (expected !== null) {
      const said = part === null ? 'nothing stands here' : `not ${showValue(part)}`;
      const message = `${nameAt(path)} takes ${expected}${part === null ? '; ' : ', '}${said}`;
      found.push({ path, message, ...(part === null && { on: 'key' as const }) });
    } else if (Array.isArray(part)) {
      if (here.prefixItems === undefined)
        for (const [index, item] of part.entries()) walk(here.items, item, [...path, index]);
    } else if (isRecord(part)) walkKeys(here, part, path);
  };
  const walkKeys = (here: Keys, part: Keys, path: Path): void => {
    const known = isRecord(here.properties) ? here.properties : {};
    const isClosed = here.additionalProperties === false;
    const missing = textsIn(here.required).filter((key) => !Object.hasOwn(part, key));
    const meant = new Set<string>();
    for (const [key, below] of Object.entries(part)) {
      if (Object.hasOwn(known, key)) walk(known[key], below, [...path, key]);
      else if (here.patternProperties === undefined) {
        const near = suggest(
          key,
          Object.keys(known).filter((each) => !Object.hasOwn(part, each)),
        );
        if (near !== null) meant.add(near);
        const all = Object.keys(known);
        const hint = near === null ? listOf(all) : `; did you mean \`${near}\`?`;
        // Where any key may stand, one is only told where it can hardly be meant; two letters are near to most others.
        const isMeant = isRecord(here.additionalProperties) || leansOnOthers(here) || key.length < 3;
        if (isClosed || (near !== null && !isMeant))
          found.push({ path: [...path, key], on: 'key', message: `${nameAt(path)} takes no \`${key}\`${hint}` });
        walk(here.additionalProperties, below, [...path, key]);
      }
    }
    if (!isWhole) return;
    for (const key of missing)
      if (!meant.has(key)) found.push({ path, on: 'key', message: `${nameAt(path)} needs \`${key}\` in its input` });
  };
  walk(schema, value, []);
  return found.slice(0, maxMisfits);
}

type Keys = Readonly<Record<string, unknown>>;

/** Keywords by which other schemas say what keys there are. */
const combinations = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', 'patternProperties'];

/** Whether a schema says something of its keys elsewhere. */
export const leansOnOthers = (schema: Keys): boolean => combinations.some((keyword) => Object.hasOwn(schema, keyword));

const listOf = (keys: readonly PathStep[]): string =>
  keys.length === 0 || keys.length > 8 ? '' : `; it takes ${quoteAll(keys.map(String))}`;

const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];

/** What a single value would have to be, in words; null when it is that. */
function unmet(schema: Keys, value: unknown): string | null {
  const types = typeof schema.type === 'string' ? [schema.type] : textsIn(schema.type);
  if (types.length > 0 && !types.some((type) => isOfType(type, value)))
    return types.map((type) => typesInWords.get(type) ?? `\`${type}\``).join(', or ');
  const words = Array.isArray(schema.enum) ? schema.enum : Object.hasOwn(schema, 'const') ? [schema.const] : null;
  if (words?.every((word) => isPlain(word) && word !== value))
    return words.length === 1 ? `\`${words[0]}\`` : `one of ${quoteAll(words.map(String))}`;
  if (typeof value === 'number') return outOfRange(schema, value);
  if (typeof value === 'string') return wrongLength(schema, [...value].length, 'Length', 'character');
  return Array.isArray(value) ? wrongLength(schema, value.length, 'Items', 'item') : null;
}

const isPlain = (word: unknown): boolean => typeof word !== 'object' || word === null;

const typesInWords: ReadonlyMap<string, string> = new Map([
  ['object', 'keys with values'],
  ['array', 'a list'],
  ['string', 'text'],
  ['integer', 'a whole number'],
  ['number', 'a number'],
  ['boolean', '`true` or `false`'],
  ['null', '`null`'],
]);

export const jsonTypes: readonly string[] = [...typesInWords.keys()];

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      // A type that there is not is told where it is declared.
      return !typesInWords.has(type) || typeof value === type;
  }
}

function outOfRange(schema: Keys, value: number): string | null {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (typeof minimum === 'number' && value < minimum) return `${minimum} or more`;
  if (typeof maximum === 'number' && value > maximum) return `${maximum} or less`;
  if (typeof above === 'number' && value <= above) return `more than ${above}`;
  return typeof below === 'number' && value >= below ? `less than ${below}` : null;
}

function wrongLength(schema: Keys, length: number, of: 'Length' | 'Items', unit: string): string | null {
  const [least, most] = [schema[`min${of}`], schema[`max${of}`]];
  const units = (count: number) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (typeof least === 'number' && length < least) return `at least ${units(least)}`;
  return typeof most === 'number' && length > most ? `at most ${units(most)}` : null;
}
