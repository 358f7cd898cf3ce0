/** What the language server does for documents, seen through the editor's own interfaces. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from './wait.ts';

const policy = `apiVersion: assay/v1
kind: Policy
metadata:
  name: in-host
spec:
  default: deny
  rules:
    - id: reads
      effect: allow
      when:
        tool.kind: read
`;

let documents = 0;
const open = (content: string, language = 'assay-policy') =>
  vscode.workspace
    .openTextDocument(vscode.Uri.from({ scheme: 'untitled', path: `in-host-${++documents}.policy.yaml` }))
    .then(async (document) => {
      await vscode.languages.setTextDocumentLanguage(document, language);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(0, 0), content);
      await vscode.workspace.applyEdit(edit);
      return document;
    });

/** A document whose text holds `$0` where the position is. */
async function at(marked: string): Promise<[vscode.Uri, vscode.Position]> {
  const document = await open(marked.replace('$0', ''));
  return [document.uri, document.positionAt(marked.indexOf('$0'))];
}

suite('documents', () => {
  test('a fault is marked where it is, and goes when it is mended', async () => {
    const document = await open(policy.replace('effect: allow', 'effect: alow'));
    const found = await eventually('a diagnostic', () => {
      const all = vscode.languages.getDiagnostics(document.uri);
      return all.find((each) => document.getText(each.range).includes('alow'));
    });
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, found.range, 'allow');
    await vscode.workspace.applyEdit(edit);
    await eventually('no more errors', () =>
      vscode.languages.getDiagnostics(document.uri).every((each) => each.severity !== vscode.DiagnosticSeverity.Error),
    );
  });

  test('keys are completed', async () => {
    const [uri, position] = await at(policy.replace('      when:', '      $0\n      when:'));
    const labels = await eventually('completion', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        position,
      );
      const names = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      return names.some((name) => name.startsWith('unless')) && names;
    });
    assert.ok(!labels.some((label) => label.startsWith('apiVersion')), 'only keys that belong here');
  });

  test('a snippet is offered once', async () => {
    const [uri, position] = await at('$0');
    const names = await eventually('snippets', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        position,
      );
      const snippets = list.items.filter(({ kind }) => kind === vscode.CompletionItemKind.Snippet);
      return snippets.length > 0 && snippets.map(({ label }) => (typeof label === 'string' ? label : label.label));
    });
    assert.equal(new Set(names).size, names.length, names.join(', '));
  });

  test('a new experiment begins with its snippet', async () => {
    await vscode.commands.executeCommand('assay.newExperiment');
    await eventually('the snippet', () =>
      vscode.window.activeTextEditor?.document.getText().includes('kind: Experiment'),
    );
    assert.equal(vscode.window.activeTextEditor?.document.languageId, 'assay-experiment');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  test('a key is explained on hover', async () => {
    const [uri, position] = await at(policy.replace('effect:', 'eff$0ect:'));
    await eventually('hover', async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
      const text = hovers.flatMap(({ contents }) =>
        contents.map((part) => (typeof part === 'string' ? part : part.value)),
      );
      return text.join('\n').length > 20;
    });
  });
});
