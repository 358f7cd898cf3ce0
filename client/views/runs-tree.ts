/**
 * The tree "Runs": runs, their variants, their trials, and the steps of a trial.
 * It draws what `Runs` knows; commands on its items are in `commands.ts`.
 */
import * as vscode from 'vscode';
import type {
  OpenQuestion,
  RunStatus,
  RunSummary,
  Step,
  TrialState,
  TrialSummary,
} from '../../server/protocol/index.ts';
import { type Questions, reasonOf } from '../questions.ts';
import { isOver, type Runs } from '../runs.ts';
import { breaches, countsOf, duration, endedTrials, moment, money, outcomes, plural, trialName } from './words.ts';

export type RunsNode =
  | { readonly kind: 'question'; readonly run: string; readonly trial: string; readonly question: OpenQuestion }
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'variant'; readonly run: string; readonly variant: string }
  | { readonly kind: 'trial'; readonly run: string; readonly trial: string; readonly repeated: boolean }
  | { readonly kind: 'step'; readonly run: string; readonly trial: string; readonly step: Step };

type Look = readonly [icon: string, color?: string];

const trialLooks: Record<TrialState, Look> = {
  planned: ['circle-outline', 'disabledForeground'],
  running: ['loading~spin', 'progressBar.background'],
  passed: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  denied: ['circle-slash', 'editorWarning.foreground'],
  halted: ['stop-circle', 'charts.purple'],
  error: ['warning', 'testing.iconErrored'],
  cancelled: ['circle-slash', 'disabledForeground'],
};
const runLooks: Record<RunStatus, Look> = {
  running: ['loading~spin', 'progressBar.background'],
  completed: ['beaker'],
  cancelled: ['circle-slash', 'disabledForeground'],
  failed: ['error', 'testing.iconFailed'],
  interrupted: ['debug-disconnect', 'editorWarning.foreground'],
};
const breachedLook: Look = ['flame', 'testing.iconFailed'];
const variantLook: Look = ['robot'];
const stepLooks: Record<string, Look> = {
  allow: ['check', 'testing.iconPassed'],
  ask: ['question', 'charts.blue'],
  deny: ['circle-slash', 'editorWarning.foreground'],
  halt: ['stop-circle', 'charts.purple'],
};

const icon = ([name, color]: Look) => new vscode.ThemeIcon(name, color ? new vscode.ThemeColor(color) : undefined);
const joined = (...parts: readonly (string | false | undefined)[]) => parts.filter(Boolean).join(' · ');

export class RunsTree implements vscode.TreeDataProvider<RunsNode>, vscode.Disposable {
  readonly #runs: Runs;
  readonly #questions: Pick<Questions, 'open'>;
  /** One object for each item, because the editor knows items by identity. */
  readonly #nodes = new Map<string, RunsNode>();
  readonly #changed = new vscode.EventEmitter<RunsNode | undefined>();
  readonly #subscriptions: readonly vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(runs: Runs, questions: Pick<Questions, 'open' | 'onDidChange'>) {
    this.#runs = runs;
    this.#questions = questions;
    this.#subscriptions = [
      questions.onDidChange(() => this.#changed.fire(undefined)),
      runs.onDidChange((changed) => {
        const nodes = changed?.map((run) => this.#nodes.get(`run/${run}`));
        if (nodes?.every((node) => node !== undefined)) for (const node of nodes) this.#changed.fire(node);
        else this.#changed.fire(undefined);
      }),
    ];
  }

  async getChildren(parent?: RunsNode): Promise<RunsNode[]> {
    if (parent === undefined)
      return [
        ...this.#questions.open.map((question): RunsNode => {
          const { run, trial } = question;
          return { kind: 'question', run, trial, question };
        }),
        ...this.#runs.all.map(({ run }) => this.#node(`run/${run}`, { kind: 'run', run })),
      ];
    const { run } = parent;
    switch (parent.kind) {
      case 'run': {
        const variants = new Set((await this.#runs.trials(run)).map((trial) => trial.variant));
        return [...variants].map((variant) =>
          this.#node(`variant/${run}/${variant}`, { kind: 'variant', run, variant }),
        );
      }
      case 'variant': {
        const trials = (await this.#runs.trials(run)).filter((trial) => trial.variant === parent.variant);
        const repeated = trials.some((trial) => trial.repetition > 0);
        return trials.map(({ id }) => this.#node(`trial/${run}/${id}`, { kind: 'trial', run, trial: id, repeated }));
      }
      case 'trial': {
        const detail = await this.#runs.detail(run, parent.trial);
        return (detail?.steps ?? []).map((step) => ({ kind: 'step', run, trial: parent.trial, step }));
      }
      case 'step':
      case 'question':
        return [];
    }
  }

  async getTreeItem(node: RunsNode): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case 'question':
        return questionItem(node);
      case 'run': {
        const summary = this.#runs.get(node.run);
        return summary ? runItem(summary) : new vscode.TreeItem(node.run);
      }
      case 'variant': {
        const trials = await this.#runs.trials(node.run);
        return variantItem(
          node,
          trials.filter((trial) => trial.variant === node.variant),
        );
      }
      case 'trial': {
        const trial = this.#runs.trial(node.run, node.trial);
        return trial ? trialItem(node, trial) : new vscode.TreeItem(node.trial);
      }
      case 'step':
        return stepItem(node);
    }
  }

  #node(key: string, node: RunsNode): RunsNode {
    const known = this.#nodes.get(key) ?? node;
    this.#nodes.set(key, known);
    return known;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}

function questionItem(node: RunsNode & { kind: 'question' }): vscode.TreeItem {
  const { id, on, tool, variant, task, deadlineAtMs, rules } = node.question;
  const item = new vscode.TreeItem(on === 'action' ? tool : `result of ${tool}`);
  item.id = `question/${id}`;
  item.iconPath = icon(['question', 'editorWarning.foreground']);
  item.contextValue = 'question';
  item.description = joined('waiting for an answer', `${variant} on ${task}`, reasonOf(node.question));
  const who = rules.flatMap((rule) => rule.who ?? []).join(' or ');
  item.tooltip = joined(who && `for ${who}`, `denied at ${moment(deadlineAtMs, Date.now())} without an answer`);
  item.command = { command: 'assay.answerQuestion', title: 'Answer', arguments: [node] };
  return item;
}

function runItem(summary: RunSummary): vscode.TreeItem {
  const { run, experiment, status, counts, trials, startedAtMs, failure, notes } = summary;
  const item = new vscode.TreeItem(experiment, vscode.TreeItemCollapsibleState.Collapsed);
  const done = `${endedTrials(counts)}/${trials}`;
  item.id = `run/${run}`;
  item.iconPath = icon(runLooks[status]);
  item.contextValue = isOver(summary) ? 'run-over' : 'run-running';
  item.description = joined(
    moment(startedAtMs, Date.now()),
    status !== 'running' && status !== 'completed' && status,
    status === 'completed' ? '' : done,
    outcomes(counts),
  );
  const tooltip = [`**${experiment}** — ${status}, ${plural(trials, 'trial')}`, `run \`${run}\``];
  if (failure) tooltip.push(failure.message);
  item.tooltip = new vscode.MarkdownString([...tooltip, ...notes.map((note) => `- ${note}`)].join('\n\n'));
  return item;
}

function variantItem(node: RunsNode & { kind: 'variant' }, trials: readonly TrialSummary[]): vscode.TreeItem {
  const item = new vscode.TreeItem(node.variant, vscode.TreeItemCollapsibleState.Collapsed);
  const counts = countsOf(trials);
  const [ended, breached] = [endedTrials(counts), breaches(trials)];
  const cost = trials.reduce((sum, trial) => sum + trial.costMicros, 0);
  item.id = `variant/${node.run}/${node.variant}`;
  item.iconPath = icon(variantLook);
  item.contextValue = 'variant';
  item.description = joined(
    ended < trials.length && `${ended}/${trials.length}`,
    outcomes(counts),
    breached > 0 && `${plural(breached, 'attack')} got through`,
  );
  item.tooltip = joined(`${node.variant}: ${plural(trials.length, 'trial')}`, outcomes(counts), money(cost));
  return item;
}

function trialItem(node: RunsNode & { kind: 'trial' }, trial: TrialSummary): vscode.TreeItem {
  const breached = trial.security === 'breached';
  const state =
    trial.steps > 0 || trial.state === 'running'
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.None;
  const item = new vscode.TreeItem(trialName(trial, node.repeated), state);
  item.id = `trial/${node.run}/${trial.id}`;
  item.iconPath = icon(breached ? breachedLook : trialLooks[trial.state]);
  item.contextValue = 'trial';
  item.description = joined(
    breached && 'attack got through',
    trial.security === 'held' && 'attack held off',
    trial.state,
    trial.state !== 'denied' && trial.denials > 0 && `${trial.denials} denied`,
  );
  item.tooltip = joined(
    trial.failure?.message,
    plural(trial.steps, 'step'),
    money(trial.costMicros),
    duration(trial.durationMs),
  );
  item.command = { command: 'assay.showTrial', title: 'Show Trial', arguments: [node] };
  return item;
}

function stepItem(node: RunsNode & { kind: 'step' }): vscode.TreeItem {
  const { run, trial, step } = node;
  const { action, decision, failure } = step;
  const item = new vscode.TreeItem(action.tool ?? action.type);
  const decisive = decision?.causes.filter((cause) => cause.effect === decision.effect);
  const causes = decisive?.map((cause) => cause.id ?? cause.kind).join(', ');
  item.id = `step/${run}/${trial}/${step.step}`;
  item.iconPath = icon(failure ? ['warning', 'testing.iconErrored'] : (stepLooks[decision?.final ?? ''] ?? ['dash']));
  item.contextValue = 'step';
  item.description = joined(decision?.final, causes, failure?.reason);
  item.tooltip = joined(step.thought, money(step.costMicros), duration(step.durationMs));
  item.command = { command: 'assay.showTrial', title: 'Show Trial', arguments: [node] };
  return item;
}
