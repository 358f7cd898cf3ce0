/** `assay ledger`: verifies what a run has recorded. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import colours from 'picocolors';
import type { Finding, LedgerReport } from '../engine/ledger/index.ts';
import { readTrust } from '../io/keys/index.ts';
import { verifyLedgerDirectory } from '../io/ledger/index.ts';
import { findRun } from '../io/runs/index.ts';
import { findWorkspaceRoot } from '../io/workspace/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { plural } from './terminal.ts';
import { workspaceOption } from './workspace.ts';

export function ledgerCommands(): Command {
  const ledger = new Command('ledger').description('work with the ledgers of runs');
  ledger
    .command('verify')
    .description('check every byte, the chain, the Merkle tree and the signatures of a ledger')
    .argument('[run]', "a run's id, a unique beginning of it, `latest`, or the path of a run or ledger", 'latest')
    .addOption(workspaceOption())
    .option('--json', 'print the whole report as JSON')
    .action(async (run: string, { workspace, json }: { workspace: string; json?: boolean }) => {
      const directory = locateRun(run, workspace);
      const report = await verify(directory, findWorkspaceRoot(directory));
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report, directory)}\n`);
      process.exitCode = report.ok ? exitCodes.done : exitCodes.findings;
    });
  return ledger;
}

/** The folder of a run; throws `CommandFailure` with what there is instead. */
export function locateRun(run: string, folder: string): string {
  const found = findRun(findWorkspaceRoot(folder), run);
  if (found.ok) return found.value;
  throw new CommandFailure(exitCodes.usage, found.error);
}

/** Verifies the ledger of a run that has just ended, for the last lines of `assay run`. */
export async function verifyRun(
  directory: string,
  workspaceRoot: string,
): Promise<{ verified: boolean; text: string }> {
  const report = await verify(directory, workspaceRoot);
  const first = report.findings.find((finding) => finding.severity === 'error');
  return { verified: report.ok, text: first ? first.message : coverage(report) };
}

async function verify(directory: string, workspaceRoot: string): Promise<LedgerReport> {
  const folder = existsSync(join(directory, 'ledger')) ? join(directory, 'ledger') : directory;
  try {
    const { keys, problems } = await readTrust(workspaceRoot);
    for (const { path, message } of problems)
      process.stderr.write(`warning: ${relative(process.cwd(), path)}: ${message}\n`);
    return await verifyLedgerDirectory(folder, { trustedKeys: keys });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(exitCodes.environment, `the ledger \`${folder}\` cannot be read: ${message}`);
  }
}

function coverage({ entries, checkpoints, unsignedEntries }: LedgerReport): string {
  const tail = unsignedEntries > 0 ? `, ${plural(unsignedEntries, 'entry', 'entries')} unsigned` : '';
  return `${entries} entries, ${plural(checkpoints.held, 'signed checkpoint')}${tail}`;
}

function reportText(report: LedgerReport, directory: string): string {
  const verdict = report.ok ? colours.green('verified') : colours.red('does NOT verify');
  const signers = report.signers.map(({ name, keyId, trusted, checkpoints }) => {
    const mark = trusted ? colours.green('trusted') : colours.red('not trusted');
    return `  signed by ${name} (key ${keyId}, ${mark}), ${plural(checkpoints, 'checkpoint')}`;
  });
  const findings = report.findings.map(findingText);
  const more = report.findingsLeftOut > 0 ? [`  … and ${report.findingsLeftOut} more`] : [];
  const blobs =
    report.blobs.cited > 0
      ? [
          `  ${plural(report.blobs.cited, 'blob')} cited, ${report.blobs.missing} missing, ${report.blobs.altered} altered`,
        ]
      : [];
  return [
    `${relative(process.cwd(), directory) || directory}: ${verdict}, ${coverage(report)}`,
    ...signers,
    ...blobs,
    ...findings,
    ...more,
  ].join('\n');
}

function findingText({ severity, message, file, offsetBytes, index, code }: Finding): string {
  const paint = severity === 'error' ? colours.red : colours.yellow;
  return `  ${paint(severity)}: ${message}  ${colours.dim(`entry ${index}, ${file} at byte ${offsetBytes} [${code}]`)}`;
}
