/**
 * What policies would have decided on recorded actions. A trial is followed as long as it would have gone as it did: after
 * the first decision that turns out otherwise nobody knows what the agent would have done, and nothing more is said of it.
 */
import type { Effect } from '../documents/index.ts';
import {
  askGuards,
  askPolicies,
  notSpokenOf,
  openScope,
  Rate,
  type ScopeSnapshot,
  type ScopeState,
} from '../kernel/index.ts';
import {
  type Cause,
  type CompiledPolicy,
  type Facts,
  type SignalName,
  saying,
  signalDeclarations,
  slotOf,
  strengthOf,
} from '../policy/index.ts';
import { answeredAs } from './answers.ts';
import { budgetName, RunCourse, type TrialCourse, type WideHalt } from './course.ts';
import { inOrder, isOrderInDoubt } from './order.ts';
import {
  factsOfDecision,
  type RecordedAttempt,
  type RecordedDecision,
  type RecordedEvent,
  type RecordedRun,
  timeOf,
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
   * Of those answered, how many depend on what trials share, after another trial would have gone differently, or cannot be
   * followed: taken as if that one had then done nothing more, or, where it is `uncounted`, what it was recorded to do.
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
  /**
   * `unknown`: what came back would have to be looked into, and the ledger does not hold what for. `unanswered`: somebody
   * would have to be asked who was not. `uncounted`: what a budget had left cannot be counted again.
   */
  readonly why: 'newly-allowed' | 'newly-denied' | 'newly-halted' | 'unknown' | 'unanswered' | 'uncounted';
  /** How many later decisions of the trial the past cannot answer for. */
  unanswered: number;
}

/** The policies that apply to a trial, all of them; null leaves the trial out. */
export type PoliciesFor = (attempt: RecordedAttempt, run: string) => readonly CompiledPolicy[] | null;

export interface WhatIfOptions {
  /**
   * The policies that applied to a trial when it was recorded. Where their budgets, counted again, are not in the way of what
   * they were recorded to be in the way of, nothing is taken to be known of them. Left out, that is not looked at.
   */
  readonly recordedFor?: PoliciesFor;
  /** What the workspace had counted before the first of the runs; nothing when left out. */
  readonly before?: ScopeSnapshot;
}

/**
 * Decides again what `runs` of one workspace have recorded, in the order in which it happened. Trials that are left out, and runs without any
 * other, take of what is shared what they were recorded to take.
 */
export function whatIf(runs: readonly RecordedRun[], policiesFor: PoliciesFor, options: WhatIfOptions = {}): WhatIf {
  const steps = whatIfInSteps([{ runs, policiesFor, ...options }]);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The runs of one workspace, and what they are decided by. */
export interface WorkspaceRuns extends WhatIfOptions {
  readonly runs: readonly RecordedRun[];
  readonly policiesFor: PoliciesFor;
}

/**
 * The same of several workspaces, which share nothing, one after the other, in steps of a few milliseconds each, so that
 * whoever asks can do something else between them, or leave off.
 */
export function* whatIfInSteps(workspaces: readonly WorkspaceRuns[]): Generator<void, WhatIf> {
  const result = new Tally();
  for (const workspace of workspaces) yield* decideAgain(workspace, result);
  return result.whatIf;
}

function* decideAgain(
  { runs, policiesFor, recordedFor = () => null, before }: WorkspaceRuns,
  result: Tally,
): Generator<void> {
  const workspace: SharedWorkspace = {
    now: openScope(before),
    past: openScope(before),
    difference: new Difference(),
    isGuessed: false,
    doubted: new Set(),
    isDoubted: isOrderInDoubt(runs),
  };
  const again = new Map(
    runs.map((run) => [run, new RunAgain(run, policiesFor, recordedFor, workspace, result)] as const),
  );
  let taken = 0;
  for (const { run, event } of inOrder(runs)) {
    again.get(run)?.take(event);
    if (++taken % eventsInStep === 0) yield;
  }
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

  /** What is part of no policy, such as an answer, or that nothing guards an observation, is listed nowhere. */
  #of({ kind, policy, id, effect, line }: Cause, on: RuleTally['on'] = 'action'): RuleTally {
    if (policy === undefined || kind === 'approver') return nowhere();
    const key = `${kind} ${policy} ${id ?? ''}`;
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
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

interface Counted {
  steps: number;
  failures: number;
  denials: number;
  costMicros: number;
}

/** By how much what is counted of a scope is another than was recorded. */
class Difference implements Counted {
  steps = 0;
  failures = 0;
  denials = 0;
  costMicros = 0;
  /** The steps that would not have been, by when they were. */
  readonly #missed = new Rate();

  get isNone(): boolean {
    return this.steps === 0 && this.failures === 0 && this.denials === 0 && this.costMicros === 0;
  }

  add({ steps, failures, denials, costMicros }: Counted, atMs: number): void {
    this.steps += steps;
    this.failures += failures;
    this.denials += denials;
    this.costMicros += costMicros;
    if (steps < 0) this.#missed.add(atMs);
  }

  /** How many of the steps that would not have been were in the last minute. To be asked at every step, for the clock. */
  missedAt(atMs: number): number {
    return this.#missed.at(atMs);
  }
}

/** What all runs share: as it would be and as it was, and the budgets of which it cannot be told any more. */
interface SharedWorkspace {
  readonly now: ScopeState;
  readonly past: ScopeState;
  readonly difference: Difference;
  /** Whether a trial of which nothing can be counted again is taken to have gone as it was recorded. */
  isGuessed: boolean;
  readonly doubted: Set<string>;
  /** Whether that goes for all of them, because nobody knows which run came first. */
  readonly isDoubted: boolean;
}

interface Followed {
  readonly attempt: RecordedAttempt;
  /** Null where it is not decided again. */
  readonly policies: readonly CompiledPolicy[] | null;
  readonly now: TrialCourse;
  readonly past: TrialCourse;
  /** Whether it is decided by what other trials do, and whether what comes back is guarded. */
  readonly shares: boolean;
  readonly guards: boolean;
  readonly differences: readonly (readonly [Shared, Difference])[];
  departure: Departure | null;
}

type Shared = 'agent' | 'run' | 'workspace';
const sharedCounts = { steps: 'steps', failures: 'failures', denials: 'denials', costMicros: 'cost' } as const;
const sharedSlots = (['agent', 'run', 'workspace'] as const).map((scope) => ({
  scope,
  rate: slotOf(`${scope}.stepsPerMinute`),
  slots: Object.entries(sharedCounts).map(
    ([count, name]) => [count as keyof Counted, slotOf(`${scope}.${name}` as SignalName)] as const,
  ),
}));
/** Signals that tell of other trials. */
const tellsOfOthers = new Set<string>(
  signalDeclarations
    .map(({ name }) => name)
    .filter((name) => /^(agent|run|workspace)\.(steps|fail|denials|cost)/.test(name)),
);
const costSlot = slotOf('tool.cost');
const targetsSlot = slotOf('target.ids');

class RunAgain {
  readonly #run: RecordedRun;
  readonly #policiesFor: PoliciesFor;
  readonly #recordedFor: PoliciesFor;
  readonly #workspace: SharedWorkspace;
  readonly #result: Tally;
  readonly #now: RunCourse;
  readonly #past: RunCourse;
  readonly #agentDifferences = new Map<string, Difference>();
  readonly #difference = new Difference();
  /** Budgets of the run of which it cannot be told any more what they have left. */
  readonly #doubted = new Set<string>();
  readonly #traits = new Map<CompiledPolicy, { readonly shares: boolean; readonly guards: boolean }>();
  readonly #followed: Followed[] = [];

  constructor(
    run: RecordedRun,
    policiesFor: PoliciesFor,
    recordedFor: PoliciesFor,
    workspace: SharedWorkspace,
    result: Tally,
  ) {
    this.#run = run;
    this.#policiesFor = policiesFor;
    this.#recordedFor = recordedFor;
    this.#workspace = workspace;
    this.#result = result;
    this.#now = new RunCourse(workspace.now);
    this.#past = new RunCourse(workspace.past);
  }

  take(event: RecordedEvent): void {
    if (event.kind === 'begun') this.#begin(event.atMs);
    else if (event.kind === 'spent')
      for (const course of [this.#now, this.#past]) course.trial('', null).charge(null, event.charges);
    else if (event.kind === 'halted')
      for (const course of [this.#now, this.#past])
        course.trial('', null).halt([{ cause: event.cause, per: 'workspace' }]);
    else {
      const trial = this.#follow(event.attempt);
      if (trial === null) return;
      this.#remember(event, trial);
      if (trial.policies === null) trial.now.repeat(event);
      else if (trial.departure?.why === 'uncounted') this.#followBlindly(event, trial, trial.departure);
      else if (trial.departure !== null) this.#miss(event, trial, trial.departure);
      else this.#take(event, trial, trial.policies);
    }
  }

  #begin(atMs: number): void {
    const variants = new Map(this.#run.attempts.map((attempt) => [attempt.variant, attempt]));
    const [now, past] = [new Set<CompiledPolicy>(), new Set<CompiledPolicy>()];
    for (const attempt of variants.values()) {
      const recorded = this.#recordedFor(attempt, this.#run.run) ?? [];
      for (const policy of recorded) past.add(policy);
      for (const policy of this.#policiesFor(attempt, this.#run.run) ?? recorded) now.add(policy);
    }
    this.#now.begin([...now], atMs);
    this.#past.begin([...past], atMs);
  }

  /** The trial of an attempt, from its first event on. */
  #follow(index: number): Followed | null {
    const known = this.#followed[index];
    if (known !== undefined) return known;
    const attempt = this.#run.attempts[index];
    if (attempt === undefined) return null;
    const { variant } = attempt;
    const policies = this.#policiesFor(attempt, this.#run.run);
    const agent = this.#agentDifferences.get(variant) ?? new Difference();
    this.#agentDifferences.set(variant, agent);
    if (policies !== null) this.#result.list(policies);
    const made: Followed = {
      attempt,
      policies,
      now: this.#now.trial(variant, policies),
      past: this.#past.trial(variant, this.#recordedFor(attempt, this.#run.run)),
      shares: policies?.some((policy) => this.#traitsOf(policy).shares) ?? false,
      guards: policies?.some((policy) => this.#traitsOf(policy).guards) ?? false,
      differences: [
        ['agent', agent],
        ['run', this.#difference],
        ['workspace', this.#workspace.difference],
      ],
      departure: null,
    };
    this.#followed[index] = made;
    return made;
  }

  /** Counts what was recorded once more, so that it shows where that does not come to what was recorded. */
  #remember(event: RecordedEvent & { readonly attempt: number }, { past, now, differences }: Followed): void {
    const isStep = event.kind === 'rejected' || (event.kind === 'decided' && event.decision.on === 'action');
    if (isStep) for (const [, difference] of differences) difference.missedAt(event.atMs);
    const { books } = past;
    if (event.kind !== 'decided' || event.decision.on !== 'action') {
      past.repeat(event);
      return;
    }
    const { decision } = event;
    const lifted = past.halts.map(budgetName).filter((name) => !decision.exhausted.includes(name));
    if (lifted.length > 0) {
      // It went on, so somebody has let it: with another limit, say, which no ledger tells.
      past.reopen(new Set(lifted));
      now.reopen(new Set(lifted));
      for (const name of lifted) this.#doubt(name, past);
    }
    if (books === null) {
      past.takeRecorded(decision);
      return;
    }
    books.advance(timeOf(decision.facts));
    const bill = books.billLike(decision.facts);
    const stopped = past.halts;
    const found = stopped.length > 0 || books.fits(bill) ? [] : books.exhausted(bill, decision.facts);
    const causes = stopped.length > 0 ? stopped : found.map(({ cause }) => cause);
    for (const name of othersThan(decision.exhausted, causes)) this.#doubt(name, past);
    past.halt(found);
    past.take(books, bill, decision.step, decision.final === 'allow');
    past.halt(decision.halts);
  }

  #doubt(name: string, course: TrialCourse): void {
    (isOfWorkspace(name, course) ? this.#workspace.doubted : this.#doubted).add(name);
  }

  #take(event: RecordedEvent, trial: Followed, policies: readonly CompiledPolicy[]): void {
    if (event.kind !== 'decided') trial.now.repeat(event);
    else if (event.decision.on === 'action') this.#decide(event.decision, trial, policies);
    else this.#guard(event.decision, trial, policies);
  }

  /** Looked up once for each policy, which may have thousands of rules. */
  #traitsOf(policy: CompiledPolicy): { readonly shares: boolean; readonly guards: boolean } {
    const known = this.#traits.get(policy) ?? { shares: isShared(policy), guards: isGuard(policy) };
    this.#traits.set(policy, known);
    return known;
  }

  /** What would not have happened, or nobody knows how: it is taken out of what trials share. */
  #miss(event: RecordedEvent, trial: Followed, departure: Departure): void {
    const missed = nothing();
    if (event.kind === 'decided') {
      this.#countUnanswered(event.decision, trial, departure);
      if (event.decision.on === 'action') missed.steps--;
      if (event.decision.on === 'action' && event.decision.final === 'deny') missed.denials--;
    } else if (event.kind === 'settled') {
      missed.costMicros -= event.costMicros;
      if (event.failed) missed.failures--;
    } else if (event.kind === 'rejected') {
      missed.steps--;
      missed.failures--;
    }
    differ(trial, missed, event.atMs);
  }

  #countUnanswered({ on }: RecordedDecision, { guards }: Followed, departure: Departure): void {
    if (on === 'observation' && !guards) return;
    this.#result.recordedOn[on]++;
    departure.unanswered++;
  }

  /** What cannot be decided again because it cannot be counted is taken to have gone as it was recorded. */
  #followBlindly(event: RecordedEvent, trial: Followed, departure: Departure): void {
    if (event.kind !== 'decided') {
      trial.now.repeat(event);
      return;
    }
    const { decision } = event;
    this.#countUnanswered(decision, trial, departure);
    const { now } = trial;
    const { books } = now;
    if (decision.on !== 'action' || books === null) return;
    const facts = this.#adjusted(decision.facts, trial);
    books.advance(timeOf(facts));
    const bill = books.billLike(facts);
    const exhausted = now.halts.length > 0 || books.fits(bill) ? [] : books.exhausted(bill, facts);
    now.take(books, bill, decision.step, decision.final === 'allow');
    this.#haltBlindly(decision, trial, exhausted);
  }

  /** Halts what has nothing left. Whether what was recorded to be halted besides would be, too, cannot be told. */
  #haltBlindly({ halts }: RecordedDecision, { now }: Followed, exhausted: readonly WideHalt[]): void {
    now.halt(exhausted);
    const halted = new Set(now.halts.map(budgetName));
    for (const { cause, per } of halts) {
      const name = budgetName(cause);
      if (!halted.has(name)) (per === 'workspace' ? this.#workspace.doubted : this.#doubted).add(name);
    }
  }

  #decide(recorded: RecordedDecision, trial: Followed, policies: readonly CompiledPolicy[]): void {
    const { now } = trial;
    const { books } = now;
    if (books === null) return;
    const facts = this.#adjusted(recorded.facts, trial);
    books.advance(timeOf(facts));
    const bill = books.billLike(facts);
    const { halts } = now;
    const said = halts.length > 0 ? saying([...halts], [], true) : askPolicies(policies, facts);
    const exhausted = halts.length > 0 || books.fits(bill) ? [] : books.exhausted(bill, facts);
    const more = [...(said.isCertain ? [] : [notSpokenOf]), ...exhausted.map(({ cause }) => cause)];
    const causes = more.length === 0 ? said.causes : [...said.causes, ...more];
    const verdict = this.#isUncounted(recorded, causes, now) ? 'uncounted' : verdictOf(causes, recorded);
    const final = verdict === 'uncounted' ? recorded.final : typeof verdict === 'object' ? verdict.final : null;
    now.take(books, bill, recorded.step, final === 'allow');
    if (verdict === 'uncounted') this.#haltBlindly(recorded, trial, exhausted);
    if (typeof verdict === 'string') {
      this.#leave(recorded, trial, verdict);
      return;
    }
    now.halt(exhausted);
    this.#record(recorded, trial, causes, verdict);
  }

  /** Whether it hangs on a budget of which it cannot be told what it had left. */
  #isUncounted({ exhausted }: RecordedDecision, causes: readonly Cause[], course: TrialCourse): boolean {
    const { doubted, isDoubted } = this.#workspace;
    if (!isDoubted && doubted.size + this.#doubted.size === 0) return false;
    return othersThan(exhausted, causes).some(
      (name) => doubted.has(name) || this.#doubted.has(name) || (isDoubted && isOfWorkspace(name, course)),
    );
  }

  /** Observations that nothing guards are always shown; they are no decisions. */
  #guard(recorded: RecordedDecision, trial: Followed, policies: readonly CompiledPolicy[]): void {
    const wasGuarded = recorded.known;
    if (!trial.guards && !wasGuarded) return;
    const said = askGuards(policies, this.#adjusted(factsOfDecision(recorded), trial));
    const causes = said.causes.length === 0 ? [shown] : said.causes;
    const verdict = !wasGuarded && strongestOf(causes) !== 'allow' ? 'unknown' : verdictOf(causes, recorded);
    if (typeof verdict === 'string') this.#leave(recorded, trial, verdict);
    else this.#record(recorded, trial, causes, verdict);
  }

  /** Neither of this decision nor of what comes after it can anything be told. */
  #leave(recorded: RecordedDecision, trial: Followed, why: Departure['why']): void {
    this.#result.recordedOn[recorded.on]++;
    this.#depart(recorded, trial, why, 1);
  }

  #record(recorded: RecordedDecision, trial: Followed, causes: readonly Cause[], { effect, final }: Verdict): void {
    const result = this.#result;
    result.recordedOn[recorded.on]++;
    if (trial.shares && (this.#workspace.isGuessed || trial.differences.some(([, one]) => !one.isNone)))
      result.assumed++;
    result.count(causes, effect, recorded.effect, recorded.on);
    if (effect === recorded.effect && final === recorded.final) return;
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
    const difference = nothing();
    if (on === 'action') {
      difference.denials = Number(final === 'deny') - Number(recorded.final === 'deny');
      const cost = recorded.facts[costSlot];
      if (final === 'allow' && typeof cost === 'number') difference.costMicros = cost;
    }
    differ(trial, difference, timeOf(recorded.facts) ?? 0);
  }

  /** From here on the trial would have gone differently, or cannot be followed; what it has been allowed it has done. */
  #depart({ step }: RecordedDecision, trial: Followed, why: Departure['why'], unanswered: number): void {
    trial.departure = { run: this.#run.run, ...trial.attempt, step, why, unanswered };
    this.#result.departures.push(trial.departure);
    if (why === 'uncounted') this.#workspace.isGuessed = true;
    else trial.now.end(true);
  }

  /** The facts with what other trials would have done otherwise; the very same where they would not. */
  #adjusted(facts: Facts, { differences }: Followed): Facts {
    let adjusted: Facts[number][] | null = null;
    const nowMs = timeOf(facts);
    for (const [scope, difference] of differences) {
      const places = sharedSlots.find((one) => one.scope === scope);
      if (difference.isNone || places === undefined) continue;
      adjusted ??= [...facts];
      for (const [count, slot] of places.slots) lower(adjusted, slot, -difference[count]);
      if (nowMs !== null) lower(adjusted, places.rate, difference.missedAt(nowMs));
    }
    return adjusted ?? facts;
  }
}

/** What is not known stays unknown. */
function lower(facts: Facts[number][], slot: number, by: number): void {
  const fact = facts[slot];
  if (typeof fact === 'number') facts[slot] = Math.max(0, fact - by);
}

const nothing = (): Counted => ({ steps: 0, failures: 0, denials: 0, costMicros: 0 });

function differ({ differences }: Followed, by: Counted, atMs: number): void {
  for (const [, one] of differences) one.add(by, atMs);
}

/** The budgets that are among the recorded or among `causes`, but not both. */
function othersThan(recorded: readonly string[], causes: readonly Cause[]): readonly string[] {
  const names = causes.filter(({ kind }) => kind === 'budget').map(budgetName);
  if (names.length === 0) return recorded;
  return [...names.filter((name) => !recorded.includes(name)), ...recorded.filter((name) => !names.includes(name))];
}

/** What the policies of a trial do not have is another run's, which it can only share with the whole workspace. */
function isOfWorkspace(name: string, { books }: TrialCourse): boolean {
  const own = books?.accounts.find(({ budget }) => budgetName(budget) === name);
  return own === undefined || own.budget.per === 'workspace';
}

/** Whether it decides by what other trials do. */
const isShared = ({ rules, budgets }: CompiledPolicy): boolean =>
  budgets.some(({ per }) => per !== 'trial') ||
  rules.some(({ cause }) => cause.reads?.some((name) => tellsOfOthers.has(name)) ?? false);

const isGuard = ({ rules }: CompiledPolicy): boolean => rules.some(({ on }) => on === 'observation');

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

interface Verdict {
  readonly effect: Effect;
  readonly final: RecordedDecision['final'];
}

/** What causes come to, with what people said past; `unanswered` where nobody knows what they would have said. */
function verdictOf(causes: readonly Cause[], { answers }: RecordedDecision): Verdict | 'unanswered' {
  const said = strongestOf(causes);
  // Whoever refused is heard even where the rules did not ask any more.
  const effect = said === 'allow' && answers?.isOverruled ? 'deny' : said;
  const final = effect === 'ask' ? answeredAs(causes, answers) : effect;
  return final === null ? 'unanswered' : { effect, final };
}
