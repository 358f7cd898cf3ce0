/** How long a trial may take: a limit that stands still while people are asked, and ends with the run. */
import type { Clock, ProcessFault } from '../engine/ports.ts';
import { whenOver } from './long-timer.ts';

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
  let timer: { clear(): void } | undefined;
  const nowLeftMs = () => Math.max(0, leftMs - (clock.monotonicMs() - startedAtMs));
  const start = () => {
    startedAtMs = clock.monotonicMs();
    timer = whenOver(nowLeftMs, () => own.abort(fault));
  };
  const stop = () => {
    timer?.clear();
    leftMs = nowLeftMs();
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
      timer?.clear();
      cancelled.removeEventListener('abort', onCancel);
    },
  };
}
