/** "Did you mean" for files that are missing: what the folders of the workspace hold, looked at one by one along the path. */
import { documentsNamed, isPath, type Path, type Problem, referenceAt, suggest } from '../../engine/documents/index.ts';
import { documentAt, endingAt, relativePath } from '../complete/paths.ts';
import type { SourceFile } from '../file.ts';
import type { LanguageWorkspace } from '../workspace.ts';
import { replaceScalar } from './edit.ts';
import { type Fix, type Fixer, quickFix } from './fix.ts';

const change = (file: SourceFile, problem: Problem, text: string, isPreferred: boolean): Fix =>
  quickFix(`change to \`${text}\``, problem, [replaceScalar(file, problem.span, text)], { isPreferred });

/** The file that is nearest to a path that leads nowhere, that very one with its slashes turned, or one of its name in a folder beside. */
export const correctFile: Fixer = (problem, { document, file, context }) => {
  const { path: from = null, workspace = null } = context;
  const place = document.placeAt(problem.span.start);
  if (from === null || workspace === null || place?.node.type !== 'scalar' || document.kind === null) return [];
  const { value } = place.node;
  const target = referenceAt(document.kind, place.path);
  if (typeof value !== 'string' || target === null || (target !== 'file' && !isPath(value))) return [];
  // As it is written on Windows.
  const wanted = workspace.resolve(from, value.replaceAll('\\', '/'));
  if (wanted.startsWith('../')) return [];
  const accepts = acceptedAt(place.path, target, workspace, from);
  const found = [nearestPath(wanted, workspace, accepts), ...sameName(wanted, workspace, accepts)];
  const paths = new Set(found.flatMap((each) => (each === null || each === from ? [] : relativePath(from, each))));
  return [...paths].slice(0, 3).map((path, index) => change(file, problem, path, index === 0));
};

/** Which files can be meant: those with the ending that the place takes and, for documents, with one of the right kind. */
function acceptedAt(path: Path, target: string, workspace: LanguageWorkspace, from: string) {
  const kind = target === 'file' ? documentAt(path) : target;
  const ending = endingAt(path);
  return (name: string): boolean => {
    if (name === from || (target === 'file' && !ending.test(name))) return false;
    return kind === null || workspace.file?.(name)?.names.some((each) => each.kind === kind) === true;
  };
}

/** Along the path from the root: each folder as it is written, or the nearest there is; then the nearest file. */
function nearestPath(wanted: string, workspace: LanguageWorkspace, accepts: (name: string) => boolean): string | null {
  const steps = wanted.split('/');
  const last = steps.pop() ?? '';
  let folder = '';
  for (const step of steps) {
    const folders = entriesIn(folder, workspace).flatMap(({ name, isFolder }) => (isFolder ? name : []));
    const next = folders.includes(step) ? step : suggest(step, folders);
    if (next === null) return null;
    folder = join(folder, next);
  }
  const files = entriesIn(folder, workspace).flatMap(({ name, isFolder }) =>
    !isFolder && accepts(join(folder, name)) ? name : [],
  );
  const stem = (name: string) => name.replace(/\.[^.]*$/, '');
  const near = files.includes(last) ? last : (files.find((name) => stem(name) === stem(last)) ?? suggest(last, files));
  return near === null ? null : join(folder, near);
}

/** Files of the same name in the folders beside the one that is named, and in those of the root. */
function sameName(wanted: string, workspace: LanguageWorkspace, accepts: (name: string) => boolean): readonly string[] {
  const name = wanted.split('/').at(-1) ?? '';
  const above = wanted.split('/').slice(0, -2).join('/');
  const folders = new Set(
    ['', above].flatMap((folder) => [
      folder,
      ...entriesIn(folder, workspace).flatMap((each) => (each.isFolder ? join(folder, each.name) : [])),
    ]),
  );
  return [...folders].map((folder) => join(folder, name)).filter((path) => workspace.fileExists(path) && accepts(path));
}

const entriesIn = (folder: string, workspace: LanguageWorkspace) => workspace.entries?.(folder) ?? [];
const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** Each of the documents that a name may mean, by its path. */
export const referByPath: Fixer = (problem, { document, file, context }) => {
  const { path: from = null, workspace = null } = context;
  const place = document.placeAt(problem.span.start);
  if (from === null || workspace === null || place?.node.type !== 'scalar' || document.kind === null) return [];
  const target = referenceAt(document.kind, place.path);
  const { value } = place.node;
  if (target === null || target === 'file' || typeof value !== 'string' || isPath(value)) return [];
  return documentsNamed(target, value, workspace).map(({ path }) =>
    change(file, problem, relativePath(from, path), false),
  );
};
