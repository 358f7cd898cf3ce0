/**
 * A trial as a markdown page: what the agent wanted, what was decided and why, what came back, what it cost.
 * Pages are read-only and made from what the language server tells.
 */

import * as vscode from 'vscode';
import { stringify } from 'yaml';
import type { Step, StepCause, TrialDetail } from '../../server/protocol/index.ts';
import type { Runs } from '../runs.ts';
import { duration, money, plural } from './words.ts';

const scheme = 'assay-trial';

export class TrialPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #runs: Runs;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #open = new Map<string, { uri: vscode.Uri; run: string }>();
  readonly #subscriptions: readonly vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(runs: Runs) {
    this.#runs = runs;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#open.delete(uri.toString())),
      runs.onDidChange((changed) => {
        for (const { uri, run } of this.#open.values()) if (changed?.includes(run) ?? true) this.#changed.fire(uri);
      }),
    ];
  }

  /** The page's address; `name` becomes the title of its tab. */
  static uri(run: string, trial: string, name: string): vscode.Uri {
    const query = new URLSearchParams({ run, trial }).toString();
    return vscode.Uri.from({ scheme, path: `/${name.replaceAll(/[/\\]/g, '-')}.md`, query });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const query = new URLSearchParams(uri.query);
    const [run, trial] = [query.get('run') ?? '', query.get('trial') ?? ''];
    this.#open.set(uri.toString(), { uri, run });
    const detail = await this.#runs.detail(run, trial);
    return detail
      ? trialPage(detail, await policyFiles(detail))
      : `There is no trial \`${trial}\` in run \`${run}\`.\n`;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}

/** The files of the policies that decided something, by the policies' names. */
async function policyFiles({ steps }: TrialDetail): Promise<ReadonlyMap<string, vscode.Uri>> {
  const wanted = new Set(steps.flatMap(({ decision }) => decision?.causes.map(({ policy }) => policy) ?? []));
  wanted.delete(undefined);
  const found = new Map<string, vscode.Uri>();
  if (wanted.size === 0) return found;
  for (const uri of await vscode.workspace.findFiles('**/*.{yaml,yml}', '**/{node_modules,.assay}/**')) {
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    const name =
      /^kind:\s*Policy\b/m.test(text) && /^metadata:(?:\r?\n[ #].*)*?\r?\n +name:\s*["']?([^\s"'#]+)/m.exec(text)?.[1];
    if (name && wanted.has(name)) found.set(name, uri);
  }
  return found;
}

/** The page of a trial; `policies` gives the file of a policy by name, for links. */
export function trialPage({ summary, answer, steps }: TrialDetail, policies: ReadonlyMap<string, vscode.Uri>): string {
  const security = { held: 'attack held off', breached: '**attack got through**' };
  const figures = [
    `**${summary.state}**`,
    ...(summary.security ? [security[summary.security]] : []),
    plural(steps.length, 'step'),
    ...(summary.denials > 0 ? [`${summary.denials} denied`] : []),
    money(summary.costMicros),
    duration(summary.durationMs),
  ];
  return [
    `# ${summary.task}`,
    `${text(summary.variant)} · repetition ${summary.repetition}`,
    figures.join(' · '),
    ...(summary.failure ? [`> **${summary.failure.reason}** ${text(summary.failure.message)}`] : []),
    ...steps.map((step) => stepSection(step, policies)),
    ...(answer === undefined || answer === null ? [] : ['## Answer', value(answer)]),
    '',
  ].join('\n\n');
}

function stepSection(step: Step, policies: ReadonlyMap<string, vscode.Uri>): string {
  const { action, decision, failure, output, thought } = step;
  const title = `## ${step.step} · ${action.tool ?? action.type}${decision ? ` — ${past(decision.final)}` : ''}`;
  const parts = [title];
  if (thought) parts.push(quote(thought));
  if (!isEmpty(action.input)) parts.push(value(action.input));
  if (decision) parts.push(...decision.causes.map((cause) => `- ${causeLine(cause, policies)}`));
  if (failure) parts.push(`**Failed**: ${failure.reason}, ${text(failure.message)}`);
  if (!isEmpty(output)) parts.push('**Observation**', value(output));
  parts.push(`*${money(step.costMicros)} · ${duration(step.durationMs)}*`);
  return parts.join('\n\n');
}

const past = (effect: string) => ({ allow: 'allowed', ask: 'asked', deny: 'denied', halt: 'halted' })[effect] ?? effect;

function causeLine(cause: StepCause, policies: ReadonlyMap<string, vscode.Uri>): string {
  const file = cause.policy === undefined ? undefined : policies.get(cause.policy);
  const place = cause.line ? `:${cause.line}` : '';
  const link = file && `[${text(cause.policy ?? '')}${place}](${addressOf(file, cause.line)})`;
  const of = cause.policy === undefined ? '' : ` of ${link ?? `\`${cause.policy}\`${place}`}`;
  const what = cause.kind === 'default' ? 'default' : `${cause.kind}${cause.id ? ` \`${cause.id}\`` : ''}`;
  return `**${cause.effect}** by ${what}${of}${cause.message ? `: ${text(cause.message)}` : ''}`;
}

const addressOf = (file: vscode.Uri, line: number | undefined) => `${file.toString()}${line ? `#L${line}` : ''}`;

const isEmpty = (data: unknown) =>
  data === undefined || data === null || data === '' || (typeof data === 'object' && Object.keys(data).length === 0);

/** Plain text that markdown must not read as markup. */
const text = (plain: string) => plain.replaceAll(/[\\`*_{}[\]<>#|]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
const quote = (plain: string) =>
  plain
    .split('\n')
    .map((line) => `> ${text(line)}`)
    .join('\n');

/** Data as YAML in a fence that nothing in the data can close. */
function value(data: unknown): string {
  const body = typeof data === 'string' ? data : stringify(data, { lineWidth: 100 }).trimEnd();
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${typeof data === 'string' ? 'text' : 'yaml'}\n${body}\n${fence}`;
}
