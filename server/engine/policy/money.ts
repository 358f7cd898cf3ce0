/** US dollars as documents write them, in micro-dollars as the engine counts them. */

/** Whole micro-dollars (millionths); null when `usd` is negative, too large to count exactly or has a finer step. */
export function microsOf(usd: number): number | null {
  const micros = Math.round(usd * 1_000_000);
  // A decimal with six places is the double nearest to its micros divided by a million, and division rounds exactly so.
  return micros >= 0 && Number.isSafeInteger(micros) && micros / 1_000_000 === usd ? micros : null;
}

/** Micro-dollars as an amount for people, such as `$0.25`. */
export function formatMicros(micros: number): string {
  const [whole, places = ''] = (micros / 1_000_000)
    .toFixed(6)
    .replace(/0{1,4}$/, '')
    .split('.');
  return `$${whole}.${places}`;
}
