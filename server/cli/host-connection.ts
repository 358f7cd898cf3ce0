/** The way from a command to the host of its workspace, which is started where none runs. */
import { connectHost, type HostConnection } from '../io/host-client/index.ts';
import { version } from '../io/version.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { programPath } from './programs.ts';

/** Throws a `CommandFailure` when there is no host and none can be started; says on stderr what it waits for. */
export async function hostOf(workspaceRoot: string): Promise<HostConnection> {
  const connected = await connectHost({
    workspaceRoot,
    start: true,
    client: 'cli',
    version,
    programPath: programPath('host'),
    onWaiting: (message) => process.stderr.write(`${message}\n`),
  });
  if (!connected.ok) throw new CommandFailure(exitCodes.environment, connected.error.message);
  return connected.value;
}
