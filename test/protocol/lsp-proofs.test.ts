/** What is proved of a policy reaches the editor, a moment after the edit that it follows from. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LspClient } from './lsp-client.ts';

let folder: string;
let client: LspClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-proofs-'));
  mkdirSync(join(folder, '.assay'));
  client = new LspClient();
  await client.initialize(pathToFileURL(folder).href);
});

afterEach(async () => {
  client.connection.dispose();
  client.process.kill('SIGKILL');
  await client.exited;
  rmSync(folder, { recursive: true, force: true });
});

const policy = (rules: readonly string[], head = 'default: allow') =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  ${head}\n  rules:\n${rules.map((rule) => `    - ${rule}\n`).join('')}`;

const open = async (name: string, text: string): Promise<string> => {
  const uri = pathToFileURL(join(folder, name)).href;
  writeFileSync(join(folder, name), text);
  await client.open(uri, text);
  return uri;
};

const codes = (found: { diagnostics: readonly { code: string }[] }) => found.diagnostics.map(({ code }) => code);

const deniesAll = '{ id: all, effect: deny, when: { tool.kind: write } }';
const allowsSome = '{ id: some, effect: allow, when: { tool.kind: write, tool.risk: 1 } }';

test('a rule that another always beats is told of at its id, and not any more once it is mended', async () => {
  const text = policy([deniesAll, allowsSome]);
  const uri = await open('a.policy.yaml', text);
  const found = await client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  const finding = found.diagnostics.find(({ code }) => code === 'proof/shadowed');
  expect(finding?.range.start).toEqual({ line: 7, character: text.split('\n')[7]?.indexOf('some') });
  expect(finding?.message).toMatch(/`all`/);

  const start = { line: 6, character: (text.split('\n')[6] ?? '').indexOf('write') };
  await client.change(uri, 2, [{ range: { start, end: { ...start, character: start.character + 5 } }, text: 'read' }]);
  await client.diagnostics(uri, (each) => each.version === 2 && !codes(each).includes('proof/shadowed'));
});

test('a comment keeps a finding away, and is not called needless before anything is proved', async () => {
  const text = policy([deniesAll, `${allowsSome} # assay-disable-line proof/shadowed`]);
  const uri = await open('a.policy.yaml', text);
  const control = await open('b.policy.yaml', policy([deniesAll, allowsSome]).replace('name: p', 'name: q'));
  await client.diagnostics(control, (each) => codes(each).includes('proof/shadowed'));
  await client.change(uri, 2, [{ text: `${text}\n` }]);
  const found = await client.diagnostics(uri, (each) => each.version === 2);
  expect(codes(found)).toEqual([]);
});

test('rules of an included policy count, as it stands in its file', async () => {
  writeFileSync(join(folder, 'base.policy.yaml'), policy([deniesAll]).replace('name: p', 'name: base'));
  const uri = await open('a.policy.yaml', policy([allowsSome], 'include: [base]'));
  // The index is read after the file is opened: an edit asks again.
  await client.diagnostics(uri, (each) => codes(each).length === 0);
  await client.change(uri, 2, [{ text: `${policy([allowsSome], 'include: [base]')}\n` }]);
  await client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
});
