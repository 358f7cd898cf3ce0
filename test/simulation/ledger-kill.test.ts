/** A writing process is killed with SIGKILL again and again: every entry that it acknowledged is there afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEntries, verifyLedgerDirectory } from '../../server/io/ledger/index.ts';
import { signer } from '../engine/ledger/ledgers.ts';
import { temporaryFolder } from './folders.ts';

/** Runs the writer until it has acknowledged `count` entries, kills it at once, and gives all that it acknowledged. */
async function writeAndKill(folder: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-kill-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.split('\n').length > count) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  return text.split('\n').slice(0, -1);
}

test('kill -9', { timeout: 120_000 }, async () => {
  const folder = join(await temporaryFolder(), 'ledger');
  const acknowledged: string[] = [];
  for (const count of [1, 40, 7, 200, 90, 13, 350, 60]) {
    acknowledged.push(...(await writeAndKill(folder, count)));
    const report = await verifyLedgerDirectory(folder, { trustedKeys: [signer] });
    expect(report.findings.filter(({ severity, code }) => severity === 'error' && code !== 'unsigned')).toEqual([]);
  }
  const steps = new Map<number, number>();
  for await (const entry of readEntries(folder)) if (entry.type === 'observation') steps.set(entry.index, entry.step);
  expect(acknowledged.length).toBeGreaterThan(700);
  for (const line of acknowledged) {
    const [index, step] = line.split(' ').map(Number);
    expect(steps.get(index ?? -1)).toBe(step);
  }
});
