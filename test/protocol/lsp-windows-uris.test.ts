/**
 * URIs as editors on Windows write them: drives in either case, their colon encoded or not. The first half runs on this
 * platform, with folders called like drives; the second reads URIs as Windows does, where every path of a drive is a name
 * in the current folder. What is left to Windows itself are its disks.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { head } from '../language/navigation-cases.ts';
import { inFolder, LspClient } from './lsp-client.ts';

interface Place {
  readonly uri: string;
}
interface Edit {
  readonly changes: Readonly<Record<string, readonly { readonly newText: string }[]>>;
}

const policy = (name: string) => `${head('Policy', name)}  default: deny\n`;
const including = (name: string) => `${head('Policy', 'user')}  default: deny\n  include: [${name}]\n`;
const onName = { line: 5, character: 13 };

describe('folders called like drives', () => {
  const here = inFolder({ 'c:/shared.policy.yaml': policy('shared'), 'c:/user.policy.yaml': including('shared') });
  const spelled = (name: string, drive: string) => `${here.uriOf('')}/${drive}/${name}`;

  test.each(['c:', 'c%3A', 'c%3a'])('`%s` is the folder, and what is open keeps the spelling', async (drive) => {
    await here.client.initialize(here.uriOf(''));
    const [user, shared] = [spelled('user.policy.yaml', drive), spelled('shared.policy.yaml', drive)];
    await here.client.open(user, including('shared'));
    const asked = { textDocument: { uri: user }, position: onName };
    const closed = await here.client.request<Place[]>('textDocument/definition', asked);
    expect(closed.map(({ uri }) => uri)).toEqual([here.uriOf('c:/shared.policy.yaml')]);
    await here.client.open(shared, policy('shared'));
    const open = await here.client.request<Place[]>('textDocument/definition', asked);
    expect(open.map(({ uri }) => uri)).toEqual([shared]);
    const renamed = await here.client.request<Edit>('textDocument/rename', { ...asked, newName: 'common' });
    expect(Object.keys(renamed.changes).toSorted()).toEqual([shared, user].toSorted());
    expect((await here.client.diagnostics(user)).diagnostics).toEqual([]);
  });

  test('what changes on disk is seen in any spelling', async () => {
    await here.client.initialize(here.uriOf(''));
    const user = spelled('user.policy.yaml', 'c%3A');
    await here.client.open(user, including('late'));
    await here.client.diagnostics(user, ({ diagnostics }) =>
      diagnostics.some(({ code }) => code.startsWith('reference/')),
    );
    here.put('c:/late.policy.yaml', policy('late'));
    await here.client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: spelled('late.policy.yaml', 'c:'), type: 1 }],
    });
    await here.client.diagnostics(user, ({ diagnostics }) => diagnostics.length === 0);
  });
});

describe('drives, read as on Windows', () => {
  let folder = '';
  let client: LspClient | null = null;
  afterEach(async () => {
    client?.process.kill('SIGKILL');
    await client?.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (rootUri: string): Promise<LspClient> => {
    folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-drives-')));
    mkdirSync(join(folder, '.assay'));
    const asWindows = `Object.defineProperty(process, 'platform', { value: 'win32' }); process.chdir(${JSON.stringify(folder)});`;
    const started = new LspClient({}, 'inherit', ['--import', `data:text/javascript,${encodeURIComponent(asWindows)}`]);
    client = started;
    await started.initialize(rootUri);
    return started;
  };

  test.each([
    ['file:///c%3A/files', 'file:///c%3A/files/shared.policy.yaml', 'file:///C:/files/user.policy.yaml'],
    ['file:///C:/files', 'file:///C:/files/shared.policy.yaml', 'file:///c%3A/files/user.policy.yaml'],
    ['file:///c:/files', 'file:///C%3A/files/shared.policy.yaml', 'file:///c:/files/user.policy.yaml'],
  ])('a letter is one drive in either case: %s', async (root, shared, user) => {
    const server = await start(root);
    await server.open(shared, policy('shared'));
    await server.open(user, including('shared'));
    const asked = { textDocument: { uri: user }, position: onName };
    expect((await server.request<Place[]>('textDocument/definition', asked)).map(({ uri }) => uri)).toEqual([shared]);
    const renamed = await server.request<Edit>('textDocument/rename', { ...asked, newName: 'common' });
    expect(Object.keys(renamed.changes).toSorted()).toEqual([shared, user].toSorted());
    expect((await server.diagnostics(user)).diagnostics).toEqual([]);
  });

  test.each([
    ['file:///c%3A/files/shared.policy.yaml', 'file:///C:/files/shared.policy.yaml'],
    ['file:///C%3a/files/shared.policy.yaml', 'file:///c:/files/shared.policy.yaml'],
  ])('a file under two spellings is one file: %s and %s', async (one, other) => {
    const server = await start('file:///c%3A/files');
    await server.open(one, policy('shared'));
    await server.open(other, policy('shared'));
    const user = 'file:///C:/files/user.policy.yaml';
    await server.open(user, including('shared, gone'));
    // Two files would make the name ambiguous, and each of them a double.
    const found = await server.diagnostics(user, ({ diagnostics }) => diagnostics.length > 0);
    expect(found.diagnostics.map(({ code }) => code)).toEqual(['reference/unknown-policy']);
    for (const uri of [one, other]) expect((await server.diagnostics(uri)).diagnostics).toEqual([]);
  });
});
