/** Policies tried on recorded runs as they are edited, over the protocol: reports, lenses, settings, and runs that come later. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  AddedPolicyTestCase,
  Evaluation,
  PolicyTestDocument,
  PolicyTestResults,
  PolicyWhatIf,
  RunSnapshot,
  RunSummary,
  TrialDetail,
  WhatIfReport,
  WhatIfTarget,
} from '../../server/protocol/index.ts';
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
  client = new LspClient();
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
  expect(found.rules[at]?.title).toMatch(
    /^would ask about (\d+) of \d+ that can be told of \d+ recorded actions \(\1 newly\)$/,
  );
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

const command = <T>(name: string, argument: object) =>
  client.request<T>('workspace/executeCommand', { command: `assay.server.${name}`, arguments: [argument] });

/** A recorded step of a variant whose tool and decision are these. */
async function recordedStep(variant: string, tool: string, effect: string) {
  const [run] = await client.request<RunSummary[]>('assay/runs', {});
  const { trials } = await client.request<RunSnapshot>('assay/run', { run: run?.run });
  for (const trial of trials.filter((one) => one.variant === variant)) {
    const ids = { run: run?.run ?? '', trial: trial.id };
    const { steps } = await client.request<TrialDetail>('assay/trial', ids);
    const step = steps.find(({ action, decision }) => action.tool === tool && decision?.effect === effect);
    if (step !== undefined) return { ...ids, step: step.step };
  }
  throw new Error(`no trial of ${variant} has ${tool} decided as ${effect}`);
}

test('a recorded step is put to a policy, as it was and under an edit', async () => {
  await start({ showsEvaluations: true });
  const step = await recordedStep('obedient-strict', 'pay', 'deny');
  const evaluated = () =>
    command<Evaluation>('evaluatePolicy', {
      uri: uriOf(file),
      policy: 'mailroom-strict',
      sample: { kind: 'step', ...step },
    });
  const then = await evaluated();
  expect(then).toMatchObject({ decision: 'deny', on: 'action' });
  expect(then.sample).toBe(`step ${step.step}, \`pay\`, of a recorded trial`);
  const rule = then.rules.find(({ id }) => id === 'known-payees');
  expect(rule).toMatchObject({ matches: 'yes', decides: true });
  expect(rule?.parts.map(({ facts }) => facts).join()).toMatch(/tool\.tags: \[.*"money"/);
  await client.open(
    uriOf(file),
    replaced('id: known-payees\n      effect: deny', 'id: known-payees\n      effect: halt'),
  );
  expect((await evaluated()).decision).toBe('halt');
  const gone = await command<Evaluation>('evaluatePolicy', {
    uri: uriOf(file),
    policy: 'mailroom-strict',
    sample: { kind: 'step', ...step, step: 99 },
  });
  expect(gone).toMatchObject({ decision: null, refused: expect.stringMatching(/^step 99 is not in the ledger/) });
});

describe('a recorded step as a case of a policy test', () => {
  interface Edit {
    readonly kind?: 'create';
    readonly uri?: string;
    readonly textDocument?: { readonly uri: string };
    readonly edits?: readonly { readonly range: { start: Place; end: Place }; readonly newText: string }[];
  }
  type Place = { readonly line: number; readonly character: number };
  let written: Map<string, string>;

  /** Takes edits as an editor does, into its memory, and opens what it has changed. */
  async function startWriting(): Promise<void> {
    written = new Map();
    client.connection.onRequest('workspace/applyEdit', async ({ edit }: { edit: { documentChanges: Edit[] } }) => {
      for (const { kind, textDocument, edits = [] } of edit.documentChanges) {
        if (kind === 'create' || textDocument === undefined) continue;
        const path = fileURLToPath(textDocument.uri);
        let text = existsSync(path) ? readFileSync(path, 'utf8') : '';
        const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
        for (const { range, newText } of edits) {
          const at = ({ line, character }: Place) => (starts[line] ?? text.length) + character;
          text = text.slice(0, at(range.start)) + newText + text.slice(at(range.end));
        }
        written.set(textDocument.uri, text);
      }
      return { applied: true };
    });
    const workspaceEdit = { documentChanges: true, resourceOperations: ['create'] };
    await client.initialize(
      pathToFileURL(mailroom.root).href,
      { workspace: { applyEdit: true, workspaceEdit } },
      { showsWhatIf: true },
    );
  }

  /** Whether the case passes under the policies as the editor has them, once the edit is there. */
  async function passes({ uri = '', name = '' }: AddedPolicyTestCase): Promise<boolean> {
    const path = fileURLToPath(uri);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : null;
    writeFileSync(path, written.get(uri) ?? '');
    try {
      await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
      for (;;) {
        const tests = await client.request<PolicyTestDocument[]>('assay/policyTests', {});
        const test = tests.find((one) => one.uri === uri && one.cases.some((each) => each.name === name));
        if (test === undefined) continue;
        const results = await client.request<PolicyTestResults>('assay/runPolicyTests', {
          tests: [{ uri, name: test.name, cases: [name] }],
        });
        return results.tests[0]?.cases[0]?.passed ?? false;
      }
    } finally {
      if (before === null) rmSync(path);
      else writeFileSync(path, before);
    }
  }

  test('goes into the test of the same policies, and passes', async () => {
    await startWriting();
    const step = await recordedStep('obedient-strict', 'pay', 'deny');
    const added = await command<AddedPolicyTestCase>('addPolicyTestCase', step);
    expect(added).toMatchObject({ uri: uriOf('mailroom.policytest.yaml'), decision: 'deny' });
    expect(added.note).toBeUndefined();
    const text = written.get(added.uri ?? '') ?? '';
    expect(text.startsWith(textOf('mailroom.policytest.yaml').trimEnd())).toBe(true);
    expect(text.slice(textOf('mailroom.policytest.yaml').trimEnd().length)).toMatch(
      /^\n {4}- name: pay at step \d of [\w-]+ by obedient-strict\n {6}action:(?: \{|\n {8})[^}]*tool: pay[^}]*\}(?: \})?\n {6}signals: \{ agent\.role: assistant \}\n {6}expect: \{ decision: deny, rules: \[known-payees\] \}\n$/,
    );
    expect(await passes(added)).toBe(true);
  });

  test('goes into a new file where there is no such test', async () => {
    await startWriting();
    const added = await command<AddedPolicyTestCase>(
      'addPolicyTestCase',
      await recordedStep('obedient-open', 'pay', 'allow'),
    );
    expect(added.uri).toBe(uriOf('mailroom-open-recorded.policytest.yaml'));
    expect(written.get(added.uri ?? '')).toMatch(/^apiVersion: assay\/v1\nkind: PolicyTest\n/);
    expect(await passes(added)).toBe(true);
  });

  test('of a changed decision expects what it would be; what a case cannot say is refused', async () => {
    await startWriting();
    await client.open(uriOf(file), stricter());
    const [change] = (await policyOf(({ changed }) => changed > 0)).changes;
    const { run = '', trial = '', step = 0 } = change ?? {};
    const added = await command<AddedPolicyTestCase>('addPolicyTestCase', { run, trial, step, expected: 'ask' });
    expect(added).toMatchObject({ decision: 'ask', note: 'The run had decided `allow`.' });
    expect(await passes(added)).toBe(true);
    const wrong = await command<AddedPolicyTestCase>('addPolicyTestCase', { run, trial, step, expected: 'halt' });
    expect(wrong.refused).toMatch(/decided as `ask`, and was shown as `halt`: that hangs on what other trials/);
    const gone = await command<AddedPolicyTestCase>('addPolicyTestCase', { run, trial, step: 99 });
    expect(gone.refused).toBe('step 99 is not in the ledger of this run');
  });
});
