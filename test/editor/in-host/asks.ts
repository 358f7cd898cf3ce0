/** Actions that wait for the person at a real editor: told in the tree, answered by command, as a page of the trial. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { AssayApi } from '../../../client/extension.ts';
import { trialPage } from '../../../client/views/trial-markdown.ts';
import { eventually } from './wait.ts';

const head = (kind: string, name: string) =>
  `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

const files = {
  'bell.mjs': `export const createEnvironment = () => {
  let rung = false;
  return { tools: { ring() { rung = true; return 'ding'; } }, grade: () => ({ utility: rung }) };
};\n`,
  'ringer.mjs': `export const createAgent = () => ({ async run({ propose }) { await propose('ring', { softly: true }); return {}; } });\n`,
  'bell.environment.yaml': `${head('Environment', 'bell')}  module: ./bell.mjs
  tools: [{ name: ring, description: Rings., kind: write, risk: 4, input: { type: object } }]\n`,
  'bell.tasks.yaml': `${head('TaskSet', 'ringing')}  tasks:
    - { id: morning, instruction: Ring. }
    - { id: night, instruction: Ring. }\n`,
  'bell.policy.yaml': `${head('Policy', 'quiet')}  default: allow
  rules:
    - { id: ask-first, effect: ask, when: { tool.name: ring }, ask: { wait: 5m }, reason: people may be asleep }\n`,
  'bell.experiment.yaml': `${head('Experiment', 'bell')}  environment: bell
  tasks: ringing
  seed: 1
  concurrency: 1
  variants: [{ id: ringer, agent: { module: ./ringer.mjs }, policies: [quiet] }]\n`,
};

suite('actions that wait for people', () => {
  test('stand in the tree, are allowed and denied there, and leave a record', async () => {
    const api = await vscode.extensions.getExtension<AssayApi>('assay.assay')?.activate();
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(api && workspace);
    const folder = join(workspace.uri.fsPath, 'bell');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const settings = vscode.workspace.getConfiguration('assay.questions');
    await settings.update('answer', true, vscode.ConfigurationTarget.Global);
    try {
      const experiment = vscode.Uri.file(join(folder, 'bell.experiment.yaml'));
      let isOver = false;
      const ended = Promise.resolve(vscode.commands.executeCommand('assay.runExperiment', experiment)).finally(() => {
        isOver = true;
      });

      const waiting = async (task: string) =>
        await eventually(`the question of ${task}`, async () => {
          const [first] = (await api.runs.getChildren()) ?? [];
          assert.ok(!isOver, `the run is over, and left ${JSON.stringify(first)}`);
          return first?.kind === 'question' && first.question.task === task && first;
        });
      const morning = await waiting('morning');
      const item = await api.runs.getTreeItem(morning);
      assert.equal(item.contextValue, 'question');
      assert.equal(item.label, 'ring');
      assert.match(String(item.description), /^waiting for an answer · ringer on morning · people may be asleep$/);

      const { run, trial } = morning;
      const uri = vscode.Uri.from({
        scheme: 'assay-trial',
        path: '/morning.md',
        query: new URLSearchParams({ run, trial }).toString(),
      });
      const page = (await vscode.workspace.openTextDocument(uri)).getText();
      assert.match(page, /## 1 · ring — waiting for an answer\n\n```yaml\nsoftly: true\n```/);
      assert.match(page, /by rule `ask-first` of \[quiet:7\]\(.*\/bell\.policy\.yaml#L7\): people may be asleep/);

      await vscode.commands.executeCommand('assay.allowAction', morning);
      const night = await waiting('night');
      await vscode.commands.executeCommand('assay.denyAction', night);
      await ended;
      assert.deepEqual(api.questions.open, []);
      const past = await eventually('the end of the run', async () => {
        const [first] = (await api.runs.getChildren()) ?? [];
        return first?.kind === 'run' && (await api.runs.getTreeItem(first)).contextValue === 'run-over' && first;
      });
      assert.match(String((await api.runs.getTreeItem(past)).description), /1 passed, 1 failed/);
    } finally {
      await settings.update('answer', false, vscode.ConfigurationTarget.Global);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('what a rule has logged and whom it has told stands on the page of the trial', () => {
    const cause = {
      kind: 'rule',
      effect: 'allow',
      policy: 'quiet',
      id: 'watch',
      message: 'it rings',
      obligations: { log: 'warning', notify: ['security', 'night_watch'] },
    } as const;
    const step = {
      step: 0,
      action: { type: 'tool', tool: 'ring', input: {} },
      decision: { effect: 'allow', final: 'allow', causes: [cause] },
      costMicros: 0,
      durationMs: 1,
    };
    const summary = {
      ...{ id: 't', variant: 'ringer', task: 'morning', repetition: 0, state: 'passed' as const },
      ...{ steps: 1, denials: 0, costMicros: 0, durationMs: 1 },
    };
    assert.match(
      trialPage({ summary, steps: [step] }, new Map()),
      /by rule `watch` of `quiet`: it rings \*\(logged as warning; told security, night\\_watch\)\*/,
    );
  });
});
