/**
 * Counts again what the entries of a ledger say was done: the counts and budgets of its run, and its share of the
 * workspace's. The ledger is the record; whatever else keeps counts is only quicker. Decides nothing.
 */
import type { Balance, Tally } from '../budget/index.ts';
import type { BudgetCharge, LedgerEntry } from '../ledger/index.ts';
import type { Cause } from '../policy/index.ts';
import type { KernelSnapshot } from './kernel.ts';
import { halt, openScope, type ScopeSnapshot, type ScopeState, snapshotOf, tallyOf } from './scope.ts';

interface Attempt {
  readonly agent: ScopeState;
  /** By step: what is held for actions of which nothing has come yet. */
  readonly held: Map<number, readonly { readonly tally: Tally; readonly amount: number }[]>;
}

export class Recount {
  readonly #workspace = openScope();
  readonly #run = openScope();
  readonly #agents = new Map<string, ScopeState>();
  readonly #attempts = new Map<string, Attempt>();
  #elapsedMs = 0;
  #lastMs: number | null = null;

  /** Takes in the next entry. */
  add(entry: LedgerEntry): void {
    this.#pass(entry);
    if (entry.type === 'budget-settled') {
      for (const charge of entry.charges) this.#tally(charge, this.#run).add(balanceOf(charge));
      return;
    }
    if (entry.type === 'budget-halted') halt(this.#workspace, entry.cause);
    if (!('trial' in entry)) return;
    const key = `${entry.trial}/${entry.attempt}`;
    if (entry.type === 'trial-started') {
      const agent = this.#agents.get(entry.variant) ?? openScope();
      this.#agents.set(entry.variant, agent);
      this.#attempts.set(key, { agent, held: new Map() });
      return;
    }
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) return;
    if (entry.type === 'trial-finished' || entry.type === 'attempt-lost') {
      // What a trial holds at its own end was never done; of one that was cut off nobody knows.
      for (const step of attempt.held.keys()) this.#end(attempt, step, entry.type === 'attempt-lost');
      this.#attempts.delete(key);
      return;
    }
    this.#act(entry, attempt);
  }

  /** What the ledger adds to the counts and budgets of the workspace. What is still held counts as spent. */
  get workspace(): ScopeSnapshot {
    return snapshotOf(this.#workspace);
  }

  /** The counts and budgets with which the run goes on. What is still held counts as spent. */
  get kernel(): KernelSnapshot {
    return {
      version: 1,
      elapsedMs: this.#elapsedMs,
      run: snapshotOf(this.#run),
      agents: Object.fromEntries([...this.#agents].map(([id, scope]) => [id, snapshotOf(scope)])),
    };
  }

  /** Time in which nobody ran the run is not the run's. What is held is held in every window that comes meanwhile. */
  #pass({ type, atMs }: LedgerEntry): void {
    const isReopened = type === 'attempt-lost' || type === 'recovered';
    if (this.#lastMs !== null && !isReopened) this.#elapsedMs += Math.max(0, atMs - this.#lastMs);
    this.#lastMs = atMs;
    for (const { held } of this.#attempts.values())
      for (const holdings of held.values()) for (const { tally } of holdings) tally.advance(atMs);
  }

  #act(entry: Extract<LedgerEntry, { type: 'decision' | 'rejected' | 'observation' }>, attempt: Attempt): void {
    const scopes = [attempt.agent, this.#run, this.#workspace];
    for (const { counters } of scopes) {
      if (entry.type === 'observation') counters.costMicros += entry.costMicros;
      else {
        counters.steps++;
        counters.rate.add(entry.atMs);
      }
      if (entry.type === 'decision' ? false : entry.type === 'rejected' || entry.status === 'failed')
        counters.failures++;
      if (entry.type === 'decision' && entry.decision.final === 'deny') counters.denials++;
    }
    if (entry.type === 'observation') {
      this.#end(attempt, entry.step, true);
      return;
    }
    if (entry.charges !== undefined) this.#charge(entry.charges, entry.step, attempt);
    if (entry.type === 'decision') this.#halt(entry.decision.causes, attempt);
  }

  /** Steps are spent when they are proposed; all else is held until something has come of the action. */
  #charge(charges: readonly BudgetCharge[], step: number, attempt: Attempt): void {
    const held = [];
    for (const charge of charges) {
      const tally = this.#tally(charge, attempt.agent);
      const { spent, window } = balanceOf(charge);
      tally.add({ spent: charge.unit === 'steps' ? spent : 0, window });
      if (charge.unit === 'steps') continue;
      tally.reserve(spent);
      held.push({ tally, amount: spent });
    }
    if (held.length > 0) attempt.held.set(step, held);
  }

  /** Only budgets halt more than a trial, each what it is `per`, whatever rules have halted beside them. */
  #halt(causes: readonly Cause[], { agent }: Attempt): void {
    for (const cause of causes) {
      if (cause.effect !== 'halt' || cause.exhausted === undefined || cause.exhausted.per === 'trial') continue;
      halt(this.#scope(cause.exhausted.per, agent), cause);
    }
  }

  #end({ held }: Attempt, step: number, spent: boolean): void {
    for (const { tally, amount } of held.get(step) ?? []) tally.end(amount, spent ? amount : 0);
    held.delete(step);
  }

  #tally({ budget, per, unit, windowMs }: BudgetCharge, agent: ScopeState): Tally {
    return tallyOf(this.#scope(per, agent), { budget, per, unit, windowMs: windowMs ?? null });
  }

  #scope(per: BudgetCharge['per'], agent: ScopeState): ScopeState {
    return per === 'workspace' ? this.#workspace : per === 'run' ? this.#run : agent;
  }
}

const balanceOf = ({ amount, window }: BudgetCharge): Balance => ({ spent: amount, window: window ?? null });
