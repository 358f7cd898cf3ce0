/** Workspaces as an editor has them, over the protocol: several folders, watched files, settings, cancelled requests. */
import { createHash } from 'node:crypto';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { type Diagnostics, inFolder } from './lsp-client.ts';

const here = inFolder();
const { uriOf, put } = here;
const policy = (name: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { default: deny }\n`;
const testOf = (name: string) =>
  `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [${name}]\n  cases: [{ name: c, action: { tool: t }, expect: { decision: deny } }]\n`;
const codes = (found: Diagnostics) => found.diagnostics.map(({ code }) => code);
const changed = (...names: string[]) =>
  here.client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: names.map((name) => ({ uri: uriOf(name), type: 2 })),
  });
const watching = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, workspaceFolders: true } };

/** The newest diagnostics of a file, once they are as they should be. */
const until = (uri: string, version: number, expected: readonly string[]) =>
  here.client.diagnostics(
    uri,
    (found) => found.version === version && JSON.stringify(codes(found)) === JSON.stringify(expected),
  );

test('a file of any kind that changes is looked at again by the capsule that holds its digest', async () => {
  await here.client.initialize(uriOf(''), watching);
  const uri = uriOf('c.capsule.yaml');
  const digest = `sha256:${createHash('sha256').update('as it was').digest('hex')}`;
  put('part.txt', 'as it was');
  await here.client.open(
    uri,
    `apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: c }\nspec:\n  recordings:\n    - { path: ./part.txt, digest: "${digest}" }\n`,
  );
  await until(uri, 1, []);
  put('part.txt', 'otherwise');
  await changed('part.txt');
  await until(uri, 1, ['reference/wrong-digest']);
});

test('files that come, change, move, are ignored and go are told to those who refer to them', async () => {
  const registered = new Promise<{ registrations: { method: string; registerOptions: { watchers: object[] } }[] }>(
    (resolve) =>
      here.client.connection.onRequest('client/registerCapability', (params) => {
        resolve(params);
        return null;
      }),
  );
  await here.client.initialize(uriOf(''), watching);
  const [registration] = (await registered).registrations;
  expect(registration?.method).toBe('workspace/didChangeWatchedFiles');
  expect(registration?.registerOptions.watchers).toEqual([{ globPattern: '**/*' }]);

  const uri = uriOf('t.yaml');
  const unknown = ['reference/unknown-policy'];
  await here.client.open(uri, testOf('p'));
  await until(uri, 1, unknown);
  let version = 1;
  const step = async (change: () => void, names: readonly string[], expected: readonly string[]) => {
    change();
    await changed(...names);
    // A new version makes sure that what is found now is not what was found before.
    await here.client.change(uri, ++version, [{ text: `${testOf('p')}# ${version}\n` }]);
    await until(uri, version, expected);
  };
  await step(() => put('sub/p.yaml', policy('p')), ['sub/p.yaml'], []);
  await step(() => put('sub/p.yaml', policy('q')), ['sub/p.yaml'], unknown);
  await step(() => put('sub/p.yaml', policy('p')), ['sub/p.yaml'], []);
  await step(() => renameSync(join(here.folder, 'sub'), join(here.folder, 'other')), ['sub', 'other'], []);
  await step(() => put('twice.yaml', policy('p')), ['twice.yaml'], ['reference/ambiguous']);
  await step(() => put('.gitignore', 'other/\n'), ['.gitignore'], []);
  await step(() => rmSync(join(here.folder, 'twice.yaml')), ['twice.yaml'], unknown);
});

test('folders of the editor are apart, and come and go', async () => {
  put('one/.assay/x', '');
  put('two/.assay/x', '');
  put('two/p.yaml', policy('p'));
  await here.client.initialize(uriOf('one'), watching);
  const [inOne, inTwo] = [uriOf('one/t.yaml'), uriOf('two/t.yaml')];
  await here.client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
    event: { added: [{ uri: uriOf('two'), name: 'two' }], removed: [{ uri: uriOf('one'), name: 'one' }] },
  });
  await here.client.open(inOne, testOf('p'));
  await here.client.open(inTwo, testOf('p'));
  await until(inOne, 1, ['reference/unknown-policy']);
  await until(inTwo, 1, []);
  await here.client.change(inOne, 2, [{ text: testOf('../two/p.yaml') }]);
  await until(inOne, 2, ['reference/outside-workspace']);
});

test('a file without a place on disk is checked by itself', async () => {
  await here.client.initialize(uriOf(''));
  await here.client.open('untitled:Untitled-1', policy('x').replace('deny', 'denny'));
  await until('untitled:Untitled-1', 1, ['schema/value']);
});

test('URIs that editors write differently are the same file', async () => {
  put('p.yaml', policy('p'));
  await here.client.initialize(uriOf(''));
  const odd = uriOf('p.yaml').replace(/p\.yaml$/, '%70.yaml');
  await here.client.open(odd, policy('unsaved'));
  await here.client.open(uriOf('t.yaml'), testOf('unsaved'));
  await until(uriOf('t.yaml'), 1, []);
});

test('a file that is open by two URIs says what it holds until both are closed', async () => {
  put('p.yaml', policy('saved'));
  symlinkSync('p.yaml', join(here.folder, 'link.yaml'));
  await here.client.initialize(uriOf(''));
  await here.client.open(uriOf('p.yaml'), policy('unsaved'));
  await here.client.open(uriOf('link.yaml'), policy('unsaved'));
  const close = (name: string) =>
    here.client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uriOf(name) } });
  await here.client.open(uriOf('t.yaml'), testOf('unsaved'));
  await until(uriOf('t.yaml'), 1, []);
  await close('link.yaml');
  await here.client.change(uriOf('t.yaml'), 2, [{ text: testOf('unsaved') }]);
  await until(uriOf('t.yaml'), 2, []);
  await close('p.yaml');
  await here.client.change(uriOf('t.yaml'), 3, [{ text: testOf('saved') }]);
  await until(uriOf('t.yaml'), 3, []);
});

test('what is below a folder that is no workspace of its own any more is found once, with those around it', async () => {
  put('one/.assay/x', '');
  put('one/sub/.assay/x', '');
  put('one/sub/p.yaml', policy('p'));
  await here.client.initialize(uriOf('one'), watching);
  const found = async () => {
    const symbols = await here.client.request<{ name: string }[]>('workspace/symbol', { query: '' });
    return symbols.map(({ name }) => name);
  };
  await here.client.open(uriOf('one/sub/p.yaml'), policy('unsaved'));
  await until(uriOf('one/sub/p.yaml'), 1, []);
  expect(await found()).toEqual(['unsaved']);
  rmSync(join(here.folder, 'one/sub/.assay'), { recursive: true });
  await changed('one/sub/.assay');
  await here.client.change(uriOf('one/sub/p.yaml'), 2, [{ text: policy('newer') }]);
  await until(uriOf('one/sub/p.yaml'), 2, []);
  expect(await found()).toEqual(['newer']);
});

test('a folder that goes takes its rules and its mark with it', async () => {
  put('p.yaml', policy('p'));
  put('sub/.gitignore', 'q.yaml\n');
  put('sub/q.yaml', policy('q'));
  put('own/.assay/x', '');
  await here.client.initialize(uriOf(''), watching);
  const uri = uriOf('t.yaml');
  await here.client.open(uri, testOf('q'));
  await here.client.open(uriOf('own/r.yaml'), policy('r'));
  await until(uri, 1, ['reference/unknown-policy']);
  rmSync(join(here.folder, 'sub'), { recursive: true });
  await changed('sub');
  put('sub/q.yaml', policy('q'));
  await changed('sub');
  await here.client.change(uri, 2, [{ text: testOf('q') }]);
  await until(uri, 2, []);
  rmSync(join(here.folder, 'own'), { recursive: true });
  await changed('own');
  await here.client.change(uri, 3, [{ text: testOf('r') }]);
  await until(uri, 3, []);
});

test('links that come, change and go are told to those who refer to what they lead to', async () => {
  put('outside/y.yaml', policy('y'));
  put('root/.assay/x', '');
  put('root/p.yaml', policy('p'));
  put('root/q.yaml', policy('q'));
  await here.client.initialize(uriOf('root'), watching);
  const uri = uriOf('root/t.yaml');
  let version = 0;
  await here.client.open(uri, '');
  const link = (target: string, name: string) => {
    rmSync(join(here.folder, name), { force: true });
    symlinkSync(target, join(here.folder, name));
  };
  const step = async (change: () => void, name: string, refersTo: string, expected: readonly string[]) => {
    change();
    await changed(name);
    await here.client.change(uri, ++version + 1, [{ text: testOf(refersTo) }]);
    await until(uri, version + 1, expected);
  };
  const unknown = ['reference/unknown-policy'];
  await step(() => link('../outside/y.yaml', 'root/x.yaml'), 'root/x.yaml', 'y', []);
  await step(() => rmSync(join(here.folder, 'root/x.yaml')), 'root/x.yaml', 'y', unknown);
  await step(() => link('q.yaml', 'root/p.yaml'), 'root/p.yaml', 'p', unknown);
  const law = uriOf('root/law.yaml');
  await here.client.open(law, policy('law'));
  await until(law, 1, []);
  link('nowhere.yaml', 'root/l.policy.yaml');
  await changed('root/l.policy.yaml');
  await until(law, 1, ['proof/not-decided']);
  put('root/nowhere.yaml', policy('somewhere'));
  await changed('root/nowhere.yaml');
  await here.client.change(law, 2, [{ text: policy('law') }]);
  await until(law, 2, []);
});

test('the first reading of a large workspace shows progress and blocks no request', async () => {
  for (let index = 0; index < 1500; index++) put(`d${index % 30}/p${index}.yaml`, policy(`p${index}`));
  const steps: { kind: string; message?: string }[] = [];
  const over = new Promise<void>((resolve) =>
    here.client.connection.onNotification('$/progress', ({ value }: { value: { kind: string; message?: string } }) => {
      steps.push(value);
      if (value.kind === 'end') resolve();
    }),
  );
  here.client.connection.onRequest('window/workDoneProgress/create', () => null);
  await here.client.initialize(uriOf(''), { window: { workDoneProgress: true } });
  await here.client.open(uriOf('x.yaml'), policy('x'));
  const at = { textDocument: { uri: uriOf('x.yaml') }, position: { line: 3, character: 20 } };
  expect(await here.client.request('textDocument/completion', at)).not.toHaveLength(0);
  expect(steps.some(({ kind }) => kind === 'end')).toBe(false);
  await over;
  expect(steps[0]).toMatchObject({ kind: 'begin' });
  await here.client.open(uriOf('t.yaml'), testOf('p1499'));
  await until(uriOf('t.yaml'), 1, []);
});

test('a request that is cancelled before its turn is answered as cancelled; the others are answered', async () => {
  await here.client.initialize(uriOf(''));
  const uri = uriOf('p.yaml');
  await here.client.open(uri, policy('p'));
  const at = { textDocument: { uri }, position: { line: 1, character: 6 } };
  const sources = Array.from({ length: 20 }, () => new CancellationTokenSource());
  const answers = sources.map((source) => here.client.connection.sendRequest('textDocument/hover', at, source.token));
  for (const source of sources.slice(10)) source.cancel();
  const settled = await Promise.allSettled(answers);
  const kinds = settled.map((each) =>
    each.status === 'fulfilled' ? 'answered' : (each.reason as { code: number }).code,
  );
  expect(kinds.slice(0, 10)).toEqual(Array(10).fill('answered'));
  expect(kinds.slice(10)).toContain(-32800);
});

test('diagnostics that are asked for while the text changes are refused with a wish to ask again', async () => {
  for (let index = 0; index < 600; index++) put(`p${index}.yaml`, policy(`p${index}`));
  await here.client.initialize(uriOf(''), { textDocument: { diagnostic: {} } });
  const uri = uriOf('t.yaml');
  await here.client.open(uri, testOf('p1'));
  const early = here.client.request('textDocument/diagnostic', { textDocument: { uri } });
  await here.client.change(uri, 2, [{ text: testOf('nobody') }]);
  await expect(early).rejects.toMatchObject({ code: -32802, data: { retriggerRequest: true } });
  const late = await here.client.request<{ items: { code: string }[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  expect(late.items.map(({ code }) => code)).toEqual(['reference/unknown-policy']);
});

test('clients that pull are asked to do so again when another file changes what is right', async () => {
  const refreshed = new Promise<void>((resolve) =>
    here.client.connection.onRequest('workspace/diagnostic/refresh', () => {
      resolve();
      return null;
    }),
  );
  const capabilities = { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } };
  await here.client.initialize(uriOf(''), capabilities);
  const uri = uriOf('t.yaml');
  await here.client.open(uri, testOf('p'));
  const pull = async () => {
    const report = await here.client.request<{ items: { code: string }[] }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    return report.items.map(({ code }) => code);
  };
  expect(await pull()).toEqual(['reference/unknown-policy']);
  await here.client.open(uriOf('p.yaml'), policy('p'));
  await refreshed;
  expect(await pull()).toEqual([]);
});

test('a changed setting is asked for where the here.client can be asked', async () => {
  const asked = new Promise<{ items: { section: string }[] }>((resolve) =>
    here.client.connection.onRequest('workspace/configuration', (params) => {
      resolve(params);
      return [{ host: { nodePath: process.execPath } }];
    }),
  );
  await here.client.initialize(uriOf(''), { workspace: { configuration: true } });
  await here.client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  expect((await asked).items).toEqual([{ section: 'assay' }]);
});
