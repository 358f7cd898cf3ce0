/**
 * One trial of one agent process: its messages become events in order, and only those of this trial. What is decided about
 * them is not known here.
 */
import { messageValidators, type Propose, type TrialFinish, type TrialStart } from '../../engine/experiment/index.ts';
import type { AgentEvent, AgentSession, ProcessFault } from '../../engine/ports.ts';
import { findProblem, type Message } from './message.ts';
import type { Lease } from './pool.ts';

type Request = Extract<Message, { kind: 'request' }>;

/** More than this before the host has taken the first is a flood. */
const backlogMessages = 256;
const backlogBytes = 4 * 1024 * 1024;
/** After `halt` an agent may still end its trial properly, so that its process can serve the next. */
const haltGraceMs = 100;
const invalidParams = -32602;
const trialIsOver = -32001;

/** The session of `lease`; `trial` is a number that no other trial of the same process has. */
export class PooledAgentSession implements AgentSession {
  readonly #lease: Lease;
  readonly #trial: number;
  readonly #isModule: boolean;
  #events: AgentEvent[] = [];
  #eventsBytes = 0;
  #waiting: ((event: AgentEvent) => void)[] = [];
  /** The last event; whoever asks for more gets it again. */
  #last: AgentEvent | null = null;
  #unanswered = 0;
  #strays = 0;
  #isMarked = true;
  #isBusy = false;
  #isHalted = false;
  #isClosed = false;
  #closing: Promise<void> | null = null;
  #noticeEnd: () => void = () => {};

  constructor(lease: Lease, trial: number) {
    this.#lease = lease;
    this.#trial = trial;
    this.#isModule = lease.process.launch.speaks === 'channel';
    lease.process.own({ message: (message) => this.#receive(message), fault: (fault) => this.#failed(fault) });
    // It may have ended between the lending and now.
    if (lease.process.fault) this.#failed(lease.process.fault);
  }

  start(params: TrialStart): void {
    this.#lease.process.send({ jsonrpc: '2.0', method: 'trial/start', trial: this.#trial, params });
  }

  next(): Promise<AgentEvent> {
    const event = this.#events.shift() ?? this.#last;
    if (event === null) return new Promise((resolve) => this.#waiting.push(resolve));
    if (this.#events.length === 0) this.#eventsBytes = 0;
    return Promise.resolve(event);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    if (this.#isHalted && this.#last === null) await this.#endOfTrial();
    const isSettled = this.#last?.kind === 'finish' && this.#unanswered === 0 && !this.#isBusy;
    await this.#lease.end(isSettled && this.#isMarked && this.#strays === 0);
  }

  async #endOfTrial(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, haltGraceMs);
      this.#noticeEnd = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #receive(message: Message): void {
    if (message.trial === undefined) this.#isMarked = false;
    if (this.#isStray(message)) this.#refuseStray(message);
    else if (message.kind === 'request' && message.method === 'action/propose') this.#proposed(message);
    else if (message.kind === 'notification' && message.method === 'trial/finish') this.#finished(message);
    else if (message.kind === 'notification' && message.method === 'trial/failed' && this.#isModule)
      this.#crashed((message.params as { message: string }).message);
    else this.#breachOfProtocol(`it sent a ${nameOf(message)}, which an agent may not send`);
  }

  /** A process that serves several trials must say which one it means, else a late message could pass for a new one. */
  #isStray({ trial }: Message): boolean {
    if (this.#last !== null) return true;
    return trial === undefined ? this.#lease.isReused : trial !== this.#trial;
  }

  #refuseStray(message: Message): void {
    this.#strays++;
    if (message.kind === 'request')
      this.#refuse(message, trialIsOver, 'this trial is over; nothing more is done for it');
    if (this.#strays > backlogMessages) this.#flooded();
  }

  #proposed(message: Request): void {
    const params = message.params as Propose;
    const problem = findProblem(messageValidators.propose, params);
    if (problem !== null) {
      this.#refuse(message, invalidParams, `the parameters of \`action/propose\` do not fit: ${problem}`);
      this.#deliver({ kind: 'malformed', message: problem, tool: toolOf(params) }, message.sizeBytes);
    } else if (this.#isClosed) {
      this.#refuse(message, trialIsOver, 'this trial has been halted; nothing more is done for it');
    } else {
      this.#unanswered++;
      this.#deliver({ kind: 'propose', params, reply: this.#replyTo(message) }, message.sizeBytes);
    }
  }

  #replyTo({ id }: Request): Extract<AgentEvent, { kind: 'propose' }>['reply'] {
    let isReplied = false;
    return (result) => {
      if (isReplied) return;
      isReplied = true;
      this.#unanswered--;
      this.#isHalted ||= result.decision === 'halt';
      this.#lease.process.send({ jsonrpc: '2.0', id, result });
    };
  }

  #finished({ params, cpuMs, busy }: Message & { kind: 'notification' }): void {
    const problem = findProblem(messageValidators.trialFinish, params);
    const cpu = this.#isModule && cpuMs !== undefined ? { cpuMs } : {};
    this.#isBusy = busy === true;
    if (problem === null) this.#end({ kind: 'finish', params: params as TrialFinish, ...cpu });
    else this.#breachOfProtocol(`the parameters of \`trial/finish\` do not fit: ${problem}`);
  }

  #failed(fault: ProcessFault): void {
    if (this.#last !== null) return;
    this.#events = [];
    this.#end({ kind: 'fault', fault });
  }

  #end(event: AgentEvent): void {
    this.#last = event;
    for (const resolve of this.#waiting) resolve(event);
    this.#waiting = [];
    this.#noticeEnd();
  }

  #deliver(event: AgentEvent, sizeBytes: number): void {
    const resolve = this.#waiting.shift();
    if (resolve) {
      resolve(event);
      return;
    }
    this.#events.push(event);
    this.#eventsBytes += sizeBytes;
    if (this.#events.length > backlogMessages || this.#eventsBytes > backlogBytes) this.#flooded();
  }

  #refuse({ id }: Request, code: number, message: string): void {
    this.#lease.process.send({ jsonrpc: '2.0', id, error: { code, message } });
  }

  #crashed(message: string): void {
    this.#lease.process.fail({ reason: 'CRASHED', message });
  }

  #breachOfProtocol(message: string): void {
    this.#lease.process.fail({ reason: 'PROTOCOL', message });
  }

  #flooded(): void {
    const message = `it sent messages without waiting for answers, more than ${backlogMessages} or ${backlogBytes} bytes ahead`;
    this.#lease.process.fail({ reason: 'OUTPUT_LIMIT', message });
  }
}

const nameOf = (message: Message): string =>
  message.kind === 'response' ? 'response' : `${message.kind} \`${message.method.slice(0, 80).toWellFormed()}\``;

const toolOf = (params: unknown): string => {
  const tool = typeof params === 'object' && params !== null && 'tool' in params ? params.tool : undefined;
  return typeof tool === 'string' ? tool.slice(0, 256).toWellFormed() : '';
};
