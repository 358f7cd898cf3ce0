/** A policy tried on the run that the tests before have made, in a real editor: lenses, the tree, trials, and cases of tests. */
import assert from 'node:assert/strict';
import { suite, suiteSetup, teardown, test } from 'mocha';
import * as vscode from 'vscode';
import type { AssayApi } from '../../../client/extension.ts';
import type { WhatIfNode } from '../../../client/views/what-if-tree.ts';
import type { AddedPolicyTestCase, Evaluation, PolicyWhatIf } from '../../../server/protocol/index.ts';
import { eventually } from './wait.ts';

const policy = 'mailroom-strict';
const rule = 'irreversible-needs-a-person';

async function activated(): Promise<AssayApi> {
  const api = await vscode.extensions.getExtension<AssayApi>('assay.assay')?.activate();
  assert.ok(api);
  return api;
}

async function shownPolicy(): Promise<vscode.TextEditor> {
  const [file] = await vscode.workspace.findFiles(`${policy}.policy.yaml`);
  assert.ok(file);
  return await vscode.window.showTextDocument(file);
}

/** Makes a rule speak of nearly everything, without saving. */
async function makeStricter({ document }: vscode.TextEditor): Promise<void> {
  const from = 'tool.risk: { atLeast: 5 }';
  const at = document.getText().indexOf(from);
  assert.ok(at > 0, 'the policy is as it was');
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(at), document.positionAt(at + from.length));
  edit.replace(document.uri, range, 'tool.risk: { atLeast: 1 }');
  await vscode.workspace.applyEdit(edit);
}

const foundOf = ({ whatIf }: AssayApi): PolicyWhatIf | undefined =>
  [...whatIf.reports.values()].flatMap(({ policies }) => policies).find((one) => one.policy === policy);

async function childrenOf({ whatIf }: AssayApi, parent?: WhatIfNode): Promise<[WhatIfNode, vscode.TreeItem][]> {
  const nodes = (await whatIf.getChildren(parent)) ?? [];
  return await Promise.all(
    nodes.map(async (node) => [node, await whatIf.getTreeItem(node)] as [WhatIfNode, vscode.TreeItem]),
  );
}

async function child(api: AssayApi, parent: WhatIfNode | undefined, label: RegExp) {
  const all = await childrenOf(api, parent);
  const found = all.find(([, item]) => label.test(String(item.label)));
  assert.ok(found, `${label} among: ${all.map(([, item]) => item.label).join('; ')}`);
  return found;
}

const files = [`${policy}.policy.yaml`, 'mailroom.policytest.yaml'];
const originals = new Map<string, string>();

/** Puts the texts back as they were: this editor saves by itself, so that there may be nothing to revert. */
async function restore(): Promise<void> {
  for (const [name, text] of originals) {
    const [file] = await vscode.workspace.findFiles(name);
    const document = await vscode.workspace.openTextDocument(file ?? assert.fail(name));
    if (document.getText() === text) continue;
    const edit = new vscode.WorkspaceEdit();
    const end = document.positionAt(document.getText().length);
    edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), end), text);
    await vscode.workspace.applyEdit(edit);
    await document.save();
  }
}

suite('what-if', () => {
  suiteSetup(async () => {
    for (const name of files) {
      const [file] = await vscode.workspace.findFiles(name);
      const document = await vscode.workspace.openTextDocument(file ?? assert.fail(name));
      originals.set(name, document.getText());
    }
  });
  teardown(restore);

  test('a policy as it was recorded would change nothing', async () => {
    const api = await activated();
    await shownPolicy();
    await eventually('the policy is tried', () => foundOf(api));
    const [node, item] = await child(api, undefined, /^mailroom-strict$/);
    assert.match(String(item.description), /^none of [\d,]+ recorded decisions would be others$/);
    await child(api, node, /^nothing recorded would be decided differently$/);
    await child(api, node, /not counted: it was not in force$/);
  });

  test('after an edit the tree has the changed decisions by rule and trial, and keeps its items', async () => {
    const api = await activated();
    const editor = await shownPolicy();
    const before = await eventually('the policy is tried', () => foundOf(api));
    const [, earlier] = await child(api, (await child(api, undefined, /^mailroom-strict$/))[0], new RegExp(rule));
    await makeStricter(editor);
    await eventually('changes', () => foundOf(api) !== before && (foundOf(api)?.changed ?? 0) > 0);
    const [ofPolicy] = await child(api, undefined, /^mailroom-strict$/);
    const [ofRule, item] = await child(api, ofPolicy, new RegExp(rule));
    assert.equal(item.id, earlier.id);
    assert.match(
      String(item.description),
      /^would ask about [\d,]+ of [\d,]+ that can be told of [\d,]+ recorded actions/,
    );
    const [ofTrial] = await child(api, ofRule, /./);
    const [change, changeItem] = await child(api, ofTrial, /^allow → ask$/);
    await child(api, ofTrial, /^cannot say what came after/);
    assert.ok(changeItem.command);
    await vscode.commands.executeCommand(changeItem.command.command, change);
    await eventually('the page of the trial', () =>
      vscode.window.tabGroups.all.some(({ tabs }) =>
        tabs.some(({ label }) => /strict/.test(label) && /Preview/.test(label)),
      ),
    );
    await restore();
    await eventually('nothing would change again', () => foundOf(api)?.changed === 0);
  });

  test('lenses say the same above each rule, and lead to it', async () => {
    const editor = await shownPolicy();
    await makeStricter(editor);
    const lens = await eventually('a lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        editor.document.uri,
      );
      return lenses.find(({ command }) => command?.title.startsWith('would ask about'));
    });
    assert.ok(editor.document.lineAt(lens.range.start.line).text.includes(rule));
    assert.equal(lens.command?.command, 'assay.showWhatIf');
    await vscode.commands.executeCommand('assay.showWhatIf', ...(lens.command?.arguments ?? []));
  });

  test('a changed decision becomes a case that passes', async () => {
    const api = await activated();
    await makeStricter(await shownPolicy());
    await eventually('changes', () => (foundOf(api)?.changed ?? 0) > 0);
    const [ofPolicy] = await child(api, undefined, /^mailroom-strict$/);
    const [ofRule] = await child(api, ofPolicy, new RegExp(rule));
    const [ofTrial] = await child(api, ofRule, /./);
    const [change] = await child(api, ofTrial, /^allow → ask$/);
    const added = await vscode.commands.executeCommand<AddedPolicyTestCase>('assay.addPolicyTestCase', change);
    assert.deepEqual([added.refused, added.decision, added.note], [undefined, 'ask', 'The run had decided `allow`.']);
    const { document } = vscode.window.activeTextEditor ?? assert.fail('the case is shown');
    assert.ok(document.uri.path.endsWith('mailroom.policytest.yaml'));
    assert.ok(document.getText().includes(`- name: ${added.name}`));
    const result = await eventually('the case is run', async () => {
      const results = await api.policyTests.run(new vscode.TestRunRequest());
      return results?.tests.flatMap(({ cases }) => cases).find(({ name }) => name === added.name);
    });
    assert.deepEqual(result.failures, []);
  });

  test('a recorded step is evaluated beside the rules', async () => {
    const api = await activated();
    await shownPolicy();
    const [run] = (await api.runs.getChildren()) ?? [];
    const variants = (await api.runs.getChildren(run)) ?? [];
    const strict = variants.find((node) => node.kind === 'variant' && node.variant === 'obedient-strict');
    for (const trial of (await api.runs.getChildren(strict)) ?? [])
      for (const node of (await api.runs.getChildren(trial)) ?? []) {
        if (node.kind !== 'step' || node.step.action.tool !== 'pay' || node.step.decision?.effect !== 'deny') continue;
        const { run: of, trial: id, step } = node;
        const { uri } = vscode.window.activeTextEditor?.document ?? assert.fail('the policy is shown');
        const sample = { kind: 'step', run: of, trial: id, step: step.step };
        const found = await vscode.commands.executeCommand<Evaluation>(
          'assay.evaluatePolicy',
          { uri: uri.toString(), policy },
          sample,
        );
        assert.equal(found.refused, undefined);
        assert.equal(api.evaluations.current?.decision, 'deny');
        assert.match(
          api.evaluations.decorations[0]?.text ?? '',
          /^deny by .*known-payees · step \d+, `pay`, of a recorded trial$/,
        );
        await vscode.commands.executeCommand('assay.clearEvaluation');
        return;
      }
    assert.fail('no payment was denied');
  });
});
