/** Code actions over the wire: kinds, the diagnostics that they solve, files that they make, and fixes on saving. */
import { expect, test } from 'vitest';
import { inFolder } from './lsp-client.ts';

const here = inFolder();
const { uriOf } = here;

const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: strict }
spec:
  default: deny
  rules:
    - { id: reading, effect: allow, when: { tool.kind: read } }
    - { id: no-money, effect: deny, when: { tool.tags: money } }
`;
const experiment = `apiVersion: assay/v1
kind: Experiment
metadata: { name: try }
spec:
  environment: office
  tasks: chores
  Seed: 7
  variants:
    - { id: a, agent: { module: ./agent.mjs }, policies: [strict] }
`;

interface Action {
  readonly title: string;
  readonly kind: string;
  readonly isPreferred?: boolean;
  readonly diagnostics?: readonly { code: string; codeDescription?: { href: string } }[];
  readonly edit: {
    readonly changes?: Record<string, { newText: string }[]>;
    readonly documentChanges?: readonly { kind?: string; uri?: string; textDocument?: { uri: string } }[];
  };
}

const literals = { textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } } };
const able = {
  ...literals,
  workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ['create'] } },
};

const actionsAt = (name: string, line: number, character: number, only?: readonly string[]) =>
  here.client.request<Action[]>('textDocument/codeAction', {
    textDocument: { uri: uriOf(name) },
    range: { start: { line, character }, end: { line, character } },
    context: { diagnostics: [], ...(only && { only }) },
  });

async function start(capabilities: object): Promise<Record<string, unknown>> {
  here.put('strict.policy.yaml', policy);
  here.put('try.experiment.yaml', experiment);
  const { capabilities: offered } = await here.client.initialize(uriOf(''), capabilities);
  await here.client.open(uriOf('try.experiment.yaml'), experiment);
  return offered;
}

test('a missing module is made, with the diagnostic that it solves', async () => {
  const offered = await start(able);
  expect(offered.codeActionProvider).toMatchObject({
    codeActionKinds: expect.arrayContaining(['quickfix', 'source.fixAll.assay']),
  });
  const actions = await actionsAt('try.experiment.yaml', 8, 32);
  const create = actions.find(({ title }) => title === 'create the module `agent.mjs`');
  expect(create?.diagnostics).toMatchObject([
    { code: 'reference/no-file', codeDescription: { href: expect.stringMatching(/reference\.md#L\d+$/) } },
  ]);
  expect(create?.edit.documentChanges?.map(({ kind, uri, textDocument }) => [kind, uri ?? textDocument?.uri])).toEqual([
    ['create', uriOf('agent.mjs')],
    [undefined, uriOf('agent.mjs')],
  ]);
});

test('a here.client that makes no files is offered what it can do', async () => {
  await start(literals);
  const titles = (await actionsAt('try.experiment.yaml', 8, 32)).map(({ title }) => title);
  expect(titles).toContain('hide `reference/no-file` on this line');
  expect(titles.join()).not.toContain('create');
});

test('saving mends what is certain, and only when asked', async () => {
  await start(literals);
  const [action, ...more] = await actionsAt('try.experiment.yaml', 0, 0, ['source.fixAll']);
  expect(more).toEqual([]);
  expect(action?.kind).toBe('source.fixAll.assay');
  expect(Object.values(action?.edit.changes ?? {})).toMatchObject([[{ newText: 'seed' }]]);
  expect((await actionsAt('try.experiment.yaml', 0, 0)).map(({ kind }) => kind)).not.toContain('source.fixAll.assay');
});

test('extracting a rule makes a file and edits its policy', async () => {
  await start(able);
  await here.client.open(uriOf('strict.policy.yaml'), policy);
  const [action] = await actionsAt('strict.policy.yaml', 7, 12, ['refactor.extract']);
  expect(action?.title).toBe('extract rule `no-money` into a policy of its own');
  const uris = action?.edit.documentChanges?.map(({ uri, textDocument }) => uri ?? textDocument?.uri);
  expect(uris).toEqual(['no-money.policy.yaml', 'no-money.policy.yaml', 'strict.policy.yaml'].map(uriOf));
});
