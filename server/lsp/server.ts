/**
 * The language server over a connection: says what it can do, keeps open files, answers requests and publishes
 * diagnostics. Features live in `server/language`; running lives in `runs.ts`.
 */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import {
  type CancellationToken,
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type FileSystemWatcher,
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
import { decode } from '../io/workspace/index.ts';
import { createZoneOffsets } from '../io/zones.ts';
import { readSource, type SourceFile } from '../language/index.ts';
import {
  type ClientNotifications,
  type EditorNotifications,
  type EditorRequests,
  type RunResult,
  type ServerOptions,
  serverCommands,
} from '../protocol/index.ts';
import { Diagnostics } from './diagnostics.ts';
import { addPolicyTestCase, evaluate, features, runPolicyTests, type Session } from './features/index.ts';
import { OpenDocument, pathOf } from './open-documents.ts';
import { ProblemPages } from './problem-pages.ts';
import { Proofs } from './proofs.ts';
import { Questions } from './questions.ts';
import { ReadingProgress } from './reading-progress.ts';
import { Refresh } from './refresh.ts';
import { progressOf, type RunProgress, Runs } from './runs.ts';
import { changedSettings, defaultSettings } from './settings.ts';
import { placeOf } from './uris.ts';
import { WhatIfs } from './what-if.ts';
import { WorkspaceDiagnostics } from './workspace-diagnostics.ts';
import { Workspaces } from './workspaces.ts';

/**
 * Serves one client until the connection ends. `hostProgram` is the path of the host's program, `pagesFolder` that of the
 * pages about problems.
 */
export function serve(connection: Connection, hostProgram: string, pagesFolder: string): void {
  let unit: ColumnUnit = 'utf-16';
  let capabilities: ClientCapabilities = {};
  let options: ServerOptions = {};
  let settings = defaultSettings;
  let trusted = false;
  let folders: readonly string[] = [];

  const pages = new ProblemPages(pagesFolder);
  const pageOf = (code: string) => pages.addressOf(code);
  const zones = createZoneOffsets();
  const documents = new TextDocuments<OpenDocument>({
    create: (uri, language, number, text) => new OpenDocument(uri, number, text, unit, language),
    update: (document, changes, number) => {
      document.update(changes, number);
      return document;
    },
  });
  const reading = new ReadingProgress(connection);
  const refreshes = new Refresh({
    connection,
    client: () => capabilities,
    isShownElsewhere: (root, names) =>
      documents.all().some(({ path }) => path !== null && !names.has(relative(root, path).replaceAll(sep, '/'))),
  });
  const workspaces = new Workspaces({
    open: () => documents.all(),
    recheck: (concerned) => {
      for (const document of concerned) whatIfs.changed(document);
      diagnostics.recheck(concerned);
    },
    changed: (root, change) => {
      closedDiagnostics.changed(root, change);
      refreshes.changed(root, change);
    },
    progress: (root, files) => {
      if (capabilities.window?.workDoneProgress === true) reading.tell(root, files);
    },
  });
  const questions = new Questions({
    answers: () => trusted && options.answersQuestions === true,
    groups: () => options.groups ?? [],
    changed: (open) =>
      void connection.sendNotification('assay/questionsChanged', {
        questions: open,
      } satisfies EditorNotifications['assay/questionsChanged']),
  });
  const runs = new Runs({
    trusted: () => trusted,
    roots: () => workspaces.roots,
    openText: (path) => documents.all().find((document) => document.path === path)?.text ?? null,
    changed: (change: EditorNotifications['assay/runChanged']) => {
      whatIfs.runsMoved();
      void connection.sendNotification('assay/runChanged', change);
    },
    notified: (notice: EditorNotifications['assay/runNotified']) =>
      void connection.sendNotification('assay/runNotified', notice),
    questions,
    log: (message) => connection.console.info(message),
    nodePath: () => settings.hostNodePath ?? options.hostNodePath,
    programPath: hostProgram,
  });

  connection.onInitialize((params): InitializeResult => {
    capabilities = params.capabilities;
    options = (params.initializationOptions ?? {}) as ServerOptions;
    trusted = options.trusted === true;
    settings = { ...settings, whatIf: { ...settings.whatIf, ...options.whatIf } };
    if (options.problemPages !== undefined) pages.use(options.problemPages);
    unit = chooseUnit(params);
    folders = pathsOf(params.workspaceFolders ?? []);
    if (folders.length === 0 && params.rootUri) folders = pathsOf([{ uri: params.rootUri }]);
    return {
      serverInfo: { name: 'assay', version },
      capabilities: {
        positionEncoding: unit === 'utf-8' ? PositionEncodingKind.UTF8 : PositionEncodingKind.UTF16,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        ...Object.assign({}, ...features.map((feature) => feature.capabilities(params.capabilities))),
        ...(capabilities.textDocument?.diagnostic && {
          diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: true },
        }),
        executeCommandProvider: { commands: Object.values(serverCommands), workDoneProgress: true },
        workspace: {
          workspaceFolders: { supported: true, changeNotifications: true },
          fileOperations: {
            didCreate: anyFile,
            didRename: anyFile,
            didDelete: anyFile,
            ...(capabilities.workspace?.fileOperations?.willRename && { willRename: anyFile }),
          },
        },
      },
    };
  });

  connection.onInitialized(() => {
    for (const folder of folders) workspaces.addFolder(folder);
    const { workspace } = capabilities;
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration)
      connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers })
        .catch((error: unknown) => connection.console.warn(`files are not watched: ${String(error)}`));
    if (workspace?.didChangeConfiguration?.dynamicRegistration)
      connection.client
        .register(DidChangeConfigurationNotification.type, { section: 'assay' })
        .catch((error: unknown) => connection.console.warn(`changes of settings are not seen: ${String(error)}`));
    if (workspace?.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const path of pathsOf(removed)) workspaces.removeFolder(path);
        for (const path of pathsOf(added)) workspaces.addFolder(path);
      });
  });

  // What happens to a link is news of it and of what it leads to.
  const refresh = (places: readonly { readonly uri: string }[]) =>
    void workspaces.refresh([...pathsOf(places), ...places.flatMap(({ uri }) => placeOf(uri) ?? [])]);
  connection.onDidChangeWatchedFiles(({ changes }) =>
    refresh(changes.filter(({ uri, type }) => type !== FileChangeType.Changed || !isOwnOrForeign.test(uri))),
  );
  connection.workspace.onDidCreateFiles(({ files }) => refresh(files));
  connection.workspace.onDidDeleteFiles(({ files }) => refresh(files));
  connection.workspace.onDidRenameFiles(({ files }) =>
    refresh(files.flatMap(({ oldUri, newUri }) => [{ uri: oldUri }, { uri: newUri }])),
  );

  connection.onDidChangeConfiguration(async ({ settings: sent }) => {
    try {
      settings = await changedSettings(connection, capabilities, sent);
    } catch (error) {
      connection.console.warn(`the settings were not read: ${String(error)}`);
    }
    refreshHints();
    closedDiagnostics.wake();
    for (const document of documents.all()) whatIfs.changed(document);
    refreshLenses();
  });

  const refreshLenses = () => {
    // It is refused where the client has just gone.
    if (capabilities.workspace?.codeLens?.refreshSupport)
      connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
  };

  const refreshHints = () => {
    if (capabilities.workspace?.inlayHint?.refreshSupport) connection.languages.inlayHint.refresh();
  };

  const sourceOf = (document: OpenDocument, name: string): SourceFile | null => {
    const uri = workspaces.uriOf(document, name);
    return documents.get(uri)?.source ?? sourceOnDisk(uri);
  };
  const proofs = new Proofs({
    zones,
    contextOf: (document) => workspaces.contextOf(document),
    sourceOf,
    proved: (document) => {
      if (documents.get(document.uri) === document) diagnostics.recheck([document]);
    },
    isBusy: () => diagnostics.isBusy,
  });
  const closedDiagnostics = new WorkspaceDiagnostics({
    connection,
    unit: () => unit,
    workspaces,
    zones,
    pageOf,
    isOpen: (path) => documents.all().some((document) => document.path === path),
    isWanted: () => settings.allProblems,
  });
  const whatIfs = new WhatIfs({
    enabled: () => settings.whatIf.enabled,
    everywhere: () => settings.whatIf.everywhere,
    rootOf: async (path) => (await workspaces.viewAround(path)).root,
    contextOf: (document) => workspaces.contextOf(document),
    sourceOf,
    isOpen: (document) => documents.get(document.uri) === document,
    found: ({ uri }) => {
      if (whatIfs.of(uri).state !== 'reading') refreshLenses();
      if (options.showsWhatIf === true) void connection.sendNotification('assay/whatIfChanged', { uri });
    },
    log: (message) => connection.console.warn(message),
  });
  const diagnostics = new Diagnostics({
    connection,
    client: () => capabilities,
    unit: () => unit,
    document: (uri) => documents.get(uri),
    workspaces,
    proofs,
    zones,
    pageOf,
    ofClosed: (path) => closedDiagnostics.of(path),
  });
  documents.onDidChangeContent(({ document }) => {
    diagnostics.changed(document);
    whatIfs.changed(document);
  });
  documents.onDidClose(({ document }) => {
    diagnostics.closed(document);
    proofs.release(document.uri);
    whatIfs.release(document.uri);
    workspaces.release(document);
    if (document.path !== null) closedDiagnostics.closed(document.path);
  });

  const session: Session = {
    connection,
    get unit() {
      return unit;
    },
    get client() {
      return capabilities;
    },
    get options() {
      return options;
    },
    workspaces,
    whatIfs,
    document: (uri) => {
      const document = documents.get(uri);
      return document?.isOwn === true ? document : undefined;
    },
    openDocuments: () => documents.all(),
    contextOf: (document) => ({ ...workspaces.contextOf(document), zones, nowMs: Date.now() }),
    provedOf: (document) => proofs.of(document),
    pageOf,
  };
  for (const feature of features) feature.register(session);

  connection.onExecuteCommand(async (params, token, ofClient) => {
    const [argument] = params.arguments ?? [];
    if (params.command === serverCommands.cancelRun) return await runs.cancel(argument);
    if (params.command === serverCommands.evaluatePolicy) return await evaluate(session, argument);
    if (params.command === serverCommands.addPolicyTestCase) return await addPolicyTestCase(session, argument);
    if (params.command === serverCommands.runPolicyTests) return await runPolicyTests(session, argument);
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
  connection.onRequest('assay/questions', (): EditorRequests['assay/questions']['result'] => questions.open);
  connection.onRequest(
    'assay/answer',
    async (params: EditorRequests['assay/answer']['params']): Promise<unknown> => await questions.answer(params),
  );
  connection.onNotification('assay/trusted', (_params: ClientNotifications['assay/trusted']) => {
    trusted = true;
    void questions.rejoin();
  });
  connection.onNotification('assay/answering', (params: ClientNotifications['assay/answering']) => {
    options = { ...options, ...params };
    void questions.rejoin();
  });
  connection.onShutdown(() => {
    closedDiagnostics.dispose();
    runs.dispose();
    whatIfs.dispose();
  });

  documents.listen(connection);
  connection.listen();
}

/** The paths of files and folders; those that are on no disk here are left out. */
const pathsOf = (places: readonly { readonly uri: string }[]): string[] =>
  places.flatMap(({ uri }) => pathOf(uri) ?? []);

/**
 * Whatever may be referred to as it comes, changes and goes. An editor may tell of a file that went and came again as of one
 * that has changed, and capsules hold digests of files of any kind.
 */
const watchers: FileSystemWatcher[] = [{ globPattern: '**/*' }];
/** Files that change all the time while a run writes or packages are installed, and that nothing refers to. */
const isOwnOrForeign = /\/(?:\.assay|\.git|node_modules)\//;
const anyFile = { filters: [{ scheme: 'file', pattern: { glob: '**/*' } }] };

function sourceOnDisk(uri: string): SourceFile | null {
  const path = pathOf(uri);
  try {
    return path === null ? null : readSource(decode(readFileSync(path)));
  } catch {
    return null;
  }
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
