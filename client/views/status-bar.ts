/** The status bar item of the run that is under way; a click shows the tree. Nothing is there when nothing runs. */
import * as vscode from 'vscode';
import { isOver, type Runs } from '../runs.ts';
import { endedTrials, outcomes, plural } from './words.ts';

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('assay.run', vscode.StatusBarAlignment.Left, 10);
  readonly #subscription: vscode.Disposable;

  constructor(runs: Runs) {
    this.#item.name = 'Assay Run';
    this.#item.command = 'assay.runs.focus';
    this.#subscription = runs.onDidChange(() => this.#draw(runs));
  }

  #draw(runs: Runs): void {
    const active = runs.all.filter((run) => !isOver(run));
    const [first] = active;
    if (first === undefined) {
      this.#item.hide();
      return;
    }
    const others = active.length > 1 ? ` +${active.length - 1}` : '';
    this.#item.text = `$(beaker) ${first.experiment} ${endedTrials(first.counts)}/${first.trials}${others}`;
    this.#item.tooltip = active
      .map((run) => `${run.experiment}: ${outcomes(run.counts) || `${plural(run.trials, 'trial')} to come`}`)
      .join('\n');
    this.#item.show();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }
}
