/** Files that come, change and go: in the editor, behind its back, unsaved, and beside or outside of the folders of the window. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import {
  becomes,
  codesBecome,
  codesOf,
  layOut,
  outside,
  pathOf,
  placeOf,
  positionOf,
  replace,
  show,
  showNew,
  uriOf,
} from './desk.ts';
import { eventually } from './wait.ts';

const policy = (name: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { default: deny }\n`;
const policyTest = (name: string, ...policies: string[]) =>
  `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: ${name} }\nspec:\n  policies: [${policies.join(', ')}]\n  cases:\n    - { name: a, action: { tool: pay }, expect: { decision: deny } }\n`;
const unknownPolicy = 'reference/unknown-policy';

async function definitionsOf(document: vscode.TextDocument, marked: string): Promise<string[]> {
  const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
    'vscode.executeDefinitionProvider',
    document.uri,
    positionOf(document, marked),
  );
  return found.map(placeOf);
}

const symbolsNamed = async (name: string) =>
  (await vscode.commands.executeCommand<vscode.SymbolInformation[]>('vscode.executeWorkspaceSymbolProvider', name))
    .filter((symbol) => symbol.name === name)
    .map(({ location }) => placeOf(location));

suite('files', () => {
  setup(layOut);

  let times = 0;
  /** A policy test that refers to a policy, both with names that no other test has seen, shown without problems. */
  async function showReferring(): Promise<{ name: string; document: vscode.TextDocument }> {
    times++;
    const name = `seen-${times}`;
    writeFileSync(pathOf(`${name}.policy.yaml`), policy(name));
    const { document } = await showNew(`${name}.policytest.yaml`, policyTest(`of-${name}`, name));
    await codesBecome(document.uri, []);
    await becomes(() => definitionsOf(document, `[$0${name}]`), [`${name}.policy.yaml:3`]);
    return { name, document };
  }

  test('a file that is changed, deleted, made and renamed behind the back of the editor', async () => {
    const { name, document } = await showReferring();
    const path = pathOf(`${name}.policy.yaml`);
    writeFileSync(path, policy('another'));
    await codesBecome(document.uri, [unknownPolicy]);
    writeFileSync(path, policy(name));
    await codesBecome(document.uri, []);
    rmSync(path);
    await codesBecome(document.uri, [unknownPolicy]);
    writeFileSync(path, policy(name));
    await codesBecome(document.uri, []);
    renameSync(path, pathOf('moved.policy.yaml'));
    await becomes(() => definitionsOf(document, `[$0${name}]`), ['moved.policy.yaml:3']);
  });

  test('what `.gitignore` names is not there for documents, until it no longer does', async () => {
    const { name, document } = await showReferring();
    writeFileSync(pathOf('.gitignore'), `${name}.policy.yaml\n`);
    await codesBecome(document.uri, [unknownPolicy]);
    await becomes(() => symbolsNamed(name), []);
    rmSync(pathOf('.gitignore'));
    await codesBecome(document.uri, []);
    await becomes(() => symbolsNamed(name), [`${name}.policy.yaml:3`]);
  });

  test('a file that no document refers to by kind: a module that goes and comes', async () => {
    const { document } = await show('office.environment.yaml');
    rmSync(pathOf('office.mjs'));
    await codesBecome(document.uri, ['reference/no-file']);
    writeFileSync(pathOf('office.mjs'), '');
    await codesBecome(document.uri, []);
  });

  test('an open file that is changed on disk is read again', async () => {
    const { document } = await show('strict.policy.yaml');
    const text = readFileSync(pathOf('strict.policy.yaml'), 'utf8');
    writeFileSync(pathOf('strict.policy.yaml'), text.replace('effect: allow', 'effect: alow'));
    await codesBecome(document.uri, ['schema/value']);
    writeFileSync(pathOf('strict.policy.yaml'), text);
    await codesBecome(document.uri, []);
  });

  test('a file that is renamed and deleted in the editor', async () => {
    const { name, document } = await showReferring();
    const rename = new vscode.WorkspaceEdit();
    rename.renameFile(uriOf(`${name}.policy.yaml`), uriOf('wide.policy.yaml'));
    assert.ok(await vscode.workspace.applyEdit(rename));
    await becomes(() => definitionsOf(document, `[$0${name}]`), ['wide.policy.yaml:3']);
    const remove = new vscode.WorkspaceEdit();
    remove.deleteFile(uriOf('wide.policy.yaml'));
    assert.ok(await vscode.workspace.applyEdit(remove));
    await codesBecome(document.uri, [unknownPolicy]);
  });

  const head = (kind: string, name: string) =>
    `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
  const moved: readonly [from: string, to: string, file: string, text: string, after: string][] = [
    [
      'porter.preset.yaml',
      'people/bearer.preset.yaml',
      'porters.capsule.yaml',
      `${head('Capsule', 'porters')}  presets: [{ path: ./porter.preset.yaml }]\n`,
      'path: ./people/bearer.preset.yaml',
    ],
    [
      'walker.mjs',
      'agents/runner.mjs',
      'walk.experiment.yaml',
      `${head('Experiment', 'walk')}  environment: office\n  tasks: chores\n  policies: [open]\n  variants: [{ id: a, agent: { module: ./walker.mjs } }]\n`,
      'module: ./agents/runner.mjs',
    ],
    [
      'dock.environment.yaml',
      'worlds/dock.environment.yaml',
      'dock.environment.yaml',
      `${head('Environment', 'dock')}  module: ./office.mjs\n  tools: [{ name: load, description: Loads., kind: write, risk: 1, input: {} }]\n`,
      'module: ../office.mjs',
    ],
  ];
  for (const [from, to, file, text, expected] of moved)
    test(`${from} is renamed to ${to} in the editor, and takes along the paths in ${file}`, async () => {
      // What these are called no other test has seen, because open documents outlive their files.
      if (from !== file)
        writeFileSync(pathOf(from), from.endsWith('.mjs') ? '' : `${head('Preset', 'porter')}  role: a\n`);
      const { document } = await showNew(file, text);
      await eventually('links', async () => {
        const command = 'vscode.executeLinkProvider';
        return (await vscode.commands.executeCommand<vscode.DocumentLink[]>(command, document.uri)).length > 0;
      });
      const rename = new vscode.WorkspaceEdit();
      rename.renameFile(uriOf(from), uriOf(to));
      assert.ok(await vscode.workspace.applyEdit(rename));
      assert.ok(!existsSync(pathOf(from)));
      const after = await vscode.workspace.openTextDocument(uriOf(from === file ? to : file));
      assert.ok(after.getText().includes(expected), after.getText());
      await codesBecome(after.uri, []);
    });

  test('an open file that is renamed keeps its problems, under its new name', async () => {
    const { document } = await showNew('old.policy.yaml', policy('renamed').replace('deny', 'dony'));
    await codesBecome(document.uri, ['schema/value']);
    const rename = new vscode.WorkspaceEdit();
    rename.renameFile(document.uri, uriOf('new.policy.yaml'));
    assert.ok(await vscode.workspace.applyEdit(rename));
    await codesBecome(uriOf('new.policy.yaml'), ['schema/value']);
    await codesBecome(uriOf('old.policy.yaml'), []);
  });

  test('a fault that is never saved goes with its editor', async () => {
    const { document } = await showNew('unsaved.policy.yaml', policy('unsaved'));
    await replace(document, 'deny', 'dony');
    await codesBecome(document.uri, ['schema/value']);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await codesBecome(uriOf('unsaved.policy.yaml'), []);
  });

  test('what is unsaved counts', async () => {
    const { name, document } = await showReferring();
    const referred = await vscode.workspace.openTextDocument(uriOf(`${name}.policy.yaml`));
    await replace(referred, `name: ${name}`, 'name: another');
    await codesBecome(document.uri, [unknownPolicy]);
    await replace(referred, 'name: another', `name: ${name}`);
    await codesBecome(document.uri, []);
  });

  const unsaved: readonly [language: string, text: string, code: string][] = [
    ['assay-policy', 'kind: Policy\nspec: {}', 'schema/missing-key'],
    ['assay-preset', 'kind: Preset\nspec: {}', 'schema/missing-key'],
    ['assay-capsule', 'kind: Capsule\nspec: {}', 'schema/missing-key'],
    ['assay-experiment', 'kind: Experiment\nspec: {}', 'schema/missing-key'],
    ['assay-policytest', 'kind: PolicyTest\nspec: {}', 'schema/missing-key'],
    ['assay-environment', 'kind: Environment\nspec: {}', 'schema/missing-key'],
    ['assay-tasks', 'kind: TaskSet\nspec: {}', 'schema/missing-key'],
    ['assay-tasks', 'kind: Policy', 'schema/missing-key'],
    ['assay-policy', 'kind: Polcy', 'schema/unknown-kind'],
  ];
  for (const [language, content, code] of unsaved)
    test(`${JSON.stringify(content)} in a new ${language} is checked`, async () => {
      const document = await vscode.workspace.openTextDocument({ language, content });
      await vscode.window.showTextDocument(document);
      await eventually(code, () => codesOf(document.uri).includes(code));
    });

  test('a file outside of the folders of the window has those beside it at hand, and is told of its own faults alone', async () => {
    mkdirSync(outside(), { recursive: true });
    writeFileSync(join(outside(), 'near.policy.yaml'), policy('near'));
    const path = join(outside(), 'far.policytest.yaml');
    writeFileSync(path, policyTest('far', 'near', 'open'));
    const { document } = await vscode.window.showTextDocument(vscode.Uri.file(path));
    await becomes(() => definitionsOf(document, '[$0near,'), ['near.policy.yaml:3']);
    await codesBecome(document.uri, []);
    await replace(document, 'kind: PolicyTest', 'kind: PolicyTset');
    await codesBecome(document.uri, ['schema/unknown-kind']);
  });

  test('the folders of a window know nothing of each other, and all of them are searched', async () => {
    const { document } = await show('try.experiment.yaml');
    await replace(document, 'policies: [open]', 'policies: [mailroom-strict]');
    await codesBecome(document.uri, [unknownPolicy]);
    await becomes(() => symbolsNamed('mailroom-strict'), ['mailroom-strict.policy.yaml:5']);
    await becomes(() => symbolsNamed('strict'), ['strict.policy.yaml:3']);
  });

  test('a folder that is added to the window and taken away again', async () => {
    const folder = join(outside(), 'annex');
    mkdirSync(join(folder, '.assay'), { recursive: true });
    writeFileSync(join(folder, 'annex.policy.yaml'), policy('annexed'));
    const { length } = vscode.workspace.workspaceFolders ?? [];
    assert.ok(vscode.workspace.updateWorkspaceFolders(length, 0, { uri: vscode.Uri.file(folder) }));
    await becomes(() => symbolsNamed('annexed'), ['annex.policy.yaml:3']);
    assert.ok(vscode.workspace.updateWorkspaceFolders(length, 1));
    await becomes(() => symbolsNamed('annexed'), []);
  });
});
