/** Waiting in tests for what the editor or a server does in its own time. */

/** The first value of `get` that is not undefined and not false; fails after a minute with `what` in the message. */
export async function eventually<T>(
  what: string,
  get: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const value = await get();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never happened: ${what}`);
}
