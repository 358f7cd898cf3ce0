/** What is proved of a policy reaches the editor, a moment after the edit that it follows from. */
import { beforeEach, expect, test } from 'vitest';
import { inFolder } from './lsp-client.ts';

const here = inFolder();
beforeEach(async () => {
  await here.client.initialize(here.uriOf(''));
});

const policy = (rules: readonly string[], head = 'default: allow') =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  ${head}\n  rules:\n${rules.map((rule) => `    - ${rule}\n`).join('')}`;

const open = async (name: string, text: string): Promise<string> => {
  const uri = here.uriOf(name);
  here.put(name, text);
  await here.client.open(uri, text);
  return uri;
};

const codes = (found: { diagnostics: readonly { code: string }[] }) => found.diagnostics.map(({ code }) => code);

const deniesAll = '{ id: all, effect: deny, when: { tool.kind: write } }';
const allowsSome = '{ id: some, effect: allow, when: { tool.kind: write, tool.risk: 1 } }';

test('a rule that another always beats is told of at its id, and not any more once it is mended', async () => {
  const text = policy([deniesAll, allowsSome]);
  const uri = await open('a.policy.yaml', text);
  const found = await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  const finding = found.diagnostics.find(({ code }) => code === 'proof/shadowed');
  expect(finding?.range.start).toEqual({ line: 7, character: text.split('\n')[7]?.indexOf('some') });
  expect(finding?.message).toMatch(/`all`/);

  const start = { line: 6, character: (text.split('\n')[6] ?? '').indexOf('write') };
  await here.client.change(uri, 2, [
    { range: { start, end: { ...start, character: start.character + 5 } }, text: 'read' },
  ]);
  await here.client.diagnostics(uri, (each) => each.version === 2 && !codes(each).includes('proof/shadowed'));
});

test('a comment keeps a finding away, and is not called needless before anything is proved', async () => {
  const text = policy([deniesAll, `${allowsSome} # assay-disable-line proof/shadowed`]);
  const uri = await open('a.policy.yaml', text);
  const control = await open('b.policy.yaml', policy([deniesAll, allowsSome]).replace('name: p', 'name: q'));
  await here.client.diagnostics(control, (each) => codes(each).includes('proof/shadowed'));
  await here.client.change(uri, 2, [{ text: `${text}\n` }]);
  const found = await here.client.diagnostics(uri, (each) => each.version === 2);
  expect(codes(found)).toEqual([]);
});

test('rules of an included policy count, as it stands in its file', async () => {
  here.put('base.policy.yaml', policy([deniesAll]).replace('name: p', 'name: base'));
  const uri = await open('a.policy.yaml', policy([allowsSome], 'include: [base]'));
  // The index is read after the file is opened: an edit asks again.
  await here.client.diagnostics(uri, (each) => codes(each).length === 0);
  await here.client.change(uri, 2, [{ text: `${policy([allowsSome], 'include: [base]')}\n` }]);
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
});
