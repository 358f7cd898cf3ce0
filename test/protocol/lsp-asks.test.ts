/** What a run asks people, through the language server alone: told as it comes, answered, and refused without trust. */
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import type { AnswerResult, OpenQuestion, RunNotice, RunResult } from '../../server/protocol/index.ts';
import { attach, use, workspace } from './host/client.ts';
import { LspClient } from './lsp-client.ts';

const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  rules:
    - id: look-first
      effect: ask
      when: { tool.name: add }
      ask: { who: [security], wait: 1m }
      obligations: { notify: [security] }
      reason: adding changes the world
`;

let client: LspClient;

async function start(options: object): Promise<void> {
  use({ tasks: 1, policy });
  // Makes the host, with the worker of the sources, before the server looks for one.
  await attach();
  client = new LspClient();
  await client.initialize(pathToFileURL(workspace.root).href, {}, options);
}

afterEach(async () => {
  client.process.kill('SIGKILL');
  await client.exited;
});

const run = () =>
  client.request<RunResult>('workspace/executeCommand', {
    command: 'assay.server.runExperiment',
    arguments: [pathToFileURL(workspace.experiment).href],
  });

test('a question is told, answered and gone; who is to be told is told', async () => {
  await start({ trusted: true, answersQuestions: true, groups: ['security'] });
  const told: (readonly OpenQuestion[])[] = [];
  const notices: RunNotice[] = [];
  client.connection.onNotification('assay/questionsChanged', ({ questions }) => void told.push(questions));
  client.connection.onNotification('assay/runNotified', (notice) => void notices.push(notice));
  const ended = run();
  const question = await vi.waitFor(async () => {
    const [first] = await client.request<readonly OpenQuestion[]>('assay/questions', {});
    if (first === undefined) throw new Error('nothing is asked');
    return first;
  }, 20_000);
  expect(question).toMatchObject({ tool: 'add', rules: [{ id: 'look-first', who: ['security'] }] });
  const answer = { question: question.id, allow: true, note: 'known' };
  expect(await client.request<AnswerResult>('assay/answer', answer)).toEqual({ accepted: true });
  expect((await ended).summary?.counts).toEqual({ passed: 1 });
  expect(told[0]).toMatchObject([{ id: question.id }]);
  expect(told.at(-1)).toEqual([]);
  expect(notices).toMatchObject([{ to: ['security'], final: 'allow', message: 'adding changes the world' }]);
  expect(await client.request<AnswerResult>('assay/answer', answer)).toMatchObject({
    accepted: false,
    why: expect.stringContaining('this question is over'),
  });
});

test('an editor that cannot show questions keeps none open', async () => {
  await start({ trusted: true });
  expect((await run()).summary?.counts).toEqual({ failed: 1 });
});

test('nothing is answered from a workspace that is not trusted', async () => {
  await start({ trusted: false, answersQuestions: true });
  expect(await client.request<AnswerResult>('assay/answer', { question: 'x', allow: true })).toMatchObject({
    accepted: false,
    why: expect.stringContaining('not trusted'),
  });
});
