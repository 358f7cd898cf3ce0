/** How long a trial may take: a limit that stands still while people are asked, and ends with the run. */
import type { Clock, ProcessFault } from '../engine/ports.ts';

export interface TimeLimit {
  /** Fires with a `ProcessFault` when the time is up or the run is cancelled. */
  readonly signal: AbortSignal;
  /** Waits for `others` on their own time. */
  pausedFor<T>(others: Promise<T>): Promise<T>;
  clear(): void;
}

export function timeLimit(timeoutMs: number, cancelled: AbortSignal, clock: Clock): TimeLimit {
  const own = new AbortController();
  const fault: ProcessFault = { reason: 'TIMEOUT', message: `the trial has taken longer than ${timeoutMs / 1000} s` };
  let leftMs = timeoutMs;
  let startedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    startedAtMs = clock.monotonicMs();
    timer = setTimeout(() => own.abort(fault), leftMs);
  };
  const stop = () => {
    clearTimeout(timer);
    leftMs = Math.max(0, leftMs - (clock.monotonicMs() - startedAtMs));
  };
  const onCancel = () => own.abort(cancelled.reason);
  if (cancelled.aborted) onCancel();
  else cancelled.addEventListener('abort', onCancel, { once: true });
  start();
  return {
    signal: own.signal,
    pausedFor: async (others) => {
      stop();
      try {
        return await others;
      } finally {
        start();
      }
    },
    clear: () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancel);
    },
  };
}
