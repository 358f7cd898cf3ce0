/** `assay host`: looks at the background host of a workspace, or ends it. */
import { Command } from 'commander';
import { stopHost } from '../io/host-client/index.ts';
import { findWorkspaceRoot } from '../io/workspace/index.ts';
import { presentHost } from './host-connection.ts';
import { plural } from './terminal.ts';
import { workspaceOption } from './workspace.ts';

export function hostCommands(): Command {
  const host = new Command('host').description('look at or end the background process that runs experiments');
  host
    .command('status')
    .description('say whether a host is running for this workspace, and what it does')
    .addOption(workspaceOption())
    .option('--json', 'print JSON')
    .action(async ({ workspace, json }: { workspace: string; json?: boolean }) => {
      const connection = await presentHost(findWorkspaceRoot(workspace));
      const status = connection?.status ?? null;
      connection?.dispose();
      if (json) process.stdout.write(`${JSON.stringify(status)}\n`);
      else if (status === null)
        process.stdout.write('No host is running for this workspace. `assay run` starts one.\n');
      else {
        const runs = status.activeRuns.length > 0 ? `running ${status.activeRuns.join(', ')}` : 'idle';
        const memory = `${Math.round(status.residentBytes / 1048576)} MB`;
        process.stdout.write(
          `Host ${status.version}, process ${status.pid}, for ${status.workspaceRoot}: ${runs}; ${plural(status.workers, 'worker')}, ${memory}\n`,
        );
      }
    });
  host
    .command('stop')
    .description('end the host when its runs are done')
    .addOption(workspaceOption())
    .option('--cancel', 'cancel what is running instead of waiting for it')
    .action(async ({ workspace, cancel }: { workspace: string; cancel?: boolean }) => {
      const connection = await presentHost(findWorkspaceRoot(workspace));
      if (connection === null) {
        process.stdout.write('No host is running for this workspace.\n');
        return;
      }
      await stopHost(connection, cancel ?? false);
      process.stdout.write('The host has stopped.\n');
    });
  return host;
}
