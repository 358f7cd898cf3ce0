/** A language server in a process of its own, driven over stdio as an editor does it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

export interface Diagnostics {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly range: { start: { line: number; character: number }; end: { line: number; character: number } };
  }[];
}

export class LspClient {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #published: Diagnostics[] = [];
  readonly #waiting = new Set<() => void>();

  /**
   * `env` comes on top of this process's environment; what the server prints goes to `stderr`. With arguments for Node,
   * what they load can talk to this process by messages.
   */
  constructor(
    env: Readonly<Record<string, string>> = {},
    stderr: 'inherit' | 'pipe' = 'inherit',
    nodeArguments: readonly string[] = [],
  ) {
    const main = join(import.meta.dirname, '../../server/lsp/main.ts');
    this.process = spawn(process.execPath, [...nodeArguments, main, '--stdio'], {
      stdio: ['pipe', 'pipe', stderr, nodeArguments.length > 0 ? 'ipc' : 'ignore'],
      env: { ...process.env, ...env },
    });
    const { stdin, stdout } = this.process;
    if (stdin === null || stdout === null) throw new Error('the server has no pipes');
    this.connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.connection.onNotification('textDocument/publishDiagnostics', (params: Diagnostics) => {
      this.#published.push(params);
      for (const wake of this.#waiting) wake();
    });
    this.connection.onRequest('client/registerCapability', () => null);
    // A server that dies must fail the test at once, and not leave its requests waiting.
    this.connection.onClose(() => this.connection.dispose());
    this.connection.listen();
  }

  async initialize(
    folderUri: string,
    capabilities: object = {},
    initializationOptions: object = {},
  ): Promise<{ capabilities: Record<string, unknown> }> {
    const result = await this.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: folderUri,
      workspaceFolders: [{ uri: folderUri, name: 'test' }],
      capabilities,
      initializationOptions,
    });
    await this.connection.sendNotification('initialized', {});
    return result as { capabilities: Record<string, unknown> };
  }

  open(uri: string, text: string, languageId = 'assay-policy'): Promise<void> {
    const textDocument = { uri, languageId, version: 1, text };
    return this.connection.sendNotification('textDocument/didOpen', { textDocument });
  }

  change(uri: string, version: number, contentChanges: readonly object[]): Promise<void> {
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest(method, params);
  }

  /** The first diagnostics of a file that pass `accept`, also among those published before. */
  async diagnostics(uri: string, accept: (found: Diagnostics) => boolean = () => true): Promise<Diagnostics> {
    for (;;) {
      const found = this.#published.find((each) => each.uri === uri && accept(each));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** All diagnostics of a file that were published so far, in order. */
  published(uri: string): readonly Diagnostics[] {
    return this.#published.filter((each) => each.uri === uri);
  }

  /** Asks the server to end, as an editor does; resolves with its exit code. */
  async end(): Promise<number | null> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await this.exited;
    this.connection.dispose();
    return code;
  }
}

/** A server in a folder of its own, which is the root of a workspace. */
export interface LspFolder {
  /** Its real path. A space and a letter beyond ASCII are in it, as in users' folders: URIs are percent-encoded. */
  readonly folder: string;
  readonly client: LspClient;
  /** Of a file in it; of the folder itself for the empty name. */
  readonly uriOf: (name: string) => string;
  readonly put: (name: string, text: string) => void;
  readonly textOf: (name: string) => string;
}

/** Gives each test of a file a new folder with these files, or with the example, and a new server that it must initialize. */
export function inFolder(files: Readonly<Record<string, string>> | 'mailroom' = {}): LspFolder {
  let folder = '';
  let client: LspClient | null = null;
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  beforeEach(() => {
    folder = join(realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-lsp-'))), 'mail rööm');
    mkdirSync(join(folder, '.assay'), { recursive: true });
    if (files === 'mailroom') cpSync(join(import.meta.dirname, '../../examples/mailroom'), folder, { recursive: true });
    else for (const [name, text] of Object.entries(files)) put(name, text);
    client = new LspClient();
  });
  afterEach(async () => {
    client?.connection.dispose();
    client?.process.kill('SIGKILL');
    await client?.exited;
    rmSync(dirname(folder), { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    get client() {
      if (client === null) throw new Error('there is a server within tests only');
      return client;
    },
    uriOf: (name) => pathToFileURL(join(folder, name)).href,
    put,
    textOf: (name) => readFileSync(join(folder, name), 'utf8'),
  };
}
