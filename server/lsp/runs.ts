/**
 * Running experiments for an editor: asks the host of the workspace, tells progress, passes on what changes. It decides
 * nothing about runs; whether code may run at all (trust) is decided here, before anything is asked.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { connectHost, type HostConnection } from '../io/host-client/index.ts';
import { listRuns, readRunSnapshot, readTrial } from '../io/runs/index.ts';
import { decode, findWorkspaceRoot, listedVariables } from '../io/workspace/index.ts';
import type {
  RunChange,
  RunNotice,
  RunRefused,
  RunResult,
  RunSnapshot,
  RunSummary,
  TrialDetail,
} from '../protocol/index.ts';
import { pathOf } from './open-documents.ts';
import type { Questions } from './questions.ts';

/** How a run's way is shown; `onCancel` calls back when the user wants it to end. */
export interface RunProgress {
  begin(title: string, message: string): void;
  report(message: string, percentage: number): void;
  end(message: string): void;
  onCancel(listener: () => void): void;
}

export interface RunsPorts {
  readonly trusted: () => boolean;
  readonly roots: () => readonly string[];
  /** The text that the editor holds of a file; null when it is not open. */
  readonly openText: (path: string) => string | null;
  readonly changed: (change: RunChange) => void;
  readonly notified: (notice: RunNotice) => void;
  /** Takes part in what runs ask people, through the connection to each host. */
  readonly questions: Pick<Questions, 'attach'>;
  readonly log: (message: string) => void;
  readonly nodePath: () => string | undefined;
  /** The program of the host. */
  readonly programPath: string;
}

export const untrusted =
  'this workspace is not trusted, so no code of it is run; trust it in the editor, or start the server with `initializationOptions: { "trusted": true }`';

export class Runs {
  readonly #ports: RunsPorts;
  readonly #hosts = new Map<string, HostConnection>();
  readonly #attaching = new Map<string, Promise<HostConnection | string>>();

  constructor(ports: RunsPorts) {
    this.#ports = ports;
  }

  /** Runs the experiment in the file at `uri`; resolves when the run is over. Never rejects. */
  async run(uri: unknown, progress: RunProgress): Promise<RunResult> {
    try {
      return await this.#run(uri, progress);
    } catch (error) {
      return refused(`the host failed: ${messageOf(error)}`);
    }
  }

  async #run(uri: unknown, progress: RunProgress): Promise<RunResult> {
    const path = typeof uri === 'string' ? pathOf(uri) : null;
    if (path === null) return refused('there is no file to run; give the URI of an experiment that is saved on disk');
    if (!this.#ports.trusted()) return refused(untrusted);
    if (!existsSync(path)) return refused(`\`${path}\` is not there; save the experiment first`);
    if (this.#isUnsaved(path)) return refused('the experiment has unsaved changes; save it first');
    progress.begin(`Running ${basename(path)}`, 'starting the host');
    const host = await this.#host(findWorkspaceRoot(path), true);
    if (typeof host === 'string') return finish(progress, refused(host));
    const env = await listedVariables(path, process.env);
    const result = await this.#follow(host, path, env, progress);
    return finish(progress, result);
  }

  #isUnsaved(path: string): boolean {
    const plain = (text: string) => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
    const held = this.#ports.openText(path);
    return held !== null && plain(held) !== plain(decode(readFileSync(path)));
  }

  /** Starts the run and watches it to its end. */
  async #follow(
    host: HostConnection,
    experimentPath: string,
    env: Readonly<Record<string, string>>,
    progress: RunProgress,
  ): Promise<RunResult> {
    const { promise: over, resolve } = Promise.withResolvers<RunSummary | null>();
    const early: RunSummary[] = [];
    let run: string | null = null;
    const take = (summary: RunSummary) => {
      if (run === null) early.push(summary);
      else if (summary.run === run) {
        progress.report(progressOf(summary), percentageOf(summary));
        if (summary.status !== 'running') resolve(summary);
      }
    };
    const subscriptions = [host.onRunChanged(({ summary }) => take(summary)), host.onClose(() => resolve(null))];
    try {
      let wanted = true;
      progress.onCancel(() => {
        wanted = false;
        if (run !== null) void host.request('run/cancel', { run }).catch(() => undefined);
      });
      const started = await host.request('run/start', { experimentPath, env });
      if (!started.started) return refused(wordsOf(started.refused));
      run = started.summary.run;
      if (!wanted) await host.request('run/cancel', { run });
      for (const summary of [started.summary, ...early]) take(summary);
      const summary = await over;
      if (summary === null)
        return refused(
          'the host ended before the run was over; what it had recorded is kept, and the experiment can be run anew',
        );
      const summaryPath = join(summary.directory, 'summary.md');
      return { summary, ...(existsSync(summaryPath) && { summaryPath }) };
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
    }
  }

  async cancel(run: unknown): Promise<null> {
    if (typeof run === 'string')
      await Promise.all([...this.#hosts.values()].map((host) => host.request('run/cancel', { run }).catch(() => null)));
    return null;
  }

  /** All runs of all known workspaces, newest first. */
  async list(): Promise<readonly RunSummary[]> {
    const lists = await this.#ask(
      (host) => host.request('runs/watch', {}),
      (root) => listRuns(root),
    );
    return lists.flat().toSorted((a, b) => b.startedAtMs - a.startedAtMs);
  }

  async get(run: string): Promise<RunSnapshot | null> {
    const found = await this.#ask(
      (host) => host.request('run/get', { run }),
      (root) => readRunSnapshot(root, run),
    );
    return found.find((snapshot) => snapshot !== null) ?? null;
  }

  async trial(run: string, trial: string): Promise<TrialDetail | null> {
    const found = await this.#ask(
      (host) => host.request('trial/get', { run, trial }),
      (root) => readTrial(root, run, trial),
    );
    return found.find((detail) => detail !== null) ?? null;
  }

  dispose(): void {
    for (const host of this.#hosts.values()) host.dispose();
    this.#hosts.clear();
  }

  /** Asks the host of each workspace, or its files where no host runs. */
  async #ask<T>(
    ofHost: (host: HostConnection) => Promise<T>,
    ofFiles: (root: string) => T | Promise<T>,
  ): Promise<readonly T[]> {
    const answers = await Promise.all(
      this.#ports.roots().map(async (root): Promise<T[]> => {
        const host = await this.#host(root, false);
        try {
          return [typeof host === 'string' ? await ofFiles(root) : await ofHost(host)];
        } catch (error) {
          this.#ports.log(`runs of ${root}: ${messageOf(error)}`);
          return [];
        }
      }),
    );
    return answers.flat();
  }

  /** The host of a workspace, or why there is none. Each workspace has one connection, shared by all requests. */
  async #host(root: string, start: boolean): Promise<HostConnection | string> {
    const present = this.#hosts.get(root);
    if (present !== undefined) return present;
    const key = `${root}\0${start}`;
    const under = this.#attaching.get(key) ?? this.#attach(root, start).finally(() => this.#attaching.delete(key));
    this.#attaching.set(key, under);
    return await under;
  }

  async #attach(root: string, start: boolean): Promise<HostConnection | string> {
    const nodePath = this.#ports.nodePath();
    const connected = await connectHost({
      workspaceRoot: root,
      start,
      client: 'language server',
      programPath: this.#ports.programPath,
      ...(nodePath !== undefined && { nodePath }),
      onWaiting: (message) => this.#ports.log(message),
    });
    if (!connected.ok) return connected.error.message;
    const earlier = this.#hosts.get(root);
    if (earlier !== undefined) {
      connected.value.dispose();
      return earlier;
    }
    const host = connected.value;
    this.#hosts.set(root, host);
    host.onClose(() => this.#hosts.delete(root));
    host.onRunChanged((change) => this.#ports.changed(change));
    host.onNotice((notice) => this.#ports.notified(notice));
    await host.request('runs/watch', {});
    await this.#ports.questions.attach(root, host);
    return host;
  }
}

const refused = (message: string): RunResult => ({ summary: null, refused: message });

function finish(progress: RunProgress, result: RunResult): RunResult {
  progress.end(
    result.summary === null ? `not run: ${result.refused}` : `${result.summary.status}, ${progressOf(result.summary)}`,
  );
  return result;
}

function wordsOf({ message, problems }: RunRefused): string {
  const places = problems
    .slice(0, 3)
    .map((problem) => `${problem.path}:${problem.line}:${problem.column} ${problem.message}`);
  const more = problems.length > 3 ? [`and ${problems.length - 3} more`] : [];
  return [message, ...places, ...more].join('\n');
}

/** Such as `12 of 120 trials, 3 failed`. */
export function progressOf({ trials, counts }: RunSummary): string {
  const done = trials - (counts.planned ?? 0) - (counts.running ?? 0);
  const failed = (counts.failed ?? 0) + (counts.error ?? 0);
  const parts = [`${done} of ${trials} trials`];
  if (failed > 0) parts.push(`${failed} failed`);
  if ((counts.denied ?? 0) > 0) parts.push(`${counts.denied} denied`);
  if ((counts.halted ?? 0) > 0) parts.push(`${counts.halted} halted`);
  return parts.join(', ');
}

const percentageOf = ({ trials, counts }: RunSummary): number =>
  trials === 0 ? 0 : Math.floor((100 * (trials - (counts.planned ?? 0) - (counts.running ?? 0))) / trials);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
