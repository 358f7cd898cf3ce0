/** Recorded steps as cases of policy tests: the language server writes them, this asks for them and shows them. */
import * as vscode from 'vscode';
import { type AddedPolicyTestCase, type AddPolicyTestCaseParams, serverCommands } from '../../server/protocol/index.ts';
import type { RunsNode } from '../views/runs-tree.ts';
import type { WhatIfNode } from '../views/what-if-tree.ts';

/** Registers the command; dispose of what is returned to take it away. */
export const registerAddCase = (): vscode.Disposable =>
  vscode.commands.registerCommand('assay.addPolicyTestCase', (node?: RunsNode | WhatIfNode) => addCase(node));

async function addCase(node: RunsNode | WhatIfNode | undefined): Promise<AddedPolicyTestCase | undefined> {
  const params = paramsOf(node);
  if (params === undefined) {
    void vscode.window.showInformationMessage('Choose a step of a trial in the view Runs, or a decision in What-If.');
    return undefined;
  }
  const added = await vscode.commands.executeCommand<AddedPolicyTestCase>(serverCommands.addPolicyTestCase, params);
  const { refused, uri, name, decision, note } = added;
  if (uri === undefined || name === undefined) {
    void vscode.window.showWarningMessage(`No case was added: ${refused ?? 'the server gave no reason'}`);
    return added;
  }
  await reveal(vscode.Uri.parse(uri), name);
  void vscode.window.showInformationMessage(
    `Added a case that expects \`${decision}\`.${note === undefined ? '' : ` ${note}`}`,
  );
  return added;
}

function paramsOf(node: RunsNode | WhatIfNode | undefined): AddPolicyTestCaseParams | undefined {
  if (node?.kind === 'step') return { run: node.run, trial: node.trial, step: node.step.step };
  if (node?.kind !== 'change') return undefined;
  return { run: node.run, trial: node.trial, step: node.step, on: node.change.on, expected: node.change.after };
}

async function reveal(uri: vscode.Uri, name: string): Promise<void> {
  const editor = await vscode.window.showTextDocument(uri);
  const at = editor.document.getText().lastIndexOf(name);
  const position = editor.document.positionAt(Math.max(at, 0));
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenter);
}
