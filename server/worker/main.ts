/**
 * The program that runs one module of the user's, `worker agent|environment MODULE`, in a process of its own. The host
 * starts it, speaks to it on file descriptor 3 and kills it; it holds no rules and no records.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { serveAgent } from './agent.ts';
import { openChannel } from './channel.ts';
import { serveEnvironment } from './environment.ts';
import { describeError, fromWorkspace } from './user-error.ts';

type Factory = (context: unknown) => unknown;

const roles = {
  agent: { factory: 'createAgent', serve: serveAgent },
  environment: { factory: 'createEnvironment', serve: serveEnvironment },
} as const;

/** The factory `name` of the module at `path`, or why there is none. */
async function load(path: string, name: string): Promise<Factory | string> {
  const shown = `\`${fromWorkspace(path)}\``;
  if (!existsSync(path)) return `there is no file ${shown}; check the path of the module`;
  try {
    const module = await import(pathToFileURL(path).href);
    const factory = module[name] ?? module.default?.[name];
    if (typeof factory === 'function') return factory;
    const found = Object.keys(module).join(', ') || 'nothing';
    return `${shown} has no function \`${name}\` among its exports (it exports ${found}); add \`export function ${name}(…) { … }\``;
  } catch (error) {
    // Node alone knows the line of a syntax error, and tells it only when nobody catches it; the host reads it there.
    if (error instanceof SyntaxError) throw error;
    return `${shown} cannot be loaded: ${describeError(error)}`;
  }
}

const [role, path] = process.argv.slice(2);
if ((role !== 'agent' && role !== 'environment') || path === undefined) {
  console.error('this program is started by the assay host: worker agent|environment MODULE');
  process.exit(2);
}
// A flood can fill the system's buffers faster than the host counts it; how that ends is for the host to say, with the reason.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const channel = openChannel();
const factory = await load(path, roles[role].factory);
if (typeof factory === 'string') {
  channel.send({ jsonrpc: '2.0', method: 'worker/failed', params: { message: factory } });
} else {
  roles[role].serve(channel, factory);
  channel.send({ jsonrpc: '2.0', method: 'worker/ready' });
}
