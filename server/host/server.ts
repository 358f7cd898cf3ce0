/** The host's socket: lets in whoever knows the token, answers requests, tells watchers what has changed. */
import { timingSafeEqual } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { type HostPlaces, messagesOver } from '../io/host-client/index.ts';
import type { HostRequests, HostStatus, OpenQuestion, RunChange } from '../protocol/index.ts';
import type { Broker } from './broker.ts';
import { type Approver, readPerson, textOf } from './questions.ts';
import type { RunRegistry } from './runs.ts';

const helloTimeoutMs = 5_000;

export interface ServeOptions {
  readonly places: HostPlaces;
  readonly token: string;
  readonly version: string;
  readonly workspaceRoot: string;
  readonly runs: RunRegistry;
  readonly broker: Broker;
  /** How long the host stays with no client and no run. */
  readonly idleMs: number;
  /** Ends the process, after its runs or by cancelling them. */
  readonly leave: (cancel: boolean) => Promise<void>;
}

type Handlers = {
  [M in keyof HostRequests]?: (
    params: HostRequests[M]['params'],
  ) => HostRequests[M]['result'] | Promise<HostRequests[M]['result']>;
};

/** Resolves once the socket answers. */
export async function serve(options: ServeOptions): Promise<{ close(): Promise<void> }> {
  const startedAtMs = Date.now();
  const connections = new Set<MessageConnection>();
  const status = (): HostStatus => ({
    version: options.version,
    pid: process.pid,
    workspaceRoot: options.workspaceRoot,
    startedAtMs,
    activeRuns: options.runs.active(),
    workers: options.runs.workers(),
    residentBytes: process.memoryUsage.rss(),
  });

  let idle: NodeJS.Timeout | null = null;
  const watchIdleness = () => {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    if (connections.size === 0 && options.runs.active().length === 0)
      idle = setTimeout(() => void options.leave(false), options.idleMs);
  };
  options.runs.onIdle(watchIdleness);

  const admit = (socket: Socket) => {
    const rpc = messagesOver(socket);
    const tooLate = setTimeout(() => socket.destroy(), helloTimeoutMs);
    let admitted = false;
    const peer = { client: '' };
    const handlers = { ...requestHandlers(options, status, rpc, peer) };
    rpc.onRequest('host/hello', (params: HostRequests['host/hello']['params']) => {
      if (!sameToken(params.token, options.token))
        throw new ResponseError(-32001, 'the token is not the one of this host');
      admitted = true;
      peer.client = textOf(params.client) ?? 'unnamed';
      clearTimeout(tooLate);
      connections.add(rpc);
      watchIdleness();
      return status();
    });
    for (const [method, handler] of Object.entries(handlers))
      rpc.onRequest(method, async (params: unknown): Promise<unknown> => {
        if (!admitted) throw new ResponseError(-32001, 'say `host/hello` first');
        return await handler(params as never);
      });
    const close = () => {
      clearTimeout(tooLate);
      connections.delete(rpc);
      rpc.dispose();
      watchIdleness();
    };
    rpc.onClose(close);
    rpc.onError(() => socket.destroy());
    socket.on('error', () => socket.destroy());
    rpc.listen();
  };

  const server = await listen(options.places.socket, admit);
  watchIdleness();
  return {
    close: async () => {
      for (const rpc of connections) rpc.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function requestHandlers(
  { runs, broker, leave }: ServeOptions,
  status: () => HostStatus,
  rpc: MessageConnection,
  peer: { readonly client: string },
): Handlers {
  const { questions } = runs;
  let approver: Approver | null = null;
  let seat: { dispose(): void } | null = null;
  const untilClosed = (subscription: { dispose(): void }) => {
    rpc.onClose(() => subscription.dispose());
    rpc.onDispose(() => subscription.dispose());
  };
  const holder = broker.join(() => peer.client);
  untilClosed(holder);
  return {
    'host/status': status,
    'host/stop': ({ cancel }) => {
      // Answered first: the caller learns that it was heard, then sees the connection end.
      setImmediate(() => void leave(cancel));
      return null;
    },
    'run/start': (params) => runs.start(params),
    'run/cancel': ({ run }) => runs.cancel(run),
    'run/get': ({ run }) => runs.snapshot(run),
    'runs/watch': async () => {
      const listener = (change: RunChange) => void rpc.sendNotification('run/changed', change).catch(() => {});
      untilClosed(runs.onChanged(listener));
      untilClosed(runs.onNotice((notice) => void rpc.sendNotification('run/notified', notice).catch(() => {})));
      return await runs.list();
    },
    'trial/get': ({ run, trial }) => runs.trial(run, trial),
    'questions/watch': ({ person, keepsOpen = false }) => {
      const previous = seat;
      const tell = (open: readonly OpenQuestion[]) =>
        void rpc.sendNotification('questions/changed', { questions: open }).catch(() => {});
      approver = { person: readPerson(person), keepsOpen: keepsOpen === true, tell };
      seat = questions.join(approver);
      untilClosed(seat);
      // After the new one has joined, so that what it may answer stays open.
      previous?.dispose();
      return questions.open;
    },
    'question/answer': ({ question, allow, note }) =>
      questions.answer(approver?.person ?? null, {
        question,
        allow: allow === true,
        ...(typeof note === 'string' && { note }),
      }),
    'budgets/list': () => broker.list(),
    'budgets/reserve': ({ wanted }) => holder.reserve(wanted),
    'budgets/end': ({ ends }) => holder.end(ends),
  };
}

function sameToken(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whoever holds the lock may take away a socket that a killed host has left behind. */
async function listen(path: string, admit: (socket: Socket) => void): Promise<Server> {
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = createServer(admit);
  const previous = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(previous);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return server;
}
