/**
 * The runs of this workspace as the language server tells of them, kept up to date while they go on.
 * Nothing is counted or concluded here; how runs look is the views' matter.
 */
import * as vscode from 'vscode';
import type { RunChange, RunSummary, TrialDetail, TrialSummary } from '../server/protocol/index.ts';
import type { Server } from './server.ts';

/** Large runs are redrawn less often, because a redraw costs as much as there are trials. */
const redrawMs = (trials: number) => (trials > 2_000 ? 2_000 : 200);

export const isOver = (run: RunSummary) => run.status !== 'running';
export const isTrialOver = (trial: TrialSummary) => trial.state !== 'planned' && trial.state !== 'running';

export class Runs implements vscode.Disposable {
  readonly #server: Pick<Server, 'request'>;
  readonly #summaries = new Map<string, RunSummary>();
  /** By run and by trial, in the order of the plan; only of runs that somebody has looked at. */
  readonly #trials = new Map<string, Map<string, TrialSummary>>();
  readonly #details = new Map<string, TrialDetail>();
  /** Runs that were under way when this window came to know them, so that nobody here waits for their result. */
  readonly #adopted = new Set<string>();
  readonly #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  readonly #changed = new vscode.EventEmitter<readonly string[] | undefined>();
  readonly #finished = new vscode.EventEmitter<RunSummary>();

  /** The runs that have changed; undefined: all of them. */
  readonly onDidChange = this.#changed.event;
  /** A run that another window or this one before a reload had started is over. */
  readonly onDidFinishAdopted = this.#finished.event;

  constructor(server: Pick<Server, 'request'>) {
    this.#server = server;
  }

  /** Newest first. */
  get all(): readonly RunSummary[] {
    return [...this.#summaries.values()].sort((a, b) => b.startedAtMs - a.startedAtMs);
  }

  get(run: string): RunSummary | undefined {
    return this.#summaries.get(run);
  }

  /** Asks for everything anew; `adopt` when nobody waits any more for runs that are under way. */
  async refresh(adopt = false): Promise<void> {
    const summaries = await this.#server.request('assay/runs', {});
    this.#summaries.clear();
    this.#trials.clear();
    this.#details.clear();
    for (const summary of summaries) {
      this.#summaries.set(summary.run, summary);
      if (adopt && !isOver(summary)) this.#adopted.add(summary.run);
    }
    this.#changed.fire(undefined);
  }

  apply({ summary, trials }: RunChange): void {
    const before = this.#summaries.get(summary.run);
    this.#summaries.set(summary.run, summary);
    const known = this.#trials.get(summary.run);
    if (known) for (const trial of trials) known.set(trial.id, trial);
    if (isOver(summary) && before && !isOver(before) && this.#adopted.delete(summary.run)) this.#finished.fire(summary);
    this.#stale.add(summary.run);
    this.#timer ??= setTimeout(() => this.#announce(), before ? redrawMs(summary.trials) : 0);
  }

  #announce(): void {
    this.#timer = undefined;
    const runs = [...this.#stale];
    this.#stale.clear();
    this.#changed.fire(runs);
  }

  /** In the order of the plan; empty when the run is gone. */
  async trials(run: string): Promise<readonly TrialSummary[]> {
    const known = this.#trials.get(run);
    if (known) return [...known.values()];
    const snapshot = await this.#server.request('assay/run', { run });
    if (snapshot === null) return [];
    this.#trials.set(run, new Map(snapshot.trials.map((trial) => [trial.id, trial])));
    return snapshot.trials;
  }

  /** As it was last told; undefined when nobody has asked for the run's trials. */
  trial(run: string, trial: string): TrialSummary | undefined {
    return this.#trials.get(run)?.get(trial);
  }

  /** A trial with its steps, or null when there is no such trial. */
  async detail(run: string, trial: string): Promise<TrialDetail | null> {
    const key = `${run}/${trial}`;
    const known = this.#details.get(key);
    if (known) return known;
    const detail = await this.#server.request('assay/trial', { run, trial });
    if (detail && isTrialOver(detail.summary)) this.#details.set(key, detail);
    return detail;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
    this.#finished.dispose();
  }
}
