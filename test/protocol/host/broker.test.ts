/** The budgets of a workspace over the host's socket: shared with runs, given back by those who die, kept over the host's own death. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { budgetsOver, connectHost, type HostConnection } from '../../../server/io/host-client/index.ts';
import { readEntries } from '../../../server/io/ledger/index.ts';
import { attach, isAlive, runToEnd, use, workspace } from './client.ts';
import { programs } from './workspace.ts';

const policy = (budgets: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  default: allow\n  budgets: ${budgets}\n`;
const usd = (limit: number, more = '') => policy(`[{ id: all, unit: usd, limit: ${limit}, per: workspace${more} }]`);

/** How long anything may take on a busy machine. */
const patience = { timeout: 20_000 };

async function stateOf(host: HostConnection, budget = 'open/all') {
  const found = (await budgetsOver(host).list()).budgets.find((one) => one.budget === budget);
  if (found === undefined) throw new Error(`there is no \`${budget}\``);
  const { limit, reserved, spent, left } = found;
  return { limit, reserved, spent, left };
}

async function kill(host: HostConnection): Promise<void> {
  process.kill(host.status.pid, 'SIGKILL');
  await vi.waitFor(() => expect(isAlive(host.status.pid)).toBe(false), patience);
}

test('runs and programs outside draw from the same budget, and neither is forgotten', async () => {
  use({ tasks: 3, policy: usd(1.2) });
  const host = await attach();
  const held = await budgetsOver(host).reserve('open/all', 600_000);
  if (!held.ok) throw new Error(held.error.message);
  // 0.50 each: one fits beside what is held.
  expect((await runToEnd(host)).summary.counts).toEqual({ passed: 1, failed: 2 });
  expect(await stateOf(host)).toEqual({ limit: 1_200_000, reserved: 600_000, spent: 500_000, left: 100_000 });
  expect(await budgetsOver(host).reserve('open/all', 100_001)).toMatchObject({
    ok: false,
    error: { kind: 'exhausted', message: '`open/all` has $0.10 of $1.20 left, this takes $0.100001' },
  });
  expect(await held.value.settle(50_000)).toEqual({ ok: true, value: 'settled' });
  await kill(host);
  const next = await attach();
  expect(await stateOf(next)).toEqual({ limit: 1_200_000, reserved: 0, spent: 550_000, left: 650_000 });
  expect((await runToEnd(next)).summary.counts).toEqual({ passed: 1, failed: 2 });
});

test('a host that is killed in the middle of a run forgets nothing of what the run had done', async () => {
  const calls = policy('[{ id: all, unit: calls, limit: 100000, per: workspace }]');
  use({ tasks: 200, tempers: ['endless'], policy: calls });
  const host = await attach();
  await host.request('runs/watch', {});
  const far = new Promise<void>((resolve) => {
    host.onRunChanged(({ summary }) => (summary.counts.failed ?? 0) > 3 && resolve());
  });
  const started = await host.request('run/start', { experimentPath: workspace.experiment, env: {} });
  if (!started.started) throw new Error(started.refused.message);
  await far;
  await kill(host);
  let allowed = 0;
  for await (const entry of readEntries(join(started.summary.directory, 'ledger')))
    if (entry.type === 'decision' && entry.decision.final === 'allow') allowed++;
  expect(allowed).toBeGreaterThan(30);
  const runs = join(workspace.root, '.assay/runs');
  renameSync(runs, `${runs}-away`);
  const next = await attach();
  const why = `the ledger of run \`${started.summary.run}\`, which has begun in this workspace, is gone`;
  await expect(stateOf(next)).rejects.toThrow(why);
  const again = await next.request('run/start', { experimentPath: workspace.experiment, env: {} });
  expect(again).toMatchObject({ started: false, refused: { message: expect.stringContaining(why) } });
  renameSync(`${runs}-away`, runs);
  expect(await stateOf(next)).toMatchObject({ reserved: 0, spent: allowed });
  // Recorded by now, and not counted twice.
  await kill(next);
  expect(await stateOf(await attach())).toMatchObject({ reserved: 0, spent: allowed });
});

test('a lease ends once, and only by the connection that holds it', async () => {
  use({ policy: usd(1) });
  const [host, other] = [await attach(), await attach()];
  const [mine, whole] = await Promise.all([10, 20].map((amount) => budgetsOver(host).reserve('open/all', amount)));
  if (!mine?.ok || !whole?.ok) throw new Error('both fit');
  const end = async (connection: HostConnection, lease: string, spent: number) =>
    (await connection.request('budgets/end', { ends: [{ lease, spent }] }))[0];
  expect(await end(other, mine.value.id, 5)).toMatchObject({ refused: { kind: 'unknown-lease' } });
  expect(await end(host, mine.value.id, 11)).toMatchObject({ refused: { kind: 'too-much' } });
  expect(await end(host, mine.value.id, 0.5)).toMatchObject({ refused: { kind: 'invalid' } });
  expect(await mine.value.release()).toEqual({ ok: true, value: 'released' });
  expect(await mine.value.settle()).toEqual({ ok: true, value: 'ended-before' });
  expect(await whole.value.settle()).toEqual({ ok: true, value: 'settled' });
  expect(await stateOf(host)).toMatchObject({ reserved: 0, spent: 20 });

  // What a connection holds goes back with it, and is no longer anybody's to settle.
  const lost = await budgetsOver(other).reserve('open/all', 30);
  if (!lost.ok) throw new Error('it fits');
  expect(await stateOf(host)).toMatchObject({ reserved: 30 });
  other.dispose();
  await vi.waitFor(async () => expect(await stateOf(host)).toMatchObject({ reserved: 0 }), patience);
  expect(await end(host, lost.value.id, 30)).toMatchObject({
    refused: { kind: 'unknown-lease', message: expect.stringContaining('what it held went back; reserve anew') },
  });
});

test('what is no request for a budget is refused, each for itself', async () => {
  use({ policy: usd(1) });
  const host = await attach();
  const ask = async (wanted: unknown) => await host.request('budgets/reserve', { wanted: wanted as never });
  const all = (amount: unknown) => ({ budget: 'open/all', amount });
  expect(await ask([{ budget: 'open/none', amount: 1 }, ...[0.5, -1, 0, 2 ** 53, '7', null].map(all), all(1)])).toEqual(
    [
      { refused: { kind: 'unknown-budget', message: expect.stringContaining('there are `open/all`') } },
      ...['0.5', '-1', '0', '9007199254740992', '7', 'null'].map((amount) => ({
        refused: { kind: 'invalid', message: `\`${amount}\` is no amount; give a whole number of units from 1` },
      })),
      { lease: expect.any(String) },
    ],
  );
  expect(await ask([all(2), { budget: 7, amount: 1 }, { amount: 1 }])).toMatchObject([
    { lease: expect.any(String) },
    ...['7', 'undefined'].map((budget) => ({
      refused: { kind: 'unknown-budget', message: expect.stringContaining(`there is no budget \`${budget}\``) },
    })),
  ]);
  expect(await stateOf(host)).toMatchObject({ reserved: 3 });
  // Of the whole message nothing is held: no answer would name what was.
  const unspeakable = { toString: null, valueOf: null };
  for (const wanted of ['all', [null], new Array(10_001).fill(all(1)), [all(1), all(unspeakable)]])
    expect(await ask(wanted)).toEqual([
      { refused: { kind: 'invalid', message: expect.stringContaining('give a list') } },
    ]);
  expect(await stateOf(host)).toMatchObject({ reserved: 3 });
});

test('whatever a client calls itself, what it spends is recorded', async () => {
  use({ policy: usd(1) });
  await attach();
  for (const client of ['\ud800', '', null, 'x'.repeat(2 ** 20)]) {
    const connected = await connectHost({
      workspaceRoot: workspace.root,
      start: false,
      client: client as string,
      programPath: programs.host,
    });
    if (!connected.ok) throw new Error(connected.error.message);
    const held = await budgetsOver(connected.value).reserve('open/all', 10);
    expect(held.ok && (await held.value.settle())).toEqual({ ok: true, value: 'settled' });
    connected.value.dispose();
  }
  const recorded = [];
  for await (const entry of readEntries(join(workspace.root, '.assay', 'ledger')))
    if (entry.type === 'budget-settled') recorded.push(entry.client);
  expect(recorded).toEqual(['\ufffd', 'unnamed', 'unnamed', 'x'.repeat(200)]);
});

test('a policy with faults is told, a limit that was raised counts from the next connection on, and what is spent stays', async () => {
  use({ policy: usd(0.00001, ', window: 400d') });
  const host = await attach();
  const lease = await budgetsOver(host).reserve('open/all', 10);
  expect(lease.ok && (await lease.value.settle())).toEqual({ ok: true, value: 'settled' });
  workspace.write('open.policy.yaml', usd(0.00002, ', window: 400d'));
  workspace.write('other.policy.yaml', usd(-1).replace('name: open', 'name: other'));
  const other = await attach();
  const { budgets, problems } = await budgetsOver(other).list();
  expect(budgets).toMatchObject([
    { budget: 'open/all', limit: 20, spent: 10, left: 10, window: { sizeMs: 34_560_000_000 } },
  ]);
  expect(problems).toMatchObject([{ path: expect.stringContaining('other.policy.yaml'), line: 6 }]);
  const more = await budgetsOver(other).reserve('open/all', 10);
  expect(more.ok).toBe(true);
  expect(await budgetsOver(host).reserve('open/all', 1)).toMatchObject({ ok: false, error: { kind: 'exhausted' } });
});

const perWorkspace = (limit: number) => usd(limit, ', onExhausted: halt');

test('looking at budgets lifts no halt, nor does a new run: only a raised limit', async () => {
  // 0.50 each: the second halts the workspace, with 0.30 left.
  use({ tasks: 2, policy: perWorkspace(0.8) });
  const host = await attach();
  expect((await runToEnd(host)).summary.counts).toEqual({ passed: 1, halted: 1 });
  expect(await stateOf(host)).toMatchObject({ left: 300_000 });
  const ask = async (connection: HostConnection) => await budgetsOver(connection).reserve('open/all', 1);
  expect(await ask(host)).toMatchObject({ ok: false, error: { kind: 'halted' } });
  expect((await runToEnd(host)).summary.counts).toEqual({ halted: 2 });
  await kill(host);
  const next = await attach();
  await stateOf(next);
  expect(await ask(next)).toMatchObject({ ok: false, error: { kind: 'halted' } });
  workspace.write('open.policy.yaml', perWorkspace(1.2));
  await stateOf(next);
  expect(await ask(next)).toMatchObject({ ok: false, error: { kind: 'halted' } });
  expect((await runToEnd(next)).summary.counts).toEqual({ passed: 1, halted: 1 });
});

test('a second policy of the same name gives nothing out and lifts no halt', async () => {
  use({ tasks: 2, policy: perWorkspace(0.8) });
  const host = await attach();
  expect((await runToEnd(host)).summary.counts).toEqual({ passed: 1, halted: 1 });
  workspace.write('z/open.policy.yaml', perWorkspace(100));
  const { budgets, problems } = await budgetsOver(host).list();
  expect(budgets).toEqual([]);
  expect(problems.map(({ path, code }) => [path.replace(workspace.root, ''), code])).toEqual([
    ['/open.policy.yaml', 'budget/ambiguous-policy'],
    ['/z/open.policy.yaml', 'budget/ambiguous-policy'],
  ]);
  const refused = {
    message: expect.stringContaining('`open.policy.yaml` and `z/open.policy.yaml` are both called `open`'),
  };
  expect(await budgetsOver(host).reserve('open/all', 1)).toMatchObject({ ok: false, error: refused });
  rmSync(join(workspace.root, 'z/open.policy.yaml'));
  expect(await budgetsOver(host).reserve('open/all', 1)).toMatchObject({ ok: false, error: { kind: 'halted' } });
});

test('what does not fit in a budget that halts ends the workspace, for runs too and over a restart', async () => {
  use({ tasks: 1, policy: perWorkspace(0.8) });
  const host = await attach();
  const { budgets, halts } = await budgetsOver(host).list();
  expect([budgets.length, halts]).toEqual([1, []]);
  const refusals = await host.request('budgets/reserve', {
    wanted: [900_000, 1].map((amount) => ({ budget: 'open/all', amount })),
  });
  expect(refusals).toMatchObject([
    {
      refused: { kind: 'exhausted', message: expect.stringMatching(/this takes \$0\.90, which halts the workspace$/) },
    },
    { refused: { kind: 'halted' } },
  ]);
  expect((await runToEnd(host)).summary.counts).toEqual({ halted: 1 });
  await kill(host);
  const next = await attach();
  expect((await budgetsOver(next).list()).halts).toMatchObject([
    { budget: 'open/all', message: '`all` has $0.80 of $0.80 left, this action takes $0.90', isLiftedNext: false },
  ]);
  const recorded = [];
  for await (const entry of readEntries(join(workspace.root, '.assay', 'ledger'))) recorded.push(entry);
  expect(recorded).toMatchObject([
    { type: 'budget-halted', client: 'test', cause: { id: 'all', effect: 'halt' } },
    { type: 'run-opened' },
    { type: 'run-counted', counts: { steps: 1 }, charges: [] },
  ]);
  workspace.write('open.policy.yaml', perWorkspace(1));
  expect((await budgetsOver(next).list()).halts).toMatchObject([{ budget: 'open/all', isLiftedNext: true }]);
  expect((await runToEnd(next)).summary.counts).toEqual({ passed: 1 });
  expect((await budgetsOver(next).list()).halts).toEqual([]);
});

test('a host of another session is kept out', async () => {
  use({ policy: usd(1) });
  const first = await attach();
  await budgetsOver(first).list();
  vi.stubEnv('XDG_RUNTIME_DIR', join(workspace.root, '..'));
  const second = await attach();
  expect(second.status.pid).not.toBe(first.status.pid);
  const refused = await second.request('run/start', { experimentPath: workspace.experiment, env: {} });
  expect(refused).toMatchObject({ started: false, refused: { message: expect.stringContaining('another session') } });
  expect(await budgetsOver(second).reserve('open/all', 1)).toMatchObject({ error: { kind: 'unavailable' } });
});

/** Reserves, settles and releases at random, says what was acknowledged, and goes on until it is killed. */
function startSpender(seed: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'broker-client.ts'), workspace.root, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = { asked: 0, acknowledged: 0 };
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [word, amount] = line.split(' ');
      if (word === 'asked') said.asked += Number(amount);
      if (word === 'done') said.acknowledged += Number(amount);
    }
  });
  return { child, said, closed: once(child, 'close') };
}

test('whoever is killed, whenever: nothing leaks, nothing acknowledged is lost, and the limit holds', {
  timeout: 60_000,
}, async () => {
  use({ policy: usd(0.9) });
  const host = await attach();
  await budgetsOver(host).list();
  const spenders = [];
  for (let wave = 0; wave < 3; wave++) {
    const running = Array.from({ length: 3 }, (_, at) => startSpender(wave * 3 + at));
    spenders.push(...running);
    for (const one of running) {
      await vi.waitFor(() => expect(one.said.acknowledged).toBeGreaterThan(wave < 2 ? 0 : -1), patience);
      const { limit, reserved, spent, left } = await stateOf(host);
      expect(reserved + spent + left).toBe(limit);
      one.child.kill('SIGKILL');
    }
    await Promise.all(running.map(({ closed }) => closed));
    await vi.waitFor(async () => expect(await stateOf(host)).toMatchObject({ reserved: 0 }), patience);
    const { spent, limit } = await stateOf(host);
    expect(spent).toBeGreaterThanOrEqual(spenders.reduce((sum, { said }) => sum + said.acknowledged, 0));
    expect(spent).toBeLessThanOrEqual(
      Math.min(
        limit,
        spenders.reduce((sum, { said }) => sum + said.asked, 0),
      ),
    );
  }
  // Kill the host while somebody spends: what was acknowledged is there afterwards.
  const { spent } = await stateOf(host);
  const last = startSpender(99);
  await vi.waitFor(() => expect(last.said.acknowledged).toBeGreaterThan(0), patience);
  await kill(host);
  last.child.kill('SIGKILL');
  await last.closed;
  const next = await attach();
  const after = await stateOf(next);
  expect(after.reserved).toBe(0);
  expect(after.spent).toBeGreaterThanOrEqual(spent + last.said.acknowledged);
  expect(after.spent).toBeLessThanOrEqual(spent + last.said.asked);
  let recorded = 0;
  for await (const entry of readEntries(join(workspace.root, '.assay', 'ledger')))
    if (entry.type === 'budget-settled') recorded += entry.charges.reduce((sum, { amount }) => sum + amount, 0);
  expect(recorded).toBe(after.spent);
});
