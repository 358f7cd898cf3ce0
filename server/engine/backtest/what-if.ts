/**
 * What policies would have decided on recorded actions. A trial is followed as long as it would have gone as it did: after
 * the first decision that turns out otherwise nobody knows what the agent would have done, and nothing more is said of it.
 */
import { type Charge, Pool, type Reservation } from '../budget/index.ts';
import type { Effect } from '../documents/index.ts';
import {
  type Account,
  amountOf,
  costOf,
  exhaustion,
  halt,
  inTheWay,
  openAccounts,
  openScope,
  type Scope,
  type ScopeState,
} from '../kernel/index.ts';
import {
  type Cause,
  type CompiledPolicy,
  type Facts,
  type SignalName,
  signalDeclarations,
  slotOf,
  sortByStrength,
  strengthOf,
} from '../policy/index.ts';
import {
  factsOfDecision,
  type RecordedAttempt,
  type RecordedDecision,
  type RecordedEvent,
  type RecordedRun,
} from './recorded.ts';

export interface WhatIf {
  /** Recorded actions and guarded observations of the trials that were looked at. */
  readonly recorded: number;
  /** The same by what was decided: whether an action is done, or whether the agent is shown what came back. */
  readonly recordedOn: Readonly<Record<'action' | 'observation', number>>;
  /** Of them, those that the past can answer for. */
  readonly answered: number;
  readonly answeredOn: Readonly<Record<'action' | 'observation', number>>;
  /**
   * Of those answered, how many depend on what trials share, after another trial would have gone differently: taken as if
   * that one had then done nothing more.
   */
  readonly assumed: number;
  /** How those answered were decided, and how they would be. */
  readonly before: Readonly<Record<Effect, number>>;
  readonly after: Readonly<Record<Effect, number>>;
  /** All rules, budgets and defaults of the policies, in their order. */
  readonly rules: readonly RuleTally[];
  /** The decisions that would have been others, in the order of the ledgers. */
  readonly changes: readonly ChangedDecision[];
  /** The trials that would have gone differently, and from where on. */
  readonly departures: readonly Departure[];
}

export interface RuleTally {
  readonly kind: 'rule' | 'budget' | 'default' | 'fault';
  readonly policy: string;
  /** Null for defaults. */
  readonly id: string | null;
  readonly effect: Effect;
  readonly on: 'action' | 'observation';
  readonly line?: number;
  /** How many actions, or observations, it speaks of. */
  matched: number;
  /** How many of them are decided so because of it, perhaps with others. */
  decided: number;
  /** How many of those were decided otherwise when they were recorded. */
  newly: number;
}

interface Place extends RecordedAttempt {
  readonly run: string;
  readonly step: number;
}

export interface ChangedDecision extends Place {
  readonly on: 'action' | 'observation';
  /** The tool, or the type of action. */
  readonly subject: string;
  /** At whom or what it is aimed, where the tool declares that; none where that is not known. */
  readonly targets: readonly string[];
  readonly before: Effect;
  readonly after: Effect;
  /** What speaks for the new decision. */
  readonly causes: readonly Cause[];
}

export interface Departure extends Place {
  /** `unknown`: what came back would have to be looked into, and the ledger does not hold what for. */
  readonly why: 'newly-allowed' | 'newly-denied' | 'newly-halted' | 'unknown';
  /** How many later decisions of the trial the past cannot answer for. */
  unanswered: number;
}

/** The policies that apply to a trial, all of them; null leaves the trial out. */
export type PoliciesFor = (attempt: RecordedAttempt, run: string) => readonly CompiledPolicy[] | null;

/** Decides again what `runs` have recorded, in their order; what workspaces share begins empty with the first. */
export function whatIf(runs: readonly RecordedRun[], policiesFor: PoliciesFor): WhatIf {
  const steps = whatIfInSteps(runs, policiesFor);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of a few milliseconds each, so that whoever asks can do something else between them, or leave off. */
export function* whatIfInSteps(runs: readonly RecordedRun[], policiesFor: PoliciesFor): Generator<void, WhatIf> {
  const result = new Tally();
  const workspace = openScope();
  for (const run of runs) yield* new RunAgain(run, policiesFor, workspace, result).play();
  return result.whatIf;
}

const eventsInStep = 1_000;

const effects = (): Record<Effect, number> => ({ allow: 0, ask: 0, deny: 0, halt: 0 });

/** Counts what is decided, by rule and in all. */
class Tally {
  readonly recordedOn = { action: 0, observation: 0 };
  readonly answeredOn = { action: 0, observation: 0 };
  assumed = 0;
  readonly before = effects();
  readonly after = effects();
  readonly changes: ChangedDecision[] = [];
  readonly departures: Departure[] = [];
  readonly #rules = new Map<string, RuleTally>();
  readonly #byCause = new Map<Cause, RuleTally>();
  readonly #listed = new Set<CompiledPolicy>();

  get whatIf(): WhatIf {
    const { recordedOn, answeredOn, assumed, before, after, changes, departures } = this;
    const recorded = recordedOn.action + recordedOn.observation;
    const answered = answeredOn.action + answeredOn.observation;
    const rules = [...this.#rules.values()];
    return { recorded, recordedOn, answered, answeredOn, assumed, before, after, rules, changes, departures };
  }

  /** Lists what policies consist of, so that what never matched shows with a zero. */
  list(policies: readonly CompiledPolicy[]): void {
    for (const policy of policies) {
      if (this.#listed.has(policy)) continue;
      this.#listed.add(policy);
      for (const { cause, on } of policy.rules) this.#byCause.set(cause, this.#of(cause, on));
      for (const { id, policy: name, onExhausted, line } of policy.budgets)
        this.#of({ kind: 'budget', policy: name, id, effect: onExhausted, ...(line !== undefined && { line }) });
      if (policy.fallback) this.#byCause.set(policy.fallback.cause, this.#of(policy.fallback.cause));
    }
  }

  count(causes: readonly Cause[], after: Effect, before: Effect, on: RuleTally['on']): void {
    this.answeredOn[on]++;
    this.before[before]++;
    this.after[after]++;
    for (const cause of causes) {
      const tally = this.#byCause.get(cause) ?? this.#of(cause);
      tally.matched++;
      if (cause.effect !== after) continue;
      tally.decided++;
      if (after !== before) tally.newly++;
    }
  }

  #of({ kind, policy = '', id, effect, line }: Cause, on: RuleTally['on'] = 'action'): RuleTally {
    const key = `${kind} ${policy} ${id ?? ''}`;
    const known = this.#rules.get(key);
    if (known !== undefined || kind === 'approver') return known ?? nowhere();
    const counts = { matched: 0, decided: 0, newly: 0 };
    const tally = { kind, policy, id: id ?? null, effect, on, ...(line !== undefined && { line }), ...counts };
    this.#rules.set(key, tally);
    return tally;
  }
}

const nowhere = (): RuleTally => ({
  kind: 'fault',
  policy: '',
  id: null,
  effect: 'deny',
  on: 'action',
  matched: 0,
  decided: 0,
  newly: 0,
});

/** By how much a count is another than was recorded. */
interface Difference {
  steps: number;
  failures: number;
  denials: number;
  costMicros: number;
}

interface Followed {
  readonly attempt: RecordedAttempt;
  readonly policies: readonly CompiledPolicy[];
  readonly scopes: Readonly<Record<Scope, ScopeState>>;
  readonly accounts: readonly Account[];
  /** What each account is charged for the action that is being decided; null where that cannot be told. */
  readonly amounts: (number | null)[];
  /** Whether it is decided by what other trials do, and whether what comes back is guarded. */
  readonly shares: boolean;
  readonly guards: boolean;
  readonly differences: readonly (readonly [Shared, Difference])[];
  readonly held: Map<number, Reservation>;
  departure: Departure | null;
}

type Shared = 'agent' | 'run' | 'workspace';
const sharedCounts = { steps: 'steps', failures: 'failures', denials: 'denials', costMicros: 'cost' } as const;
const sharedSlots = (['agent', 'run', 'workspace'] as const).map((scope) => ({
  scope,
  slots: Object.entries(sharedCounts).map(
    ([count, name]) => [count as keyof Difference, slotOf(`${scope}.${name}` as SignalName)] as const,
  ),
}));
/** Signals that tell of other trials. */
const tellsOfOthers = new Set<string>(
  signalDeclarations
    .map(({ name }) => name)
    .filter((name) => /^(agent|run|workspace)\.(steps|fail|denials|cost)/.test(name)),
);
const costSlot = slotOf('tool.cost');
const timeSlot = slotOf('time.utc');
const targetsSlot = slotOf('target.ids');

class RunAgain {
  readonly #run: RecordedRun;
  readonly #policiesFor: PoliciesFor;
  readonly #result: Tally;
  readonly #workspace: ScopeState;
  readonly #runScope = openScope();
  readonly #agents = new Map<string, { readonly scope: ScopeState; readonly difference: Difference }>();
  readonly #runDifference = noDifference();
  readonly #workspaceDifference = noDifference();
  readonly #traits = new Map<CompiledPolicy, { readonly shares: boolean; readonly guards: boolean }>();
  readonly #followed: (Followed | null | undefined)[] = [];

  constructor(run: RecordedRun, policiesFor: PoliciesFor, workspace: ScopeState, result: Tally) {
    this.#run = run;
    this.#policiesFor = policiesFor;
    this.#workspace = workspace;
    this.#result = result;
  }

  *play(): Generator<void> {
    let taken = 0;
    for (const event of this.#run.events) {
      const followed = this.#follow(event.attempt);
      if (followed !== null) this.#take(event, followed);
      if (++taken % eventsInStep === 0) yield;
    }
  }

  /** The trial of an attempt, from its first event on; null when nobody asks about it. */
  #follow(index: number): Followed | null {
    const known = this.#followed[index];
    if (known !== undefined) return known;
    const attempt = this.#run.attempts[index];
    const policies = attempt === undefined ? null : this.#policiesFor(attempt, this.#run.run);
    if (attempt === undefined || policies === null) {
      this.#followed[index] = null;
      return null;
    }
    const agent = this.#agents.get(attempt.variant) ?? { scope: openScope(), difference: noDifference() };
    this.#agents.set(attempt.variant, agent);
    const scopes = { trial: openScope(), agent: agent.scope, run: this.#runScope, workspace: this.#workspace };
    this.#result.list(policies);
    const made: Followed = {
      attempt,
      policies,
      scopes,
      accounts: openAccounts(policies, scopes),
      amounts: [],
      shares: policies.some((policy) => this.#traitsOf(policy).shares),
      guards: policies.some((policy) => this.#traitsOf(policy).guards),
      differences: [
        ['agent', agent.difference],
        ['run', this.#runDifference],
        ['workspace', this.#workspaceDifference],
      ],
      held: new Map(),
      departure: null,
    };
    this.#followed[index] = made;
    return made;
  }

  #take(event: RecordedEvent, trial: Followed): void {
    if (trial.departure !== null) {
      this.#miss(event, trial, trial.departure);
      return;
    }
    switch (event.kind) {
      case 'decided':
        if (event.decision.on === 'action') this.#decide(event.decision, trial);
        else this.#guard(event.decision, trial);
        return;
      case 'settled':
        trial.held.get(event.step)?.settle();
        trial.held.delete(event.step);
        return;
      case 'rejected':
        advance(trial.accounts, event.atMs);
        countAmounts(trial, null);
        spendStep(trial);
        return;
      case 'ended':
        for (const reservation of trial.held.values()) reservation.release();
        trial.held.clear();
    }
  }

  /** Looked up once for each policy, which may have thousands of rules. */
  #traitsOf(policy: CompiledPolicy): { readonly shares: boolean; readonly guards: boolean } {
    const known = this.#traits.get(policy) ?? { shares: isShared(policy), guards: isGuard(policy) };
    this.#traits.set(policy, known);
    return known;
  }

  /** What would not have happened, or nobody knows how: it is taken out of what trials share. */
  #miss(event: RecordedEvent, trial: Followed, departure: Departure): void {
    const missed = noDifference();
    if (event.kind === 'decided') {
      if (event.decision.on === 'action' || trial.guards) {
        this.#result.recordedOn[event.decision.on]++;
        departure.unanswered++;
      }
      if (event.decision.on === 'action') missed.steps--;
      if (event.decision.on === 'action' && event.decision.final === 'deny') missed.denials--;
    } else if (event.kind === 'settled') {
      missed.costMicros -= event.costMicros;
      if (event.failed) missed.failures--;
    } else if (event.kind === 'rejected') {
      missed.steps--;
      missed.failures--;
    }
    differ(trial, missed);
  }

  #decide(recorded: RecordedDecision, trial: Followed): void {
    const { accounts } = trial;
    const facts = this.#adjusted(recorded.facts, trial);
    const time = facts[timeSlot];
    if (typeof time === 'number') advance(accounts, time);
    const causes: Cause[] = [];
    countAmounts(trial, facts);
    this.#judge(facts, trial, causes);
    const effect = strongestOf(causes);
    const final = finalOf(effect, recorded);
    if (final === 'allow') reserve(recorded, trial);
    spendStep(trial);
    this.#record(recorded, trial, causes, effect, final);
  }

  #judge(facts: Facts, { policies, scopes, accounts, amounts }: Followed, causes: Cause[]): void {
    for (const scope of ['workspace', 'run', 'agent'] as const) {
      const { halts } = scopes[scope];
      if (halts.length === 0) continue;
      causes.push(...halts);
      return;
    }
    for (const policy of policies) policy.evaluate(facts, causes);
    if (causes.length === 0) causes.push(nothingSaid);
    let cited: Set<Account> | null = null;
    for (let index = 0; index < accounts.length; index++) {
      const [account, amount] = [accounts[index], amounts[index] ?? null];
      const empty = account === undefined ? null : inTheWay(account, amount, accounts);
      if (account === undefined || empty === null || cited?.has(empty)) continue;
      cited ??= new Set();
      cited.add(empty);
      const cause = exhaustion(account, empty, facts, amount);
      causes.push(cause);
      if (cause.effect === 'halt') halt(scopes[empty.budget.per], cause);
    }
  }

  /** Observations that nothing guards are always shown; they are no decisions. */
  #guard(recorded: RecordedDecision, trial: Followed): void {
    const wasGuarded = recorded.known;
    if (!trial.guards && !wasGuarded) return;
    const causes: Cause[] = [];
    const facts = this.#adjusted(factsOfDecision(recorded), trial);
    for (const policy of trial.policies) policy.evaluateObservation(facts, causes);
    if (causes.length === 0) causes.push(shown);
    const effect = strongestOf(causes);
    if (!recorded.known && effect !== 'allow') {
      this.#result.recordedOn.observation++;
      this.#depart(recorded, trial, 'unknown', 1);
      return;
    }
    this.#record(recorded, trial, causes, effect, finalOf(effect, recorded));
  }

  #record(
    recorded: RecordedDecision,
    trial: Followed,
    causes: Cause[],
    effect: Effect,
    final: RecordedDecision['final'],
  ): void {
    const result = this.#result;
    result.recordedOn[recorded.on]++;
    if (trial.shares && trial.differences.some(([, one]) => isDifferent(one))) result.assumed++;
    result.count(causes, effect, recorded.effect, recorded.on);
    if (effect === recorded.effect && final === recorded.final) return;
    sortByStrength(causes);
    const { step, on, subject } = recorded;
    const speaking = causes.filter((cause) => cause.effect === effect);
    const targets = recorded.facts[targetsSlot];
    result.changes.push({
      run: this.#run.run,
      ...trial.attempt,
      step,
      on,
      subject,
      targets: Array.isArray(targets) ? targets : [],
      before: recorded.effect,
      after: effect,
      causes: speaking,
    });
    if (final === recorded.final) return;
    const why = final === 'allow' ? 'newly-allowed' : final === 'deny' ? 'newly-denied' : 'newly-halted';
    this.#depart(recorded, trial, why, 0);
    const difference = noDifference();
    if (on === 'action') {
      difference.denials = Number(final === 'deny') - Number(recorded.final === 'deny');
      const cost = recorded.facts[costSlot];
      if (final === 'allow' && typeof cost === 'number') difference.costMicros = cost;
    }
    differ(trial, difference);
  }

  /** From here on the trial would have gone differently; what it has been allowed it has done. */
  #depart({ step }: RecordedDecision, trial: Followed, why: Departure['why'], unanswered: number): void {
    trial.departure = { run: this.#run.run, ...trial.attempt, step, why, unanswered };
    this.#result.departures.push(trial.departure);
    for (const reservation of trial.held.values()) reservation.settle();
    trial.held.clear();
  }

  /** The facts with what other trials would have done otherwise; the very same where they would not. */
  #adjusted(facts: Facts, { differences }: Followed): Facts {
    let adjusted: Facts[number][] | null = null;
    for (const [scope, difference] of differences) {
      if (!isDifferent(difference)) continue;
      adjusted ??= [...facts];
      for (const [count, slot] of sharedSlots.find((one) => one.scope === scope)?.slots ?? []) {
        const fact = adjusted[slot];
        if (typeof fact === 'number') adjusted[slot] = Math.max(0, fact + difference[count]);
      }
    }
    return adjusted ?? facts;
  }
}

const noDifference = (): Difference => ({ steps: 0, failures: 0, denials: 0, costMicros: 0 });
const isDifferent = ({ steps, failures, denials, costMicros }: Difference): boolean =>
  steps !== 0 || failures !== 0 || denials !== 0 || costMicros !== 0;

function differ({ differences }: Followed, by: Difference): void {
  for (const [, one] of differences) {
    one.steps += by.steps;
    one.failures += by.failures;
    one.denials += by.denials;
    one.costMicros += by.costMicros;
  }
}

/** Whether it decides by what other trials do. */
const isShared = ({ rules, budgets }: CompiledPolicy): boolean =>
  budgets.some(({ per }) => per !== 'trial') ||
  rules.some(({ cause }) => cause.reads?.some((name) => tellsOfOthers.has(name)) ?? false);

const isGuard = ({ rules }: CompiledPolicy): boolean => rules.some(({ on }) => on === 'observation');

const nothingSaid: Cause = Object.freeze({
  kind: 'default',
  effect: 'deny',
  message: 'no policy that is in force says anything of it',
});
const shown: Cause = Object.freeze({
  kind: 'default',
  effect: 'allow',
  message: 'no guard of observations is about it',
});

function strongestOf(causes: readonly Cause[]): Effect {
  let strongest: Effect = 'allow';
  for (const { effect } of causes) if (strengthOf(effect) > strengthOf(strongest)) strongest = effect;
  return strongest;
}

/** A question is answered as it was; one that was not asked then, by nobody. */
const finalOf = (effect: Effect, recorded: RecordedDecision): RecordedDecision['final'] =>
  effect !== 'ask' ? effect : recorded.effect === 'ask' ? recorded.final : 'deny';

function advance(accounts: readonly Account[], nowMs: number): void {
  for (const { pool } of accounts) pool.advance(nowMs);
}

/** Malformed actions have no facts and are counted everywhere. */
function countAmounts({ accounts, amounts }: Followed, facts: Facts | null): void {
  const costMicros = facts === null ? null : costOf(facts);
  for (const [index, account] of accounts.entries())
    amounts[index] = facts === null ? 1 : amountOf(account, facts, costMicros);
}

function reserve({ step }: RecordedDecision, { accounts, amounts, held }: Followed): void {
  const charges: Charge[] = [];
  for (const [index, { budget, pool }] of accounts.entries()) {
    const amount = amounts[index] ?? 0;
    if (budget.unit !== 'steps' && amount !== 0) charges.push({ pool, amount });
  }
  if (charges.length === 0) return;
  const reserved = Pool.reserve(charges);
  if (reserved.ok) held.set(step, reserved.value);
}

/** Steps count when they are proposed, whatever becomes of them. */
function spendStep({ accounts, amounts }: Followed): void {
  let charges: Charge[] | null = null;
  for (const [index, { budget, pool }] of accounts.entries()) {
    if (budget.unit !== 'steps' || amounts[index] === 0 || pool.lacking(1) !== null) continue;
    charges ??= [];
    charges.push({ pool, amount: 1 });
  }
  if (charges === null) return;
  const reserved = Pool.reserve(charges);
  if (reserved.ok) reserved.value.settle();
}
