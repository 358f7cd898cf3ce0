/**
 * What documents refer to, by name or by path, and whether it is there. Which files exist and which documents a
 * workspace has comes in through `WorkspaceView`; nothing is read here.
 */
import { differenceOf, ListMemo } from './item-memo.ts';
import type { Path, Problem, RelatedPlace } from './problem.ts';
import type { DocumentKind } from './schema.ts';
import type { SourceDocument } from './source.ts';
import type { Location } from './tree.ts';
import { type Pattern, valueAt, visitPlaces } from './values.ts';
import { suggest, withArticle } from './words.ts';

export interface WorkspaceDocument {
  readonly kind: DocumentKind;
  readonly name: string | null;
  /** In the form that `resolve` gives. */
  readonly path: string;
  readonly description?: string;
  /** Ids that other documents may name, by noun: `rule`, `budget`, `tool`. Not there where the document was not read. */
  readonly ids?: Readonly<Record<string, readonly string[]>>;
  /** For presets and experiments: the roles of their agents, each once. */
  readonly roles?: readonly string[];
  /** For environments: the tags of its tools, each once. */
  readonly tags?: readonly string[];
  /** For environments: the JSON Schema of each tool's input, as it is written. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** For presets: the names of the tools that it gives its agent, and its environment as it names it; left out like those. */
  readonly toolNames?: readonly string[];
  readonly environment?: string;
  /** For policies: those that become part of it, as it names them. */
  readonly include?: readonly string[];
  /** For policies: whether it applies to everything, listed or not. */
  readonly constitution?: true;
}

/** A workspace as checks and completions need it. */
export interface WorkspaceView {
  documents(kind: DocumentKind): readonly WorkspaceDocument[];
  /** Those of a kind with a name; left out where all of `documents` may be looked through instead. */
  named?(kind: DocumentKind, name: string): readonly WorkspaceDocument[];
  /** Those of a kind in the file at a path; left out like `named`. */
  inFile?(kind: DocumentKind, path: string): readonly WorkspaceDocument[];
  /** The policies that apply to everything; left out like `named`. */
  constitutions?(): readonly WorkspaceDocument[];
  /** The path of `reference` as written in the document at `fromPath`. */
  resolve(fromPath: string, reference: string): string;
  /** Of folders, too. */
  fileExists(path: string): boolean;
  isFolder?(path: string): boolean;
  /** Why no search finds what the file at `path` holds, as what follows its name; null where one does. */
  leftOut?(path: string): string | null;
  /** `sha256:…` of a file's bytes; null while it is not known, and for what is no file. */
  digestOf?(path: string): string | null;
}

export interface ReferenceRule {
  readonly at: Pattern;
  /** A document kind, or `file` for code and data. */
  readonly to: DocumentKind | 'file';
  /** What a file must be, where not any will do. */
  readonly holds?: DocumentKind | 'module';
}

/** Where documents refer to other documents and files. */
export const referenceRules: Readonly<Record<DocumentKind, readonly ReferenceRule[]>> = {
  Policy: [{ at: ['spec', 'include', '*'], to: 'Policy' }],
  PolicyTest: [
    { at: ['spec', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'environment'], to: 'Environment' },
  ],
  Preset: [{ at: ['spec', 'environment'], to: 'Environment' }],
  Capsule: [
    { at: ['spec', 'workflow', '*', 'preset'], to: 'Preset' },
    { at: ['spec', 'presets', '*', 'path'], to: 'file', holds: 'Preset' },
    { at: ['spec', 'policies', '*', 'path'], to: 'file', holds: 'Policy' },
    { at: ['spec', 'recordings', '*', 'path'], to: 'file' },
  ],
  Experiment: [
    { at: ['spec', 'environment'], to: 'Environment' },
    { at: ['spec', 'tasks'], to: 'TaskSet' },
    { at: ['spec', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'variants', '*', 'preset'], to: 'Preset' },
    { at: ['spec', 'variants', '*', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'variants', '*', 'agent', 'module'], to: 'file', holds: 'module' },
  ],
  Environment: [{ at: ['spec', 'module'], to: 'file', holds: 'module' }],
  TaskSet: [],
};

export const kindInWords: Readonly<Record<DocumentKind, string>> = {
  Policy: 'policy',
  PolicyTest: 'policy test',
  Preset: 'preset',
  Capsule: 'capsule',
  Experiment: 'experiment',
  Environment: 'environment',
  TaskSet: 'task set',
};

/** Whether a reference is a path; otherwise it is a document's name. */
export const isPath = (reference: string): boolean => /[\\/]/.test(reference) || /\.ya?ml$/.test(reference);

/** The documents of a view by name and by path, made once for each view. */
interface DocumentIndex {
  readonly byName: ReadonlyMap<string | null, readonly WorkspaceDocument[]>;
  readonly byPath: ReadonlyMap<string, readonly WorkspaceDocument[]>;
}
const indices = new WeakMap<WorkspaceView, Map<DocumentKind, DocumentIndex>>();

function indexOf(kind: DocumentKind, workspace: WorkspaceView): DocumentIndex {
  const ofView = indices.get(workspace) ?? new Map<DocumentKind, DocumentIndex>();
  indices.set(workspace, ofView);
  const known = ofView.get(kind);
  if (known !== undefined) return known;
  const all = workspace.documents(kind);
  const index = { byName: Map.groupBy(all, ({ name }) => name), byPath: Map.groupBy(all, ({ path }) => path) };
  ofView.set(kind, index);
  return index;
}

/**
 * The documents that a reference to a document of `kind` means: one when all is well. A view is taken to stay as it is
 * from the first call on.
 */
export function referredDocuments(
  kind: DocumentKind,
  reference: string,
  fromPath: string,
  workspace: WorkspaceView,
): readonly WorkspaceDocument[] {
  if (!isPath(reference)) return documentsNamed(kind, reference, workspace);
  return documentsIn(kind, workspace.resolve(fromPath, reference), workspace);
}

/** The documents of `kind` in the file at a path. */
const documentsIn = (kind: DocumentKind, path: string, workspace: WorkspaceView): readonly WorkspaceDocument[] =>
  workspace.inFile?.(kind, path) ?? indexOf(kind, workspace).byPath.get(path) ?? [];

/** The documents of `kind` in the workspace that have a name. */
export function documentsNamed(
  kind: DocumentKind,
  name: string,
  workspace: WorkspaceView,
): readonly WorkspaceDocument[] {
  return workspace.named?.(kind, name) ?? indexOf(kind, workspace).byName.get(name) ?? [];
}

export interface Reference {
  readonly to: DocumentKind | 'file';
  /** As written. */
  readonly text: string;
  /** Where it is written. */
  readonly path: Path;
}

/** What a document refers to outside itself. */
export function referencesOf({ kind, value }: SourceDocument): readonly Reference[] {
  const found: Reference[] = [];
  for (const { at, to } of kind === null ? [] : referenceRules[kind])
    visitPlaces(value, at, (text, path) => {
      if (typeof text === 'string' && text !== '') found.push({ to, text, path: path() });
    });
  return found;
}

/** A problem whose place is not looked up yet. */
type Unplaced = Omit<Problem, 'span'>;

/** Problems with what `document`, the file at `path`, refers to in the workspace. */
export function checkReferences(document: SourceDocument, path: string, workspace: WorkspaceView): readonly Problem[] {
  if (document.kind === null) return [];
  const problems: Problem[] = [];
  const report = (problem: Unplaced, at: Path) => {
    const span = document.locate(at)?.value;
    if (span !== undefined) problems.push({ ...problem, span });
  };
  for (const { at, to, holds } of referenceRules[document.kind]) {
    const check = (reference: string): Unplaced | null =>
      to === 'file'
        ? checkFile(reference, path, holds ?? null, workspace)
        : checkDocument(to, reference, document, path, workspace);
    visitTexts(document.value, at, check, report);
  }
  for (const { at, ids } of idReferences[document.kind] ?? []) {
    const known = knownIds(document, ids, path, workspace);
    if (known === null) continue;
    const whose = declarerOf(document, ids, path, workspace);
    const check = isForAny(document, ids)
      ? (id: string) => undeclaredId(id, ids, known)
      : (id: string) => checkId(id, ids, known, whose, workspace);
    visitTexts(document.value, at, check, report);
  }
  if (document.kind === 'Capsule') checkDigests(document.value, path, workspace, report);
  return problems;
}

/** Checks each different text at `pattern` once. */
function visitTexts(
  value: unknown,
  pattern: Pattern,
  check: (text: string) => Unplaced | null,
  report: (problem: Unplaced, at: Path) => void,
): void {
  const checked = new Map<string, Unplaced | null>();
  visitPlaces(value, pattern, (text, at) => {
    if (typeof text !== 'string' || text === '') return;
    const known = checked.get(text);
    const problem = known === undefined ? check(text) : known;
    checked.set(text, problem);
    if (problem !== null) report(problem, at());
  });
}

function checkFile(
  reference: string,
  fromPath: string,
  holds: DocumentKind | 'module' | null,
  workspace: WorkspaceView,
): Unplaced | null {
  const path = workspace.resolve(fromPath, reference);
  if (!workspace.fileExists(path)) {
    const help = reference.includes('\\') ? slashes : 'paths are relative to this document';
    return { code: 'reference/no-file', severity: 'error', message: `there is no file \`${reference}\``, help };
  }
  if (holds === null) return null;
  if (workspace.isFolder?.(path)) return isAFolder(reference);
  if (holds === 'module') return isModule(path) ? null : isNoModule(reference);
  const isUnread = workspace.leftOut !== undefined && workspace.leftOut(path) !== null;
  return isUnread || documentsIn(holds, path, workspace).length > 0 ? null : holdsNone(reference, holds);
}

const slashes = 'a path has `/` between its folders, on every system';

/** By its name; one without an ending may be anything. */
const isModule = (path: string): boolean => /\.[cm]?[jt]s$|(^|[\\/])[^.\\/]+$/.test(path);

const wrongKind = (message: string, help?: string): Unplaced => ({
  code: 'reference/wrong-kind',
  severity: 'error',
  message,
  ...(help !== undefined && { help }),
});
const isAFolder = (reference: string): Unplaced => wrongKind(`\`${reference}\` is a folder`, 'name a file in it');
const isNoModule = (reference: string): Unplaced =>
  wrongKind(`\`${reference}\` is no JavaScript module`, 'name a file that ends in `.mjs`, `.js`, `.cjs` or `.ts`');
const holdsNone = (reference: string, kind: DocumentKind): Unplaced =>
  wrongKind(`\`${reference}\` holds no ${kindInWords[kind]}`);

function checkDocument(
  kind: DocumentKind,
  reference: string,
  from: SourceDocument,
  fromPath: string,
  workspace: WorkspaceView,
): Unplaced | null {
  const found = referredDocuments(kind, reference, fromPath, workspace);
  if (found.length === 1) return null;
  const words = kindInWords[kind];
  if (found.length > 1) {
    const paths = found.map((document) => `\`${document.path}\``).join(' and ');
    const message = `more than one ${words} is called \`${reference}\`: ${paths}`;
    return { code: 'reference/ambiguous', severity: 'error', message, help: 'refer to one of them by its path' };
  }
  if (isPath(reference)) {
    const path = workspace.resolve(fromPath, reference);
    if (!workspace.fileExists(path))
      return {
        code: 'reference/no-file',
        severity: 'error',
        message: `there is no file \`${reference}\``,
        ...(reference.includes('\\') && { help: slashes }),
      };
    if (workspace.isFolder?.(path)) return isAFolder(reference);
    const reason = workspace.leftOut?.(path) ?? null;
    if (reason === null) return holdsNone(reference, kind);
    const message = `\`${reference}\` cannot be referred to: it ${reason}`;
    const help = `only what a search of this workspace finds is there for its documents`;
    return { code: 'reference/outside-workspace', severity: 'error', message, help };
  }
  const names = namesBeside(kind, from, fromPath, workspace);
  const near = suggest(reference, names);
  const message = `no ${words} in this workspace is called \`${reference}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
  const none = `this workspace has no ${kind === from.kind ? 'other ' : ''}${words} yet`;
  const help = names.length === 0 ? none : `there are: ${shortList(names)}`;
  return { code: `reference/unknown-${words.replace(' ', '-')}`, severity: 'error', message, help };
}

/** The names of documents of `kind` that a document in the file at `fromPath` may mean: nothing is part of itself. */
export const namesBeside = (
  kind: DocumentKind,
  from: SourceDocument,
  fromPath: string,
  workspace: WorkspaceView,
): readonly string[] =>
  workspace
    .documents(kind)
    .filter((other) => kind !== from.kind || other.path !== fromPath || other.name !== from.name)
    .flatMap(({ name }) => name ?? []);

const shortList = (names: readonly string[]): string =>
  names
    .slice(0, 8)
    .map((name) => `\`${name}\``)
    .join(', ');

/** Ids that other documents declare. */
export interface ForeignIds {
  readonly nouns: readonly string[];
  readonly kind: DocumentKind;
  /** Where this document names the documents that declare them; null when any in the workspace may. */
  readonly through: Pattern | null;
  /** Whether any in the workspace may where this document names none: then it is for several, and a name may be for elsewhere. */
  readonly orAny?: true;
}

/** Where documents name ids of other documents. */
export const idReferences: Partial<Readonly<Record<DocumentKind, readonly { at: Pattern; ids: ForeignIds }[]>>> = {
  PolicyTest: [
    {
      at: ['spec', 'cases', '*', 'expect', 'rules', '*'],
      ids: { nouns: ['rule', 'budget'], kind: 'Policy', through: ['spec', 'policies', '*'] },
    },
    {
      at: ['spec', 'cases', '*', 'action', 'tool'],
      ids: { nouns: ['tool'], kind: 'Environment', through: ['spec', 'environment'] },
    },
    {
      at: ['spec', 'cases', '*', 'before', '*', 'action', 'tool'],
      ids: { nouns: ['tool'], kind: 'Environment', through: ['spec', 'environment'] },
    },
  ],
  Preset: [
    {
      at: ['spec', 'tools', '*'],
      ids: { nouns: ['tool'], kind: 'Environment', through: ['spec', 'environment'], orAny: true },
    },
    {
      at: ['spec', 'nodes', '*', 'tool'],
      ids: { nouns: ['tool'], kind: 'Environment', through: ['spec', 'environment'], orAny: true },
    },
  ],
  Capsule: [
    {
      at: ['spec', 'permissions', '*', 'tool'],
      ids: { nouns: ['tool'], kind: 'Environment', through: null },
    },
  ],
};

/** Whether this document names none of those that declare the ids, and so is for any of them. */
const isForAny = ({ value }: SourceDocument, { through, orAny }: ForeignIds): boolean =>
  orAny === true && through !== null && valueAt(value, through) === undefined;

/** The ids that may be named; null where a document that may declare them is missing or was not read. */
function knownIds(
  document: SourceDocument,
  ids: ForeignIds,
  fromPath: string,
  workspace: WorkspaceView,
): ReadonlySet<string> | null {
  const { nouns, kind, through } = ids;
  const sources: WorkspaceDocument[] = [];
  let complete = true;
  if (through === null || isForAny(document, ids)) sources.push(...workspace.documents(kind));
  else
    visitPlaces(document.value, through, (reference) => {
      const found = typeof reference === 'string' ? referredDocuments(kind, reference, fromPath, workspace) : [];
      if (found.length !== 1) complete = false;
      sources.push(...found);
    });
  if (!complete || sources.length === 0) return null;
  const speaking = kind === 'Policy' ? policiesSpeaking(sources, workspace) : sources;
  if (speaking === null || speaking.some(({ ids }) => ids === undefined)) return null;
  const known = speaking.flatMap(({ ids, name }) =>
    nouns.flatMap((noun) => {
      const own = ids?.[noun] ?? [];
      return kind === 'Policy' ? [...own, ...own.map((id) => `${name}/${id}`)] : own;
    }),
  );
  return new Set(known);
}

/**
 * The policies whose rules and budgets decide where these are named: they themselves, what they include, however deep,
 * and every constitution with what that includes. Each once; null where one that is included is not there.
 */
function policiesSpeaking(
  named: readonly WorkspaceDocument[],
  workspace: WorkspaceView,
): readonly WorkspaceDocument[] | null {
  const constitutions =
    workspace.constitutions?.() ?? workspace.documents('Policy').filter(({ constitution }) => constitution);
  // A set gives what is added to it meanwhile, too.
  const speaking = new Set([...named, ...constitutions]);
  for (const { path, include = [] } of speaking)
    for (const reference of include) {
      const [found, other] = referredDocuments('Policy', reference, path, workspace);
      if (found === undefined || other !== undefined) return null;
      speaking.add(found);
    }
  return [...speaking];
}

function checkId(
  id: string,
  ids: ForeignIds,
  known: ReadonlySet<string>,
  whose: string | null,
  workspace: WorkspaceView,
): Unplaced | null {
  if (known.has(id)) return null;
  const { nouns, kind } = ids;
  const [noun = 'id'] = nouns;
  const near = suggest(id, known);
  const none = `${whose === null ? `no ${kindInWords[kind]} here` : `the ${kindInWords[kind]} \`${whose}\``} has`;
  const message = `${none} ${whose === null ? 'a' : 'no'} ${nouns.join(' or ')} \`${id}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
  const others = workspace
    .documents(kind)
    .flatMap((other) => (nouns.some((each) => other.ids?.[each]?.includes(id)) ? (other.name ?? other.path) : []));
  const help = others.length === 0 ? {} : { help: `there is one in ${shortList(others)}` };
  return { code: `reference/unknown-${noun}`, severity: 'error', message, ...help };
}

/** An id that no document of the workspace declares, where any of them may be meant. */
function undeclaredId(id: string, { nouns, kind }: ForeignIds, known: ReadonlySet<string>): Unplaced | null {
  if (known.has(id)) return null;
  const near = suggest(id, known);
  const [noun = 'id'] = nouns;
  const message = `no ${kindInWords[kind]} of this workspace declares the ${noun} \`${id}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
  return { code: `reference/undeclared-${noun}`, severity: 'warning', message };
}

/** The name of the one document that declares the ids; null where there may be several. */
function declarerOf(document: SourceDocument, { kind, through }: ForeignIds, path: string, workspace: WorkspaceView) {
  const reference = through === null || through.includes('*') ? null : valueAt(document.value, through);
  return typeof reference === 'string' ? (referredDocuments(kind, reference, path, workspace)[0]?.name ?? null) : null;
}

/** The ids of other documents that may stand at `path`; null where none do, or where they are not known. */
export function foreignIdsAt(
  document: SourceDocument,
  path: Path,
  fromPath: string,
  workspace: WorkspaceView,
): ReadonlySet<string> | null {
  const rule = document.kind === null ? undefined : idReferences[document.kind]?.find(({ at }) => matches(at, path));
  return rule === undefined ? null : knownIds(document, rule.ids, fromPath, workspace);
}

const digestLists = ['presets', 'policies', 'recordings'] as const;

function checkDigests(
  value: unknown,
  fromPath: string,
  workspace: WorkspaceView,
  report: (problem: Unplaced, at: Path) => void,
): void {
  for (const list of digestLists)
    visitPlaces(value, ['spec', list, '*', 'digest'], (digest, at) => {
      const part = valueAt(value, [...at().slice(0, -1), 'path']);
      if (typeof digest !== 'string' || typeof part !== 'string') return;
      const real = workspace.digestOf?.(workspace.resolve(fromPath, part)) ?? null;
      if (real === null || real === digest) return;
      const message = `this is not the digest of \`${part}\`; the file has changed or was never this one`;
      const help = `look at the file; when it is as it should be, write \`${real}\``;
      report({ code: 'reference/wrong-digest', severity: 'error', message, help }, at());
    });
}

/** Where ids are declared within a document, and what one of them is called. */
export interface Declaration {
  readonly list: Pattern;
  readonly key: string;
  readonly noun: string;
}

export const declarations: Readonly<Record<DocumentKind, readonly Declaration[]>> = {
  Policy: [
    { list: ['spec', 'rules'], key: 'id', noun: 'rule' },
    { list: ['spec', 'budgets'], key: 'id', noun: 'budget' },
  ],
  PolicyTest: [{ list: ['spec', 'cases'], key: 'name', noun: 'case' }],
  Preset: [
    { list: ['spec', 'nodes'], key: 'id', noun: 'node' },
    { list: ['spec', 'budgets'], key: 'id', noun: 'budget' },
  ],
  Capsule: [
    { list: ['spec', 'workflow'], key: 'id', noun: 'step' },
    { list: ['spec', 'personas'], key: 'id', noun: 'persona' },
  ],
  Experiment: [{ list: ['spec', 'variants'], key: 'id', noun: 'variant' }],
  Environment: [{ list: ['spec', 'tools'], key: 'name', noun: 'tool' }],
  TaskSet: [{ list: ['spec', 'tasks'], key: 'id', noun: 'task' }],
};

/** References that stay within a document. */
export interface LocalReference {
  readonly at: Pattern;
  readonly to: string;
}

export const localReferences: Partial<Readonly<Record<DocumentKind, readonly LocalReference[]>>> = {
  Policy: [{ at: ['spec', 'budgets', '*', 'parent'], to: 'budget' }],
  Preset: [
    { at: ['spec', 'budgets', '*', 'parent'], to: 'budget' },
    { at: ['spec', 'start'], to: 'node' },
    { at: ['spec', 'nodes', '*', 'next'], to: 'node' },
    { at: ['spec', 'nodes', '*', 'else'], to: 'node' },
  ],
  Capsule: [{ at: ['spec', 'workflow', '*', 'needs', '*'], to: 'step' }],
};

/** Where the ids of a noun are declared: the position of each in its list, and the positions of those that are used again. */
interface DeclaredPositions {
  readonly first: ReadonlyMap<string, number>;
  readonly again: readonly (readonly [id: string, position: number])[];
  /** Each once. */
  readonly ids: readonly string[];
}

const nowhere: DeclaredPositions = { first: new Map(), again: [], ids: [] };
const known = new Map<Declaration, ListMemo<DeclaredPositions>>();

const declarationOf = ({ kind }: SourceDocument, noun: string): Declaration | undefined =>
  kind === null ? undefined : declarations[kind].find((declaration) => declaration.noun === noun);

function declaredPositions(document: SourceDocument, noun: string): DeclaredPositions {
  const declaration = declarationOf(document, noun);
  const items = declaration === undefined ? null : valueAt(document.value, declaration.list);
  if (declaration === undefined || !Array.isArray(items)) return nowhere;
  const memo = known.get(declaration) ?? new ListMemo<DeclaredPositions>();
  known.set(declaration, memo);
  const { key } = declaration;
  return memo.of(items, (before) =>
    before !== null && declareTheSame(before.items, items, key) ? before.value : positionsIn(items, key),
  );
}

/** Whether an edit from one list to another leaves all ids in their positions. */
function declareTheSame(before: readonly unknown[], now: readonly unknown[], key: string): boolean {
  if (before.length !== now.length) return false;
  const { start, endNow } = differenceOf(before, now);
  for (let position = start; position < endNow; position++)
    if (idOf(before[position], key) !== idOf(now[position], key)) return false;
  return true;
}

const idOf = (item: unknown, key: string): string | null => {
  const id = isObject(item) && Object.hasOwn(item, key) ? item[key] : null;
  return typeof id === 'string' ? id : null;
};

function positionsIn(items: readonly unknown[], key: string): DeclaredPositions {
  const first = new Map<string, number>();
  const again: [string, number][] = [];
  for (let position = 0; position < items.length; position++) {
    const id = idOf(items[position], key);
    if (id === null) continue;
    if (first.has(id)) again.push([id, position]);
    else first.set(id, position);
  }
  return { first, again, ids: [...first.keys()] };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The ids of a noun (`rule`, `node` …) that a document declares, with their places. */
export function declaredIds(document: SourceDocument, noun: string): ReadonlyMap<string, readonly Path[]> {
  const declaration = declarationOf(document, noun);
  if (declaration === undefined) return new Map();
  const { first, again } = declaredPositions(document, noun);
  const pathOf = (position: number): Path => [...declaration.list, position, declaration.key];
  const ids = new Map([...first].map(([id, position]) => [id, [pathOf(position)]]));
  for (const [id, position] of again) ids.get(id)?.push(pathOf(position));
  return ids;
}

/** The ids that a reference at `path` may name: all of the noun but that of the item which refers. None where no reference stands. */
export function localIdsAt(document: SourceDocument, path: Path): readonly string[] {
  const noun = document.kind === null ? null : localNounAt(document.kind, path);
  const declaration = noun === null ? undefined : declarationOf(document, noun);
  if (noun === null || declaration === undefined) return [];
  const { list } = declaration;
  const own = list.every((step, index) => step === path[index]) ? path[list.length] : null;
  return [...declaredPositions(document, noun).first].flatMap(([id, position]) => (position === own ? [] : id));
}

/** The nouns whose ids other documents may name. */
const sharedNouns: Partial<Readonly<Record<DocumentKind, readonly string[]>>> = {
  Policy: ['rule', 'budget'],
  Preset: ['budget', 'node'],
  Experiment: ['variant'],
  Environment: ['tool'],
};

/** What other documents need to know of `document` in the file at `path`; null for a document of no known kind. */
export function describeDocument(document: SourceDocument, path: string): WorkspaceDocument | null {
  const { kind, name, value } = document;
  if (kind === null) return null;
  const description = valueAt(value, ['metadata', 'description']);
  const ids = Object.fromEntries(
    (sharedNouns[kind] ?? []).map((noun) => [noun, declaredPositions(document, noun).ids]),
  );
  return {
    kind,
    name,
    path,
    ...(typeof description === 'string' && { description }),
    ids,
    ...((kind === 'Preset' || kind === 'Experiment') && { roles: rolesIn(kind, value) }),
    ...(kind === 'Preset' && describePreset(value)),
    ...(kind === 'Environment' && describeEnvironment(value)),
    ...(kind === 'Policy' && describePolicy(value)),
  };
}

/** What the schemas say of an agent whose role nobody writes. */
const unwrittenRole = 'agent';

function rolesIn(kind: 'Preset' | 'Experiment', value: unknown): readonly string[] {
  if (kind === 'Preset') {
    const role = valueAt(value, ['spec', 'role']) ?? unwrittenRole;
    return typeof role === 'string' ? [role] : [];
  }
  const roles = new Set<string>();
  visitPlaces(value, ['spec', 'variants', '*'], (variant) => {
    // One with a preset has the role of that.
    const role = valueAt(variant, ['role']) ?? (valueAt(variant, ['preset']) === undefined ? unwrittenRole : null);
    if (typeof role === 'string') roles.add(role);
  });
  return [...roles];
}

function describePreset(value: unknown): Pick<WorkspaceDocument, 'toolNames' | 'environment'> {
  const [tools, environment] = [valueAt(value, ['spec', 'tools']), valueAt(value, ['spec', 'environment'])];
  return {
    ...(Array.isArray(tools) && { toolNames: tools.filter((each) => typeof each === 'string') }),
    ...(typeof environment === 'string' && { environment }),
  };
}

function describeEnvironment(value: unknown): Pick<WorkspaceDocument, 'tags' | 'inputs'> {
  const tags = new Set<string>();
  const inputs = new Map<string, unknown>();
  visitPlaces(value, ['spec', 'tools', '*'], (tool) => {
    const [name, own] = [valueAt(tool, ['name']), valueAt(tool, ['tags'])];
    for (const tag of Array.isArray(own) ? own : []) if (typeof tag === 'string') tags.add(tag);
    if (typeof name === 'string') inputs.set(name, valueAt(tool, ['input']) ?? {});
  });
  return { tags: [...tags], inputs: Object.fromEntries(inputs) };
}

function describePolicy(value: unknown): Pick<WorkspaceDocument, 'include' | 'constitution'> {
  const include = valueAt(value, ['spec', 'include']);
  const references = Array.isArray(include) ? include.filter((each) => typeof each === 'string' && each !== '') : [];
  return {
    ...(references.length > 0 && { include: references }),
    ...(valueAt(value, ['spec', 'constitution']) === true && { constitution: true }),
  };
}

/** The noun whose ids may stand at `path`; null where no reference within the document stands. */
export function localNounAt(kind: DocumentKind, path: Path): string | null {
  return localReferences[kind]?.find((rule) => matches(rule.at, path))?.to ?? null;
}

/** What a reference at `path` leads to; null where none stands. */
export function referenceAt(kind: DocumentKind, path: Path): DocumentKind | 'file' | null {
  return referenceRules[kind].find((rule) => matches(rule.at, path))?.to ?? null;
}

/** What a text at `path` names, such as `the name or path of a policy`; null where no reference stands. */
export function namedAt(kind: DocumentKind, path: Path): string | null {
  const to = referenceAt(kind, path);
  if (to !== null) return to === 'file' ? 'the path of a file' : `the name or path of ${withArticle(kindInWords[to])}`;
  const foreign = idReferences[kind]?.find(({ at }) => matches(at, path))?.ids.nouns;
  const nouns = foreign ?? [localNounAt(kind, path)].filter((noun) => noun !== null);
  return nouns.length === 0 ? null : `the name of ${withArticle(nouns.join(' or '))}`;
}

/** The kind of the documents that the file at a path must hold; null where any file will do. */
export function heldAt(kind: DocumentKind, path: Path): DocumentKind | null {
  const holds = referenceRules[kind].find((rule) => matches(rule.at, path))?.holds;
  return holds === undefined || holds === 'module' ? null : holds;
}

const matches = (pattern: Pattern, path: Path): boolean =>
  pattern.length === path.length &&
  pattern.every((step, index) => (step === '*' ? typeof path[index] === 'number' : step === path[index]));

/**
 * Ids that are declared twice and references within the document that lead nowhere. `partial` says that some of the
 * document could not be read: what seems to be missing may then stand there, and is not told.
 */
export function checkIds(document: SourceDocument, partial = false): readonly Problem[] {
  if (document.kind === null) return [];
  const problems = declarations[document.kind].flatMap(({ noun }) => duplicateIds(document, noun));
  if (partial) return problems;
  return [...problems, ...(localReferences[document.kind] ?? []).flatMap((rule) => unknownIds(document, rule))];
}

function duplicateIds(document: SourceDocument, noun: string): readonly Problem[] {
  const declaration = declarationOf(document, noun);
  if (declaration === undefined) return [];
  const { first, again } = declaredPositions(document, noun);
  const placeOf = (position: number | undefined) =>
    position === undefined ? null : document.locate([...declaration.list, position, declaration.key]);
  return again.flatMap(([id, position]): Problem[] => {
    const place = placeOf(position);
    const before = placeOf(first.get(id));
    if (place === null || before === null) return [];
    // Where an alias repeats the whole list, both stand where the list is written.
    const areApart = place.repeatedAt?.start !== before.repeatedAt?.start;
    const spanOf = ({ repeatedAt, value }: Location) => (areApart ? (repeatedAt ?? value) : value);
    const related: RelatedPlace = { span: spanOf(before), message: `\`${id}\` is used first here` };
    const message = `another ${noun} is called \`${id}\` already; give this one a name of its own`;
    const span = spanOf(place);
    return [{ code: `meaning/duplicate-${noun}`, severity: 'error', span, message, related: [related] }];
  });
}

function unknownIds(document: SourceDocument, rule: LocalReference): readonly Problem[] {
  const ids = declaredPositions(document, rule.to).first;
  const problems: Problem[] = [];
  visitPlaces(document.value, rule.at, (id, path) => {
    if (typeof id !== 'string' || id === '' || ids.has(id)) return;
    const at = path();
    const span = document.locate(at)?.value;
    if (span === undefined) return;
    const near = suggest(id, localIdsAt(document, at));
    const message = `there is no ${rule.to} \`${id}\` in this document${near === null ? '' : `; did you mean \`${near}\`?`}`;
    problems.push({ code: `meaning/unknown-${rule.to}`, severity: 'error', span, message });
  });
  return problems;
}
