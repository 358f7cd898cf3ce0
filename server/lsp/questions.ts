/**
 * What runs ask people, for an editor whose user can answer: one list over the hosts of all workspaces. Who the user is
 * comes from git and the account, and is not proved.
 */
import type { HostConnection } from '../io/host-client/index.ts';
import { personHere } from '../io/person.ts';
import type { AnswerParams, AnswerResult, OpenQuestion } from '../protocol/index.ts';

export interface QuestionsPorts {
  /** Whether the editor shows questions and its workspace is trusted. */
  readonly answers: () => boolean;
  readonly groups: () => readonly string[];
  readonly changed: (open: readonly OpenQuestion[]) => void;
}

interface Attached {
  readonly root: string;
  /** Whether the host has been told who answers here. */
  hasJoined: boolean;
  open: readonly OpenQuestion[];
}

type Host = Pick<HostConnection, 'request' | 'onQuestionsChanged' | 'onClose'>;

export class Questions {
  readonly #ports: QuestionsPorts;
  readonly #hosts = new Map<Host, Attached>();

  constructor(ports: QuestionsPorts) {
    this.#ports = ports;
  }

  /** Those that wait longest first. */
  get open(): readonly OpenQuestion[] {
    return [...this.#hosts.values()].flatMap(({ open }) => open).toSorted((a, b) => a.askedAtMs - b.askedAtMs);
  }

  /** Takes part in the questions of a host until its connection ends. Never rejects. */
  async attach(root: string, host: Host): Promise<void> {
    this.#hosts.set(host, { root, hasJoined: false, open: [] });
    host.onQuestionsChanged((open) => this.#take(host, this.#ports.answers() ? open : []));
    host.onClose(() => {
      if (this.#hosts.delete(host)) this.#ports.changed(this.open);
    });
    await this.#join(host);
  }

  /** Says anew who answers, after that has changed. */
  async rejoin(): Promise<void> {
    await Promise.all([...this.#hosts.keys()].map((host) => this.#join(host)));
  }

  async answer({ question, allow, note }: AnswerParams): Promise<AnswerResult> {
    if (!this.#ports.answers())
      return { accepted: false, why: 'this workspace is not trusted, so nothing of it is answered' };
    const found = [...this.#hosts].find(([, { open }]) => open.some(({ id }) => id === question));
    // One that is over is known only to its host.
    const asked = found ? [found[0]] : [...this.#hosts.keys()];
    let last: AnswerResult = { accepted: false, why: 'this question is over: its host has ended' };
    for (const host of asked) {
      const params = { question, allow, ...(note !== undefined && { note }) };
      const result = await host.request('question/answer', params).catch(() => null);
      if (result !== null) last = result;
      if (result?.accepted) break;
    }
    return last;
  }

  async #join(host: Host): Promise<void> {
    const known = this.#hosts.get(host);
    const answers = this.#ports.answers();
    if (known === undefined || (!answers && !known.hasJoined)) return;
    known.hasJoined = answers;
    try {
      const person = answers ? await personHere(known.root, this.#ports.groups()) : null;
      const open = await host.request('questions/watch', { person });
      this.#take(host, answers ? open : []);
    } catch {
      // The connection has ended; whoever holds it learns that for itself.
    }
  }

  #take(host: Host, open: readonly OpenQuestion[]): void {
    const known = this.#hosts.get(host);
    if (known === undefined || (known.open.length === 0 && open.length === 0)) return;
    known.open = open;
    this.#ports.changed(this.open);
  }
}
