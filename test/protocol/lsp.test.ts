/** The language server as any editor meets it: a process, its standard input and output, and the protocol. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFolder } from './lsp-client.ts';

const here = inFolder();
const { uriOf, put } = here;

const policy = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: strict }\nspec:\n  default: deny\n';
const experiment = `apiVersion: assay/v1
kind: Experiment
metadata: { name: try }
spec:
  environment: office
  tasks: chores
  variants:
    - { id: a, agent: { module: ./agent.mjs }, policies: [strict] }
`;
const codes = (found: { diagnostics: readonly { code: string }[] }) => found.diagnostics.map(({ code }) => code);

test('from initialize to exit: diagnostics, completion, hover, lens', async () => {
  put('strict.policy.yaml', policy);
  const { capabilities } = await here.client.initialize(uriOf(''));
  expect(capabilities).toMatchObject({ positionEncoding: 'utf-16', hoverProvider: true });

  const uri = uriOf('try.experiment.yaml');
  put('try.experiment.yaml', experiment);
  await here.client.open(uri, experiment);
  const first = await here.client.diagnostics(uri, (found) => codes(found).length === 3);
  expect(codes(first)).toEqual(['reference/unknown-environment', 'reference/unknown-task-set', 'reference/no-file']);

  // `strict` becomes `stric`: the name at the end of the list loses a letter.
  const line = experiment.split('\n').findIndex((each) => each.includes('strict'));
  const character = (experiment.split('\n')[line] ?? '').indexOf('strict') + 5;
  const range = { start: { line, character }, end: { line, character: character + 1 } };
  await here.client.change(uri, 2, [{ range, text: '' }]);
  const second = await here.client.diagnostics(uri, (found) => found.version === 2);
  expect(second.diagnostics.at(-1)).toMatchObject({
    code: 'reference/unknown-policy',
    message: expect.stringContaining('did you mean `strict`?'),
    range: { start: { line, character: character - 5 }, end: { line, character } },
  });

  const at = { textDocument: { uri }, position: { line, character } };
  const items = await here.client.request<{ label: string; textEdit: { newText: string } }[]>(
    'textDocument/completion',
    at,
  );
  expect(items.map(({ label }) => label)).toEqual(['strict']);
  const hover = await here.client.request<{ contents: { value: string } }>('textDocument/hover', {
    textDocument: { uri },
    position: { line: 4, character: 4 },
  });
  expect(hover.contents.value).toContain('The environment, by name or path');
  const lenses = await here.client.request<{ command: object }[]>('textDocument/codeLens', { textDocument: { uri } });
  expect(lenses.map(({ command }) => command)).toEqual([
    { title: '▶ Run experiment', command: 'assay.server.runExperiment', arguments: [uri] },
  ]);
  expect(await here.client.end()).toBe(0);
});

test('a document that another open file lacks is found as soon as it is typed', async () => {
  await here.client.initialize(uriOf(''));
  await here.client.open(uriOf('e.yaml'), experiment);
  await here.client.diagnostics(uriOf('e.yaml'), (found) => codes(found).includes('reference/unknown-policy'));
  await here.client.open(uriOf('p.yaml'), policy.replace('strict', 'other'));
  await here.client.change(uriOf('p.yaml'), 2, [{ text: policy }]);
  const found = await here.client.diagnostics(
    uriOf('e.yaml'),
    (each) => codes(each).includes('reference/no-file') && !codes(each).includes('reference/unknown-policy'),
  );
  expect(codes(found)).toContain('reference/unknown-environment');
});

test('broken documents get answers to every request', async () => {
  await here.client.initialize(uriOf(''));
  for (const [index, text] of [
    '',
    '\uFEFF',
    'kind: "Pol',
    '- [{',
    '&a [*a]',
    '\t',
    'kind: Experiment\nspec: *x',
  ].entries()) {
    const uri = uriOf(`${index}.yaml`);
    await here.client.open(uri, text);
    const at = { textDocument: { uri }, position: { line: 0, character: 1 } };
    expect((await here.client.diagnostics(uri)).uri).toBe(uri);
    for (const method of ['textDocument/completion', 'textDocument/hover', 'textDocument/codeLens'])
      expect(await here.client.request(method, at)).not.toBeUndefined();
  }
});

test('pull diagnostics answer a here.client that asks for them, and nothing is pushed', async () => {
  const { capabilities } = await here.client.initialize(uriOf(''), { textDocument: { diagnostic: {} } });
  expect(capabilities.diagnosticProvider).toMatchObject({ interFileDependencies: true });
  await here.client.open(uriOf('p.yaml'), policy.replace('deny', 'denny'));
  const report = await here.client.request<{ items: { code: string }[] }>('textDocument/diagnostic', {
    textDocument: { uri: uriOf('p.yaml') },
  });
  expect(report.items.map(({ code }) => code)).toEqual(['schema/value']);
});

test('columns are bytes for a here.client that counts in UTF-8 only', async () => {
  const { capabilities } = await here.client.initialize(uriOf(''), {
    general: { positionEncodings: ['utf-8'] },
  });
  expect(capabilities.positionEncoding).toBe('utf-8');
  const text = policy.replace('name: strict', 'name: s, description: "äöü", verzion: 1');
  await here.client.open(uriOf('p.yaml'), text);
  const { diagnostics } = await here.client.diagnostics(uriOf('p.yaml'));
  const column = Buffer.byteLength((text.split('\n')[2] ?? '').split('verzion')[0] ?? '');
  expect(diagnostics[0]).toMatchObject({
    code: 'schema/unknown-key',
    range: { start: { line: 2, character: column } },
  });
});

describe('running', () => {
  const run = (uri: string) =>
    here.client.request<{ summary: unknown; refused?: string }>('workspace/executeCommand', {
      command: 'assay.server.runExperiment',
      arguments: [uri],
    });

  test('nothing is run in a workspace that is not trusted, and it is said how to trust it', async () => {
    put('e.yaml', experiment);
    await here.client.initialize(uriOf(''));
    const shown = new Promise((resolve) => here.client.connection.onNotification('window/showMessage', resolve));
    const result = await run(uriOf('e.yaml'));
    expect(result.summary).toBeNull();
    expect(result.refused).toContain('"trusted": true');
    expect(await shown).toMatchObject({ type: 1, message: `not run: ${result.refused}` });
  });

  test('once trusted, what is unsaved or missing is told instead', async () => {
    await here.client.initialize(uriOf(''), {}, { showsResults: true });
    await here.client.connection.sendNotification('assay/trusted', {});
    expect((await run(uriOf('e.yaml'))).refused).toContain('save the experiment first');
    put('e.yaml', experiment);
    await here.client.open(uriOf('e.yaml'), `${experiment}# more\n`);
    expect((await run(uriOf('e.yaml'))).refused).toContain('unsaved changes');
    expect((await run('untitled:Untitled-1')).refused).toContain('saved on disk');
  });

  test('past runs of a workspace without a host are an empty list', async () => {
    await here.client.initialize(uriOf(''));
    expect(await here.client.request('assay/runs', {})).toEqual([]);
    expect(await here.client.request('assay/run', { run: 'none' })).toBeNull();
  });
});

test('the server ends when its here.client is gone', async () => {
  await here.client.initialize(uriOf(''));
  here.client.process.stdin?.end();
  await here.client.exited;
  expect(here.client.process.exitCode).not.toBeNull();
});

test('it speaks the protocol over node IPC too', async () => {
  const main = join(import.meta.dirname, '../../server/lsp/main.ts');
  const child = spawn(process.execPath, [main, '--node-ipc'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const answer = new Promise<{ id?: number; result?: object }>((resolve) => child.once('message', resolve));
    child.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { processId: process.pid, rootUri: null, capabilities: {} },
    });
    expect(await answer).toMatchObject({ id: 1, result: { serverInfo: { name: 'assay' } } });
  } finally {
    child.kill('SIGKILL');
  }
});
