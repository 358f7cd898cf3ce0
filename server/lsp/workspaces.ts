/**
 * The workspaces that open files belong to: an index for each root, kept in step with the disk and the editor, and who
 * must be told when something changes. It checks nothing itself.
 */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { FileDigests, findWorkspaceRoot } from '../io/workspace/index.ts';
import type { FileSummary, LanguageContext, LanguageWorkspace, SourceFile } from '../language/index.ts';
import type { OpenDocument } from './open-documents.ts';
import { type IndexChange, RootIndex } from './root-index.ts';
import { uriOf } from './uris.ts';
import { Reads, viewOf } from './workspace-view.ts';

export interface WorkspacesPorts {
  readonly open: () => Iterable<OpenDocument>;
  /** Called with the open files whose problems may be others now. */
  readonly recheck: (documents: readonly OpenDocument[]) => void;
  /** Called when something in a root has changed, whether an open file reads it or not. */
  readonly changed?: (root: string, change: IndexChange) => void;
  /** How far the first reading of a root is; called now and then, and with null when it is over. */
  readonly progress?: (root: string, files: number | null) => void;
}

interface Held {
  readonly root: string;
  readonly name: string;
  readonly source: SourceFile;
}

export class Workspaces {
  readonly #ports: WorkspacesPorts;
  readonly #folders = new Set<string>();
  readonly #indices = new Map<string, RootIndex>();
  readonly #rootOf = new Map<string, string>();
  readonly #digests = new FileDigests();
  /** By URI: what the last check of an open file has read, and where the file is held. */
  readonly #checks = new Map<string, Reads>();
  readonly #held = new Map<string, Held>();
  readonly #views = new WeakMap<RootIndex, { readonly generation: number; readonly view: LanguageWorkspace }>();

  constructor(ports: WorkspacesPorts) {
    this.#ports = ports;
  }

  /** All roots known so far. */
  get roots(): readonly string[] {
    return [...this.#indices.keys()];
  }

  /** Makes the workspace of a folder of the editor known. */
  addFolder(folder: string): void {
    this.#folders.add(folder);
    this.#indexAt(this.#root(folder));
  }

  /** Forgets a folder, and the index that nobody needs any more. */
  removeFolder(folder: string): void {
    this.#folders.delete(folder);
    this.#forgetUnneeded();
  }

  #forgetUnneeded(): void {
    const needed = new Set([...this.#folders].map((each) => this.#root(each)));
    for (const { root } of this.#held.values()) needed.add(root);
    for (const root of this.#indices.keys()) if (!needed.has(root)) this.#indices.delete(root);
  }

  /** Resolves when the workspace around a path has been read. */
  async ready(path: string): Promise<void> {
    await this.#indexOf(path).ready;
  }

  /** Resolves when all roots have been read. */
  async allReady(): Promise<void> {
    await Promise.all([...this.#indices.values()].map(({ ready }) => ready));
  }

  /** A file's path as its workspace's view has it. */
  nameOf(path: string): string {
    return this.#indexOf(path).nameOf(path);
  }

  /** The URI of a name in the workspace of an open file; the editor's own spelling of it where that is open, too. */
  uriOf(from: OpenDocument, name: string): string {
    if (from.path === null) return from.uri;
    const path = join(this.#indexOf(from.path).root, name);
    for (const open of this.#ports.open()) if (open.path === path) return open.uri;
    return uriOf(path);
  }

  /** What is known of the files of each root, once all have been read. */
  async filesByRoot(): Promise<readonly { readonly root: string; readonly files: readonly FileSummary[] }[]> {
    await this.allReady();
    return [...this.#indices.values()].map((index) => ({ root: index.root, files: index.files() }));
  }

  /** Each root with the view of what is below it, once all have been read. */
  async views(): Promise<readonly { readonly root: string; readonly view: LanguageWorkspace }[]> {
    await this.allReady();
    return [...this.#indices.values()].map((index) => ({ root: index.root, view: this.#sharedView(index) }));
  }

  /** The root and the view that a path belongs to, once they have been read. */
  async viewAround(path: string): Promise<{ readonly root: string; readonly view: LanguageWorkspace }> {
    const index = this.#indexOf(path);
    await index.ready;
    return { root: index.root, view: this.#sharedView(index) };
  }

  /** What is known around a file, for features that answer a request. No workspace before it has been read. */
  contextOf({ path }: OpenDocument): LanguageContext {
    if (path === null) return {};
    const index = this.#indexOf(path);
    return { path: index.nameOf(path), workspace: index.isReady ? this.#sharedView(index) : null };
  }

  /** The same for a check of a file; `recheck` is called for it when what the check reads has changed. */
  contextOfCheck({ uri, path }: OpenDocument): LanguageContext {
    if (path === null) return {};
    const index = this.#indexOf(path);
    const reads = new Reads();
    this.#checks.set(uri, reads);
    if (!index.isReady) return { path: index.nameOf(path), workspace: null };
    return { path: index.nameOf(path), workspace: viewOf(index, this.#digests, reads) };
  }

  /** The files of all roots that hold documents, as far as they have been read. */
  documentFiles(): readonly { readonly root: string; readonly name: string }[] {
    return [...this.#indices.values()].flatMap((index) =>
      index.files().map(({ path }) => ({ root: index.root, name: path })),
    );
  }

  /** What is known around a file of a root that is not open, and what a check of it has read in the end. */
  contextOfClosed(root: string, name: string): { readonly context: LanguageContext; readonly reads: Reads } {
    const reads = new Reads();
    return { context: { path: name, workspace: viewOf(this.#indexAt(root), this.#digests, reads) }, reads };
  }

  /** Takes note of an open file's text, at its opening and after each edit. */
  hold(document: OpenDocument): void {
    const { uri, path } = document;
    if (path === null) return;
    const index = this.#indexOf(path);
    const name = index.nameOf(path);
    const { source } = document;
    const before = this.#held.get(uri);
    if (before?.root === index.root && before.source === source) return;
    this.#held.set(uri, { root: index.root, name, source });
    if (before !== undefined && before.root !== index.root) this.#letGo(before);
    index.hold(name, source);
  }

  /** Takes note that the editor has closed a file. */
  release({ uri }: OpenDocument): void {
    const held = this.#held.get(uri);
    this.#held.delete(uri);
    this.#checks.delete(uri);
    if (held !== undefined) this.#letGo(held);
  }

  /** A file that is open by another URI, too, as through a symbolic link, is still held as it is there. */
  #letGo({ root, name }: Held): void {
    const other = [...this.#held.values()].findLast((each) => each.root === root && each.name === name);
    if (other === undefined) this.#indices.get(root)?.release(name);
    else this.#indices.get(root)?.hold(name, other.source);
  }

  /** Looks again at files and folders that were made, changed or deleted. Resolves when all is in step. */
  async refresh(paths: readonly string[]): Promise<void> {
    const known = [...this.#rootOf.keys()];
    const mayMove = (path: string) => known.some((each) => each.startsWith(path + sep));
    if (paths.some((path) => /[\\/]\.(assay|git)$/.test(path) || mayMove(path))) {
      // Where workspaces begin may have changed.
      this.#rootOf.clear();
      for (const document of this.#ports.open()) this.hold(document);
      this.#forgetUnneeded();
    }
    await Promise.all(
      [...this.#indices.values()].map((index) => index.refresh(paths.map((path) => index.nameOf(path)))),
    );
  }

  #sharedView(index: RootIndex): LanguageWorkspace {
    const { generation } = index;
    const known = this.#views.get(index);
    if (known?.generation === generation) return known.view;
    const view = viewOf(index, this.#digests);
    this.#views.set(index, { generation, view });
    return view;
  }

  #indexOf(path: string): RootIndex {
    return this.#indexAt(this.#root(path));
  }

  #root(path: string): string {
    const known = this.#rootOf.get(path);
    if (known !== undefined) return known;
    const root = findWorkspaceRoot(path);
    this.#rootOf.set(path, root);
    return root;
  }

  #indexAt(root: string): RootIndex {
    const known = this.#indices.get(root);
    if (known !== undefined) return known;
    const { progress } = this.#ports;
    const index = new RootIndex(root, {
      deep: this.#isWorkspace(root),
      changed: (change) => this.#changed(root, change),
      ...(progress && { progress: (files: number) => progress(root, files) }),
    });
    this.#indices.set(root, index);
    if (progress) void index.ready.then(() => progress(root, null));
    return index;
  }

  /** A file that stands alone, say in the home folder, must not have everything below searched. */
  #isWorkspace(root: string): boolean {
    const isMarked = existsSync(join(root, '.assay')) || existsSync(join(root, '.git'));
    return isMarked || [...this.#folders].some((folder) => folder === root || root.startsWith(folder + sep));
  }

  #changed(root: string, change: IndexChange): void {
    this.#ports.changed?.(root, change);
    const concerned: OpenDocument[] = [];
    for (const document of this.#ports.open()) {
      if (document.path === null || this.#root(document.path) !== root) continue;
      const reads = this.#checks.get(document.uri);
      if (reads === undefined || reads.touchedBy(change)) concerned.push(document);
    }
    if (concerned.length > 0) this.#ports.recheck(concerned);
  }
}
