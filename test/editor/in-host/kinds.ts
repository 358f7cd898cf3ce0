/** For each kind of document: its faults are found, its keys and values completed and explained. */
import assert from 'node:assert/strict';
import { setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import { codesBecome, type DeskFile, deskFiles, layOut, positionOf, replace, show } from './desk.ts';
import { eventually } from './wait.ts';

const labelOf = ({ label }: vscode.CompletionItem) => (typeof label === 'string' ? label : label.label);

async function completionsAt(document: vscode.TextDocument, marked: string): Promise<string[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    positionOf(document, marked),
  );
  return list.items.map(labelOf);
}

async function hoverAt(document: vscode.TextDocument, marked: string): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    positionOf(document, marked),
  );
  return hovers
    .flatMap(({ contents }) => contents.map((part) => (typeof part === 'string' ? part : part.value)))
    .join();
}

suite('every kind of document', () => {
  setup(layOut);

  for (const file of deskFiles)
    test(`${file} has no problem`, async () => {
      // A misspelt key shows that the file has been looked at.
      const { document } = await show(file);
      await replace(document, 'metadata', 'metadatas');
      await codesBecome(document.uri, ['schema/unknown-key']);
      await replace(document, 'metadatas', 'metadata');
      await codesBecome(document.uri, []);
    });

  const faults: readonly [file: DeskFile, from: string, to: string, codes: readonly string[]][] = [
    ['strict.policy.yaml', 'effect: allow', 'effect: alow', ['schema/value']],
    ['strict.policy.yaml', 'parent: spend', 'parent: spent', ['meaning/unknown-budget']],
    ['strict.policy.yaml', 'limit: 1,', 'limit: -1,', ['schema/range']],
    ['open.policy.yaml', 'default: allow', 'default: allow\n  default: deny', ['yaml/duplicate-key']],
    ['promises.policytest.yaml', 'rules: [no-money]', 'rules: [no-honey]', ['reference/unknown-rule']],
    ['promises.policytest.yaml', 'tool: pay', 'tool: bay', ['reference/unknown-tool']],
    ['clerk.preset.yaml', 'next: done', 'next: gone', ['meaning/unknown-node', 'meaning/unreachable-node']],
    ['desk.capsule.yaml', 'needs: [triage]', 'needs: [answer]', ['meaning/step-cycle']],
    ['desk.capsule.yaml', './clerk.preset.yaml', './clark.preset.yaml', ['reference/no-file']],
    ['try.experiment.yaml', 'tasks: chores', 'tasks: shores', ['reference/unknown-task-set']],
    ['try.experiment.yaml', 'timeout: 90s', 'timeout: soon', ['schema/format']],
    ['office.environment.yaml', 'kind: write', 'kind: wriet', ['schema/value']],
    ['office.environment.yaml', './office.mjs', './offices.mjs', ['reference/no-file']],
    ['chores.tasks.yaml', 'id: answer', 'id: sort', ['meaning/duplicate-task']],
  ];
  for (const [file, from, to, codes] of faults)
    test(`${file}: \`${to}\` is a fault`, async () => {
      const { document } = await show(file);
      await replace(document, from, to);
      await codesBecome(document.uri, codes);
    });

  const completed: readonly [file: DeskFile, at: string, label: string][] = [
    ['strict.policy.yaml', 'effect: $0allow', 'halt'],
    ['promises.policytest.yaml', 'rules: [$0no-money]', 'work'],
    ['clerk.preset.yaml', 'tool: $0read_mail', 'pay'],
    ['desk.capsule.yaml', 'needs: [$0triage]', 'triage'],
    ['try.experiment.yaml', 'policies: [$0strict]', 'open'],
    ['office.environment.yaml', 'kind: $0write', 'execute'],
    ['chores.tasks.yaml', 'id: sort, $0instruction', 'tags'],
  ];
  for (const [file, at, label] of completed)
    test(`${file}: \`${at}\` is completed by \`${label}\``, async () => {
      const { document } = await show(file);
      await eventually(label, async () => (await completionsAt(document, at)).includes(label)).catch(async () => {
        throw new Error(`only ${(await completionsAt(document, at)).join()}`);
      });
    });

  const explained: readonly [file: DeskFile, at: string, words: RegExp][] = [
    ['strict.policy.yaml', 'limit$0: 5', /budget/i],
    ['promises.policytest.yaml', 'policies: [str$0ict]', /strict/],
    ['clerk.preset.yaml', 'environment: off$0ice', /office/],
    ['desk.capsule.yaml', 'preset: cl$0erk', /clerk/],
    ['try.experiment.yaml', 'repet$0itions', /times|repe/i],
    ['office.environment.yaml', 'ri$0sk: 4', /risk/i],
    ['chores.tasks.yaml', 'instr$0uction', /agent/i],
  ];
  for (const [file, at, words] of explained)
    test(`${file}: \`${at}\` is explained`, async () => {
      const { document } = await show(file);
      await eventually(`${words}`, async () => words.test(await hoverAt(document, at))).catch(async () => {
        throw new Error(`only ${await hoverAt(document, at)}`);
      });
    });

  test('problems have a page that explains them', async () => {
    const { document } = await show('strict.policy.yaml');
    await replace(document, 'effect: allow', 'effect: alow');
    const page = await eventually('the page', () => {
      const codes = vscode.languages
        .getDiagnostics(document.uri)
        .map(({ code }) => (typeof code === 'object' ? code : null));
      return codes.find((code) => code?.value === 'schema/value')?.target;
    });
    const { lineAt } = await vscode.workspace.openTextDocument(page.with({ fragment: '' }));
    assert.match(lineAt(Number(page.fragment.slice(1)) - 1).text, /^#+ .*value/);
  });
});
