/** What a workspace has spent is what its ledgers say, whichever of them are deleted afterwards and whenever a host dies. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool, Tally } from '../../server/engine/budget/index.ts';
import { Recount } from '../../server/engine/kernel/index.ts';
import { type EntryBody, encodeVkey, type LedgerEntry, type LedgerWriter } from '../../server/engine/ledger/index.ts';
import { WorkspaceRecord } from '../../server/host/workspace-record.ts';
import { nodeHash } from '../../server/io/keys/index.ts';
import { openLedger } from '../../server/io/ledger/index.ts';
import {
  countedEntry,
  openWorkspaceCounts,
  openWorkspaceLedger,
  type WorkspaceCounts,
  workspaceLedger,
} from '../../server/io/workspace-counts.ts';
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

const shared = () => ({ clock: new HandClock(), signer });
const open = (root: string) => openWorkspaceCounts(root, shared());
const spentIn = ({ workspace }: WorkspaceCounts): number =>
  workspace.snapshot().tallies.reduce((sum, { spent }) => sum + spent, 0);

/** What a host that starts now takes to be spent. */
async function spentOf(root: string): Promise<number> {
  const counts = await open(root);
  await counts.ledger.close();
  return spentIn(counts);
}

interface Run {
  readonly run: number;
  readonly amounts: readonly number[];
  /** `killed`: its host has died before it could record what the run had spent; `cut off`: in the middle of an action. */
  readonly end: 'over' | 'killed' | 'cut off';
}

/** A host that carries out a run, or goes on with it. */
async function play(root: string, { run, amounts, end }: Run, attempts: Attempts = new Map()): Promise<void> {
  const { ledger } = await open(root);
  await ledger.append({ type: 'run-opened', run: `run-${run}` });
  const { recount, entries } = await write(ledgerOf(root, run), trial(run, attempts, amounts, end === 'cut off'));
  if (end === 'over') await ledger.append(countedEntry({ run: `run-${run}`, entries, counts: recount.workspace }));
  await ledger.close();
}

async function settle(root: string, amount: number): Promise<void> {
  const { ledger } = await open(root);
  await ledger.append({ type: 'budget-settled', client: 'test', settled: 1, charges: [charge(amount)] });
  await ledger.close();
}

type Event =
  | ({ readonly do: 'run' } & Run)
  | { readonly do: 'settle'; readonly amount: number }
  | { readonly do: 'delete'; readonly run: number };
const amount = fc.integer({ min: 1, max: 9 });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      run: fc.nat(2),
      amounts: fc.array(amount, { minLength: 1, maxLength: 3 }),
      end: fc.constantFrom('over' as const, 'killed' as const, 'cut off' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const), amount }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), run: fc.nat(2) }) },
);

test('runs, hosts that die, and runs that are deleted once they are counted: what was spent stays spent', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 10 }), async (events) => {
      const root = await temporaryFolder();
      const attempts: Attempts = new Map();
      const deleted = new Set<number>();
      let expected = 0;
      for (const one of events) {
        if (one.do === 'delete') {
          rmSync(join(ledgerOf(root, one.run), '..'), { recursive: true, force: true });
          deleted.add(one.run);
        } else if (one.do === 'settle') {
          await settle(root, one.amount);
          expected += one.amount;
        } else if (!deleted.has(one.run)) {
          await play(root, one, attempts);
          expected += one.amounts.reduce((sum, each) => sum + each, 0);
        }
        // The next host knows nothing but the files.
        expect(await spentOf(root)).toBe(expected);
      }
    }),
    { numRuns: 40 },
  );
});

test('a run that has begun has to be there, whole, until it is counted', async () => {
  const root = await temporaryFolder();
  await play(root, { run: 1, amounts: [3, 4], end: 'over' });
  await settle(root, 1);
  await play(root, { run: 2, amounts: [2, 6], end: 'killed' });
  const [run, kept] = [join(ledgerOf(root, 2), '..'), join(root, 'kept')];
  renameSync(run, kept);
  await expect(open(root)).rejects.toThrow(/^the ledger of run `run-2`, which has begun in this workspace, is gone/);
  await expect(open(root)).rejects.toThrow(
    `bring \`${ledgerOf(root, 2)}\` back, or move \`${workspaceLedger(root)}\` away to count anew`,
  );
  mkdirSync(ledgerOf(root, 2), { recursive: true });
  await expect(open(root)).rejects.toThrow(/is gone/);

  const cut = async (sizeBytes: number) => {
    rmSync(run, { recursive: true });
    cpSync(kept, run, { recursive: true });
    const [segment = ''] = readdirSync(ledgerOf(root, 2)).filter((name) => name.endsWith('.seg'));
    truncateSync(join(ledgerOf(root, 2), segment), sizeBytes);
    await open(root);
  };
  await expect(cut(0)).rejects.toThrow(
    /^what run `run-2` has spent cannot be counted: \d entries were signed, and only 0/,
  );
  await expect(cut(1_000)).rejects.toThrow(/cannot be counted: entry \d is damaged/);
  rmSync(run, { recursive: true });
  renameSync(kept, run);
  expect(await spentOf(root)).toBe(16);
  rmSync(run, { recursive: true });
  expect(await spentOf(root)).toBe(16);
});

test('what was made before anything was recorded, or comes from elsewhere, is counted once', async () => {
  const root = await temporaryFolder();
  await write(ledgerOf(root, 1), trial(1, new Map(), [3, 4], false));
  expect([await spentOf(root), await spentOf(root)]).toEqual([7, 7]);
  const [segment = ''] = readdirSync(ledgerOf(root, 1)).filter((name) => name.endsWith('.seg'));
  const damage = (run: number) => {
    const path = join(ledgerOf(root, run), segment);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  // What is counted need not be read.
  damage(1);
  expect(await spentOf(root)).toBe(7);
  await write(ledgerOf(root, 2), trial(2, new Map(), [5], false));
  damage(2);
  const message = `repair \`${ledgerOf(root, 2)}\`, or move \`${ledgerOf(root, 2)}\` away to leave it out of the count`;
  await expect(open(root)).rejects.toThrow(message);
  renameSync(join(ledgerOf(root, 2), '..'), join(root, 'elsewhere'));
  expect(await spentOf(root)).toBe(7);
});

test('a record that somebody has altered is not believed, nor that of a stranger who is not trusted', async () => {
  const root = await temporaryFolder();
  await play(root, { run: 1, amounts: [3, 4], end: 'over' });
  const [segment = ''] = readdirSync(workspaceLedger(root)).filter((name) => name.endsWith('.seg'));
  const path = join(workspaceLedger(root), segment);
  const good = readFileSync(path);
  writeFileSync(path, good.toString('latin1').replace('"amount":7', '"amount":1'), 'latin1');
  await expect(open(root)).rejects.toThrow(/the ledger in `.*` cannot be continued: /);
  writeFileSync(path, good);
  const stranger = signerOf('assay.local/stranger', 2);
  const asStranger = () => openWorkspaceCounts(root, { clock: new HandClock(), signer: stranger });
  await expect(asStranger()).rejects.toThrow(/cannot be continued: /);
  mkdirSync(join(root, '.assay', 'trust'));
  writeFileSync(join(root, '.assay', 'trust', 'first.vkey'), `${encodeVkey(signer, nodeHash)}\n`);
  const counts = await asStranger();
  await counts.ledger.close();
  expect(spentIn(counts)).toBe(7);
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
  const record = new WorkspaceRecord(async () => {
    opened++;
    const writer = await openWorkspaceLedger(root, shared());
    const append: LedgerWriter['append'] = (body) =>
      isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : writer.append(body);
    return { ...writer, size: 0, signedSize: 0, append, close: () => writer.close() };
  });
  const refused = await Promise.allSettled([record.settle('a', take(5), 5), record.settle('b', take(6), 6)]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isFull = false;
  await Promise.all([record.settle('a', take(1), 1), record.settle('b', take(8), 7), record.settle('a', take(2), 2)]);
  await record.close();
  expect(opened).toBe(2);
  // What was refused counts while this host lives: it was spent.
  expect(pool.spent).toBe(22);
  const entries: LedgerEntry[] = [];
  await openWorkspaceLedger(root, shared(), (entry) => entries.push(entry)).then((writer) => writer.close());
  expect(entries).toMatchObject([
    { type: 'budget-settled', client: 'a', settled: 2, charges: [{ amount: 3 }] },
    { type: 'budget-settled', client: 'b', settled: 1, charges: [{ amount: 7 }] },
  ]);
});
