/** A timer for any length of time, by a clock that may run differently from that of the platform's timers. */

/** Timers that are longer are set again: the platform's hold 24 days, and longer ones would fire at once. */
const longestTimerMs = 60_000;

/** Calls `over` once nothing is left, at once where nothing is; not after it has been cleared. */
export function whenOver(leftMs: () => number, over: () => void): { clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    const ms = leftMs();
    if (ms <= 0) over();
    else timer = setTimeout(check, Math.min(Math.ceil(ms), longestTimerMs));
  };
  check();
  return { clear: () => clearTimeout(timer) };
}
