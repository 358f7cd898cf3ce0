/** What a workspace has spent is what its ledgers say, whatever becomes of the file that sums them up and whenever a host dies. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool, Tally } from '../../server/engine/budget/index.ts';
import { Recount } from '../../server/engine/kernel/index.ts';
import type { EntryBody, LedgerEntry, LedgerWriter } from '../../server/engine/ledger/index.ts';
import { Settlements } from '../../server/host/settlements.ts';
import { openLedger } from '../../server/io/ledger/index.ts';
import { openWorkspaceCounts, type WorkspaceCounts, workspaceLedger } from '../../server/io/workspace-counts.ts';
import {
  decision,
  HandClock,
  observation,
  origin,
  signer,
  signerOf,
  trialFinished,
  trialId,
  trialStarted,
} from '../engine/ledger/ledgers.ts';
import { temporaryFolder } from './folders.ts';

const charge = (amount: number) => ({ budget: 'p/all', per: 'workspace' as const, unit: 'calls' as const, amount });
const ledgerOf = (root: string, run: number) => join(root, '.assay', 'runs', `run-${run}`, 'ledger');
const options = () => ({ clock: new HandClock(), signer, origin });

/** Attempts at one trial so far; each has entries of its own, as in a run that is resumed. */
type Attempts = Map<number, number>;

/** One trial that spends `amounts`, the last of them perhaps cut off; gives what is in the ledger. */
function trial(run: number, attempts: Attempts, amounts: readonly number[], isCutOff: boolean): EntryBody[] {
  const attempt = (attempts.get(run) ?? 0) + 1;
  attempts.set(run, attempt);
  const id = trialId(run);
  const bodies: EntryBody[] = [trialStarted(id, attempt)];
  for (const [step, amount] of amounts.entries()) {
    bodies.push({ ...decision(id, step), attempt, charges: [charge(amount)] } as EntryBody);
    if (!isCutOff || step < amounts.length - 1) bodies.push({ ...observation(id, step), attempt } as EntryBody);
  }
  if (!isCutOff) bodies.push({ ...trialFinished(id), attempt } as EntryBody);
  return bodies;
}

async function write(directory: string, bodies: readonly EntryBody[]): Promise<{ recount: Recount; entries: number }> {
  const { writer } = await openLedger(directory, options());
  const recount = new Recount();
  for (const body of bodies) {
    const index = await writer.append(body);
    recount.add({ ...body, v: 1, index, prev: '', atMs: 1_790_000_000_000 } as LedgerEntry);
  }
  await writer.close();
  return { recount, entries: writer.size };
}

const open = (root: string, warn: (message: string) => void = () => {}) => openWorkspaceCounts(root, { warn, signer });
const spentOf = ({ workspace }: WorkspaceCounts): number =>
  workspace.snapshot().tallies.reduce((sum, { spent }) => sum + spent, 0);

type Event =
  | {
      readonly do: 'run';
      readonly run: number;
      readonly amounts: number[];
      readonly end: 'over' | 'killed' | 'cut off';
    }
  | { readonly do: 'outside'; readonly amount: number }
  | { readonly do: 'damage'; readonly how: 'lose' | 'tear' | 'empty' | 'bring back' | 'other form' | 'refill' };
const amounts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      run: fc.nat(2),
      amounts,
      end: fc.constantFrom('over' as const, 'killed' as const, 'cut off' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outside' as const), amount: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('damage' as const),
      how: fc.constantFrom(
        'lose' as const,
        'tear' as const,
        'empty' as const,
        'bring back' as const,
        'other form' as const,
        'refill' as const,
      ),
    }),
  },
);

/** As if nothing had been spent yet. */
const refilled = (text: string): string => text.replace(/\\"tallies\\":\[[^\]]*\]/, '\\"tallies\\":[]');

function damage(path: string, how: Extract<Event, { do: 'damage' }>['how']): void {
  if (!existsSync(path)) return;
  if (how === 'lose') rmSync(path);
  if (how === 'tear') truncateSync(path, Math.floor(readFileSync(path).length / 2));
  if (how === 'empty') truncateSync(path, 0);
  if (how === 'other form') writeFileSync(path, '{"version":2,"runs":{"run-0":{}},"sums":null}');
  if (how === 'refill') writeFileSync(path, refilled(readFileSync(path, 'utf8')));
  if (how === 'bring back' && existsSync(`${path}.old`)) copyFileSync(`${path}.old`, path);
  else if (existsSync(path)) copyFileSync(path, `${path}.old`);
}

test('sums that are lost, torn or old, and hosts that die: what was spent is what the ledgers say', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 10 }), async (events) => {
      const root = await temporaryFolder();
      const path = join(root, '.assay', 'counts.json');
      const attempts: Attempts = new Map();
      let expected = 0;
      let host = await open(root);
      for (const one of events) {
        if (one.do === 'damage') damage(path, one.how);
        else if (one.do === 'outside') {
          await write(workspaceLedger(root), [
            { type: 'budget-settled', client: 'test', settled: 1, charges: [charge(one.amount)] },
          ]);
          expected += one.amount;
        } else {
          const bodies = trial(one.run, attempts, one.amounts, one.end === 'cut off');
          const { recount, entries } = await write(ledgerOf(root, one.run), bodies);
          expected += one.amounts.reduce((sum, amount) => sum + amount, 0);
          if (one.end === 'over') host.keep({ run: `run-${one.run}`, entries, counts: recount.workspace });
        }
        // The next host knows nothing but the files.
        host = await open(root);
        expect(spentOf(host)).toBe(expected);
      }
    }),
    { numRuns: 40 },
  );
});

test('a person is told why ledgers are read again, and of a ledger that cannot be', async () => {
  const root = await temporaryFolder();
  await write(ledgerOf(root, 1), trial(1, new Map(), [3, 4], false));
  expect(spentOf(await open(root))).toBe(7);
  const path = join(root, '.assay', 'counts.json');
  const [good, warnings] = [readFileSync(path), [] as string[]];
  writeFileSync(path, good.subarray(0, 30));
  const [segment] = (await readdir(ledgerOf(root, 1))).filter((name) => name.endsWith('.seg'));
  const bytes = readFileSync(join(ledgerOf(root, 1), segment ?? ''));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(join(ledgerOf(root, 1), segment ?? ''), bytes);
  await expect(open(root, (message) => warnings.push(message))).rejects.toThrow(
    /what run `run-1` has spent cannot be counted: entry \d+ .*move it away to leave it out/,
  );
  expect(warnings).toEqual([expect.stringMatching(/counts\.json` cannot be read .* is counted from their ledgers$/)]);
  // What was summed up before the damage need not be read.
  writeFileSync(path, good);
  expect(spentOf(await open(root))).toBe(7);
});

test('sums that somebody has altered, signed with another key, or brought from elsewhere are counted again, and that is told', async () => {
  const [root, other] = [await temporaryFolder(), await temporaryFolder()];
  await write(ledgerOf(root, 1), trial(1, new Map(), [3, 4], false));
  await open(root);
  await open(other).then((counts) => counts.save());
  const path = join(root, '.assay', 'counts.json');
  const good = readFileSync(path, 'utf8');
  const altered = {
    'is not what was signed with your key': refilled(good),
    'was made for': readFileSync(join(other, '.assay', 'counts.json'), 'utf8'),
  };
  for (const [why, text] of Object.entries(altered)) {
    expect(text).not.toBe(good);
    writeFileSync(path, text);
    const warnings: string[] = [];
    expect(spentOf(await open(root, (message) => warnings.push(message)))).toBe(7);
    expect(warnings).toEqual([expect.stringContaining(why)]);
    expect(readFileSync(path, 'utf8')).toBe(good);
  }
  const warnings: string[] = [];
  const stranger = signerOf('assay.local/stranger', 2);
  await openWorkspaceCounts(root, { signer: stranger, warn: (message) => warnings.push(message) });
  expect(spentOf(await open(root, (message) => warnings.push(message)))).toBe(7);
  expect(warnings).toHaveLength(2);
});

test('sums that cannot be written leave the last ones, and nothing is forgotten', async () => {
  const root = await temporaryFolder();
  const counts = await open(root);
  const { recount, entries } = await write(ledgerOf(root, 1), trial(1, new Map(), [3], false));
  const path = join(root, '.assay', 'counts.json');
  // Nothing can be renamed onto a folder.
  mkdirSync(path);
  appendFileSync(join(path, 'x'), '');
  expect(() => counts.keep({ run: 'run-1', entries, counts: recount.workspace })).toThrow();
  expect(await readdir(join(root, '.assay'))).toEqual(['counts.json', 'runs']);
  const warnings: string[] = [];
  expect(spentOf(await open(root, (message) => warnings.push(message)))).toBe(3);
  expect(warnings).toEqual([
    expect.stringContaining('cannot be read'),
    expect.stringContaining('could not be kept, and will be counted again'),
  ]);
});

test('a full disk refuses what is settled, and when there is room again the next is recorded', async () => {
  const tally = new Tally({ budget: 'p/all', per: 'workspace', unit: 'calls', windowMs: null });
  const pool = new Pool(100, tally);
  const take = (amount: number) => {
    const reserved = Pool.reserve([{ pool, amount }]);
    if (!reserved.ok) throw new Error('it fits');
    reserved.value.settle(amount);
    return reserved.value.takings;
  };
  const root = await temporaryFolder();
  let [isFull, opened] = [true, 0];
  const settlements = new Settlements(async () => {
    opened++;
    const { writer } = await openLedger(workspaceLedger(root), options());
    const append: LedgerWriter['append'] = (body) =>
      isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : writer.append(body);
    return { ...writer, size: 0, signedSize: 0, append, close: () => writer.close() };
  });
  const refused = await Promise.allSettled([settlements.add('a', take(5), 5), settlements.add('b', take(6), 6)]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isFull = false;
  await Promise.all([
    settlements.add('a', take(1), 1),
    settlements.add('b', take(8), 7),
    settlements.add('a', take(2), 2),
  ]);
  await settlements.close();
  expect(opened).toBe(2);
  // What was refused counts while this host lives: it was spent.
  expect(pool.spent).toBe(22);
  const entries: LedgerEntry[] = [];
  await openLedger(workspaceLedger(root), { ...options(), onEntry: (entry) => entries.push(entry) }).then(
    ({ writer }) => writer.close(),
  );
  expect(entries).toMatchObject([
    { type: 'budget-settled', client: 'a', settled: 2, charges: [{ amount: 3 }] },
    { type: 'budget-settled', client: 'b', settled: 1, charges: [{ amount: 7 }] },
  ]);
});
