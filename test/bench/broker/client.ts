/** One of those who share a budget: told how many reservations to make and how many at a time, it makes them and says when it is done. */
import { budgetsOver, connectHost } from '../../../server/io/host-client/index.ts';

export interface Task {
  readonly reservations: number;
  readonly atOnce: number;
  /** Whether what was reserved is spent, and so recorded, or given back. */
  readonly spend: boolean;
}

const [workspaceRoot = '', programPath = ''] = process.argv.slice(2);
const connected = await connectHost({ workspaceRoot, start: false, client: 'bench', programPath });
if (!connected.ok) throw new Error(connected.error.message);
const budgets = budgetsOver(connected.value);
await budgets.list();

async function one(spend: boolean): Promise<void> {
  const reserved = await budgets.reserve('bench/calls', 1);
  if (!reserved.ok) throw new Error(reserved.error.message);
  const ended = await (spend ? reserved.value.settle() : reserved.value.release());
  if (!ended.ok) throw new Error(ended.error.message);
}

process.on('message', async ({ reservations, atOnce, spend }: Task) => {
  const before = process.cpuUsage();
  let left = reservations;
  const lane = async () => {
    while (left-- > 0) await one(spend);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpuMs: (user + system) / 1000 });
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
