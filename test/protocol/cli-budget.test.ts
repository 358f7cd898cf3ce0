/** `assay budget` as a user meets it: real processes that hold a part of what the workspace shares. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { makeWorkspace, programs, type TestWorkspace } from './host/workspace.ts';

let workspace: TestWorkspace;

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', programs.cli, ...args], {
    cwd: workspace.root,
    env: workspace.env,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  return { child, said, closed: once(child, 'close') };
}
async function assay(...args: readonly string[]) {
  const { said, closed } = start(args);
  const [code] = await closed;
  return { code, ...said };
}
const hold = (amount: string, script: string) => [
  'budget',
  'hold',
  'open/all',
  amount,
  '--',
  process.execPath,
  '-e',
  script,
];
async function numbers() {
  const { stdout } = await assay('budget', 'list', '--json');
  const { spent, reserved, left } = JSON.parse(stdout).budgets[0];
  return [spent, reserved, left];
}

afterEach(async () => {
  await assay('host', 'stop', '--cancel');
  workspace.remove();
});

const policy = `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  default: allow\n`;
const withBudget = `${policy}  budgets: [{ id: all, unit: usd, limit: 1, per: workspace }]\n`;

test('a program runs on a part of a budget, which is spent when it ends well and goes back when it fails', async () => {
  workspace = makeWorkspace({ policy: withBudget });
  expect(await assay(...hold('0.25', 'console.log("done")'))).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
  expect(await assay(...hold('0.5', 'process.exit(7)'))).toMatchObject({ code: 7 });
  expect((await assay('budget', 'list')).stdout).toMatch(
    /^budget +unit +limit +spent +held +left.*\nopen\/all +usd +\$1\.00 +\$0\.25 +\$0\.00 +\$0\.75\n$/,
  );
}, 120_000);

test('nothing goes back while a program may still spend it, whoever is killed', async () => {
  workspace = makeWorkspace({ policy: withBudget });
  const begun = async (one: ReturnType<typeof start>) =>
    await vi.waitFor(() => expect(one.said.stdout).toBe('begun\n'), { timeout: 30_000 });

  // It takes its time to end.
  const ends = 'process.on("SIGTERM", () => console.log("over") || process.exit(3)); setInterval(() => {}, 1000)';
  const told = start(hold('0.25', `${ends}; console.log("begun")`));
  await begun(told);
  expect(await numbers()).toEqual([0, 250_000, 750_000]);
  told.child.kill('SIGTERM');
  expect(await told.closed).toEqual([3, null]);
  expect(told.said.stdout).toBe('begun\nover\n');
  expect(await numbers()).toEqual([250_000, 0, 750_000]);

  const waits = 'setInterval(() => process.ppid === ppid || process.exit(), 20)';
  const killed = start(hold('0.5', `const { ppid } = process; ${waits}; console.log("begun")`));
  await begun(killed);
  expect(await numbers()).toEqual([250_000, 500_000, 250_000]);
  killed.child.kill('SIGKILL');
  await killed.closed;
  await vi.waitFor(async () => expect(await numbers()).toEqual([750_000, 0, 250_000]), { timeout: 30_000 });
  await assay('host', 'stop');
  expect(await numbers()).toEqual([750_000, 0, 250_000]);
}, 240_000);

test('a budget that halts is told with the others', async () => {
  workspace = makeWorkspace({ policy: withBudget.replace('workspace }', 'workspace, onExhausted: halt }') });
  expect(await assay(...hold('1.5', ''))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('halts the workspace'),
  });
  expect((await assay('budget', 'list')).stdout).toMatch(
    /^The workspace is halted by `open\/all`: `all` has \$1\.00 of \$1\.00 left.*higher limit\.$/m,
  );
}, 120_000);

test('what cannot be held is refused, and says why', async () => {
  workspace = makeWorkspace({ policy });
  expect(await assay('budget', 'list')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No policy/) });
  workspace.write('open.policy.yaml', withBudget);
  const refused = [
    await assay(...hold('1.1', '')),
    await assay(...hold('0.0000001', '')),
    await assay('budget', 'hold', 'open/none', '1', '--', 'true'),
    await assay('budget', 'hold', 'open/all', '0.1', '--', '/no/such/program'),
  ];
  expect(refused).toMatchObject([
    { code: 1, stderr: expect.stringContaining('`open/all` has $1.00 of $1.00 left, this takes $1.10') },
    { code: 2, stderr: expect.stringContaining('`0.0000001` is no amount') },
    { code: 2, stderr: expect.stringContaining('`assay budget list` shows') },
    { code: 3, stderr: expect.stringContaining('cannot be started') },
  ]);
  expect(await numbers()).toEqual([0, 0, 1_000_000]);
}, 120_000);

test('a budget that does not count because of a fault is refused with the fault', async () => {
  workspace = makeWorkspace({ policy: withBudget });
  workspace.write('z/open.policy.yaml', withBudget.replace('limit: 1', 'limit: 100'));
  const { code, stderr } = await assay(...hold('0.1', ''));
  expect(code).toBe(2);
  expect(stderr).toContain('there is no budget `open/all`');
  expect(stderr).toMatch(
    /open\.policy\.yaml:\d+: the policies in `open\.policy\.yaml` and `z\/open\.policy\.yaml` are both/,
  );
});
