/** How long a trial may take: a limit that stands still while people are asked, and ends with the run. */
import type { Clock, ProcessFault } from '../engine/ports.ts';

export interface TimeLimit {
  /** Fires with a `ProcessFault` when the time is up or the run is cancelled. */
  readonly signal: AbortSignal;
  /** Waits for `others` on their own time. */
  pausedFor<T>(others: Promise<T>): Promise<T>;
  clear(): void;
}

/** Timers that are longer are set again: the platform's hold 24 days, and longer ones would fire at once. */
const longestTimerMs = 60_000;

export function timeLimit(timeoutMs: number, cancelled: AbortSignal, clock: Clock): TimeLimit {
  const own = new AbortController();
  const fault: ProcessFault = { reason: 'TIMEOUT', message: `the trial has taken longer than ${timeoutMs / 1000} s` };
  let leftMs = timeoutMs;
  let startedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    startedAtMs = clock.monotonicMs();
    timer = setTimeout(check, Math.min(Math.ceil(leftMs), longestTimerMs));
  };
  const stop = () => {
    clearTimeout(timer);
    leftMs = Math.max(0, leftMs - (clock.monotonicMs() - startedAtMs));
  };
  const check = () => {
    stop();
    if (leftMs > 0) start();
    else own.abort(fault);
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
