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

/** The host of the workspace; null where none runs. Throws a `CommandFailure` where there is one that does not answer. */
export async function presentHost(workspaceRoot: string): Promise<HostConnection | null> {
  const found = await connectHost({
    workspaceRoot,
    start: false,
    client: 'cli',
    version,
    programPath: programPath('host'),
  });
  if (!found.ok && found.error.kind === 'silent') throw new CommandFailure(exitCodes.environment, found.error.message);
  return found.ok ? found.value : null;
}

/** What the host of the workspace says, which alone knows what goes on; where none runs, or it cannot say, what files say. */
export async function askHost<T>(
  workspaceRoot: string,
  ofHost: (host: HostConnection) => Promise<T>,
  ofFiles: () => Promise<T>,
): Promise<T> {
  const host = await presentHost(workspaceRoot).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`${error.message}; this is what the files of its runs say\n`);
    return null;
  });
  if (host === null) return await ofFiles();
  try {
    return await ofHost(host);
  } catch {
    return await ofFiles();
  } finally {
    host.dispose();
  }
}
