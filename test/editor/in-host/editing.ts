/** What the editor does to documents with the server's help: formats them, mends them, edits names together. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import {
  becomes,
  codesBecome,
  codesOf,
  layOut,
  pathOf,
  positionOf,
  rangeOf,
  showNew,
  uriOf,
  withSetting,
} from './desk.ts';
import { eventually } from './wait.ts';

const head = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: draft-0 }\nspec:\n';
const ugly = `${head}    default:   deny
    rules:
    -   id: a
        effect:  allow
    -   {id: b, effect: deny}
`;
const pretty = `${head}  default: deny
  rules:
    - id: a
      effect: allow
    - { id: b, effect: deny }
`;
const options = { tabSize: 2, insertSpaces: true };
let drafts = 0;
/** A new file with a new name each time, for the editor keeps what it has closed for a while. */
const draft = (text: string) => {
  drafts++;
  return showNew(`draft-${drafts}.policy.yaml`, text.replace('draft-0', `draft-${drafts}`));
};
/** Its text as if it were the first. */
const textOf = (document: vscode.TextDocument) => document.getText().replace(/draft-\d+/, 'draft-0');

async function applied(document: vscode.TextDocument, edits: readonly vscode.TextEdit[]): Promise<string> {
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, [...edits]);
  assert.ok(await vscode.workspace.applyEdit(edit));
  return textOf(document);
}

const actionsAt = (document: vscode.TextDocument, text: string, kind?: string) =>
  vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    rangeOf(document, text),
    kind,
    100,
  );

/** Applies the action with this title as soon as it is offered. */
async function apply(document: vscode.TextDocument, text: string, title: string): Promise<void> {
  let offered: vscode.CodeAction[] = [];
  const action = await eventually(title, async () => {
    offered = await actionsAt(document, text);
    return offered.find((each) => each.title === title);
  }).catch(() => assert.fail(`only ${offered.map((each) => each.title).join(', ')}`));
  assert.ok(action.edit);
  assert.ok(await vscode.workspace.applyEdit(action.edit));
}

suite('editing', () => {
  setup(layOut);

  test('a document is formatted', async () => {
    const { document } = await draft(ugly);
    const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>(
      'vscode.executeFormatDocumentProvider',
      document.uri,
      options,
    );
    assert.equal(await applied(document, edits), pretty);
  });

  test('so is a part of it', async () => {
    const { document } = await draft(ugly);
    const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>(
      'vscode.executeFormatRangeProvider',
      document.uri,
      rangeOf(document, '{id: b, effect: deny}'),
      options,
    );
    assert.equal(
      await applied(document, edits),
      ugly.replace('-   {id: b, effect: deny}', '- { id: b, effect: deny }'),
    );
  });

  test('the command formats, as a user does it', async () => {
    const { document } = await draft(ugly);
    await vscode.commands.executeCommand('editor.action.formatDocument');
    await becomes(async () => textOf(document), pretty);
  });

  const typed: readonly [title: string, before: string, keys: string, after: string][] = [
    ['a key below a key', `${head}  rules:`, '\n- id: a', `${head}  rules:\n    - id: a`],
    [
      'a line below an item',
      `${head}  rules:\n    - id: a`,
      '\neffect: deny',
      `${head}  rules:\n    - id: a\n      effect: deny`,
    ],
    [
      'a dash that is too deep',
      `${head}  rules:\n    - id: a\n      `,
      '- id: b',
      `${head}  rules:\n    - id: a\n    - id: b`,
    ],
    [
      'a text below the sign that begins it',
      `${head}  rules:\n    - id: a\n      reason: |`,
      '\nwhy',
      `${head}  rules:\n    - id: a\n      reason: |\n        why`,
    ],
  ];
  for (const [title, before, keys, after] of typed)
    test(`typing indents ${title}`, async () => {
      const editor = await draft(before);
      const cursor = editor.document.lineAt(editor.document.lineCount - 1).range.end;
      editor.selection = new vscode.Selection(cursor, cursor);
      for (const key of keys) {
        await vscode.commands.executeCommand('type', { text: key });
        // What is put right behind a key comes a moment later, and a person types no faster.
        if (key === '\n' || key === '-' || key === ':') await new Promise((resolve) => setTimeout(resolve, 400));
        await vscode.commands.executeCommand('hideSuggestWidget');
      }
      assert.equal(textOf(editor.document), after);
    });

  test('a name and what refers to it in the file are edited together, where that is wanted', async () => {
    const text = `${head}  default: deny\n  budgets:\n    - { id: all, unit: usd, limit: 2 }\n    - { id: some, unit: usd, limit: 1, parent: all }\n`;
    const editor = await draft(text);
    const { document } = editor;
    await withSetting('editor', 'linkedEditing', true, document, async () => {
      const place = positionOf(document, 'id: all$0');
      editor.selection = new vscode.Selection(place, place);
      await eventually('both names', async () => {
        // The editor asks what is linked a moment after each change; who types before it has the answer types alone.
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await vscode.commands.executeCommand('type', { text: 's' });
        await new Promise((resolve) => setTimeout(resolve, 300));
        const isLinked = document.getText().includes('parent: alls');
        if (!isLinked) await vscode.commands.executeCommand('deleteLeft');
        return isLinked;
      });
      assert.equal(textOf(document), text.replace('id: all', 'id: alls').replace('parent: all', 'parent: alls'));
    });
  });

  const rule = '  rules:\n    - { id: a, effect: deny }\n';
  const two = `${head}  default: allow\n  rules:\n    - { id: a, effect: deny }\n`;
  const fixed: readonly [title: string, at: string, before: string, after: string][] = [
    [
      'change to `allow`',
      'alow',
      `${head}  default: deny\n  rules:\n    - { id: a, effect: alow }\n`,
      `${head}  default: deny\n  rules:\n    - { id: a, effect: allow }\n`,
    ],
    ['change to `default`', 'defalt', `${head}  defalt: allow\n${rule}`, `${head}  default: allow\n${rule}`],
    [
      'insert `effect`',
      'id: a',
      `${head}  default: allow\n  rules:\n    - id: a\n`,
      `${head}  default: allow\n  rules:\n    - id: a\n      effect: deny\n`,
    ],
    [
      'hide `schema/value` on this line',
      'alow',
      `${head}  default: deny\n  rules:\n    - { id: a, effect: alow }\n`,
      `${head}  default: deny\n  rules:\n    # assay-disable-next-line schema/value\n    - { id: a, effect: alow }\n`,
    ],
    ['remove this rule', 'id: a, effect: ask', `${two}    - { id: a, effect: ask }\n`, two],
    [
      'add a budget `spent`',
      'spent',
      `${head}  default: allow\n  budgets:\n    - { id: b, unit: usd, limit: 1, parent: spent }\n`,
      `${head}  default: allow\n  budgets:\n    - { id: b, unit: usd, limit: 1, parent: spent }\n    - id: spent\n      unit: usd\n      limit: 1\n`,
    ],
    [
      'put it in quotes',
      '*_mail',
      two.replace('deny }', 'deny, when: { tool.name: *_mail } }'),
      two.replace('deny }', 'deny, when: { tool.name: "*_mail" } }'),
    ],
  ];
  for (const [title, at, before, after] of fixed)
    test(`${title}: applied, and nothing is left to mend`, async () => {
      const { document } = await draft(before);
      await eventually('the problem', () => codesOf(document.uri).length > 0);
      await apply(document, at, title);
      assert.equal(textOf(document), after);
      await codesBecome(document.uri, []);
    });

  test('brackets are written as a block and on one line again', async () => {
    const { document } = await draft(two);
    await apply(document, 'effect: deny', 'write each key on a line of its own');
    assert.equal(textOf(document), two.replace('{ id: a, effect: deny }', 'id: a\n      effect: deny'));
    await apply(document, 'id: a', 'write it on one line');
    assert.equal(textOf(document), two);
  });

  test('a rule is extracted into a file of its own, which the policy includes', async () => {
    const { document } = await draft(
      `${two.replace('{ id: a, effect: deny', '{ id: taken-out, effect: deny, when: { tool.risk: 5 }')}    - { id: b, effect: ask }\n`,
    );
    await apply(document, 'id: taken-out', 'extract rule `taken-out` into a policy of its own');
    assert.equal(
      textOf(document),
      `${head}  default: allow\n  include: [taken-out]\n  rules:\n    - { id: b, effect: ask }\n`,
    );
    const made = await vscode.workspace.openTextDocument(uriOf('taken-out.policy.yaml'));
    await eventually('its text', () => made.getText() !== '');
    await made.save();
    assert.match(
      made.getText(),
      /name: taken-out\nspec:\n {2}overlay: true\n {2}rules:\n {4}- \{ id: taken-out, effect: deny, when: \{ tool\.risk: 5 \} \}\n$/,
    );
    await codesBecome(document.uri, []);
  });

  test('a wrong digest becomes that of the file', async () => {
    const wrong = `sha256:${'0'.repeat(64)}`;
    const right = `sha256:${createHash('sha256')
      .update(readFileSync(pathOf('open.policy.yaml')))
      .digest('hex')}`;
    const { document } = await showNew(
      'sealed.capsule.yaml',
      `apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: sealed }\nspec:\n  policies: [{ path: ./open.policy.yaml, digest: "${wrong}" }]\n`,
    );
    await codesBecome(document.uri, ['reference/wrong-digest']);
    await apply(document, wrong, `take the file as it is now: \`${right.slice(0, 19)}…\``);
    assert.ok(document.getText().includes(`digest: "${right}"`), document.getText());
    await codesBecome(document.uri, []);
  });

  test('a fix that makes a file makes it', async () => {
    const { document } = await showNew(
      'new.experiment.yaml',
      'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: new }\nspec:\n  environment: office\n  tasks: chores\n  variants:\n    - { id: a, agent: { module: ./new.mjs }, policies: [open] }\n',
    );
    await codesBecome(document.uri, ['reference/no-file']);
    await apply(document, './new.mjs', 'create the module `new.mjs`');
    const made = await vscode.workspace.openTextDocument(uriOf('new.mjs'));
    await eventually('its text', () => made.isDirty && made.getText() !== '');
    await made.save();
    assert.match(readFileSync(pathOf('new.mjs'), 'utf8'), /createAgent/);
    await codesBecome(document.uri, []);
  });

  test('saving mends all that is certain, where it is asked to', async () => {
    const { document } = await draft(`${head}  Default: deny\n  rules:\n    - { id: a, effect: Deny }\n`);
    const wanted = { 'source.fixAll.assay': 'explicit' };
    await withSetting('editor', 'codeActionsOnSave', wanted, document, async () => {
      await eventually('the problem', () => codesOf(document.uri).length > 0);
      await vscode.commands.executeCommand('type', { text: '#\n' });
      await vscode.commands.executeCommand('workbench.action.files.save');
      await becomes(
        async () => readFileSync(document.uri.fsPath, 'utf8').replace(/draft-\d+/, 'draft-0'),
        `#\n${head}  default: deny\n  rules:\n    - { id: a, effect: deny }\n`,
      );
    });
  });
});
