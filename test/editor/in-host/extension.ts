/** The extension in a real editor: activation, languages, icons, commands. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from './wait.ts';

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string }[];
    menus: Record<string, { command: string; group?: string }[]>;
    viewsWelcome: { contents: string }[];
    walkthroughs: { steps: { description: string; completionEvents: string[] }[] }[];
    languages: { id: string; configuration: string; icon: { light: string; dark: string } }[];
    grammars: { path: string }[];
  };
}

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('assay.assay');
  assert.ok(found, 'the extension is installed');
  return found;
}

const manifest = () => (extension().packageJSON as Manifest).contributes;

suite('extension', () => {
  const languages: readonly [file: string, language: string][] = [
    ['a.policy.yaml', 'assay-policy'],
    ['a.policy.yml', 'assay-policy'],
    ['a.preset.yaml', 'assay-preset'],
    ['a.capsule.yaml', 'assay-capsule'],
    ['a.experiment.yaml', 'assay-experiment'],
    ['a.policytest.yaml', 'assay-policytest'],
    ['a.environment.yaml', 'assay-environment'],
    ['a.tasks.yaml', 'assay-tasks'],
    ['policy.yaml', 'yaml'],
  ];
  for (const [file, language] of languages)
    test(`${file} is ${language}`, async () => {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'untitled', path: file }));
      assert.equal(document.languageId, language);
    });

  test('a document of ours activates it', async () => {
    await eventually('activation', () => extension().isActive);
  });

  test('every file that the manifest names is in the package', () => {
    const { languages, grammars } = manifest();
    const files = [
      ...languages.flatMap(({ configuration, icon }) => [configuration, icon.light, icon.dark]),
      ...grammars.map(({ path }) => path),
    ];
    const missing = files.filter((file) => !existsSync(join(extension().extensionPath, file)));
    assert.deepEqual(missing, []);
  });

  test('icons of the themes differ', () => {
    for (const { icon } of manifest().languages) {
      const read = (file: string) => readFileSync(join(extension().extensionPath, file), 'utf8');
      assert.notEqual(read(icon.light), read(icon.dark));
    }
  });

  test('all its commands are there, under one category', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command, category } of manifest().commands) {
      assert.ok(registered.has(command), command);
      assert.equal(category, 'Assay');
    }
  });

  test('titles of commands are in title case and say nothing twice', () => {
    const { commands } = manifest();
    const small = new Set(['a', 'an', 'as', 'by', 'for', 'in', 'of', 'on', 'or', 'the', 'to', 'with', 'and', 'from']);
    const isTitleCase = (title: string) =>
      title.split(' ').every((word, index) => /^[A-Z]/.test(word) || (index > 0 && small.has(word)));
    const strange = commands.filter(({ title }) => !isTitleCase(title) || /Assay|\.\.\.|\.$/.test(title));
    assert.deepEqual(
      strange.map(({ title }) => title),
      [],
    );
    assert.equal(new Set(commands.map(({ title }) => title)).size, commands.length);
  });

  test('menus hold commands that there are, and buttons have icons', () => {
    const { commands, menus } = manifest();
    const byName = new Map(commands.map((each) => [each.command, each]));
    for (const [menu, items] of Object.entries(menus))
      for (const { command, group = '' } of items) {
        const declared = byName.get(command);
        assert.ok(declared, `${menu}: ${command}`);
        const isButton = /^inline/.test(group) || (/title$/.test(menu) && /^navigation/.test(group));
        assert.ok(!isButton || declared.icon, `${menu}: ${command} has no icon`);
      }
  });

  test('what is offered where nothing is to be seen yet leads somewhere', async () => {
    const { viewsWelcome, walkthroughs } = manifest();
    const steps = walkthroughs.flatMap((each) => each.steps);
    const texts = [
      ...viewsWelcome.map(({ contents }) => contents),
      ...steps.map(({ description }) => description),
      ...steps.flatMap(({ completionEvents }) =>
        completionEvents.map((event) => event.replace('onCommand:', '(command:')),
      ),
    ];
    const linked = texts.flatMap((text) =>
      [...text.matchAll(/\(command:([\w.-]+)/g)].map(([, command]) => command ?? ''),
    );
    assert.ok(linked.length > 8);
    const registered = new Set(await vscode.commands.getCommands());
    assert.deepEqual(
      linked.filter((command) => !registered.has(command)),
      [],
    );
  });

  test('policies are edited as YAML is', async () => {
    const settings = vscode.workspace.getConfiguration('editor', { languageId: 'assay-policy' });
    assert.equal(settings.get('tabSize'), 2);
    assert.equal(settings.get('insertSpaces'), true);
    const document = await vscode.workspace.openTextDocument({ language: 'assay-policy', content: 'kind: Policy' });
    const editor = await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('editor.action.commentLine');
    assert.equal(document.getText(), '# kind: Policy');
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
