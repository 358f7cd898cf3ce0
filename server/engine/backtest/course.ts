/**
 * What is taken of budgets, and whom they halt, along a course of events: the recorded one, or one that other policies
 * would have made of it. Decides nothing; it holds what decisions draw on.
 */
import type { Reservation, Tally } from '../budget/index.ts';
import {
  Books,
  halt,
  openScope,
  reopenWorkspace,
  type Scope,
  type ScopeSnapshot,
  type ScopeState,
  snapshotOf,
  tallyOf,
} from '../kernel/index.ts';
import type { BudgetCharge } from '../ledger/index.ts';
import type { Cause, CompiledPolicy } from '../policy/index.ts';
import type { RecordedDecision, RecordedEvent } from './recorded.ts';

const scopesByWidth = ['workspace', 'run', 'agent'] as const;

/** One run of a course. Its workspace is that of all runs. */
export class RunCourse {
  readonly #workspace: ScopeState;
  readonly #run = openScope();
  readonly #agents = new Map<string, ScopeState>();

  constructor(workspace: ScopeState) {
    this.#workspace = workspace;
  }

  /** A run begins: under its policies, a workspace that was halted may go on. */
  begin(policies: readonly CompiledPolicy[], atMs: number): void {
    reopenWorkspace(this.#workspace, policies, atMs);
  }

  /** `policies` is null for a trial that is not decided again: it takes what the ledger says it took. */
  trial(variant: string, policies: readonly CompiledPolicy[] | null): TrialCourse {
    const agent = this.#agents.get(variant) ?? openScope();
    this.#agents.set(variant, agent);
    const scopes = { trial: openScope(), agent, run: this.#run, workspace: this.#workspace };
    return new TrialCourse(scopes, policies === null ? null : new Books(policies, scopes));
  }
}

/** What each scope had counted at some moment. */
export type Standing = Readonly<Record<Scope, ScopeSnapshot>>;

/** A budget that halts more than a trial. */
export type WideHalt = { readonly cause: Cause; readonly per: Scope };

export type Bill = ReturnType<Books['bill']>;

export class TrialCourse {
  readonly books: Books | null;
  readonly #scopes: Readonly<Record<Scope, ScopeState>>;
  readonly #held = new Map<number, Reservation>();
  readonly #recorded = new Map<number, { readonly tally: Tally; readonly amount: number }[]>();

  constructor(scopes: Readonly<Record<Scope, ScopeState>>, books: Books | null) {
    this.#scopes = scopes;
    this.books = books;
  }

  /** Takes what an event takes, where nothing is decided about it. */
  repeat(event: RecordedEvent): void {
    if (event.kind === 'settled') this.settle(event.step, event.atMs);
    else if (event.kind === 'ended') this.end(event.lost);
    else if (event.kind === 'rejected') this.reject(event.atMs, event.charges);
    else if (event.kind === 'decided') this.takeRecorded(event.decision);
  }

  /**
   * What is taken and halted at `nowMs`, of the trial and of all that it belongs to. What is held counts in the window that
   * has come by then, as it does for an action that is decided then; null where nothing tells the time.
   */
  standingAt(nowMs: number | null): Standing {
    const { trial, agent, run, workspace } = this.#scopes;
    const at = (scope: ScopeState) => snapshotOf(nowMs === null ? scope : asOf(scope, nowMs));
    return { trial: at(trial), agent: at(agent), run: at(run), workspace: at(workspace) };
  }

  /** What has halted whatever the trial belongs to, as a decision cites it; nothing while it goes on. */
  get halts(): readonly Cause[] {
    for (const scope of scopesByWidth) {
      const { halts } = this.#scopes[scope];
      if (halts.length > 0) return halts;
    }
    return [];
  }

  /** Somebody has let go on what budgets of these names had halted. */
  reopen(names: ReadonlySet<string>): void {
    for (const scope of scopesByWidth) {
      const state = this.#scopes[scope];
      if (state.halts.length > 0) state.halts = state.halts.filter((cause) => !names.has(budgetName(cause)));
    }
  }

  /** Halts what budgets that are exhausted halt. */
  halt(exhausted: readonly WideHalt[]): void {
    for (const { cause, per } of exhausted) if (cause.effect === 'halt') halt(this.#scopes[per], cause);
  }

  /** Takes what an action takes, which is nothing but its step where it is not allowed. */
  take(books: Books, bill: Bill, step: number, isAllowed: boolean): void {
    if (isAllowed && books.fits(bill)) this.#held.set(step, books.reserve(bill));
    books.spendStep(bill);
  }

  /** Takes what an action was recorded to take, and halts what it was recorded to halt. */
  takeRecorded({ step, charges, halts }: Pick<RecordedDecision, 'step' | 'charges' | 'halts'>): void {
    this.charge(step, charges);
    this.halt(halts);
  }

  /** Steps are spent at once; all else is held until something has come of the step, or nothing can. */
  charge(step: number | null, charges: readonly BudgetCharge[]): void {
    if (charges.length === 0) return;
    const held = [];
    for (const { budget, per, unit, windowMs = null, window = null, amount } of charges) {
      const tally = tallyOf(this.#scopes[per], { budget, per, unit, windowMs });
      const isHeld = unit !== 'steps' && step !== null;
      tally.add({ spent: isHeld ? 0 : amount, window });
      if (!isHeld) continue;
      tally.reserve(amount);
      held.push({ tally, amount });
    }
    if (step !== null && held.length > 0) this.#recorded.set(step, held);
  }

  /** The action of a step was done. It counts in the window in which it has come. */
  settle(step: number, atMs: number): void {
    this.books?.advance(atMs);
    this.#held.get(step)?.settle();
    this.#held.delete(step);
    const recorded = this.#recorded.get(step);
    if (recorded === undefined) return;
    for (const { tally, amount } of recorded) {
      tally.advance(atMs);
      tally.end(amount, amount);
    }
    this.#recorded.delete(step);
  }

  /** Something malformed: a step that every budget counts. */
  reject(atMs: number, charges: readonly BudgetCharge[]): void {
    if (this.books === null) {
      this.charge(null, charges);
      return;
    }
    this.books.advance(atMs);
    this.books.spendStep(this.books.unreadable);
  }

  /** Nothing more comes: what is held was done, or goes back. */
  end(wasDone: boolean): void {
    for (const reservation of this.#held.values()) wasDone ? reservation.settle() : reservation.release();
    for (const held of this.#recorded.values())
      for (const { tally, amount } of held) tally.end(amount, wasDone ? amount : 0);
    this.#held.clear();
    this.#recorded.clear();
  }
}

/** No window is begun for anybody else. */
function asOf(scope: ScopeState, nowMs: number): ScopeState {
  return { ...scope, tallies: new Map([...scope.tallies].map(([key, tally]) => [key, tally.asOf(nowMs)])) };
}

/** What a ledger calls the budget of a cause. */
export const budgetName = ({ policy, id }: Pick<Cause, 'policy' | 'id'>): string => `${policy}/${id}`;
