/**
 * Makes everything that follows from `schemas/`: types, validators compiled ahead of time, and the expanded schemas that
 * hovers and completions read. Nothing else in the project defines a key of a document.
 * `node scripts/generate.ts` writes the files; `--check` fails when one of them is stale.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = { [key: string]: Json };

const root = join(import.meta.dirname, '..');
const banner = 'Generated from schemas/ by scripts/generate.ts. Do not edit.';
const documentKinds = ['Policy', 'PolicyTest', 'Preset', 'Capsule', 'Experiment', 'Environment', 'TaskSet'];

interface Signal {
  name: string;
  type: string;
  description: string;
  values?: string[];
  examples: Json[];
}

const read = async (file: string): Promise<Schema> => JSON.parse(await readFile(join(root, 'schemas', file), 'utf8'));

/** Gives the condition of policies one key per signal, so that the registry stays the only list of signals. */
function expandSignals(condition: Schema, signals: readonly Signal[]): void {
  const properties = condition.properties as Schema;
  for (const signal of signals)
    properties[signal.name] = {
      ...(signal.type === 'enum' ? enumTest(signal) : { $ref: `#/$defs/${signal.type}Test` }),
      description: signal.description,
      examples: signal.type === 'enum' || signal.type === 'string' ? signal.examples : testExamples(signal),
    };
  delete condition['x-assay-signals'];
}

function testExamples(signal: Signal): Json[] {
  const example = signal.examples[0] ?? null;
  if (signal.type === 'tags') return [{ anyOf: example }];
  if (signal.type === 'boolean') return [example];
  return [{ atLeast: example }];
}

function enumTest(signal: Signal): Schema {
  const one: Schema = { enum: signal.values ?? [] };
  const many: Schema = { type: 'array', items: one, minItems: 1 };
  const first = signal.examples[0] ?? null;
  const comparator = (description: string, schema: Schema): Schema => ({ ...schema, description, examples: [first] });
  return {
    anyOf: [
      one,
      many,
      {
        type: 'object',
        description: 'Comparators; all of them must hold.',
        additionalProperties: false,
        minProperties: 1,
        properties: {
          is: comparator('Equal to this, or to one of these.', { anyOf: [one, many] }),
          not: comparator('Not this, and none of these.', { anyOf: [one, many] }),
          anyOf: { ...many, description: 'One of these.', examples: [[first]] },
          present: {
            type: 'boolean',
            description: '`true`: the signal must apply to the action; `false`: it must not.',
            examples: [true],
          },
        },
      },
    ],
  };
}

/** Hovers show markdown; where a schema says nothing richer, the description with its default and examples serves. */
function describeInMarkdown(node: Json): void {
  if (Array.isArray(node)) for (const item of node) describeInMarkdown(item);
  else if (node !== null && typeof node === 'object') {
    if (typeof node.description === 'string' && node.markdownDescription === undefined)
      node.markdownDescription = markdownOf(node);
    // A key of a document may itself be called `default`.
    for (const [key, value] of Object.entries(node))
      if (key === 'properties') for (const property of Object.values(value as Schema)) describeInMarkdown(property);
      else if (key !== 'examples' && key !== 'default') describeInMarkdown(value);
  }
}

function markdownOf(node: Schema): string {
  const inline = (value: Json) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
  const parts = [node.description as string];
  if (node.default !== undefined) parts.push(`Default: ${inline(node.default)}`);
  const examples = Array.isArray(node.examples) ? node.examples : [];
  if (examples.length > 0) parts.push(`Example: ${examples.map(inline).join(', ')}`);
  return parts.join('\n\n');
}

async function load(): Promise<{ schemas: Map<string, Schema>; signals: Signal[] }> {
  const schemas = new Map<string, Schema>();
  for (const file of (await readdir(join(root, 'schemas'))).filter((f) => f.endsWith('.schema.json')).sort())
    schemas.set(file, await read(file));
  const signals = (await read('signals.json')).signals as unknown as Signal[];
  const policy = schemas.get('policy.schema.json');
  if (policy === undefined) throw new Error('schemas/policy.schema.json is missing');
  expandSignals((policy.$defs as Schema).condition as Schema, signals);
  for (const schema of schemas.values()) describeInMarkdown(schema);
  return { schemas, signals };
}

const schemaFile = (kind: string) => `${kind.toLowerCase()}.schema.json`;

/** One schema that holds all document kinds under `$defs`, for the type generator, which gives each name once. */
function unite(schemas: Map<string, Schema>, files: readonly string[]): Schema {
  const defs: Schema = {};
  for (const file of files) {
    const { $defs, $id: _id, $schema: _schema, ...body } = structuredClone(schemas.get(file)) as Schema;
    Object.assign(defs, $defs ?? {});
    if (body.title && file !== 'common.schema.json') defs[body.title as string] = body;
  }
  // A reference with siblings would be copied out as a nameless type, and a schema without a type would become an object.
  const local = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(local);
    if (node === null || typeof node !== 'object') return node;
    if (typeof node.$ref === 'string') return { $ref: node.$ref.replace(/^[^#]*/, '') };
    const entries = Object.entries(node).filter(([key]) => key !== 'markdownDescription' && key !== 'examples');
    const tsType = tsTypeOf(node);
    return { ...Object.fromEntries(entries.map(([key, value]) => [key, local(value)])), ...(tsType && { tsType }) };
  };
  return local({ title: 'Documents', type: 'object', $defs: defs }) as Schema;
}

/** The type of a schema that allows anything, or any object; null for all others. */
function tsTypeOf(node: Schema): string | null {
  if (typeof node.description !== 'string') return null;
  const shapes = ['properties', 'additionalProperties', 'enum', 'const', 'anyOf', 'oneOf', '$defs', 'items'];
  if (shapes.some((key) => key in node)) return null;
  if (node.type === undefined) return 'unknown';
  return node.type === 'object' ? 'Record<string, unknown>' : null;
}

async function types(schema: Schema): Promise<string> {
  const text = await compile(schema as JSONSchema, schema.title as string, {
    bannerComment: `/** ${banner} */`,
    unreachableDefinitions: true,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return text
    .replace(/export interface Documents \{[^}]*\}\n/, '')
    .replace(/^ *\*? *This (interface|type) was referenced by [\s\S]*?via the `definition` .*\n/gm, '');
}

/** To copy all errors for each item that has some takes time by the square of their number. Nobody is told of more than so many. */
const joined = `function joined(found, more) {
  for (let i = 0; i < more.length && found.length < 2000; i++) found.push(more[i]);
  return found;
}`;

/** Validators as one self-contained ES module; `exports` maps function names to schema references. */
async function validators(schemas: Map<string, Schema>, exports: Record<string, string>): Promise<string> {
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    discriminator: true,
    strictTypes: false,
    strictRequired: false,
    inlineRefs: false,
    multipleOfPrecision: 3, // 0.001 is no exact multiple of 0.000001 in binary floating point
    code: { source: true, esm: true, lines: false },
  });
  ajv.addVocabulary(['markdownDescription']);
  for (const schema of schemas.values()) ajv.addSchema(schema);
  const standalone = standaloneModule as unknown as (a: Ajv2020, refs: Record<string, string>) => string;
  const source = standalone(ajv, exports).replace(/vErrors\.concat\(([\w.]+)\)/g, 'joined(vErrors, $1)');
  const bundled = await build({
    stdin: { contents: `${source}\n${joined}`, resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: `/* ${banner} */` },
  });
  return bundled.outputFiles[0]?.text ?? '';
}

const declarations = (names: readonly string[]): string => `/** ${banner} */
export interface SchemaError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}
export interface Validate {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}
${names.map((name) => `export declare const ${name}: Validate;`).join('\n')}
`;

/** The snippets of all kinds, which editors read as files and the language server as a module. */
async function snippets(): Promise<Json[]> {
  const files = (await readdir(join(root, 'snippets'))).filter((file) => file.endsWith('.code-snippets')).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, 'snippets', file), 'utf8')));
  return texts.flatMap((text) =>
    Object.entries(JSON.parse(text) as Record<string, Schema>).map(([name, snippet]) => ({ name, ...snippet })),
  );
}

/**
 * The lists of a kind whose items are checked one by one, as names of validators with references to schemas: `KIND_LIST`
 * for an item, and `KIND_frame` for a document in which these lists may hold anything. Adds the schema of the frame.
 */
function partsOf(kind: string, schemas: Map<string, Schema>): Record<string, string> {
  const file = schemaFile(kind);
  const frame = structuredClone(schemas.get(file)) as Schema;
  const spec = ((frame.properties as Schema).spec as Schema).properties as Schema;
  const parts: Record<string, string> = {};
  for (const [key, list] of Object.entries(spec) as [string, Schema][]) {
    const items = list.items as Schema | undefined;
    if (items === undefined || list.uniqueItems === true || (items.$ref === undefined && items.type !== 'object'))
      continue;
    parts[`${kind}_${key}`] = `${file}#/properties/spec/properties/${key}/items`;
    list.items = {};
  }
  // References within the file lead to the file that this was made from.
  const away = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(away);
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${file}${value}` : away(value),
      ]),
    );
  };
  const { $defs: _defs, ...body } = away(frame) as Schema;
  schemas.set(`frame.${file}`, { ...body, $id: `frame.${file}` });
  return { ...parts, [`${kind}_frame`]: `frame.${file}` };
}

const asConst = (name: string, value: unknown) =>
  `export const ${name} = ${JSON.stringify(value, null, 1)} as const;\n`;

async function outputs(): Promise<Map<string, string>> {
  const { schemas, signals } = await load();
  const engine = 'server/engine';
  const documents = `${engine}/documents/generated`;
  const messages = Object.keys((schemas.get('agent-protocol.schema.json')?.$defs as Schema) ?? {});
  const messageRefs = Object.fromEntries(messages.map((m) => [m, `agent-protocol.schema.json#/$defs/${m}`]));
  const forDocuments = ['common.schema.json', ...documentKinds.map(schemaFile)];
  const framed = new Map(schemas);
  const exported: Record<string, string> = Object.assign(
    {},
    ...documentKinds.flatMap((kind) => [{ [kind]: schemaFile(kind) }, partsOf(kind, framed)]),
  );
  return new Map([
    [`${documents}/types.ts`, await types(unite(schemas, forDocuments))],
    [`${documents}/validators.js`, await validators(framed, exported)],
    [`${documents}/validators.d.ts`, declarations(Object.keys(exported))],
    [
      `${documents}/schemas.ts`,
      `/** ${banner} */\nexport const schemas: Readonly<Record<string, object>> = ${JSON.stringify(
        Object.fromEntries(forDocuments.map((file) => [file, schemas.get(file)])),
      )};\n`,
    ],
    [`${documents}/signals.ts`, `/** ${banner} */\n${asConst('signals', signals)}`],
    [
      'server/language/generated/snippets.ts',
      `/** ${banner.replace('schemas/', 'snippets/')} */\n${asConst('snippets', await snippets())}`,
    ],
    [`${engine}/ledger/generated/entry.ts`, await types(unite(schemas, ['ledger-entry.schema.json']))],
    [
      `${engine}/ledger/generated/validate-entry.js`,
      await validators(schemas, { validateEntry: 'ledger-entry.schema.json' }),
    ],
    [`${engine}/ledger/generated/validate-entry.d.ts`, declarations(['validateEntry'])],
    [`${engine}/experiment/generated/messages.ts`, await types(unite(schemas, ['agent-protocol.schema.json']))],
    [`${engine}/experiment/generated/validate-messages.js`, await validators(schemas, messageRefs)],
    [`${engine}/experiment/generated/validate-messages.d.ts`, declarations(messages)],
  ]);
}

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, text] of await outputs()) {
  const path = join(root, file);
  const old = await readFile(path, 'utf8').catch(() => null);
  if (old === text) continue;
  stale.push(file);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
if (check && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nrun: npm run generate`);
  process.exitCode = 1;
} else if (!check) console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'nothing changed');
