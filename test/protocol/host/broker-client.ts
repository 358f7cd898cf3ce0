/** A program that shares a budget: reserves, settles and releases at random, prints what it asks and what is acknowledged, until it is killed. */
import { writeSync } from 'node:fs';
import { seededRandom } from '../../../server/engine/experiment/index.ts';
import { budgetsOver, connectHost } from '../../../server/io/host-client/index.ts';
import { programs } from './workspace.ts';

const [root = '', seed = '0'] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const connected = await connectHost({ workspaceRoot: root, start: false, client: 'test', programPath: programs.host });
if (!connected.ok) throw new Error(connected.error.message);
const budgets = budgetsOver(connected.value);

async function spend(): Promise<void> {
  const amount = 1 + Math.floor(random() * 40);
  const reserved = await budgets.reserve('open/all', amount);
  if (!reserved.ok) return;
  const spent = Math.floor(random() * (amount + 1));
  if (random() < 0.3) await reserved.value.release();
  else {
    writeSync(1, `asked ${spent}\n`);
    if ((await reserved.value.settle(spent)).ok) writeSync(1, `done ${spent}\n`);
  }
}

try {
  for (;;) await Promise.all(Array.from({ length: 16 }, spend));
} catch {
  // The host is gone.
  process.exit(0);
}
