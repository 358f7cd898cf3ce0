/**
 * The questions of all runs that wait for people: who may answer, for how long, and what was said. What an answer comes to
 * is decided by the kernel; who people are is what their clients say.
 */
import { randomBytes } from 'node:crypto';
import type { AskedQuestion } from '../engine/experiment/index.ts';
import { type Answer, type Answers, admittedAs, type End, questionOf, ruleOf } from '../engine/kernel/index.ts';
import type { AbortSignalLike, Clock } from '../engine/ports.ts';
import type { AnswerParams, AnswerResult, OpenQuestion, Person } from '../protocol/index.ts';
import { whenOver } from './long-timer.ts';

/** A client that is there. Its person may answer what admits the person; what it keeps open waits for others. */
export interface Approver {
  readonly person: Person | null;
  readonly keepsOpen: boolean;
  /** Told of all open questions whenever they change. */
  tell(questions: readonly OpenQuestion[]): void;
}

/** The run that a question is of. */
export interface QuestionSetting {
  readonly run: string;
  readonly experiment: string;
  /** The file of a policy, by its name. */
  policyPath(name: string): string | undefined;
  /** Fires when the run is cancelled. */
  readonly cancelled: AbortSignalLike;
}

interface Pending {
  readonly asked: AskedQuestion;
  readonly setting: QuestionSetting;
  readonly id: string;
  readonly askedAtMs: number;
  readonly since: number;
  readonly waitMs: number;
  readonly given: Answer[];
  /** How it has ended, from the moment on, though whoever waits for it hears of that later; null while it is open. */
  over: End | null;
  end(end: End): void;
}

const remembered = 1_000;
const longestNote = 2_000;
const longestName = 200;

export class Questions {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  readonly #approvers = new Set<Approver>();
  /** How the last questions ended, for those who answer too late. */
  readonly #ended = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): readonly OpenQuestion[] {
    return [...this.#pending.values()].map((pending) => this.#shown(pending));
  }

  /** Asks people until everybody who has to has approved, one has refused, or nobody will. Never rejects. */
  async ask(asked: AskedQuestion, setting: QuestionSetting): Promise<Answers> {
    const { promise, resolve } = Promise.withResolvers<End>();
    const { waitMs } = asked.question;
    const pending: Pending = {
      asked,
      setting,
      id: randomBytes(4).toString('hex'),
      askedAtMs: this.#clock.nowMs(),
      since: this.#clock.monotonicMs(),
      waitMs,
      given: [...asked.given],
      over: null,
      end: (end) => {
        pending.over ??= end;
        resolve(pending.over);
      },
    };
    if (setting.cancelled.aborted) return { given: asked.given, end: 'run-cancelled' };
    if (!this.#isAnswerable(pending)) return { given: asked.given, end: 'no-approver' };
    const onCancel = () => pending.end('run-cancelled');
    setting.cancelled.addEventListener('abort', onCancel, { once: true });
    void asked.agentGone.then(() => pending.end(setting.cancelled.aborted ? 'run-cancelled' : 'agent-gone'));
    const timer = whenOver(
      () => this.#leftMs(pending),
      () => pending.end('ask-timed-out'),
    );
    this.#pending.set(pending.id, pending);
    this.#tell();
    const end = await promise;
    timer.clear();
    setting.cancelled.removeEventListener('abort', onCancel);
    this.#pending.delete(pending.id);
    this.#remember(pending, end);
    this.#tell();
    return { given: pending.given, end };
  }

  /** From now on `approver` is there; dispose of what is returned when it is gone. */
  join(approver: Approver): { dispose(): void } {
    this.#approvers.add(approver);
    return {
      dispose: () => {
        if (!this.#approvers.delete(approver)) return;
        for (const pending of this.#pending.values()) if (!this.#isAnswerable(pending)) pending.end('no-approver');
      },
    };
  }

  /** What `person` says to a question. Said too late, or by somebody who may not, it is refused with words. */
  answer(person: Person | null, { question: id, allow, note }: AnswerParams): AnswerResult {
    const pending = this.#pending.get(id);
    if (pending === undefined) return refused(this.#ended.get(id) ?? `there is no question \`${id}\``);
    // The timer may be late, the answer is not early.
    if (this.#leftMs(pending) <= 0) pending.end('ask-timed-out');
    if (pending.over !== null) return refused(wordsOf(pending.over, pending));
    if (person === null) return refused('this client has not said who answers');
    const names = namesOf(person);
    const open = openRules(pending);
    if (!open.some((cause) => admittedAs(cause, names) !== null)) {
      const who = [...new Set(open.flatMap(({ ask }) => ask?.who ?? []))].map((name) => `\`${name}\``).join(' or ');
      return refused(`only ${who} may answer this, and you are ${names.map((name) => `\`${name}\``).join(', ')}`);
    }
    const said = note?.trim().slice(0, longestNote).toWellFormed();
    const waitedMs = Math.max(0, Math.round(this.#clock.monotonicMs() - pending.since));
    const rules = open.map(ruleOf);
    pending.given.push({ allow, person: shownPerson(person), names, ...(said && { note: said }), rules, waitedMs });
    if (!allow || openRules(pending).length === 0) pending.end('answered');
    else if (!this.#isAnswerable(pending)) pending.end('no-approver');
    else this.#tell();
    return { accepted: true };
  }

  #isAnswerable(pending: Pending): boolean {
    const open = openRules(pending);
    return [...this.#approvers].some(
      ({ person, keepsOpen }) =>
        keepsOpen || (person !== null && open.some((cause) => admittedAs(cause, namesOf(person)) !== null)),
    );
  }

  #leftMs({ since, waitMs }: Pending): number {
    return since + waitMs - this.#clock.monotonicMs();
  }

  #remember(pending: Pending, end: End): void {
    this.#ended.set(pending.id, wordsOf(end, pending));
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > remembered && oldest !== undefined) this.#ended.delete(oldest);
  }

  #tell(): void {
    const questions = this.open;
    for (const approver of this.#approvers) approver.tell(questions);
  }

  #shown(pending: Pending): OpenQuestion {
    const { asked, setting, id, askedAtMs, waitMs, given } = pending;
    const { trial, step, on, tool, input, output, thought } = asked;
    return {
      id,
      run: setting.run,
      experiment: setting.experiment,
      trial: trial.id,
      variant: trial.variant,
      task: trial.task.id,
      repetition: trial.repetition,
      step,
      on,
      tool,
      input,
      ...(on === 'observation' && { output }),
      ...(thought !== undefined && { thought }),
      rules: openRules(pending).map(({ ask, reads, unknown, answer, ...cause }) => {
        const path = cause.policy === undefined ? undefined : setting.policyPath(cause.policy);
        return { ...cause, ...(path !== undefined && { path }), ...(ask?.who && { who: ask.who }) };
      }),
      approvedBy: given.map(({ person }) => person),
      askedAtMs,
      deadlineAtMs: askedAtMs + waitMs,
    };
  }
}

/** What rules may call a person. */
const namesOf = ({ name, email, user, groups = [] }: Person): string[] => [
  ...new Set([name, email, user, ...groups].flatMap((each) => (each ? [each] : []))),
];

/** A person as a client sends it, made fit to be recorded; null when it is none. */
export function readPerson(sent: unknown): Person | null {
  if (typeof sent !== 'object' || sent === null) return null;
  const { name, email, user, groups } = sent as Record<string, unknown>;
  const [called, address, account] = [textOf(name), textOf(email), textOf(user)];
  const known = called ?? address ?? account;
  if (known === undefined) return null;
  const listed = Array.isArray(groups) ? groups.flatMap((group) => textOf(group) ?? []).slice(0, 100) : [];
  return { name: known, ...(address && { email: address }), ...(account && { user: account }), groups: listed };
}

/** A name as a client sends it, made fit to be recorded; undefined when it is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim().slice(0, longestName).toWellFormed() || undefined;
}

const shownPerson = ({ name, email }: Person): string =>
  email === undefined || email === name ? name : `${name} <${email}>`;

const openRules = ({ asked, given }: Pending) => questionOf(asked.question, given)?.causes ?? [];

const refused = (why: string): AnswerResult => ({ accepted: false, why });

function wordsOf(end: End, { given, waitMs }: Pending): string {
  const last = given.at(-1);
  switch (end) {
    case 'answered':
      return `this question is over: ${last?.person ?? 'somebody'} has ${last?.allow ? 'approved' : 'refused'} it`;
    case 'ask-timed-out':
      return `this question is over: it waited ${waitMs / 1000} s, and the action was denied`;
    case 'no-approver':
      return 'this question is over: everybody who could answer it had left, and the action was denied';
    case 'run-cancelled':
      return 'this question is over: the run was cancelled';
    case 'agent-gone':
      return 'this question is over: the agent has ended';
  }
}
