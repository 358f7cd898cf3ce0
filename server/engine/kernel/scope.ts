/** What a trial shares with others: pools, counts and a halt, of its variant, its run and its workspace; and how they outlive a restart. */
import type { Balance, Pool } from '../budget/index.ts';
import type { Cause, CompiledBudget } from '../policy/index.ts';
import { Counters, type CountersSnapshot } from './counters.ts';

/** Whose work a budget counts and a halt ends. */
export type Scope = CompiledBudget['per'];

export interface ScopeState {
  readonly counters: Counters;
  /** By policy digest and budget id. */
  readonly pools: Map<string, Pool>;
  /** Balances that were kept, of pools that nobody has asked for yet. */
  readonly kept: Map<string, Balance>;
  /** Why nothing is allowed here any more; null while it goes on. */
  ended: Cause | null;
}

/** A scope as plain JSON. */
export interface ScopeSnapshot {
  readonly counters: CountersSnapshot;
  readonly pools: Readonly<Record<string, Balance>>;
  readonly ended: Cause | null;
}

/** A scope as new, or as it was kept. Throws a `RangeError` when what was kept is no scope. */
export function openScope(kept?: ScopeSnapshot): ScopeState {
  const counters = new Counters();
  if (kept === undefined) return { counters, pools: new Map(), kept: new Map(), ended: null };
  counters.restore(kept.counters);
  return { counters, pools: new Map(), kept: new Map(Object.entries(kept.pools)), ended: kept.ended };
}

export function snapshotOf({ counters, pools, kept, ended }: ScopeState): ScopeSnapshot {
  const balances = [...kept, ...[...pools].map(([key, pool]) => [key, pool.balance] as const)];
  return { counters: counters.snapshot, pools: Object.fromEntries(balances), ended };
}

/** What all runs of a workspace share. One for a process that runs them. */
export interface Workspace {
  readonly state: ScopeState;
  /** As plain JSON; what is reserved at the moment counts as spent there. */
  snapshot(): ScopeSnapshot;
}

/** A workspace in which nothing has happened yet, or one as it was kept. Throws a `RangeError` when that is no snapshot. */
export function createWorkspace(kept?: ScopeSnapshot): Workspace {
  const state = openScope(kept);
  return { state, snapshot: () => snapshotOf(state) };
}
