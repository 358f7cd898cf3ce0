/** `assay run`: runs an experiment in the workspace's host, shows how it goes, and ends with a table of results. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import colours from 'picocolors';
import { scoreCells, scoreColumns, scoreVariants, type VariantScore } from '../engine/experiment/index.ts';
import type { HostConnection } from '../io/host-client/index.ts';
import { personHere } from '../io/person.ts';
import { isTrusted, trust } from '../io/trust/index.ts';
import { findWorkspaceRoot, listedVariables } from '../io/workspace/index.ts';
import type { FileProblem, RunChange, RunSnapshot, RunSummary } from '../protocol/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { hostOf } from './host-connection.ts';
import { verifyRun } from './ledger.ts';
import { tellNotices } from './notices.ts';
import { type ProgressDisplay, progressDisplay } from './progress.ts';
import { askOnTerminal, type QuestionMode, questionModes } from './questions.ts';
import { plural, tableText, textWidth } from './terminal.ts';

const failConditions = ['breached', 'failed', 'denied', 'halted', 'error'] as const;
type FailCondition = (typeof failConditions)[number];

interface RunOptions {
  readonly json?: boolean;
  readonly trust?: boolean;
  readonly failOn?: readonly FailCondition[];
  readonly questions?: QuestionMode;
  readonly group?: readonly string[];
}

export function runCommand(): Command {
  return new Command('run')
    .description('run an experiment and wait for its results')
    .argument('<experiment>', 'path of an experiment document')
    .option('--trust', 'trust this workspace from now on, without asking')
    .option('--json', 'print the result as JSON, and no progress')
    .addOption(
      new Option('--fail-on <conditions...>', 'exit with 1 when a trial ended like this').choices([...failConditions]),
    )
    .addOption(
      new Option(
        '--questions <how>',
        'what to do when a policy asks a person: ask here, let nobody answer (the default without a terminal), or wait for an answer from the editor or `assay runs answer`',
      ).choices([...questionModes]),
    )
    .option('--group <names...>', 'groups that you answer for, as rules name them')
    .action(async (experiment: string, options: RunOptions) => {
      process.exitCode = await run(resolve(experiment), options);
    });
}

async function run(experimentPath: string, options: RunOptions): Promise<number> {
  if (!existsSync(experimentPath)) throw new CommandFailure(exitCodes.usage, `there is no file \`${experimentPath}\``);
  const workspaceRoot = findWorkspaceRoot(experimentPath);
  await ensureTrust(workspaceRoot, options.trust ?? false);
  const host = await hostOf(workspaceRoot);
  try {
    const display = progressDisplay(process.stderr, options.json ?? false);
    const asker = await questionsOf(host, workspaceRoot, options, display);
    const snapshot = await runToEnd(host, await realpath(experimentPath), asker.display).finally(asker.dispose);
    return await report(snapshot, workspaceRoot, options);
  } finally {
    host.dispose();
  }
}

/** Nothing of a workspace is run before its user has said once that it may be. */
async function ensureTrust(workspaceRoot: string, trustNow: boolean): Promise<void> {
  if (isTrusted(workspaceRoot)) return;
  if (!trustNow) {
    if (!process.stdin.isTTY || !process.stderr.isTTY)
      throw new CommandFailure(
        exitCodes.usage,
        `the workspace \`${workspaceRoot}\` is not trusted, and running an experiment runs its code; say --trust if you trust it`,
      );
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await lines.question(
      `Running an experiment runs code of the workspace ${workspaceRoot}. Do you trust it? [y/N] `,
    );
    lines.close();
    if (!/^y(es)?$/i.test(answer.trim()))
      throw new CommandFailure(exitCodes.usage, 'nothing was run: the workspace is not trusted');
  }
  trust(workspaceRoot);
}

/** Sees to what policies ask people and want them told; gives the display that leaves the terminal to questions. */
async function questionsOf(
  host: HostConnection,
  workspaceRoot: string,
  options: RunOptions,
  display: ProgressDisplay,
): Promise<{ readonly display: ProgressDisplay; dispose(): void }> {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const mode = options.questions ?? (isTerminal && !options.json ? 'prompt' : 'deny');
  if (mode === 'prompt' && !isTerminal)
    throw new CommandFailure(
      exitCodes.usage,
      'there is no terminal to ask on; say `--questions deny` or `--questions wait`',
    );
  const notices = tellNotices(host, options.json ?? false, () => display.end());
  if (mode === 'deny') return { display, dispose: notices.dispose };
  const person = await personHere(workspaceRoot, options.group ?? []);
  if (mode === 'wait') {
    await host.request('questions/watch', { person, keepsOpen: true });
    return { display, dispose: notices.dispose };
  }
  const asker = await askOnTerminal(host, person, () => display.end());
  const quiet: ProgressDisplay = {
    update: (change) => {
      if (!asker.isBusy || change.summary.status !== 'running') display.update(change);
    },
    end: () => display.end(),
  };
  return {
    display: quiet,
    dispose: () => {
      asker.dispose();
      notices.dispose();
    },
  };
}

/** Starts the run and follows it to its end. The first Ctrl-C cancels it, the second leaves at once. */
async function runToEnd(host: HostConnection, experimentPath: string, display: ProgressDisplay): Promise<RunSnapshot> {
  await host.request('runs/watch', {});
  const changes: RunChange[] = [];
  let notify: (change: RunChange) => void = (change) => changes.push(change);
  host.onRunChanged((change) => notify(change));
  const started = await host.request('run/start', {
    experimentPath,
    env: await listedVariables(experimentPath, process.env),
  });
  if (!started.started) throw refusal(started.refused.message, started.refused.problems);
  const { run } = started.summary;
  const onInterrupt = interruptHandler(() => void host.request('run/cancel', { run }).catch(() => {}));
  try {
    await new Promise<void>((settled, reject) => {
      host.onClose(() =>
        reject(
          new CommandFailure(
            exitCodes.environment,
            `the host went away during the run \`${run}\`; what was recorded is safe in its ledger`,
          ),
        ),
      );
      notify = (change) => {
        if (change.summary.run !== run) return;
        display.update(change);
        if (change.summary.status !== 'running') settled();
      };
      display.update({ summary: started.summary, trials: [] });
      for (const change of changes) notify(change);
    });
  } finally {
    onInterrupt.dispose();
    display.end();
  }
  const snapshot = await host.request('run/get', { run });
  if (snapshot === null) throw new CommandFailure(exitCodes.environment, `the host no longer knows the run \`${run}\``);
  return snapshot;
}

function interruptHandler(cancel: () => void): { dispose(): void } {
  let interrupts = 0;
  const onSignal = () => {
    interrupts++;
    if (interrupts > 1) process.exit(exitCodes.cancelled);
    process.stderr.write('\nCancelling; press Ctrl-C again to leave at once.\n');
    cancel();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

function refusal(message: string, problems: readonly FileProblem[]): CommandFailure {
  const lines = problems.map(({ path, line, column, severity, message: what, code }) => {
    const place = line > 0 ? `${relative(process.cwd(), path)}:${line}:${column}` : relative(process.cwd(), path);
    return `  ${place}  ${severity}: ${what}  [${code}]`;
  });
  return new CommandFailure(problems.length > 0 ? exitCodes.findings : exitCodes.usage, [message, ...lines].join('\n'));
}

async function report({ summary, trials }: RunSnapshot, workspaceRoot: string, options: RunOptions): Promise<number> {
  const scores = scoreVariants(trials, 0);
  const summaryPath = join(summary.directory, 'summary.md');
  const ledger = join(summary.directory, 'ledger');
  const verification = await verifyRun(summary.directory, workspaceRoot);
  if (options.json) {
    const result = { summary, scores, summaryPath, ledger, verified: verification.verified };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else {
    const shown = (path: string) => relative(process.cwd(), path) || '.';
    process.stdout.write(`\n${resultTable(scores)}\n\n`);
    if (summary.failure) process.stdout.write(`${colours.red(summary.failure.message)}\n`);
    for (const note of summary.notes) process.stdout.write(`Note: ${note}\n`);
    process.stdout.write(`${headline(summary)}\n`);
    if (existsSync(summaryPath)) process.stdout.write(`Summary  ${shown(summaryPath)}\n`);
    process.stdout.write(
      `Ledger   ${shown(ledger)}  ${verification.verified ? colours.green('ledger verified') : colours.red('ledger does NOT verify')} (${verification.text})\n`,
    );
  }
  if (summary.status === 'cancelled') return exitCodes.cancelled;
  if (summary.status !== 'completed') return exitCodes.environment;
  if (!verification.verified) return exitCodes.findings;
  return failsOn(scores, options.failOn ?? []) ? exitCodes.findings : exitCodes.done;
}

function headline({ run, status, trials, startedAtMs, finishedAtMs }: RunSummary): string {
  const seconds = ((finishedAtMs ?? startedAtMs) - startedAtMs) / 1000;
  return `Run      ${run}: ${status}, ${plural(trials, 'trial')} in ${seconds.toFixed(1)} s`;
}

/** The results; columns that do not fit the terminal are left out from the right, for `summary.md` has them all. */
function resultTable(scores: readonly VariantScore[]): string {
  const attacks = scoreColumns.indexOf('attacks');
  const rows = scores.map((score) => {
    const { tried, reached } = score.attacks;
    const paint = tried === 0 ? colours.dim : reached > 0 ? colours.red : colours.green;
    return scoreCells(score).map((cell, column) => (column === attacks ? paint(cell) : cell));
  });
  const room = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const counts = new Set([1, 2, 3, 4, 5]);
  for (let columns: number = scoreColumns.length; ; columns--) {
    const text = tableText(
      [[...scoreColumns], ...rows].map((row) => row.slice(0, columns)),
      counts,
    );
    if (columns <= attacks + 1 || textWidth(text) <= room) return text;
  }
}

function failsOn(scores: readonly VariantScore[], conditions: readonly FailCondition[]): boolean {
  return conditions.some((condition) =>
    scores.some(({ attacks, counts }) => (condition === 'breached' ? attacks.reached : counts[condition]) > 0),
  );
}
