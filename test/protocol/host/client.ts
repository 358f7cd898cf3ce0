/** A client of hosts for tests: starts them in workspaces of their own, follows runs, and leaves nothing behind. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, vi } from 'vitest';
import { connectHost, type HostConnection } from '../../../server/io/host-client/index.ts';
import type { RunChange, RunSnapshot, RunStartResult } from '../../../server/protocol/index.ts';
import { type ExperimentOptions, makeWorkspace, programs, type TestWorkspace } from './workspace.ts';

export let workspace: TestWorkspace;
const connections: HostConnection[] = [];
const hostPids = new Set<number>();

export function use(options: ExperimentOptions = {}): TestWorkspace {
  workspace = makeWorkspace(options);
  // The host is started by this process and inherits its environment.
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR']) vi.stubEnv(name, workspace.env[name]);
  return workspace;
}

export async function attach(
  options: { hostArguments?: readonly string[]; programPath?: string; nodePath?: string } = {},
): Promise<HostConnection> {
  const connected = await connectHost({
    workspaceRoot: workspace.root,
    start: true,
    client: 'test',
    programPath: options.programPath ?? programs.host,
    ...(options.nodePath && { nodePath: options.nodePath }),
    hostArguments: ['--worker-path', programs.worker, ...(options.hostArguments ?? [])],
  });
  if (!connected.ok) throw new Error(connected.error.message);
  connections.push(connected.value);
  hostPids.add(connected.value.status.pid);
  return connected.value;
}

/** Starts the experiment and follows it to its end. */
export async function runToEnd(
  host: HostConnection,
  onChange: (change: RunChange) => void = () => {},
): Promise<RunSnapshot> {
  await host.request('runs/watch', {});
  let run = '';
  const ended = new Promise<void>((resolve) => {
    host.onRunChanged((change) => {
      onChange(change);
      if (change.summary.run === run && change.summary.status !== 'running') resolve();
    });
  });
  run = idOf(await host.request('run/start', { experimentPath: workspace.experiment, env: {} }));
  await ended;
  const snapshot = await host.request('run/get', { run });
  if (snapshot === null) throw new Error('the run is gone');
  return snapshot;
}

export function idOf(result: RunStartResult): string {
  if (!result.started) throw new Error(JSON.stringify(result.refused));
  return result.summary.run;
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
  } catch {
    return false;
  }
};

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.dispose();
  for (const pid of hostPids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  hostPids.clear();
  vi.unstubAllEnvs();
  await delay(20);
  workspace.remove();
});
