/**
 * The language server as the rest of the client sees it: started, restarted, asked and listened to.
 * What runs are, and how they look, is decided elsewhere.
 */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions } from 'vscode-languageclient/node';
import {
  type ClientNotifications,
  type EditorNotifications,
  type EditorRequests,
  type OpenQuestion,
  type RunChange,
  type RunNotice,
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

/** What the user has set about questions of policies. */
const answering = (): ClientNotifications['assay/answering'] => {
  const settings = vscode.workspace.getConfiguration('assay.questions');
  return { answersQuestions: settings.get('answer', true), groups: settings.get<string[]>('groups', []) };
};

const serverOptions = (): ServerOptions => {
  const whatIf = vscode.workspace.getConfiguration('assay.whatIf');
  const hostNodePath = vscode.workspace.getConfiguration('assay').get<string>('host.nodePath', '').trim();
  return {
    trusted: vscode.workspace.isTrusted,
    showsResults: true,
    showsReferences: true,
    showsEvaluations: true,
    showsPolicyTests: true,
    showsWhatIf: true,
    whatIf: { enabled: whatIf.get('enabled', true), everywhere: whatIf.get('everywhere', false) },
    ...answering(),
    suggestCommand: 'editor.action.triggerSuggest',
    ...(hostNodePath !== '' && { hostNodePath }),
  };
};

export class Server implements vscode.Disposable {
  readonly #client: Promise<LanguageClient>;
  readonly #changed = new vscode.EventEmitter<RunChange>();
  readonly #asked = new vscode.EventEmitter<readonly OpenQuestion[]>();
  readonly #notified = new vscode.EventEmitter<RunNotice>();
  readonly #whatIf = new vscode.EventEmitter<string>();
  readonly #started = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[] = [
    this.#changed,
    this.#asked,
    this.#notified,
    this.#whatIf,
    this.#started,
  ];

  /** A run has begun, moved on or ended. */
  readonly onRunChanged = this.#changed.event;
  /** All actions that wait for people now. */
  readonly onQuestionsChanged = this.#asked.event;
  /** A rule wants people to be told. */
  readonly onNotified = this.#notified.event;
  /** There is something new about what the policies of a file would have changed; with the file's address. */
  readonly onWhatIfChanged = this.#whatIf.event;
  /** The server answers; also after a restart. */
  readonly onStarted = this.#started.event;

  /**
   * Starts the server of `modulePath` soon. `afterRun` is called with the result of every run that this window
   * started, by command or by code lens.
   */
  constructor(modulePath: string, afterRun: (result: RunResult) => void) {
    this.#client = this.#start(modulePath, afterRun);
    this.#subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(async () => (await this.#client).sendNotification('assay/trusted', {})),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('assay.host.nodePath')) void this.restart();
      }),
      vscode.workspace.onDidChangeConfiguration(async (event) => {
        if (event.affectsConfiguration('assay.questions'))
          await (await this.#client).sendNotification('assay/answering', answering());
      }),
    );
  }

  async #start(module: string, afterRun: (result: RunResult) => void): Promise<LanguageClient> {
    // The client library is most of our code: it is loaded when activation is over.
    await new Promise(setImmediate);
    const { LanguageClient, State, TransportKind } = await import('vscode-languageclient/node');
    const progress = new CancellableProgress((token) =>
      client.sendNotification('window/workDoneProgress/cancel', { token }),
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
    const ipc = { module, transport: TransportKind.ipc };
    const client = new LanguageClient('assay', 'Assay', { run: ipc, debug: ipc }, options);
    this.#subscriptions.push(
      progress,
      client.onNotification('assay/runChanged', (change: EditorNotifications['assay/runChanged']) =>
        this.#changed.fire(change),
      ),
      client.onNotification('assay/questionsChanged', ({ questions }: EditorNotifications['assay/questionsChanged']) =>
        this.#asked.fire(questions),
      ),
      client.onNotification('assay/runNotified', (notice: EditorNotifications['assay/runNotified']) =>
        this.#notified.fire(notice),
      ),
      client.onNotification('assay/whatIfChanged', ({ uri }: EditorNotifications['assay/whatIfChanged']) =>
        this.#whatIf.fire(uri),
      ),
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) this.#started.fire();
      }),
    );
    // The client library tells the user why it did not start; a restart may succeed.
    void client.start().catch(() => undefined);
    return client;
  }

  async restart(): Promise<void> {
    const client = await this.#client;
    if (client.needsStop()) await client.stop();
    await client.start();
  }

  async showOutput(): Promise<void> {
    (await this.#client).outputChannel.show(true);
  }

  /** Rejects when the server does not run. */
  async request<M extends keyof EditorRequests>(
    method: M,
    params: EditorRequests[M]['params'],
  ): Promise<EditorRequests[M]['result']> {
    return (await this.#client).sendRequest<EditorRequests[M]['result']>(method, params);
  }

  async dispose(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.dispose();
    await (await this.#client).dispose();
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
