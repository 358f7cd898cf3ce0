/** Policies that are changed, cut off or tangled while a real host reads them: named errors, and never more than was allowed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { DecisionMade, LedgerEntry } from '../../../server/engine/ledger/index.ts';
import { readEntries } from '../../../server/io/ledger/index.ts';
import type { Evaluation, RunSnapshot, RunStartParams } from '../../../server/protocol/index.ts';
import { LspClient } from '../lsp-client.ts';
import { attach, runToEnd, use, workspace } from './client.ts';

const head = (name: string) => `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec:\n`;
const denying = `${head('open')}  default: allow\n  rules:\n    - { id: no-adding, effect: deny, when: { tool.name: add } }\n`;
/** What a reader sees while `denying` is written in place: valid, and it allows everything. */
const torn = `${head('open')}  default: allow\n`;
const policyPath = () => join(workspace.root, 'open.policy.yaml');

async function decisionsOf({ summary }: RunSnapshot): Promise<DecisionMade[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of readEntries(join(summary.directory, 'ledger'))) entries.push(entry);
  return entries.flatMap((entry) => (entry.type === 'decision' ? entry : []));
}

const start = async () =>
  await (await attach()).request('run/start', { experimentPath: workspace.experiment, env: {} });

test.skipIf(process.platform === 'win32')(
  'a request to run what is no file, or with no environment, holds up nobody',
  async () => {
    use({ policy: denying });
    const pipe = join(workspace.root, 'pipe.yaml');
    execFileSync('mkfifo', [pipe]);
    const host = await attach();
    // A number would be a file that the host has open.
    for (const experimentPath of [pipe, '/dev/zero', 0, 5, null, {}])
      expect(await host.request('run/start', { experimentPath: experimentPath as string, env: {} })).toMatchObject({
        started: false,
        refused: { problems: [{ code: 'run/no-experiment' }] },
      });
    const sent = { experimentPath: workspace.experiment } as RunStartParams;
    await expect(host.request('run/start', sent)).rejects.toThrow();
    expect(existsSync(join(workspace.root, '.assay/runs'))).toBe(false);
    expect((await runToEnd(host)).summary.status).toBe('completed');
  },
);

describe('a policy file', () => {
  test.each([
    ['is changed to allow everything', torn],
    ['is half written', denying.slice(0, -20)],
    ['is emptied', ''],
    [
      'is edited to another zone',
      denying.replace('effect: deny', 'effect: deny, during: { zone: Asia/Tokyo, days: [sun] }'),
    ],
  ])('that %s during a run leaves in force what the run began with', async (_, text) => {
    use({ tempers: ['slow'], tasks: 6, policy: denying });
    const host = await attach();
    let changed = false;
    const snapshot = await runToEnd(host, ({ summary }) => {
      if (changed || summary.counts.running === undefined) return;
      changed = true;
      writeFileSync(policyPath(), text);
    });
    expect(changed).toBe(true);
    const decisions = await decisionsOf(snapshot);
    expect(decisions).toHaveLength(6);
    const [digest] = decisions[0]?.decision.policies ?? [];
    for (const { decision } of decisions)
      expect(decision).toMatchObject({ final: 'deny', policies: [digest], causes: [{ id: 'no-adding' }] });
  });

  test('that is being written in place is read when it is whole', async () => {
    use({ tasks: 1, policy: denying });
    const host = await attach();
    // The first run warms the host, so that the second reads the file at once.
    await runToEnd(host);
    writeFileSync(policyPath(), torn);
    const ended = runToEnd(host);
    await delay(25);
    writeFileSync(policyPath(), denying);
    expect((await decisionsOf(await ended)).map(({ decision }) => decision.final)).toEqual(['deny']);
  });

  test('that is replaced by renaming, again and again, is always one or the other, whole', async () => {
    const other = denying.replace('no-adding', 'no-sums');
    use({ tasks: 1, policy: denying });
    const host = await attach();
    let isOver = false;
    const replacing = (async () => {
      for (let at = 0; !isOver; at++) {
        const next = workspace.write('next.tmp', at % 2 === 0 ? other : denying);
        renameSync(next, policyPath());
        await delay(120 + (at % 5) * 30);
      }
    })();
    const rules = [];
    for (let at = 0; at < 4; at++)
      for (const { decision } of await decisionsOf(await runToEnd(host))) rules.push(decision.causes[0]?.id);
    isOver = true;
    await replacing;
    expect(rules).toHaveLength(4);
    for (const rule of rules) expect(['no-adding', 'no-sums']).toContain(rule);
  });

  test.each([
    ['half written', denying.slice(0, -20), /^(yaml|schema)\//],
    ['emptied', '', /^reference\//],
    ['cut off within a name', denying.slice(0, denying.indexOf('adding')), /^(yaml|schema)\//],
    ['full of bytes that are no text', `${denying}\u0000\u0001`, /^(yaml|schema)\//],
  ])('that is %s refuses a run by name and place', async (_, text, code) => {
    use({ tasks: 1, policy: text });
    expect(await start()).toMatchObject({
      started: false,
      refused: { problems: expect.arrayContaining([expect.objectContaining({ code: expect.stringMatching(code) })]) },
    });
  });

  test('that is in a cycle of three refuses a run by name', async () => {
    use({ tasks: 1, policy: `${head('open')}  include: [second]\n` });
    workspace.write('second.policy.yaml', `${head('second')}  include: [third]\n`);
    workspace.write('third.policy.yaml', `${head('third')}  include: [open]\n`);
    expect(await start()).toMatchObject({
      started: false,
      refused: {
        problems: expect.arrayContaining([
          expect.objectContaining({ code: expect.stringMatching(/include-cycle$/), line: expect.any(Number) }),
        ]),
      },
    });
  });

  test('that is a folder refuses a run', async () => {
    use({ tasks: 1, policy: denying });
    renameSync(policyPath(), `${policyPath()}.old`);
    mkdirSync(policyPath());
    expect(await start()).toMatchObject({ started: false });
  });
});

test('the editor says nothing of a policy that is half written, least of all that it allows', async () => {
  use({ tasks: 1, policy: denying });
  const client = new LspClient();
  try {
    await client.initialize(pathToFileURL(workspace.root).href, {}, { showsEvaluations: true });
    const uri = pathToFileURL(policyPath()).href;
    const sample = {
      kind: 'case',
      uri: pathToFileURL(join(workspace.root, 't.policytest.yaml')).href,
      test: 't',
      case: 'c',
    };
    workspace.write(
      't.policytest.yaml',
      'apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [open]\n  environment: counter\n  cases:\n    - { name: c, action: { tool: add, input: { by: 1 } }, expect: { decision: deny } }\n',
    );
    const evaluate = () =>
      client.request<Evaluation>('workspace/executeCommand', {
        command: 'assay.server.evaluatePolicy',
        arguments: [{ uri, policy: 'open', sample }],
      });
    await client.open(uri, denying);
    expect(await evaluate()).toMatchObject({ decision: 'deny' });
    await client.change(uri, 2, [{ text: denying.slice(0, -20) }]);
    expect(await evaluate()).toMatchObject({ decision: null, refused: expect.any(String) });
  } finally {
    client.process.kill('SIGKILL');
    await client.exited;
  }
});
