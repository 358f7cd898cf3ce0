/**
 * Problems of files that are not open, for clients that ask for those of a whole workspace. Each file is checked once
 * and again when something that its check has read has changed; what is proved of policies is told of open files only.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CancellationToken,
  type Connection,
  type Diagnostic,
  type DiagnosticServerCancellationData,
  LSPErrorCodes,
  type PreviousResultId,
  ResponseError,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import type { ColumnUnit } from '../engine/documents/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import { readText } from '../io/workspace/index.ts';
import { diagnose, readSource } from '../language/index.ts';
import { toDiagnostic } from './convert.ts';
import { type IndexChange, Notice } from './root-index.ts';
import { uriOf } from './uris.ts';
import type { Reads } from './workspace-view.ts';
import type { Workspaces } from './workspaces.ts';

export interface WorkspaceDiagnosticsPorts {
  readonly connection: Connection;
  readonly unit: () => ColumnUnit;
  readonly workspaces: Workspaces;
  readonly zones: ZoneOffsets;
  /** The address of the page about a code. */
  readonly pageOf: (code: string) => string | null;
  readonly isOpen: (path: string) => boolean;
  /** Whether the user wants to see problems of files that are not open. */
  readonly isWanted: () => boolean;
}

interface Checked {
  readonly root: string;
  readonly name: string;
  readonly reads: Reads;
  readonly items: readonly Diagnostic[];
  readonly resultId: string;
}

/** How long other work waits at most while many files are checked. */
const sliceMs = 8;
/** What changes within this time is looked at once. */
const settleMs = 400;

export class WorkspaceDiagnostics {
  readonly #ports: WorkspaceDiagnosticsPorts;
  /** By path. */
  readonly #checked = new Map<string, Checked>();
  /** By root: what has changed since it was last looked at. */
  readonly #changes = new Map<string, Notice>();
  readonly #waiting = new Set<() => void>();
  /** URIs of files just closed: clients remember the problems of the open text, but no longer name it as known. */
  readonly #closed = new Set<string>();
  #results = 0;
  /** Whether something else than changes of an index may be news. */
  #mustLook = false;
  #isAsked = false;
  /** Whether a request has been answered; the first is answered even where all is well. */
  #isAnswered = false;
  #isOver = false;

  constructor(ports: WorkspaceDiagnosticsPorts) {
    this.#ports = ports;
    ports.connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token) => {
      const items = await this.#newsFor(previousResultIds, token);
      return items === null ? this.#refusal() : { items };
    });
  }

  /** Ends the requests that are held, for good. */
  dispose(): void {
    this.#isOver = true;
    for (const wake of this.#waiting) wake();
  }

  #refusal(): ResponseError<DiagnosticServerCancellationData> {
    return this.#isOver
      ? new ResponseError(LSPErrorCodes.ServerCancelled, 'the server ends', { retriggerRequest: false })
      : new ResponseError(LSPErrorCodes.RequestCancelled, 'the request was cancelled');
  }

  /** To be called when the index of a root has changed; costs nothing until somebody has asked. */
  changed(root: string, change: IndexChange): void {
    if (!this.#isAsked) return;
    const notice = this.#changes.get(root) ?? new Notice();
    notice.join(change);
    this.#changes.set(root, notice);
    for (const wake of this.#waiting) wake();
  }

  /** To be called when a file is closed: from now on it counts as it is on disk, and that is told in any case. */
  closed(path: string): void {
    this.#closed.add(uriOf(path));
    this.wake();
  }

  /** Lets requests that are held look again, as when the user's wish has changed. */
  wake(): void {
    this.#mustLook = true;
    for (const wake of this.#waiting) wake();
  }

  /** The problems of one file that is not open, for a client that has just closed it; none where they are not wanted. */
  async of(path: string): Promise<readonly Diagnostic[]> {
    const { workspaces, isWanted } = this.#ports;
    if (!isWanted()) return [];
    this.#isAsked = true;
    await workspaces.ready(path);
    if (this.#takeIn()) this.wake();
    const found = workspaces.documentFiles().find((file) => join(file.root, file.name) === path);
    return found === undefined ? [] : (await this.#check(found.root, found.name)).items;
  }

  /**
   * What the client does not know yet; null when nobody waits for it any more. All but the first request are held until
   * there is something, as the protocol wishes: a client that hears nothing at first cannot tell that from a reading.
   */
  async #newsFor(
    previous: readonly PreviousResultId[],
    token: CancellationToken,
  ): Promise<WorkspaceDocumentDiagnosticReport[] | null> {
    const known = new Map(previous.map(({ uri, value }) => [uri, value]));
    this.#isAsked = true;
    this.#mustLook = true;
    while (!token.isCancellationRequested && !this.#isOver) {
      // Most changes are keys typed into an open file, which nobody else reads: then nothing is gone through.
      const isNews = this.#takeIn();
      if (isNews || this.#mustLook) {
        this.#mustLook = false;
        const news = await this.#reports(known, token);
        if (token.isCancellationRequested) break;
        if (news.length > 0 || !this.#isAnswered) {
          this.#isAnswered = true;
          return news;
        }
      }
      if (this.#changes.size === 0 && !this.#mustLook && !this.#isOver) await this.#change(token);
    }
    return null;
  }

  async #reports(
    previous: ReadonlyMap<string, string>,
    token: CancellationToken,
  ): Promise<WorkspaceDocumentDiagnosticReport[]> {
    const { workspaces, isOpen, isWanted } = this.#ports;
    await workspaces.allReady();
    this.#takeIn();
    const known = new Map([...[...this.#closed].map((uri) => [uri, ''] as const), ...previous]);
    const reports: WorkspaceDocumentDiagnosticReport[] = [];
    const unseen = new Set(known.keys());
    let since = performance.now();
    for (const { root, name } of isWanted() ? workspaces.documentFiles() : []) {
      if (token.isCancellationRequested) return reports;
      const path = join(root, name);
      const uri = uriOf(path);
      unseen.delete(uri);
      // What is open is asked for by itself.
      if (isOpen(path)) continue;
      const { items, resultId } = await this.#check(root, name);
      const isNews = known.has(uri) ? known.get(uri) !== resultId : items.length > 0;
      if (isNews) reports.push({ kind: 'full', uri, version: null, resultId, items: [...items] });
      if (performance.now() - since < sliceMs) continue;
      await sleep(0);
      since = performance.now();
    }
    for (const uri of unseen) if (known.get(uri) !== none) reports.push(gone(uri));
    for (const { uri } of reports) this.#closed.delete(uri);
    return reports;
  }

  async #check(root: string, name: string): Promise<Checked> {
    const path = join(root, name);
    const known = this.#checked.get(path);
    if (known !== undefined) return known;
    const { workspaces, unit, zones, pageOf } = this.#ports;
    const { context, reads } = workspaces.contextOfClosed(root, name);
    const source = readSource((await readText(path)) ?? '');
    const uri = uriOf(path);
    const items = diagnose(source, { ...context, zones }).map((problem) =>
      toDiagnostic(problem, source.lines, unit(), uri, (other) => uriOf(join(root, other)), pageOf),
    );
    this.#results++;
    const checked = { root, name, reads, items, resultId: String(this.#results) };
    this.#checked.set(path, checked);
    return checked;
  }

  /** Forgets what was found where something has changed; whether that, or files that came or went, may be news. */
  #takeIn(): boolean {
    let isNews = false;
    for (const [root, change] of this.#changes) {
      isNews ||= change.all || change.onDisk.size > 0;
      for (const [path, checked] of this.#checked)
        if (checked.root === root && (change.files.has(checked.name) || checked.reads.touchedBy(change))) {
          this.#checked.delete(path);
          isNews = true;
        }
    }
    this.#changes.clear();
    return isNews;
  }

  async #change(token: CancellationToken): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        listening.dispose();
        resolve();
      };
      const listening = token.onCancellationRequested(done);
      this.#waiting.add(done);
    });
    if (!token.isCancellationRequested && !this.#isOver) await sleep(settleMs);
  }
}

/** The result of a file that is there no more. */
const none = 'none';
const gone = (uri: string): WorkspaceDocumentDiagnosticReport => ({
  kind: 'full',
  uri,
  version: null,
  resultId: none,
  items: [],
});
