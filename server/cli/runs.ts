/** `assay runs`: what has been run in a workspace. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { scoreCells, scoreColumns, scoreVariants } from '../engine/experiment/index.ts';
import { listRuns, readRunDirectory, runDirectory } from '../io/runs/index.ts';
import { findWorkspaceRoot } from '../io/workspace/index.ts';
import type { RunSnapshot, RunSummary } from '../protocol/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { askHost } from './host-connection.ts';
import { locateRun } from './ledger.ts';
import { answerCommand } from './questions.ts';
import { tableText } from './terminal.ts';
import { workspaceOption } from './workspace.ts';

export function runsCommands(): Command {
  const runs = new Command('runs').description('look at the runs of a workspace');
  runs
    .command('list')
    .description('all runs, newest first')
    .addOption(workspaceOption())
    .option('--json', 'print JSON')
    .action(async ({ workspace, json }: { workspace: string; json?: boolean }) => {
      const found = await allRuns(findWorkspaceRoot(workspace));
      if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else if (found.length === 0) process.stdout.write('No runs yet. `assay run EXPERIMENT` makes the first.\n');
      else {
        const rows = found.map((run) => [
          run.run,
          run.experiment,
          run.status,
          String(run.trials),
          new Date(run.startedAtMs).toISOString().slice(0, 19).replace('T', ' '),
        ]);
        process.stdout.write(`${tableText([['run', 'experiment', 'status', 'trials', 'started (UTC)'], ...rows])}\n`);
      }
    });
  runs
    .command('show')
    .description('the results of one run')
    .argument('[run]', "a run's id, a unique beginning of it, `latest`, or its path", 'latest')
    .addOption(workspaceOption())
    .option('--json', 'print JSON')
    .action(async (run: string, { workspace, json }: { workspace: string; json?: boolean }) => {
      const directory = locateRun(run, workspace);
      const snapshot = await snapshotOf(directory);
      if (snapshot === null) throw new CommandFailure(exitCodes.environment, `\`${directory}\` has no readable ledger`);
      const scores = scoreVariants(snapshot.trials, 0);
      if (json) process.stdout.write(`${JSON.stringify({ ...snapshot, scores }, null, 2)}\n`);
      else {
        const right = new Set([1, 2, 3, 4, 5]);
        process.stdout.write(`${snapshot.summary.run}: ${snapshot.summary.status}\n\n`);
        process.stdout.write(`${tableText([[...scoreColumns], ...scores.map(scoreCells)], right)}\n`);
      }
    });
  runs.addCommand(answerCommand());
  return runs;
}

async function allRuns(root: string): Promise<readonly RunSummary[]> {
  return await askHost(
    root,
    (host) => host.request('runs/watch', {}),
    () => listRuns(root),
  );
}

/** A run that lies elsewhere than with the others of its workspace, a copy of one, goes on nowhere. */
async function snapshotOf(directory: string): Promise<RunSnapshot | null> {
  const [root, run] = [findWorkspaceRoot(directory), basename(directory)];
  if (runDirectory(root, run) !== realpathSync(directory)) return await readRunDirectory(directory);
  return await askHost(
    root,
    (host) => host.request('run/get', { run }),
    () => readRunDirectory(directory),
  );
}
