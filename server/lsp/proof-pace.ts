/**
 * When a proof is worth waiting for and when it keeps out of the way, by how long it has taken. Told how long work went on;
 * reads no clock.
 */

/** How long whoever types waits at most for proofs to pause. */
export const sliceMs = 3;
const longestPauseMs = 400;
/** What takes less is over before anybody types the next key. */
const shortMs = 12;

export class ProofPace {
  /** Null before the first proof. */
  #tookMs: number | null = null;
  /** Since the last proof came to its end, edits in between or not. */
  #spentMs = 0;
  #isUnderWay = false;
  /** Whether an earlier proof was under way when the present one began. */
  #isLeft = false;

  /** Whether proving will come to its end within a slice, as far as can be told. */
  get isQuick(): boolean {
    return this.#tookMs !== null && this.#tookMs < sliceMs;
  }

  /** How long after an edit proving begins: at once where it is short, and the first time; else about as long as it takes, within limits. */
  get pauseMs(): number {
    return Math.min(Math.max(0, (this.#tookMs ?? 0) - shortMs), longestPauseMs);
  }

  /** There is something to prove. What was under way goes on as a part of it and is no less work than it was: none that is quick. */
  begin(): void {
    if (this.#isUnderWay) this.#tookMs = Math.max(this.#tookMs ?? 0, this.#spentMs, sliceMs);
    else this.#spentMs = 0;
    this.#isLeft = this.#isUnderWay;
    this.#isUnderWay = true;
  }

  /** As the text is now, nothing can be proved: what was left of an earlier proof is left still. */
  skip(): void {
    this.#isUnderWay = this.#isLeft;
  }

  worked(ms: number, isDone: boolean): void {
    this.#spentMs += ms;
    if (!isDone) return;
    this.#tookMs = this.#spentMs;
    this.#isUnderWay = false;
  }
}
