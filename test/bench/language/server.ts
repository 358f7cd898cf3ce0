/** A language server in a process of its own, driven over stdio as an editor drives it, with what it costs. Linux tells the costs. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Diagnostic {
  readonly code?: string | number;
  readonly message: string;
  readonly range: { readonly start: Position; readonly end: Position };
}
interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

export class MeasuredServer {
  readonly #child;
  readonly #rpc;
  readonly #listeners = new Set<(published: Published) => void>();
  readonly #versions = new Map<string, number>();

  constructor(args: readonly string[], settings: Readonly<Record<string, unknown>> = {}) {
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const { stdin, stdout } = this.#child;
    this.#rpc = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.#rpc.onNotification('textDocument/publishDiagnostics', (published: Published) => {
      for (const listener of this.#listeners) listener(published);
    });
    this.#rpc.onRequest('workspace/configuration', ({ items }: { items: readonly { section?: string }[] }) =>
      items.map(({ section }) => settings[section ?? ''] ?? null),
    );
    this.#rpc.onRequest('client/registerCapability', () => null);
    this.#rpc.onRequest('window/workDoneProgress/create', () => null);
    this.#rpc.listen();
  }

  async initialize(folderUri: string | null): Promise<void> {
    const workspace = {
      configuration: true,
      didChangeConfiguration: { dynamicRegistration: true },
      workspaceFolders: true,
    };
    await this.#rpc.sendRequest('initialize', {
      processId: process.pid,
      rootUri: folderUri,
      workspaceFolders: folderUri === null ? null : [{ uri: folderUri, name: 'bench' }],
      capabilities: {
        workspace,
        textDocument: { publishDiagnostics: { versionSupport: true }, hover: {}, completion: {} },
      },
    });
    await this.#rpc.sendNotification('initialized', {});
  }

  open(uri: string, text: string): Promise<void> {
    this.#versions.set(uri, 1);
    return this.#rpc.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
  }

  change(uri: string, start: Position, end: Position, text: string): Promise<void> {
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    return this.#rpc.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range: { start, end }, text }],
    });
  }

  request<T>(method: string, uri: string, position: Position): Promise<T> {
    return this.#rpc.sendRequest(method, { textDocument: { uri }, position });
  }

  /** The next diagnostics of a file, for its newest text, that are right. Rejects after `timeoutMs`: wrong ones are no result. */
  diagnostics(uri: string, isRight: (found: readonly Diagnostic[]) => boolean, timeoutMs = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      let last = 'none';
      const listener = (published: Published) => {
        if (published.uri !== uri) return;
        last = JSON.stringify(published.diagnostics.slice(0, 2));
        if (published.version !== undefined && published.version !== this.#versions.get(uri)) return;
        if (isRight(published.diagnostics)) done(resolve);
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`no right diagnostics; the last were ${last}`))),
        timeoutMs,
      );
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        settle();
      };
      this.#listeners.add(listener);
    });
  }

  /** Calls `listener` with the file of each publication, until the function that comes back is called. */
  watch(listener: (uri: string) => void): () => void {
    const each = ({ uri }: Published) => listener(uri);
    this.#listeners.add(each);
    return () => this.#listeners.delete(each);
  }

  /** Processor time that all threads have used so far. */
  cpuMs(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    return readdirSync(tasks)
      .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
      .reduce((sum, ns) => sum + ns / 1e6, 0);
  }

  peakRssMb(): number {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1]) / 1024;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#rpc.dispose();
      this.#child.kill('SIGKILL');
    });
  }
}
