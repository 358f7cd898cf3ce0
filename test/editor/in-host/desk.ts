/**
 * A small workspace of its own beside the example, with one document of each kind that refers to others, and places in it
 * by their text. Tests change it as they like: `layOut` before each of them puts it in order again.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from './wait.ts';

const head = (kind: string, name: string) =>
  `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

const files = {
  'office.environment.yaml': `${head('Environment', 'office')}  module: ./office.mjs
  tools:
    - name: read_mail
      description: Reads a mail.
      kind: read
      tags: [mail]
      risk: 0
      input: {}
    - name: pay
      description: Pays somebody.
      kind: write
      tags: [money]
      risk: 4
      input: {}
`,
  'strict.policy.yaml': `${head('Policy', 'strict')}  default: deny
  budgets:
    - { id: spend, unit: usd, limit: 5 }
    - { id: looks, unit: usd, limit: 1, parent: spend, when: { tool.kind: read } }
  rules:
    - id: work
      effect: allow
      when: { tool.kind: { anyOf: [read, write] } }
    - id: no-money
      effect: deny
      when: { tool.kind: write, tool.name: { anyOf: [pay] } }
`,
  'open.policy.yaml': `${head('Policy', 'open')}  default: allow\n`,
  'promises.policytest.yaml': `${head('PolicyTest', 'promises')}  policies: [strict]
  environment: office
  cases:
    - name: no money leaves
      action: { tool: pay }
      expect: { decision: deny, rules: [no-money] }
`,
  'clerk.preset.yaml': `${head('Preset', 'clerk')}  environment: office
  tools: [read_mail, pay]
  start: look
  nodes:
    - { id: look, type: tool, tool: read_mail, next: done }
    - { id: done, type: end }
`,
  'desk.capsule.yaml': `${head('Capsule', 'desk')}  workflow:
    - { id: triage, preset: clerk }
    - { id: answer, preset: clerk, needs: [triage] }
  presets: [{ path: ./clerk.preset.yaml }]
  policies: [{ path: ./strict.policy.yaml }]
`,
  'chores.tasks.yaml': `${head('TaskSet', 'chores')}  tasks:
    - { id: sort, instruction: Sort the mail. }
    - { id: answer, instruction: Answer it. }
`,
  'try.experiment.yaml': `${head('Experiment', 'try')}  environment: office
  tasks: chores
  repetitions: 5
  limits: { steps: 3, timeout: 90s }
  policies: [open]
  variants:
    - { id: first, agent: { module: ./agent.mjs }, preset: clerk, policies: [strict] }
    - { id: second, agent: { module: ./agent.mjs } }
`,
} as const;

export type DeskFile = keyof typeof files;
export const deskFiles = Object.keys(files) as readonly DeskFile[];

/** The folders of the window: the example, and the desk. */
function folderOf(name: 'mailroom' | 'desk'): vscode.WorkspaceFolder {
  const found = vscode.workspace.workspaceFolders?.find((folder) => folder.name === name);
  assert.ok(found, `the window has the folder ${name}`);
  return found;
}

export const pathOf = (name: string): string => join(folderOf('desk').uri.fsPath, name);
export const uriOf = (name: string): vscode.Uri => vscode.Uri.file(pathOf(name));
/** A folder that is in no workspace. */
export const outside = (): string => join(folderOf('mailroom').uri.fsPath, '../elsewhere');

/** Closes all editors without saving and puts every file back as it was, so that no test sees another's traces. */
export async function layOut(): Promise<void> {
  await closeAll();
  const folder = folderOf('desk').uri.fsPath;
  const kept = new Set([...deskFiles, 'agent.mjs', 'office.mjs', '.assay', '.vscode']);
  for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name), { recursive: true });
  mkdirSync(join(folder, '.assay'), { recursive: true });
  for (const [name, text] of Object.entries({ ...files, 'agent.mjs': '', 'office.mjs': '' })) {
    const path = join(folder, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
}

async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty) continue;
    await vscode.window.showTextDocument(document);
    // What reverts is whatever has the focus, and that comes a moment later on a busy machine.
    const revert = `workbench.action.${document.isUntitled ? 'revertAndCloseActiveEditor' : 'files.revert'}`;
    await eventually(`${document.fileName} without changes`, async () => {
      await vscode.commands.executeCommand(revert);
      return !document.isDirty || document.isClosed;
    });
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Opens a document of the desk in an editor and waits until it reads as laid out. */
export async function show(name: DeskFile): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(uriOf(name));
  await eventually(`${name} as it was laid out`, () => editor.document.getText() === files[name]);
  return editor;
}

/** Writes a file of the desk and opens it as a user does: what an extension opens outlives its editor for minutes. */
export async function showNew(name: string, text: string): Promise<vscode.TextEditor> {
  writeFileSync(pathOf(name), text);
  await vscode.commands.executeCommand('vscode.open', uriOf(name));
  return await eventually(`${name} in an editor`, () => {
    const editor = vscode.window.activeTextEditor;
    return editor?.document.uri.fsPath === pathOf(name) && editor;
  });
}

/** The position of `$0` in the first place of the document that reads as `marked` without it. */
export function positionOf(document: vscode.TextDocument, marked: string): vscode.Position {
  const start = document.getText().indexOf(marked.replace('$0', ''));
  assert.ok(start >= 0 && marked.includes('$0'), `\`${marked}\` is in ${document.uri.path}`);
  return document.positionAt(start + marked.indexOf('$0'));
}

/** The first place of the document that reads as `text`. */
export function rangeOf(document: vscode.TextDocument, text: string): vscode.Range {
  const start = positionOf(document, `$0${text}`);
  return new vscode.Range(start, document.positionAt(document.offsetAt(start) + text.length));
}

/** `name:line` with lines from 1, as people write places. */
export function placeOf(place: vscode.Location | vscode.LocationLink): string {
  const [uri, range] =
    'targetUri' in place
      ? [place.targetUri, place.targetSelectionRange ?? place.targetRange]
      : [place.uri, place.range];
  return `${uri.path.split('/').at(-1)}:${range.start.line + 1}`;
}

export async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, rangeOf(document, from), to);
  assert.ok(await vscode.workspace.applyEdit(edit));
  await eventually('the edit', () => document.isDirty);
}

/** Does something while a setting of the document's folder is another one. */
export async function withSetting(
  section: string,
  name: string,
  value: unknown,
  document: vscode.TextDocument,
  during: () => Promise<void>,
): Promise<void> {
  const set = (wanted: unknown) =>
    vscode.workspace
      .getConfiguration(section, document)
      .update(name, wanted, vscode.ConfigurationTarget.WorkspaceFolder);
  await set(value);
  try {
    await during();
  } finally {
    await set(undefined);
  }
}

/** The codes of a document's diagnostics, in the order of the text. */
export const codesOf = (uri: vscode.Uri): string[] =>
  vscode.languages
    .getDiagnostics(uri)
    .toSorted((a, b) => a.range.start.compareTo(b.range.start))
    .map(({ code }) => String(typeof code === 'object' ? code.value : code));

/** Waits until the codes are these; fails with those that there are. */
export async function codesBecome(uri: vscode.Uri, expected: readonly string[]): Promise<void> {
  const same = () => JSON.stringify(codesOf(uri)) === JSON.stringify(expected);
  await eventually('the problems', same).catch(() => assert.deepEqual(codesOf(uri), expected));
}

/** Waits until `get` gives what is expected; fails with what it gave last. Servers start and read in their own time. */
export async function becomes<T>(get: () => Promise<T>, expected: T): Promise<void> {
  let last: T | undefined;
  const same = async () => {
    last = await get();
    return isSame(last, expected);
  };
  await eventually('the answer', same).catch((error) => {
    if (last === undefined) throw error;
  });
  assert.deepEqual(last, expected);
}

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
