/** How problems reach the client: in stages when a text is long, not twice, and unchanged ones by their result id. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LspClient } from './lsp-client.ts';

let folder = '';
let client: LspClient;
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
const codes = (found: { diagnostics: readonly { code: string }[] }) => found.diagnostics.map(({ code }) => code);

const policy = (name: string, rules: readonly string[]) =>
  ['apiVersion: assay/v1', 'kind: Policy', 'metadata:', `  name: ${name}`, 'spec:', '  default: allow', '  rules:']
    .concat(rules)
    .join('\n')
    .concat('\n');
const rule = (id: string) => `    - { id: ${id}, effect: deny, when: { agent.role: ${id} } }`;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-test-')));
  mkdirSync(join(folder, '.assay'));
  client = new LspClient();
});
afterEach(async () => {
  await client.end();
  rmSync(folder, { recursive: true, force: true });
});

test('of a long text, what its reader has found is told first, and what it means after that', async () => {
  await client.initialize(pathToFileURL(folder).href);
  const uri = uriOf('long.policy.yaml');
  const rules = Array.from({ length: 1_200 }, (_, index) => rule(`r${index}`));
  rules[3] = '    - { id: r3, efect: deny, when: { agent.role: x } }';
  rules[7] = rule('r8');
  await client.open(uri, policy('long', rules));
  await client.diagnostics(uri, (found) => codes(found).includes('meaning/duplicate-rule'));
  const [first, second] = client.published(uri);
  expect(codes(first ?? { diagnostics: [] })).toContain('schema/unknown-key');
  expect(codes(first ?? { diagnostics: [] })).not.toContain('meaning/duplicate-rule');
  expect(codes(second ?? { diagnostics: [] })).toEqual(
    expect.arrayContaining(['schema/unknown-key', 'meaning/duplicate-rule']),
  );
});

test('a file is not told of again when another that it has asked for changes without effect on it', async () => {
  await client.initialize(pathToFileURL(folder).href);
  const test = (name: string, policies: string) =>
    `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: ${name} }\nspec:\n  policies: [${policies}]\n  cases: []\n`;
  writeFileSync(join(folder, 'a.policy.yaml'), policy('a', [rule('one')]));
  const tested = uriOf('t.policytest.yaml');
  await client.open(tested, test('t', 'a, a, a'));
  await client.diagnostics(tested);
  // Once the workspace has been read, other policies matter to the test.
  await client.open(uriOf('b.policytest.yaml'), test('b', 'nobody'));
  await client.diagnostics(uriOf('b.policytest.yaml'), (found) => codes(found).includes('reference/unknown-policy'));
  const before = client.published(tested).length;
  // Another policy came: the test is looked at again, but there is nothing new to tell.
  await client.open(uriOf('c.policy.yaml'), policy('c', [rule('one')]));
  await client.diagnostics(uriOf('c.policy.yaml'));
  await client.open(uriOf('a.policy.yaml'), policy('renamed', [rule('one')]));
  await client.diagnostics(tested, (found) => codes(found).includes('reference/unknown-policy'));
  expect(client.published(tested)).toHaveLength(before + 1);
});

test('whoever pulls is told that nothing has changed, by the result that it has', async () => {
  await client.initialize(pathToFileURL(folder).href, { textDocument: { diagnostic: {} } });
  const uri = uriOf('p.preset.yaml');
  // Nothing is proved of presets, so that what is told of one text stays the same.
  const preset = (kind: string) => `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: p }\nspec: { nodes: [] }\n`;
  const pull = (previousResultId?: string) =>
    client.request<{ kind: string; resultId: string; items?: readonly { code: string }[] }>('textDocument/diagnostic', {
      textDocument: { uri },
      ...(previousResultId !== undefined && { previousResultId }),
    });
  await client.open(uri, preset('Presett'));
  const first = await pull();
  expect(first).toMatchObject({ kind: 'full', items: [{ code: 'schema/unknown-kind' }] });
  expect(await pull(first.resultId)).toEqual({ kind: 'unchanged', resultId: first.resultId });
  expect(await pull('of another server')).toMatchObject({ kind: 'full' });
  await client.change(uri, 2, [{ text: preset('Preset') }]);
  const second = await pull(first.resultId);
  expect(second).toMatchObject({ kind: 'full' });
  expect(second.resultId).not.toBe(first.resultId);
});

test.each([
  ['all', (text: string) => text.replaceAll('\n', '\r')],
  ['some', (text: string) => text.replace(/\n {4}/g, '\r    ')],
])('a lone carriage return ends a line, for %s lines, at once and after an edit', async (_, ended) => {
  await client.initialize(pathToFileURL(folder).href);
  const found = async (uri: string, isDone: (codes: readonly string[]) => boolean) => {
    const { diagnostics } = await client.diagnostics(uri, (each) => isDone(codes(each)));
    return diagnostics.map(({ code, range }) => ({ code, range }));
  };
  const faults = policy('p', ['    # why', rule('one'), '    - { id: two, efect: deny }', rule('one')]);
  const both = (has: readonly string[]) => has.includes('schema/unknown-key') && has.includes('meaning/duplicate-rule');
  await client.open(uriOf('lines.policy.yaml'), faults);
  await client.open(uriOf('returns.policy.yaml'), ended(faults).replace('name: p', 'name: q'));
  const expected = await found(uriOf('lines.policy.yaml'), both);
  expect(await found(uriOf('returns.policy.yaml'), both)).toEqual(expected);
  const at = { start: { line: 9, character: 17 }, end: { line: 9, character: 22 } };
  expect(expected.map(({ range }) => range)).toContainEqual(at);
  await client.change(uriOf('returns.policy.yaml'), 2, [{ range: at, text: 'effect' }]);
  const left = await found(uriOf('returns.policy.yaml'), (has) => !has.includes('schema/unknown-key'));
  expect(left.map(({ code }) => code)).toEqual(['meaning/duplicate-rule']);
});
