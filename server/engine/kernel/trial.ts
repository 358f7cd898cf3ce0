/**
 * The kernel of one trial: signals out of proposed actions, decisions out of signals, and the counts and budgets that follow.
 * It performs nothing; whoever holds it does what was allowed and says how it went.
 */
import { Reservation } from '../budget/index.ts';
import type { BudgetCharge, Decision } from '../ledger/index.ts';
import {
  type Cause,
  type CompiledPolicy,
  type Facts,
  obligationsOf,
  type Said,
  type SignalRecord,
  saying,
  sortByStrength,
} from '../policy/index.ts';
import type { Clock } from '../ports.ts';
import { type Answer, type Answers, approverCauses, noApprover, type Question, questionOf } from './approval.ts';
import { type Bill, Books } from './books.ts';
import type { ActionContext, Observation, ObservedFacts, ProposedAction, Timing } from './context.ts';
import type { Counters } from './counters.ts';
import { observe } from './observed.ts';
import { askGuards, askPolicies, notSpokenOf } from './said.ts';
import { halt, type Scope, type ScopeState } from './scope.ts';
import {
  type ActionDeclaration,
  declarationOf,
  factsOf,
  type SignalExtractor,
  type SignalMaker,
  type Signals,
} from './signals.ts';

export interface Verdict {
  readonly decision: Decision;
  /** What was decided on, for the record, which is made when it is asked for; nothing where the signals were refused. */
  readonly signals: SignalRecord;
  /** What the budgets hold for the action; empty unless it was allowed. */
  readonly reservation: Reservation;
  /** What budgets that outlive the trial were charged, for the record. */
  readonly charges: readonly BudgetCharge[];
  /** Whose work is over, after a `halt`; null after anything else. */
  readonly ends: Scope | null;
  /** JSON Pointers to what nobody may see, into the input of an action or the output of an observation. */
  readonly redact: readonly string[];
}

/** Whether the agent is shown what came of an action. */
export type ObservationVerdict = Pick<Verdict, 'decision' | 'ends' | 'signals' | 'redact'>;

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
  /** JSON Pointers to all that any rule may keep out of sight of an input: for one that was not decided on. */
  readonly mayRedact: readonly string[];
  /** What is left of each budget that counts this trial's actions. */
  remaining(): Remaining[];
  /** Gives back whatever is still reserved. Afterwards everything is denied; a second time has no effect. */
  close(): void;
}

/** What a trial shares with others of its variant, its run and its workspace. */
export interface TrialSetting {
  readonly trial: string;
  readonly variant: string;
  readonly maker: SignalMaker;
  readonly policies: readonly CompiledPolicy[];
  readonly scopes: Readonly<Record<Scope, ScopeState>>;
  /** Null where nothing tells the time. The beginning of the run is on the monotonic clock. */
  readonly time: { readonly clock: Clock; readonly runStartedAtMs: number } | null;
  /** Asked after the kernel's own. */
  readonly extractors: readonly SignalExtractor[];
  onClose(): void;
}

interface Judgement {
  readonly causes: readonly Cause[];
  readonly ends: Scope | null;
  /** What rules say of it, whether it is decided by that or not; null where they could not be asked. */
  readonly said: Said | null;
}

/** What is to be decided, and what the rules have said of it if somebody has asked already. */
interface Proposal {
  readonly signals: Signals;
  readonly facts: Facts;
  /** When it was made, which is when it is decided and counted; null where nothing tells the time. */
  readonly nowMs: number | null;
  /** What it takes of budgets, once that is known. */
  bill: Bill | null;
  said: Said | null;
  readonly standing: Standing;
}

/** What is kept of actions of one declaration. */
interface Standing {
  /** Of the tool that they call. */
  readonly calls: ToolCalls;
  /** What the last of them took. */
  bill: Bill | null;
}

/** How many calls of one tool the trial was allowed. */
interface ToolCalls {
  count: number;
}

class Decided implements Verdict {
  readonly decision: Decision;
  readonly reservation: Reservation;
  readonly charges: readonly BudgetCharge[];
  readonly ends: Scope | null;
  readonly redact: readonly string[];
  readonly #signals: Signals | null;

  constructor(
    signals: Signals | null,
    decision: Decision,
    reservation: Reservation,
    charges: readonly BudgetCharge[],
    ends: Scope | null,
    redact: readonly string[],
  ) {
    this.#signals = signals;
    this.decision = decision;
    this.reservation = reservation;
    this.charges = charges;
    this.ends = ends;
    this.redact = redact;
  }

  get signals(): SignalRecord {
    return this.#signals === null ? {} : this.#signals.record;
  }
}

const scopesByWidth: readonly Scope[] = ['workspace', 'run', 'agent', 'trial'];

export class GovernedTrial implements TrialKernel {
  readonly #setting: TrialSetting;
  readonly #books: Books;
  readonly #digests: string[];
  readonly #constitution: string[];
  readonly #guards: readonly CompiledPolicy[];
  readonly mayRedact: readonly string[];
  readonly #mayRedactOutput: readonly string[];
  /** Whether any policy may ask at all: most do not, and are not judged twice. */
  readonly #mayAsk: boolean;
  readonly #counters: ActionContext['counters'];
  readonly #allCounters: readonly Counters[];
  readonly #toolCalls = new Map<string, ToolCalls>();
  readonly #standings = new WeakMap<ActionDeclaration, Standing>();
  readonly #startedAtMs: number;
  /** Reservations of actions under way, seldom more than one, each with what the action costs. */
  #underWay: { readonly reservation: Reservation; readonly costMicros: number }[] = [];
  #proposal: Proposal | null = null;
  #closed = false;

  constructor(setting: TrialSetting) {
    const { policies, scopes, time } = setting;
    this.#setting = setting;
    this.#books = new Books(policies, scopes);
    this.#digests = Object.freeze([...new Set(policies.flatMap(({ digests }) => digests))]) as string[];
    const constitution = policies.filter((policy) => policy.constitution).map(({ digest }) => digest);
    this.#constitution = Object.freeze(constitution) as string[];
    this.#guards = policies.filter(({ rules }) => rules.some(({ on }) => on === 'observation'));
    this.mayRedact = redactedBy(policies, 'action');
    this.#mayRedactOutput = redactedBy(policies, 'observation');
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
    const timing = this.#timing();
    const declaration = this.#setting.maker.declarationOf(action);
    const standing = this.#standingOf(declaration, action);
    const signals = this.#make(declaration, action, standing, timing, null);
    this.#proposal = {
      signals,
      facts: factsOf(signals),
      nowMs: timing === null ? null : timing.nowMs,
      bill: null,
      said: null,
      standing,
    };
    return signals;
  }

  question(signals: Signals, given: readonly Answer[]): Question | null {
    const proposal = this.#proposal;
    if (!this.#mayAsk || proposal?.signals !== signals || this.#ended() !== null) return null;
    try {
      const said = this.#said(proposal);
      if (said.causes[0]?.effect !== 'ask' || !said.isCertain) return null;
      this.#books.advance(proposal.nowMs);
      return this.#books.fits(this.#billOf(proposal)) ? questionOf(said, given) : null;
    } catch {
      // `decide` meets the same fault, and denies for it.
      return null;
    }
  }

  decide(signals: Signals, answers: Answers = noApprover): Verdict {
    const proposal = this.#proposal?.signals === signals ? this.#proposal : null;
    this.#proposal = null;
    this.#step(proposal === null ? this.#nowMs() : proposal.nowMs);
    try {
      const bill = proposal === null ? this.#books.unreadable : this.#billOf(proposal);
      return this.#conclude(proposal, this.#judge(proposal, bill), bill, answers);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      const judgement = fault(`the action could not be decided: ${what}`);
      return this.#conclude(proposal, judgement, this.#books.unreadable, noApprover);
    }
  }

  settle(reservation: Reservation, { failed }: { readonly failed: boolean }): void {
    const costMicros = this.#takeUnderWay(reservation);
    if (costMicros === null) return;
    this.#proposal = null;
    // It counts in the window in which it has come, not in the one in which it was allowed.
    this.#books.advance(this.#nowMs());
    reservation.settle();
    for (const counters of this.#allCounters) counters.costMicros += costMicros;
    if (failed) this.#fail();
    else this.#counters.trial.consecutiveFailures = 0;
  }

  guard(action: ProposedAction, observation: Observation, answers: Answers = noApprover): ObservationVerdict | null {
    if (this.#guards.length === 0) return null;
    this.#proposal = null;
    const { signals, said } = this.#observed(action, observation);
    const causes = said.causes.length === 0 ? [unguarded] : said.causes;
    const isFaulty = causes.some(({ kind }) => kind === 'fault');
    const redact = isFaulty ? this.#mayRedactOutput : (obligationsOf(said).redact ?? nothingHidden);
    const decision = this.#decision(causes, said, answers);
    if (decision.final === 'halt') this.#haltTrial(causes[0]);
    return { signals: signals.record, decision, ends: decision.final === 'halt' ? 'trial' : null, redact };
  }

  reject(): readonly BudgetCharge[] {
    this.#proposal = null;
    this.#step(this.#nowMs());
    this.#fail();
    return this.#books.spendStep(this.#books.unreadable);
  }

  remaining(): Remaining[] {
    this.#books.advance(this.#nowMs());
    return this.#books.accounts.map(({ budget: { id, unit }, pool }) => ({
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

  #standingOf(declaration: ActionDeclaration, action: ProposedAction): Standing {
    const known = this.#standings.get(declaration);
    if (known !== undefined) return known;
    const standing = { calls: this.#callsOf(action), bill: null };
    this.#standings.set(declaration, standing);
    return standing;
  }

  #callsOf({ tool }: ProposedAction): ToolCalls {
    const name = tool?.name ?? '';
    const known = this.#toolCalls.get(name);
    if (known !== undefined) return known;
    const calls = { count: 0 };
    this.#toolCalls.set(name, calls);
    return calls;
  }

  #make(
    declaration: ActionDeclaration,
    action: ProposedAction,
    { calls }: Standing,
    timing: Timing | null,
    observation: ObservedFacts | null,
  ): Signals {
    const { maker, extractors } = this.#setting;
    const context = { action, counters: this.#counters, sameToolCalls: calls.count, timing, observation };
    return maker.make(declaration, context, extractors);
  }

  /** An observation's signals, and what guards say of them; where it cannot be looked into, those of the action, and a fault. */
  #observed(action: ProposedAction, observation: Observation): { readonly signals: Signals; readonly said: Said } {
    const timing = this.#timing();
    const declaration = this.#setting.maker.declarationOf(action);
    const standing = this.#standingOf(declaration, action);
    let signals: Signals;
    try {
      const patterns = this.#setting.policies.flatMap((policy) => policy.patterns);
      signals = this.#make(declaration, action, standing, timing, observe(observation, patterns));
    } catch (error) {
      const message = `the observation cannot be looked into: ${error instanceof Error ? error.message : String(error)}`;
      signals = this.#make(declaration, action, standing, timing, null);
      return { signals, said: saying([faultCause(message)], [], true) };
    }
    try {
      return { signals, said: askGuards(this.#guards, factsOf(signals)) };
    } catch (error) {
      const said = saying([faultCause(`the observation could not be decided: ${String(error)}`)], [], true);
      return { signals, said };
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
  #step(nowMs: number | null): void {
    for (const counters of this.#allCounters) {
      counters.steps++;
      if (nowMs !== null) counters.rate.add(nowMs);
    }
    this.#books.advance(nowMs);
  }

  #fail(): void {
    for (const counters of this.#allCounters) counters.failures++;
    this.#counters.trial.consecutiveFailures++;
  }

  /** Why nothing is allowed here any more; null while it goes on. */
  #ended(): Judgement | null {
    const { trial, scopes } = this.#setting;
    if (this.#closed) return fault(`trial \`${trial}\` is over`);
    const { workspace, run, agent, trial: own } = scopes;
    // Asked twice for each action, and mostly of nothing.
    if (workspace.halts.length + run.halts.length + agent.halts.length + own.halts.length === 0) return null;
    for (const scope of scopesByWidth) {
      const { halts } = scopes[scope];
      if (halts.length > 0) return { causes: [...halts], ends: scope, said: null };
    }
    return null;
  }

  /** Everything that speaks for a decision on a proposal; null stands for signals that were not made here. */
  #judge(proposal: Proposal | null, bill: Bill): Judgement {
    const { variant, policies } = this.#setting;
    const ended = this.#ended();
    if (ended !== null) return { ...ended, said: proposal && this.#saidOrNull(proposal) };
    if (proposal === null) return fault('the signals were not made by this trial for this action; make them anew');
    if (policies.length === 0) {
      const message = `no policy applies to variant \`${variant}\`, so nothing is allowed`;
      return { causes: [{ kind: 'default', effect: 'deny', message }], ends: null, said: null };
    }
    const said = this.#said(proposal);
    if (said.isCertain && this.#books.fits(bill)) return { causes: said.causes, ends: null, said };
    const causes = said.isCertain ? [...said.causes] : [...said.causes, notSpokenOf];
    const ends = this.#books.fits(bill) ? null : this.#judgeBudgets(bill, proposal.facts, causes);
    sortByStrength(causes);
    return { causes, ends, said };
  }

  /** They are asked once for a proposal. */
  #said(proposal: Proposal): Said {
    if (proposal.said !== null) return proposal.said;
    proposal.said = askPolicies(this.#setting.policies, proposal.facts, declarationOf(proposal.signals));
    return proposal.said;
  }

  /** What is over stays over where rules cannot be asked. */
  #saidOrNull(proposal: Proposal): Said | null {
    try {
      return this.#said(proposal);
    } catch {
      return null;
    }
  }

  /** Adds a cause for each budget that the action does not fit in; gives the widest scope that one of them halts. */
  #judgeBudgets(bill: Bill, facts: Facts, into: Cause[]): Scope | null {
    let widest: Scope | null = null;
    for (const { cause, per } of this.#books.exhausted(bill, facts)) {
      into.push(cause);
      if (cause.effect !== 'halt') continue;
      halt(this.#setting.scopes[per], cause);
      if (widest === null || scopesByWidth.indexOf(per) < scopesByWidth.indexOf(widest)) widest = per;
    }
    return widest;
  }

  /** Its facts tell what it takes; where its declaration does, that is known already. */
  #billOf(proposal: Proposal): Bill {
    if (proposal.bill !== null) return proposal.bill;
    const { signals, facts, standing } = proposal;
    const isDeclared = declarationOf(signals) !== null;
    const bill = this.#books.bill(facts, isDeclared ? standing.bill : null);
    if (isDeclared) standing.bill = bill;
    proposal.bill = bill;
    return bill;
  }

  /** `causes` are the strongest first; what people said joins them. */
  #decision(causes: readonly Cause[], said: Said | null, answers: Answers): Decision {
    const strongest = causes[0];
    if (strongest === undefined) throw new Error('nothing speaks for or against the action');
    const { effect } = strongest;
    const isAnswered = effect === 'ask' || answers.given.length > 0;
    const heard = isAnswered ? withAnswers(effect, causes, answers) : { effect, final: effect, causes };
    const decision: Decision = {
      effect: heard.effect,
      final: heard.final,
      // They are not changed any more; the type of the record does not say so.
      causes: heard.causes as Cause[],
      policies: this.#digests,
    };
    if (said !== null && said.undecided.length > 0) decision.undecided = [...said.undecided];
    if (this.#constitution.length > 0) decision.constitution = this.#constitution;
    return decision;
  }

  #conclude(proposal: Proposal | null, { causes, ends, said }: Judgement, bill: Bill, answers: Answers): Verdict {
    const { mayRedact } = this;
    const isAll = said === null || mayRedact.length === 0;
    const redact = isAll ? mayRedact : (obligationsOf(said).redact ?? nothingHidden);
    const decision = this.#decision(causes, said, answers);
    const { final } = decision;
    const reservation = final === 'allow' && proposal !== null ? this.#reserve(proposal, bill) : nothing;
    const forStep = this.#books.spendStep(bill);
    const charges = reservation === nothing ? forStep : joined(bill.actionCharges.now, forStep);
    if (final === 'deny') for (const counters of this.#allCounters) counters.denials++;
    if (final === 'halt') this.#haltTrial(causes[0]);
    const over = final === 'halt' ? (ends ?? 'trial') : null;
    return new Decided(proposal?.signals ?? null, decision, reservation, charges, over, redact);
  }

  #haltTrial(cause: Cause | undefined): void {
    if (cause !== undefined) halt(this.#setting.scopes.trial, cause);
  }

  /** What an action under way costs, which it is then no more; null when it is not. */
  #takeUnderWay(reservation: Reservation): number | null {
    for (let at = 0; at < this.#underWay.length; at++) {
      const one = this.#underWay[at];
      if (one?.reservation !== reservation) continue;
      if (at === this.#underWay.length - 1) this.#underWay.pop();
      else this.#underWay.splice(at, 1);
      return one.costMicros;
    }
    return null;
  }

  #reserve({ standing }: Proposal, bill: Bill): Reservation {
    const reservation = this.#books.reserve(bill);
    this.#underWay.push({ reservation, costMicros: bill.costMicros });
    standing.calls.count++;
    return reservation;
  }
}

const joined = <T>(one: readonly T[], other: readonly T[]): readonly T[] =>
  other.length === 0 ? one : [...one, ...other];

/** What rules of this effect come to with what people said, which joins the causes. */
function withAnswers(effect: Cause['effect'], causes: readonly Cause[], answers: Answers) {
  const said = approverCauses(causes, answers);
  const objection = said.find((cause) => cause.effect === 'deny');
  // A person who refuses is heard even where the rules no longer ask.
  const heard = objection !== undefined && effect === 'allow' ? 'deny' : effect;
  const final = heard !== 'ask' ? heard : objection === undefined ? 'allow' : 'deny';
  if (objection === undefined || final !== 'deny') return { effect: heard, final, causes: [...causes, ...said] };
  return { effect: heard, final, causes: [objection, ...causes, ...said.filter((cause) => cause !== objection)] };
}

/** What speaks for an observation that no guard is about. */
const unguarded: Cause = Object.freeze({
  kind: 'default',
  effect: 'allow',
  message: 'no guard of observations is about it',
});

const nothingHidden: readonly string[] = Object.freeze([]);

/** All that rules about actions, or observations, may keep out of sight. */
function redactedBy(policies: readonly CompiledPolicy[], about: 'action' | 'observation'): readonly string[] {
  const causes = policies.flatMap(({ rules }) => rules.flatMap(({ on, cause }) => (on === about ? [cause] : [])));
  return obligationsOf({ causes }).redact ?? nothingHidden;
}

const faultCause = (message: string): Cause => ({ kind: 'fault', effect: 'deny', message });
const fault = (message: string): Judgement => ({ causes: [faultCause(message)], ends: null, said: null });

/** What is held for an action that was refused. */
const nothing = new Reservation([]);
nothing.release();
