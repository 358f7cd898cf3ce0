/**
 * What a policy says to a sample action, shown beside its rules until the text changes. Sample actions are chosen in
 * `samples.ts`; the language server decides them.
 */
import * as vscode from 'vscode';
import {
  type ActionSample,
  clientCommands,
  type EvaluatedRule,
  type EvaluateParams,
  type EvaluateTarget,
  type Evaluation,
  serverCommands,
} from '../../server/protocol/index.ts';
import type { Runs } from '../runs.ts';
import type { Server } from '../server.ts';
import { rangeOf } from './policy-tests.ts';
import { pickSample } from './samples.ts';

interface Shown {
  readonly uri: string;
  readonly target: EvaluateTarget;
  readonly evaluation: Evaluation;
}

type Tone = 'decides' | 'matches' | 'silent';

const isShowing = 'assay.showsEvaluation';

export class Evaluations implements vscode.Disposable {
  readonly #server: Pick<Server, 'request'>;
  readonly #runs: Runs;
  readonly #last = new Map<string, { readonly sample: ActionSample; readonly words: string }>();
  readonly #types: Readonly<Record<Tone, vscode.TextEditorDecorationType>> = {
    decides: decorationType('editorInfo.foreground', 'bold'),
    matches: decorationType('editorInfo.foreground'),
    silent: decorationType('editorCodeLens.foreground'),
  };
  readonly #subscriptions: vscode.Disposable[];
  #shown: Shown | null = null;

  constructor(server: Pick<Server, 'request'>, runs: Runs) {
    this.#server = server;
    this.#runs = runs;
    this.#subscriptions = [
      ...Object.values(this.#types),
      vscode.commands.registerCommand(clientCommands.evaluatePolicy, (target?: EvaluateTarget, sample?: ActionSample) =>
        this.#evaluate(target, sample),
      ),
      vscode.commands.registerCommand('assay.clearEvaluation', () => this.#show(null)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.toString() === this.#shown?.uri) this.#show(null);
      }),
    ];
  }

  /** What is shown at the moment. */
  get current(): Evaluation | null {
    return this.#shown?.evaluation ?? null;
  }

  /** The texts beside the rules, by line from 0; what the editor draws. */
  get decorations(): readonly { readonly line: number; readonly text: string }[] {
    return this.#notes().map(({ line, text }) => ({ line, text }));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #evaluate(given?: EvaluateTarget, chosen?: ActionSample): Promise<Evaluation | undefined> {
    const target = isTarget(given) ? given : await targetAtCursor();
    if (target === undefined) {
      void vscode.window.showInformationMessage('Open a policy first: a `*.policy.yaml` file with a name.');
      return undefined;
    }
    const key = `${target.uri}#${target.policy}`;
    const sample = chosen ?? (await pickSample(target, this.#last.get(key), this.#server, this.#runs));
    if (sample === undefined) return undefined;
    const params: EvaluateParams = { ...target, sample };
    const evaluation = await vscode.commands.executeCommand<Evaluation>(serverCommands.evaluatePolicy, params);
    if (evaluation.refused !== undefined) {
      void vscode.window.showWarningMessage(`Not evaluated: ${evaluation.refused}`);
      return evaluation;
    }
    this.#last.set(key, { sample, words: evaluation.sample });
    this.#show({ uri: vscode.Uri.parse(target.uri).toString(), target, evaluation });
    return evaluation;
  }

  #show(shown: Shown | null): void {
    this.#shown = shown;
    void vscode.commands.executeCommand('setContext', isShowing, shown !== null);
    this.#draw();
  }

  #draw(): void {
    const notes = this.#notes();
    for (const editor of vscode.window.visibleTextEditors) {
      const isHere = editor.document.uri.toString() === this.#shown?.uri;
      for (const [tone, type] of Object.entries(this.#types))
        editor.setDecorations(
          type,
          notes
            .filter((note) => isHere && note.tone === tone)
            .map(({ line, text, hover }) => ({
              range: editor.document.lineAt(Math.min(line, editor.document.lineCount - 1)).range,
              hoverMessage: hover,
              renderOptions: { after: { contentText: text } },
            })),
        );
    }
  }

  /** One for the policy, one for each rule that was asked for. */
  #notes(): { line: number; text: string; tone: Tone; hover: vscode.MarkdownString }[] {
    if (this.#shown === null) return [];
    const { evaluation, target } = this.#shown;
    const { range, rules } = evaluation;
    const wanted = rules.filter(({ id }) => target.rule === undefined || target.rule === id);
    return [
      ...(range === null
        ? []
        : [
            {
              line: rangeOf(range).start.line,
              text: `${decisionOf(evaluation)} · ${shortened(evaluation.sample)}`,
              tone: 'decides' as const,
              hover: decisionHover(evaluation),
            },
          ]),
      ...wanted.map((rule) => ({
        line: rangeOf(rule.range).start.line,
        text: noteOf(rule),
        tone: rule.decides ? ('decides' as const) : rule.matches === 'no' ? ('silent' as const) : ('matches' as const),
        hover: ruleHover(rule, evaluation),
      })),
    ];
  }
}

const decorationType = (color: string, fontWeight = 'normal') =>
  vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor(color), fontWeight, fontStyle: 'normal', margin: '0 0 0 3ch' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

const isTarget = (value: unknown): value is EvaluateTarget =>
  typeof value === 'object' && value !== null && 'uri' in value && 'policy' in value;

interface WireLens {
  readonly range: vscode.Range;
  readonly command?: { readonly command: string; readonly arguments?: readonly unknown[] };
}

/** The policy or rule above the cursor: what the nearest lens before it is about. */
async function targetAtCursor(): Promise<EvaluateTarget | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== 'assay-policy') return undefined;
  const lenses = await vscode.commands.executeCommand<WireLens[]>(
    'vscode.executeCodeLensProvider',
    editor.document.uri,
  );
  const ours = lenses
    .filter(({ command }) => command?.command === clientCommands.evaluatePolicy)
    .toSorted((a, b) => a.range.start.compareTo(b.range.start));
  const above = ours.findLast(({ range }) => range.start.line <= editor.selection.active.line) ?? ours[0];
  const target = above?.command?.arguments?.[0];
  return isTarget(target) ? target : undefined;
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function decisionOf({ decision, causes }: Evaluation): string {
  const by = causes.filter(({ effect }) => effect === decision).map(({ id, kind }) => id ?? kind);
  return `${decision} by ${[...new Set(by)].join(', ')}`;
}

/** What stands beside a rule has no markup. */
function noteOf({ effect, matches, decides, because: reason }: EvaluatedRule): string {
  const because = reason.replaceAll('`', '');
  if (matches === 'yes')
    return decides ? `✓ matches and decides: ${effect}` : `✓ matches: ${effect}, but does not decide`;
  if (matches === 'no') return `✗ ${because}`;
  return `? cannot be told, ${decides ? 'so it decides' : 'and does not decide'}: ${because}`;
}

const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``;
const marks = { yes: '✓', no: '✗', unknown: '?' } as const;

function decisionHover({ decision, causes, sample, policies }: Evaluation): vscode.MarkdownString {
  const lines = causes.map(({ effect, kind, id, policy, line, message }) => {
    const where = [policy && code(policy), line !== undefined && `line ${line}`].filter(Boolean).join(', ');
    return `- ${code(effect)} by ${kind} ${id === undefined ? '' : code(id)} (${where})${message ? `: ${escaped(message)}` : ''}`;
  });
  return new vscode.MarkdownString(
    [`**${decision}** for ${code(sample)}, under ${policies.map(code).join(', ')}`, '', ...lines].join('\n'),
  );
}

function ruleHover({ id, effect, parts, because }: EvaluatedRule, { sample }: Evaluation): vscode.MarkdownString {
  const lines = parts.map(
    ({ text, answer, facts }) => `- ${marks[answer]} ${code(text)}${facts && `, where ${code(facts)}`}`,
  );
  return new vscode.MarkdownString(
    [`**${escaped(id)}** (${effect}) for ${code(sample)}: ${escaped(because)}`, '', ...lines].join('\n'),
  );
}

const escaped = (text: string): string => text.replaceAll(/[\\*_{}[\]()#+!<>|~]/g, '\\$&');
