/** Going to what a name means and renaming it, across files, through the editor's own commands. */
import assert from 'node:assert/strict';
import { setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import { becomes, type DeskFile, layOut, placeOf, positionOf, show, showNew, uriOf } from './desk.ts';

type Places = readonly (vscode.Location | vscode.LocationLink)[];

async function ask<T>(command: string, file: DeskFile, marked: string, ...more: unknown[]): Promise<T> {
  const { document } = await show(file);
  return await vscode.commands.executeCommand<T>(command, document.uri, positionOf(document, marked), ...more);
}

suite('navigation', () => {
  setup(layOut);

  const leadsTo: readonly [command: string, file: DeskFile, at: string, places: readonly string[]][] = [
    ['Definition', 'try.experiment.yaml', 'policies: [$0strict]', ['strict.policy.yaml:3']],
    ['Definition', 'try.experiment.yaml', 'preset: cl$0erk', ['clerk.preset.yaml:3']],
    ['Definition', 'try.experiment.yaml', 'module: ./agent$0.mjs', ['agent.mjs:1']],
    ['Definition', 'promises.policytest.yaml', 'rules: [no-$0money]', ['strict.policy.yaml:13']],
    ['Definition', 'strict.policy.yaml', 'parent: $0spend', ['strict.policy.yaml:7']],
    ['Definition', 'strict.policy.yaml', 'anyOf: [$0pay]', ['office.environment.yaml:13']],
    ['Definition', 'clerk.preset.yaml', 'tool: $0read_mail', ['office.environment.yaml:7']],
    ['Definition', 'desk.capsule.yaml', 'needs: [$0triage]', ['desk.capsule.yaml:6']],
    ['Definition', 'office.environment.yaml', 'module: $0./office.mjs', ['office.mjs:1']],
    ['TypeDefinition', 'try.experiment.yaml', 'tasks: $0chores', ['chores.tasks.yaml:3']],
    ['Reference', 'chores.tasks.yaml', 'name: $0chores', ['chores.tasks.yaml:3', 'try.experiment.yaml:6']],
    [
      'Reference',
      'strict.policy.yaml',
      'name: $0strict',
      ['desk.capsule.yaml:9', 'promises.policytest.yaml:5', 'strict.policy.yaml:3', 'try.experiment.yaml:11'],
    ],
  ];
  for (const [command, file, at, places] of leadsTo)
    test(`${command.toLowerCase()} of \`${at}\` in ${file}`, () =>
      becomes(
        async () => (await ask<Places>(`vscode.execute${command}Provider`, file, at)).map(placeOf).toSorted(),
        [...places],
      ));

  test('the same name is highlighted, its declaration as written', () =>
    becomes(async () => {
      const found = await ask<vscode.DocumentHighlight[]>(
        'vscode.executeDocumentHighlights',
        'strict.policy.yaml',
        'parent: $0spend',
      );
      return found.map(({ range, kind }) => [range.start.line + 1, kind]);
    }, [
      [7, vscode.DocumentHighlightKind.Write],
      [8, vscode.DocumentHighlightKind.Read],
    ]));

  const renamed: readonly [file: DeskFile, at: string, to: string, texts: Partial<Record<DeskFile, string>>][] = [
    [
      'strict.policy.yaml',
      'name: $0strict',
      'tight',
      {
        'strict.policy.yaml': 'metadata: { name: tight }',
        'promises.policytest.yaml': 'policies: [tight]',
        'try.experiment.yaml': 'preset: clerk, policies: [tight]',
      },
    ],
    [
      'promises.policytest.yaml',
      'rules: [$0no-money]',
      'broke',
      { 'strict.policy.yaml': '- id: broke', 'promises.policytest.yaml': 'rules: [broke]' },
    ],
    [
      'office.environment.yaml',
      'name: $0pay',
      'transfer',
      {
        'office.environment.yaml': '- name: transfer',
        'strict.policy.yaml': 'anyOf: [transfer]',
        'promises.policytest.yaml': 'tool: transfer',
        'clerk.preset.yaml': 'tools: [read_mail, transfer]',
      },
    ],
  ];
  for (const [file, at, to, texts] of renamed)
    test(`\`${at}\` in ${file} is renamed wherever it stands, and that can be undone`, async () => {
      const ready = () =>
        ask<{ placeholder: string }>('vscode.prepareRename', file, at).then((found) => found.placeholder);
      await becomes(ready, /\$0([\w-]+)/.exec(at)?.[1] ?? '');
      const edit = await ask<vscode.WorkspaceEdit>('vscode.executeDocumentRenameProvider', file, at, to);
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.deepEqual(
        edit
          .entries()
          .map(([uri]) => uri.path.split('/').at(-1))
          .toSorted(),
        Object.keys(texts).toSorted(),
      );
      for (const [name, text] of Object.entries(texts)) {
        const document = await vscode.workspace.openTextDocument(uriOf(name));
        assert.ok(document.getText().includes(text), `${name}: ${document.getText()}`);
      }
    });

  test('a node of a preset is renamed in the policies that ask for it, too', async () => {
    await showNew(
      'nodes.policy.yaml',
      `apiVersion: assay/v1
kind: Policy
metadata: { name: nodes }
spec:
  scope: { nodes: [look, done] }
  rules: [{ id: only-looking, effect: deny, unless: { agent.node: look } }]
`,
    );
    await becomes(async () => {
      const found = await ask<Places>('vscode.executeReferenceProvider', 'clerk.preset.yaml', 'id: $0look');
      return found.map(placeOf).filter((place) => place.startsWith('nodes')).length;
    }, 2);
    const rename = 'vscode.executeDocumentRenameProvider';
    const edit = await ask<vscode.WorkspaceEdit>(rename, 'clerk.preset.yaml', 'id: $0look', 'glance');
    assert.ok(await vscode.workspace.applyEdit(edit));
    const textOf = async (name: string) => (await vscode.workspace.openTextDocument(uriOf(name))).getText();
    assert.match(await textOf('nodes.policy.yaml'), /nodes: \[glance, done\](?:.|\n)*agent\.node: glance/);
    assert.match(await textOf('clerk.preset.yaml'), /start: glance(?:.|\n)*\{ id: glance,/);
  });

  test('what is no name is not renamed', async () => {
    const { document } = await show('strict.policy.yaml');
    const place = positionOf(document, 'effect: $0allow');
    await assert.rejects(async () => await vscode.commands.executeCommand('vscode.prepareRename', document.uri, place));
  });

  test('a document is outlined', () =>
    becomes(async () => {
      const { document } = await show('strict.policy.yaml');
      const [root] = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      );
      return (
        root && [root.name, ...root.children.map(({ name, children }) => [name, ...children.map((each) => each.name)])]
      );
    }, ['strict', ['default'], ['budgets', 'spend', 'looks'], ['rules', 'work', 'no-money']]));

  test('names are found in the workspace', () =>
    becomes(async () => {
      await show('open.policy.yaml');
      const found = await vscode.commands.executeCommand<vscode.SymbolInformation[]>(
        'vscode.executeWorkspaceSymbolProvider',
        'no-money',
      );
      return found.map(({ name, location }) => `${name} ${placeOf(location)}`);
    }, ['no-money strict.policy.yaml:13']));

  test('files are links', () =>
    becomes(async () => {
      const { document } = await show('desk.capsule.yaml');
      const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
        'vscode.executeLinkProvider',
        document.uri,
      );
      return links.map(({ range, target }) => `${document.getText(range)} ${target?.path.split('/').at(-1)}`);
    }, ['./clerk.preset.yaml clerk.preset.yaml', './strict.policy.yaml strict.policy.yaml']));
});
