/**
 * The kernel of one trial: signals out of proposed actions, decisions out of signals, and the counts and budgets that follow.
 * It performs nothing; whoever holds it does what was allowed and says how it went.
 */
import { type Charge, Pool, Reservation } from '../budget/index.ts';
import type { BudgetCharge, Decision } from '../ledger/index.ts';
import {
  type Cause,
  type CompiledPolicy,
  type Facts,
  type SignalRecord,
  slotOf,
  sortByStrength,
} from '../policy/index.ts';
import type { Clock } from '../ports.ts';
import { type Account, amountOf, costOf, exhaustion, inTheWay, openAccounts } from './accounts.ts';
import { type Answer, type Answers, approverCauses, noApprover, type Question, questionOf } from './approval.ts';
import { chargesOf } from './charges.ts';
import type { ActionContext, Observation, ObservedFacts, ProposedAction, Timing } from './context.ts';
import type { Counters } from './counters.ts';
import { extractors as ownExtractors } from './extractors.ts';
import { observe } from './observed.ts';
import type { Scope, ScopeState } from './scope.ts';
import { type Extraction, extractSignals, type SignalExtractor, type Signals, strict } from './signals.ts';

export interface Verdict {
  readonly decision: Decision;
  /** What was decided on, for the record; nothing where the signals were refused. */
  readonly signals: SignalRecord;
  /** What the budgets hold for the action; empty unless it was allowed. */
  readonly reservation: Reservation;
  /** What budgets that outlive the trial were charged, for the record. */
  readonly charges: readonly BudgetCharge[];
  /** Whose work is over, after a `halt`; null after anything else. */
  readonly ends: Scope | null;
}

/** Whether the agent is shown what came of an action. */
export interface ObservationVerdict extends Pick<Verdict, 'decision' | 'ends'> {
  readonly signals: Signals;
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
  /**
   * What people have to be asked before the action of `signals` is decided, and have not answered yet; null when rules
   * alone decide, or somebody has refused. Counts nothing; `signals` stay good for one decision.
   */
  question(signals: Signals, given: readonly Answer[]): Question | null;
  /**
   * Decides the action of `signals` and reserves what it takes. Whatever goes wrong is a denial; it does not throw.
   * `answers` are what people said; left out, a question is a denial.
   */
  decide(signals: Signals, answers?: Answers): Verdict;
  /** An allowed action was done. What it took is spent, failed or not; a second time has no effect. */
  settle(reservation: Reservation, result: { readonly failed: boolean }): void;
  /**
   * Decides whether the agent is shown what came of an action that was allowed; null when no policy guards observations.
   * Whatever goes wrong is a denial; it does not throw. Call it after `settle`. `answers` as for `decide`.
   */
  guard(action: ProposedAction, observation: Observation, answers?: Answers): ObservationVerdict | null;
  /** An action was too malformed to be decided: a step and a failure. Gives what budgets that outlive the trial were charged. */
  reject(): readonly BudgetCharge[];
  /** What is left of each budget that counts this trial's actions. */
  remaining(): Remaining[];
  /** Gives back whatever is still reserved. Afterwards everything is denied; a second time has no effect. */
  close(): void;
}

/** What a trial shares with others of its variant, its run and its workspace. */
export interface TrialSetting {
  readonly trial: string;
  readonly agent: { readonly id: string; readonly role: string };
  readonly policies: readonly CompiledPolicy[];
  readonly scopes: Readonly<Record<Scope, ScopeState>>;
  /** Null where nothing tells the time. The beginning of the run is on the monotonic clock. */
  readonly time: { readonly clock: Clock; readonly runStartedAtMs: number } | null;
  /** Asked after the kernel's own. */
  readonly extractors: readonly SignalExtractor[];
  onClose(): void;
}

interface Judgement {
  readonly causes: Cause[];
  readonly ends: Scope | null;
}

const scopesByWidth: readonly Scope[] = ['workspace', 'run', 'agent', 'trial'];

export class GovernedTrial implements TrialKernel {
  readonly #setting: TrialSetting;
  readonly #accounts: readonly Account[];
  /** Whether any of the budgets outlives the trial: their charges are recorded. */
  readonly #outlived: boolean;
  /** What each account is charged for the action that is being decided. */
  readonly #amounts: (number | null)[];
  readonly #digests: string[];
  readonly #constitution: string[];
  readonly #guards: readonly CompiledPolicy[];
  /** Whether any policy may ask at all: most do not, and are not judged twice. */
  readonly #mayAsk: boolean;
  readonly #counters: ActionContext['counters'];
  readonly #allCounters: readonly Counters[];
  readonly #toolCalls = new Map<string, number>();
  readonly #startedAtMs: number;
  /** Reservations of actions under way, seldom more than one, each with what the action costs. */
  #underWay: { readonly reservation: Reservation; readonly costMicros: number }[] = [];
  #extraction: Extraction | null = null;
  #closed = false;

  constructor(setting: TrialSetting) {
    const { policies, scopes, time } = setting;
    this.#setting = setting;
    this.#accounts = openAccounts(policies, scopes);
    this.#outlived = this.#accounts.some(({ budget }) => budget.per !== 'trial');
    this.#amounts = this.#accounts.map(() => null);
    this.#digests = Object.freeze([...new Set(policies.flatMap(({ digests }) => digests))]) as string[];
    const constitution = policies.filter((policy) => policy.constitution).map(({ digest }) => digest);
    this.#constitution = Object.freeze(constitution) as string[];
    this.#guards = policies.filter(({ rules }) => rules.some(({ on }) => on === 'observation'));
    this.#mayAsk = policies.some(
      ({ rules, fallback }) => fallback?.cause.effect === 'ask' || rules.some(({ effect }) => effect === 'ask'),
    );
    const { trial, agent, run, workspace } = scopes;
    this.#counters = {
      trial: trial.counters,
      agent: agent.counters,
      run: run.counters,
      workspace: workspace.counters,
    };
    this.#allCounters = [trial.counters, agent.counters, run.counters, workspace.counters];
    this.#startedAtMs = time?.clock.monotonicMs() ?? 0;
  }

  signals(action: ProposedAction): Signals {
    this.#extraction = this.#extract(action, null);
    return this.#extraction.signals;
  }

  question(signals: Signals, given: readonly Answer[]): Question | null {
    const facts = this.#extraction?.signals === signals ? this.#extraction.facts : null;
    if (!this.#mayAsk || facts === null || this.#ended() !== null) return null;
    try {
      const causes: Cause[] = [];
      for (const policy of this.#setting.policies) policy.evaluate(facts, causes);
      sortByStrength(causes);
      if (causes[0]?.effect !== 'ask') return null;
      this.#advanceBudgets();
      this.#countAmounts(facts);
      const isCovered = this.#accounts.every(
        (account, index) => inTheWay(account, this.#amounts[index] ?? null, this.#accounts) === null,
      );
      return isCovered ? questionOf(causes, given) : null;
    } catch {
      // `decide` meets the same fault, and denies for it.
      return null;
    }
  }

  decide(signals: Signals, answers: Answers = noApprover): Verdict {
    const facts = this.#extraction?.signals === signals ? this.#extraction.facts : null;
    const accepted = facts === null ? {} : signals;
    this.#extraction = null;
    this.#step();
    try {
      this.#countAmounts(facts);
      return { signals: accepted, ...this.#conclude(this.#judge(facts), facts, answers) };
    } catch (error) {
      this.#countAmounts(null);
      const what = error instanceof Error ? error.message : String(error);
      const judgement = fault(`the action could not be decided: ${what}`);
      return { signals: accepted, ...this.#conclude(judgement, null, noApprover) };
    }
  }

  settle(reservation: Reservation, { failed }: { readonly failed: boolean }): void {
    const at = this.#underWay.findIndex((one) => one.reservation === reservation);
    const [done] = at < 0 ? [] : this.#underWay.splice(at, 1);
    if (done === undefined) return;
    const { costMicros } = done;
    this.#extraction = null;
    // It counts in the window in which it has come, not in the one in which it was allowed.
    this.#advanceBudgets();
    reservation.settle();
    for (const counters of this.#allCounters) counters.costMicros += costMicros;
    if (failed) this.#fail();
    else this.#counters.trial.consecutiveFailures = 0;
  }

  guard(action: ProposedAction, observation: Observation, answers: Answers = noApprover): ObservationVerdict | null {
    if (this.#guards.length === 0) return null;
    this.#extraction = null;
    const { signals, facts, causes } = this.#observed(action, observation);
    try {
      for (const policy of facts === null ? [] : this.#guards) policy.evaluateObservation(facts ?? [], causes);
    } catch (error) {
      causes.push(faultCause(`the observation could not be decided: ${String(error)}`));
    }
    if (causes.length === 0)
      causes.push({ kind: 'default', effect: 'allow', message: 'no guard of observations is about it' });
    sortByStrength(causes);
    const { decision, strongest } = this.#decision(causes, answers);
    if (decision.final === 'halt') this.#setting.scopes.trial.ended ??= strongest;
    return { signals, decision, ends: decision.final === 'halt' ? 'trial' : null };
  }

  reject(): readonly BudgetCharge[] {
    this.#extraction = null;
    this.#step();
    this.#fail();
    this.#countAmounts(null);
    return this.#recorded(nothing, this.#spendStep());
  }

  remaining(): Remaining[] {
    this.#advanceBudgets();
    return this.#accounts.map(({ budget: { id, unit }, pool }) => ({
      id,
      unit,
      remaining: unit === 'usd' ? pool.remaining / 1_000_000 : pool.remaining,
    }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reservation } of this.#underWay) reservation.release();
    this.#underWay = [];
    this.#setting.onClose();
  }

  #extract(action: ProposedAction, observation: ObservedFacts | null): Extraction {
    const sameToolCalls = this.#toolCalls.get(action.tool?.name ?? '') ?? 0;
    const { agent, extractors } = this.#setting;
    const timing = this.#timing();
    const context = { action, agent, counters: this.#counters, sameToolCalls, timing, observation };
    return extractSignals(
      extractors.length === 0 ? ownExtractors : [...ownExtractors, ...extractors.map(strict)],
      context,
    );
  }

  /** Signals of an observation; where it cannot be looked into, those of the action, and a fault. */
  #observed(action: ProposedAction, observation: Observation) {
    try {
      const patterns = this.#setting.policies.flatMap((policy) => policy.patterns);
      return { ...this.#extract(action, observe(observation, patterns)), causes: [] as Cause[] };
    } catch (error) {
      const message = `the observation cannot be looked into: ${error instanceof Error ? error.message : String(error)}`;
      return { signals: this.#extract(action, null).signals, facts: null, causes: [faultCause(message)] };
    }
  }

  #timing(): Timing | null {
    const { time } = this.#setting;
    const nowMs = this.#nowMs();
    if (time === null || nowMs === null) return null;
    const atMs = time.clock.monotonicMs();
    const since = (startedAtMs: number) => Math.max(0, Math.floor(atMs - startedAtMs));
    return {
      nowMs: Math.floor(nowMs),
      trialMs: since(this.#startedAtMs),
      runMs: since(time.runStartedAtMs),
    };
  }

  /** Null where there is no clock, or what it says is no time. */
  #nowMs(): number | null {
    const { time } = this.#setting;
    const nowMs = time?.clock.nowMs() ?? Number.NaN;
    return Number.isFinite(nowMs) ? nowMs : null;
  }

  /** Counts a step, and begins the windows of budgets that have come. */
  #step(): void {
    const nowMs = this.#nowMs();
    for (const counters of this.#allCounters) {
      counters.steps++;
      if (nowMs !== null) counters.rate.add(nowMs);
    }
    if (nowMs !== null) for (const { pool } of this.#accounts) pool.advance(nowMs);
  }

  #fail(): void {
    for (const counters of this.#allCounters) counters.failures++;
    this.#counters.trial.consecutiveFailures++;
  }

  #advanceBudgets(): void {
    const nowMs = this.#nowMs();
    if (nowMs !== null) for (const { pool } of this.#accounts) pool.advance(nowMs);
  }

  /** Why nothing is allowed here any more; null while it goes on. */
  #ended(): Judgement | null {
    const { trial, scopes } = this.#setting;
    if (this.#closed) return fault(`trial \`${trial}\` is over`);
    for (const scope of scopesByWidth) {
      const { ended } = scopes[scope];
      if (ended !== null) return { causes: [ended], ends: scope };
    }
    return null;
  }

  /** Everything that speaks for a decision on `facts`; null facts were not made here. */
  #judge(facts: Facts | null): Judgement {
    const { agent, policies } = this.#setting;
    const ended = this.#ended();
    if (ended !== null) return ended;
    if (facts === null) return fault('the signals were not made by this trial for this action; make them anew');
    if (policies.length === 0) {
      const message = `no policy applies to variant \`${agent.id}\`, so nothing is allowed`;
      return { causes: [{ kind: 'default', effect: 'deny', message }], ends: null };
    }
    const causes: Cause[] = [];
    let isSpokenOf = false;
    for (const policy of policies) if (policy.evaluate(facts, causes)) isSpokenOf = true;
    if (!isSpokenOf)
      causes.push({
        kind: 'default',
        effect: 'deny',
        message: 'no policy that is surely in force says anything of it',
      });
    const ends = this.#judgeBudgets(facts, causes);
    sortByStrength(causes);
    return { causes, ends };
  }

  /** Adds a cause for each budget that the action does not fit in. */
  #judgeBudgets(facts: Facts, into: Cause[]): Scope | null {
    let cited: Set<Account> | null = null;
    let widest: Scope | null = null;
    for (let index = 0; index < this.#accounts.length; index++) {
      const account = this.#accounts[index];
      const amount = this.#amounts[index] ?? null;
      const empty = account === undefined ? null : inTheWay(account, amount, this.#accounts);
      if (account === undefined || empty === null || cited?.has(empty)) continue;
      cited ??= new Set();
      cited.add(empty);
      const cause = exhaustion(account, empty, facts, amount);
      into.push(cause);
      if (cause.effect !== 'halt') continue;
      const { per } = empty.budget;
      this.#setting.scopes[per].ended ??= cause;
      if (widest === null || scopesByWidth.indexOf(per) < scopesByWidth.indexOf(widest)) widest = per;
    }
    return widest;
  }

  /** Null facts are counted by every budget. */
  #countAmounts(facts: Facts | null): void {
    const costMicros = facts === null ? null : costOf(facts);
    for (let index = 0; index < this.#accounts.length; index++) {
      const account = this.#accounts[index];
      if (account === undefined) continue;
      this.#amounts[index] =
        facts !== null ? amountOf(account, facts, costMicros) : account.budget.unit === 'usd' ? null : 1;
    }
  }

  /** `causes` are the strongest first; what people said joins them. */
  #decision(causes: Cause[], answers: Answers): { decision: Decision; strongest: Cause } {
    const [strongest] = causes;
    if (strongest === undefined) throw new Error('nothing speaks for or against the action');
    const said = approverCauses(causes, answers);
    const objection = said.find(({ effect }) => effect === 'deny');
    // A person who refuses is heard even where the rules no longer ask.
    const effect = objection !== undefined && strongest.effect === 'allow' ? 'deny' : strongest.effect;
    const final = effect !== 'ask' ? effect : objection === undefined ? 'allow' : 'deny';
    if (objection !== undefined && final === 'deny') causes.unshift(objection);
    causes.push(...said.filter((cause) => cause !== objection || final !== 'deny'));
    const decision: Decision = { effect, final, causes, policies: this.#digests };
    if (this.#constitution.length > 0) decision.constitution = this.#constitution;
    return { decision, strongest };
  }

  #conclude({ causes, ends }: Judgement, facts: Facts | null, answers: Answers): Omit<Verdict, 'signals'> {
    const { decision, strongest } = this.#decision(causes, answers);
    const { final } = decision;
    const reservation = final === 'allow' && facts !== null ? this.#reserve(facts) : nothing;
    const charges = this.#recorded(reservation, this.#spendStep());
    if (final === 'deny') for (const counters of this.#allCounters) counters.denials++;
    if (final === 'halt') this.#setting.scopes.trial.ended ??= strongest;
    return { decision, reservation, charges, ends: final === 'halt' ? (ends ?? 'trial') : null };
  }

  #reserve(facts: Facts): Reservation {
    const charges = [];
    for (let index = 0; index < this.#accounts.length; index++) {
      const account = this.#accounts[index];
      const amount = this.#amounts[index] ?? null;
      if (account === undefined || account.budget.unit === 'steps' || amount === 0) continue;
      charges.push({ pool: account.pool, amount: amount ?? Number.NaN });
    }
    const reserved = Pool.reserve(charges);
    if (!reserved.ok) throw new Error('a budget that was found sufficient is not');
    this.#underWay.push({ reservation: reserved.value, costMicros: costOf(facts) ?? 0 });
    const tool = facts[toolSlot];
    if (typeof tool === 'string') this.#toolCalls.set(tool, (this.#toolCalls.get(tool) ?? 0) + 1);
    return reserved.value;
  }

  /** Steps count when they are proposed, whatever becomes of them. */
  #spendStep(): Reservation {
    let charges: Charge[] | null = null;
    for (let index = 0; index < this.#accounts.length; index++) {
      const account = this.#accounts[index];
      if (account === undefined || account.budget.unit !== 'steps' || this.#amounts[index] === 0) continue;
      if (account.pool.lacking(1) !== null) continue;
      charges ??= [];
      charges.push({ pool: account.pool, amount: 1 });
    }
    if (charges === null) return nothing;
    const reserved = Pool.reserve(charges);
    if (!reserved.ok) return nothing;
    reserved.value.settle();
    return reserved.value;
  }

  #recorded(action: Reservation, step: Reservation): readonly BudgetCharge[] {
    if (!this.#outlived) return none;
    const charges = chargesOf(step.takings);
    return action === nothing ? charges : [...chargesOf(action.takings), ...charges];
  }
}

const toolSlot = slotOf('tool.name');

const faultCause = (message: string): Cause => ({ kind: 'fault', effect: 'deny', message });
const fault = (message: string): Judgement => ({ causes: [faultCause(message)], ends: null });

/** What is held for an action that was refused. */
const nothing = new Reservation([]);
nothing.release();
const none: readonly BudgetCharge[] = Object.freeze([]);
