/** Gathers what changes in a run and tells it at most ten times a second. */
const intervalMs = 100;

export interface ChangeBatch {
  /** Notes that a trial has changed. */
  trial(id: string): void;
  /** Notes that the run as a whole has changed. */
  run(): void;
  /** Tells what is noted, now. */
  flush(): void;
}

/** `tell` receives the ids of the trials that have changed since the last time. */
export function batchChanges(tell: (trials: readonly string[]) => void): ChangeBatch {
  const trials = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const ids = [...trials];
    trials.clear();
    tell(ids);
  };
  const later = () => {
    timer ??= setTimeout(flush, intervalMs);
  };
  return {
    trial: (id) => {
      trials.add(id);
      later();
    },
    run: later,
    flush,
  };
}
