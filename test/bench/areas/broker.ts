/**
 * How fast a budget is shared: reservations that 8 processes make and end through one host, one at a time each and with
 * many under way, given back or spent (which waits for the disk).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { connectHost, type HostConnection, stopHost } from '../../../server/io/host-client/index.ts';
import type { Task } from '../broker/client.ts';
import type { BenchArea, BenchCase, Sample } from '../harness.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const programPath = join(root, 'server', 'host', 'main.ts');
const processes = 8;

const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: bench }
spec:
  default: allow
  budgets:
    - { id: calls, unit: calls, limit: 9000000000000000, per: workspace, window: 1h, parent: all }
    - { id: all, unit: calls, limit: 9000000000000000, per: workspace }
`;

/** A workspace with a budget, its host, and those who share it; kept until the last case is over. */
class Room {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'assay-bench-')));
  readonly #clients: ChildProcess[] = [];
  #host: HostConnection | null = null;

  async open(): Promise<void> {
    if (this.#host !== null) return;
    mkdirSync(join(this.root, '.assay'));
    writeFileSync(join(this.root, 'bench.policy.yaml'), policy);
    const options = { workspaceRoot: this.root, start: true, client: 'bench', programPath };
    const connected = await connectHost(options);
    if (!connected.ok) throw new Error(connected.error.message);
    this.#host = connected.value;
    const module = join(root, 'test', 'bench', 'broker', 'client.ts');
    this.#clients.push(...Array.from({ length: processes }, () => fork(module, [this.root, programPath])));
    await Promise.all(this.#clients.map((client) => once(client, 'message')));
  }

  /** Gives everybody the task; how long it took, and what it cost the host and the clients, in ms. */
  async share(task: Task): Promise<{ wallMs: number; hostMs: number; clientsMs: number }> {
    const before = this.#hostMs();
    const startedAtMs = performance.now();
    const done = await Promise.all(
      this.#clients.map(async (client) => {
        client.send(task);
        const [{ cpuMs }] = await once(client, 'message');
        return Number(cpuMs);
      }),
    );
    const wallMs = performance.now() - startedAtMs;
    return { wallMs, hostMs: this.#hostMs() - before, clientsMs: done.reduce((sum, ms) => sum + ms, 0) };
  }

  async close(): Promise<void> {
    const closed = this.#clients.map((client) => once(client, 'exit'));
    for (const client of this.#clients.splice(0)) client.disconnect();
    await Promise.all(closed);
    if (this.#host !== null) await stopHost(this.#host, true);
    this.#host = null;
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Processor time of the host in steps of 10 ms; not a number where the system does not tell (anything but Linux). */
  #hostMs(): number {
    try {
      const fields = readFileSync(`/proc/${this.#host?.status.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return Number.NaN;
    }
  }
}

export const area: BenchArea = {
  name: 'broker',
  warmups: 1,
  repeats: 5,
  cases: async () => {
    const room = new Room();
    const shared = (name: string, task: Task): BenchCase => ({
      name,
      measure: async (): Promise<Sample> => {
        await room.open();
        const { wallMs, hostMs, clientsMs } = await room.share(task);
        const all = task.reservations * processes;
        return {
          wallMs,
          cpuMs: hostMs + clientsMs,
          figures: {
            reservationsPerSecond: (all * 1000) / wallMs,
            hostCpuUsEach: (hostMs * 1000) / all,
            clientsCpuUsEach: (clientsMs * 1000) / all,
          },
        };
      },
      close: () => room.close(),
    });
    return [
      shared('8 processes, 64 under way in each, given back', { reservations: 8_000, atOnce: 64, spend: false }),
      shared('8 processes, 64 under way in each, spent', { reservations: 8_000, atOnce: 64, spend: true }),
      shared('8 processes, one at a time in each, given back', { reservations: 1_000, atOnce: 1, spend: false }),
      shared('8 processes, one at a time in each, spent', { reservations: 200, atOnce: 1, spend: true }),
    ];
  },
};
