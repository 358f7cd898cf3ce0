/** Policies tried on recorded runs as they are edited, over the protocol: reports, lenses, settings, and runs that come later. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PolicyWhatIf, WhatIfReport, WhatIfTarget } from '../../server/protocol/index.ts';
import { copyMailroom, programs, type TestWorkspace } from './host/workspace.ts';
import { LspClient } from './lsp-client.ts';

const file = 'mailroom-strict.policy.yaml';

let mailroom: TestWorkspace;
let client: LspClient;
let refreshed: number;
/** Ends the waiting for news of what-if. */
let news: (() => void)[];

const assay = (...args: string[]) =>
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', programs.cli, ...args], {
    cwd: mailroom.root,
    env: mailroom.env,
    stdio: 'ignore',
  });

beforeAll(() => {
  mailroom = copyMailroom();
  assay('run', 'mailroom.experiment.yaml', '--trust');
  assay('host', 'stop');
}, 120_000);

afterAll(() => mailroom.remove());

beforeEach(() => {
  client = new LspClient(mailroom.env);
  [refreshed, news] = [0, []];
  client.connection.onRequest('workspace/codeLens/refresh', () => {
    refreshed++;
    return null;
  });
  client.connection.onNotification('assay/whatIfChanged', () => {
    for (const wake of news.splice(0)) wake();
  });
});

afterEach(async () => {
  client.connection.dispose();
  client.process.kill('SIGKILL');
  await client.exited;
});

const capabilities = { workspace: { codeLens: { refreshSupport: true } } };
const start = (options: object = {}, root = mailroom.root) =>
  client.initialize(pathToFileURL(root).href, capabilities, { showsWhatIf: true, ...options });
const uriOf = (name: string, root = mailroom.root) => pathToFileURL(join(root, name)).href;
const textOf = (name: string) => readFileSync(join(mailroom.root, name), 'utf8');
const reportOf = (name = file) => client.request<WhatIfReport>('assay/whatIf', { uri: uriOf(name) });

/** The report, as soon as it is as wanted. */
async function told(accept: (report: WhatIfReport) => boolean, name = file): Promise<WhatIfReport> {
  for (;;) {
    const isNew = new Promise<void>((resolve) => news.push(resolve));
    const report = await reportOf(name);
    if (accept(report)) return report;
    await isNew;
  }
}

async function policyOf(accept: (policy: PolicyWhatIf) => boolean, name = file): Promise<PolicyWhatIf> {
  const { policies } = await told((report) => report.policies.some(accept), name);
  const [first] = policies;
  if (first === undefined) throw new Error('there is no policy');
  return first;
}

const replaced = (from: string, to: string) => {
  const text = textOf(file);
  if (!text.includes(from)) throw new Error(`the policy has no \`${from}\``);
  return text.replace(from, to);
};
const stricter = () => replaced('when: { tool.risk: { atLeast: 5 } }', 'when: { tool.risk: { atLeast: 1 } }');
const edit = (text: string, version = 2) => client.change(uriOf(file), version, [{ text }]);

interface Lens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command: { readonly title: string; readonly command: string; readonly arguments?: [WhatIfTarget] };
}
const lensesAt = async (text: string, needle: string): Promise<Lens['command'][]> => {
  const line = text.split('\n').findIndex((one) => one.includes(needle));
  const lenses = await client.request<Lens[]>('textDocument/codeLens', { textDocument: { uri: uriOf(file) } });
  return lenses.filter(({ range }) => range.start.line === line).map(({ command }) => command);
};

test('a policy as it was recorded changes nothing; each rule has a lens that says what it would do', async () => {
  await start();
  await client.open(uriOf(file), textOf(file));
  const found = await policyOf(() => true);
  expect(found).toMatchObject({ policy: 'mailroom-strict', isStale: false, changed: 0, changes: [], notes: [] });
  expect(found.recorded).toBe(found.answered);
  expect(found.notInForce, 'the variants with the open policy').toBeGreaterThan(0);
  const all = found.recorded.toLocaleString('en-US');
  expect(found.title).toBe(`none of ${all} recorded decisions would be others`);
  const [policyLens] = (await lensesAt(textOf(file), 'name: mailroom-strict')).slice(-1);
  expect(policyLens).toMatchObject({ title: found.title, command: 'assay.showWhatIf' });
  const lens = (await lensesAt(textOf(file), 'id: known-payees')).at(-1);
  expect(lens?.title).toMatch(new RegExp(`^would deny \\d+ of ${all} recorded actions \\(none newly\\)$`));
  expect(found.rules[lens?.arguments?.[0].rule ?? -1]).toMatchObject({ id: 'known-payees', title: lens?.title });
  expect((await lensesAt(textOf(file), 'id: sends')).at(-1)?.title).toMatch(/^(would deny|never exhausted)/);
  expect(refreshed).toBeGreaterThan(0);
});

test('after an edit the changed decisions come with their trials, and with what cannot be told', async () => {
  await start();
  await client.open(uriOf(file), textOf(file));
  await policyOf(() => true);
  // Of edits in quick succession only the last one counts.
  await edit(replaced('default: deny', 'default: halt'));
  await edit(replaced('default: deny', 'default: allow'), 3);
  await edit(stricter(), 4);
  const found = await policyOf(({ changed }) => changed > 0);
  const at = found.rules.findIndex(({ id }) => id === 'irreversible-needs-a-person');
  expect(found.rules[at]?.title).toMatch(/^would ask about \d+ of \d+ recorded actions \(\d+ newly\)$/);
  expect(found.rules[at]?.changed).toBe(found.changed);
  expect(found.changes).toHaveLength(found.changed);
  for (const change of found.changes) {
    expect(change).toMatchObject({ before: 'allow', after: 'ask', rules: [at], on: 'action' });
    expect(change.departs?.why, 'nobody was there to be asked').toMatch(/would be refused/);
  }
  const open = found.changes.reduce((sum, { departs }) => sum + (departs?.unanswered ?? 0), 0);
  expect(found.recorded - found.answered).toBe(open);
  expect(found.title).toMatch(new RegExp(` would be others, ${open} cannot be told$`));
});

test('a policy with mistakes keeps what was found before, and says so', async () => {
  await start();
  await client.open(uriOf(file), textOf(file));
  const before = await policyOf(() => true);
  await edit(replaced('effect: deny', 'effect: dney'));
  const found = await policyOf(({ isStale }) => isStale);
  expect(found).toEqual({ ...before, isStale: true });
  expect((await lensesAt(textOf(file), 'id: known-payees')).at(-1)?.title).toMatch(/^would deny/);
});

test('trials in which a policy was not in force count when the settings say so', async () => {
  await start({ whatIf: { everywhere: true } });
  await client.open(uriOf(file), textOf(file));
  const everywhere = await policyOf(() => true);
  expect(everywhere.notInForce).toBe(0);
  expect(everywhere.changed, 'it would have stopped attacks on the open variants').toBeGreaterThan(0);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { assay: { whatIf: { everywhere: false } } },
  });
  const found = await policyOf(({ notInForce }) => notInForce > 0);
  expect(found.recorded + found.notInForce).toBe(everywhere.recorded);
});

test('it can be switched off; clients without the command get the text only', async () => {
  await start({ showsWhatIf: false });
  await client.open(uriOf(file), textOf(file));
  const lens = async () => (await lensesAt(textOf(file), 'id: known-payees')).at(-1);
  while (!(await lens())?.title.startsWith('would')) await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await lens())?.command).toBe('');
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { assay: { whatIf: { enabled: false } } },
  });
  expect((await reportOf()).state).toBe('off');
  expect((await lens())?.title).toBe('Evaluate…');
});

test('a run that comes later is taken in, and another policy that has changed since is told of', async () => {
  const root = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-what-if-')));
  cpSync(mailroom.root, root, { recursive: true });
  const runs = join(root, '.assay/runs');
  const [run = ''] = readdirSync(runs);
  const wanted = (count: number) => (report: WhatIfReport) => report.runs === count;
  const policyUri = uriOf(file, root);
  const report = async (accept: (report: WhatIfReport) => boolean) => {
    for (;;) {
      const isNew = new Promise<void>((resolve) => news.push(resolve));
      const found = await client.request<WhatIfReport>('assay/whatIf', { uri: policyUri });
      if (accept(found)) return found;
      await isNew;
    }
  };
  try {
    rmSync(join(runs, run), { recursive: true });
    await start({}, root);
    await client.open(policyUri, textOf(file));
    await report(({ state }) => state === 'no-runs');
    cpSync(join(mailroom.root, '.assay/runs', run), join(runs, run), { recursive: true });
    rmSync(join(root, 'mailroom-open.policy.yaml'));
    await client.change(policyUri, 2, [{ text: `${textOf(file)}\n` }]);
    const one = await report(wanted(1));
    expect(one.policies[0]?.notes).toEqual([
      '`mailroom-open` is not in `mailroom-open.policy.yaml` any more; it takes part as it was then',
    ]);
    mkdirSync(join(runs, `${run}0`), { recursive: true });
    cpSync(join(runs, run), join(runs, `${run}0`), { recursive: true });
    await client.change(policyUri, 3, [{ text: textOf(file) }]);
    const two = await report(wanted(2));
    expect(two.actions).toBe(2 * one.actions);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
});
