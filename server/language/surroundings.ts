/**
 * What a document and its workspace know that may be meant at a place: tools, words that are used elsewhere, and the
 * schemas that tools bring with them. It offers nothing itself.
 */
import {
  type DocumentKind,
  type Path,
  referredDocuments,
  type Schema,
  type SourceDocument,
  schemaAt,
  schemaBelow,
  signals,
  valueAt,
} from '../engine/documents/index.ts';
import { soundSchema } from './checks/tool-schemas.ts';
import type { LanguageContext, SourceFile } from './file.ts';
import { jsonSchemaKeys } from './json-schema.ts';
import {
  type DocumentSummary,
  type FileSummary,
  summarize,
  type ToolSummary,
  type WordKind,
  wordKindOf,
} from './workspace.ts';

export interface Surroundings {
  readonly kind: DocumentKind;
  /** Null in a text that gives no document at all. */
  readonly document: SourceDocument | null;
  readonly source: SourceFile;
  readonly context: LanguageContext;
}

export type Signal = (typeof signals)[number];

export const signalNamed = (name: unknown): Signal | null => signals.find((signal) => signal.name === name) ?? null;

/** The signal whose test a path leads into; null outside of tests. */
export function signalAt(path: Path): Signal | null {
  for (const step of path.toReversed()) {
    const signal = signalNamed(step);
    if (signal !== null) return signal;
  }
  return null;
}

/** The schema at a path; what a tool declares counts for its input, and the registry of signals for signals by hand. */
export function schemaIn(around: Surroundings, path: Path): Schema | null {
  const { kind, document } = around;
  const action = actionIn(kind, path);
  if (action !== null && path[action + 1] === 'input')
    return inputBelow(around, valueAt(document?.value, [...path.slice(0, action + 1), 'tool']), path.slice(action + 2));
  if (kind === 'Preset' && path[1] === 'nodes' && path[3] === 'input')
    return inputBelow(around, valueAt(document?.value, [...path.slice(0, 3), 'tool']), path.slice(4));
  if (kind === 'PolicyTest' && path[1] === 'cases' && path[3] === 'signals') return below(signalsByHand, path.slice(4));
  if (kind === 'Environment' && path[1] === 'tools' && (path[3] === 'input' || path[3] === 'output'))
    return path.length > 4 ? below(jsonSchemaKeys, path.slice(4)) : { ...jsonSchemaKeys, ...schemaAt(kind, path) };
  return schemaAt(kind, path);
}

/** Where in a path of a policy test an `action` stands: that of a case, or one before it. */
function actionIn(kind: DocumentKind, path: Path): number | null {
  if (kind !== 'PolicyTest' || path[1] !== 'cases') return null;
  if (path[3] === 'action') return 3;
  return path[3] === 'before' && path[5] === 'action' ? 5 : null;
}

function inputBelow(around: Surroundings, toolName: unknown, path: Path): Schema | null {
  const tool = toolsFor(around).find(({ name }) => name === toolName);
  const schema = soundSchema(tool?.input);
  return schema === null ? null : below(schema, path);
}

const below = (schema: Schema, path: Path): Schema | null =>
  path.reduce<Schema | null>((here, step) => (here === null ? null : schemaBelow(here, step)), schema);

/** Signals as a test of a policy gives them: their plain values. */
const signalsByHand: Schema = {
  type: 'object',
  properties: Object.fromEntries(
    signals.map((signal): [string, Schema] => {
      const { name, type, description } = signal;
      if (type === 'enum') return [name, { description, enum: 'values' in signal ? signal.values : [] }];
      if (type === 'tags') return [name, { description, type: 'array', items: { type: 'string' } }];
      return [name, { description, type: type === 'string' ? 'string' : type === 'integer' ? 'integer' : 'number' }];
    }),
  ),
};

/** Summaries of the files of the workspace; without one, of this file alone. */
const filesIn = ({ source, context: { workspace, path } }: Surroundings): readonly FileSummary[] =>
  workspace?.files?.() ?? [summarize(path ?? '', source)];

/** Summaries of all documents of a kind. */
export const summariesOf = (kind: DocumentKind, around: Surroundings): readonly DocumentSummary[] =>
  filesIn(around)
    .filter(({ names }) => names.some((each) => each.kind === kind))
    .flatMap(({ documents }) => documents.filter((document) => document.kind === kind));

/**
 * The one document that a reference means, as a summary; null when there is none. Paths are seen from the file at `from`,
 * which is this one unless it is said otherwise.
 */
export function summaryOf(
  kind: DocumentKind,
  reference: unknown,
  around: Surroundings,
  from: string | null = around.context.path ?? null,
): DocumentSummary | null {
  if (typeof reference !== 'string') return null;
  const { workspace } = around.context;
  if (!workspace || !from) return summariesOf(kind, around).find(({ name }) => name === reference) ?? null;
  const [found] = referredDocuments(kind, reference, from, workspace);
  if (found === undefined) return null;
  const inFile = workspace.file?.(found.path)?.documents ?? [];
  return inFile.find((document) => document.kind === kind && document.name === found.name) ?? null;
}

/** The tools of the environment that the document names; where it names none, those of all environments. */
export function toolsFor(around: Surroundings): readonly ToolSummary[] {
  const named = valueAt(around.document?.value, ['spec', 'environment']);
  const environment = summaryOf('Environment', named, around);
  if (environment !== null) return environment.tools ?? [];
  const tools = summariesOf('Environment', around).flatMap((each) => each.tools ?? []);
  return [...new Map(tools.map((tool) => [tool.name, tool])).values()];
}

/** Whether a tool's name stands at a path. */
export function isToolAt(kind: DocumentKind, path: Path): boolean {
  const [, list, , key] = path;
  if (kind === 'Preset') return (list === 'tools' && path.length === 3) || (list === 'nodes' && key === 'tool');
  const action = actionIn(kind, path);
  if (action !== null) return path.length === action + 2 && path.at(-1) === 'tool';
  if (kind === 'Capsule') return list === 'permissions' && key === 'tool';
  return signalAt(path)?.name === 'tool.name' && path.at(-1) !== 'present';
}

/** Which words may stand at a path; null where none are shared. */
export function wordKindAt(kind: DocumentKind, path: Path): WordKind | null {
  const [, list, third, fourth] = path;
  if (kind === 'Environment' && list === 'tools' && fourth === 'tags') return 'tag';
  if (kind === 'TaskSet' && list === 'tasks' && fourth === 'tags') return 'tag';
  if (kind === 'Preset' && list === 'role') return 'role';
  if (kind === 'Experiment' && list === 'variants' && typeof third === 'number' && fourth === 'role') return 'role';
  const scoped = path.at(-3) === 'scope' && typeof path.at(-1) === 'number' ? path.at(-2) : null;
  if (scoped === 'roles') return 'role';
  if (scoped === 'tags') return 'tag';
  const signal = signalAt(path);
  return signal === null || path.at(-1) === 'present' ? null : wordKindOf(signal.name);
}

/** The ids of the nodes that the presets of the workspace have, each once. */
export const nodesIn = (around: Surroundings): readonly string[] => [
  ...new Set(
    filesIn(around).flatMap(({ symbols }) =>
      symbols.documents.flatMap(({ declarations }) =>
        declarations.flatMap(({ noun, name }) => (noun === 'node' ? name : [])),
      ),
    ),
  ),
];

/** Words of a kind that are used in the workspace, the most used first, with the paths of the files that use them. */
export function wordsOf(word: WordKind, around: Surroundings): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>();
  // The tags of tasks and those of tools have nothing to do with each other.
  const isMeant = (kind: DocumentKind) => word !== 'tag' || (kind === 'TaskSet') === (around.kind === 'TaskSet');
  for (const { path, documents } of filesIn(around))
    for (const { words, kind } of documents)
      for (const text of isMeant(kind) ? (words[word] ?? []) : []) {
        const known = places.get(text);
        if (known === undefined) places.set(text, [path]);
        else if (!known.includes(path)) known.push(path);
      }
  return new Map([...places].toSorted(([a, inA], [b, inB]) => inB.length - inA.length || (a < b ? -1 : 1)));
}
