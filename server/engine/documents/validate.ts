/**
 * Holds a document's value against the schema of its kind and says in the author's words what does not fit, and where.
 * Meaning beyond the schemas (references, duplicate ids) is checked elsewhere.
 */
import { signals } from './generated/signals.ts';
import type { SchemaError, Validate } from './generated/validators.js';
import * as validators from './generated/validators.js';
import { ItemMemo } from './item-memo.ts';
import { stepsOfPointer } from './pointer.ts';
import { maxProblems, type Path, type Problem, type Span } from './problem.ts';
import { namedAt } from './references.ts';
import {
  alternatives,
  type DocumentKind,
  documentKinds,
  expectation,
  quoteAll,
  type Schema,
  schemaAt,
} from './schema.ts';
import { locateIn, type SyntaxNode } from './tree.ts';
import { amountIn, countedIn } from './units.ts';
import { valueAt } from './values.ts';
import { asComparator, suggest, suggestKey } from './words.ts';

interface Fault {
  readonly code: string;
  /** Whether the key of the place or its value is meant. */
  readonly on: 'key' | 'value';
  readonly path: Path;
  readonly message: string;
  readonly help?: string;
  /** The key that is missing, or that was meant. */
  readonly key?: string | null;
  /** For a number where none is taken: what is said of it as it is written, since `1.0` is read as 1. */
  readonly say?: (written: string) => Pick<Fault, 'message' | 'help'>;
}

/** A list under `spec` whose items are checked one by one. */
interface Part {
  readonly list: string;
  readonly validate: Validate;
  /** What was found in an item, by its value: an edit elsewhere leaves the value alone. Paths begin at the item. */
  readonly known: WeakMap<object, readonly Fault[]>;
  /** The items of a list that have faults. */
  readonly faulty: ItemMemo<readonly Fault[]>;
}

interface KindCheck {
  readonly frame: Validate;
  readonly parts: readonly Part[];
}

const checkOf = (kind: DocumentKind): KindCheck => {
  const named = Object.entries<Validate>(validators).filter(([name]) => name.startsWith(`${kind}_`));
  const parts = named.map(([name, validate]) => ({
    list: name.slice(kind.length + 1),
    validate,
    known: new WeakMap(),
    faulty: new ItemMemo<readonly Fault[]>(),
  }));
  const frame = parts.find(({ list }) => list === 'frame')?.validate;
  if (frame === undefined) throw new Error(`the validators of ${kind} are incomplete; run npm run generate`);
  return { frame, parts: parts.filter(({ list }) => list !== 'frame') };
};
const checks = Object.fromEntries(documentKinds.map((kind) => [kind, checkOf(kind)])) as Record<
  DocumentKind,
  KindCheck
>;

/**
 * Problems of `value` against the schema of `kind`. Where the text is `broken`, by whole lines, keys are not told to be
 * missing: neither in an item of a list that has such a line, nor outside the lists when there is any.
 */
export function checkSchema(
  kind: DocumentKind,
  root: SyntaxNode,
  value: unknown,
  broken: readonly Span[],
  text: string,
): readonly Problem[] {
  const { frame, parts } = checks[kind];
  const problems: Problem[] = [];
  if (!frame(value))
    for (const fault of tellOnce(faultsOf(kind, frame.errors ?? [], value)))
      if ((broken.length === 0 || fault.code !== 'schema/missing-key') && problems.length < maxProblems)
        problems.push(problemOf(root, fault, text));
  for (const part of parts) {
    const items = valueAt(value, ['spec', part.list]);
    if (!Array.isArray(items)) continue;
    const faulty = part.faulty.of(items, (item, index) => {
      const faults = faultsOfItem(kind, part, item, index, value);
      return faults.length === 0 ? null : faults;
    });
    for (const { index, found: faults } of faulty) {
      if (problems.length >= maxProblems) break;
      const place = ['spec', part.list, index];
      const span = broken.length === 0 ? null : (locateIn(root, place)?.value ?? null);
      const isBroken = span !== null && broken.some((each) => each.start <= span.end && span.start <= each.end);
      for (const fault of faults)
        if ((!isBroken || fault.code !== 'schema/missing-key') && problems.length < maxProblems)
          problems.push(problemOf(root, { ...fault, path: [...place, ...fault.path] }, text));
    }
  }
  return problems;
}

const noFaults: readonly Fault[] = [];

function faultsOfItem(kind: DocumentKind, part: Part, item: unknown, index: number, value: unknown): readonly Fault[] {
  const key = typeof item === 'object' && item !== null ? item : null;
  const known = key === null ? undefined : part.known.get(key);
  if (known !== undefined) return known;
  let faults = noFaults;
  if (!part.validate(item)) {
    const above = `/spec/${part.list}/${index}`;
    const errors = (part.validate.errors ?? []).map((e) => ({ ...e, instancePath: above + e.instancePath }));
    faults = tellOnce(faultsOf(kind, errors, value)).map((fault) => ({ ...fault, path: fault.path.slice(3) }));
  }
  if (key !== null) part.known.set(key, faults);
  return faults;
}

/** Without repetitions; and a key that is only misspelt is not missing as well. */
function tellOnce(faults: readonly Fault[]): readonly Fault[] {
  const misspelt = new Set(
    faults.filter((f) => f.code === 'schema/unknown-key').map((f) => JSON.stringify([f.path.slice(0, -1), f.key])),
  );
  const told = new Set<string>();
  return faults.filter((fault) => {
    if (fault.code === 'schema/missing-key' && misspelt.has(JSON.stringify([fault.path, fault.key]))) return false;
    const id = `${fault.code} ${JSON.stringify(fault.path)} ${fault.message}`;
    return !told.has(id) && told.add(id);
  });
}

function problemOf(root: SyntaxNode, fault: Fault, text: string): Problem {
  const span = spanOf(root, fault);
  const { message, help } = fault.say?.(text.slice(span.start, span.end)) ?? fault;
  return { code: fault.code, severity: 'error', span, message, ...(help !== undefined && { help }) };
}

/** Problems with `kind` and `apiVersion`, which decide what the rest is held against. */
export function checkHead(
  root: SyntaxNode,
  value: unknown,
): { kind: DocumentKind | null; problems: readonly Problem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'a document is made of keys with values; begin with `apiVersion: assay/v1` and `kind:`';
    return { kind: null, problems: [error('schema/not-a-mapping', firstLineOf(root), message)] };
  }
  const given: unknown = Object.hasOwn(value, 'kind') ? (value as { kind: unknown }).kind : undefined;
  const kind = documentKinds.find((known) => known === given);
  if (kind !== undefined) return { kind, problems: [] };
  const kinds = `the kinds are ${quoteAll(documentKinds)}`;
  if (given === undefined || given === null || given === '') {
    const place = locateIn(root, ['kind'])?.key ?? locateIn(root, ['apiVersion'])?.key ?? firstKeyOf(root);
    const message = 'this document does not say what it is; write `kind:` and one of the kinds';
    return { kind: null, problems: [{ ...error('schema/missing-kind', place, message), help: kinds }] };
  }
  const near = suggest(String(given), documentKinds);
  const message = `unknown kind ${showValue(given).replace('the text ', '')}${near === null ? '' : `; did you mean \`${near}\`?`}`;
  const place = locateIn(root, ['kind'])?.value ?? root.span;
  return { kind: null, problems: [{ ...error('schema/unknown-kind', place, message), help: kinds }] };
}

const error = (code: string, span: Span, message: string): Problem => ({ code, severity: 'error', span, message });

const firstKeyOf = (root: SyntaxNode): Span =>
  root.type === 'mapping' ? (root.entries[0]?.keySpan ?? root.span) : root.span;

const firstLineOf = (root: SyntaxNode): Span =>
  root.type === 'sequence' || root.type === 'mapping'
    ? { start: root.span.start, end: root.span.start + 1 }
    : root.span;

/** The most errors of one item, or of all but the items, that are looked at; beyond them nothing more is told. */
const maxErrors = 2 * maxProblems;

function faultsOf(kind: DocumentKind, all: readonly SchemaError[], value: unknown): readonly Fault[] {
  const errors = all.slice(0, maxErrors);
  // Whatever lies at or below an `anyOf` that does not hold is told once, by that `anyOf`.
  const choices = errors.filter((e) => e.keyword === 'anyOf');
  const isBelow = (e: SchemaError, choice: SchemaError) =>
    e.instancePath === choice.instancePath || e.instancePath.startsWith(`${choice.instancePath}/`);
  const outermost = choices.filter(
    (c) => !choices.some((other) => other.instancePath !== c.instancePath && isBelow(c, other)),
  );
  const collapsed = outermost.flatMap((choice) => {
    const below = errors.filter((e) => e !== choice && e.keyword !== 'anyOf' && isBelow(e, choice));
    return faultsOfChoice(kind, choice, below, value);
  });
  const plain = errors
    .filter((e) => e.keyword !== 'anyOf' && !outermost.some((choice) => isBelow(e, choice)))
    .flatMap((e) => faultOf(kind, e, errors, value) ?? []);
  return [...plain, ...collapsed];
}

/** The branch that the author was about to write is told; when no branch has the type, one sentence says what is taken. */
function faultsOfChoice(
  kind: DocumentKind,
  choice: SchemaError,
  below: readonly SchemaError[],
  value: unknown,
): readonly Fault[] {
  const path = pathOf(choice.instancePath, value);
  const here = valueAt(value, path);
  const schema = schemaAt(kind, path);
  if (schema === null) return [];
  const fitting = alternatives(schema).filter((branch) => branch.type !== undefined && typeFits(branch.type, here));
  if (fitting.length > 0 && typeof here === 'object' && here !== null) {
    const inside = below.filter((e) => e.keyword !== 'type' || e.instancePath !== choice.instancePath);
    const relevant = inside.filter((e) => e.keyword !== 'enum' || e.instancePath !== choice.instancePath);
    const nested = relevant.flatMap((e) => faultOf(kind, e, relevant, value, true) ?? []);
    if (nested.length > 0) return nested;
  }
  return [mismatch(path, here, schema)];
}

function faultOf(
  kind: DocumentKind,
  e: SchemaError,
  all: readonly SchemaError[],
  value: unknown,
  inChoice = false,
): Fault | null {
  const path = pathOf(e.instancePath, value);
  const here = valueAt(value, path);
  const schema = schemaAt(kind, path) ?? {};
  const params = e.params;
  switch (e.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(params.additionalProperty), here, schema, inChoice);
    case 'required':
      if (e.schemaPath.includes('/oneOf/')) return null;
      return missingKey(path, String(params.missingProperty), schema);
    case 'oneOf':
      // A text where keys belong has none of them, and its type is told.
      return typeof here !== 'object' || here === null ? null : oneOf(path, schema, params.passingSchemas);
    case 'type':
      return all.some((other) => other !== e && other.keyword === 'enum' && other.instancePath === e.instancePath)
        ? null
        : mismatch(path, here, schema);
    case 'enum':
    case 'const':
      return mismatch(path, here, schema);
    case 'pattern':
      return {
        code: 'schema/format',
        on: 'value',
        path,
        message: `${showValue(here)} does not fit: ${whyNot(here, schema) ?? sentence(schema)}`,
      };
    case 'minProperties':
      return { code: 'schema/empty', on: 'key', path, message: 'nothing stands here; write at least one key' };
    case 'minItems':
    case 'maxItems': {
      const bound = Number(params.limit);
      const words = e.keyword === 'minItems' ? `at least ${bound}` : `at most ${bound}`;
      const message = `${nameOf(path)} takes ${words} ${bound === 1 ? 'item' : 'items'}; this list has ${Array.isArray(here) ? here.length : 0}`;
      return { code: 'schema/length', on: 'value', path, message };
    }
    case 'minLength':
    case 'maxLength':
      return e.keyword === 'minLength'
        ? emptyText(kind, path)
        : {
            code: 'schema/length',
            on: 'value',
            path,
            message: `${nameOf(path)} may have ${String(params.limit)} characters`,
          };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      const words = e.keyword.toLowerCase().includes('min') ? 'or more' : 'or less';
      const message = `${nameOf(path)} takes ${String(params.limit)} ${words}, not ${showValue(here)}`;
      return { code: 'schema/range', on: 'value', path, message };
    }
    case 'multipleOf':
      return {
        code: 'schema/range',
        on: 'value',
        path,
        message: `${nameOf(path)} goes in steps of ${Number(params.multipleOf).toFixed(6).replace(/0+$/, '')}`,
      };
    case 'uniqueItems': {
      const again = Math.max(Number(params.i), Number(params.j));
      return {
        code: 'schema/duplicate-item',
        on: 'value',
        path: [...path, again],
        message: `${showValue(valueAt(here, [again]))} stands in this list twice`,
      };
    }
    default:
      return { code: 'schema/invalid', on: 'value', path, message: `${nameOf(path)} ${e.message ?? 'does not fit'}` };
  }
}

function emptyText(kind: DocumentKind, path: Path): Fault {
  const named = namedAt(kind, path);
  const meant = named === null ? '' : `; write ${named}`;
  return { code: 'schema/empty', on: 'value', path, message: `${nameOf(path)} must not be empty${meant}` };
}

function unknownKey(path: Path, key: string, here: unknown, schema: Schema, inChoice: boolean): Fault {
  const allowed = alternatives(schema).flatMap((branch) => Object.keys(branch.properties ?? {}));
  const glued = allowed.find((each) => key.startsWith(`${each}:`) || key.startsWith(`${each} `)) ?? null;
  const value = valueAt(here, [key]);
  const joined = glued === null ? joinedKey(key, value, allowed) : null;
  const near = joined === null ? (glued ?? suggestKey(key, allowed)) : null;
  const what = inChoice ? `\`${key}\` is no comparator of ${nameOf(path)}` : namelessOr(key);
  const meant =
    glued === null
      ? (joined ?? (inChoice ? nextNumber(key, value, allowed) : null) ?? near)
      : `${glued}: ${key.slice(glued.length + 1).trim()}`;
  const message = meant === null ? what : `${what}; did you mean \`${meant}\`?`;
  const list = allowed.length > 12 ? `${quoteAll(allowed.slice(0, 12))}, …` : quoteAll(allowed);
  const help = allowed.length > 0 ? `possible here: ${list}` : undefined;
  const code = inChoice ? 'schema/comparator' : 'schema/unknown-key';
  return { code, on: 'key', path: [...path, key], key: near, message, ...(help !== undefined && { help }) };
}

const namelessOr = (key: string): string => (key === '' ? 'there is no key before this `:`' : `unknown key \`${key}\``);

/** `tool: { risk: … }` for the key `tool.risk`. */
function joinedKey(key: string, value: unknown, allowed: readonly string[]): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const keys = Object.keys(value).map((each) => `${key}.${each}`);
  return keys.length > 0 && keys.every((each) => allowed.includes(each)) ? keys.join('` and `') : null;
}

/** More or less than a whole number, as a comparator that takes its number, too. */
function nextNumber(key: string, value: unknown, allowed: readonly string[]): string | null {
  if (!Number.isInteger(value) || !allowed.includes('between')) return null;
  if (/^(gt|more|moreThan|above|over|>)$/.test(key)) return `atLeast: ${Number(value) + 1}`;
  return /^(lt|less|lessThan|below|under|<)$/.test(key) ? `atMost: ${Number(value) - 1}` : null;
}

function missingKey(path: Path, key: string, schema: Schema): Fault {
  const missing = alternatives(schema).find((branch) => branch.properties?.[key] !== undefined)?.properties?.[key];
  const where = path.length === 0 ? 'this document' : nameOf(path);
  const about = missing?.description;
  return {
    code: 'schema/missing-key',
    on: 'key',
    path,
    key,
    message: `${where} needs the key \`${key}\``,
    ...(about !== undefined && { help: `\`${key}\`: ${about}` }),
  };
}

function oneOf(path: Path, schema: Schema, passing: unknown): Fault {
  const keys = quoteAll((schema.oneOf ?? []).flatMap((branch) => branch.required ?? [])).replace(
    /, (?=[^,]*$)/,
    ' or ',
  );
  const message = passing === null ? `${nameOf(path)} needs ${keys}` : `${nameOf(path)} takes ${keys}, not both`;
  return { code: passing === null ? 'schema/missing-key' : 'schema/exclusive-keys', on: 'key', path, message };
}

function mismatch(path: Path, here: unknown, schema: Schema): Fault {
  const options = alternatives(schema).flatMap(
    (branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const]),
  );
  const near = typeof here === 'string' ? suggest(here, options.map(String)) : null;
  const signal = signalAt(path);
  const taken = countedIn(expectation(schema), signal?.unit);
  const say = (written?: string) => {
    const shown = written === undefined || Number(written) !== here ? showValue(here) : `\`${written}\``;
    const found = here === null ? 'nothing stands here' : `not ${shown}`;
    const hint = helpFor(here, written ?? String(here), schema, signal);
    return {
      message: `${takerAt(path, signal)} takes ${taken}${here === null ? '; ' : ', '}${found}${near === null ? '' : `; did you mean \`${near}\`?`}`,
      ...(hint !== null && { help: hint }),
    };
  };
  return {
    code: options.length > 0 ? 'schema/value' : 'schema/type',
    on: here === null ? 'key' : 'value',
    path,
    ...say(),
    ...(typeof here === 'number' && { say }),
  };
}

interface Signal {
  readonly name: string;
  readonly unit?: string;
}

const signalsByName = new Map<unknown, Signal>(signals.map((signal) => [signal.name, signal]));

/** The signal that the innermost test at a path is of. */
const signalAt = (path: Path): Signal | undefined =>
  signalsByName.get(path.findLast((step) => signalsByName.has(step)));

const takerAt = (path: Path, signal: Signal | undefined): string =>
  signal === undefined || path.at(-1) === signal.name ? nameOf(path) : `${nameOf(path)} of \`${signal.name}\``;

/** The number that a text with a unit means, where a number is taken. */
function amountHelp(text: string, signal: Signal | undefined): string | null {
  const unit = signal === undefined ? 'usd' : signal.unit;
  const amount = unit === undefined ? null : amountIn(text, unit);
  if (amount !== null) return `write \`${amount}\``;
  const atMs = signal?.name === 'time.utc' && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs)
    ? null
    : `write \`${atMs}\`, or say it by \`validFrom\` or \`until\` beside the rule's \`id\``;
}

function helpFor(here: unknown, written: string, schema: Schema, signal: Signal | undefined): string | null {
  const types = alternatives(schema).map((branch) => branch.type);
  if (typeof here === 'string' && (types.includes('integer') || types.includes('number'))) {
    const compared = types.includes('object') ? asComparator(here, types.includes('integer')) : null;
    if (compared !== null) return `write \`${compared}\``;
    const help = amountHelp(here, signal);
    if (help !== null) return help;
  }
  if (typeof here === 'string') {
    if (types.includes('boolean') && /^(y|yes|on|n|no|off)$/i.test(here))
      return `YAML 1.2 reads \`${here}\` as text; write \`${/^(y|yes|on)$/i.test(here) ? 'true' : 'false'}\``;
    if ((types.includes('integer') || types.includes('number')) && here.trim() !== '' && !Number.isNaN(Number(here)))
      return 'remove the quotes';
  }
  if ((typeof here === 'number' || typeof here === 'boolean') && types.includes('string')) {
    const isForm = alternatives(schema).some(
      ({ pattern }) => pattern === undefined || new RegExp(pattern, 'u').test(written),
    );
    return isForm ? `put it in quotes: "${written}"` : sentence(schema);
  }
  // The words that are possible have been listed, and what takes one word as it is needs no list.
  if (alternatives(schema).some((branch) => branch.enum !== undefined || branch.const !== undefined)) return null;
  if (types.includes('array') && !types.includes('string') && here !== null && typeof here !== 'object')
    return 'put it on a line of its own that begins with `- `';
  if (types.includes('array') && !types.includes('object') && typeof here === 'object' && !Array.isArray(here))
    return 'begin each item of the list with `- `';
  const example = schema.examples?.[0];
  return example === undefined
    ? null
    : `such as \`${typeof example === 'string' ? example : JSON.stringify(example)}\``;
}

/** What a text must look like that has to fit a pattern. */
function sentence({ pattern = '', examples }: Schema): string {
  const form = formsOfPatterns.get(pattern) ?? `it is held against \`${pattern}\``;
  return examples?.[0] === undefined ? form : `${form}, such as \`${String(examples[0])}\``;
}

/** What keeps a text from the form that it nearly has; null where that needs the whole form. */
function whyNot(here: unknown, { pattern = '' }: Schema): string | null {
  const text = String(here);
  if (/^0+(ms|s|m|h|d)$/.test(text) && /ms\|s\|m/.test(pattern)) return 'a duration is longer than nothing';
  if (text === '24:00' && pattern.includes(':'))
    return 'a day begins at `00:00`; `24:00` is its end, which only `to` can name';
  const lower = text.toLowerCase();
  return /^sha256:[0-9a-f]{64}$/.test(lower) && pattern.includes('sha256')
    ? 'a digest is written in lower-case letters'
    : null;
}

/** Every pattern of the schemas in words. */
export const formsOfPatterns: ReadonlyMap<string, string> = new Map([
  [
    '^[a-z0-9][a-z0-9._-]*$',
    'a name is lower-case letters, digits, `.`, `_` and `-`, and begins with a letter or digit',
  ],
  ['^[a-z][a-z0-9_]*$', 'the name of a tool is lower-case letters, digits and `_`, and begins with a letter'],
  ['^[1-9][0-9]*(ms|s|m|h|d)$', 'a duration is a whole number and a unit, `ms`, `s`, `m`, `h` or `d`'],
  ['^sha256:[0-9a-f]{64}$', 'a digest is `sha256:` and 64 hexadecimal digits'],
  ['^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$', 'a version is three numbers with dots between'],
  ['^[A-Za-z_][A-Za-z0-9_]*$', 'the name of an environment variable is letters, digits and `_`'],
  ['^([01][0-9]|2[0-3]):[0-5][0-9]$', 'a time of day is hours and minutes with two digits each, up to `23:59`'],
  ['^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', 'a time of day is hours and minutes with two digits each, up to `24:00`'],
  [
    '^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$',
    'days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`, one of them or two with `-` between',
  ],
  [
    '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$',
    'a moment is a date, or a date with time and offset',
  ],
  ['^(/[^/]+)+$', 'a JSON Pointer is a `/` before each key on the way'],
  ['^(/([^~/]|~[01])*)+$', 'a JSON Pointer is a `/` before each key on the way, with `~1` for `/` and `~0` for `~`'],
]);

/** What stands at a path, for people. */
export function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'this document';
  if (typeof last === 'string') return `\`${last}\``;
  const list = path.findLast((step) => typeof step === 'string');
  return list === undefined ? 'this item' : `an item of \`${list}\``;
}

/** A value for people, cut where it is long. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'keys with values';
  const text = typeof value === 'string' ? value : String(value);
  return `${typeof value === 'string' ? 'the text ' : ''}\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

function typeFits(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

/** A JSON Pointer as a path; indices of lists become numbers. */
function pathOf(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  let here = value;
  for (const key of stepsOfPointer(pointer)) {
    const step = Array.isArray(here) ? Number(key) : key;
    path.push(step);
    here = valueAt(here, [step]);
  }
  return path;
}

/** The span of a fault: the key or value itself, or the nearest thing around it that is written in the file. */
function spanOf(root: SyntaxNode, fault: Fault): Span {
  for (let length = fault.path.length; length > 0; length--) {
    const place = locateIn(root, fault.path.slice(0, length));
    if (place === null) continue;
    if (fault.on === 'value' && length === fault.path.length) return place.value;
    if (place.key !== undefined) return place.key;
    return firstKeyOf(place.node);
  }
  return locateIn(root, ['kind'])?.key ?? firstKeyOf(root);
}
