/**
 * The commands of the category "Assay". Each works from the palette, where it asks for what it needs,
 * and from a menu or tree item, which passes it.
 */
import * as vscode from 'vscode';
import { type RunResult, type RunSummary, type Step, serverCommands } from '../server/protocol/index.ts';
import { isOver, type Runs } from './runs.ts';
import type { Server } from './server.ts';
import type { RunsNode } from './views/runs-tree.ts';
import { TrialPages } from './views/trial-page.ts';
import { anchorOf, moment, outcomes, stepTitle, trialName } from './views/words.ts';

const experimentFiles = '**/*.experiment.{yaml,yml}';
const notSearched = '**/{node_modules,.assay,.git}/**';

/** Registers the commands; dispose of what is returned to take them away. */
export function registerCommands(server: Server, runs: Runs, extension: vscode.Uri): vscode.Disposable {
  const commands: Record<string, (argument?: unknown) => unknown> = {
    runExperiment: (uri) => runExperiment(extension, uri instanceof vscode.Uri ? uri : undefined),
    cancelRun: async (node) => {
      const run =
        runOf(runs, node) ??
        (await pickRun(
          runs.all.filter((each) => !isOver(each)),
          'Cancel which run?',
        ));
      if (run) await vscode.commands.executeCommand(serverCommands.cancelRun, run.run);
    },
    refreshRuns: () => runs.refresh(),
    openSummary: async (node) => {
      const run = runOf(runs, node) ?? (await pickRun(runs.all.filter(isOver), 'Open the summary of which run?'));
      if (run) await openSummary(run);
    },
    openLedgerFolder: async (node) => {
      const run = runOf(runs, node) ?? (await pickRun(runs.all, 'Open the ledger of which run?'));
      if (run) await openLedgerFolder(run);
    },
    showTrial: async (node) => {
      const isPassed = isNode(node) && node.kind !== 'run' && node.kind !== 'variant';
      const trial = isPassed ? node : await pickTrial(runs);
      if (trial) await showTrial(runs, trial);
    },
    newExperiment: () => newExperiment(extension),
    openExample: () => openExample(vscode.Uri.joinPath(extension, 'examples/mailroom')),
    restartServer: () => server.restart(),
    showOutput: () => server.showOutput(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, command]) => vscode.commands.registerCommand(`assay.${name}`, command)),
  );
}

const isNode = (value: unknown): value is RunsNode => typeof value === 'object' && value !== null && 'kind' in value;
const runOf = (runs: Runs, node: unknown) => (isNode(node) ? runs.get(node.run) : undefined);

async function runExperiment(extension: vscode.Uri, given: vscode.Uri | undefined): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await refuseInRestrictedMode();
    return;
  }
  const uri = given ?? activeExperiment() ?? (await pickExperiment(extension));
  if (uri) await vscode.commands.executeCommand(serverCommands.runExperiment, uri.toString());
}

async function refuseInRestrictedMode(): Promise<void> {
  const manage = 'Manage Workspace Trust';
  const message = 'Experiments run code of the workspace, so nothing runs in Restricted Mode.';
  if ((await vscode.window.showWarningMessage(message, manage)) === manage)
    await vscode.commands.executeCommand('workbench.trust.manage');
}

function activeExperiment(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'assay-experiment' && document.uri.scheme === 'file' ? document.uri : undefined;
}

async function pickExperiment(extension: vscode.Uri): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(experimentFiles, notSearched);
  if (files.length === 0) {
    const create = 'New Experiment';
    const message = 'There is no `*.experiment.yaml` file in this workspace.';
    if ((await vscode.window.showInformationMessage(message, create)) === create) await newExperiment(extension);
    return undefined;
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  items.sort((a, b) => a.label.localeCompare(b.label));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Run which experiment?' }))?.uri;
}

async function pickRun(runs: readonly RunSummary[], placeHolder: string): Promise<RunSummary | undefined> {
  if (runs.length <= 1) return runs[0];
  const items = runs.map((run) => ({
    label: run.experiment,
    description: `${moment(run.startedAtMs, Date.now())} · ${run.status}`,
    detail: outcomes(run.counts),
    run,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.run;
}

interface TrialPlace {
  readonly run: string;
  readonly trial: string;
  /** The step, or its number. */
  readonly step?: Step | number;
  /** A heading of the page, where that is not a step's own. */
  readonly heading?: string;
}

async function pickTrial(runs: Runs): Promise<TrialPlace | undefined> {
  const run = await pickRun(runs.all, 'A trial of which run?');
  if (run === undefined) return undefined;
  const items = (await runs.trials(run.run)).map((trial) => ({
    label: trialName(trial, true),
    description: `${trial.variant} · ${trial.state}${trial.security === 'breached' ? ' · attack got through' : ''}`,
    trial: trial.id,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: 'Show which trial?',
    matchOnDescription: true,
  });
  return picked && { run: run.run, trial: picked.trial };
}

/** Shows a trial's page, from one of its steps on when that is given. */
async function showTrial(runs: Runs, { run, trial: id, step: given, heading: other }: TrialPlace): Promise<void> {
  const step = typeof given === 'number' ? await stepOf(runs, run, id, given) : given;
  const heading = other ?? (step && stepTitle(step));
  const trials = await runs.trials(run);
  const trial = trials.find((each) => each.id === id);
  const repeated = trials.some((each) => each.repetition > 0);
  const uri = TrialPages.uri(run, id, trial ? `${trialName(trial, repeated)} · ${trial.variant}` : id);
  await showMarkdown(heading === undefined ? uri : uri.with({ fragment: anchorOf(heading) }));
}

const stepOf = async (runs: Runs, run: string, trial: string, number: number): Promise<Step | undefined> =>
  (await runs.detail(run, trial))?.steps.find(({ step }) => step === number);

/** As a page; as text where the editor's own markdown preview is switched off. */
async function showMarkdown(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  } catch {
    await vscode.window.showTextDocument(uri, { preview: true });
  }
}

async function openSummary(run: RunSummary): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(run.directory), 'summary.md');
  if (await exists(uri)) return showMarkdown(uri);
  void vscode.window.showWarningMessage(`The run of \`${run.experiment}\` has no summary.`);
}

async function openLedgerFolder(run: RunSummary): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(run.directory), 'ledger');
  const isHere = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  await vscode.commands.executeCommand(isHere ? 'revealFileInOS' : 'revealInExplorer', uri);
}

const exists = async (uri: vscode.Uri) => {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
};

/**
 * A new document that begins with the server's snippet. The snippets are not contributed to the editor, too: the
 * server offers them where they fit, and each would be offered twice.
 */
async function newExperiment(extension: vscode.Uri): Promise<void> {
  const file = vscode.Uri.joinPath(extension, 'snippets/experiment.code-snippets');
  const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
  const { Experiment } = JSON.parse(text) as { Experiment: { body: readonly string[] } };
  const document = await vscode.workspace.openTextDocument({ language: 'assay-experiment', content: '' });
  const editor = await vscode.window.showTextDocument(document);
  await editor.insertSnippet(new vscode.SnippetString(Experiment.body.join('\n')));
}

/** Copies the example into a folder of the user's choice and opens it; the extension's own copy stays as it is. */
async function openExample(source: vscode.Uri): Promise<void> {
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: 'Put the Example Here' };
  const [parent] = (await vscode.window.showOpenDialog(options)) ?? [];
  if (parent === undefined) return;
  const target = vscode.Uri.joinPath(parent, 'assay-mailroom');
  if (!(await exists(target))) await vscode.workspace.fs.copy(source, target);
  const forceNewWindow = vscode.workspace.workspaceFolders !== undefined;
  await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow });
}

/** Opens the summary of a run that this window had started, and says in one line how it went. */
export async function showResult({ summary, refused, summaryPath }: RunResult): Promise<void> {
  if (refused !== undefined) {
    const [problems, output] = ['Show Problems', 'Show Output'];
    const answer = await vscode.window.showErrorMessage(`Not run: ${refused}`, problems, output);
    if (answer === problems) await vscode.commands.executeCommand('workbench.actions.view.problems');
    if (answer === output) await vscode.commands.executeCommand('assay.showOutput');
    return;
  }
  if (summary === null) return;
  if (summaryPath !== undefined && summary.status !== 'cancelled') await showMarkdown(vscode.Uri.file(summaryPath));
  await announce(summary);
}

/** One line on a run that is over, with what one may want to see next. */
export async function announce(run: RunSummary): Promise<void> {
  const [summary, tree, ledger] = ['Open Summary', 'Show Runs', 'Open Ledger Folder'];
  const result = run.failure?.message ?? (outcomes(run.counts) || 'no trial has ended');
  const message = `${run.experiment} ${run.status}: ${result}`;
  const failed = run.status === 'failed' || run.status === 'interrupted';
  const show = failed ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
  const answer = await show(message, summary, tree, ledger);
  if (answer === summary) await openSummary(run);
  if (answer === tree) await vscode.commands.executeCommand('assay.runs.focus');
  if (answer === ledger) await openLedgerFolder(run);
}
