/** Running the example through the language server alone, as an editor without our extension would. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectHost } from '../../server/io/host-client/index.ts';
import type { RunResult, RunSnapshot, RunSummary } from '../../server/protocol/index.ts';
import { LspClient } from './lsp-client.ts';

interface Progress {
  readonly token: string;
  readonly value: { readonly kind: string; readonly message?: string };
}

const runtimeFolder = process.env.XDG_RUNTIME_DIR;
let folder: string;
let client: LspClient;

beforeEach(() => {
  folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-run-')));
  cpSync(join(import.meta.dirname, '../../examples/mailroom'), folder, { recursive: true });
  mkdirSync(join(folder, '.assay'), { recursive: true });
  process.env.XDG_RUNTIME_DIR = folder;
  client = new LspClient({ XDG_RUNTIME_DIR: folder });
  client.connection.onRequest('window/workDoneProgress/create', () => null);
});

afterEach(async () => {
  const programPath = join(import.meta.dirname, '../../server/host/main.ts');
  const host = await connectHost({ workspaceRoot: folder, start: false, client: 'test', programPath });
  if (host.ok) {
    const gone = new Promise<void>((resolve) => host.value.onClose(resolve));
    // The host may be gone before it answers; either way it has ended when the connection closes.
    await host.value.request('host/stop', { cancel: true }).catch(() => null);
    await gone;
  }
  client.process.kill('SIGKILL');
  await client.exited;
  if (runtimeFolder === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = runtimeFolder;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const run = () =>
  client.request<RunResult>('workspace/executeCommand', {
    command: 'assay.server.runExperiment',
    arguments: [pathToFileURL(join(folder, 'mailroom.experiment.yaml')).href],
  });

test('a run goes to its end with progress, and can be looked at afterwards', { timeout: 120_000 }, async () => {
  const messages: string[] = [];
  client.connection.onNotification(
    '$/progress',
    ({ value }: Progress) => void messages.push(value.message ?? value.kind),
  );
  await client.initialize(pathToFileURL(folder).href, { window: { workDoneProgress: true } }, { trusted: true });
  const { summary, refused, summaryPath } = await run();
  expect([summary?.status, refused]).toEqual(['completed', undefined]);
  expect(summaryPath).toContain(summary?.run);
  const done = `${summary?.trials} of ${summary?.trials} trials`;
  expect(messages.some((message) => message.startsWith(done))).toBe(true);
  expect(messages.at(-1)).toBe('end');

  const [listed] = await client.request<RunSummary[]>('assay/runs', {});
  expect(listed).toMatchObject({ run: summary?.run, status: 'completed', counts: summary?.counts });
  const snapshot = await client.request<RunSnapshot>('assay/run', { run: summary?.run });
  expect(snapshot.trials).toHaveLength(summary?.trials ?? -1);
  const trial = { run: summary?.run, trial: snapshot.trials[0]?.id };
  expect(await client.request('assay/trial', trial)).toMatchObject({ summary: snapshot.trials[0] });
});

test('cancelling the progress cancels the run', { timeout: 120_000 }, async () => {
  client.connection.onNotification('$/progress', ({ token, value }: Progress) => {
    if (value.message?.includes(' trials'))
      void client.connection.sendNotification('window/workDoneProgress/cancel', { token });
  });
  await client.initialize(pathToFileURL(folder).href, { window: { workDoneProgress: true } }, { trusted: true });
  const { summary } = await run();
  expect(summary?.status).toBe('cancelled');
  expect(summary?.counts.passed ?? 0).toBeLessThan(summary?.trials ?? 0);
});
