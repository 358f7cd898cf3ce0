/**
 * Ledgers of a workspace that are not tried: what they had spent before those that are, and what they spend beside them. They
 * come one after the other, and of what is over before nothing is kept but sums. Decides nothing.
 */
import { addScope, openScope, Recount, type ScopeSnapshot, snapshotOf } from '../kernel/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';
import { budgetName } from './course.ts';
import { RecordedRun } from './recorded.ts';

export class Beside {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #earlier: Earlier[] = [];
  readonly #runs: RecordedRun[] = [];

  /** `tried`: the runs that are decided again. */
  constructor(tried: readonly RecordedRun[]) {
    let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { events } of tried)
      for (const { atMs } of events) {
        startMs = Math.min(startMs, atMs);
        endMs = Math.max(endMs, atMs);
      }
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  /** What the workspace had counted before the first run that is tried. */
  get before(): ScopeSnapshot {
    const sums = openScope();
    for (const { cited, counts } of this.#earlier.toSorted((a, b) => a.startMs - b.startMs)) {
      // A run whose first action no halt was in the way of shows that those before it had been lifted.
      if (cited !== null) sums.halts = sums.halts.filter((cause) => cited.includes(budgetName(cause)));
      addScope(sums, counts);
    }
    return snapshotOf(sums);
  }

  /** The ledgers that go on beside the runs that are tried. */
  get runs(): readonly RecordedRun[] {
    return this.#runs;
  }

  /** Takes in all entries of a run. */
  async addRun(entries: AsyncIterable<LedgerEntry>): Promise<void> {
    const [recount, run] = [new Recount(), new RecordedRun()];
    for await (const entry of entries) {
      if (entry.index === 0 && entry.atMs > this.#endMs) return;
      recount.add(entry);
      run.add(entry);
    }
    const [first, last] = [run.events[0], run.events.at(-1)];
    if (first === undefined || last === undefined) return;
    if (last.atMs >= this.#startMs) this.#runs.push(run);
    else this.#earlier.push({ startMs: first.atMs, cited: citedAtFirst(run), counts: recount.workspace });
  }

  /** Takes in the entries of the ledger of what belongs to no run. */
  async addShared(entries: AsyncIterable<LedgerEntry>): Promise<void> {
    const [recount, rest] = [new Recount(), new RecordedRun()];
    for await (const entry of entries) (entry.atMs < this.#startMs ? recount : rest).add(entry);
    this.#earlier.push({ startMs: this.#startMs, cited: null, counts: recount.workspace });
    if (rest.events.length > 0) this.#runs.push(rest);
  }
}

/** A ledger that was over before. */
interface Earlier {
  readonly startMs: number;
  /** The budgets in the way of its first action; null where it has none. */
  readonly cited: readonly string[] | null;
  readonly counts: ScopeSnapshot;
}

function citedAtFirst({ events }: RecordedRun): readonly string[] | null {
  const first = events.find((event) => event.kind === 'decided');
  return first?.kind === 'decided' ? first.decision.exhausted : null;
}
