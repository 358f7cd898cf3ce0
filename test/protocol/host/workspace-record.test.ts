/** What becomes one entry of the workspace's ledger, and what does not: spending of one client, budget and window. */
import { describe, expect, test } from 'vitest';
import { type Budgeted, type Taking, Tally } from '../../../server/engine/budget/index.ts';
import type { EntryBody, LedgerWriter } from '../../../server/engine/ledger/index.ts';
import { WorkspaceRecord } from '../../../server/host/workspace-record.ts';

const hourMs = 3_600_000;
const hourly: Budgeted = { budget: 'p/sends', per: 'workspace', unit: 'calls', windowMs: hourMs };
const forGood: Budgeted = { budget: 'p/spend', per: 'workspace', unit: 'usd', windowMs: null };

const taking = (of: Budgeted, amount: number, nowMs = 0): Taking => {
  const tally = new Tally(of);
  tally.advance(nowMs);
  return { tally, amount };
};

/** Ledgers that keep what is appended; those of `faulty` numbers cannot be written. */
function ledgers(faulty: readonly number[] = []) {
  const written: EntryBody[] = [];
  let opened = 0;
  const reopen = async () => {
    const number = opened++;
    const writer = {
      append: async (body: EntryBody) => {
        if (faulty.includes(number)) throw new Error('the disk is full');
        written.push(body);
      },
      close: async () => {},
    };
    return writer as unknown as LedgerWriter;
  };
  return { written, reopen, opened: () => opened };
}

const settled = (written: readonly EntryBody[]) =>
  written.flatMap((body) =>
    body.type === 'budget-settled'
      ? [[body.client, body.settled, body.charges.map(({ budget, amount, window }) => [budget, amount, window])]]
      : [],
  );

describe('what is settled together', () => {
  test('is one entry for each client, summed by budget', async () => {
    const { written, reopen } = ledgers();
    const record = new WorkspaceRecord(reopen);
    await Promise.all([
      record.settle('a', [taking(hourly, 1), taking(forGood, 500)], 1_000),
      record.settle('b', [taking(hourly, 1)], 1_000),
      record.settle('a', [taking(hourly, 2)], 1_000),
    ]);
    expect(settled(written)).toEqual([
      [
        'a',
        2,
        [
          ['p/sends', 3, 0],
          ['p/spend', 500, undefined],
        ],
      ],
      ['b', 1, [['p/sends', 1, 0]]],
    ]);
  });

  test('over the edge of a window stays in the windows that it was spent in', async () => {
    const { written, reopen } = ledgers();
    const record = new WorkspaceRecord(reopen);
    await Promise.all([
      record.settle('a', [taking(hourly, 1, hourMs - 1)], 9),
      record.settle('a', [taking(hourly, 4, hourMs)], 9),
      record.settle('a', [taking(hourly, 2, hourMs - 1)], 9),
    ]);
    expect(settled(written)).toEqual([
      [
        'a',
        3,
        [
          ['p/sends', 3, 0],
          ['p/sends', 4, 1],
        ],
      ],
    ]);
  });

  test('of budgets that share a name but no unit or window stays apart', async () => {
    const { written, reopen } = ledgers();
    const record = new WorkspaceRecord(reopen);
    const daily: Budgeted = { ...hourly, windowMs: 24 * hourMs };
    await Promise.all([
      record.settle('a', [taking(hourly, 1)], 9),
      record.settle('a', [taking(daily, 2)], 9),
      record.settle('a', [taking({ ...hourly, unit: 'steps' }, 3)], 9),
    ]);
    expect(settled(written)).toEqual([
      [
        'a',
        3,
        [
          ['p/sends', 1, 0],
          ['p/sends', 2, 0],
          ['p/sends', 3, 0],
        ],
      ],
    ]);
  });

  test('is no more than what was spent, of each settlement by itself', async () => {
    const { written, reopen } = ledgers();
    const record = new WorkspaceRecord(reopen);
    await Promise.all([
      record.settle('a', [taking(forGood, 500)], 200),
      record.settle('a', [taking(forGood, 100)], 300),
    ]);
    expect(settled(written)).toEqual([['a', 2, [['p/spend', 300, undefined]]]]);
  });
});

test('what cannot be written is told to all whose entries were in it, and the next is written to a ledger opened anew', async () => {
  const { written, reopen, opened } = ledgers([0]);
  const record = new WorkspaceRecord(reopen);
  const first = await Promise.allSettled([
    record.settle('a', [taking(forGood, 1)], 9),
    record.settle('b', [taking(forGood, 2)], 9),
  ]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await record.settle('a', [taking(forGood, 3)], 9);
  expect([settled(written), opened()]).toEqual([[['a', 1, [['p/spend', 3, undefined]]]], 2]);
  await record.close();
});
