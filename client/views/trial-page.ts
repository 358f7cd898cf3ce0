/** Serves trials as read-only markdown pages under addresses of their own, and renews those that are open while a run goes on. */

import * as vscode from 'vscode';
import type { OpenQuestion, TrialDetail } from '../../server/protocol/index.ts';
import type { Questions } from '../questions.ts';
import type { Runs } from '../runs.ts';

const scheme = 'assay-trial';

export class TrialPages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #runs: Runs;
  readonly #questions: Pick<Questions, 'open'>;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #open = new Map<string, { uri: vscode.Uri; run: string }>();
  readonly #subscriptions: readonly vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(runs: Runs, questions: Pick<Questions, 'open' | 'onDidChange'>) {
    this.#runs = runs;
    this.#questions = questions;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#open.delete(uri.toString())),
      questions.onDidChange(() => {
        for (const { uri } of this.#open.values()) this.#changed.fire(uri);
      }),
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
    if (detail === null) return `There is no trial \`${trial}\` in run \`${run}\`.\n`;
    const { trialPage } = await import('./trial-markdown.ts');
    const waiting = this.#questions.open.filter((question) => question.run === run && question.trial === trial);
    return trialPage(detail, await policyFiles(detail, waiting), waiting);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}

/** Links to the files of the policies that decided something, by the policies' names. */
async function policyFiles(
  { steps }: TrialDetail,
  waiting: readonly OpenQuestion[],
): Promise<ReadonlyMap<string, string>> {
  const causes = [...steps.flatMap(({ decision }) => decision?.causes ?? []), ...waiting.flatMap(({ rules }) => rules)];
  const wanted = new Set(causes.map(({ policy }) => policy));
  wanted.delete(undefined);
  const found = new Map<string, string>();
  for (const { policy, path } of waiting.flatMap(({ rules }) => rules)) {
    if (policy === undefined || path === undefined) continue;
    found.set(policy, linkTo(vscode.Uri.file(path)));
    wanted.delete(policy);
  }
  if (wanted.size === 0) return found;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) return found;
  const files = new vscode.RelativePattern(folder, '**/*.{yaml,yml}');
  for (const uri of await vscode.workspace.findFiles(files, '**/{node_modules,.assay}/**')) {
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    const name =
      /^kind:\s*Policy\b/m.test(text) && /^metadata:(?:\r?\n[ #].*)*?\r?\n +name:\s*["']?([^\s"'#]+)/m.exec(text)?.[1];
    if (name && wanted.has(name)) found.set(name, linkTo(uri));
  }
  return found;
}

/** The markdown preview opens no `file:` links; a path from `/` starts for it at the first folder of the workspace. */
const linkTo = (uri: vscode.Uri) =>
  `/${vscode.workspace.asRelativePath(uri, false).split('/').map(encodeURIComponent).join('/')}`;
