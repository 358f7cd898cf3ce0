/**
 * The index of a root in the form that language features take, noting what is read: a document needs to be checked
 * again only when something that it read has changed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { DocumentKind } from '../engine/documents/index.ts';
import { type FileDigests, isFolder } from '../io/workspace/index.ts';
import type { LanguageWorkspace } from '../language/index.ts';
import { constitutionsKey, documentKey, doubtsKey, fileKey, type IndexChange, type RootIndex } from './root-index.ts';

/** What a check has looked at. */
export class Reads {
  readonly #kinds = new Set<DocumentKind>();
  readonly #documents = new Set<string>();
  readonly #files = new Set<string>();
  readonly #onDisk = new Set<string>();
  #allFiles = false;

  kind(kind: DocumentKind): void {
    this.#kinds.add(kind);
  }

  /** A document by `documentKey` or `fileKey`, or all of `constitutionsKey` or `doubtsKey`, whether there is one or not. */
  document(key: string): void {
    this.#documents.add(key);
  }

  file(name: string): void {
    this.#files.add(name);
  }

  files(): void {
    this.#allFiles = true;
  }

  disk(name: string): void {
    this.#onDisk.add(name);
  }

  /** Whether a change concerns anything that was read. */
  touchedBy({ all, kinds, documents, files, onDisk }: IndexChange): boolean {
    if (all || (this.#allFiles && files.size > 0)) return true;
    if (meet(this.#kinds, kinds) || meet(this.#documents, documents) || meet(this.#files, files)) return true;
    for (const name of onDisk)
      if (this.#onDisk.has(name) || [...this.#onDisk].some((read) => read.startsWith(`${name}/`))) return true;
    return false;
  }
}

const meet = <T>(some: ReadonlySet<T>, others: ReadonlySet<T>): boolean => [...some].some((each) => others.has(each));

/**
 * The index as a view. With `reads` it is for one check: what is looked at is noted, and each file is looked for once.
 * Without, it may be kept for as long as the index's generation lasts, and asks the disk each time.
 */
export function viewOf(index: RootIndex, digests: FileDigests, reads: Reads | null = null): LanguageWorkspace {
  const { root } = index;
  const onDisk = new Map<string, boolean>();
  return {
    isLoose: index.isLoose,
    documents: (kind) => {
      reads?.kind(kind);
      return index.documents(kind);
    },
    named: (kind, name) => {
      reads?.document(documentKey(kind, name));
      return index.named(kind, name);
    },
    inFile: (kind, path) => {
      reads?.document(fileKey(kind, path));
      return index.inFile(kind, path);
    },
    constitutions: () => {
      reads?.document(constitutionsKey);
      return index.constitutions();
    },
    doubts: () => {
      reads?.document(doubtsKey);
      return index.doubts();
    },
    files: () => {
      reads?.files();
      return index.files();
    },
    file: (name) => {
      reads?.file(name);
      return index.file(name);
    },
    resolve: (fromPath, reference) =>
      relative(root, resolve(root, dirname(fromPath), reference))
        .split(sep)
        .join('/'),
    fileExists: (name) => {
      if (reads === null) return existsSync(join(root, name));
      reads.disk(name);
      const known = onDisk.get(name) ?? existsSync(join(root, name));
      onDisk.set(name, known);
      return known;
    },
    isFolder: (name) => {
      reads?.disk(name);
      return isFolder(join(root, name));
    },
    leftOut: (name) => index.leftOut(name),
    digestOf: (name) => {
      reads?.disk(name);
      return digests.of(join(root, name));
    },
    entries: (folder) => {
      if (folder.startsWith('..')) return [];
      try {
        return readdirSync(join(root, folder), { withFileTypes: true })
          .filter(({ name }) => name !== '.git' && name !== 'node_modules')
          .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
      } catch {
        return [];
      }
    },
  };
}
