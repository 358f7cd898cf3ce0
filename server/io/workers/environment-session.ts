/**
 * One world for one trial: requests to an environment process and its answers. Each request settles, by an answer or by
 * the fault that ended the process. Time limits are the caller's.
 */
import {
  type EnvironmentOpen,
  type Grade,
  messageValidators,
  type ToolCall,
  type ToolResult,
} from '../../engine/experiment/index.ts';
import type { EnvironmentSession, ProcessFault, Result } from '../../engine/ports.ts';
import { findProblem, type Message } from './message.ts';
import type { Lease } from './pool.ts';

type Validate = (typeof messageValidators)['propose'];
type Answer = Result<unknown, ProcessFault>;

const anything = Object.assign(() => true, { errors: null });
const closed: ProcessFault = { reason: 'CANCELLED', message: 'the environment was closed' };

/** The session of `lease`; `trial` is a number that no other trial of the same process has. */
export class PooledEnvironmentSession implements EnvironmentSession {
  readonly #lease: Lease;
  readonly #trial: number;
  readonly #waiting = new Map<string | number, (answer: Answer) => void>();
  #requests = 0;
  #fault: ProcessFault | null = null;
  #closing: Promise<void> | null = null;

  constructor(lease: Lease, trial: number) {
    this.#lease = lease;
    this.#trial = trial;
    lease.process.own({ message: (message) => this.#receive(message), fault: (fault) => this.#failed(fault) });
    this.#fault = lease.process.fault;
  }

  open(params: EnvironmentOpen): Promise<Result<null, ProcessFault>> {
    return this.#request('environment/open', params, anything);
  }

  call(params: ToolCall): Promise<Result<ToolResult, ProcessFault>> {
    return this.#request('tool/call', params, messageValidators.toolResult);
  }

  grade(answer: unknown): Promise<Result<Grade, ProcessFault>> {
    return this.#request('environment/grade', { answer }, messageValidators.grade);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const isIdle = this.#waiting.size === 0;
    this.#failed(closed);
    await this.#lease.end(isIdle);
  }

  /** Asks the process; `validate` holds its answer to the type that the caller expects. */
  async #request<T>(method: string, params: unknown, validate: Validate): Promise<Result<T, ProcessFault>> {
    if (this.#fault) return { ok: false, error: this.#fault };
    // Ids are unique over all trials of the process, so that a late answer fits nothing.
    const id = `${this.#trial}.${++this.#requests}`;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#lease.process.send({ jsonrpc: '2.0', id, method, trial: this.#trial, params });
    const answered = await answer;
    if (!answered.ok) return answered;
    const problem = findProblem(validate, answered.value);
    if (problem === null) return { ok: true, value: answered.value as T };
    return this.#lost({ reason: 'PROTOCOL', message: `its answer to \`${method}\` does not fit: ${problem}` });
  }

  #receive(message: Message): void {
    const resolve = message.kind === 'response' ? this.#waiting.get(message.id) : undefined;
    if (message.kind !== 'response' || resolve === undefined) {
      this.#lost({ reason: 'PROTOCOL', message: 'it sent a message that nobody asked for' });
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error === undefined) resolve({ ok: true, value: message.result });
    else resolve(this.#lost({ reason: 'CRASHED', message: message.error }));
  }

  /** Gives the process up and says why, in the words that everyone else gets. */
  #lost(fault: ProcessFault): { ok: false; error: ProcessFault } {
    this.#lease.process.fail(fault);
    return { ok: false, error: this.#fault ?? fault };
  }

  #failed(fault: ProcessFault): void {
    this.#fault ??= fault;
    for (const resolve of this.#waiting.values()) resolve({ ok: false, error: this.#fault });
    this.#waiting.clear();
  }
}
