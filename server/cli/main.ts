#!/usr/bin/env node
/** `assay`: reads the command line, runs the command, turns its end into an exit code. */
import { Command, CommanderError } from 'commander';
import { version } from '../io/version.ts';
import { budgetCommands } from './budget.ts';
import { CommandFailure, exitCodeHelp, exitCodes } from './exit-codes.ts';
import { hostCommands } from './host.ts';
import { ledgerCommands } from './ledger.ts';
import { lspCommand } from './lsp.ts';
import { policyCommands } from './policy.ts';
import { runCommand } from './run.ts';
import { runsCommands } from './runs.ts';
import { validateCommand } from './validate.ts';

const program = new Command('assay')
  .description('Test and govern AI agents: experiments, policies, and a ledger that nobody can alter unseen.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .showSuggestionAfterError()
  .showHelpAfterError('(run it with --help to see what it takes)')
  .exitOverride();

const commands = [
  runCommand(),
  validateCommand(),
  policyCommands(),
  runsCommands(),
  ledgerCommands(),
  budgetCommands(),
  hostCommands(),
  lspCommand(),
];
for (const command of commands) program.addCommand(command);
settle(program);

/** Every command knows `--version` and `--help`, shows the exit codes and leaves the process by its return, not by force. */
function settle(command: Command): void {
  command.exitOverride().addHelpText('after', exitCodeHelp);
  if (command !== program)
    command.version(version, '-V, --version', 'print the version').helpOption('-h, --help', 'print this help');
  for (const below of command.commands) settle(below);
}

async function main(): Promise<number> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 13)) {
    process.stderr.write(`assay: this needs Node 22.13 or later, and is running on ${process.version}\n`);
    return exitCodes.environment;
  }
  try {
    await program.parseAsync();
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    if (error instanceof CommanderError) return failed(exitCodes.usage, error.message.replace(/^error: /, ''));
    if (error instanceof CommandFailure) {
      process.stderr.write(`assay: ${error.message}\n`);
      return failed(error.exitCode, error.message);
    }
    process.stderr.write(`assay: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.stderr.write('This is a fault of Assay itself; please report it with the lines above.\n');
    return failed(exitCodes.environment, error instanceof Error ? error.message : String(error));
  }
}

/** Whoever reads JSON gets the reason as JSON, too; people have read it on stderr. */
function failed(exitCode: number, message: string): number {
  const words = process.argv.slice(2);
  const own = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
  if (!/(^| )--(json|format[ =]json)( |$)/.test(own.join(' '))) return exitCode;
  const [first = '', ...details] = message.split('\n');
  const error = {
    exitCode,
    message: first,
    ...(details.length > 0 && { details: details.map((line) => line.trim()) }),
  };
  process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
  return exitCode;
}

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.environment),
);

process.exitCode = await main();
