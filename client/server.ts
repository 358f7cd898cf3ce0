/**
 * The language server as the rest of the client sees it: started, restarted, asked and listened to.
 * What runs are, and how they look, is decided elsewhere.
 */
import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, State, TransportKind } from 'vscode-languageclient/node';
import {
  type EditorNotifications,
  type EditorRequests,
  type RunChange,
  type RunResult,
  type ServerOptions,
  serverCommands,
} from '../server/protocol/index.ts';
import { CancellableProgress } from './progress.ts';

/** Names of our languages; each has its own contribution in package.json. */
export const languages = [
  'assay-policy',
  'assay-preset',
  'assay-capsule',
  'assay-experiment',
  'assay-policytest',
  'assay-environment',
  'assay-tasks',
] as const;

const schemes = ['file', 'untitled', 'vscode-vfs'];

const serverOptions = (): ServerOptions => {
  const hostNodePath = vscode.workspace.getConfiguration('assay').get<string>('host.nodePath', '').trim();
  return { trusted: vscode.workspace.isTrusted, ...(hostNodePath !== '' && { hostNodePath }) };
};

export class Server implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #changed = new vscode.EventEmitter<RunChange>();
  readonly #started = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[] = [];

  /** A run has begun, moved on or ended. */
  readonly onRunChanged = this.#changed.event;
  /** The server answers; also after a restart. */
  readonly onStarted = this.#started.event;

  /** `afterRun` is called with the result of every run that this window started, by command or code lens. */
  constructor(modulePath: string, afterRun: (result: RunResult) => void) {
    const progress = new CancellableProgress((token) =>
      this.#client.sendNotification('window/workDoneProgress/cancel', { token }),
    );
    const options: LanguageClientOptions = {
      documentSelector: schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language }))),
      initializationOptions: serverOptions,
      outputChannel: vscode.window.createOutputChannel('Assay', { log: true }),
      middleware: {
        handleWorkDoneProgress: (token, params, next) => progress.handle(token, params, () => next(token, params)),
        executeCommand: async (command, args, next) => {
          if (command !== serverCommands.runExperiment) return next(command, args);
          await saveOwnDocuments();
          const result = (await next(command, args)) as RunResult | null | undefined;
          if (result) afterRun(result);
          return result;
        },
      },
    };
    const ipc = { module: modulePath, transport: TransportKind.ipc };
    this.#client = new LanguageClient('assay', 'Assay', { run: ipc, debug: ipc }, options);
    this.#subscriptions.push(
      this.#client.onNotification('assay/runChanged', (change: EditorNotifications['assay/runChanged']) =>
        this.#changed.fire(change),
      ),
      this.#client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) this.#started.fire();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#client.sendNotification('assay/trusted', {})),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('assay.host.nodePath')) void this.restart();
      }),
      progress,
    );
  }

  start(): Promise<void> {
    return this.#client.start();
  }

  restart(): Promise<void> {
    return this.#client.restart();
  }

  showOutput(): void {
    this.#client.outputChannel.show(true);
  }

  /** Rejects when the server does not run. */
  request<M extends keyof EditorRequests>(
    method: M,
    params: EditorRequests[M]['params'],
  ): Promise<EditorRequests[M]['result']> {
    return this.#client.sendRequest<EditorRequests[M]['result']>(method, params);
  }

  async dispose(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#started.dispose();
    await this.#client.dispose();
  }
}

/** What runs is on disk, so what is on the screen goes there first. */
async function saveOwnDocuments(): Promise<void> {
  const own = new Set<string>(languages);
  const unsaved = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && !document.isUntitled && own.has(document.languageId),
  );
  await Promise.all(unsaved.map((document) => document.save()));
}
