/** Actions that wait for people, in runs of a real host: who may answer, what an answer does, and how waiting ends without one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { LedgerEntry } from '../../../server/engine/ledger/index.ts';
import type { HostConnection } from '../../../server/io/host-client/index.ts';
import { readEntries } from '../../../server/io/ledger/index.ts';
import type { OpenQuestion, RunNotice, RunSnapshot } from '../../../server/protocol/index.ts';
import { attach, runToEnd, use, workspace } from './client.ts';
import type { ExperimentOptions } from './workspace.ts';

const ada = { name: 'Ada', email: 'ada@example.org' };
const bob = { name: 'Bob', groups: ['security'] };

const asking = (ask: string, more = '') => `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  rules:
    - { id: look-first, effect: ask, when: { tool.name: add }, ask: ${ask}, reason: adding changes the world }
${more}`;

const useAsking = (ask: string, options: ExperimentOptions = {}, more = '') =>
  use({ tasks: 1, policy: asking(ask, more), ...options });

const open = (host: HostConnection) =>
  vi.waitFor(async () => {
    const questions = await host.request('questions/watch', seats.get(host) ?? { person: null });
    const [first] = questions;
    if (first === undefined) throw new Error('nothing is asked');
    return first;
  }, 15_000);

const seats = new Map<HostConnection, { person: typeof ada | typeof bob | null; keepsOpen?: boolean }>();
async function sit(person: typeof ada | typeof bob | null, keepsOpen = false): Promise<HostConnection> {
  const host = await attach();
  seats.set(host, { person, keepsOpen });
  await host.request('questions/watch', { person, keepsOpen });
  return host;
}

const answer = (host: HostConnection, { id: question }: OpenQuestion, allow: boolean, note?: string) =>
  host.request('question/answer', { question, allow, ...(note !== undefined && { note }) });

async function entriesOf({ summary }: RunSnapshot): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of readEntries(join(summary.directory, 'ledger'))) entries.push(entry);
  return entries;
}

async function decisionOf(snapshot: RunSnapshot) {
  const [decision] = (await entriesOf(snapshot)).flatMap((entry) => (entry.type === 'decision' ? entry : []));
  return decision?.decision;
}

describe('an answer', () => {
  test('that allows lets the action through, and is recorded with who, why and how long before it has effect', async () => {
    useAsking('{ who: [ada@example.org], wait: 1m }');
    const host = await sit(ada);
    const ended = runToEnd(host);
    const question = await open(host);
    expect(question).toMatchObject({
      on: 'action',
      tool: 'add',
      input: { by: 1 },
      thought: 'one more',
      variant: 'adds',
      task: 'task-0',
      step: 0,
      rules: [
        {
          policy: 'open',
          id: 'look-first',
          line: 7,
          path: join(workspace.root, 'open.policy.yaml'),
          who: ['ada@example.org'],
          message: 'adding changes the world',
        },
      ],
    });
    expect(question.deadlineAtMs - question.askedAtMs).toBe(60_000);
    expect(await answer(host, question, true, 'fine')).toEqual({ accepted: true });
    const snapshot = await ended;
    expect(snapshot.trials).toMatchObject([{ state: 'passed', denials: 0 }]);
    const entries = await entriesOf(snapshot);
    expect(entries.map(({ type }) => type).slice(1, 4)).toEqual(['trial-started', 'decision', 'observation']);
    expect(await decisionOf(snapshot)).toMatchObject({
      effect: 'ask',
      final: 'allow',
      causes: [
        { id: 'look-first', effect: 'ask' },
        {
          kind: 'approver',
          id: 'approved',
          effect: 'allow',
          answer: {
            person: 'Ada <ada@example.org>',
            as: 'ada@example.org',
            note: 'fine',
            rules: ['open/look-first'],
            waitedMs: expect.any(Number),
          },
        },
      ],
    });
  });

  test('that refuses keeps the action back and tells the agent why', async () => {
    useAsking('{ wait: 1m }');
    const host = await sit(ada);
    const ended = runToEnd(host);
    await answer(host, await open(host), false, 'not today');
    const snapshot = await ended;
    expect(snapshot.trials).toMatchObject([{ state: 'failed', denials: 1 }]);
    expect(await decisionOf(snapshot)).toMatchObject({
      final: 'deny',
      causes: [
        { kind: 'approver', id: 'refused', message: expect.stringMatching(/refuses it: not today$/) },
        { id: 'look-first' },
      ],
    });
  });

  test('of somebody whom the rule does not name is refused with words, and the question stays', async () => {
    useAsking('{ who: [security], wait: 1m }');
    const [host, other] = [await sit(bob), await sit(ada)];
    const ended = runToEnd(host);
    const question = await open(host);
    expect(await answer(other, question, true)).toEqual({
      accepted: false,
      why: 'only `security` may answer this, and you are `Ada`, `ada@example.org`',
    });
    expect(await open(host)).toMatchObject({ id: question.id });
    expect(await answer(host, question, true)).toEqual({ accepted: true });
    expect((await ended).trials).toMatchObject([{ state: 'passed' }]);
  });

  test('that comes after another is refused with words', async () => {
    useAsking('{ wait: 1m }');
    const [host, other] = [await sit(ada), await sit(bob)];
    const ended = runToEnd(host);
    const question = await open(host);
    await answer(host, question, false);
    expect(await answer(other, question, true)).toEqual({
      accepted: false,
      why: 'this question is over: Ada <ada@example.org> has refused it',
    });
    expect((await decisionOf(await ended))?.final).toBe('deny');
  });

  test('is wanted of each whom a rule names: one is not enough for two', async () => {
    const second = '    - { id: and-security, effect: ask, when: { tool.name: add }, ask: { who: [security] } }\n';
    useAsking('{ who: [Ada], wait: 1m }', {}, second);
    const [host, other] = [await sit(ada), await sit(bob)];
    const ended = runToEnd(host);
    const question = await open(host);
    await answer(host, question, true);
    expect(await open(other)).toMatchObject({
      id: question.id,
      rules: [{ id: 'and-security' }],
      approvedBy: ['Ada <ada@example.org>'],
    });
    await answer(other, question, true);
    const snapshot = await ended;
    expect(snapshot.trials).toMatchObject([{ state: 'passed' }]);
    expect((await decisionOf(snapshot))?.causes.filter(({ kind }) => kind === 'approver')).toHaveLength(2);
  });

  test('may take longer than the agent has: waiting is not its time', async () => {
    useAsking('{ wait: 1m }', { timeout: '2s' });
    const host = await sit(ada);
    const ended = runToEnd(host);
    const question = await open(host);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await answer(host, question, true);
    expect((await ended).trials).toMatchObject([{ state: 'passed' }]);
  });

  test('to what came of an action shows it to the agent, or not', async () => {
    const guard =
      '    - { id: read-first, on: observation, effect: ask, when: { tool.name: look }, ask: { wait: 1m }, obligations: { redact: [/count] } }\n';
    useAsking('{ wait: 1m }', {}, guard);
    workspace.write(
      'agents/adds.mjs',
      `export function createAgent() { return { async run({ propose }) { return { answer: await propose('look', {}) }; } }; }`,
    );
    const host = await sit(ada);
    const ended = runToEnd(host);
    const question = await open(host);
    expect(question).toMatchObject({ on: 'observation', tool: 'look', output: { count: '[redacted]' } });
    await answer(host, question, false, 'private');
    const snapshot = await ended;
    const observation = (await entriesOf(snapshot)).find((entry) => entry.type === 'observation');
    expect(observation).toMatchObject({
      decision: { final: 'deny', causes: [{ id: 'refused' }, { id: 'read-first' }] },
    });
  });
});

describe('without an answer the action is denied', () => {
  const causeOf = async (snapshot: RunSnapshot) => (await decisionOf(snapshot))?.causes[0];

  test('at once where nobody is there who may answer', async () => {
    useAsking('{ who: [security], wait: 1m }');
    const snapshot = await runToEnd(await sit(ada));
    expect(await causeOf(snapshot)).toMatchObject({ kind: 'approver', id: 'no-approver', effect: 'deny' });
  });

  test('when its time is up, and who answers then is too late', async () => {
    useAsking('{ wait: 1s }');
    const host = await sit(ada);
    const ended = runToEnd(host);
    const question = await open(host);
    const snapshot = await ended;
    expect(await causeOf(snapshot)).toMatchObject({ kind: 'approver', id: 'ask-timed-out', effect: 'deny' });
    expect(await answer(host, question, true)).toEqual({
      accepted: false,
      why: 'this question is over: it waited 1 s, and the action was denied',
    });
  });

  test('when the last who may answer is killed', async () => {
    useAsking('{ who: [Bob], wait: 1m }');
    const host = await attach();
    const script = join(import.meta.dirname, 'ask-client.ts');
    const client = spawn(process.execPath, [script, workspace.root, 'Bob'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(client.stdout, 'data');
    const ended = runToEnd(host);
    await open(host);
    client.kill('SIGKILL');
    expect(await causeOf(await ended)).toMatchObject({ kind: 'approver', id: 'no-approver' });
  });

  test('but a question stays while somebody keeps it open for others', async () => {
    useAsking('{ who: [security], wait: 1m }');
    const keeper = await sit(null, true);
    const ended = runToEnd(keeper);
    const question = await open(keeper);
    expect(await answer(keeper, question, true)).toMatchObject({ accepted: false });
    const late = await sit(bob);
    await answer(late, question, true);
    expect((await ended).trials).toMatchObject([{ state: 'passed' }]);
  });

  test('when the run is cancelled, which ends cleanly', async () => {
    useAsking('{ wait: 1m }');
    const host = await sit(ada);
    const ended = runToEnd(host);
    const { run } = await open(host);
    await host.request('run/cancel', { run });
    const snapshot = await ended;
    expect(snapshot.summary.status).toBe('cancelled');
    expect(snapshot.trials).toMatchObject([{ state: 'cancelled' }]);
    expect(await causeOf(snapshot)).toMatchObject({ kind: 'approver', id: 'run-cancelled' });
    expect(await host.request('questions/watch', { person: ada })).toEqual([]);
  });

  test('when the agent has ended', async () => {
    useAsking('{ wait: 1m }');
    workspace.write(
      'agents/adds.mjs',
      `export function createAgent() { return { async run({ propose }) { void propose('add', { by: 1 }); setTimeout(() => process.exit(7), 500); await new Promise(() => {}); } }; }`,
    );
    const host = await sit(ada);
    const snapshot = await runToEnd(host);
    expect(await causeOf(snapshot)).toMatchObject({ kind: 'approver', id: 'agent-gone' });
    expect(snapshot.trials).toMatchObject([{ state: 'failed', failure: { reason: 'AGENT_CRASHED' } }]);
  });
});

test('whom a rule wants to be told is told once an action, with its reason', async () => {
  const spec = 'effect: allow, when: { tool.name: add }, reason: somebody adds, obligations: { notify: [security] }';
  const policy = `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  default: allow\n  rules: [{ id: tell, ${spec} }]\n`;
  use({ tasks: 2, policy });
  const host = await attach();
  const notices: RunNotice[] = [];
  host.onNotice((notice) => notices.push(notice));
  await runToEnd(host);
  expect(notices.map(({ task }) => task).sort()).toEqual(['task-0', 'task-1']);
  expect(notices[0]).toMatchObject({ tool: 'add', final: 'allow', to: ['security'], message: 'somebody adds' });
});

test('a line is written of each decision of which a rule wants one', async () => {
  const rules = [
    '{ id: adding, effect: allow, when: { tool.name: add }, reason: "somebody\\nadds", obligations: { log: info } }',
    '{ id: any, effect: allow, obligations: { log: warning } }',
    '{ id: guard, effect: allow, on: observation, obligations: { log: error } }',
  ];
  const rule = (text: string) => `    - ${text}\n`;
  use({
    tasks: 1,
    policy: `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  default: allow\n  rules:\n${rules.map(rule).join('')}`,
  });
  const { summary } = await runToEnd(await attach());
  const lines = readFileSync(join(summary.directory, 'decisions.log'), 'utf8').trimEnd().split('\n');
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  expect(lines).toEqual([
    expect.stringMatching(
      `^${time} warning allow add: open/adding: somebody adds; open/any \\(.+ on task-0, [0-9a-f]+:0\\)$`,
    ),
    expect.stringMatching(`^${time} error allow what came of add: open/guard \\(`),
  ]);
});

test('who is to be told is told where nobody can tell whether the rule matches', async () => {
  const spec = 'effect: allow, when: { target.ids: x }, reason: it may be x, obligations: { notify: [security] }';
  const policy = `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  default: allow\n  rules: [{ id: tell, ${spec} }]\n`;
  use({ tasks: 1, policy });
  const environment = readFileSync(join(workspace.root, 'counter.environment.yaml'), 'utf8');
  // A number is no target that can be read.
  workspace.write(
    'counter.environment.yaml',
    environment.replace('      cost: 0.5\n', '      cost: 0.5\n      targets: [/by]\n'),
  );
  const host = await attach();
  const notices: RunNotice[] = [];
  host.onNotice((notice) => notices.push(notice));
  await runToEnd(host);
  expect(notices).toMatchObject([{ tool: 'add', final: 'allow', to: ['security'], message: 'it may be x' }]);
});
