/**
 * Writes the workspace's own ledger: which runs begin and what they have added, what programs outside the host have spent and
 * halted. Whatever is settled while the disk is busy becomes one entry for each client. Decides nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Taking, tallyKey } from '../engine/budget/index.ts';
import { chargesOf } from '../engine/kernel/index.ts';
import type { BudgetCharge, EntryBody, LedgerWriter } from '../engine/ledger/index.ts';

/** Longer than this nobody waits for company. */
const gatherMs = 2;

interface Spent {
  settled: number;
  readonly charges: Map<string, BudgetCharge>;
}

interface Batch {
  readonly byClient: Map<string, Spent>;
  readonly others: EntryBody[];
  readonly done: PromiseWithResolvers<void>;
}

export class WorkspaceRecord {
  readonly #reopen: () => Promise<LedgerWriter>;
  #ledger: LedgerWriter | null = null;
  #gathering: Batch | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  /** `reopen` gives the workspace's ledger after a failure, or where none was given by `begin`. */
  constructor(reopen: () => Promise<LedgerWriter>) {
    this.#reopen = reopen;
  }

  /** Goes on with a ledger that is open already. */
  begin(ledger: LedgerWriter): void {
    this.#ledger = ledger;
  }

  /** Records an entry. Resolves when it is on disk, and rejects when it cannot be. */
  append(body: EntryBody): Promise<void> {
    const { others, done } = this.#batch();
    others.push(body);
    return done.promise;
  }

  /** Records that of each of `takings` at most `spent` is spent. Resolves and rejects as `append` does. */
  settle(client: string, takings: readonly Readonly<Taking>[], spent: number): Promise<void> {
    const { byClient, done } = this.#batch();
    const sums = byClient.get(client) ?? { settled: 0, charges: new Map() };
    byClient.set(client, sums);
    sums.settled++;
    for (const charge of chargesOf(takings)) {
      const key = `${tallyKey({ ...charge, windowMs: charge.windowMs ?? null })} ${charge.window ?? ''}`;
      const known = sums.charges.get(key);
      const amount = Math.min(charge.amount, spent) + (known?.amount ?? 0);
      sums.charges.set(key, { ...charge, amount });
    }
    return done.promise;
  }

  /** Writes what is left and closes the ledger. Never rejects. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#ledger?.close().catch(() => {});
  }

  /** What is written next, and begins to be. */
  #batch(): Batch {
    this.#gathering ??= { byClient: new Map(), others: [], done: Promise.withResolvers<void>() };
    const batch = this.#gathering;
    if (!this.#isWriting) this.#writing = this.#write();
    return batch;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#gathering !== null) {
      await delay(gatherMs);
      const { byClient, others, done } = this.#gathering;
      this.#gathering = null;
      try {
        this.#ledger ??= await this.#reopen();
        const ledger = this.#ledger;
        const settlements = [...byClient].map(([client, { settled, charges }]) => ({
          type: 'budget-settled' as const,
          client,
          settled,
          charges: [...charges.values()],
        }));
        await Promise.all([...settlements, ...others].map((body) => ledger.append(body)));
        done.resolve();
      } catch (error) {
        // A ledger that has failed stays failed; the next one may find the disk in order.
        await this.#ledger?.close().catch(() => {});
        this.#ledger = null;
        done.reject(error);
      }
    }
    this.#isWriting = false;
  }
}
