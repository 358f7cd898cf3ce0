/** What a trial shares with others: pools, counts and a halt, of its variant, its run and its workspace; and how they outlive a restart. */
import { type Balance, type Budgeted, type Pool, Tally, tallyKey } from '../budget/index.ts';
import type { Cause, CompiledBudget } from '../policy/index.ts';
import { Counters, type CountersSnapshot } from './counters.ts';

/** Whose work a budget counts and a halt ends. */
export type Scope = CompiledBudget['per'];

export interface ScopeState {
  readonly counters: Counters;
  /** By policy digest and budget id: one for each limit that a budget has had. */
  readonly pools: Map<string, Pool>;
  /** What is taken of each budget, whatever its limit was; by `tallyKey`. */
  readonly tallies: Map<string, Tally>;
  /** Why nothing is allowed here any more; null while it goes on. */
  ended: Cause | null;
}

/** A scope as plain JSON. */
export interface ScopeSnapshot {
  readonly counters: CountersSnapshot;
  readonly tallies: readonly (Budgeted & Balance)[];
  readonly ended: Cause | null;
}

/** A scope as new, or as it was kept. Throws a `RangeError` when what was kept is no scope. */
export function openScope(kept?: ScopeSnapshot): ScopeState {
  const state: ScopeState = { counters: new Counters(), pools: new Map(), tallies: new Map(), ended: null };
  if (kept !== undefined) addScope(state, kept);
  return state;
}

/** Adds what was counted elsewhere or before, in whatever order. Throws a `RangeError` when that is no scope. */
export function addScope(state: ScopeState, { counters, tallies, ended }: ScopeSnapshot): void {
  state.counters.add(counters);
  for (const tally of tallies) tallyOf(state, tally).add(tally);
  state.ended ??= ended;
}

/** The tally of a budget in a scope; made when nobody has asked for it yet. */
export function tallyOf({ tallies }: ScopeState, { budget, per, unit, windowMs }: Budgeted): Tally {
  const of = { budget, per, unit, windowMs };
  const key = tallyKey(of);
  const tally = tallies.get(key) ?? new Tally(of);
  tallies.set(key, tally);
  return tally;
}

export function snapshotOf({ counters, tallies, ended }: ScopeState): ScopeSnapshot {
  const kept = [...tallies.values()].map(({ of, balance }) => ({ ...of, ...balance }));
  return { counters: counters.snapshot, tallies: kept, ended };
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
