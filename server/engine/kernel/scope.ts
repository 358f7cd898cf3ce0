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
  /** Why nothing is allowed here any more: one for each budget or rule that has halted it; none while it goes on. */
  halts: readonly Cause[];
}

/** A scope as plain JSON. */
export interface ScopeSnapshot {
  readonly counters: CountersSnapshot;
  readonly tallies: readonly (Budgeted & Balance)[];
  readonly halts: readonly Cause[];
}

/** A scope as new, or as it was kept. Throws a `RangeError` when what was kept is no scope. */
export function openScope(kept?: ScopeSnapshot): ScopeState {
  const state: ScopeState = { counters: new Counters(), pools: new Map(), tallies: new Map(), halts: none };
  if (kept !== undefined) addScope(state, kept);
  return state;
}

/** Adds what was counted elsewhere or before, in whatever order. Throws a `RangeError` when that is no scope. */
export function addScope(state: ScopeState, { counters, tallies, halts }: ScopeSnapshot): void {
  state.counters.add(counters);
  for (const tally of tallies) tallyOf(state, tally).add(tally);
  for (const cause of halts) halt(state, cause);
}

/** Lets nothing happen in a scope any more. Of halts by one budget the one that is lifted last is kept. */
export function halt(state: ScopeState, cause: Cause): void {
  const at = state.halts.findIndex((one) => sourceOf(one) === sourceOf(cause));
  const known = state.halts[at];
  if (known === undefined) state.halts = [...state.halts, cause];
  else if (isLiftedLater(cause, known)) state.halts = state.halts.with(at, cause);
}

const none: readonly Cause[] = Object.freeze([]);

const sourceOf = ({ kind, policy, id, exhausted }: Cause): string =>
  `${kind} ${policy}/${id} ${exhausted?.unit} ${exhausted?.windowMs}`;

/** A later window lifts whatever limit had halted an earlier one. */
function isLiftedLater({ exhausted: one }: Cause, { exhausted: other }: Cause): boolean {
  if (one === undefined || other === undefined) return false;
  const [window, known] = [one.window ?? 0, other.window ?? 0];
  return window > known || (window === known && one.limit > other.limit);
}

/** The tally of a budget in a scope; made when nobody has asked for it yet. */
export function tallyOf({ tallies }: ScopeState, { budget, per, unit, windowMs }: Budgeted): Tally {
  const of = { budget, per, unit, windowMs };
  const key = tallyKey(of);
  const tally = tallies.get(key) ?? new Tally(of);
  tallies.set(key, tally);
  return tally;
}

export function snapshotOf({ counters, tallies, halts }: ScopeState): ScopeSnapshot {
  const kept = [...tallies.values()].map(({ of, balance }) => ({ ...of, ...balance }));
  return { counters: counters.snapshot, tallies: kept, halts };
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
