/**
 * Actions that wait for people: told once, counted in the status bar, answered by command. Whether somebody may answer is
 * decided by the host, whose words are shown.
 */
import * as vscode from 'vscode';
import type { OpenQuestion, RunNotice } from '../server/protocol/index.ts';
import type { Server } from './server.ts';
import { moment, stepTitle, waitingTitle } from './views/words.ts';

/** Messages come one at a time; what comes sooner is counted. */
const tellEveryMs = 5_000;
const noticeEveryMs = 10_000;

type Asker = Pick<Server, 'request'>;

export class Questions implements vscode.Disposable {
  readonly #server: Asker;
  readonly #item = vscode.window.createStatusBarItem('assay.questions', vscode.StatusBarAlignment.Left, 11);
  readonly #changed = new vscode.EventEmitter<readonly OpenQuestion[]>();
  readonly #commands: vscode.Disposable;
  #open: readonly OpenQuestion[] = [];
  /** Those that a message has told of. */
  readonly #told = new Set<string>();
  #tellTimer: NodeJS.Timeout | undefined;
  #notices: RunNotice[] = [];
  #noticeTimer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(server: Asker) {
    this.#server = server;
    this.#item.name = 'Assay Questions';
    this.#item.command = 'assay.answerQuestion';
    this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    this.#commands = vscode.Disposable.from(
      vscode.commands.registerCommand('assay.answerQuestion', (node?: unknown) => this.#choose(questionIn(node))),
      vscode.commands.registerCommand('assay.allowAction', (node?: unknown) => this.#answerNode(node, true)),
      vscode.commands.registerCommand('assay.denyAction', (node?: unknown) => this.#answerNode(node, false)),
    );
  }

  /** Those that wait longest first. */
  get open(): readonly OpenQuestion[] {
    return this.#open;
  }

  /** Asks for everything anew, after the server has started. */
  async refresh(): Promise<void> {
    this.apply(await this.#server.request('assay/questions', {}));
  }

  apply(open: readonly OpenQuestion[]): void {
    this.#open = open;
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#told) if (!ids.has(id)) this.#told.delete(id);
    this.#draw();
    this.#changed.fire(open);
    if (this.#tellTimer === undefined) this.#tell();
  }

  /** What a rule wants people to be told. */
  notify(notice: RunNotice): void {
    this.#notices.push(notice);
    if (this.#noticeTimer === undefined) this.#showNotices();
  }

  #draw(): void {
    const { length } = this.#open;
    void vscode.commands.executeCommand('setContext', 'assay.waiting', length > 0);
    if (length === 0) {
      this.#item.hide();
      return;
    }
    const waiting = `${length} ${length === 1 ? 'action waits' : 'actions wait'} for an answer`;
    this.#item.text = `$(question) ${length} waiting`;
    this.#item.tooltip = `${waiting}\n${this.#open.map(titleOf).join('\n')}`;
    this.#item.accessibilityInformation = { label: `Assay: ${waiting}`, role: 'button' };
    this.#item.show();
  }

  /** One message for all that have come since the last; a message may stay on the screen for as long as it likes. */
  #tell(): void {
    this.#tellTimer = undefined;
    const news = this.#open.filter(({ id }) => !this.#told.has(id));
    const [question] = news;
    if (question === undefined) return;
    for (const { id } of news) this.#told.add(id);
    this.#tellTimer = setTimeout(() => this.#tell(), tellEveryMs);
    void (news.length > 1 ? this.#tellOfMany(news.length) : this.#tellOfOne(question));
  }

  async #tellOfMany(count: number): Promise<void> {
    const [answer, show] = ['Answer…', 'Show Runs'];
    const picked = await vscode.window.showWarningMessage(`${count} actions wait for an answer.`, answer, show);
    if (picked === answer) await this.#choose();
    if (picked === show) await vscode.commands.executeCommand('assay.runs.focus');
  }

  async #tellOfOne(question: OpenQuestion): Promise<void> {
    const [allow, deny, show] = ['Allow', 'Deny', 'Show Step'];
    const message = `${titleOf(question)}: ${reasonOf(question)}`;
    const picked = await vscode.window.showWarningMessage(message, allow, deny, show);
    if (picked === allow || picked === deny) await this.answer(question, picked === allow);
    if (picked === show) await showStep(question);
  }

  /** Says what the host says where an answer is not accepted; resolves with whether it was. */
  async answer({ id: question }: Pick<OpenQuestion, 'id'>, allow: boolean, note?: string): Promise<boolean> {
    const result = await this.#server.request('assay/answer', { question, allow, ...(note && { note }) });
    if (!result.accepted) void vscode.window.showErrorMessage(`Not answered: ${result.why}`);
    return result.accepted;
  }

  async #answerNode(node: unknown, allow: boolean): Promise<void> {
    const question = questionIn(node) ?? (await this.#pick());
    if (question) await this.answer(question, allow);
  }

  /** Which question, and what to say to it. */
  async #choose(given?: OpenQuestion): Promise<void> {
    const question = given ?? (await this.#pick());
    if (question === undefined) return;
    const items = [
      { label: '$(check) Allow', allow: true, noted: false },
      { label: '$(close) Deny', allow: false, noted: false },
      { label: '$(check) Allow, with a Note…', allow: true, noted: true },
      { label: '$(close) Deny, with a Note…', allow: false, noted: true },
      { label: '$(list-tree) Show Step', allow: null, noted: false },
    ];
    const title = `${titleOf(question)}: ${reasonOf(question)}`;
    const picked = await vscode.window.showQuickPick(items, { title, placeHolder: inputOf(question) });
    if (picked === undefined) return;
    if (picked.allow === null) return await showStep(question);
    const prompt = 'The ledger keeps the note with your name.';
    const note = picked.noted ? await vscode.window.showInputBox({ title, prompt }) : '';
    if (note !== undefined) await this.answer(question, picked.allow, note);
  }

  async #pick(): Promise<OpenQuestion | undefined> {
    const [first, ...others] = this.#open;
    if (first === undefined) void vscode.window.showInformationMessage('No action waits for an answer.');
    if (others.length === 0) return first;
    const items = this.#open.map((question) => ({
      label: titleOf(question),
      description: `until ${moment(question.deadlineAtMs, Date.now())}`,
      detail: `${reasonOf(question)} · ${inputOf(question)}`,
      question,
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder: 'Answer which action?', matchOnDetail: true }))
      ?.question;
  }

  #showNotices(): void {
    this.#noticeTimer = undefined;
    const [first, ...others] = this.#notices;
    if (first === undefined) return;
    this.#notices = [];
    this.#noticeTimer = setTimeout(() => this.#showNotices(), noticeEveryMs);
    void showNotice(first, others.length);
  }

  dispose(): void {
    clearTimeout(this.#noticeTimer);
    clearTimeout(this.#tellTimer);
    this.#item.dispose();
    this.#changed.dispose();
    this.#commands.dispose();
  }
}

async function showNotice(notice: RunNotice, more: number): Promise<void> {
  const { to, message, tool, final, variant, task, step } = notice;
  const others = more > 0 ? ` And ${more} more.` : '';
  const show = 'Show Step';
  const text = `For ${to.join(', ')}: ${message} (${tool}, ${final}, ${variant} on ${task}).${others}`;
  if ((await vscode.window.showInformationMessage(text, show)) === show)
    await showStep(notice, stepTitle({ step, action: { type: 'tool', tool }, decision: { final } }));
}

async function showStep({ run, trial, step, tool }: OpenQuestion | RunNotice, heading?: string): Promise<void> {
  const place = { kind: 'trial', run, trial, heading: heading ?? waitingTitle(step, tool) };
  await vscode.commands.executeCommand('assay.showTrial', place);
}

function questionIn(node: unknown): OpenQuestion | undefined {
  return typeof node === 'object' && node !== null && 'question' in node ? (node.question as OpenQuestion) : undefined;
}

/** Such as `pay, guarded on invoice-3`. */
export const titleOf = ({ on, tool, variant, task }: OpenQuestion): string =>
  `${on === 'action' ? tool : `The result of ${tool}`} waits for an answer, ${variant} on ${task}`;

/** What the rules say, or their names. */
export const reasonOf = ({ rules }: OpenQuestion): string =>
  rules.map(({ message, policy, id }) => message ?? [policy, id].filter(Boolean).join('/')).join('; ');

function inputOf({ input }: OpenQuestion): string {
  const text = JSON.stringify(input) ?? '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
