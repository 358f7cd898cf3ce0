/**
 * What the files below one root say of themselves: read once, then kept in step with the disk and with what the editor
 * holds unsaved, which wins. All work on the disk goes through one queue, so that the last event has the last word.
 */
import { lstat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DocumentKind, WorkspaceDocument } from '../engine/documents/index.ts';
import {
  type Doubt,
  doubtIn,
  doubtText,
  IgnoredPaths,
  isCandidate,
  isSearched,
  readCandidate,
  searchDocuments,
  type UnreadFile,
} from '../io/workspace/index.ts';
import { type DoubtfulFile, type FileSummary, readSource, type SourceFile, summarize } from '../language/index.ts';

/** What has become different for whoever has read it. */
export interface IndexChange {
  /** Kinds of which a document came, went, or is named or described otherwise. */
  readonly kinds: ReadonlySet<DocumentKind>;
  /** Those documents: by name and by file, as `documentKey` and `fileKey` give them. */
  readonly documents: ReadonlySet<string>;
  /** Files whose documents say something else. */
  readonly files: ReadonlySet<string>;
  /** What was made, changed or deleted on disk; a folder stands for all that it holds. */
  readonly onDisk: ReadonlySet<string>;
  /** Whether anything may have changed, as after the first reading. */
  readonly all: boolean;
}

export const documentKey = (kind: DocumentKind, name: string | null): string => `${kind} called ${name}`;
export const fileKey = (kind: DocumentKind, path: string): string => `${kind} in ${path}`;
/** Stands for all that constitutions say. */
export const constitutionsKey = 'constitutions';
/** Stands for what may be another constitution. */
export const doubtsKey = 'doubts';

/** The documents of a kind. */
interface DocumentsOfKind {
  readonly all: readonly WorkspaceDocument[];
  readonly byName: ReadonlyMap<string | null, readonly WorkspaceDocument[]>;
  readonly byPath: ReadonlyMap<string, readonly WorkspaceDocument[]>;
  readonly constitutions: readonly WorkspaceDocument[];
}

/** How long other work waits at most while an index is made. */
const sliceMs = 8;
/** How many changed files are read at a time. */
const readAhead = 32;

export interface RootIndexOptions {
  /** Whether folders below the root are searched. */
  readonly deep: boolean;
  readonly changed: (change: IndexChange) => void;
  /** Called now and then during the first reading with the number of documents' files found so far. */
  readonly progress?: (files: number) => void;
}

export class RootIndex {
  readonly root: string;
  /** Resolves when all has been read for the first time. Never rejects. */
  readonly ready: Promise<void>;
  readonly #options: RootIndexOptions;
  readonly #disk = new Map<string, FileSummary>();
  readonly #open = new Map<string, FileSummary>();
  readonly #held = new Map<string, SourceFile>();
  /** What may hold a constitution and is not understood, on disk and as the editor holds it: null for what is clear there. */
  readonly #doubtsOnDisk = new Map<string, Doubt>();
  readonly #doubtsHeld = new Map<string, Doubt | null>();
  readonly #byKind = new Map<DocumentKind, DocumentsOfKind>();
  #files: readonly FileSummary[] | null = null;
  #ignored: IgnoredPaths;
  #queue: Promise<void>;
  #isReady = false;
  #generation = 0;

  constructor(root: string, options: RootIndexOptions) {
    this.root = root;
    this.#options = options;
    this.#ignored = new IgnoredPaths(root);
    const notice = new Notice();
    this.ready = this.#search('', notice, options.progress)
      // A root that cannot be read has no documents; each file is still checked by itself.
      .catch(() => undefined)
      .then(() => {
        this.#isReady = true;
        this.#generation++;
        options.changed({ ...notice, all: true });
      });
    this.#queue = this.ready;
  }

  /** Whether it is of the files beside one that belongs to no workspace. */
  get isLoose(): boolean {
    return !this.#options.deep;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Grows whenever what `documents`, `files`, `file` or `doubts` give has changed. */
  get generation(): number {
    return this.#generation;
  }

  /** A path from the root, with forward slashes. */
  nameOf(path: string): string {
    return relative(this.root, path).split(sep).join('/');
  }

  documents(kind: DocumentKind): readonly WorkspaceDocument[] {
    return this.#ofKind(kind).all;
  }

  named(kind: DocumentKind, name: string): readonly WorkspaceDocument[] {
    return this.#ofKind(kind).byName.get(name) ?? [];
  }

  inFile(kind: DocumentKind, path: string): readonly WorkspaceDocument[] {
    return this.#ofKind(kind).byPath.get(path) ?? [];
  }

  /** Why the documents of a file are not among those of this root, as what follows its name; null when they would be. */
  leftOut(name: string): string | null {
    return this.#ignored.reasonFor(name);
  }

  constitutions(): readonly WorkspaceDocument[] {
    return this.#ofKind('Policy').constitutions;
  }

  /** What may hold a constitution that nobody understands, so that nothing is run; by name. */
  doubts(): readonly DoubtfulFile[] {
    const names = new Set([...this.#doubtsOnDisk.keys(), ...this.#doubtsHeld.keys()]);
    return [...names].sort().flatMap((path) => {
      const doubt = this.#doubtAbout(path);
      return doubt === null ? [] : [{ path, message: doubtText(`\`${path}\``, doubt) }];
    });
  }

  #doubtAbout(name: string): Doubt | null {
    const held = this.#doubtsHeld.get(name);
    return held === undefined ? (this.#doubtsOnDisk.get(name) ?? null) : held;
  }

  #ofKind(kind: DocumentKind): DocumentsOfKind {
    const known = this.#byKind.get(kind);
    if (known !== undefined) return known;
    const all = this.files()
      .flatMap(({ names }) => names.filter((document) => document.kind === kind))
      .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const byName = Map.groupBy(all, ({ name }) => name);
    const constitutions = all.filter(({ constitution }) => constitution);
    const found = { all, byName, byPath: Map.groupBy(all, ({ path }) => path), constitutions };
    this.#byKind.set(kind, found);
    return found;
  }

  /** All files that hold documents, in no particular order. */
  files(): readonly FileSummary[] {
    this.#files ??= [...new Map([...this.#disk, ...this.#open]).values()];
    return this.#files;
  }

  file(name: string): FileSummary | null {
    return this.#open.get(name) ?? this.#disk.get(name) ?? null;
  }

  /** Takes the editor's text of a file. Files that are left out of searches say nothing to others. */
  hold(name: string, source: SourceFile): void {
    this.#held.set(name, source);
    const notice = new Notice();
    if (!this.#ignored.hasFile(name)) this.#putHeld(name, source, notice);
    this.#tell(notice);
  }

  /** The editor has closed a file: what is on disk counts again. */
  release(name: string): void {
    this.#held.delete(name);
    const notice = new Notice();
    this.#putHeld(name, null, notice);
    this.#tell(notice);
  }

  /** Looks again at paths that were made, changed or deleted. Resolves when the index is right again. Never rejects. */
  refresh(names: readonly string[]): Promise<void> {
    const notice = new Notice();
    this.#queue = this.#queue
      .then(() => this.#reread([...new Set(names)], notice))
      .catch(() => undefined)
      .then(() => this.#tell(notice));
    return this.#queue;
  }

  async #reread(names: readonly string[], notice: Notice): Promise<void> {
    if (names.some((name) => /(^|\/)(\.gitignore|\.git|\.assay)$/.test(name))) {
      // What is searched at all has changed, and with it what is said of files that hold nothing.
      notice.all = true;
      this.#ignored = new IgnoredPaths(this.root);
      this.#judgeHeld('', notice);
      await this.#search('', notice);
    }
    // A link that has led nowhere may lead somewhere now.
    const unread = [...this.#doubtsOnDisk.keys()].filter((name) => !this.#disk.has(name));
    const all = [...new Set([...names, ...unread])];
    for (let index = 0; index < all.length; index += readAhead) {
      await Promise.all(all.slice(index, index + readAhead).map((name) => this.#rereadOne(name, notice)));
      await breathe();
    }
  }

  async #rereadOne(name: string, notice: Notice): Promise<void> {
    notice.onDisk.add(name);
    const path = join(this.root, name);
    const outside = name === '' || name.startsWith('../') || (!this.#options.deep && name.includes('/'));
    if (outside) return;
    const found = await lstat(path).catch(() => null);
    // A folder may have come, or gone, with rules of its own or as a workspace of its own.
    if (found?.isFile() !== true && this.#ignored.forget(name)) this.#judgeHeld(`${name}/`, notice);
    const isOther = found !== null && !found.isDirectory() && isCandidate(name);
    const isFile = isOther && (await isSearched(this.#ignored, name, found));
    let doubt: Doubt | null = null;
    const candidate = isFile
      ? await readCandidate(path, ({ why, help }) => {
          doubt = { why, help };
        })
      : null;
    const wasFile = this.#disk.has(name);
    this.#take(name, candidate?.text ?? null, doubt, notice);
    if (found?.isDirectory() && this.#options.deep && !this.#ignored.hasFolder(name)) await this.#search(name, notice);
    else if (!wasFile) this.#dropBelow(name, notice);
  }

  /** Whether the editor's texts count, of files whose names begin so. */
  #judgeHeld(prefix: string, notice: Notice): void {
    for (const [name, source] of this.#held)
      if (name.startsWith(prefix)) this.#putHeld(name, this.#ignored.hasFile(name) ? null : source, notice);
  }

  /** Forgets all files of what was a folder. */
  #dropBelow(folder: string, notice: Notice): void {
    for (const name of [...this.#disk.keys(), ...this.#doubtsOnDisk.keys()])
      if (name.startsWith(`${folder}/`)) this.#take(name, null, null, notice);
  }

  /** Takes the text of a file on disk, null where it is no document; `unread` says why such a file is in doubt. */
  #take(name: string, text: string | null, unread: Doubt | null, notice: Notice): void {
    const source = text === null ? null : readSource(text);
    this.#put(this.#disk, name, source && summaryOf(name, source), notice);
    const doubt = source === null ? unread : doubtIn(name, source.text, source.documents);
    this.#judge(name, notice, () =>
      doubt === null ? this.#doubtsOnDisk.delete(name) : this.#doubtsOnDisk.set(name, doubt),
    );
  }

  /** Takes the editor's text of a file; null where it holds none, or none that counts. */
  #putHeld(name: string, source: SourceFile | null, notice: Notice): void {
    this.#put(this.#open, name, source && summarize(name, source), notice);
    this.#judge(name, notice, () =>
      source === null
        ? this.#doubtsHeld.delete(name)
        : this.#doubtsHeld.set(name, doubtIn(name, source.text, source.documents)),
    );
  }

  /** Does what may change whether a file is in doubt, and notes it where that does. */
  #judge(name: string, notice: Notice, change: () => void): void {
    const before = this.#doubtAbout(name);
    change();
    if (isDeepStrictEqual(before, this.#doubtAbout(name))) return;
    notice.documents.add(doubtsKey);
    this.#generation++;
  }

  /** Reads all below a folder, and forgets what is not there any more. */
  async #search(folder: string, notice: Notice, progress?: (files: number) => void): Promise<void> {
    const { deep } = this.#options;
    const prefix = folder === '' ? '' : `${folder}/`;
    const gone = new Set(
      [...this.#disk.keys(), ...this.#doubtsOnDisk.keys()].filter((name) => name.startsWith(prefix)),
    );
    const onUnread = ({ path, why, help }: UnreadFile) => {
      const name = this.nameOf(path);
      gone.delete(name);
      this.#take(name, null, { why, help }, notice);
    };
    let count = 0;
    let since = performance.now();
    for await (const { path, text } of searchDocuments(this.root, { ignored: this.#ignored, folder, deep, onUnread })) {
      const name = this.nameOf(path);
      gone.delete(name);
      this.#take(name, text, null, notice);
      count++;
      if (performance.now() - since < sliceMs) continue;
      progress?.(count);
      await breathe();
      since = performance.now();
    }
    for (const name of gone) this.#take(name, null, null, notice);
  }

  /** Changes one layer, and notes what that changes for readers. */
  #put(layer: Map<string, FileSummary>, name: string, summary: FileSummary | null, notice: Notice): void {
    const before = this.file(name);
    if (summary === null) layer.delete(name);
    else layer.set(name, summary);
    const after = this.file(name);
    if (before === after) return;
    notice.files.add(name);
    this.#files = null;
    this.#generation++;
    const names = [...(before?.names ?? []), ...(after?.names ?? [])];
    for (const kind of new Set(names.map((document) => document.kind))) {
      const change = changeIn(kind, before, after);
      if (change === 'none') continue;
      this.#byKind.delete(kind);
      if (change === 'description') continue;
      notice.kinds.add(kind);
      notice.documents.add(fileKey(kind, name));
      for (const document of names) {
        if (document.kind !== kind) continue;
        notice.documents.add(documentKey(kind, document.name));
        if (document.constitution) notice.documents.add(constitutionsKey);
      }
    }
  }

  #tell(notice: Notice): void {
    const { kinds, documents, files, onDisk, all } = notice;
    const isNothing = !all && kinds.size + documents.size + files.size + onDisk.size === 0;
    if (this.#isReady && !isNothing) this.#options.changed(notice);
  }
}

/** Changes as they are gathered. */
export class Notice implements IndexChange {
  readonly kinds = new Set<DocumentKind>();
  readonly documents = new Set<string>();
  readonly files = new Set<string>();
  readonly onDisk = new Set<string>();
  all = false;

  join({ kinds, documents, files, onDisk, all }: IndexChange): void {
    for (const kind of kinds) this.kinds.add(kind);
    for (const document of documents) this.documents.add(document);
    for (const file of files) this.files.add(file);
    for (const name of onDisk) this.onDisk.add(name);
    this.all ||= all;
  }
}

/** A summary of its own: all is found now, and it does not keep the file's tree. */
function summaryOf(name: string, source: SourceFile): FileSummary | null {
  const { path, names, documents, symbols } = summarize(name, source);
  return names.length === 0 ? null : { path, names, documents: documents.map((each) => ({ ...each })), symbols };
}

/**
 * What is different in what a file says of its documents of a kind. Descriptions are for people: no check goes by them. After
 * most edits the lists of ids are the very same ones, and are not gone through.
 */
function changeIn(
  kind: DocumentKind,
  before: FileSummary | null,
  after: FileSummary | null,
): 'none' | 'description' | 'more' {
  const said = (file: FileSummary | null) => file?.names.filter((document) => document.kind === kind) ?? [];
  const [some, others] = [said(before), said(after)];
  if (!isDeepStrictEqual(some.map(withoutDescription), others.map(withoutDescription))) return 'more';
  return some.every(({ description }, index) => description === others[index]?.description) ? 'none' : 'description';
}

const withoutDescription = ({ description: _, ...rest }: WorkspaceDocument) => rest;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
