/** Runs many jobs with a bounded number at a time, in order of their start. */

/**
 * Calls `run` for each item, at most `concurrency` at a time. The first rejection stops further starts and is passed on
 * once the jobs under way have settled; so does `stopped` turning true, without an error.
 */
export async function runAll<T>(
  items: readonly T[],
  concurrency: number,
  stopped: () => boolean,
  run: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let fault: { readonly error: unknown } | null = null;
  const lane = async (): Promise<void> => {
    while (next < items.length && fault === null && !stopped()) {
      const item = items[next++];
      if (item === undefined) continue;
      try {
        await run(item);
      } catch (error) {
        fault ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  const first = fault as { readonly error: unknown } | null;
  if (first !== null) throw first.error;
}
