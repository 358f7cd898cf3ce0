/** A workspace made of texts, for the checks and fixes that look across files. */
import { posix } from 'node:path';
import { describeDocument, type WorkspaceView } from '../../server/engine/documents/index.ts';
import { type LanguageContext, readSource, type SourceFile } from '../../server/language/index.ts';

/** `files` by path; those that are no YAML are only there. `digests` are of files by path. */
export function workspaceOf(
  files: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, string>> = {},
): WorkspaceView {
  const documents = Object.entries(files).flatMap(([path, text]) =>
    path.endsWith('.yaml') ? readSource(text).documents.flatMap((each) => describeDocument(each, path) ?? []) : [],
  );
  return {
    documents: (kind) => documents.filter((document) => document.kind === kind),
    resolve: (from, reference) => posix.join(posix.dirname(from), reference),
    fileExists: (path) => Object.hasOwn(files, path),
    digestOf: (path) => digests[path] ?? null,
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
