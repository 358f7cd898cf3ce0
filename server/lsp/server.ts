/**
 * The language server over a connection: says what it can do, keeps open files, answers requests and publishes
 * diagnostics. Features live in `server/language`; running lives in `runs.ts`.
 */
import {
  type CancellationToken,
  type ClientCapabilities,
  type Connection,
  type Diagnostic,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  MessageType,
  PositionEncodingKind,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkDoneProgressReporter,
} from 'vscode-languageserver/node';
import type { ColumnUnit } from '../engine/documents/index.ts';
import { version } from '../io/version.ts';
import { diagnose } from '../language/index.ts';
import {
  type ClientNotifications,
  type EditorNotifications,
  type EditorRequests,
  type RunResult,
  type ServerOptions,
  serverCommands,
} from '../protocol/index.ts';
import { toDiagnostic } from './convert.ts';
import { features, type Session } from './features/index.ts';
import { OpenDocument, pathOf } from './open-documents.ts';
import { progressOf, type RunProgress, Runs } from './runs.ts';
import { factsOf, Workspaces } from './workspaces.ts';

/** Serves one client until the connection ends. `hostProgram` is the path of the host's program. */
export function serve(connection: Connection, hostProgram: string): void {
  let unit: ColumnUnit = 'utf-16';
  let capabilities: ClientCapabilities = {};
  let options: ServerOptions = {};
  let trusted = false;
  let pulls = false;
  let folders: readonly string[] = [];

  const documents = new TextDocuments<OpenDocument>({
    create: (uri, _language, number, text) => new OpenDocument(uri, number, text, unit),
    update: (document, changes, number) => {
      document.update(changes, number);
      return document;
    },
  });
  const workspaces = new Workspaces(
    () => documents.all(),
    () => recheckAll(),
  );
  const runs = new Runs({
    trusted: () => trusted,
    roots: () => workspaces.roots,
    openText: (path) => documents.all().find((document) => document.path === path)?.text ?? null,
    changed: (change: EditorNotifications['assay/runChanged']) =>
      void connection.sendNotification('assay/runChanged', change),
    log: (message) => connection.console.info(message),
    nodePath: () => options.hostNodePath,
    programPath: hostProgram,
  });

  connection.onInitialize((params): InitializeResult => {
    capabilities = params.capabilities;
    options = (params.initializationOptions ?? {}) as ServerOptions;
    trusted = options.trusted === true;
    pulls = capabilities.textDocument?.diagnostic !== undefined;
    unit = chooseUnit(params);
    folders = (params.workspaceFolders ?? []).flatMap((folder) => pathOf(folder.uri) ?? []);
    if (folders.length === 0 && params.rootUri) folders = [pathOf(params.rootUri) ?? []].flat();
    return {
      serverInfo: { name: 'assay', version },
      capabilities: {
        positionEncoding: unit === 'utf-8' ? PositionEncodingKind.UTF8 : PositionEncodingKind.UTF16,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        ...Object.assign({}, ...features.map((feature) => feature.capabilities(params.capabilities))),
        ...(pulls && { diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false } }),
        executeCommandProvider: { commands: Object.values(serverCommands), workDoneProgress: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(() => {
    for (const folder of folders) workspaces.add(folder);
    if (capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration)
      connection.client
        .register(DidChangeWatchedFilesNotification.type, {
          watchers: [{ globPattern: '**/*.{yaml,yml,js,mjs,cjs,ts}' }],
        })
        .catch((error: unknown) => connection.console.warn(`files are not watched: ${String(error)}`));
    if (capabilities.workspace?.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added }) => {
        for (const folder of added) {
          const path = pathOf(folder.uri);
          if (path !== null) workspaces.add(path);
        }
      });
  });

  connection.onDidChangeWatchedFiles(({ changes }) => {
    void workspaces.refresh(changes.flatMap((change) => pathOf(change.uri) ?? []));
  });

  // Diagnostics. Edits that arrive together are answered once, for the newest text.
  const waiting = new Set<string>();
  const facts = new Map<string, string>();
  const recheck = (uri: string) => {
    if (waiting.size === 0) setImmediate(flush);
    waiting.add(uri);
  };
  const recheckAll = () => {
    if (pulls && capabilities.workspace?.diagnostics?.refreshSupport) connection.languages.diagnostics.refresh();
    else for (const document of documents.all()) recheck(document.uri);
  };
  const flush = () => {
    const uris = [...waiting];
    waiting.clear();
    for (const uri of uris) {
      const document = documents.get(uri);
      if (document === undefined) continue;
      if (!pulls)
        void connection.sendDiagnostics({ uri, version: document.version, diagnostics: diagnosticsOf(document) });
      const said = JSON.stringify(factsOf('', document.source.documents));
      if (facts.get(uri) !== said && facts.has(uri)) recheckAll();
      facts.set(uri, said);
    }
  };

  const contextOf = ({ path }: OpenDocument) =>
    path === null ? {} : { path: workspaces.nameOf(path), workspace: workspaces.view(path) };

  const diagnosticsOf = (document: OpenDocument): Diagnostic[] =>
    diagnose(document.source, contextOf(document)).map((problem) =>
      toDiagnostic(problem, document.source.lines, unit, document.uri),
    );

  documents.onDidChangeContent(({ document }) => recheck(document.uri));
  documents.onDidClose(({ document }) => {
    facts.delete(document.uri);
    if (!pulls) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    recheckAll();
  });

  connection.languages.diagnostics.on(async ({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (document?.path != null) await workspaces.ready(document.path);
    return { kind: 'full' as const, items: document === undefined ? [] : diagnosticsOf(document) };
  });

  const session: Session = {
    connection,
    get unit() {
      return unit;
    },
    get client() {
      return capabilities;
    },
    workspaces,
    document: (uri) => documents.get(uri),
    openDocuments: () => documents.all(),
    contextOf,
  };
  for (const feature of features) feature.register(session);

  connection.onExecuteCommand(async (params, token, ofClient) => {
    const [argument] = params.arguments ?? [];
    if (params.command === serverCommands.cancelRun) return await runs.cancel(argument);
    if (params.command !== serverCommands.runExperiment) return null;
    const result = await runs.run(argument, await progressFor(connection, ofClient, token, capabilities));
    if (options.showsResults !== true) tell(connection, result);
    return result;
  });

  connection.onRequest('assay/runs', (): Promise<EditorRequests['assay/runs']['result']> => runs.list());
  connection.onRequest('assay/run', ({ run }: EditorRequests['assay/run']['params']) => runs.get(run));
  connection.onRequest('assay/trial', ({ run, trial }: EditorRequests['assay/trial']['params']) =>
    runs.trial(run, trial),
  );
  connection.onNotification('assay/trusted', (_params: ClientNotifications['assay/trusted']) => {
    trusted = true;
  });
  connection.onShutdown(() => runs.dispose());

  documents.listen(connection);
  connection.listen();
}

/** UTF-16 wherever the client can, as the protocol has it by default. */
function chooseUnit({ capabilities }: InitializeParams): ColumnUnit {
  const offered = capabilities.general?.positionEncodings ?? [];
  const onlyUtf8 = offered.includes(PositionEncodingKind.UTF8) && !offered.includes(PositionEncodingKind.UTF16);
  return onlyUtf8 ? 'utf-8' : 'utf-16';
}

/** How a run's progress reaches the client, and how the client's wish to cancel reaches the run. */
async function progressFor(
  connection: Connection,
  ofClient: WorkDoneProgressReporter,
  token: CancellationToken,
  capabilities: ClientCapabilities,
): Promise<RunProgress> {
  const listeners: (() => void)[] = [];
  const cancelled = () => {
    for (const listener of listeners) listener();
  };
  token.onCancellationRequested(cancelled);
  const onCancel = (listener: () => void) => void listeners.push(listener);
  const reporter = await reporterFor(connection, ofClient, capabilities, cancelled);
  return {
    begin: (title, message) => reporter.begin(title, 0, message, true),
    report: (message, percentage) => reporter.report(percentage, message),
    end: (message) => {
      reporter.report(message);
      reporter.done();
    },
    onCancel,
  };
}

/** Only progress that the server has made can be cancelled through the protocol, so that comes first. */
async function reporterFor(
  connection: Connection,
  ofClient: WorkDoneProgressReporter,
  capabilities: ClientCapabilities,
  cancelled: () => void,
): Promise<WorkDoneProgressReporter> {
  if (capabilities.window?.workDoneProgress !== true) return ofClient;
  try {
    const reporter = await connection.window.createWorkDoneProgress();
    reporter.token.onCancellationRequested(cancelled);
    return reporter;
  } catch {
    return ofClient;
  }
}

/** For clients that do nothing with the result of a command. */
function tell(connection: Connection, { summary, refused, summaryPath }: RunResult): void {
  const show = (type: MessageType, message: string) =>
    void connection.sendNotification(ShowMessageNotification.type, { type, message });
  if (summary === null) show(MessageType.Error, `not run: ${refused ?? 'the host gave no reason'}`);
  else {
    const where = summaryPath === undefined ? '' : `; ${summaryPath}`;
    show(MessageType.Info, `${summary.experiment} ${summary.status}: ${progressOf(summary)}${where}`);
  }
}
