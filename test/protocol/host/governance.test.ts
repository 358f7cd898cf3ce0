/** What policies say, enforced where it counts: in runs of a real host, with agents in processes of their own. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { LedgerEntry } from '../../../server/engine/ledger/index.ts';
import { stopHost } from '../../../server/io/host-client/index.ts';
import { readEntries } from '../../../server/io/ledger/index.ts';
import type { RunSnapshot } from '../../../server/protocol/index.ts';
import { attach, isAlive, runToEnd, use, workspace } from './client.ts';

const policy = (name: string, spec: string) => `apiVersion: assay/v1
kind: Policy
metadata: { name: ${name} }
spec:
${spec.replaceAll(/^/gm, '  ')}
`;

async function entriesOf({ summary }: RunSnapshot): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of readEntries(join(summary.directory, 'ledger'))) entries.push(entry);
  return entries;
}

const decisionsOf = (entries: readonly LedgerEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'decision' ? entry : []));

/** Runs one trial of one agent under the policy `open`. */
async function tryPolicy(open: string, others: Readonly<Record<string, string>> = {}): Promise<RunSnapshot> {
  use({ tasks: 1, policy: policy('open', open) });
  for (const [name, spec] of Object.entries(others)) workspace.write(`${name}.policy.yaml`, policy(name, spec));
  return await runToEnd(await attach());
}

describe('a policy', () => {
  test('decides with the rules of those that it includes, and names them', async () => {
    const snapshot = await tryPolicy('default: allow\ninclude: [no-adding]', {
      'no-adding': 'rules: [{ id: hands-off, effect: deny, when: { tool.name: add }, reason: leave it }]',
    });
    const [decision] = decisionsOf(await entriesOf(snapshot));
    expect(decision?.decision).toMatchObject({ final: 'deny', causes: [{ policy: 'no-adding', id: 'hands-off' }] });
    expect(decision?.decision.policies).toHaveLength(2);
    const [started] = await entriesOf(snapshot);
    expect(started?.type === 'run-started' && started.policies.map(({ name }) => name).sort()).toEqual([
      'no-adding',
      'open',
    ]);
  });

  test('that includes itself refuses the run', async () => {
    use({ tasks: 1, policy: policy('open', 'include: [open]') });
    const result = await (await attach()).request('run/start', { experimentPath: workspace.experiment, env: {} });
    expect(result).toMatchObject({
      started: false,
      refused: { problems: [{ code: expect.stringMatching(/include/) }] },
    });
  });

  test('is in force in its hours only, by its own zone', async () => {
    const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', weekday: 'short' })
      .format(new Date())
      .toLowerCase();
    const other = berlin === 'sun' ? 'mon' : 'sun';
    // A window of the whole day that it is in Berlin now, and one of another day; at midnight both may be asked anew.
    const rule = (day: string) =>
      `default: allow\nrules: [{ id: closed, effect: deny, during: { days: [${day}], from: "00:00", to: "24:00", zone: Europe/Berlin } }]`;
    const now = await tryPolicy(rule(berlin));
    expect(decisionsOf(await entriesOf(now))[0]?.decision.final).toBe('deny');
    const never = await tryPolicy(rule(other));
    expect(decisionsOf(await entriesOf(never))[0]?.decision.final).toBe('allow');
  });

  test('that has run out says nothing any more', async () => {
    const snapshot = await tryPolicy('default: allow\nrules: [{ id: gone, effect: deny, until: "2020-01-01" }]');
    expect(snapshot.trials).toMatchObject([{ state: 'passed' }]);
  });
});

describe('a constitution', () => {
  test('applies to whoever does not list it, and stands in every decision', async () => {
    const snapshot = await tryPolicy('default: allow', {
      supreme: 'constitution: true\ndefault: allow\nrules: [{ id: never-add, effect: deny, when: { tool.name: add } }]',
    });
    const [decision] = decisionsOf(await entriesOf(snapshot));
    expect(decision?.decision).toMatchObject({ final: 'deny', constitution: [expect.stringMatching(/^sha256:/)] });
  });

  test('that is broken refuses the run instead of being left out', async () => {
    use({ tasks: 1 });
    workspace.write('supreme.policy.yaml', policy('supreme', 'constitution: true\nrules: [{ id: x, efect: deny }]'));
    const result = await (await attach()).request('run/start', { experimentPath: workspace.experiment, env: {} });
    expect(result).toMatchObject({
      started: false,
      refused: { problems: expect.arrayContaining([expect.objectContaining({ code: 'schema/unknown-key' })]) },
    });
  });
});

describe('a guard of observations', () => {
  const guard = (rest: string) =>
    `default: allow\nrules: [{ id: hide, on: observation, when: { tool.name: add }, ${rest} }]`;
  const observationOf = (entries: readonly LedgerEntry[]) => entries.find((entry) => entry.type === 'observation');

  test('keeps from the agent what it must not see; the action stays done', async () => {
    use({ tasks: 1, policy: policy('open', guard('effect: deny, reason: not for your eyes')) });
    workspace.write(
      'agents/adds.mjs',
      `export function createAgent() { return { async run({ propose }) { return { answer: await propose('add', { by: 1 }) }; } }; }`,
    );
    const host = await attach();
    const snapshot = await runToEnd(host);
    const trial = snapshot.trials[0];
    expect(trial?.state).toBe('passed');
    const detail = await host.request('trial/get', { run: snapshot.summary.run, trial: trial?.id ?? '' });
    expect(detail?.answer).toMatchObject({ failure: { reason: 'OBSERVATION_WITHHELD', message: 'not for your eyes' } });
    expect(observationOf(await entriesOf(snapshot))).toMatchObject({
      decision: { final: 'deny' },
      signals: { 'tool.name': 'add' },
    });
  });

  test('that halts ends the trial', async () => {
    const snapshot = await tryPolicy(guard('effect: halt'));
    expect(snapshot.trials).toMatchObject([{ state: 'halted' }]);
  });

  test('takes out what is to be redacted, for the agent and for the record', async () => {
    const snapshot = await tryPolicy(guard('effect: allow, obligations: { redact: [/count] }'));
    expect(observationOf(await entriesOf(snapshot))).toMatchObject({ output: { json: { count: '[redacted]' } } });
  });

  test('inputs are kept out of the record where a rule says so', async () => {
    const snapshot = await tryPolicy(
      'default: deny\nrules: [{ id: quiet, effect: allow, obligations: { redact: [/by] } }]',
    );
    expect(snapshot.trials).toMatchObject([{ state: 'passed' }]);
    expect(decisionsOf(await entriesOf(snapshot))[0]?.action.input).toEqual({ json: { by: '[redacted]' } });
  });
});

describe('budgets of a preset', () => {
  const preset = (budgets: string) => `apiVersion: assay/v1
kind: Preset
metadata: { name: careful }
spec: { ${budgets} }
`;
  /** Runs one trial of an agent with a preset, under the policies that its variant lists. */
  async function tryPreset(budgets: string, policies: string): Promise<RunSnapshot> {
    use({ tasks: 1 });
    workspace.write('careful.preset.yaml', preset(budgets));
    workspace.write('extra.policy.yaml', policy('extra', 'overlay: true'));
    const experiment = readFileSync(workspace.experiment, 'utf8');
    workspace.write('count.experiment.yaml', experiment.replace('policies: [open]', `preset: careful, ${policies}`));
    return await runToEnd(await attach());
  }
  const many = 'budgets: [{ id: own-steps, unit: steps, limit: 20 }]';
  const none = 'budgets: [{ id: own-steps, unit: steps, limit: 0, onExhausted: deny }]';

  test.each([
    ['without budgets, without policies', 'role: agent', 'policies: []', 'deny'],
    ['without policies', many, 'policies: []', 'deny'],
    ['beside an overlay alone', many, 'policies: [extra]', 'deny'],
    ['beside a policy that allows', many, 'policies: [open]', 'allow'],
    ['that are exhausted, beside a policy that allows', none, 'policies: [open]', 'deny'],
  ])('allow nothing by themselves: %s', async (_, budgets, policies, final) => {
    const [decision] = decisionsOf(await entriesOf(await tryPreset(budgets, policies)));
    expect(decision?.decision.final).toBe(final);
  });
});

describe('a budget of the workspace', () => {
  const spec = 'default: allow\nbudgets: [{ id: all, unit: usd, limit: 1, per: workspace, onExhausted: deny }]';

  test('is shared by its runs, and a restart does not forget it', async () => {
    use({ tasks: 3, policy: policy('open', spec) });
    const first = await attach();
    expect((await runToEnd(first)).summary.counts).toEqual({ passed: 2, failed: 1 });
    process.kill(first.status.pid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(first.status.pid)).toBe(false));
    const second = await runToEnd(await attach());
    expect(second.summary.counts).toEqual({ failed: 3 });
    const counted = decisionsOf(await entriesOf(second)).map(({ signals }) => [
      signals['workspace.steps'],
      signals['workspace.denials'],
      signals['workspace.cost'],
    ]);
    expect(counted).toEqual([
      [3, 1, 1_000_000],
      [4, 2, 1_000_000],
      [5, 3, 1_000_000],
    ]);
  });

  test('what runs have spent stays spent when all is deleted but the ledger of the workspace', async () => {
    use({ tasks: 3, policy: policy('open', spec) });
    const first = await attach();
    expect((await runToEnd(first)).summary.counts).toEqual({ passed: 2, failed: 1 });
    await stopHost(first, false);
    const folder = join(workspace.root, '.assay');
    for (const name of readdirSync(folder)) if (name !== 'ledger') rmSync(join(folder, name), { recursive: true });
    const second = await runToEnd(await attach());
    expect(second.summary.counts).toEqual({ failed: 3 });
    expect(decisionsOf(await entriesOf(second))[0]?.signals['workspace.steps']).toBe(3);
  });
});
