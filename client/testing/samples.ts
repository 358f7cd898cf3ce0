/** The choice of a sample action: one that was used, a case of a policy test, or a step that a run has recorded. Decides nothing. */
import * as vscode from 'vscode';
import type { ActionSample, EvaluateTarget, PolicyTestDocument } from '../../server/protocol/index.ts';
import type { Runs } from '../runs.ts';
import type { Server } from '../server.ts';
import { moment, trialName } from '../views/words.ts';

interface SampleItem extends vscode.QuickPickItem {
  readonly sample?: ActionSample;
  readonly next?: 'steps' | 'write';
}

/** Asks for a sample; `last` is offered first. Undefined when the user wants none. */
export async function pickSample(
  { policy }: EvaluateTarget,
  last: { readonly sample: ActionSample; readonly words: string } | undefined,
  server: Pick<Server, 'request'>,
  runs: Runs,
): Promise<ActionSample | undefined> {
  const tests = await server.request('assay/policyTests', {});
  const items: SampleItem[] = [
    ...(last ? [separator('last used'), { label: last.words, sample: last.sample }] : []),
    ...tests.filter(({ policies }) => policies.includes(policy)).flatMap(casesOf),
    ...(runs.all.length > 0
      ? [separator('runs'), { label: '$(history) A recorded step…', next: 'steps' as const }]
      : []),
  ];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      `There is no action yet to put to \`${policy}\`. Write a policy test that names it, or run an experiment.`,
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: `Evaluate ${policy}`,
    placeHolder: 'Which action?',
    matchOnDescription: true,
  });
  return picked?.next === 'steps' ? await pickStep(runs) : picked?.sample;
}

const separator = (label: string): SampleItem => ({ label, kind: vscode.QuickPickItemKind.Separator });

const casesOf = ({ uri, name: test, cases }: PolicyTestDocument): SampleItem[] => [
  separator(test),
  ...cases.map(({ name }) => ({ label: name, sample: { kind: 'case' as const, uri, test, case: name } })),
];

async function pickStep(runs: Runs): Promise<ActionSample | undefined> {
  const ofRuns = runs.all.map(({ run, experiment, startedAtMs, status }) => ({
    label: experiment,
    description: `${moment(startedAtMs, Date.now())} · ${status}`,
    run,
  }));
  const run =
    ofRuns.length === 1 ? ofRuns[0] : await vscode.window.showQuickPick(ofRuns, { placeHolder: 'Of which run?' });
  if (run === undefined) return undefined;
  const trials = (await runs.trials(run.run)).filter(({ steps }) => steps > 0);
  const trial = await vscode.window.showQuickPick(
    trials.map((one) => ({ label: trialName(one, true), description: `${one.variant} · ${one.state}`, id: one.id })),
    { placeHolder: 'Of which trial?', matchOnDescription: true },
  );
  if (trial === undefined) return undefined;
  const steps = (await runs.detail(run.run, trial.id))?.steps ?? [];
  const step = await vscode.window.showQuickPick(
    steps.map(({ step, action, decision }) => ({
      label: `${step}: ${action.tool ?? action.type}`,
      description: decision?.effect ?? '',
      detail: JSON.stringify(action.input),
      step,
    })),
    { placeHolder: 'Which step?', matchOnDetail: true },
  );
  return step && { kind: 'step', run: run.run, trial: trial.id, step: step.step };
}
