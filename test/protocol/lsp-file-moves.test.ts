/** Files and folders that move, over the protocol: which edits come first, and in whose spelling of URIs. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { head, office } from '../language/navigation-cases.ts';
import { inFolder } from './lsp-client.ts';

interface Edits {
  readonly changes?: Readonly<Record<string, readonly { readonly newText: string }[]>>;
  readonly documentChanges?: readonly {
    readonly textDocument: { readonly uri: string; readonly version: number | null };
    readonly edits: readonly { readonly newText: string }[];
  }[];
}

const here = inFolder({ ...office, 'agent.mjs': '' });
const { uriOf } = here;
const asked = { workspace: { fileOperations: { willRename: true } } };

const willMove = (...moves: readonly (readonly [from: string, to: string])[]) =>
  here.client.request<Edits | null>('workspace/willRenameFiles', {
    files: moves.map(([oldUri, newUri]) => ({ oldUri, newUri })),
  });

const textsOf = (edits: Edits | null) =>
  Object.fromEntries(
    Object.entries(edits?.changes ?? {}).map(([uri, each]) => [uri, each.map(({ newText }) => newText)]),
  );

test('a client that asks before it moves files is told so, others are not', async () => {
  const { capabilities } = await here.client.initialize(uriOf(''), asked);
  expect(capabilities).toMatchObject({ workspace: { fileOperations: { willRename: {}, didRename: {} } } });
});

test('a client that does not ask hears nothing of it', async () => {
  const { capabilities } = await here.client.initialize(uriOf(''));
  expect(capabilities).not.toHaveProperty('workspace.fileOperations.willRename');
});

test('paths to files and folders are written anew, of open files as they are now', async () => {
  const workspaceEdit = { documentChanges: true };
  await here.client.initialize(uriOf(''), { workspace: { ...asked.workspace, workspaceEdit } });
  await here.client.open(uriOf('e.yaml'), `${head('Experiment', 'try')}  policies: [./lib/open.yaml]\n`);
  await here.client.change(uriOf('e.yaml'), 2, [
    { text: `${head('Experiment', 'try')}  policies: [strict, "./lib/open.yaml"]\n` },
  ]);
  const [lib, rules] = [uriOf('lib'), uriOf('rules & more')];
  expect(await willMove([lib, rules])).toEqual({
    documentChanges: [
      {
        textDocument: { uri: uriOf('e.yaml'), version: 2 },
        edits: [
          {
            range: { start: { line: 4, character: 22 }, end: { line: 4, character: 37 } },
            newText: './rules & more/open.yaml',
          },
        ],
      },
    ],
  });
  // Nothing was moved yet, so the next question is about the same files.
  const capsule = await willMove([uriOf('strict.yaml'), uriOf('tight.yaml')], [uriOf('clerk.yaml'), uriOf('c.yaml')]);
  expect(capsule?.documentChanges?.map(({ textDocument, edits }) => [textDocument.uri, edits.length])).toEqual([
    [uriOf('capsule.yaml'), 2],
  ]);
});

test('once the files have moved, the new paths lead to them', async () => {
  await here.client.initialize(uriOf(''), asked);
  expect(textsOf(await willMove([uriOf('lib'), uriOf('rules')]))).toEqual({
    [uriOf('e.yaml')]: ['./rules/open.yaml'],
  });
  here.put('e.yaml', (office['e.yaml'] ?? '').replace('./lib/', './rules/'));
  renameSync(join(here.folder, 'lib'), join(here.folder, 'rules'));
  await here.client.connection.sendNotification('workspace/didRenameFiles', {
    files: [{ oldUri: uriOf('lib'), newUri: uriOf('rules') }],
  });
  await here.client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uriOf('e.yaml'), type: 2 }],
  });
  // What was asked before the index is in step again may be answered as before.
  for (;;) {
    const texts = textsOf(await willMove([uriOf('rules/open.yaml'), uriOf('rules/free.yaml')]));
    if (texts[uriOf('e.yaml')] === undefined) continue;
    expect(texts).toEqual({ [uriOf('e.yaml')]: ['./rules/free.yaml'] });
    return;
  }
});

test('URIs of any spelling are meant, and files that are open keep their own', async () => {
  await here.client.initialize(uriOf(''), asked);
  mkdirSync(join(here.folder, 'c:'), { recursive: true });
  const [plain, encoded] = [`${uriOf('')}/c:/open.yaml`, `${uriOf('')}/c%3A/open.yaml`];
  const text = `${head('Experiment', 'drive')}  policies: ["./c:/open.yaml"]\n`;
  const own = uriOf('drive.yaml').replaceAll('%C3%B6', '%c3%b6');
  await here.client.open(own, text);
  for (const uri of [plain, encoded])
    expect(textsOf(await willMove([uri, `${uriOf('')}/d%3A/free.yaml`]))).toEqual({ [own]: ['./d:/free.yaml'] });
});

test('a file that moves from one folder of the editor to another takes its paths along', async () => {
  await here.client.initialize(uriOf(''), { workspace: { ...asked.workspace, workspaceFolders: true } });
  const other = join(here.folder, '..', 'other # folder');
  mkdirSync(join(other, '.assay'), { recursive: true });
  writeFileSync(join(other, 'x.yaml'), `${head('Experiment', 'x')}  policies: ["../mail rööm/lib/open.yaml"]\n`);
  const otherUri = (name: string) => pathToFileURL(join(other, name)).href;
  await here.client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
    event: { added: [{ uri: otherUri(''), name: 'other' }], removed: [] },
  });
  expect(textsOf(await willMove([uriOf('e.yaml'), otherUri('e.yaml')]))).toEqual({
    [uriOf('e.yaml')]: ['../mail rööm/agent.mjs', '../mail rööm/lib/open.yaml'],
  });
  expect(textsOf(await willMove([uriOf('lib/open.yaml'), otherUri('open.yaml')]))).toEqual({
    [uriOf('e.yaml')]: ['"../other # folder/open.yaml"'],
    [otherUri('x.yaml')]: ['./open.yaml'],
  });
});

test('a link that moves is not what it leads to', async () => {
  symlinkSync(join(here.folder, 'lib/open.yaml'), join(here.folder, 'link.yaml'));
  await here.client.initialize(uriOf(''), asked);
  expect(await willMove([uriOf('link.yaml'), uriOf('chain.yaml')])).toBeNull();
});

test('what is on no disk here, or named by nobody, moves without edits', async () => {
  await here.client.initialize(uriOf(''), asked);
  expect(await willMove(['untitled:a.yaml', 'untitled:b.yaml'])).toBeNull();
  expect(await willMove([uriOf('tasks.yaml'), uriOf('chores.yaml')])).toBeNull();
});
