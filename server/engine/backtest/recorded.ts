/**
 * What a ledger has recorded of one run, kept so that it can be decided again and again: the facts of every action in
 * registry order, and in the order of the ledger what followed. Decides nothing.
 */
import type { Effect } from '../documents/index.ts';
import type { Decision, LedgerEntry, Observation } from '../ledger/index.ts';
import {
  type Facts,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from '../policy/index.ts';
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
}

/** What happened, in order; `attempt` is a place in `attempts`. */
export type RecordedEvent =
  | { readonly kind: 'decided'; readonly attempt: number; readonly decision: RecordedDecision }
  | {
      readonly kind: 'settled';
      readonly attempt: number;
      readonly step: number;
      readonly failed: boolean;
      readonly costMicros: number;
    }
  | { readonly kind: 'rejected'; readonly attempt: number; readonly atMs: number }
  | { readonly kind: 'ended'; readonly attempt: number };

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
  readonly #open = new Map<string, number>();
  readonly #asked = new Map<string, { readonly subject: string; readonly facts: Facts }>();
  readonly #shared = new Map<string, SignalValue | Unknown>();

  /** Takes in the next entry. */
  add(entry: LedgerEntry): void {
    if (entry.type === 'run-started') {
      const { run, experiment, environment, policies, presets } = entry;
      this.run ||= run;
      this.environment ||= environment.name;
      this.documents ??= { experiment, policies, presets };
    }
    if (!('trial' in entry)) return;
    if (entry.type === 'trial-started') {
      const { trial, attempt, variant, task, repetition } = entry;
      this.#open.set(keyOf(entry), this.attempts.length);
      this.attempts.push({ trial, attempt, variant, task, repetition });
      return;
    }
    const attempt = this.#open.get(keyOf(entry));
    if (attempt === undefined) return;
    switch (entry.type) {
      case 'decision': {
        const { step, action, signals, decision, atMs } = entry;
        const facts = this.#factsOf(signals, action.type, atMs);
        const subject = action.tool ?? action.type;
        this.actions++;
        const { variant = '' } = this.attempts[attempt] ?? {};
        this.actionsByVariant.set(variant, (this.actionsByVariant.get(variant) ?? 0) + 1);
        this.#asked.set(`${attempt}/${step}`, { subject, facts });
        const { effect, final } = decision;
        const decided: RecordedDecision = { step, on: 'action', subject, facts, known: true, effect, final };
        this.events.push({ kind: 'decided', attempt, decision: decided });
        return;
      }
      case 'observation':
        this.#addObservation(entry, attempt);
        return;
      case 'rejected':
        this.events.push({ kind: 'rejected', attempt, atMs: entry.atMs });
        return;
      default:
        this.events.push({ kind: 'ended', attempt });
        this.#open.delete(keyOf(entry));
    }
  }

  #addObservation(entry: Observation, attempt: number): void {
    const { step, status, costMicros, signals, decision, atMs } = entry;
    const key = `${attempt}/${step}`;
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    this.events.push({ kind: 'settled', attempt, step, failed: status === 'failed', costMicros });
    if (asked === undefined) return;
    const type = asked.facts[typeSlot];
    const facts =
      signals === undefined
        ? asked.facts
        : this.#factsOf(signals, typeof type === 'string' ? type : 'tool', atMs, true);
    const { effect, final } = decision ?? { effect: 'allow', final: 'allow' };
    const known = signals !== undefined;
    const { subject } = asked;
    this.events.push({
      kind: 'decided',
      attempt,
      decision: { step, on: 'observation', subject, facts, known, ...(known ? {} : { status }), effect, final },
    });
  }

  /** What an older registry did not have is unknown, not inapplicable: only what applies is recorded. */
  #factsOf(record: SignalRecord, type: string, atMs: number, ofObservation = false): Facts {
    return signalDeclarations.map((signal, slot) => {
      const { name, missing, origin, appliesTo } = signal;
      const value = Object.hasOwn(record, name) ? record[name] : undefined;
      if (value !== undefined) return typeof value === 'object' ? this.#share(value) : value;
      if (slot === timeSlot) return atMs;
      const isExpected =
        missing === 'unknown' && appliesTo.includes(type) && (origin !== 'observation' || ofObservation);
      return isExpected ? notRecorded : undefined;
    });
  }

  /** One object for equal lists, which are few. */
  #share(value: string[] | Unknown): SignalValue | Unknown {
    const key = JSON.stringify(value);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    this.#shared.set(key, value);
    return value;
  }
}

/** What a decision is made on. Made anew each time where the ledger has not recorded it, since few ask for that. */
export function factsOfDecision({ facts, status }: RecordedDecision): Facts {
  if (status === undefined) return facts;
  return facts.map((fact, slot) => (slot === statusSlot ? status : observed.has(slot) ? notRecorded : fact));
}

const keyOf = ({ trial, attempt }: { readonly trial: string; readonly attempt: number }): string =>
  `${trial}/${attempt}`;
const notRecorded: Unknown = Object.freeze({ unknown: 'the ledger does not record it' });
const [typeSlot, timeSlot, statusSlot] = [slotOf('action.type'), slotOf('time.utc'), slotOf('observation.status')];
const observed = new Set(signalDeclarations.flatMap(({ origin }, slot) => (origin === 'observation' ? [slot] : [])));
