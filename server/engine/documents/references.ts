/**
 * What documents refer to, by name or by path, and whether it is there. Which files exist and which documents a
 * workspace has comes in through `WorkspaceView`; nothing is read here.
 */
import type { Path, Problem, RelatedPlace, Span } from './problem.ts';
import type { DocumentKind } from './schema.ts';
import type { SourceDocument } from './source.ts';
import { type Pattern, placesMatching } from './values.ts';
import { suggest } from './words.ts';

export interface WorkspaceDocument {
  readonly kind: DocumentKind;
  readonly name: string | null;
  /** In the form that `resolve` gives. */
  readonly path: string;
  readonly description?: string;
}

/** A workspace as checks and completions need it. */
export interface WorkspaceView {
  documents(kind: DocumentKind): readonly WorkspaceDocument[];
  /** The path of `reference` as written in the document at `fromPath`. */
  resolve(fromPath: string, reference: string): string;
  fileExists(path: string): boolean;
}

export interface ReferenceRule {
  readonly at: Pattern;
  /** A document kind, or `file` for code and data. */
  readonly to: DocumentKind | 'file';
}

/** Where documents refer to other documents and files. */
export const referenceRules: Readonly<Record<DocumentKind, readonly ReferenceRule[]>> = {
  Policy: [],
  PolicyTest: [
    { at: ['spec', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'environment'], to: 'Environment' },
  ],
  Preset: [{ at: ['spec', 'environment'], to: 'Environment' }],
  Capsule: [
    { at: ['spec', 'workflow', '*', 'preset'], to: 'Preset' },
    { at: ['spec', 'presets', '*', 'path'], to: 'file' },
    { at: ['spec', 'policies', '*', 'path'], to: 'file' },
    { at: ['spec', 'recordings', '*', 'path'], to: 'file' },
  ],
  Experiment: [
    { at: ['spec', 'environment'], to: 'Environment' },
    { at: ['spec', 'tasks'], to: 'TaskSet' },
    { at: ['spec', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'variants', '*', 'preset'], to: 'Preset' },
    { at: ['spec', 'variants', '*', 'policies', '*'], to: 'Policy' },
    { at: ['spec', 'variants', '*', 'agent', 'module'], to: 'file' },
  ],
  Environment: [{ at: ['spec', 'module'], to: 'file' }],
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

/** The documents that a reference to a document of `kind` means: one when all is well. */
export function referredDocuments(
  kind: DocumentKind,
  reference: string,
  fromPath: string,
  workspace: WorkspaceView,
): readonly WorkspaceDocument[] {
  const all = workspace.documents(kind);
  if (!isPath(reference)) return all.filter((document) => document.name === reference);
  const path = workspace.resolve(fromPath, reference);
  return all.filter((document) => document.path === path);
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
  if (kind === null) return [];
  return referenceRules[kind].flatMap(({ at, to }) =>
    placesMatching(value, at).flatMap((place) =>
      typeof place.value === 'string' && place.value !== '' ? [{ to, text: place.value, path: place.path }] : [],
    ),
  );
}

/** Problems with what `document`, the file at `path`, refers to in the workspace. */
export function checkReferences(document: SourceDocument, path: string, workspace: WorkspaceView): readonly Problem[] {
  return referencesOf(document).flatMap(({ to, text, path: at }) => {
    const span = document.locate(at)?.value;
    if (span === undefined) return [];
    const problem =
      to === 'file' ? checkFile(text, span, path, workspace) : checkDocument(to, text, span, path, workspace);
    return problem === null ? [] : [problem];
  });
}

function checkFile(reference: string, span: Span, fromPath: string, workspace: WorkspaceView): Problem | null {
  if (workspace.fileExists(workspace.resolve(fromPath, reference))) return null;
  const message = `there is no file \`${reference}\``;
  return { code: 'reference/no-file', severity: 'error', span, message, help: 'paths are relative to this document' };
}

function checkDocument(
  kind: DocumentKind,
  reference: string,
  span: Span,
  fromPath: string,
  workspace: WorkspaceView,
): Problem | null {
  const found = referredDocuments(kind, reference, fromPath, workspace);
  if (found.length === 1) return null;
  const words = kindInWords[kind];
  if (found.length > 1) {
    const paths = found.map((document) => `\`${document.path}\``).join(' and ');
    const message = `more than one ${words} is called \`${reference}\`: ${paths}`;
    return { code: 'reference/ambiguous', severity: 'error', span, message, help: 'refer to one of them by its path' };
  }
  if (isPath(reference)) {
    const there = workspace.fileExists(workspace.resolve(fromPath, reference));
    const message = there ? `\`${reference}\` holds no ${words}` : `there is no file \`${reference}\``;
    return { code: there ? 'reference/wrong-kind' : 'reference/no-file', severity: 'error', span, message };
  }
  const names = workspace.documents(kind).flatMap((other) => other.name ?? []);
  const near = suggest(reference, names);
  const message = `no ${words} in this workspace is called \`${reference}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
  const help =
    names.length === 0
      ? `this workspace has no ${words} yet`
      : `there are: ${names
          .slice(0, 8)
          .map((name) => `\`${name}\``)
          .join(', ')}`;
  return { code: `reference/unknown-${words.replace(' ', '-')}`, severity: 'error', span, message, help };
}

/** Where ids are declared within a document, and what one of them is called. */
interface Declaration {
  readonly list: Pattern;
  readonly key: string;
  readonly noun: string;
}

const declarations: Readonly<Record<DocumentKind, readonly Declaration[]>> = {
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
interface LocalReference {
  readonly at: Pattern;
  readonly to: string;
}

const localReferences: Partial<Readonly<Record<DocumentKind, readonly LocalReference[]>>> = {
  Policy: [{ at: ['spec', 'budgets', '*', 'parent'], to: 'budget' }],
  Preset: [
    { at: ['spec', 'budgets', '*', 'parent'], to: 'budget' },
    { at: ['spec', 'start'], to: 'node' },
    { at: ['spec', 'nodes', '*', 'next'], to: 'node' },
    { at: ['spec', 'nodes', '*', 'else'], to: 'node' },
  ],
  Capsule: [{ at: ['spec', 'workflow', '*', 'needs', '*'], to: 'step' }],
};

/** The ids of a noun (`rule`, `node` …) that a document declares, with their places. */
export function declaredIds(document: SourceDocument, noun: string): ReadonlyMap<string, readonly Path[]> {
  const ids = new Map<string, Path[]>();
  const declaration = document.kind === null ? undefined : declarations[document.kind].find((d) => d.noun === noun);
  if (declaration === undefined) return ids;
  for (const place of placesMatching(document.value, [...declaration.list, '*', declaration.key]))
    if (typeof place.value === 'string') {
      const places = ids.get(place.value);
      if (places === undefined) ids.set(place.value, [place.path]);
      else places.push(place.path);
    }
  return ids;
}

/** The noun whose ids may stand at `path`; null where no reference within the document stands. */
export function localNounAt(kind: DocumentKind, path: Path): string | null {
  return localReferences[kind]?.find((rule) => matches(rule.at, path))?.to ?? null;
}

/** What a reference at `path` leads to; null where none stands. */
export function referenceAt(kind: DocumentKind, path: Path): DocumentKind | 'file' | null {
  return referenceRules[kind].find((rule) => matches(rule.at, path))?.to ?? null;
}

const matches = (pattern: Pattern, path: Path): boolean =>
  pattern.length === path.length &&
  pattern.every((step, index) => (step === '*' ? typeof path[index] === 'number' : step === path[index]));

/** Ids that are declared twice and references within the document that lead nowhere. */
export function checkIds(document: SourceDocument): readonly Problem[] {
  if (document.kind === null) return [];
  return [
    ...declarations[document.kind].flatMap((declaration) => duplicateIds(document, declaration.noun)),
    ...(localReferences[document.kind] ?? []).flatMap((rule) => unknownIds(document, rule)),
  ];
}

function duplicateIds(document: SourceDocument, noun: string): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [id, [first, ...others]] of declaredIds(document, noun)) {
    const firstSpan = first === undefined ? undefined : document.locate(first)?.value;
    for (const path of others) {
      const span = document.locate(path)?.value;
      if (span === undefined || firstSpan === undefined) continue;
      const related: RelatedPlace = { span: firstSpan, message: `\`${id}\` is used first here` };
      const message = `another ${noun} is called \`${id}\` already; give this one a name of its own`;
      problems.push({ code: `meaning/duplicate-${noun}`, severity: 'error', span, message, related: [related] });
    }
  }
  return problems;
}

function unknownIds(document: SourceDocument, rule: LocalReference): readonly Problem[] {
  const ids = declaredIds(document, rule.to);
  return placesMatching(document.value, rule.at).flatMap((place) => {
    const span = document.locate(place.path)?.value;
    if (typeof place.value !== 'string' || ids.has(place.value) || span === undefined) return [];
    const near = suggest(place.value, ids.keys());
    const message = `there is no ${rule.to} \`${place.value}\` in this document${near === null ? '' : `; did you mean \`${near}\`?`}`;
    return [{ code: `meaning/unknown-${rule.to}`, severity: 'error', span, message }];
  });
}
