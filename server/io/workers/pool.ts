/**
 * Warm processes of one kind, lent out for one trial at a time. Only a process that its borrower calls unharmed comes
 * back; all others are ended.
 */
import type { AbortSignalLike, ProcessFault, Result } from '../../engine/ports.ts';
import { type Launch, UserProcess } from './process.ts';

/** A process for the length of one trial. */
export interface Lease {
  readonly process: UserProcess;
  /** Whether the process has served a trial before. */
  readonly isReused: boolean;
  /** Ends the lease: keeps the process for the next trial when it is `unharmed`, otherwise waits until it is gone. */
  end(unharmed: boolean): Promise<void>;
}

export interface PoolOptions {
  readonly launch: Launch;
  /** How many idle processes are kept; with 0 every trial gets a process of its own. */
  readonly capacity: number;
  /** All processes that are alive, of this and other pools; the pool keeps it up to date. */
  readonly alive: Set<UserProcess>;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: UserProcess[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Lends a process. When `signal` fires, the process is killed and its borrower told, until the lease has ended. */
  async lend(signal: AbortSignalLike): Promise<Result<Lease, ProcessFault>> {
    if (signal.aborted) return { ok: false, error: faultOf(signal.reason) };
    const started = this.#take();
    if (!started.ok) return started;
    const process = started.value;
    const abort = () => process.abort(faultOf(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    const fault = await process.started;
    if (fault) {
      signal.removeEventListener('abort', abort);
      return { ok: false, error: fault };
    }
    const isReused = process.trials > 0;
    process.beginTrial();
    const end = async (unharmed: boolean) => {
      signal.removeEventListener('abort', abort);
      if (unharmed && process.fault === null && this.#idle.length < this.#options.capacity) this.#keep(process);
      else await process.end();
    };
    return { ok: true, value: { process, isReused, end } };
  }

  #take(): Result<UserProcess, ProcessFault> {
    const idle = this.#idle.pop();
    if (idle) return { ok: true, value: idle };
    const { launch, alive } = this.#options;
    try {
      const process = new UserProcess(launch);
      alive.add(process);
      void process.gone.then(() => alive.delete(process));
      return { ok: true, value: process };
    } catch (error) {
      const message = `${launch.label}: the system refused to start \`${launch.file}\`: ${(error as Error).message}`;
      return { ok: false, error: { reason: 'START_FAILED', message } };
    }
  }

  #keep(process: UserProcess): void {
    this.#idle.push(process);
    const drop = () => {
      const index = this.#idle.indexOf(process);
      if (index >= 0) this.#idle.splice(index, 1);
    };
    process.own({
      // Nobody asked: something of an earlier trial goes on in there.
      message: () => void process.end(),
      fault: drop,
    });
  }
}

/** The fault that an abort stands for: its reason when that is one, else a cancellation. */
function faultOf(reason: unknown): ProcessFault {
  if (typeof reason === 'object' && reason !== null && 'reason' in reason && 'message' in reason)
    return reason as ProcessFault;
  return { reason: 'CANCELLED', message: 'the trial was cancelled' };
}
