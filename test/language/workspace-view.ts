/** A workspace made of texts, for the checks and fixes that look across files. */
import { posix } from 'node:path';
import {
  type LanguageContext,
  type LanguageWorkspace,
  readSource,
  type SourceFile,
  summarize,
} from '../../server/language/index.ts';

/** `files` by path; those that are no YAML are only there. `digests` are of files by path. */
export function workspaceOf(
  files: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, string>> = {},
): LanguageWorkspace {
  const summaries = Object.entries(files).flatMap(([path, text]) =>
    path.endsWith('.yaml') ? [summarize(path, readSource(text))] : [],
  );
  const documents = summaries.flatMap(({ names }) => names);
  const isFolder = (path: string) => Object.keys(files).some((each) => each.startsWith(`${path.replace(/\/$/, '')}/`));
  return {
    documents: (kind) => documents.filter((document) => document.kind === kind),
    files: () => summaries,
    file: (path) => summaries.find((each) => each.path === path) ?? null,
    resolve: (from, reference) => posix.join(posix.dirname(from), reference),
    fileExists: (path) => Object.hasOwn(files, path) || isFolder(path),
    isFolder,
    leftOut: (path) => (path.startsWith('../') ? 'lies outside this workspace' : null),
    digestOf: (path) => digests[path] ?? null,
    entries: (folder) => {
      const prefix = folder === '' || folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`;
      const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
      const heads = new Map(
        inside
          .map((path) => path.slice(prefix.length).split('/'))
          .map(([name = '', ...rest]) => [name, rest.length > 0]),
      );
      return [...heads].map(([name, isFolder]) => ({ name, isFolder }));
    },
  };
}

/** The surroundings of the file at `path` among `files`. */
export function around(
  path: string,
  files: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, string>> = {},
): LanguageContext & { readonly read: (path: string) => SourceFile | null } {
  const read = (other: string) => {
    const text = files[other];
    return text === undefined ? null : readSource(text);
  };
  return { path, workspace: workspaceOf(files, digests), read };
}
