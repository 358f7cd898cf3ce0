/** A client in a process of its own, for tests that kill it: says who it is, writes `ready`, and never answers. */
import { connectHost } from '../../../server/io/host-client/index.ts';
import { programs } from './workspace.ts';

const [workspaceRoot = '', name = ''] = process.argv.slice(2);
const connected = await connectHost({ workspaceRoot, start: false, client: 'test', programPath: programs.host });
if (!connected.ok) throw new Error(connected.error.message);
await connected.value.request('questions/watch', { person: { name } });
process.stdout.write('ready\n');
