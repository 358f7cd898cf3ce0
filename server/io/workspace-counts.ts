/**
 * What the kernel counts across the runs of a workspace, as the workspace's own ledger has it: which runs have begun, what each
 * has added once it was over, what programs beside them have spent. The ledger of a run is counted where that is not recorded
 * yet, and then it is. Where it is gone by then, nobody knows what it has spent: then nothing is opened.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  addScope,
  createWorkspace,
  openScope,
  Recount,
  type ScopeSnapshot,
  scopeIn,
  shareOf,
  snapshotOf,
  type Workspace,
} from '../engine/kernel/index.ts';
import type { EntryBody, LedgerEntry, LedgerWriter, NoteKey } from '../engine/ledger/index.ts';
import type { Clock, Signer } from '../engine/ports.ts';
import { trustedKeys } from './keys/index.ts';
import { openLedger, readSound } from './ledger/index.ts';
import { runDirectory, runIds } from './runs/index.ts';

/** What a run has added to what its workspace counts, up to an entry of its ledger. */
export interface RunShare {
  readonly run: string;
  readonly entries: number;
  readonly counts: ScopeSnapshot;
}

export interface WorkspaceCounts {
  /** What runs and budgets count in while they go on. */
  readonly workspace: Workspace;
  /** Open for what they count; closed by whoever has asked for it. */
  readonly ledger: LedgerWriter;
}

export interface WorkspaceCountsOptions {
  readonly clock: Clock;
  /** Who signs; the user's own key, made if need be, when left out. */
  readonly signer?: Signer;
}

/** The folder of the ledger of what belongs to no run. */
export const workspaceLedger = (workspaceRoot: string): string => join(workspaceRoot, '.assay', 'ledger');

/**
 * Opens that ledger for writing, or begins it; `onEntry` is called with each entry that it holds. Nobody else may write to it
 * meanwhile. Rejects as `openLedger` does.
 */
export async function openWorkspaceLedger(
  workspaceRoot: string,
  { clock, signer }: WorkspaceCountsOptions,
  onEntry: (entry: LedgerEntry) => void = () => {},
): Promise<LedgerWriter> {
  const { writer } = await openLedger(workspaceLedger(workspaceRoot), {
    origin: 'assay/workspace',
    clock,
    ...(signer && { signer }),
    trustedKeys: await trustedKeys(workspaceRoot),
    onEntry,
  });
  return writer;
}

/** The entry that records the share of a run that is over. */
export const countedEntry = ({ run, entries, counts }: RunShare): EntryBody => ({
  type: 'run-counted',
  run,
  entries,
  ...shareOf(counts),
});

/** What the workspace's ledger says of a run. */
interface KnownRun {
  /** How many entries of the run's own ledger are counted. */
  readonly entries: number;
  /** Whether it has begun or gone on since. */
  readonly isOpen: boolean;
}

/**
 * Counts what the ledgers of a workspace say; nobody may write to any of them meanwhile. Rejects in words for people where a
 * ledger that has to be counted is gone or is not what was signed, and with a `KeyError` without a key to sign.
 */
export async function openWorkspaceCounts(
  workspaceRoot: string,
  options: WorkspaceCountsOptions,
): Promise<WorkspaceCounts> {
  const [sums, beside, known] = [openScope(), new Recount(), new Map<string, KnownRun>()];
  const ledger = await openWorkspaceLedger(workspaceRoot, options, (entry) => {
    beside.add(entry);
    if (entry.type === 'run-counted') addScope(sums, scopeIn(entry));
    if (entry.type === 'run-counted') known.set(entry.run, { entries: entry.entries, isOpen: false });
    if (entry.type === 'run-opened')
      known.set(entry.run, { entries: known.get(entry.run)?.entries ?? 0, isOpen: true });
  });
  try {
    const trusted = [...(options.signer ? [options.signer] : []), ...(await trustedKeys(workspaceRoot))];
    for (const run of uncounted(workspaceRoot, known)) {
      const share = await countAgain(workspaceRoot, run, known.get(run), trusted);
      addScope(sums, share.counts);
      await ledger.append(countedEntry(share));
    }
  } catch (error) {
    await ledger.close().catch(() => {});
    throw error;
  }
  addScope(sums, beside.workspace);
  return { workspace: createWorkspace(snapshotOf(sums)), ledger };
}

/** The runs that are not counted to their end: those that have begun, there or not, and those that are there unknown. */
function uncounted(workspaceRoot: string, known: ReadonlyMap<string, KnownRun>): string[] {
  const begun = [...known].filter(([, { isOpen }]) => isOpen).map(([run]) => run);
  return [...begun, ...runIds(workspaceRoot).filter((run) => !known.has(run))];
}

async function countAgain(
  workspaceRoot: string,
  run: string,
  known: KnownRun | undefined,
  trusted: readonly NoteKey[],
): Promise<RunShare> {
  const directory = join(runDirectory(workspaceRoot, run), 'ledger');
  const from = known?.entries ?? 0;
  const recount = new Recount();
  let entries = 0;
  const counted = (entry: LedgerEntry) => {
    entries = entry.index + 1;
    if (entry.index >= from) recount.add(entry);
  };
  if (existsSync(directory))
    await readSound(directory, trusted, counted).catch((error: Error) => {
      const out = leaveOut(workspaceRoot, directory, known);
      throw new Error(
        `what run \`${run}\` has spent cannot be counted: ${error.message}; repair \`${directory}\`, or ${out}`,
      );
    });
  // A run is recorded as begun once its own ledger has an entry.
  if (known !== undefined && entries === 0)
    throw new Error(
      `the ledger of run \`${run}\`, which has begun in this workspace, is gone, so that nobody knows what it has spent of what the workspace shares; bring \`${directory}\` back, or ${leaveOut(workspaceRoot, null, known)}`,
    );
  return { run, entries: Math.max(entries, from), counts: recount.workspace };
}

/** How to go on without a run. What is recorded of the workspace cannot be altered, so that what knows of the run goes as a whole. */
function leaveOut(workspaceRoot: string, directory: string | null, known: KnownRun | undefined): string {
  const away = [
    ...(directory === null ? [] : [directory]),
    ...(known === undefined ? [] : [workspaceLedger(workspaceRoot)]),
  ];
  const files = away.map((path) => `\`${path}\``).join(' and ');
  return known === undefined
    ? `move ${files} away to leave it out of the count`
    : `move ${files} away to count anew from the ledgers that are left, without what deleted runs and other programs have spent`;
}
