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

/** A file that is not open; the index may have been read before it was there. */
const add = async (name: string, text: string): Promise<void> => {
  here.put(name, text);
  const changes = [{ uri: here.uriOf(name), type: 1 }];
  await here.client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
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

test('of thousands of findings as many are listed as people read, and how many more there are', async () => {
  const beaten = Array.from(
    { length: 450 },
    (_, index) => `{ id: r${index}, effect: allow, when: { tool.name: t${index} } }`,
  );
  const uri = await open('a.policy.yaml', policy(['{ id: all, effect: deny }', ...beaten], 'default: deny'));
  const { diagnostics } = await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  const found = diagnostics.filter(({ code }) => code === 'proof/shadowed');
  expect(found).toHaveLength(200);
  expect(found.at(-1)?.message).toMatch(/250 more findings are not listed here/);
  expect(found.at(-2)?.message).not.toMatch(/more findings/);
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
  await add('base.policy.yaml', policy([deniesAll]).replace('name: p', 'name: base'));
  const uri = await open('a.policy.yaml', policy([allowsSome], 'include: [base]'));
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
});

const named = (name: string, rules: readonly string[], head?: string) =>
  policy(rules, head).replace('name: p', `name: ${name}`);
const experiment = (policies: string) =>
  `apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: try }\nspec:\n  environment: office\n  tasks: chores\n  variants:\n    - { id: v, agent: { module: ./a.mjs }, policies: ${policies} }\n`;

/** The next diagnostics of a file, after `change`, that pass. */
async function after(uri: string, change: () => Promise<unknown>, accept: (found: readonly string[]) => boolean) {
  const known = new Set(here.client.published(uri));
  const next = here.client.diagnostics(uri, (each) => !known.has(each) && accept(codes(each)));
  await change();
  await next;
}

test('policies of one variant are proved together; an edit of one file mends the other', async () => {
  await add('try.experiment.yaml', experiment('[strict, mild]'));
  const strict = await open('strict.policy.yaml', named('strict', [deniesAll]));
  const mild = await open('mild.policy.yaml', named('mild', [allowsSome], 'overlay: true'));
  const { diagnostics } = await here.client.diagnostics(mild, (each) => codes(each).includes('proof/shadowed'));
  const finding = diagnostics.find(({ code }) => code === 'proof/shadowed');
  expect(finding).toMatchObject({
    message: expect.stringMatching(/`some` has no effect.*`all`.*\n`strict` applies together with it in `try`/s),
    relatedInformation: [{ location: { uri: strict, range: { start: { line: 6 } } } }],
    data: { witness: { type: 'tool', signals: { 'tool.kind': 'write', 'tool.risk': 1 } } },
  });

  const range = finding?.range;
  const context = { diagnostics: [] };
  const actions = await here.client.request<
    { title: string; edit: { changes: Record<string, { newText: string }[]> } }[]
  >('textDocument/codeAction', { textDocument: { uri: mild }, range, context });
  const except = actions.find(
    ({ title }) => title === 'except from `all` in `strict.policy.yaml` what `some` is about',
  );
  expect(except?.edit.changes[strict]).toMatchObject([{ newText: ', unless: { tool.kind: write, tool.risk: 1 }' }]);

  const rewritten = (uri: string, version: number, text: string) => () => here.client.change(uri, version, [{ text }]);
  const isTold = (found: readonly string[]) => found.includes('proof/shadowed');
  const isNotTold = (found: readonly string[]) => !isTold(found);
  await after(mild, rewritten(strict, 2, named('strict', [deniesAll.replace('write', 'read')])), isNotTold);
  await after(mild, rewritten(strict, 3, named('strict', [deniesAll])), isTold);
  // Where they do not apply together, nothing of one is said of the other.
  const list = here.uriOf('try.experiment.yaml');
  await here.client.open(list, experiment('[strict, mild]'));
  await after(mild, rewritten(list, 2, experiment('[mild]')), isNotTold);
});

test('an experiment that is written later puts policies together, and so does one that lists another', async () => {
  await open('strict.policy.yaml', named('strict', [deniesAll]));
  const mild = await open('mild.policy.yaml', named('mild', [allowsSome], 'overlay: true'));
  // Once this one is proved, those were looked at, too.
  const other = await open('other.policy.yaml', named('other', [deniesAll, allowsSome]));
  await here.client.diagnostics(other, (each) => codes(each).includes('proof/shadowed'));
  const isTold = (found: readonly string[]) => found.includes('proof/shadowed');
  await after(mild, () => add('try.experiment.yaml', experiment('[strict, mild]')), isTold);
  await after(
    mild,
    () => add('try.experiment.yaml', experiment('[mild]')),
    (found) => !isTold(found),
  );
  await after(mild, () => add('try.experiment.yaml', experiment('[strict, mild]')), isTold);
});

test('a constitution applies with every policy', async () => {
  await add('law.policy.yaml', named('law', [deniesAll], 'constitution: true\n  default: allow'));
  const uri = await open('a.policy.yaml', named('a', [allowsSome]));
  const { diagnostics } = await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  expect(diagnostics.find(({ code }) => code === 'proof/shadowed')?.message).toMatch(
    /\n`law` applies together with it$/,
  );
});

test('where there may be a constitution that nobody understands, nothing is proved, and that is said', async () => {
  const uri = await open('a.policy.yaml', policy([deniesAll, allowsSome]));
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  await add('law.policy.yaml', named('law', [deniesAll], 'constitution: yes'));
  const found = await here.client.diagnostics(uri, (each) => codes(each).includes('proof/not-decided'));
  expect(codes(found)).toEqual(['proof/not-decided']);
  expect(found.diagnostics[0]?.message).toMatch(/^nothing is proved: `law\.policy\.yaml` has errors that hide/);
  // The editor's text counts, saved or not.
  const law = await open('law.policy.yaml', named('law', [deniesAll], 'constitution: true'));
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  await here.client.change(law, 2, [{ text: 'apiVersion: assa\nkind: Policy\nspec: { constitution: true }\n' }]);
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/not-decided'));
});

test('a finding shows its action in a hover, and a quick fix mends it', async () => {
  const text = policy([deniesAll, allowsSome]);
  const uri = await open('a.policy.yaml', text);
  await here.client.diagnostics(uri, (each) => codes(each).includes('proof/shadowed'));
  const position = { line: 7, character: (text.split('\n')[7] ?? '').indexOf('some') + 1 };
  const hover = await here.client.request<{ contents: { value: string } }>('textDocument/hover', {
    textDocument: { uri },
    position,
  });
  expect(hover.contents.value).toMatch(/```yaml\n- name: some is outdone\n/);
  const actions = await here.client.request<{ title: string }[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
  expect(actions.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['remove this rule', 'except from `all` what `some` is about']),
  );
});
