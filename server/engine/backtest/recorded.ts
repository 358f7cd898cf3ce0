/**
 * What a ledger has recorded of one run, kept so that it can be decided again and again: the facts of every action in
 * registry order, and in the order of the ledger what followed. Decides nothing.
 */
import type { Effect } from '../documents/index.ts';
import type { BudgetCharge, Decision, DecisionMade, LedgerEntry, Observation } from '../ledger/index.ts';
import {
  type Cause,
  type Facts,
  factsBy,
  type SignalRecord,
  signalDeclarations,
  slotOf,
  type Unknown,
} from '../policy/index.ts';
import { type RecordedAnswers, recordedAnswers } from './answers.ts';
import type { WideHalt } from './course.ts';
import type { PastDocuments } from './past-policies.ts';

/** An attempt at a trial. */
export interface RecordedAttempt {
  readonly trial: string;
  readonly attempt: number;
  readonly variant: string;
  readonly task: string;
  /** From 0. */
  readonly repetition: number;
}

/** One decision of the kernel, about an action or about what came back from it. */
export interface RecordedDecision {
  readonly step: number;
  readonly on: 'action' | 'observation';
  /** The tool, or the type of an action that is no tool call. */
  readonly subject: string;
  /** Of an observation that nothing guarded, for which the ledger has none, those of its action: see `factsOfDecision`. */
  readonly facts: Facts;
  /** Whether the ledger has the facts; of observations that nothing guarded, it has not. */
  readonly known: boolean;
  /** How such an observation went. */
  readonly status?: 'ok' | 'failed';
  readonly effect: Effect;
  readonly final: Decision['final'];
  /** What people were asked and said; left out where nobody was. */
  readonly answers?: RecordedAnswers;
  /** The budgets that were in its way, each as `POLICY/ID`, in alphabetical order. */
  readonly exhausted: readonly string[];
  /** What it took of budgets that outlive the trial. */
  readonly charges: readonly BudgetCharge[];
  /** The budgets that have halted more than the trial. */
  readonly halts: readonly WideHalt[];
}

/** What happened, in order; `attempt` is a place in `attempts`. */
export type RecordedEvent =
  | { readonly kind: 'begun'; readonly atMs: number }
  | { readonly kind: 'decided'; readonly atMs: number; readonly attempt: number; readonly decision: RecordedDecision }
  | {
      readonly kind: 'settled';
      readonly atMs: number;
      readonly attempt: number;
      readonly step: number;
      readonly failed: boolean;
      readonly costMicros: number;
    }
  | {
      readonly kind: 'rejected';
      readonly atMs: number;
      readonly attempt: number;
      readonly charges: readonly BudgetCharge[];
    }
  /** `lost`: cut off by the death of its host, so that what it held may have been done. */
  | { readonly kind: 'ended'; readonly atMs: number; readonly attempt: number; readonly lost: boolean }
  /** Programs that are no trial have spent of budgets of the workspace. */
  | { readonly kind: 'spent'; readonly atMs: number; readonly charges: readonly BudgetCharge[] }
  /** Such a program wanted more of a budget than it had left, which has halted the workspace. */
  | { readonly kind: 'halted'; readonly atMs: number; readonly cause: Cause };

export class RecordedRun {
  /** The run's id; empty before its first entry. */
  run = '';
  /** What the run was made of, as far as it decides which policies apply; null before its first entry. */
  documents: PastDocuments | null = null;
  /** The name of the environment. */
  environment = '';
  readonly attempts: RecordedAttempt[] = [];
  readonly events: RecordedEvent[] = [];
  /** How many actions were decided. */
  actions = 0;
  readonly actionsByVariant = new Map<string, number>();
  /** Whether a budget has halted it with the whole workspace. */
  isHaltedAsWorkspace = false;
  readonly #open = new Map<string, number>();
  readonly #asked = new Map<string, RecordedDecision>();
  readonly #shared = new Map<string, object>();

  /** Takes in the next entry. */
  add(entry: LedgerEntry): void {
    if (entry.type === 'run-started') {
      const { run, experiment, environment, policies, presets } = entry;
      this.run ||= run;
      this.environment ||= environment.name;
      this.documents ??= { experiment, policies, presets };
      this.events.push({ kind: 'begun', atMs: entry.atMs });
    }
    if (entry.type === 'budget-settled')
      this.events.push({ kind: 'spent', atMs: entry.atMs, charges: this.#charges(entry.charges) });
    if (entry.type === 'budget-halted') this.events.push({ kind: 'halted', atMs: entry.atMs, cause: entry.cause });
    if (!('trial' in entry)) return;
    if (entry.type === 'trial-started') {
      const { trial, attempt, variant, task, repetition } = entry;
      this.#open.set(keyOf(entry), this.attempts.length);
      this.attempts.push({ trial, attempt, variant, task, repetition });
      return;
    }
    const attempt = this.#open.get(keyOf(entry));
    if (attempt === undefined) return;
    const { atMs } = entry;
    switch (entry.type) {
      case 'decision':
        this.#addDecision(entry, attempt);
        return;
      case 'observation':
        this.#addObservation(entry, attempt);
        return;
      case 'rejected':
        this.events.push({ kind: 'rejected', atMs, attempt, charges: this.#charges(entry.charges) });
        return;
      default:
        this.events.push({ kind: 'ended', atMs, attempt, lost: entry.type === 'attempt-lost' });
        this.#open.delete(keyOf(entry));
    }
  }

  #addDecision({ step, action, signals, decision, charges, ends, atMs }: DecisionMade, attempt: number): void {
    const facts = this.#factsOf(signals, action.type, atMs);
    const subject = action.tool ?? action.type;
    this.actions++;
    const { variant = '' } = this.attempts[attempt] ?? {};
    this.actionsByVariant.set(variant, (this.actionsByVariant.get(variant) ?? 0) + 1);
    const decided: RecordedDecision = {
      step,
      on: 'action',
      subject,
      facts,
      known: true,
      ...this.#verdictOf(decision),
      charges: this.#charges(charges),
      halts: this.#haltsOf(decision, ends),
    };
    this.#asked.set(`${attempt}/${step}`, decided);
    // It was decided when its signals were made, a moment before it was written down.
    this.events.push({ kind: 'decided', atMs: timeOf(facts) ?? atMs, attempt, decision: decided });
  }

  /** Each budget halts what it is `per`; an older ledger says only how far they reached together. */
  #haltsOf({ final, causes }: Decision, ends: DecisionMade['ends']): readonly WideHalt[] {
    if (final !== 'halt') return none;
    const halts = causes.flatMap((cause): WideHalt[] => {
      const per = cause.exhausted?.per ?? ends;
      return cause.kind !== 'budget' || cause.effect !== 'halt' || per === undefined ? [] : [{ cause, per }];
    });
    this.isHaltedAsWorkspace ||= halts.some(({ per }) => per === 'workspace');
    return halts.length === 0 ? none : this.#share(halts);
  }

  #verdictOf(decision: Decision): Pick<RecordedDecision, 'effect' | 'final' | 'answers' | 'exhausted'> {
    const { effect, final, causes } = decision;
    const answers = recordedAnswers(decision);
    const budgets = causes.filter(({ kind }) => kind === 'budget').map(({ policy, id }) => `${policy}/${id}`);
    const exhausted = budgets.length === 0 ? none : this.#share([...new Set(budgets)].sort());
    return { effect, final, ...(answers && { answers }), exhausted };
  }

  #addObservation(entry: Observation, attempt: number): void {
    const { step, status, costMicros, signals, decision, atMs } = entry;
    const key = `${attempt}/${step}`;
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    this.events.push({ kind: 'settled', atMs, attempt, step, failed: status === 'failed', costMicros });
    if (asked === undefined) return;
    const type = asked.facts[typeSlot];
    const facts =
      signals === undefined
        ? asked.facts
        : this.#factsOf(signals, typeof type === 'string' ? type : 'tool', atMs, true);
    const known = signals !== undefined;
    const { subject } = asked;
    const verdict = decision === undefined ? shownAtOnce : this.#verdictOf(decision);
    this.events.push({
      kind: 'decided',
      atMs,
      attempt,
      decision: {
        step,
        on: 'observation',
        subject,
        facts,
        known,
        ...(known ? {} : { status }),
        ...verdict,
        charges: none,
        halts: none,
      },
    });
  }

  /** What an older registry did not have is unknown, not inapplicable: only what applies is recorded. */
  #factsOf(record: SignalRecord, type: string, atMs: number, ofObservation = false): Facts {
    return factsBy(({ name, missing, origin, appliesTo }, slot) => {
      const value = Object.hasOwn(record, name) ? record[name] : undefined;
      if (value !== undefined) return typeof value === 'object' ? this.#share(value) : value;
      if (slot === timeSlot) return atMs;
      const isExpected =
        missing === 'unknown' && appliesTo.includes(type) && (origin !== 'observation' || ofObservation);
      return isExpected ? notRecorded : undefined;
    });
  }

  #charges(charges: readonly BudgetCharge[] = none): readonly BudgetCharge[] {
    return charges.length === 0 ? none : this.#share(charges);
  }

  /** One object for equal ones, which are few. */
  #share<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#shared.get(key);
    if (known !== undefined) return known as T;
    this.#shared.set(key, value);
    return value;
  }
}

/** What a decision is made on. Made anew each time where the ledger has not recorded it, since few ask for that. */
export function factsOfDecision({ facts, status }: RecordedDecision): Facts {
  if (status === undefined) return facts;
  return facts.map((fact, slot) => (slot === statusSlot ? status : observed.has(slot) ? notRecorded : fact));
}

/** When it was decided, by the facts that it was decided on; null where nothing told the time. */
export function timeOf(facts: Facts): number | null {
  const time = facts[timeSlot];
  return typeof time === 'number' ? time : null;
}

const keyOf = ({ trial, attempt }: { readonly trial: string; readonly attempt: number }): string =>
  `${trial}/${attempt}`;
const none: readonly never[] = Object.freeze([]);
const shownAtOnce = { effect: 'allow', final: 'allow', exhausted: none } as const;
const notRecorded: Unknown = Object.freeze({ unknown: 'the ledger does not record it' });
const [typeSlot, timeSlot, statusSlot] = [slotOf('action.type'), slotOf('time.utc'), slotOf('observation.status')];
const observed = new Set(signalDeclarations.flatMap(({ origin }, slot) => (origin === 'observation' ? [slot] : [])));
