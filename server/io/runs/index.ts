/** The recorded runs of a workspace, read from their ledgers. Nothing is kept beside them. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RunReplay } from '../../engine/ledger/index.ts';
import type { Result } from '../../engine/ports.ts';
import type { RunSnapshot, RunSummary, TrialDetail } from '../../protocol/index.ts';
import { readBlobValue, readEntries } from '../ledger/index.ts';

export { ledgerSizeOf, PastRunReader, readPastPolicies } from './past.ts';

const runsFolder = (workspaceRoot: string) => join(workspaceRoot, '.assay', 'runs');

/** Where a run's ledger and reports are. */
export function runDirectory(workspaceRoot: string, run: string): string {
  return join(runsFolder(workspaceRoot), run);
}

/** The ids of all recorded runs, newest first. */
export function runIds(workspaceRoot: string): string[] {
  const folder = runsFolder(workspaceRoot);
  return namesIn(folder)
    .filter((id) => existsSync(join(folder, id, 'ledger')))
    .sort((one, other) => compare(secondOf(other), secondOf(one)) || madeAtMs(folder, other) - madeAtMs(folder, one));
}

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);

/** The part of an id that tells when the run began, to the second. */
const secondOf = (id: string): string => id.slice(0, 'yyyymmdd-hhmmss'.length);

/** What tells runs of the same second apart. */
const madeAtMs = (folder: string, id: string): number =>
  statSync(join(folder, id), { throwIfNoEntry: false })?.birthtimeMs ?? 0;

/** No folder, or none that can be read, holds no runs. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The folder of the run that `reference` means: an id, a unique beginning of one, `latest`, or a path of a run or its ledger. */
export function findRun(workspaceRoot: string, reference: string): Result<string, string> {
  const asPath = resolve(reference);
  if (existsSync(join(asPath, 'ledger'))) return { ok: true, value: asPath };
  if (basename(asPath) === 'ledger' && existsSync(asPath) && statSync(asPath).isDirectory())
    return { ok: true, value: dirname(asPath) };
  const ids = runIds(workspaceRoot);
  if (ids.length === 0)
    return {
      ok: false,
      error: `there are no runs in the workspace \`${workspaceRoot}\`; \`assay run EXPERIMENT\` makes one`,
    };
  const found =
    reference === 'latest' ? ids.slice(0, 1) : ids.filter((id) => id === reference || id.startsWith(reference));
  const exact = found.find((id) => id === reference) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return { ok: true, value: runDirectory(workspaceRoot, exact) };
  const shown = (list: readonly string[]) =>
    list
      .slice(0, 5)
      .map((id) => `\`${id}\``)
      .join(', ');
  if (found.length > 1)
    return { ok: false, error: `\`${reference}\` is the beginning of several runs: ${shown(found)}` };
  return { ok: false, error: `there is no run \`${reference}\`; the newest are ${shown(ids)}` };
}

/** All recorded runs, newest first; runs without a readable first entry are left out. */
export async function listRuns(workspaceRoot: string): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const id of runIds(workspaceRoot)) {
    const summary = (await replay(runDirectory(workspaceRoot, id), null)).summary();
    if (summary !== null) summaries.push(summary);
  }
  return summaries.toSorted((a, b) => b.startedAtMs - a.startedAtMs);
}

/** A run and its trials; null when there is no such run. */
export async function readRunSnapshot(workspaceRoot: string, run: string): Promise<RunSnapshot | null> {
  return await readRunDirectory(runDirectory(workspaceRoot, run));
}

/** The run in a folder; null when its ledger has no beginning. */
export async function readRunDirectory(directory: string): Promise<RunSnapshot | null> {
  const run = await replay(directory, null);
  const summary = run.summary();
  return summary === null ? null : { summary, trials: run.trials() };
}

/** One trial with its steps; null when the run has none of that id. `live` says that its run still goes on. */
export async function readTrial(
  workspaceRoot: string,
  id: string,
  trial: string,
  live = false,
): Promise<TrialDetail | null> {
  const directory = runDirectory(workspaceRoot, id);
  const run = await replay(directory, trial);
  const values = new Map<string, unknown>();
  for (const digest of run.blobsOf(trial)) values.set(digest, await readBlobValue(join(directory, 'ledger'), digest));
  return run.trial(trial, { live, blob: (digest) => values.get(digest) });
}

async function replay(directory: string, trial: string | null): Promise<RunReplay> {
  const workspaceRoot = resolve(directory, '..', '..', '..');
  const run = new RunReplay({
    directory,
    resolvePath: (path) => resolve(workspaceRoot, path),
    ...(trial !== null && { stepsOf: { trial } }),
  });
  if (existsSync(join(directory, 'ledger')))
    for await (const entry of readEntries(join(directory, 'ledger'))) run.add(entry);
  return run;
}
