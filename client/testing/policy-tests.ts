/**
 * Policy tests as items of the Testing view: found, run and measured by the language server, shown by the editor. Nothing
 * is decided here, and no code of the workspace runs. In Restricted Mode the editor's own buttons still ask for trust, as
 * they do for all tests; the command `assay.runPolicyTests` does not need it.
 */
import * as vscode from 'vscode';
import {
  clientCommands,
  type EditorPlace,
  type EditorRange,
  type PolicyCaseResult,
  type PolicyCoverage,
  type PolicyTestDocument,
  type PolicyTestResult,
  type PolicyTestResults,
  type PolicyTestSelection,
} from '../../server/protocol/index.ts';
import type { Server } from '../server.ts';

const language = 'assay-policytest';
const testFiles = '**/*.policytest.{yaml,yml}';
/** Typing that goes on does not look for tests after every letter. */
const quietMs = 250;

export class PolicyTests implements vscode.Disposable {
  readonly controller = vscode.tests.createTestController('assay.policyTests', 'Policy Tests');
  readonly #server: Pick<Server, 'request'>;
  readonly #subscriptions: vscode.Disposable[];
  readonly #details = new WeakMap<vscode.FileCoverage, vscode.FileCoverageDetail[]>();
  /** How tests can be run. */
  readonly profiles: { readonly run: vscode.TestRunProfile; readonly coverage: vscode.TestRunProfile };
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Pick<Server, 'request'>) {
    this.#server = server;
    const { Run, Coverage } = vscode.TestRunProfileKind;
    const perform = async (request: vscode.TestRunRequest, token: vscode.CancellationToken) => {
      await this.#perform(request, token);
    };
    const run = this.controller.createRunProfile('Run', Run, perform, true);
    const coverage = this.controller.createRunProfile('Coverage', Coverage, perform, true);
    this.profiles = { run, coverage };
    coverage.loadDetailedCoverage = async (_run, file) => this.#details.get(file) ?? [];
    this.controller.refreshHandler = () => this.refresh();
    this.controller.resolveHandler = (item) => (item === undefined ? this.refresh() : undefined);
    const watcher = vscode.workspace.createFileSystemWatcher(testFiles);
    const soon = () => this.#refreshSoon();
    this.#subscriptions = [
      this.controller,
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === language) soon();
      }),
      vscode.workspace.onDidSaveTextDocument((document) => void this.#runOnSave(document)),
      vscode.commands.registerCommand('assay.runPolicyTests', () => this.runAll()),
      vscode.commands.registerCommand(clientCommands.runPolicyTest, (selection: PolicyTestSelection) =>
        this.#runSelection(selection),
      ),
    ];
  }

  /** Looks for tests anew. What is there already keeps its item, and with it its last result. */
  async refresh(): Promise<void> {
    let found: readonly PolicyTestDocument[];
    try {
      found = await this.#server.request('assay/policyTests', {});
    } catch {
      // Without a server nothing is known; what was known before stays until it is back.
      return;
    }
    this.controller.items.replace(found.map((test) => this.#itemOf(test)));
  }

  /** Runs all tests of the workspace and shows their results; says what to do when there are none. */
  async runAll(): Promise<void> {
    await this.refresh();
    if (this.controller.items.size === 0) {
      const create = 'New Policy Test';
      const message =
        'There is no `*.policytest.yaml` file in this workspace. A policy test holds actions and the decisions that you expect for them.';
      if ((await vscode.window.showInformationMessage(message, create)) === create) await newPolicyTest();
      return;
    }
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    await this.run(new vscode.TestRunRequest(undefined, undefined, this.profiles.run));
  }

  /** What the profiles do, for callers that want to wait for the results. */
  async run(request: vscode.TestRunRequest): Promise<PolicyTestResults | null> {
    return await this.#perform(request);
  }

  /** What a lens above a test asks for. */
  async #runSelection({ uri, name, cases }: PolicyTestSelection): Promise<PolicyTestResults | null> {
    await this.refresh();
    const test = this.controller.items.get(idOf(vscode.Uri.parse(uri), name));
    if (test === undefined) return null;
    const chosen = cases?.flatMap((each) => test.children.get(each) ?? []) ?? [test];
    return await this.run(new vscode.TestRunRequest(chosen, undefined, this.profiles.run));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), quietMs);
  }

  #itemOf({ uri, name, range, policies, cases }: PolicyTestDocument): vscode.TestItem {
    const file = vscode.Uri.parse(uri);
    const id = idOf(file, name);
    const item = this.controller.items.get(id) ?? this.controller.createTestItem(id, name, file);
    item.range = rangeOf(range);
    item.description = policies.join(', ');
    const children = cases.map((one, index) => {
      const child = item.children.get(one.name) ?? this.controller.createTestItem(one.name, one.name, file);
      child.range = rangeOf(one.range);
      // In the order of the file, and not of the alphabet.
      child.sortText = String(index).padStart(6, '0');
      return child;
    });
    item.children.replace(children);
    return item;
  }

  async #runOnSave({ languageId, uri }: vscode.TextDocument): Promise<void> {
    if (languageId !== language && languageId !== 'assay-policy' && languageId !== 'assay-environment') return;
    if (!vscode.workspace.getConfiguration('assay', uri).get<boolean>('policyTests.runOnSave', false)) return;
    await this.refresh();
    if (this.controller.items.size > 0)
      await this.run(new vscode.TestRunRequest(undefined, undefined, this.profiles.run, false, true));
  }

  async #perform(request: vscode.TestRunRequest, token?: vscode.CancellationToken): Promise<PolicyTestResults | null> {
    const chosen = this.#chosen(request);
    const run = this.controller.createTestRun(request);
    for (const item of chosen.flatMap(({ cases }) => cases)) run.started(item);
    try {
      const results = await this.#server.request('assay/runPolicyTests', {
        tests: chosen.map(({ selection }) => selection),
        coverage: request.profile?.kind === vscode.TestRunProfileKind.Coverage,
      });
      if (token?.isCancellationRequested === true) return null;
      for (const { test, cases, selection } of chosen)
        this.#report(
          run,
          test,
          cases,
          results.tests.find(
            ({ uri, name }) => name === selection.name && vscode.Uri.parse(uri).toString() === selection.uri,
          ),
        );
      for (const file of results.coverage) run.addCoverage(this.#coverageOf(file));
      return results;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const message = new vscode.TestMessage(`The language server gave no answer: ${words}`);
      for (const item of chosen.flatMap(({ cases }) => cases)) run.errored(item, message);
      return null;
    } finally {
      run.end();
    }
  }

  /** The tests of a request with their cases; whole tests say so, because cases may have come meanwhile. */
  #chosen({ include, exclude = [] }: vscode.TestRunRequest) {
    const wanted = new Map<vscode.TestItem, Set<vscode.TestItem>>();
    const add = (test: vscode.TestItem, cases: Iterable<vscode.TestItem>) => {
      const known = wanted.get(test) ?? new Set();
      wanted.set(test, known);
      for (const one of cases) if (!exclude.includes(one) && !exclude.includes(test)) known.add(one);
    };
    for (const item of include ?? itemsIn(this.controller.items))
      if (item.parent === undefined) add(item, itemsIn(item.children));
      else add(item.parent, [item]);
    return [...wanted].map(([test, cases]) => {
      const names = [...cases].map(({ label }) => label);
      const isWhole = names.length === test.children.size;
      const selection: PolicyTestSelection = {
        uri: test.uri?.toString() ?? '',
        name: test.label,
        ...(!isWhole && { cases: names }),
      };
      return { test, cases: [...cases], selection };
    });
  }

  #report(
    run: vscode.TestRun,
    test: vscode.TestItem,
    items: readonly vscode.TestItem[],
    result: PolicyTestResult | undefined,
  ): void {
    if (result === undefined || result.refused !== undefined) {
      const text = result?.refused?.message ?? 'this test is not there any more; refresh the tests';
      const message = new vscode.TestMessage(text);
      if (result?.refused !== undefined) message.location = locationOf(result.refused);
      // Said once: the cases are not to blame.
      run.errored(test, message);
      for (const item of items) run.skipped(item);
      run.appendOutput(`${test.label}: ${text}\r\n`, undefined, test);
      return;
    }
    for (const item of items) {
      const same = result.cases.filter(({ name }) => name === item.label);
      const failed = same.filter(({ passed }) => !passed);
      if (same.length === 0) run.skipped(item);
      else if (failed.length === 0) run.passed(item);
      else run.failed(item, failed.map(messageOf));
      for (const one of same) run.appendOutput(`${outputOf(one)}\r\n`, undefined, item);
    }
  }

  #coverageOf({ uri, rules }: PolicyCoverage): vscode.FileCoverage {
    const details = rules.map(
      ({ range, seen, tests }) =>
        new vscode.StatementCoverage(
          seen.yes,
          rangeOf(range),
          tests.flatMap((test) => [
            new vscode.BranchCoverage(test.seen.yes, rangeOf(test.range), `${test.text} holds`),
            new vscode.BranchCoverage(test.seen.no, rangeOf(test.range), `${test.text} does not hold`),
          ]),
        ),
    );
    const coverage = vscode.FileCoverage.fromDetails(vscode.Uri.parse(uri), details);
    this.#details.set(coverage, details);
    return coverage;
  }
}

const idOf = (file: vscode.Uri, name: string): string => `${file.toString()}#${name}`;

/** Begins with the server's own snippet, which completion offers in an empty document. */
async function newPolicyTest(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language, content: '' });
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('editor.action.triggerSuggest');
}

const itemsIn = (items: vscode.TestItemCollection): vscode.TestItem[] => [...items].map(([, item]) => item);

export const rangeOf = ({ start, end }: EditorRange) =>
  new vscode.Range(start.line, start.character, end.line, end.character);

const locationOf = ({ uri, range }: EditorPlace) => new vscode.Location(vscode.Uri.parse(uri), rangeOf(range));

function messageOf({ failures, expected, actual, place }: PolicyCaseResult): vscode.TestMessage {
  const text = failures.join('\n');
  const message =
    actual === null ? new vscode.TestMessage(text) : vscode.TestMessage.diff(text, shown(expected), shown(actual));
  message.location = locationOf(place);
  return message;
}

/** One line, such as `deny by known-payees`, because the editor shows both sides in one. */
const shown = ({ decision, rules }: PolicyCaseResult['expected']): string =>
  rules.length === 0 ? decision : `${decision} by ${rules.join(', ')}`;

/** Such as `✓ deleting waits for a person: ask by irreversible-needs-a-person`. */
function outputOf({ name, passed, failures, actual }: PolicyCaseResult): string {
  return passed && actual !== null ? `✓ ${name}: ${shown(actual)}` : `✗ ${name}: ${failures.join('; ')}`;
}
