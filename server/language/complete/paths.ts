/** Paths of files that may be referred to: relative to the document, folder by folder, and only files that can be meant. */
import { type DocumentKind, heldAt, type Path, referenceAt } from '../../engine/documents/index.ts';
import type { LanguageContext } from '../file.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, orderOf, textOffer } from './item.ts';

/** Declarations of types hold nothing that runs. */
const code = /(?<!\.d)\.[cm]?[jt]s$/;
const yaml = /\.ya?ml$/;

/** The files and folders that can stand at a path of a document, when a file can. */
export function completePath(kind: DocumentKind, cursor: Cursor, context: LanguageContext): readonly Completion[] {
  const { workspace, path } = context;
  if (referenceAt(kind, cursor.path) !== 'file' || !workspace?.entries || !path) return [];
  const wanted = endingAt(cursor.path);
  const document = documentAt(cursor.path);
  // A file that is known to hold documents of other kinds only is not meant.
  const isOther = (name: string) => {
    const names = document === null ? undefined : workspace.file?.(name)?.names;
    return names !== undefined && !names.some((each) => each.kind === document);
  };
  const folder = cursor.typed.slice(0, cursor.typed.lastIndexOf('/') + 1);
  const written = folder === '' ? './' : folder;
  const from = workspace.resolve(path, written);
  const startsWithDot = cursor.typed.slice(folder.length).startsWith('.') && folder !== '';
  return workspace
    .entries(from)
    .filter(({ name, isFolder }) => (isFolder || wanted.test(name)) && (startsWithDot || !name.startsWith('.')))
    .filter(({ name }) => workspace.resolve(path, written + name) !== path)
    .filter(({ name, isFolder }) => isFolder || !isOther(workspace.resolve(path, written + name)))
    .toSorted((a, b) => Number(a.isFolder) - Number(b.isFolder) || (a.name < b.name ? -1 : 1))
    .map(({ name, isFolder }, index) =>
      textOffer(cursor, `${written}${name}${isFolder ? '/' : ''}`, orderOf('first', index), {
        kind: isFolder ? 'folder' : 'file',
        continues: isFolder,
      }),
    );
}

/** How the names of files end that can stand at a path. */
export function endingAt(path: Path): RegExp {
  if (path.at(-1) === 'module') return code;
  return documentAt(path) === null ? /./ : yaml;
}

/** The kind of the documents that a part of a capsule is made of; null for recordings. */
export const documentAt = (path: Path): DocumentKind | null => heldAt('Capsule', path);

/** A path from the folder of one file to another file; both in the form of a workspace's view. */
export function relativePath(from: string, to: string): string {
  const start = from.split('/').slice(0, -1);
  const end = to.split('/');
  let shared = 0;
  while (shared < start.length && shared < end.length - 1 && start[shared] === end[shared]) shared++;
  const up = start.slice(shared).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...end.slice(shared)].join('/');
}
