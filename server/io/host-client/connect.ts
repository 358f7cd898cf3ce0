/** Connects to the one host of a workspace; starts it when asked to; has an older build leave first. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Result } from '../../engine/ports.ts';
import type {
  HostNotifications,
  HostRequests,
  HostStatus,
  OpenQuestion,
  RunChange,
  RunNotice,
} from '../../protocol/index.ts';
import { messagesOver } from './messages.ts';
import { buildOf, type HostPlaces, hostPlaces, readNote } from './places.ts';

const startTimeoutMs = 20_000;
/** A host that is there and says nothing for so long is stopped, or as good as that. */
const silenceMs = 10_000;

export interface HostFault {
  readonly kind: 'no-host' | 'start-failed' | 'refused' | 'busy' | 'silent';
  readonly message: string;
}

export interface ConnectOptions {
  /** Real, absolute path, from `findWorkspaceRoot`. */
  readonly workspaceRoot: string;
  /** Whether to start a host when there is none. */
  readonly start: boolean;
  /** Who asks, for the host's log. */
  readonly client: string;
  readonly version?: string;
  /** The Node executable for a new host; default the one that runs this process. */
  readonly nodePath?: string;
  /** The host's program, `dist/host.mjs`. */
  readonly programPath: string;
  /** Further arguments for a new host. */
  readonly hostArguments?: readonly string[];
  /** How long a host that is there may take to answer. */
  readonly patienceMs?: number;
  /** Told while an older host finishes its runs. */
  readonly onWaiting?: (message: string) => void;
}

export interface HostConnection {
  readonly status: HostStatus;
  request<M extends keyof HostRequests>(
    method: M,
    params: HostRequests[M]['params'],
  ): Promise<HostRequests[M]['result']>;
  onRunChanged(listener: (change: RunChange) => void): { dispose(): void };
  onQuestionsChanged(listener: (questions: readonly OpenQuestion[]) => void): { dispose(): void };
  onNotice(listener: (notice: RunNotice) => void): { dispose(): void };
  onClose(listener: () => void): { dispose(): void };
  dispose(): void;
}

/** Resolves once the host has answered, so that a connection in hand always works. */
export async function connectHost(options: ConnectOptions): Promise<Result<HostConnection, HostFault>> {
  let places: HostPlaces;
  try {
    places = hostPlaces(options.workspaceRoot);
  } catch (error) {
    return fault('start-failed', messageOf(error));
  }
  const attached = await attach(places, options);
  if (!attached.ok) return attached;
  const { value: present } = attached;
  if (present !== null) {
    if (!options.start || isCurrent(places, options)) return { ok: true, value: present };
    const left = await waitUntilGone(present, places, options);
    if (!left.ok) return left;
  }
  if (!options.start) return fault('no-host', 'no host is running for this workspace');
  return await startAndAttach(places, options);
}

function isCurrent(places: HostPlaces, { programPath }: ConnectOptions): boolean {
  return readNote(places)?.build === buildOf(programPath);
}

/** A host that other versions of Assay left behind finishes its runs and goes; meanwhile the user is told. */
async function waitUntilGone(
  connection: HostConnection,
  places: HostPlaces,
  options: ConnectOptions,
): Promise<Result<null, HostFault>> {
  const runs = connection.status.activeRuns.length;
  if (runs > 0)
    options.onWaiting?.(
      `a host of another build (${connection.status.version}) is finishing ${runs} run${runs === 1 ? '' : 's'}; waiting for it to leave`,
    );
  await stopHost(connection, false);
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += 20) {
    if (readNote(places) === null) return { ok: true, value: null };
    await delay(20);
  }
  return fault('busy', 'the host of another build does not leave; stop it with `assay host stop`');
}

/** Asks the host to leave, after its runs or by cancelling them, and resolves when it has closed its connections. */
export async function stopHost(connection: HostConnection, cancel: boolean): Promise<void> {
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  // The host may be gone before its answer is on the way; that the connection ends is the answer.
  await connection.request('host/stop', { cancel }).catch(() => null);
  await closed;
}

async function startAndAttach(places: HostPlaces, options: ConnectOptions): Promise<Result<HostConnection, HostFault>> {
  const exited = launch(places, options);
  const deadlineMs = Date.now() + startTimeoutMs;
  let pauseMs = 5;
  while (Date.now() < deadlineMs) {
    const attached = await attach(places, options);
    if (!attached.ok) return attached;
    if (attached.value !== null) return { ok: true, value: attached.value };
    const code = await Promise.race([exited, delay(pauseMs).then(() => undefined)]);
    // Exit code 0 means that another client's host was there first; it will answer soon.
    if (code !== undefined && code !== 0)
      return fault('start-failed', `the host could not start: ${lastWords(places.log)}`);
    pauseMs = Math.min(pauseMs * 1.5, 100);
  }
  return fault(
    'start-failed',
    `the host did not answer within ${startTimeoutMs / 1000} s; its log is \`${places.log}\``,
  );
}

/** Starts the host detached; resolves with its exit code if it ends while we look on. */
function launch(places: HostPlaces, options: ConnectOptions): Promise<number> {
  const log = openSync(places.log, 'w', 0o600);
  const child = spawn(
    options.nodePath ?? process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      options.programPath,
      '--workspace-root',
      options.workspaceRoot,
      ...(options.hostArguments ?? []),
    ],
    { detached: true, stdio: ['ignore', log, log], cwd: options.workspaceRoot, windowsHide: true },
  );
  closeSync(log);
  child.unref();
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A connection to the host that is there, null where none is; a fault where there is one that says nothing. */
async function attach(
  places: HostPlaces,
  { client, version = '', patienceMs = silenceMs }: ConnectOptions,
): Promise<Result<HostConnection | null, HostFault>> {
  const note = readNote(places);
  const socket = note && (await open(note.socket));
  if (note === null || socket === null) return { ok: true, value: null };
  const connection = wrap(messagesOver(socket), socket);
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    connection.dispose();
  }, patienceMs);
  try {
    const status = await connection.request('host/hello', { token: note.token, client, version });
    return { ok: true, value: { ...connection, status } };
  } catch {
    connection.dispose();
    return isSilent ? fault('silent', silence(note.pid)) : { ok: true, value: null };
  } finally {
    clearTimeout(timer);
  }
}

const silence = (pid: number) =>
  `the host of this workspace, process ${pid}, does not answer; wait until it does, or end that process and try again`;

function open(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connectSocket(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

function wrap(rpc: MessageConnection, socket: Socket): Omit<HostConnection, 'status'> {
  const runListeners = new Set<(change: RunChange) => void>();
  const questionListeners = new Set<(questions: readonly OpenQuestion[]) => void>();
  const noticeListeners = new Set<(notice: RunNotice) => void>();
  const closeListeners = new Set<() => void>();
  let closed = false;
  rpc.onNotification('run/changed', (change: RunChange) => {
    for (const listener of runListeners) listener(change);
  });
  rpc.onNotification('questions/changed', ({ questions }: HostNotifications['questions/changed']) => {
    for (const listener of questionListeners) listener(questions);
  });
  rpc.onNotification('run/notified', (notice: HostNotifications['run/notified']) => {
    for (const listener of noticeListeners) listener(notice);
  });
  const close = () => {
    if (closed) return;
    closed = true;
    // Rejects what is still under way: a request must not wait for ever for a host that has died.
    rpc.dispose();
    socket.destroy();
    for (const listener of closeListeners) listener();
  };
  rpc.onClose(close);
  rpc.onError(close);
  socket.on('error', close);
  rpc.listen();
  return {
    request: (method, params) => rpc.sendRequest(method, params),
    onRunChanged: (listener) => subscribe(runListeners, listener),
    onQuestionsChanged: (listener) => subscribe(questionListeners, listener),
    onNotice: (listener) => subscribe(noticeListeners, listener),
    onClose: (listener) => subscribe(closeListeners, listener),
    dispose: close,
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): { dispose(): void } {
  listeners.add(listener);
  return { dispose: () => void listeners.delete(listener) };
}

/** What a host that could not start has said: its message, or the line of Node's report that names the error. */
function lastWords(log: string): string {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const error = lines.find((line) => /^\w*Error\b/.test(line));
    return error ?? (lines.slice(-5).join('\n') || 'it said nothing');
  } catch {
    return 'it left no log';
  }
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const fault = (kind: HostFault['kind'], message: string): { ok: false; error: HostFault } => ({
  ok: false,
  error: { kind, message },
});
