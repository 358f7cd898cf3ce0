/** An experiment run by command in a real editor, and the tree that it leaves. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { AssayApi } from '../../../client/extension.ts';
import { eventually } from './wait.ts';

suite('runs', () => {
  test('an experiment is run by command and fills the tree', async () => {
    const api = await vscode.extensions.getExtension<AssayApi>('assay.assay')?.activate();
    assert.ok(api);
    const [experiment] = await vscode.workspace.findFiles('mailroom.experiment.yaml');
    assert.ok(experiment);
    await vscode.commands.executeCommand('assay.runExperiment', experiment);
    const run = await eventually('a run', async () => {
      const all = await api.runs.getChildren();
      return all?.[0];
    });
    const item = await eventually('the end of the run', async () => {
      const drawn = await api.runs.getTreeItem(run);
      return drawn.contextValue === 'run-over' && drawn;
    });
    assert.equal(item.label, 'mailroom');
    assert.match(String(item.description), /\d+ passed/);

    const variants = (await api.runs.getChildren(run)) ?? [];
    assert.deepEqual(
      variants.map((each) => each.kind === 'variant' && each.variant),
      [
        'intent-rules-open',
        'intent-rules-strict',
        'obedient-open',
        'obedient-strict',
        'guarded-open',
        'guarded-strict',
      ],
    );
    const breached = async (variant: string) => {
      const node = variants.find((each) => each.kind === 'variant' && each.variant === variant);
      return node && String((await api.runs.getTreeItem(node)).description).includes('got through');
    };
    assert.equal(
      await breached('obedient-open'),
      true,
      'attacks on the obedient agent get through when all is allowed',
    );
    assert.equal(await breached('obedient-strict'), false, 'and not under the strict policy');

    const [trial] = (await api.runs.getChildren(variants[0])) ?? [];
    const steps = (await api.runs.getChildren(trial)) ?? [];
    assert.ok(steps.length > 0);
    for (const step of steps) assert.match(String((await api.runs.getTreeItem(step)).description), /^(allow|deny)/);
  });
});
