/**
 * When the problems of open files reach the client, pushed after edits or pulled by it, and how they are kept from being
 * sent twice. What is a problem is decided in `server/language`.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type ClientCapabilities,
  type Connection,
  type Diagnostic,
  type DocumentDiagnosticReport,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node';
import type { ColumnUnit, Problem } from '../engine/documents/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import { diagnose, readingProblems } from '../language/index.ts';
import { toDiagnostic } from './convert.ts';
import { type OpenDocument, pathOf } from './open-documents.ts';
import type { Proofs } from './proofs.ts';
import type { Workspaces } from './workspaces.ts';

export interface DiagnosticsPorts {
  readonly connection: Connection;
  readonly client: () => ClientCapabilities;
  readonly unit: () => ColumnUnit;
  readonly document: (uri: string) => OpenDocument | undefined;
  readonly workspaces: Workspaces;
  readonly proofs: Proofs;
  readonly zones: ZoneOffsets;
  /** The address of the page about a code. */
  readonly pageOf: (code: string) => string | null;
  /** The problems of a file that is not open. */
  readonly ofClosed: (path: string) => Promise<readonly Diagnostic[]>;
}

/** What the client knows of a file. */
interface Told {
  readonly version: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly resultId: string;
}

/** From so many lines on, what the reader has found is told before meaning is looked into. */
const linesWorthStages = 1_000;

export class Diagnostics {
  readonly #ports: DiagnosticsPorts;
  /** Files whose edits have not been looked at. */
  readonly #waiting = new Set<string>();
  /** Files whose texts have been noted, and whose problems are found next. */
  readonly #due = new Set<string>();
  #isTurnComing = false;
  readonly #told = new Map<string, Told>();
  #results = 0;

  constructor(ports: DiagnosticsPorts) {
    this.#ports = ports;
    ports.connection.languages.diagnostics.on(({ textDocument, previousResultId }) =>
      this.#pull(textDocument.uri, previousResultId),
    );
  }

  /** Whether the client asks for problems itself. */
  get #pulls(): boolean {
    return this.#ports.client().textDocument?.diagnostic !== undefined;
  }

  /** Whether an edit has not been answered yet. */
  get isBusy(): boolean {
    return this.#waiting.size + this.#due.size > 0;
  }

  /** To be called at each edit. Edits that arrive together are answered once, for the newest text. */
  changed(document: OpenDocument): void {
    this.#due.delete(document.uri);
    this.#waiting.add(document.uri);
    this.#comeBack();
  }

  /** To be called when problems may be others though the texts are the same. */
  recheck(concerned: readonly OpenDocument[]): void {
    const others = concerned.filter(({ uri }) => !this.#waiting.has(uri) && !this.#due.has(uri));
    if (!this.#pulls) for (const document of concerned) this.changed(document);
    else if (others.length > 0 && this.#ports.client().workspace?.diagnostics?.refreshSupport)
      this.#ports.connection.languages.diagnostics.refresh();
  }

  closed({ uri }: OpenDocument): void {
    this.#waiting.delete(uri);
    this.#due.delete(uri);
    this.#told.delete(uri);
    if (!this.#pulls) void this.#ports.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** Whoever asks for completions right behind a key does not wait for problems: theirs is the turn between. */
  #comeBack(): void {
    if (this.#isTurnComing) return;
    this.#isTurnComing = true;
    setImmediate(() =>
      setImmediate(() => {
        this.#isTurnComing = false;
        this.#work();
        if (this.isBusy) this.#comeBack();
      }),
    );
  }

  /** One step of what is to be done, so that requests come between. */
  #work(): void {
    if (this.#waiting.size > 0) {
      this.#hold();
      return;
    }
    const [uri] = this.#due;
    if (uri === undefined) return;
    this.#due.delete(uri);
    const document = this.#ports.document(uri);
    if (document === undefined) return;
    if (document.isOwn && !this.#told.has(uri) && document.source.lines.lineCount >= linesWorthStages)
      this.#pushReading(document);
    else this.#push(document);
  }

  #hold(): void {
    // What a text says to others is noted first, which adds those others to the ones that wait.
    for (const uri of this.#waiting) {
      const document = this.#ports.document(uri);
      if (document !== undefined) this.#ports.workspaces.hold(document);
    }
    if (!this.#pulls) for (const uri of this.#waiting) this.#due.add(uri);
    this.#waiting.clear();
  }

  /** The first stage of a long text that has just been opened; the whole follows at once. */
  #pushReading(document: OpenDocument): void {
    const { uri, version } = document;
    const diagnostics = this.#converted(document, readingProblems(document.source));
    void this.#ports.connection.sendDiagnostics({ uri, version, diagnostics });
    this.#note(document, diagnostics);
    this.changed(document);
  }

  #push(document: OpenDocument): void {
    const { uri, version } = document;
    const diagnostics = this.#diagnosticsOf(document);
    const before = this.#told.get(uri);
    if (before?.version === version && isDeepStrictEqual(before.diagnostics, diagnostics)) return;
    this.#note(document, diagnostics);
    void this.#ports.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  async #pull(uri: string, previousResultId: string | undefined): Promise<DocumentDiagnosticReport> {
    const { document: find, workspaces } = this.#ports;
    const document = find(uri);
    if (document === undefined) return { kind: 'full', items: await this.#itemsOfClosed(uri) };
    const { version } = document;
    if (document.path !== null) await workspaces.ready(document.path);
    if (document.version !== version || find(uri) !== document)
      throw new ResponseError(LSPErrorCodes.ServerCancelled, 'the text has changed meanwhile', {
        retriggerRequest: true,
      });
    workspaces.hold(document);
    const items = this.#diagnosticsOf(document);
    const before = this.#told.get(uri);
    if (before !== undefined && before.resultId === previousResultId && isDeepStrictEqual(before.diagnostics, items))
      return { kind: 'unchanged', resultId: before.resultId };
    return { kind: 'full', resultId: this.#note(document, items).resultId, items };
  }

  /** Clients ask once more for what they have just closed. */
  async #itemsOfClosed(uri: string): Promise<Diagnostic[]> {
    const path = pathOf(uri);
    return path === null ? [] : [...(await this.#ports.ofClosed(path))];
  }

  #note({ uri, version }: OpenDocument, diagnostics: readonly Diagnostic[]): Told {
    this.#results++;
    const told = { version, diagnostics, resultId: String(this.#results) };
    this.#told.set(uri, told);
    return told;
  }

  #diagnosticsOf(document: OpenDocument): Diagnostic[] {
    if (!document.isOwn) return [];
    const { workspaces, zones, proofs } = this.#ports;
    const around = workspaces.contextOfCheck(document);
    const context = { ...around, zones, proofs: proofs.of(document, around.workspace) };
    return this.#converted(document, diagnose(document.source, context));
  }

  #converted(document: OpenDocument, problems: readonly Problem[]): Diagnostic[] {
    const { workspaces, unit, pageOf } = this.#ports;
    const { lines } = document.source;
    const uriOf = (path: string) => workspaces.uriOf(document, path);
    return problems.map((problem) => toDiagnostic(problem, lines, unit(), document.uri, uriOf, pageOf));
  }
}
