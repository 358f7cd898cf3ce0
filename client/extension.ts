/** Activation and wiring of the extension; what the parts do is in their own files. */
import * as vscode from 'vscode';
import { announce, registerCommands, showResult } from './commands.ts';
import { Questions } from './questions.ts';
import { isOver, Runs } from './runs.ts';
import { Server } from './server.ts';
import { registerShowReferences } from './show-references.ts';
import { registerAddCase } from './testing/add-case.ts';
import { Evaluations } from './testing/evaluations.ts';
import { PolicyTests } from './testing/policy-tests.ts';
import { type RunsNode, RunsTree } from './views/runs-tree.ts';
import { StatusBar } from './views/status-bar.ts';
import { TrialPages } from './views/trial-page.ts';
import { WhatIfTree } from './views/what-if-tree.ts';

/** What other extensions may use; the tests in the editor do. */
export interface AssayApi {
  readonly runs: vscode.TreeDataProvider<RunsNode>;
  readonly questions: Pick<Questions, 'open'>;
  readonly policyTests: Pick<PolicyTests, 'controller' | 'profiles' | 'run'>;
  readonly evaluations: Pick<Evaluations, 'current' | 'decorations'>;
  readonly whatIf: Pick<WhatIfTree, 'reports' | 'getChildren' | 'getTreeItem'>;
}

export function activate(context: vscode.ExtensionContext): AssayApi {
  const server = new Server(context.asAbsolutePath('dist/lsp.mjs'), (result) => void showResult(result));
  const runs = new Runs(server);
  const questions = new Questions(server);
  const tree = new RunsTree(runs, questions);
  const policyTests = new PolicyTests(server);
  const evaluations = new Evaluations(server, runs);
  const whatIf = new WhatIfTree(server, runs);
  context.subscriptions.push(
    server,
    runs,
    questions,
    tree,
    policyTests,
    evaluations,
    whatIf,
    new TrialPages(runs, questions),
    new StatusBar(runs),
    vscode.window.registerTreeDataProvider('assay.runs', tree),
    registerCommands(server, runs, context.extensionUri),
    registerShowReferences(),
    registerAddCase(),
    server.onRunChanged((change) => runs.apply(change)),
    server.onQuestionsChanged((open) => questions.apply(open)),
    server.onNotified((notice) => questions.notify(notice)),
    server.onStarted(() => void runs.refresh(true)),
    server.onStarted(() => void questions.refresh()),
    server.onStarted(() => void policyTests.refresh()),
    runs.onDidFinishAdopted((run) => void announce(run)),
    runs.onDidChange(() => {
      setContext('assay.hasRuns', runs.all.length > 0);
      setContext('assay.running', !runs.all.every(isOver));
    }),
  );
  return { runs: tree, questions, policyTests, evaluations, whatIf };
}

const setContext = (key: string, value: boolean) => void vscode.commands.executeCommand('setContext', key, value);
