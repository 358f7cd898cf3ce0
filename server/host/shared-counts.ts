/**
 * The counts and budgets that all runs of a workspace share, opened when the first of them is needed and held by this host
 * alone: a host of another session, which has another runtime folder and so another lock, is kept out.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../engine/ports.ts';
import { openWorkspaceCounts, type RunShare, type WorkspaceCounts } from '../io/workspace-counts.ts';
import { type Lock, takeLock } from './lock.ts';

export class SharedCounts {
  readonly workspaceRoot: string;
  #lock: Lock | null = null;
  #opening: Promise<Result<WorkspaceCounts, string>> | null = null;
  #counts: WorkspaceCounts | null = null;

  constructor(workspaceRoot: string) {
    this.workspaceRoot = workspaceRoot;
  }

  /** The counts, or why there are none, in words; a failure is not remembered. Never rejects. */
  open(): Promise<Result<WorkspaceCounts, string>> {
    this.#opening ??= this.#open().then((opened) => {
      if (opened.ok) this.#counts = opened.value;
      else this.#opening = null;
      return opened;
    });
    return this.#opening;
  }

  /** Keeps what a run that is over has added. */
  keep(share: RunShare): void {
    try {
      this.#counts?.keep(share);
    } catch (error) {
      console.error(`what run ${share.run} has spent could not be summed up; its ledger will be read again:`, error);
    }
  }

  close(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  async #open(): Promise<Result<WorkspaceCounts, string>> {
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
      return {
        ok: true,
        value: await openWorkspaceCounts(this.workspaceRoot, { warn: (message) => console.error(message) }),
      };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }
}
