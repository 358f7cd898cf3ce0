/** Problems of files that are not open, for clients that ask for those of the whole workspace. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { LspClient } from './lsp-client.ts';

interface Report {
  readonly uri: string;
  readonly resultId: string;
  readonly items: readonly { readonly code: string }[];
}

let folder = '';
let client: LspClient;
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const tell = (type: 1 | 2 | 3, ...names: string[]) =>
  client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: names.map((name) => ({ uri: uriOf(name), type })),
  });

const policy = (name: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { default: deny }\n`;
const tested = (policies: string) =>
  `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [${policies}]\n  cases: [{ name: x, action: { tool: t }, expect: { decision: deny } }]\n`;

/** What the client has been told so far, as it would hand it back. */
let known: Map<string, string>;
const pull = async () => {
  const previousResultIds = [...known].map(([uri, value]) => ({ uri, value }));
  const { items } = await client.request<{ items: readonly Report[] }>('workspace/diagnostic', { previousResultIds });
  for (const { uri, resultId } of items) known.set(uri, resultId);
  return Object.fromEntries(
    items.map((report) => [report.uri.slice(uriOf('').length + 1), report.items.map(({ code }) => code)]),
  );
};

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-test-')));
  mkdirSync(join(folder, '.assay'));
  known = new Map();
  client = new LspClient();
  put('a.policy.yaml', policy('a'));
  put('t.policytest.yaml', tested('a, b'));
  put('broken.policy.yaml', policy('broken').replace('default', 'defalt'));
  put('notes.yaml', 'not: ours\n');
});
afterEach(async () => {
  await client.end();
  rmSync(folder, { recursive: true, force: true });
});

const start = (capabilities: object = {}) =>
  client.initialize(pathToFileURL(folder).href, { textDocument: { diagnostic: {} }, ...capabilities });

test('all files are told of once; then what has changed, and what depends on it', async () => {
  await start();
  const first = await pull();
  expect(first).toMatchObject({ 't.policytest.yaml': ['reference/unknown-policy'] });
  expect(first['broken.policy.yaml']).toContain('schema/unknown-key');
  expect(Object.keys(first).sort()).toEqual(['broken.policy.yaml', 't.policytest.yaml']);

  const second = pull();
  put('b.policy.yaml', policy('b'));
  await tell(1, 'b.policy.yaml');
  expect(await second).toEqual({ 't.policytest.yaml': [] });

  const third = pull();
  rmSync(join(folder, 'broken.policy.yaml'));
  await tell(3, 'broken.policy.yaml');
  expect(await third).toEqual({ 'broken.policy.yaml': [] });
});

test('the first request is answered though there is nothing to tell, the next one when there is', async () => {
  rmSync(join(folder, 'broken.policy.yaml'));
  put('b.policy.yaml', policy('b'));
  await start();
  expect(await pull()).toEqual({});
  const second = pull();
  rmSync(join(folder, 'b.policy.yaml'));
  await tell(3, 'b.policy.yaml');
  expect(await second).toEqual({ 't.policytest.yaml': ['reference/unknown-policy'] });
});

test('a first request that was cancelled leaves the answer to the next', async () => {
  rmSync(join(folder, 'broken.policy.yaml'));
  rmSync(join(folder, 't.policytest.yaml'));
  await start();
  const source = new CancellationTokenSource();
  const first = client.connection.sendRequest('workspace/diagnostic', { previousResultIds: [] }, source.token);
  source.cancel();
  await first.catch(() => null);
  expect(await pull()).toEqual({});
});

test('a request that is held ends when the server does', async () => {
  await start();
  await pull();
  const held = pull().catch((error: unknown) => error);
  // Once this is answered, the request before it is held.
  await client.request('textDocument/diagnostic', { textDocument: { uri: uriOf('a.policy.yaml') } });
  await client.connection.sendRequest('shutdown');
  expect(await held).toMatchObject({ code: -32802, data: { retriggerRequest: false } });
});

test('a request that has nothing to tell is held, and ends when it is cancelled', async () => {
  await start();
  await pull();
  const source = new CancellationTokenSource();
  const previousResultIds = [...known].map(([uri, value]) => ({ uri, value }));
  let isAnswered = false;
  const held = client.connection
    .sendRequest('workspace/diagnostic', { previousResultIds }, source.token)
    .catch(() => null)
    .then(() => {
      isAnswered = true;
    });
  await client.request('textDocument/hover', {
    textDocument: { uri: uriOf('a.policy.yaml') },
    position: { line: 0, character: 0 },
  });
  expect(isAnswered).toBe(false);
  source.cancel();
  await held;
  expect(isAnswered).toBe(true);
});

test('what is open is asked for by itself; once it is closed, it counts as it is on disk', async () => {
  await start();
  const uri = uriOf('a.policy.yaml');
  await client.open(uri, policy('a').replace('default', 'defalt'));
  expect(Object.keys(await pull())).not.toContain('a.policy.yaml');
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  const report = await client.request<Report>('textDocument/diagnostic', { textDocument: { uri } });
  expect(report.items).toEqual([]);
  const broken = { textDocument: { uri: uriOf('broken.policy.yaml') } };
  expect((await client.request<Report>('textDocument/diagnostic', broken)).items.length).toBeGreaterThan(0);
});

test('problems of a text that was open go when it is closed, unsaved or renamed or mended on disk', async () => {
  await start();
  await pull();
  const texts = {
    'a.policy.yaml': policy('a').replace('default', 'defalt'),
    'broken.policy.yaml': policy('broken').replace('default', 'defalt'),
    't.policytest.yaml': tested('b'),
  };
  for (const [name, text] of Object.entries(texts)) {
    await client.open(uriOf(name), text);
    await client.request<Report>('textDocument/diagnostic', { textDocument: { uri: uriOf(name) } });
  }
  rmSync(join(folder, 'broken.policy.yaml'));
  put('t.policytest.yaml', tested('a'));
  await tell(3, 'broken.policy.yaml');
  await tell(2, 't.policytest.yaml');
  for (const name of Object.keys(texts)) {
    // What clients do: they ask once more, tell of the closing, and forget what they knew.
    const textDocument = { uri: uriOf(name) };
    const last = client.request<Report>('textDocument/diagnostic', { textDocument });
    await client.connection.sendNotification('textDocument/didClose', { textDocument });
    known.delete(uriOf(name));
    await last;
  }
  const told = await pull();
  const more = Object.keys(told).length === 3 ? {} : await pull();
  expect({ ...told, ...more }).toEqual({ 'a.policy.yaml': [], 'broken.policy.yaml': [], 't.policytest.yaml': [] });
});

test('whoever wants problems of open files only is told of no others', async () => {
  await start();
  await pull();
  const none = pull();
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { assay: { problems: { scope: 'openFiles' } } },
  });
  expect(await none).toEqual({ 'broken.policy.yaml': [], 't.policytest.yaml': [] });
});
