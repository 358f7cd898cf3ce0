/**
 * The workspaces that open files belong to: one index of documents for each root, read once and then kept in step with
 * watched files. What the editor holds unsaved wins over what is on disk.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { DocumentKind, SourceDocument, WorkspaceDocument, WorkspaceView } from '../engine/documents/index.ts';
import { findWorkspaceRoot, loadWorkspace } from '../io/workspace/index.ts';
import { readSource } from '../language/index.ts';
import type { OpenDocument } from './open-documents.ts';

interface Index {
  readonly root: string;
  /** By absolute path; what other files need to know of each. */
  readonly files: Map<string, readonly WorkspaceDocument[]>;
  readonly ready: Promise<void>;
  isReady: boolean;
}

export class Workspaces {
  readonly #indices = new Map<string, Index>();
  readonly #rootOf = new Map<string, string>();
  readonly #open: () => Iterable<OpenDocument>;
  readonly #changed: () => void;

  /** `changed` is called when what documents of other files say may have changed. */
  constructor(open: () => Iterable<OpenDocument>, changed: () => void) {
    this.#open = open;
    this.#changed = changed;
  }

  /** All roots known so far. */
  get roots(): readonly string[] {
    return [...this.#indices.keys()];
  }

  /** Makes the workspace around a path known; returns its root. */
  add(path: string): string {
    const root = this.#rootOf.get(path) ?? findWorkspaceRoot(path);
    this.#rootOf.set(path, root);
    if (!this.#indices.has(root)) this.#indices.set(root, this.#load(root));
    return root;
  }

  /** Resolves when the workspace around a path has been read. */
  async ready(path: string): Promise<void> {
    await this.#indices.get(this.add(path))?.ready;
  }

  /** A file's workspace as checks see it; null until it has been read. */
  view(path: string): WorkspaceView | null {
    const index = this.#indices.get(this.add(path));
    return index?.isReady === true ? this.#viewOf(index) : null;
  }

  /** A file's path as its workspace's view has it. */
  nameOf(path: string): string {
    return relativeName(this.add(path), path);
  }

  /** Takes note of files that were made, changed or deleted. */
  async refresh(paths: readonly string[]): Promise<void> {
    this.#rootOf.clear();
    for (const path of paths.filter((each) => /\.ya?ml$/i.test(each)))
      for (const index of this.#indices.values()) {
        if (!path.startsWith(`${index.root}${sep}`) || isSkipped(relativeName(index.root, path))) continue;
        const text = await readFile(path, 'utf8').catch(() => null);
        if (text === null) index.files.delete(path);
        else index.files.set(path, factsOf(relativeName(index.root, path), readSource(text).documents));
      }
    this.#changed();
  }

  #load(root: string): Index {
    const files = new Map<string, readonly WorkspaceDocument[]>();
    const index: Index = { root, files, ready: Promise.resolve(), isReady: false };
    const ready = loadWorkspace(root).then(
      (workspace) => {
        for (const { path, relativePath, document } of workspace.files)
          files.set(path, [...(files.get(path) ?? []), ...factsOf(relativePath, [document])]);
        index.isReady = true;
        this.#changed();
      },
      // A root that cannot be read has no documents; the checks of each file go on without them.
      () => undefined,
    );
    return Object.assign(index, { ready });
  }

  #viewOf({ root, files }: Index): WorkspaceView {
    const current = new Map(files);
    for (const { path, source } of this.#open())
      if (path?.startsWith(`${root}${sep}`) === true && this.add(path) === root)
        current.set(path, factsOf(relativeName(root, path), source.documents));
    const all = [...current.values()].flat();
    return {
      documents: (kind: DocumentKind) => all.filter((document) => document.kind === kind),
      resolve: (fromPath, reference) => relativeName(root, resolve(root, dirname(fromPath), reference)),
      fileExists: (path) => existsSync(join(root, path)),
    };
  }
}

const relativeName = (root: string, path: string): string => relative(root, path).split(sep).join('/');

const isSkipped = (name: string): boolean =>
  name
    .split('/')
    .some(
      (part) => part.startsWith('.') || ['node_modules', 'dist', 'out', 'build', 'target', 'coverage'].includes(part),
    );

/** What other files need to know of a file's documents. */
export function factsOf(path: string, documents: readonly SourceDocument[]): readonly WorkspaceDocument[] {
  return documents.flatMap(({ kind, name, value }) => {
    if (kind === null) return [];
    const metadata = (value as { metadata?: { description?: unknown } | null }).metadata;
    const description = metadata?.description;
    return [{ kind, name, path, ...(typeof description === 'string' && { description }) }];
  });
}
