/**
 * The counts and budgets that all runs of a workspace share, and their record, opened when the first of them is needed and held
 * by this host alone: a host of another session, which has another runtime folder and so another lock, is kept out.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../engine/kernel/index.ts';
import type { Clock, Result } from '../engine/ports.ts';
import { countedEntry, openWorkspaceCounts, openWorkspaceLedger, type RunShare } from '../io/workspace-counts.ts';
import { type Lock, takeLock } from './lock.ts';
import { WorkspaceRecord } from './workspace-record.ts';

export interface SharedCountsOptions {
  readonly workspaceRoot: string;
  readonly clock: Clock;
}

export class SharedCounts {
  readonly workspaceRoot: string;
  /** To be written to once the counts are open. */
  readonly record: WorkspaceRecord;
  readonly #clock: Clock;
  #lock: Lock | null = null;
  #opening: Promise<Result<Workspace, string>> | null = null;

  constructor({ workspaceRoot, clock }: SharedCountsOptions) {
    this.workspaceRoot = workspaceRoot;
    this.#clock = clock;
    this.record = new WorkspaceRecord(() => openWorkspaceLedger(workspaceRoot, { clock }));
  }

  /** The counts, or why there are none, in words; a failure is not remembered. Never rejects. */
  open(): Promise<Result<Workspace, string>> {
    this.#opening ??= this.#open().then((opened) => {
      if (!opened.ok) this.#opening = null;
      return opened;
    });
    return this.#opening;
  }

  /** Records that a run has begun: from then on its ledger has to be there. Rejects when it cannot be recorded. */
  async begin(run: string): Promise<void> {
    await this.record.append({ type: 'run-opened', run });
  }

  /** Records what a run that is over has added. Never rejects. */
  async keep(share: RunShare): Promise<void> {
    await this.record.append(countedEntry(share)).catch((error) => {
      console.error(`what run ${share.run} has spent could not be recorded; its ledger will be read again:`, error);
    });
  }

  /** Writes what is left. Never rejects. */
  async close(): Promise<void> {
    await this.record.close();
    this.#lock?.release();
    this.#lock = null;
  }

  async #open(): Promise<Result<Workspace, string>> {
    const folder = join(this.workspaceRoot, '.assay');
    try {
      mkdirSync(folder, { recursive: true });
      this.#lock ??= takeLock(join(folder, 'counts.lock'));
      if (this.#lock === null)
        return {
          ok: false,
          error:
            'a host of another session keeps the budgets of this workspace; stop it there with `assay host stop`, or wait until it has left',
        };
      const { workspace, ledger } = await openWorkspaceCounts(this.workspaceRoot, { clock: this.#clock });
      this.record.begin(ledger);
      return { ok: true, value: workspace };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }
}
