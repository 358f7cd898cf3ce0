/** Folding, selection, tokens, hints and formatting over the protocol: positions, settings, capabilities and deltas. */
import { expect, test } from 'vitest';
import { inFolder } from './lsp-client.ts';

interface Position {
  readonly line: number;
  readonly character: number;
}
interface Edit {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly newText: string;
}
interface Hint {
  readonly position: Position;
  readonly label: string;
}
interface Tokens {
  readonly resultId: string;
  readonly data: readonly number[];
  readonly edits?: readonly {
    readonly start: number;
    readonly deleteCount: number;
    readonly data?: readonly number[];
  }[];
}

const here = inFolder();
const { uriOf } = here;
const initialize = (capabilities: object = {}) => here.client.initialize(uriOf(''), capabilities);

const policy = `# one
# two
apiVersion: assay/v1
kind: Policy
metadata: {name: "🙂", version: 1.0.0}
spec:
    rules:
    - id: a
      effect: deny
`;
const whole = { start: { line: 0, character: 0 }, end: { line: 1_000, character: 0 } };

test('folds, with a limit that keeps the outer ones', async () => {
  await initialize({ textDocument: { foldingRange: { rangeLimit: 3 } } });
  const textDocument = { uri: uriOf('a.policy.yaml') };
  await here.client.open(textDocument.uri, policy);
  expect(await here.client.request('textDocument/foldingRange', { textDocument })).toEqual([
    { startLine: 0, endLine: 1, kind: 'comment' },
    { startLine: 5, endLine: 8 },
    { startLine: 6, endLine: 8 },
  ]);
});

test('a selection grows for each position', async () => {
  await initialize();
  const textDocument = { uri: uriOf('a.policy.yaml') };
  await here.client.open(textDocument.uri, policy);
  const positions = [
    { line: 8, character: 15 },
    { line: 4, character: 25 },
  ];
  const found = await here.client.request<readonly { range: unknown; parent: { range: unknown } }[]>(
    'textDocument/selectionRange',
    { textDocument, positions },
  );
  expect(found.map(({ range, parent }) => [range, parent.range])).toEqual([
    [
      { start: { line: 8, character: 14 }, end: { line: 8, character: 18 } },
      { start: { line: 8, character: 6 }, end: { line: 8, character: 18 } },
    ],
    [
      { start: { line: 4, character: 23 }, end: { line: 4, character: 30 } },
      { start: { line: 4, character: 23 }, end: { line: 4, character: 37 } },
    ],
  ]);
});

test('tokens: whole, of a range, and what an edit changes', async () => {
  const { capabilities } = await initialize();
  const { legend } = capabilities.semanticTokensProvider as {
    legend: { tokenTypes: string[]; tokenModifiers: string[] };
  };
  const textDocument = { uri: uriOf('a.policy.yaml') };
  await here.client.open(textDocument.uri, policy);
  const full = await here.client.request<Tokens>('textDocument/semanticTokens/full', { textDocument });
  const type = (name: string) => legend.tokenTypes.indexOf(name);
  const modifier = (name: string) => 1 << legend.tokenModifiers.indexOf(name);
  // 🙂 is two units of UTF-16 and one place.
  expect(full.data).toEqual([
    ...[3, 6, 6, type('kind'), 0],
    ...[1, 18, 2, type('id'), modifier('declaration')],
    ...[3, 10, 1, type('id'), modifier('declaration')],
    ...[1, 14, 4, type('effect'), modifier('deny')],
  ]);
  const range = { start: { line: 8, character: 0 }, end: { line: 9, character: 0 } };
  expect(await here.client.request('textDocument/semanticTokens/range', { textDocument, range })).toMatchObject({
    data: [8, 14, 4, type('effect'), modifier('deny')],
  });

  const effect = { start: { line: 8, character: 14 }, end: { line: 8, character: 18 } };
  await here.client.change(textDocument.uri, 2, [{ range: effect, text: 'halt' }]);
  const delta = await here.client.request<Tokens>('textDocument/semanticTokens/full/delta', {
    textDocument,
    previousResultId: full.resultId,
  });
  expect(delta.edits).toEqual([{ start: 19, deleteCount: 1, data: [modifier('halt')] }]);
  const stale = { textDocument, previousResultId: 'none' };
  expect((await here.client.request<Tokens>('textDocument/semanticTokens/full/delta', stale)).data).toHaveLength(20);
});

const experiment = `apiVersion: assay/v1
kind: Experiment
metadata: { name: try }
spec:
  environment: office
  tasks: chores
  repetitions: 5
  limits: { steps: 3, timeout: 90s }
  variants: [{ id: a, agent: { command: [a] } }, { id: b, agent: { command: [b] } }]
`;
const tasks = (count: number) =>
  `apiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: chores }\nspec:\n  tasks:\n${Array.from({ length: count }, (_, index) => `    - { id: t${index}, instruction: x }\n`).join('')}`;

test('hints: through the workspace, with unsaved tasks, by settings', async () => {
  here.put('chores.tasks.yaml', tasks(2));
  let wanted: object | null = null;
  const refreshed = new Promise<void>((resolve) => {
    here.client.connection.onRequest('workspace/inlayHint/refresh', () => {
      resolve();
      return null;
    });
  });
  here.client.connection.onRequest('workspace/configuration', ({ items }: { items: readonly { section?: string }[] }) =>
    items.map(({ section }) => (section === 'assay.inlayHints' ? wanted : null)),
  );
  await initialize({ workspace: { configuration: true, inlayHint: { refreshSupport: true } } });
  const textDocument = { uri: uriOf('try.experiment.yaml') };
  await here.client.open(textDocument.uri, experiment);
  const labels = async () =>
    ((await here.client.request<Hint[] | null>('textDocument/inlayHint', { textDocument, range: whole })) ?? []).map(
      ({ position, label }) => `${position.line}:${position.character} ${label}`,
    );
  await refreshed;
  expect(await labels()).toEqual(['6:16 2 variants × 2 tasks × 5 = 20 trials', '7:34 1 min 30 s']);

  await here.client.open(uriOf('chores.tasks.yaml'), tasks(3));
  expect(await labels()).toContain('6:16 2 variants × 3 tasks × 5 = 30 trials');

  wanted = { durations: false };
  expect(await labels()).toEqual(['6:16 2 variants × 3 tasks × 5 = 30 trials']);
});

test('formatting: whole, of a range, while typing, and not at all where the text is broken', async () => {
  await initialize();
  const textDocument = { uri: uriOf('a.policy.yaml') };
  await here.client.open(textDocument.uri, policy);
  const options = { tabSize: 4, insertSpaces: true };
  const edits = await here.client.request<Edit[]>('textDocument/formatting', { textDocument, options });
  expect(applied(policy, edits)).toBe(
    policy.replace('{name: "🙂", version: 1.0.0}', '{ name: "🙂", version: 1.0.0 }').replace('    rules', '  rules'),
  );
  const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 5 } };
  const ranged = await here.client.request<Edit[]>('textDocument/rangeFormatting', { textDocument, range, options });
  expect(ranged.map((edit) => edit.range.start)).toEqual([
    { line: 4, character: 11 },
    { line: 4, character: 37 },
  ]);

  await here.client.change(textDocument.uri, 2, [
    { range: { start: { line: 9, character: 0 }, end: { line: 9, character: 0 } }, text: '      -' },
  ]);
  const typed = { textDocument, position: { line: 9, character: 7 }, ch: '-', options };
  expect(await here.client.request('textDocument/onTypeFormatting', typed)).toEqual([
    { range: { start: { line: 9, character: 4 }, end: { line: 9, character: 6 } }, newText: '' },
  ]);

  await here.client.change(textDocument.uri, 3, [{ text: `${policy}broken: "` }]);
  expect(await here.client.request('textDocument/formatting', { textDocument, options })).toEqual([]);
});

/** Edits of single lines, applied from the last to the first. */
function applied(text: string, edits: readonly Edit[]): string {
  const lines = text.split('\n');
  for (const { range, newText } of edits.toReversed()) {
    const line = lines[range.start.line] ?? '';
    expect(range.end.line).toBe(range.start.line);
    lines[range.start.line] = line.slice(0, range.start.character) + newText + line.slice(range.end.character);
  }
  return lines.join('\n');
}

test('texts for people are Markdown, or plain for clients that show no other', async () => {
  const formats = ['plaintext'];
  await initialize({
    textDocument: {
      hover: { contentFormat: formats },
      completion: { completionItem: { documentationFormat: formats } },
    },
  });
  const textDocument = { uri: uriOf('a.policy.yaml') };
  await here.client.open(textDocument.uri, `${policy}    - \n`);
  const contents = {
    kind: 'plaintext',
    value: expect.stringMatching(/^effect · one of allow, ask, deny, halt · required\n/),
  };
  const position = { line: 8, character: 8 };
  expect(await here.client.request('textDocument/hover', { textDocument, position })).toMatchObject({ contents });
  const items = await here.client.request<{ label: string; documentation?: { kind: string; value: string } }[]>(
    'textDocument/completion',
    { textDocument, position: { line: 9, character: 6 } },
  );
  const documented = items.flatMap(({ documentation }) => documentation ?? []);
  expect(documented.length).toBeGreaterThan(0);
  expect(documented.filter(({ kind, value }) => kind !== 'plaintext' || /\*\*|`/.test(value))).toEqual([]);
});
