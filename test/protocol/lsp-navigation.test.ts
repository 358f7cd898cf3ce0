/** Navigation and renaming over the protocol: places in other files, positions, versions and refusals. */
import { describe, expect, test } from 'vitest';
import { office } from '../language/navigation-cases.ts';
import { inFolder } from './lsp-client.ts';

interface Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}
interface Place {
  readonly uri: string;
  readonly range: Range;
}
interface Edit {
  readonly range: Range;
  readonly newText: string;
}

const here = inFolder({ ...office, 'agent.mjs': '' });
const { uriOf } = here;

/** The position of `at` in a text, the cursor being at its `$0`. */
function positionIn(text: string, at: string): { line: number; character: number } {
  const offset = text.indexOf(at.replace('$0', '')) + at.indexOf('$0');
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

const at = (name: string, marked: string, text = office[name] ?? '') => ({
  textDocument: { uri: uriOf(name) },
  position: positionIn(text, marked),
});

/** `name:line` with lines from 1. */
const shown = ({ uri, range }: Place) =>
  `${decodeURIComponent(uri).slice(decodeURIComponent(uriOf('')).length + 1)}:${range.start.line + 1}`;

const open = async (...names: string[]) => {
  for (const name of names) await here.client.open(uriOf(name), office[name] ?? '');
};

test('definitions, references and highlights lead to files that are not open', async () => {
  const { capabilities } = await here.client.initialize(uriOf(''));
  expect(capabilities).toMatchObject({
    definitionProvider: true,
    typeDefinitionProvider: true,
    referencesProvider: true,
    renameProvider: true,
    documentHighlightProvider: true,
    linkedEditingRangeProvider: true,
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    documentLinkProvider: {},
  });
  await open('e.yaml');
  const definition = await here.client.request<Place[]>('textDocument/definition', at('e.yaml', 'policies: [$0strict'));
  expect(definition.map(shown)).toEqual(['strict.yaml:3']);
  const file = await here.client.request<Place[]>('textDocument/definition', at('e.yaml', './agent$0.mjs'));
  expect(file).toEqual([
    { uri: uriOf('agent.mjs'), range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } } },
  ]);
  const type = await here.client.request<Place[]>('textDocument/typeDefinition', at('e.yaml', 'tasks: $0chores'));
  expect(type.map(shown)).toEqual(['tasks.yaml:3']);
  const context = { includeDeclaration: false };
  const references = await here.client.request<Place[]>('textDocument/references', {
    ...at('e.yaml', 'environment: $0office'),
    context,
  });
  expect(references.map(shown)).toEqual(['clerk.yaml:5', 'e.yaml:5', 'test.yaml:5']);
  const links = await here.client.request<{ target: string }[]>('textDocument/documentLink', {
    textDocument: { uri: uriOf('e.yaml') },
  });
  expect(links.map(({ target }) => target)).toEqual([uriOf('agent.mjs'), uriOf('lib/open.yaml')]);
});

test('links of definitions carry the whole item where the here.client can show it', async () => {
  await here.client.initialize(uriOf(''), { textDocument: { definition: { linkSupport: true } } });
  await open('clerk.yaml');
  const [link] = await here.client.request<object[]>('textDocument/definition', at('clerk.yaml', 'tool: $0read_mail'));
  expect(link).toMatchObject({
    targetUri: uriOf('office.yaml'),
    targetRange: { start: { line: 6, character: 6 } },
    targetSelectionRange: { start: { line: 6, character: 14 }, end: { line: 6, character: 23 } },
  });
});

describe('rename', () => {
  const capabilities = {
    workspace: { workspaceEdit: { documentChanges: true } },
    textDocument: { rename: { prepareSupport: true } },
  };
  interface DocumentChanges {
    readonly documentChanges: readonly {
      readonly textDocument: { uri: string; version: number | null };
      readonly edits: readonly Edit[];
    }[];
  }

  test('edits open files at their version, with what is unsaved in them, and others on disk', async () => {
    await here.client.initialize(uriOf(''), capabilities);
    await open('strict.yaml', 'test.yaml');
    const unsaved = (office['test.yaml'] ?? '').replace('no-money, spend', '"no-money", no-money');
    await here.client.change(uriOf('test.yaml'), 7, [{ text: unsaved }]);
    const prepared = await here.client.request('textDocument/prepareRename', at('strict.yaml', 'id: $0no-money'));
    expect(prepared).toMatchObject({ placeholder: 'no-money' });
    const { documentChanges } = await here.client.request<DocumentChanges>('textDocument/rename', {
      ...at('strict.yaml', 'id: $0no-money'),
      newName: 'broke',
    });
    const counted = documentChanges.map(({ textDocument: { uri, version }, edits }) => [uri, version, edits.length]);
    expect(counted.toSorted()).toEqual([
      [uriOf('strict.yaml'), 1, 1],
      [uriOf('test.yaml'), 7, 2],
    ]);
    const document = await here.client.request<DocumentChanges>('textDocument/rename', {
      ...at('strict.yaml', 'name: $0strict'),
      newName: 'tight',
    });
    expect(document.documentChanges.find(({ textDocument: { uri } }) => uri === uriOf('e.yaml'))).toMatchObject({
      textDocument: { version: null },
      edits: [{ newText: 'tight' }],
    });
  });

  test('columns are bytes for a here.client that counts in UTF-8, and edits without versions for a simple one', async () => {
    const general = { positionEncodings: ['utf-8'] };
    await here.client.initialize(uriOf(''), { general });
    const text = (office['clerk.yaml'] ?? '').replace('id: look,', 'prompt: "😀é", id: look,');
    await here.client.open(uriOf('clerk.yaml'), text);
    const { changes } = await here.client.request<{ changes: Record<string, Edit[]> }>('textDocument/rename', {
      ...at('clerk.yaml', 'start: $0look', text),
      newName: 'find',
    });
    const edits = changes[uriOf('clerk.yaml')] ?? [];
    const line = Buffer.from(text.split('\n')[edits[1]?.range.start.line ?? -1] ?? '');
    expect(line.subarray(edits[1]?.range.start.character, edits[1]?.range.end.character).toString()).toBe('look');
    expect(edits).toHaveLength(3);
  });

  test('what cannot be renamed is refused in words', async () => {
    await here.client.initialize(uriOf(''), capabilities);
    await open('e.yaml');
    await expect(here.client.request('textDocument/prepareRename', at('e.yaml', './lib/$0open.yaml'))).rejects.toThrow(
      'is a path; rename the file itself',
    );
    const taken = here.client.request('textDocument/rename', { ...at('e.yaml', '[$0strict]'), newName: 'open' });
    await expect(taken).rejects.toThrow('`lib/open.yaml` has a policy called `open` already');
  });
});

test('highlights and linked editing stay within the file', async () => {
  await here.client.initialize(uriOf(''));
  await open('clerk.yaml');
  const found = await here.client.request<{ range: Range; kind: number }[]>(
    'textDocument/documentHighlight',
    at('clerk.yaml', 'start: $0look'),
  );
  expect(found.map(({ range, kind }) => [range.start.line + 1, kind])).toEqual([
    [7, 2],
    [9, 3],
    [10, 2],
  ]);
  const linked = await here.client.request<{ ranges: Range[]; wordPattern: string }>(
    'textDocument/linkedEditingRange',
    at('clerk.yaml', 'start: $0look'),
  );
  expect(linked.ranges.map(({ start }) => start.line + 1)).toEqual([7, 9, 10]);
  expect('look-up').toMatch(new RegExp(`^${linked.wordPattern}$`));
});

test('symbols of a file as a tree, and of the workspace by parts of names', async () => {
  await here.client.initialize(uriOf(''), {
    textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } },
  });
  await open('clerk.yaml');
  const [root] = await here.client.request<{ name: string; detail: string; children: { name: string }[] }[]>(
    'textDocument/documentSymbol',
    { textDocument: { uri: uriOf('clerk.yaml') } },
  );
  expect([root?.name, root?.detail, root?.children.map(({ name }) => name)]).toEqual([
    'clerk',
    'preset',
    ['environment', 'tools', 'start', 'nodes'],
  ]);
  const found = await here.client.request<{ name: string; containerName: string; location: Place }[]>(
    'workspace/symbol',
    {
      query: 'nomon',
    },
  );
  expect(found.map(({ name, containerName, location }) => [name, containerName, shown(location)])).toEqual([
    ['no money', 'promises', 'test.yaml:7'],
    ['no-money', 'strict', 'strict.yaml:9'],
  ]);
});

test('symbols of a file are a flat list for clients that take no trees', async () => {
  await here.client.initialize(uriOf(''));
  await open('tasks.yaml');
  const params = { textDocument: { uri: uriOf('tasks.yaml') } };
  const found = await here.client.request<{ name: string; containerName?: string; location: Place }[]>(
    'textDocument/documentSymbol',
    params,
  );
  expect(found.map(({ name, containerName, location }) => [name, containerName, shown(location)])).toEqual([
    ['chores', undefined, 'tasks.yaml:1'],
    ['tasks', 'chores', 'tasks.yaml:5'],
    ['sort', 'tasks', 'tasks.yaml:6'],
  ]);
});

test('lenses count references, and list them for clients that can show a list', async () => {
  await here.client.initialize(uriOf(''), {}, { showsReferences: true });
  await open('strict.yaml', 'e.yaml');
  interface CodeLens {
    readonly range: Range;
    readonly command: {
      readonly title: string;
      readonly command: string;
      readonly arguments: [string, object, Place[]];
    };
  }
  const all = await here.client.request<CodeLens[]>('textDocument/codeLens', {
    textDocument: { uri: uriOf('strict.yaml') },
  });
  const lenses = all.filter(({ command }) => command.title !== 'Evaluate…');
  expect(lenses.map(({ range, command }) => [range.start.line + 1, command.title])).toEqual([
    [3, '4 references'],
    [6, '2 references'],
    [9, '1 reference'],
    [11, '1 reference'],
  ]);
  const { command, arguments: given } = lenses[2]?.command ?? {};
  expect(command).toBe('assay.showReferences');
  expect(given?.[2].map(shown)).toEqual(['test.yaml:8']);
  const others = await here.client.request<CodeLens[]>('textDocument/codeLens', {
    textDocument: { uri: uriOf('e.yaml') },
  });
  expect(others.map(({ command: { title } }) => title)).toEqual(['▶ Run experiment', '1 reference']);
});
