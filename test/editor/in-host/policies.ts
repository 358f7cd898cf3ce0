/** Policy tests in the Testing API of a real editor, and sample actions put to a policy. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { AssayApi } from '../../../client/extension.ts';
import { eventually } from './wait.ts';

const stranger = 'money never leaves to a stranger';

async function activated(): Promise<AssayApi> {
  const api = await vscode.extensions.getExtension<AssayApi>('assay.assay')?.activate();
  assert.ok(api);
  return api;
}

const itemsOf = (items: vscode.TestItemCollection) => [...items].map(([, item]) => item);
const all = new vscode.TestRunRequest();

async function strictPolicy(): Promise<vscode.TextDocument> {
  const [file] = await vscode.workspace.findFiles('mailroom-strict.policy.yaml');
  assert.ok(file);
  return await vscode.workspace.openTextDocument(file);
}

suite('policies', () => {
  test('policy tests are items, and all pass', async () => {
    const { policyTests } = await activated();
    const item = await eventually('the tests of the example', () =>
      itemsOf(policyTests.controller.items).find(({ label }) => label === 'mailroom-strict-cases'),
    );
    const cases = itemsOf(item.children);
    const document = await vscode.workspace.openTextDocument(item.uri ?? assert.fail('it has a file'));
    for (const one of cases)
      assert.ok(document.getText(one.range).includes(one.label), `the range of ${one.label} is where it is written`);
    const results = await policyTests.run(all);
    const ran = results?.tests.flatMap((test) => test.cases) ?? [];
    assert.equal(ran.length, cases.length);
    assert.deepEqual(
      ran.filter(({ passed }) => !passed),
      [],
    );
  });

  test('coverage is given for the rules of the policy', async () => {
    const { policyTests } = await activated();
    const results = await policyTests.run(
      new vscode.TestRunRequest(undefined, undefined, policyTests.profiles.coverage),
    );
    const [file, ...others] = results?.coverage ?? [];
    assert.ok(file);
    assert.ok(file.uri.endsWith('mailroom-strict.policy.yaml'));
    assert.deepEqual(others, []);
    assert.ok(file.rules.some(({ id, seen }) => id === 'known-payees' && seen.yes > 0 && seen.no > 0));
  });

  test('an unsaved edit of the policy makes the right case fail', async () => {
    const { policyTests } = await activated();
    const document = await strictPolicy();
    await vscode.window.showTextDocument(document);
    const at = document.getText().indexOf('effect: deny', document.getText().indexOf('id: known-payees'));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      document.uri,
      new vscode.Range(document.positionAt(at), document.positionAt(at + 'effect: deny'.length)),
      'effect: allow',
    );
    await vscode.workspace.applyEdit(edit);
    assert.ok(document.isDirty);
    const failed = await eventually('a failure', async () => {
      const results = await policyTests.run(all);
      return results?.tests.flatMap((test) => test.cases).find(({ name, passed }) => name === stranger && !passed);
    });
    assert.match(failed.failures.join('\n'), /^expected `deny`, but it is `allow`/);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await eventually('all pass again', async () =>
      (await policyTests.run(all))?.tests.every((test) => test.cases.every(({ passed }) => passed)),
    );
  });

  test('a case that is written is an item, and gone when it is taken away', async () => {
    const { policyTests } = await activated();
    const item = await eventually('the tests', () => itemsOf(policyTests.controller.items)[0]);
    const document = await vscode.workspace.openTextDocument(item.uri ?? assert.fail('it has a file'));
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(
      document.uri,
      document.positionAt(document.getText().indexOf('    - name: ')),
      '    - name: new here\n      action: { tool: read_mail, input: { id: m1 } }\n      expect: { decision: deny }\n',
    );
    await vscode.workspace.applyEdit(edit);
    const labels = () =>
      itemsOf(policyTests.controller.items).flatMap((one) => itemsOf(one.children).map((c) => c.label));
    await eventually('the new case', () => labels().includes('new here'));
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await eventually('it is gone', () => !labels().includes('new here'));
  });

  test('a sample action is shown beside the rules until the text changes', async () => {
    const { evaluations, policyTests } = await activated();
    const document = await strictPolicy();
    const editor = await vscode.window.showTextDocument(document);
    const lenses = await eventually('lenses', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
      );
      return found.some(({ command }) => command?.title === 'Evaluate…') && found;
    });
    const lens = lenses.find(({ command }) => command?.command === 'assay.evaluatePolicy');
    const [test] = itemsOf(policyTests.controller.items);
    const sample = { kind: 'case', uri: test?.uri?.toString(), test: test?.label, case: stranger };
    await vscode.commands.executeCommand('assay.evaluatePolicy', lens?.command?.arguments?.[0], sample);
    assert.equal(evaluations.current?.decision, 'deny');
    const textAt = (id: string) =>
      evaluations.decorations.find(({ line }) => document.lineAt(line).text.includes(`id: ${id}`))?.text;
    assert.equal(textAt('known-payees'), '✓ matches and decides: deny');
    assert.match(textAt('reading') ?? '', /^✗ /);
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), '# now it is another text\n'));
    assert.equal(evaluations.current, null);
    assert.deepEqual(evaluations.decorations, []);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
