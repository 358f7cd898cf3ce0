/** YAML that is none of Assay's, in editors that give the server all YAML: nothing is said of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Diagnostics, inFolder } from './lsp-client.ts';

const here = inFolder();
const { uriOf } = here;

const foreign = {
  'docker-compose.yaml': 'services:\n  web:\n    image: nginx\n    ports: ["80:80"]\n',
  'deployment.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, labels: { made-by: assay } }\nspec: { replicas: 2 }\n',
  'broken.yaml': 'a: [\nb: "\n  - c\n',
  'empty.yaml': '',
};
const codes = ({ diagnostics }: Pick<Diagnostics, 'diagnostics'>) => diagnostics.map(({ code }) => code);
const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
const start = whole.start;

/** What the server says of a file, by request; without what it says nothing with. */
async function saidOf(uri: string): Promise<Readonly<Record<string, unknown>>> {
  const textDocument = { uri };
  const options = { tabSize: 2, insertSpaces: true };
  const requests = {
    'textDocument/completion': { textDocument, position: start },
    'textDocument/hover': { textDocument, position: start },
    'textDocument/codeLens': { textDocument },
    'textDocument/documentSymbol': { textDocument },
    'textDocument/documentLink': { textDocument },
    'textDocument/foldingRange': { textDocument },
    'textDocument/formatting': { textDocument, options },
    'textDocument/onTypeFormatting': { textDocument, position: { line: 1, character: 0 }, ch: '\n', options },
    'textDocument/inlayHint': { textDocument, range: whole },
    'textDocument/codeAction': { textDocument, range: whole, context: { diagnostics: [] } },
    'textDocument/documentHighlight': { textDocument, position: start },
    'textDocument/definition': { textDocument, position: start },
  };
  const said: Record<string, unknown> = {};
  for (const [method, params] of Object.entries(requests)) {
    const answer = await here.client.request<unknown[] | object | null>(method, params);
    if (answer !== null && !(Array.isArray(answer) && answer.length === 0)) said[method] = answer;
  }
  return said;
}

describe.each(Object.entries(foreign))('%s', (name, text) => {
  test('has no problems, offers, lenses and the like', async () => {
    await here.client.initialize(uriOf(''), { textDocument: { codeAction: { codeActionLiteralSupport: {} } } });
    await here.client.open(uriOf(name), text, 'yaml');
    expect(codes(await here.client.diagnostics(uriOf(name)))).toEqual([]);
    expect(await saidOf(uriOf(name))).toEqual({});
    expect(here.client.published(uriOf(name)).flatMap(codes)).toEqual([]);
  });

  test('has none for a client that asks for problems', async () => {
    await here.client.initialize(uriOf(''), { textDocument: { diagnostic: {} } });
    await here.client.open(uriOf(name), text, 'yaml');
    const textDocument = { uri: uriOf(name) };
    expect(await here.client.request('textDocument/diagnostic', { textDocument })).toMatchObject({ items: [] });
  });
});

test('becomes a file of Assay while it is typed, and stays one until it is closed', async () => {
  await here.client.initialize(uriOf(''));
  const uri = uriOf('notes.yaml');
  await here.client.open(uri, 'kind: Policy\nspec: { default: maybe }\n', 'yaml');
  expect(codes(await here.client.diagnostics(uri))).toEqual([]);
  await here.client.change(uri, 2, [{ range: { start, end: start }, text: 'apiVersion: assay/v1\n' }]);
  const ours = await here.client.diagnostics(uri, ({ version }) => version === 2);
  expect(codes(ours)).toEqual(['schema/missing-key', 'schema/value']);
  expect(Object.keys(await saidOf(uri))).toEqual(expect.arrayContaining(['textDocument/hover']));

  const line = { start, end: { line: 1, character: 0 } };
  await here.client.change(uri, 3, [{ range: line, text: '' }]);
  const without = await here.client.diagnostics(uri, ({ version }) => version === 3);
  expect(codes(without)).toContain('schema/missing-key');

  await here.client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  await here.client.open(uri, 'kind: Policy\n', 'yaml');
  expect(await saidOf(uri)).toEqual({});
});

interface Language {
  readonly id: string;
  readonly extensions: readonly string[];
}
const { contributes } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
const languages: readonly Language[] = contributes.languages;
const own = languages.filter(({ id }) => id.startsWith('assay-'));
const labels = async (uri: string) => {
  const params = { textDocument: { uri }, position: start };
  const items = await here.client.request<readonly { readonly label: string }[] | null>(
    'textDocument/completion',
    params,
  );
  return (items ?? []).map(({ label }) => label);
};

test('a new file with a name of one of the kinds gets its help', async () => {
  await here.client.initialize(uriOf(''));
  const names = own.flatMap(({ extensions }) => extensions);
  expect(names.length).toBeGreaterThanOrEqual(14);
  for (const extension of names) {
    const uri = uriOf(`new${extension}`);
    await here.client.open(uri, '', 'yaml');
    expect(codes(await here.client.diagnostics(uri)), extension).toEqual(['schema/empty-file']);
    expect(await labels(uri), extension).toContain('apiVersion');
  }
  const uri = uriOf('begun.policy.yaml');
  await here.client.open(uri, 'metadata: { name: x }\n', 'yaml');
  expect(codes(await here.client.diagnostics(uri))).toEqual(['schema/missing-kind']);
});

test('so does a file of one of the languages, whatever its name', async () => {
  await here.client.initialize(uriOf(''));
  for (const { id } of own) {
    const uri = `untitled:${id}`;
    await here.client.open(uri, '', id);
    expect(codes(await here.client.diagnostics(uri)), id).toEqual(['schema/empty-file']);
    expect(await labels(uri), id).toContain('apiVersion');
  }
});
