/** How long it takes until command line, language server and host answer, from nothing and with a host already there. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { connectHost, stopHost } from '../../../server/io/host-client/index.ts';
import { type BenchArea, type BenchCase, type Sample, withChildren } from '../harness.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const dist = (name: string) => join(root, 'dist', `${name}.mjs`);
const example = join(root, 'examples', 'mailroom');

/** A program from start to exit. */
function command(name: string, args: readonly string[]): BenchCase {
  return {
    name,
    measure: () =>
      withChildren(async () => {
        const startedAtMs = performance.now();
        const { status } = spawnSync(process.execPath, args, { cwd: example, stdio: 'ignore' });
        if (status !== 0) throw new Error(`${name} ended with ${status}`);
        return { wallMs: performance.now() - startedAtMs };
      }),
  };
}

/** A language server from start to its answer to `initialize`. */
function languageServer(name: string, args: readonly string[], rival = false): BenchCase {
  return {
    name,
    rival,
    measure: () =>
      withChildren(async () => {
        const startedAtMs = performance.now();
        const child = spawn(process.execPath, args, { cwd: example, stdio: ['pipe', 'pipe', 'ignore'] });
        if (!child.stdout || !child.stdin) throw new Error('no pipes');
        const rpc = createMessageConnection(
          new StreamMessageReader(child.stdout),
          new StreamMessageWriter(child.stdin),
        );
        rpc.listen();
        await rpc.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
        const wallMs = performance.now() - startedAtMs;
        rpc.dispose();
        await ended(child);
        return { wallMs };
      }),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** A host from nothing to its first answer, and a connection to one that is there. */
function host(warm: boolean): BenchCase {
  const workspaceRoot = realpathSync(mkdtempSync(join(tmpdir(), 'assay-bench-')));
  cpSync(example, workspaceRoot, { recursive: true });
  const options = { workspaceRoot, start: true, client: 'bench', programPath: dist('host') };
  const stop = async () => {
    const connected = await connectHost({ ...options, start: false });
    if (connected.ok) await stopHost(connected.value, true);
  };
  return {
    name: warm ? 'host, already there' : 'host, from nothing',
    measure: async (): Promise<Sample> => {
      if (!warm) await stop();
      const startedAtMs = performance.now();
      const connected = await connectHost(options);
      if (!connected.ok) throw new Error(connected.error.message);
      const wallMs = performance.now() - startedAtMs;
      connected.value.dispose();
      return { wallMs };
    },
    close: async () => {
      await stop();
      rmSync(workspaceRoot, { recursive: true, force: true });
    },
  };
}

export const area: BenchArea = {
  name: 'start',
  warmups: 2,
  repeats: 20,
  cases: async ({ rivals }) => [
    command('node itself', ['-e', '0']),
    command('assay --version', [dist('cli'), '--version']),
    command('assay validate (example)', [dist('cli'), 'validate', example]),
    languageServer('language server, to initialize', [dist('lsp'), '--stdio']),
    host(false),
    host(true),
    ...(rivals
      ? [
          languageServer(
            'yaml-language-server, to initialize',
            [join(root, 'test/bench/rivals/node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'],
            true,
          ),
        ]
      : []),
  ],
};
