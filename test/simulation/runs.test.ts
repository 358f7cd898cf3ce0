/** The recorded runs of a workspace as they lie on disk. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { findRun, runDirectory, runIds } from '../../server/io/runs/index.ts';
import { temporaryFolder } from './folders.ts';

test('the newest run is the one that began last, within a second too', async () => {
  const root = await temporaryFolder();
  const begun = ['20260314-091502-mail-ffff', '20260314-091502-mail-0000', '20260314-091502-bank-7777'];
  for (const id of ['20260314-091503-mail-0001', ...begun, '20260314-091501-mail-9999']) {
    mkdirSync(join(runDirectory(root, id), 'ledger'), { recursive: true });
    // File systems tell such times to a few milliseconds.
    await sleep(20);
  }
  expect(runIds(root)).toEqual(['20260314-091503-mail-0001', ...begun.toReversed(), '20260314-091501-mail-9999']);
  expect(findRun(root, 'latest')).toEqual({ ok: true, value: runDirectory(root, '20260314-091503-mail-0001') });
});
