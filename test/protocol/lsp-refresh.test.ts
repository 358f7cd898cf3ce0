/** Lenses and hints that another file has made wrong are asked for again, by clients that can be told. */
import { expect, test } from 'vitest';
import { inFolder } from './lsp-client.ts';

const policy = (spec: string) => `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n${spec}`;
const including = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: q }\nspec:\n  default: deny\n  include: [p]\n';

const here = inFolder();

const able = { workspace: { codeLens: { refreshSupport: true }, inlayHint: { refreshSupport: true } } };
const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
const hintsOf = async (name: string) =>
  (
    await here.client.request<{ label: string }[]>('textDocument/inlayHint', {
      textDocument: { uri: here.uriOf(name) },
      range,
    })
  ).map(({ label }) => label);
const countsOf = async (name: string) =>
  (
    await here.client.request<{ command: { title: string } }[]>('textDocument/codeLens', {
      textDocument: { uri: here.uriOf(name) },
    })
  )
    .map(({ command }) => command.title)
    .filter((title) => title.includes('reference'));

/** Resolves at the next request of this method. */
const asked = (method: string) =>
  new Promise<void>((resolve) =>
    here.client.connection.onRequest(method, () => {
      resolve();
      return null;
    }),
  );

test('a file that begins to refer to another changes its lenses, and one that is included the hints', async () => {
  here.put('p.yaml', policy('  default: deny\n'));
  await here.client.initialize(here.uriOf(''), able);
  await here.client.open(here.uriOf('p.yaml'), policy('  default: deny\n'));
  const read = [asked('workspace/codeLens/refresh'), asked('workspace/inlayHint/refresh')];
  await here.client.open(here.uriOf('q.yaml'), including);
  await Promise.all(read);
  expect(await countsOf('p.yaml')).toEqual(['1 reference']);
  expect(await hintsOf('q.yaml')).toEqual([]);
  const again = asked('workspace/inlayHint/refresh');
  const limited = policy('  default: deny\n  budgets: [{ id: all, unit: calls, limit: 3, per: run }]\n');
  await here.client.change(here.uriOf('p.yaml'), 2, [{ text: limited }]);
  await again;
  expect(await hintsOf('q.yaml')).toEqual(['all 3 calls per run, then deny']);
});

test('what only one open file says is not asked for again, nor of clients that cannot be told', async () => {
  const heard: string[] = [];
  for (const method of ['workspace/codeLens/refresh', 'workspace/inlayHint/refresh'])
    here.client.connection.onRequest(method, () => void heard.push(method));
  await here.client.initialize(here.uriOf(''), {});
  await here.client.open(here.uriOf('p.yaml'), policy('  default: deny\n'));
  await here.client.open(here.uriOf('q.yaml'), including);
  expect(await countsOf('p.yaml')).toEqual(['1 reference']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(heard).toEqual([]);
});
