/**
 * The tree "What-If": open policies, their rules, and the recorded decisions that would be others, by trial. It draws what
 * the language server has found and is redrawn while a policy is typed; items keep their identity, so that nothing closes.
 */
import * as vscode from 'vscode';
import {
  clientCommands,
  type PolicyEffect,
  type PolicyWhatIf,
  type WhatIfChange,
  type WhatIfReport,
  type WhatIfRule,
  type WhatIfTarget,
} from '../../server/protocol/index.ts';
import type { Runs } from '../runs.ts';
import type { Server } from '../server.ts';
import { moment, plural } from './words.ts';

interface OfPolicy {
  readonly uri: string;
  readonly policy: string;
}
interface OfTrial extends OfPolicy {
  readonly rule: number;
  readonly run: string;
  readonly trial: string;
}

export type WhatIfNode =
  | ({ readonly kind: 'policy' } & OfPolicy)
  | ({ readonly kind: 'rule'; readonly rule: number } & OfPolicy)
  | ({ readonly kind: 'changed-trial' } & OfTrial)
  | ({ readonly kind: 'change'; readonly step: number; readonly change: WhatIfChange } & OfTrial)
  | ({
      readonly kind: 'note';
      readonly look: keyof typeof noteLooks;
      readonly text: string;
      readonly of: string;
    } & OfPolicy);

type Look = readonly [icon: string, color?: string];

const effectLooks: Readonly<Record<PolicyEffect, Look>> = {
  allow: ['check', 'testing.iconPassed'],
  ask: ['question', 'charts.blue'],
  deny: ['circle-slash', 'editorWarning.foreground'],
  halt: ['stop-circle', 'charts.purple'],
};
const noteLooks = {
  same: ['pass'],
  open: ['debug-disconnect', 'descriptionForeground'],
  note: ['info'],
  more: ['ellipsis'],
  uncounted: ['eye-closed'],
} satisfies Record<string, Look>;

const icon = ([name, color]: Look) => new vscode.ThemeIcon(name, color ? new vscode.ThemeColor(color) : undefined);
const joined = (...parts: readonly (string | false | undefined)[]) => parts.filter(Boolean).join(' · ');
const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

export class WhatIfTree implements vscode.TreeDataProvider<WhatIfNode>, vscode.Disposable {
  readonly #server: Pick<Server, 'request'>;
  readonly #runs: Runs;
  readonly #reports = new Map<string, WhatIfReport>();
  /** One object for each item, because the editor knows items by identity. */
  readonly #nodes = new Map<string, WhatIfNode>();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<WhatIfNode>;
  readonly #subscriptions: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(server: Pick<Server, 'request' | 'onWhatIfChanged' | 'onStarted'>, runs: Runs) {
    this.#server = server;
    this.#runs = runs;
    this.#view = vscode.window.createTreeView('assay.whatIf', { treeDataProvider: this, showCollapseAll: true });
    this.#subscriptions = [
      this.#view,
      this.#changed,
      server.onWhatIfChanged((uri) => void this.#refresh(uri)),
      server.onStarted(() => this.#forget([...this.#reports.keys()])),
      vscode.workspace.onDidCloseTextDocument(({ uri }) =>
        this.#forget(
          [...this.#reports.keys()].filter((known) => vscode.Uri.parse(known).toString() === uri.toString()),
        ),
      ),
      vscode.commands.registerCommand(clientCommands.showWhatIf, (target?: WhatIfTarget) => this.#show(target)),
      ...(['everywhere', 'inForce'] as const).map((name) =>
        vscode.commands.registerCommand(`assay.whatIf.${name}`, () => setEverywhere(name === 'everywhere')),
      ),
    ];
    this.#announce();
  }

  /** What was found last, by the file's address. */
  get reports(): ReadonlyMap<string, WhatIfReport> {
    return this.#reports;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  getChildren(parent?: WhatIfNode): WhatIfNode[] {
    if (parent === undefined)
      return [...this.#reports].flatMap(([uri, { policies }]) =>
        policies.map(({ policy }) => this.#node(policyKey(uri, policy), { kind: 'policy', uri, policy })),
      );
    const found = this.#found(parent);
    if (found === undefined) return [];
    switch (parent.kind) {
      case 'policy':
        return this.#ofPolicy(parent, found);
      case 'rule':
        return this.#ofRule(parent, found);
      case 'changed-trial':
        return this.#ofTrial(parent, found);
      default:
        return [];
    }
  }

  getParent(node: WhatIfNode): WhatIfNode | undefined {
    const { uri, policy } = node;
    switch (node.kind) {
      case 'policy':
        return undefined;
      case 'change':
        return this.#trialNode(node, node);
      case 'changed-trial':
        return this.#ruleNode(node, node.rule);
      default:
        return this.#node(policyKey(uri, policy), { kind: 'policy', uri, policy });
    }
  }

  getTreeItem(node: WhatIfNode): vscode.TreeItem {
    const found = this.#found(node);
    const item = found === undefined ? new vscode.TreeItem(node.policy) : this.#item(node, found);
    item.id = this.#key(node);
    item.contextValue = `what-if-${node.kind}`;
    return item;
  }

  #item(node: WhatIfNode, found: PolicyWhatIf): vscode.TreeItem {
    switch (node.kind) {
      case 'policy':
        return policyItem(found);
      case 'rule': {
        const rule = found.rules[node.rule];
        return rule === undefined ? new vscode.TreeItem('') : ruleItem(rule, found);
      }
      case 'changed-trial':
        return this.#trialItem(changesOf(found, node));
      case 'change':
        return changeItem(node);
      case 'note':
        return noteItem(node);
    }
  }

  #ofPolicy(node: OfPolicy, found: PolicyWhatIf): WhatIfNode[] {
    const note = (look: keyof typeof noteLooks, text: string) => this.#note(node, look, text, '');
    const { recorded, changed, changes, notes, notInForce, rules } = found;
    return [
      ...(recorded > 0 && changed === 0 ? [note('same', 'nothing recorded would be decided differently')] : []),
      // Rules of others show only where they speak for a change.
      ...rules.flatMap((rule, index) =>
        recorded > 0 && (rule.policy === found.policy || rule.changed > 0) ? [this.#ruleNode(node, index)] : [],
      ),
      ...(changed > changes.length
        ? [note('more', `${plural(changed - changes.length, 'more changed decision')}; assay policy replay lists all`)]
        : []),
      ...(notInForce > 0
        ? [note('uncounted', `${plural(notInForce, 'action')} not counted: it was not in force`)]
        : []),
      ...notes.map((text) => note('note', text)),
    ];
  }

  #ofRule(node: OfPolicy & { readonly rule: number }, found: PolicyWhatIf): WhatIfNode[] {
    const changes = found.changes.filter(({ rules }) => rules.includes(node.rule));
    const trials = new Map(changes.map((change) => [`${change.run}/${change.trial}`, change]));
    return [...trials.values()].map((change) => this.#trialNode(node, change));
  }

  #ofTrial(node: WhatIfNode & { readonly kind: 'changed-trial' }, found: PolicyWhatIf): WhatIfNode[] {
    return changesOf(found, node).flatMap((change) => {
      const { uri, policy, rule, run, trial } = node;
      const { step, on, departs } = change;
      const made = { kind: 'change', uri, policy, rule, run, trial, step, change } as const;
      const key = `${this.#key(node)}/${step}/${on}`;
      this.#nodes.set(key, made);
      if (departs === null) return [made];
      const after = departs.unanswered === 0 ? '' : ` (${plural(departs.unanswered, 'recorded decision')})`;
      return [made, this.#note(node, 'open', `cannot say what came after${after}: ${departs.why}`, key)];
    });
  }

  #trialItem(changes: readonly WhatIfChange[]): vscode.TreeItem {
    const [first] = changes;
    if (first === undefined) return new vscode.TreeItem('');
    const { run, trial, task, repetition, variant } = first;
    const summary = this.#runs.get(run);
    const item = new vscode.TreeItem(repetition > 0 ? `${task} #${repetition + 1}` : task, Collapsed);
    item.iconPath = icon(['beaker']);
    item.description = joined(
      changes.length === 1 ? `${first.before} → ${first.after}` : plural(changes.length, 'decision'),
      variant,
      summary && moment(summary.startedAtMs, Date.now()),
    );
    item.tooltip = joined(`run ${run}`, `trial ${trial.slice(0, 12)}`);
    return item;
  }

  #found({ uri, policy }: OfPolicy): PolicyWhatIf | undefined {
    return this.#reports.get(uri)?.policies.find((one) => one.policy === policy);
  }

  #ruleNode({ uri, policy }: OfPolicy, rule: number): WhatIfNode {
    const node = { kind: 'rule', uri, policy, rule } as const;
    return this.#node(this.#key(node), node);
  }

  #trialNode({ uri, policy, rule }: OfPolicy & { readonly rule: number }, { run, trial }: TrialPlace): WhatIfNode {
    const node = { kind: 'changed-trial', uri, policy, rule, run, trial } as const;
    return this.#node(this.#key(node), node);
  }

  #note({ uri, policy }: OfPolicy, look: keyof typeof noteLooks, text: string, of: string): WhatIfNode {
    const node = { kind: 'note', uri, policy, look, text, of } as const;
    return this.#node(this.#key(node), node);
  }

  /** The same for the same thing, also after an edit that moved it. */
  #key(node: WhatIfNode): string {
    const policy = policyKey(node.uri, node.policy);
    if (node.kind === 'policy') return policy;
    if (node.kind === 'note') return `${node.of || policy}/note/${node.look}/${node.look === 'note' ? node.text : ''}`;
    const { kind, policy: of, id } = this.#found(node)?.rules[node.rule] ?? { kind: 'rule', policy: '', id: node.rule };
    const rule = `${policy}/${kind}/${of}/${id ?? ''}`;
    if (node.kind === 'rule') return rule;
    const trial = `${rule}/${node.run}/${node.trial}`;
    return node.kind === 'changed-trial' ? trial : `${trial}/${node.step}/${node.change.on}`;
  }

  /** The object that the editor knows already, unless what it says has moved to another place. */
  #node(key: string, node: WhatIfNode): WhatIfNode {
    const known = this.#nodes.get(key);
    const isSame = known !== undefined && JSON.stringify(known) === JSON.stringify(node);
    const kept = isSame ? known : node;
    this.#nodes.set(key, kept);
    return kept;
  }

  async #refresh(uri: string): Promise<void> {
    const report = await this.#server.request('assay/whatIf', { uri });
    const isOpen = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === vscode.Uri.parse(uri).toString(),
    );
    if (isOpen) this.#reports.set(uri, report);
    else this.#reports.delete(uri);
    this.#announce();
  }

  #forget(uris: readonly string[]): void {
    if (uris.length === 0) return;
    for (const uri of uris) this.#reports.delete(uri);
    this.#announce();
  }

  #announce(): void {
    const all = [...this.#reports.values()];
    const told = all.find(({ policies }) => policies.length > 0);
    const state = told?.state ?? all[0]?.state ?? 'no-policy';
    void vscode.commands.executeCommand('setContext', 'assay.whatIf', state);
    this.#view.message =
      told === undefined
        ? ''
        : `Tried on ${told.isCut ? 'the newest ' : ''}${plural(told.actions, 'recorded action')} of ${plural(told.runs, 'run')}.`;
    if (told === undefined) this.#nodes.clear();
    this.#changed.fire(undefined);
  }

  /** Shows a policy or rule in the tree; the view alone when nothing was found of it. */
  async #show(target?: WhatIfTarget): Promise<void> {
    const node =
      target &&
      this.#found(target) &&
      (target.rule === undefined
        ? this.#node(policyKey(target.uri, target.policy), { kind: 'policy', uri: target.uri, policy: target.policy })
        : this.#ruleNode(target, target.rule));
    if (node === undefined) await vscode.commands.executeCommand('assay.whatIf.focus');
    else await this.#view.reveal(node, { select: true, focus: true, expand: true });
  }
}

type TrialPlace = Pick<WhatIfChange, 'run' | 'trial'>;

const policyKey = (uri: string, policy: string): string => `${uri}#${policy}`;

const changesOf = (found: PolicyWhatIf, { rule, run, trial }: OfTrial): readonly WhatIfChange[] =>
  found.changes.filter((one) => one.run === run && one.trial === trial && one.rules.includes(rule));

const setEverywhere = (value: boolean) =>
  vscode.workspace.getConfiguration('assay').update('whatIf.everywhere', value, vscode.ConfigurationTarget.Workspace);

function policyItem({ policy, title, isStale, changed }: PolicyWhatIf): vscode.TreeItem {
  const item = new vscode.TreeItem(policy, Expanded);
  item.iconPath = icon(changed > 0 ? ['law', 'charts.yellow'] : ['law']);
  item.description = joined(title, isStale && 'before its mistakes');
  item.tooltip = isStale ? `${title}\nThe policy has mistakes now: this is of the text before.` : title;
  return item;
}

function ruleItem({ kind, policy, id, effect, title, changed }: WhatIfRule, found: PolicyWhatIf): vscode.TreeItem {
  const name = id ?? (kind === 'default' ? 'default' : kind);
  const item = new vscode.TreeItem(
    policy === found.policy ? name : `${policy}/${name}`,
    changed > 0 ? Collapsed : None,
  );
  item.iconPath = icon(changed > 0 ? effectLooks[effect] : [effectLooks[effect][0], 'disabledForeground']);
  item.description = title;
  item.tooltip = joined(`${kind} ${name}: ${title}`, changed > 0 && plural(changed, 'changed decision'));
  return item;
}

function changeItem(node: WhatIfNode & { readonly kind: 'change' }): vscode.TreeItem {
  const { before, after, action, step } = node.change;
  const item = new vscode.TreeItem(`${before} → ${after}`);
  item.iconPath = icon(effectLooks[after]);
  item.description = action;
  item.tooltip = `step ${step}: ${action} was recorded as ${before}, and would be ${after}`;
  item.command = { command: 'assay.showTrial', title: 'Show Trial', arguments: [node] };
  return item;
}

function noteItem({ look, text }: WhatIfNode & { readonly kind: 'note' }): vscode.TreeItem {
  const item = new vscode.TreeItem(text);
  item.iconPath = icon(noteLooks[look]);
  item.tooltip = text;
  if (look === 'uncounted') {
    item.command = { command: 'assay.whatIf.everywhere', title: 'Count Them Too' };
    item.tooltip = `${text}. Choose it to count them, as if it had applied beside the policies that did.`;
  }
  return item;
}
