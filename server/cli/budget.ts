/** `assay budget`: what the budgets of a workspace have left, and a program run on a part of one. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import { formatMicros, microsOf } from '../engine/policy/index.ts';
import { budgetsOver, type HostConnection } from '../io/host-client/index.ts';
import { findWorkspaceRoot } from '../io/workspace/index.ts';
import type { FileProblem, SharedBudget } from '../protocol/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { hostOf } from './host-connection.ts';
import { tableText } from './terminal.ts';
import { workspaceOption } from './workspace.ts';

export function budgetCommands(): Command {
  const budget = new Command('budget').description('look at or draw on the budgets that a workspace shares');
  budget
    .command('list')
    .description('what each budget `per: workspace` has spent, holds and has left')
    .addOption(workspaceOption())
    .option('--json', 'print JSON; money in millionths of a dollar')
    .action(async ({ workspace, json }: { workspace: string; json?: boolean }) => {
      process.exitCode = await withHost(workspace, (host) => list(host, json ?? false));
    });
  budget
    .command('hold')
    .description(
      'run a program while a part of a budget is held for it; it is spent when the program ends with 0 or by a signal, else given back',
    )
    .argument('<budget>', 'the budget, as `POLICY/ID`')
    .argument('<amount>', 'how much: dollars, calls or steps')
    .argument('<program...>', 'the program and its arguments, after `--`')
    .addOption(workspaceOption())
    .action(async (name: string, amount: string, program: string[], { workspace }: { workspace: string }) => {
      process.exitCode = await withHost(workspace, (host) => hold(host, name, amount, program));
    });
  return budget;
}

async function withHost(folder: string, work: (host: HostConnection) => Promise<number>): Promise<number> {
  const host = await hostOf(findWorkspaceRoot(folder));
  try {
    return await work(host);
  } finally {
    host.dispose();
  }
}

async function list(host: HostConnection, json: boolean): Promise<number> {
  const found = await answered(budgetsOver(host).list());
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.budgets.length === 0)
    process.stdout.write('No policy of this workspace has a budget `per: workspace`.\n');
  else {
    const rows = found.budgets.map((budget) => {
      const { limit, spent, reserved, left, unit, window } = budget;
      const amounts = [limit, spent, reserved, left].map((amount) => shown(budget, amount));
      return [budget.budget, unit, ...amounts, window ? new Date(window.endsAtMs).toISOString() : ''];
    });
    const head = ['budget', 'unit', 'limit', 'spent', 'held', 'left', 'full again (UTC)'];
    process.stdout.write(`${tableText([head, ...rows], new Set([2, 3, 4, 5]))}\n`);
  }
  for (const { budget, message, isLiftedNext } of json ? [] : found.halts) {
    const until = isLiftedNext ? 'with the next run' : 'in a later window of that budget, or with a higher limit';
    process.stdout.write(`The workspace is halted by \`${budget}\`: ${message}. It goes on ${until}.\n`);
  }
  for (const problem of found.problems) process.stderr.write(`${problemLine(problem)}\n`);
  return found.problems.length > 0 ? exitCodes.findings : exitCodes.done;
}

const problemLine = ({ path, line, message }: FileProblem): string => `${path}:${line}: ${message}`;

async function hold(host: HostConnection, name: string, text: string, program: readonly string[]): Promise<number> {
  const budgets = budgetsOver(host);
  const { budgets: known, problems } = await answered(budgets.list());
  const budget = known.find((one) => one.budget === name);
  if (budget === undefined) {
    const message = `there is no budget \`${name}\` in this workspace; \`assay budget list\` shows those that there are`;
    // It may be one of those that do not count because of a fault.
    throw new CommandFailure(exitCodes.usage, [message, ...problems.map(problemLine)].join('\n  '));
  }
  // If we are killed, the program may go on: then what it has must not go to somebody else.
  const reserved = await answered(budgets.reserve(name, amountOf(text, budget), 'spent'));
  if (!reserved.ok) throw new CommandFailure(exitCodes.findings, reserved.error.message);
  const { code, isCutOff } = await run(program, reserved.value.release);
  const ended = await answered(code === 0 || isCutOff ? reserved.value.settle() : reserved.value.release());
  if (!ended.ok) throw new CommandFailure(exitCodes.environment, ended.error.message);
  return code;
}

/** Whole units of a budget, of an amount as people write it. */
function amountOf(text: string, { unit }: SharedBudget): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const whole = unit === 'usd' ? microsOf(value) : Number.isSafeInteger(value) && value > 0 ? value : null;
  if (whole !== null && whole > 0) return whole;
  const what = unit === 'usd' ? 'dollars with at most six decimal places' : `whole ${unit}`;
  throw new CommandFailure(exitCodes.usage, `\`${text}\` is no amount of this budget; give ${what}, more than 0`);
}

const shown = ({ unit }: SharedBudget, amount: number): string =>
  unit === 'usd' ? formatMicros(amount) : String(amount);

interface ProgramEnd {
  /** As a shell tells it. */
  readonly code: number;
  /** Whether a signal came in between: nobody knows what the program had done by then. */
  readonly isCutOff: boolean;
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a program to its end, passing on to it what would end us. `onFault` is called when it cannot be started. */
function run([command = '', ...args]: readonly string[], onFault: () => Promise<unknown>): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    let isCutOff = false;
    const passOn = (signal: NodeJS.Signals) => {
      isCutOff = true;
      // A terminal tells the program of Ctrl-C too, and many take a second one for more than the first.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    child.once('error', (error) => {
      const fault = new CommandFailure(exitCodes.environment, `\`${command}\` cannot be started: ${error.message}`);
      void onFault().finally(() => reject(fault));
    });
    child.once('exit', (code, signal) => {
      for (const one of passedOn) process.off(one, passOn);
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ code: code ?? 128 + number, isCutOff: isCutOff || signal !== null });
    });
  });
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new CommandFailure(exitCodes.environment, error instanceof Error ? error.message : String(error));
  }
}
