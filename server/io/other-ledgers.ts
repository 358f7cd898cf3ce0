/** What the other ledgers of a workspace say that its runs share with those that are tried. Only budgets of the workspace need it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Beside, type RecordedRun } from '../engine/backtest/index.ts';
import { readEntries } from './ledger/index.ts';
import { runDirectory, runIds } from './runs/index.ts';
import { workspaceLedger } from './workspace-counts.ts';

export interface OtherLedgers {
  readonly beside: Beside;
  /** The ledgers that cannot be read, in words, so that what they have spent is not known. */
  readonly unread: readonly string[];
}

/** Reads the ledgers of the workspace but for those of `tried`. */
export async function readOtherLedgers(workspaceRoot: string, tried: readonly RecordedRun[]): Promise<OtherLedgers> {
  const beside = new Beside(tried);
  const known = new Set(tried.map(({ run }) => run));
  const unread: string[] = [];
  for (const id of runIds(workspaceRoot)) {
    if (known.has(id)) continue;
    const entries = readEntries(join(runDirectory(workspaceRoot, id), 'ledger'));
    await beside.addRun(entries).catch(() => unread.push(`of run \`${id}\``));
  }
  const shared = workspaceLedger(workspaceRoot);
  if (existsSync(shared)) await beside.addShared(readEntries(shared)).catch(() => unread.push('of the workspace'));
  return { beside, unread };
}

/** What is not known then, for people. */
export const unreadText = (ledger: string): string =>
  `the ledger ${ledger} cannot be read, so what it has spent of budgets of the workspace is left out; \`assay ledger verify\` says what is wrong with it`;
