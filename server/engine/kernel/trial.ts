/**
 * The kernel of one trial: signals out of proposed actions, decisions out of signals, and the counts and budgets that follow.
 * It performs nothing; whoever holds it does what was allowed and says how it went.
 */
import { Pool, Reservation } from '../budget/index.ts';
import type { Decision } from '../ledger/index.ts';
import { type Cause, type CompiledPolicy, type Facts, sortByStrength } from '../policy/index.ts';
import {
  type Account,
  amountOf,
  costOf,
  exhaustion,
  inTheWay,
  openAccounts,
  type Scope,
  type ScopeState,
} from './accounts.ts';
import type { ProposedAction, TrialCounters } from './context.ts';
import { extractors } from './extractors.ts';
import { type Extraction, extractSignals, type Signals } from './signals.ts';

export interface Verdict {
  readonly decision: Decision;
  /** What the budgets hold for the action; empty unless it was allowed. */
  readonly reservation: Reservation;
  /** Whose work is over, after a `halt`; null after anything else. */
  readonly ends: Scope | null;
}

export interface Remaining {
  id: string;
  unit: 'usd' | 'calls' | 'steps';
  /** In the budget's unit; dollars as dollars. */
  remaining: number;
}

export interface TrialKernel {
  /** The signals of an action as things stand now. They serve one decision, and none once something else has happened. */
  signals(action: ProposedAction): Signals;
  /** Decides the action of `signals` and reserves what it takes. Whatever goes wrong is a denial; it does not throw. */
  decide(signals: Signals): Verdict;
  /** An allowed action was done. What it took is spent, failed or not; a second time has no effect. */
  settle(reservation: Reservation, result: { readonly failed: boolean }): void;
  /** An action was too malformed to be decided: a step and a failure. */
  reject(): void;
  /** What is left of each budget that counts this trial's actions. */
  remaining(): Remaining[];
  /** Gives back whatever is still reserved. Afterwards everything is denied; a second time has no effect. */
  close(): void;
}

/** What a trial shares with others of its variant and its run. */
export interface TrialSetting {
  readonly trial: string;
  readonly agent: { readonly id: string; readonly role: string };
  readonly policies: readonly CompiledPolicy[];
  readonly scopes: Readonly<Record<Scope, ScopeState>>;
  /** What the run has spent so far; this trial adds to it. */
  readonly run: { costMicros: number };
  onClose(): void;
}

interface Judgement {
  readonly causes: Cause[];
  readonly ends: Scope | null;
}

const scopesByWidth: readonly Scope[] = ['run', 'agent', 'trial'];

export class GovernedTrial implements TrialKernel {
  readonly #setting: TrialSetting;
  readonly #accounts: readonly Account[];
  readonly #digests: readonly string[];
  readonly #counters: TrialCounters = { steps: 0, failures: 0, consecutiveFailures: 0, denials: 0, costMicros: 0 };
  /** Reservations of actions under way, each with what the action costs. */
  readonly #underWay = new Map<Reservation, number>();
  #extraction: Extraction | null = null;
  #closed = false;

  constructor(setting: TrialSetting) {
    this.#setting = setting;
    this.#accounts = openAccounts(setting.policies, setting.scopes);
    this.#digests = setting.policies.map(({ digest }) => digest);
  }

  signals(action: ProposedAction): Signals {
    const { agent, run } = this.#setting;
    this.#extraction = extractSignals(extractors, { action, agent, trial: this.#counters, run });
    return this.#extraction.signals;
  }

  decide(signals: Signals): Verdict {
    const facts = this.#extraction?.signals === signals ? this.#extraction.facts : null;
    this.#extraction = null;
    this.#counters.steps++;
    try {
      return this.#conclude(this.#judge(facts), facts);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return this.#conclude(fault(`the action could not be decided: ${what}`), null);
    }
  }

  settle(reservation: Reservation, { failed }: { readonly failed: boolean }): void {
    const costMicros = this.#underWay.get(reservation);
    if (costMicros === undefined) return;
    this.#underWay.delete(reservation);
    this.#extraction = null;
    reservation.settle();
    this.#counters.costMicros += costMicros;
    this.#setting.run.costMicros += costMicros;
    if (failed) this.#fail();
    else this.#counters.consecutiveFailures = 0;
  }

  reject(): void {
    this.#extraction = null;
    this.#counters.steps++;
    this.#fail();
    this.#spendStep(null);
  }

  remaining(): Remaining[] {
    return this.#accounts.map(({ budget: { id, unit }, pool }) => ({
      id,
      unit,
      remaining: unit === 'usd' ? pool.remaining / 1_000_000 : pool.remaining,
    }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const reservation of this.#underWay.keys()) reservation.release();
    this.#underWay.clear();
    this.#setting.onClose();
  }

  #fail(): void {
    this.#counters.failures++;
    this.#counters.consecutiveFailures++;
  }

  /** Everything that speaks for a decision on `facts`; null facts were not made here. */
  #judge(facts: Facts | null): Judgement {
    const { trial, agent, policies, scopes } = this.#setting;
    if (this.#closed) return fault(`trial \`${trial}\` is over`);
    for (const scope of scopesByWidth) {
      const { ended } = scopes[scope];
      if (ended !== null) return { causes: [ended], ends: scope };
    }
    if (facts === null) return fault('the signals were not made by this trial for this action; make them anew');
    if (policies.length === 0) {
      const message = `no policy applies to variant \`${agent.id}\`, so nothing is allowed`;
      return { causes: [{ kind: 'default', effect: 'deny', message }], ends: null };
    }
    const causes: Cause[] = [];
    for (const policy of policies) policy.evaluate(facts, causes);
    const ends = this.#judgeBudgets(facts, causes);
    sortByStrength(causes);
    return { causes, ends };
  }

  /** Adds a cause for each budget that the action does not fit in. */
  #judgeBudgets(facts: Facts, into: Cause[]): Scope | null {
    const costMicros = costOf(facts);
    const cited = new Set<Account>();
    const ends = new Set<Scope>();
    for (const account of this.#accounts) {
      const amount = amountOf(account, facts, costMicros);
      const empty = inTheWay(account, amount, this.#accounts);
      if (empty === null || cited.has(empty)) continue;
      cited.add(empty);
      const cause = exhaustion(account, empty, facts, amount);
      into.push(cause);
      if (cause.effect !== 'halt') continue;
      const { per } = empty.budget;
      this.#setting.scopes[per].ended ??= cause;
      ends.add(per);
    }
    return scopesByWidth.find((scope) => ends.has(scope)) ?? null;
  }

  #conclude({ causes, ends }: Judgement, facts: Facts | null): Verdict {
    const [strongest] = causes;
    if (strongest === undefined) throw new Error('nothing speaks for or against the action');
    const { effect } = strongest;
    if (effect === 'ask')
      causes.unshift({
        kind: 'approver',
        effect: 'deny',
        message: 'a person must approve this and nobody can answer here',
      });
    const final = effect === 'ask' ? 'deny' : effect;
    const decision = { effect, final, causes, policies: [...this.#digests] };
    const reservation = final === 'allow' && facts !== null ? this.#reserve(facts) : nothing;
    this.#spendStep(facts);
    if (final === 'deny') this.#counters.denials++;
    if (final === 'halt') this.#setting.scopes.trial.ended ??= strongest;
    return { decision, reservation, ends: final === 'halt' ? (ends ?? 'trial') : null };
  }

  #reserve(facts: Facts): Reservation {
    const costMicros = costOf(facts);
    const charges = [];
    for (const account of this.#accounts) {
      if (account.budget.unit === 'steps') continue;
      const amount = amountOf(account, facts, costMicros);
      if (amount !== 0) charges.push({ pool: account.pool, amount: amount ?? Number.NaN });
    }
    const reserved = Pool.reserve(charges);
    if (!reserved.ok) throw new Error('a budget that was found sufficient is not');
    this.#underWay.set(reserved.value, costMicros ?? 0);
    return reserved.value;
  }

  /** Steps count when they are proposed, whatever becomes of them; null facts are counted by every budget of steps. */
  #spendStep(facts: Facts | null): void {
    const charges = [];
    for (const account of this.#accounts) {
      if (account.budget.unit !== 'steps' || account.pool.lacking(1) !== null) continue;
      if (facts === null || amountOf(account, facts, 0) !== 0) charges.push({ pool: account.pool, amount: 1 });
    }
    if (charges.length === 0) return;
    const reserved = Pool.reserve(charges);
    if (reserved.ok) reserved.value.settle();
  }
}

const fault = (message: string): Judgement => ({ causes: [{ kind: 'fault', effect: 'deny', message }], ends: null });

/** What is held for an action that was refused. */
const nothing = new Reservation(() => {});
nothing.release();
