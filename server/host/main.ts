/**
 * The host: a background process, one for each workspace, that runs experiments. Started by clients, found through its
 * note, gone when it has been idle for a while.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../io/clock.ts';
import { buildOf, hostPlaces, newToken, removeNote, writeNote } from '../io/host-client/index.ts';
import { version } from '../io/version.ts';
import { Broker } from './broker.ts';
import { type Lock, takeLock } from './lock.ts';
import { createRunRegistry } from './runs.ts';
import { serve } from './server.ts';
import { SharedCounts } from './shared-counts.ts';

const { values } = parseArgs({
  options: {
    'workspace-root': { type: 'string' },
    'idle-ms': { type: 'string', default: '60000' },
    'worker-path': { type: 'string' },
  },
});

async function main(): Promise<void> {
  const workspaceRoot = values['workspace-root'];
  if (workspaceRoot === undefined) throw new Error('`--workspace-root` is missing');
  const programPath = process.argv[1] ?? '';
  const build = buildOf(programPath);
  const places = hostPlaces(workspaceRoot);
  const lock = lockOrExplain(places.lock);
  // Another host was there first: the client that started this one will find it.
  if (lock === null) return;

  const token = newToken();
  const counts = new SharedCounts({ workspaceRoot, clock: systemClock });
  const broker = new Broker({ counts, clock: systemClock });
  const runs = createRunRegistry({ counts, workerPath: values['worker-path'] ?? besideUs('worker') });
  const leave = async (cancel: boolean): Promise<void> => {
    removeNote(places);
    await runs.close(cancel);
    await server.close();
    await counts.close();
    lock.release();
    process.exit(0);
  };
  const idleMs = Number(values['idle-ms']);
  const server = await serve({ places, token, version, workspaceRoot, runs, broker, idleMs, leave });
  writeNote(places, { pid: process.pid, socket: places.socket, token, version, build });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave(true));
}

/** Another program of Assay: beside this one when built, in its folder when run from sources. */
function besideUs(name: string): string {
  const built = join(import.meta.dirname, `${name}.mjs`);
  return existsSync(built) ? built : join(import.meta.dirname, '..', name, 'main.ts');
}

function lockOrExplain(path: string): Lock | null {
  try {
    return takeLock(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the host needs Node 22.13 or later with SQLite, and has ${process.version}: ${reason}; set \`assay.host.nodePath\` to a newer Node`,
    );
  }
}

// A fault in one request or run is answered there; whatever still comes up here is a bug, and must not end other runs.
process.on('unhandledRejection', (reason) => console.error('unhandled rejection:', reason));

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(3);
});
