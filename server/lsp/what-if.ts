/**
 * What open policies would have decided in recorded runs: asked for a moment after each edit, taken back by the next one, and
 * kept until it is known anew. Reading and trying happen in a thread of their own.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PlacedText } from '../engine/backtest/index.ts';
import { asKind, referredDocuments } from '../engine/documents/index.ts';
import type { LanguageContext, SourceFile } from '../language/index.ts';
import type { PolicyWhatIf, WhatIfReport } from '../protocol/index.ts';
import type { OpenDocument } from './open-documents.ts';
import type { ToWhatIfThread, WhatIfAnswer } from './what-if-thread.ts';

/** How long after an edit it is asked at the least: the time in which the next key mostly comes. */
const leastPauseMs = 150;
/** Where it takes long, it waits as long, so that whoever types on does not keep a processor busy. */
const pauseForWork = 1;
/** How often runs that move on are looked at again. */
const runPauseMs = 1_000;

export interface WhatIfPorts {
  readonly enabled: () => boolean;
  readonly everywhere: () => boolean;
  /** The root of a file's workspace, once that has been read. */
  readonly rootOf: (path: string) => Promise<string>;
  readonly contextOf: (document: OpenDocument) => LanguageContext;
  /** Another file of the document's workspace, by its name there, as the editor or the disk has it; null when there is none. */
  readonly sourceOf: (document: OpenDocument, name: string) => SourceFile | null;
  readonly isOpen: (document: OpenDocument) => boolean;
  /** Told when there is something new about a document. */
  readonly found: (document: OpenDocument) => void;
  readonly log: (message: string) => void;
}

interface Kept {
  readonly document: OpenDocument;
  timer: NodeJS.Timeout | null;
  /** The question that is under way. */
  asked: { readonly id: number; readonly source: SourceFile; readonly atMs: number } | null;
  tookMs: number;
  report: WhatIfReport;
}

// Built, the programs lie side by side.
const threadProgram = import.meta.filename.endsWith('.ts')
  ? join(import.meta.dirname, 'what-if-thread.ts')
  : join(import.meta.dirname, 'what-if.mjs');

const nothing = { runs: 0, actions: 0, isCut: false, policies: [] } as const;

export class WhatIfs {
  readonly #ports: WhatIfPorts;
  readonly #kept = new Map<string, Kept>();
  #thread: Worker | null = null;
  #lastId = 0;
  #runTimer: NodeJS.Timeout | null = null;

  constructor(ports: WhatIfPorts) {
    this.#ports = ports;
  }

  /** What was found last. */
  of(uri: string): WhatIfReport {
    if (!this.#ports.enabled()) return { state: 'off', ...nothing };
    return this.#kept.get(uri)?.report ?? { state: 'reading', ...nothing };
  }

  /** To be called at each edit, and when what a policy is made of may have changed. */
  changed(document: OpenDocument): void {
    const isPolicy = document.isOwn && document.source.documents.some(({ kind }) => kind === 'Policy');
    if (!isPolicy || document.path === null || !this.#ports.enabled()) {
      const isNews = this.#kept.has(document.uri);
      this.release(document.uri);
      if (isNews) this.#ports.found(document);
      return;
    }
    const known = this.#kept.get(document.uri);
    const kept = known ?? newlyKept(document);
    this.#kept.set(document.uri, kept);
    if (known === undefined) this.#ports.found(document);
    this.#takeBack(kept);
    const pauseMs = Math.max(leastPauseMs, kept.tookMs * pauseForWork);
    kept.timer = setTimeout(() => void this.#ask(kept), pauseMs);
  }

  /** To be called when a run has begun, moved on or ended. */
  runsMoved(): void {
    this.#runTimer ??= setTimeout(() => {
      this.#runTimer = null;
      for (const { document, timer } of this.#kept.values()) if (timer === null) this.changed(document);
    }, runPauseMs);
  }

  release(uri: string): void {
    const kept = this.#kept.get(uri);
    if (kept === undefined) return;
    this.#takeBack(kept);
    this.#kept.delete(uri);
    if (this.#kept.size === 0) this.dispose();
  }

  /** What the thread holds is given back; the next policy that is opened starts another one. */
  dispose(): void {
    if (this.#runTimer !== null) clearTimeout(this.#runTimer);
    this.#runTimer = null;
    for (const kept of this.#kept.values()) this.#takeBack(kept);
    this.#kept.clear();
    void this.#thread?.terminate();
    this.#thread = null;
  }

  #takeBack(kept: Kept): void {
    if (kept.timer !== null) clearTimeout(kept.timer);
    kept.timer = null;
    if (kept.asked !== null) this.#post({ cancel: kept.asked.id });
    kept.asked = null;
  }

  async #ask(kept: Kept): Promise<void> {
    const { document } = kept;
    const { timer } = kept;
    const root = document.path === null ? null : await this.#ports.rootOf(document.path);
    // Another edit may have come while the workspace was read.
    if (root === null || kept.timer !== timer || this.#kept.get(document.uri) !== kept) return;
    kept.timer = null;
    const path = this.#ports.contextOf(document).path ?? null;
    if (!existsSync(join(root, '.assay', 'runs')) || path === null) {
      if (kept.report.state !== 'no-runs') this.#tell(kept, { state: 'no-runs', ...nothing });
      return;
    }
    const { source } = document;
    this.#lastId++;
    kept.asked = { id: this.#lastId, source, atMs: performance.now() };
    const texts = this.#textsOf(document, path);
    this.#post({ ask: { id: this.#lastId, root, path, texts, everywhere: this.#ports.everywhere() } });
  }

  /** The file itself and all that its policies include. */
  #textsOf(document: OpenDocument, path: string): PlacedText[] {
    const { workspace = null } = this.#ports.contextOf(document);
    const found = new Map<string, SourceFile>([[path, document.source]]);
    for (const [from, source] of found)
      for (const policy of source.documents.flatMap((each) => asKind(each, 'Policy') ?? []))
        for (const reference of policy.spec.include ?? []) {
          const [included] = workspace === null ? [] : referredDocuments('Policy', reference, from, workspace);
          const other = included && !found.has(included.path) && this.#ports.sourceOf(document, included.path);
          if (included && other) found.set(included.path, other);
        }
    return [...found].map(([name, { text }]) => ({ path: name, digest: `text:${name}`, text }));
  }

  #post(message: ToWhatIfThread): void {
    if ('cancel' in message) this.#thread?.postMessage(message);
    else this.#started().postMessage(message);
  }

  #started(): Worker {
    if (this.#thread !== null) return this.#thread;
    const thread = new Worker(threadProgram, { name: 'assay what-if' });
    thread.unref();
    thread.on('message', (answer: WhatIfAnswer) => this.#take(answer));
    thread.on('error', (error) => {
      this.#ports.log(`policies are not tried on recorded runs: ${error.message}`);
      if (this.#thread === thread) this.#thread = null;
    });
    this.#thread = thread;
    return thread;
  }

  #take({ id, report, isUnfinished }: WhatIfAnswer): void {
    const kept = [...this.#kept.values()].find(({ asked }) => asked?.id === id);
    if (kept?.asked == null || !this.#ports.isOpen(kept.document)) return;
    const { source, atMs } = kept.asked;
    kept.asked = null;
    kept.tookMs = performance.now() - atMs;
    const policies = source.documents.flatMap(({ kind, name }) => {
      const now = report.policies.find(({ policy }) => policy === name);
      const before = kept.report.policies.find(({ policy }) => policy === name);
      return kind !== 'Policy' ? [] : (now ?? (before === undefined ? [] : staleOf(before)));
    });
    const state = report.runs === 0 ? 'no-runs' : 'told';
    this.#tell(kept, { state, ...report, policies });
    if (isUnfinished) this.changed(kept.document);
  }

  #tell(kept: Kept, report: WhatIfReport): void {
    kept.report = report;
    this.#ports.found(kept.document);
  }
}

/** A policy that has mistakes is not tried; what was found before its last edit stays. */
const staleOf = (before: PolicyWhatIf): PolicyWhatIf => ({ ...before, isStale: true });

const newlyKept = (document: OpenDocument): Kept => ({
  document,
  timer: null,
  asked: null,
  tookMs: 0,
  report: { state: 'reading', ...nothing },
});
