/**
 * All problems of a file, stage by stage: YAML, schema, meaning within a document, references across the workspace.
 * It finds nothing itself; it asks the engine and puts the answers in order.
 */
import {
  asKind,
  checkIds,
  checkReferences,
  kindInWords,
  type LineMap,
  type Path,
  type Problem,
  type SourceDocument,
  type Span,
  type WorkspaceView,
} from '../engine/documents/index.ts';
import { compilePolicy } from '../engine/policy/index.ts';
import { asSource, type LanguageContext, type SourceFile } from './file.ts';

/** The problems of a file in the order of their places. Never throws. */
export function diagnose(file: SourceFile | string, context: LanguageContext = {}): readonly Problem[] {
  const { documents, lines } = asSource(file);
  const { path = null, workspace = null } = context;
  const problems = documents.flatMap((document) => [
    ...document.problems,
    ...checkMeaning(document, lines),
    ...(path !== null && workspace !== null
      ? [...checkReferences(document, path, workspace), ...checkName(document, path, workspace)]
      : []),
  ]);
  return [...problems, ...namesTwice(documents)].toSorted((a, b) => a.span.start - b.span.start);
}

/** What is wrong within one document beyond its schema. What a kind's own compiler finds is told once. */
function checkMeaning(document: SourceDocument, lines: LineMap): readonly Problem[] {
  const ids = checkIds(document);
  const policy = asKind(document, 'Policy');
  if (policy === null) return ids;
  const lineOf = (path: Path) => {
    const place = document.locate(path);
    return place === null ? undefined : lines.lineAt((place.key ?? place.value).start) + 1;
  };
  const compiled = compilePolicy({ policy, digest: '', lineOf }).problems.map(
    ({ path, ...rest }): Problem => ({ ...rest, severity: 'error', span: nearestSpan(document, path) }),
  );
  const told = new Set(ids.map((problem) => problem.span.start));
  return [...ids, ...compiled.filter((problem) => !told.has(problem.span.start))];
}

function nearestSpan(document: SourceDocument, path: Path): Span {
  for (let length = path.length; length > 0; length--) {
    const place = document.locate(path.slice(0, length));
    if (place !== null) return length === path.length ? place.value : (place.key ?? place.value);
  }
  return document.locate(['kind'])?.key ?? document.span;
}

/** Two documents of a kind in one file with one name. */
function namesTwice(documents: readonly SourceDocument[]): readonly Problem[] {
  return documents.flatMap((document, index) => {
    const earlier = documents
      .slice(0, index)
      .find((other) => other.kind !== null && other.kind === document.kind && other.name === document.name);
    const span = document.locate(['metadata', 'name'])?.value;
    const first = earlier?.locate(['metadata', 'name'])?.value;
    if (document.kind === null || document.name === null || span === undefined || first === undefined) return [];
    const message = `this file has another ${kindInWords[document.kind]} called \`${document.name}\``;
    const related = [{ span: first, message: 'it is named here' }];
    return [{ code: 'meaning/duplicate-name', severity: 'error', span, message, related } satisfies Problem];
  });
}

function checkName(document: SourceDocument, path: string, workspace: WorkspaceView): readonly Problem[] {
  const { kind, name } = document;
  const span = document.locate(['metadata', 'name'])?.value;
  if (kind === null || name === null || span === undefined) return [];
  const others = workspace.documents(kind).filter((other) => other.name === name && other.path !== path);
  if (others.length === 0) return [];
  const message = `\`${others[0]?.path}\` holds a ${kindInWords[kind]} called \`${name}\` too`;
  const help = 'a name is unique among the documents of one kind in a workspace';
  return [{ code: 'meaning/duplicate-name', severity: 'warning', span, message, help }];
}
