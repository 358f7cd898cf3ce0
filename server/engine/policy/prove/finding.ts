/** What the prover says: findings with the rules that they are about, actions that show them, and ways out. Plain shapes. */
import type { Effect, Path } from '../../documents/index.ts';
import type { SignalRecord } from '../signal.ts';

export type FindingCode =
  | 'proof/never-matches'
  | 'proof/shadowed'
  | 'proof/redundant'
  | 'proof/contradictory'
  | 'proof/budget-infeasible';

/** A rule or budget and where it is written. */
export interface Place {
  readonly kind: 'rule' | 'budget';
  /** The policy that it is written in, which another may include. */
  readonly policy: string;
  readonly id: string;
  /** `allow` … `halt`; of a budget what happens when it is exhausted. */
  readonly effect: Effect;
  /** Of the document. */
  readonly digest: string;
  readonly path: Path;
  /** From 1. */
  readonly line?: number;
}

/** A possible action. */
export interface Example {
  /** What it shows, in a few words. */
  readonly title: string;
  readonly action: { readonly type: string; readonly tool: string | null };
  /** All its signals, money in micro-dollars, as policies are asked with. */
  readonly signals: SignalRecord;
  /** Those that tests have to give by hand: neither the declared tool nor a fresh trial says them. */
  readonly byHand: readonly string[];
  /** Of observations there are no cases without one. */
  readonly on: 'action' | 'observation';
}

/** An action with what is decided of it when nothing has been spent yet, by the policies themselves. */
export interface Witness extends Example {
  readonly decision: Effect;
  /** The rules and budgets that say so; none where it is a default. */
  readonly rules: readonly string[];
}

/** A change that takes the finding away. The order of rules is never one: it does not matter. */
export type Fix =
  | { readonly kind: 'delete'; readonly place: Place }
  /** Adds exceptions to a rule: `unless` one of `like` matches. */
  | { readonly kind: 'narrow'; readonly place: Place; readonly like: readonly Place[] }
  | { readonly kind: 'set-limit'; readonly place: Place; readonly limit: number };

export interface Finding {
  readonly code: FindingCode;
  /** The first is what the finding is about, the others are the reason. */
  readonly places: readonly Place[];
  /** How many reasons more there are, of contradictions: they are many where two manners of writing policies meet. */
  readonly more: number;
  readonly message: string;
  readonly fixes: readonly Fix[];
  /** For contradictions: the signals in which each of the first two goes beyond the other; none when they are about different signals. */
  readonly crossing?: readonly string[];
  /** For rules that never match: it still matches where these signals, or one of them, are unknown. */
  readonly unlessUnknown?: readonly string[];
  /** What is said holds of the time that is looked at, and may be otherwise later. */
  readonly isForLater?: boolean;
  /** Of budgets: children above their parent, a limit that is never reached or never decides, or one that a single action exceeds. */
  readonly budget?: 'children' | 'unreached' | 'exceeded';
  /** An action that shows the finding; null where the finding is that there is none. Computed when asked, and cheap. */
  example(): Example | null;
  /** The same, decided: the first time after an edit the policies have to be made ready for that. */
  witness(): Witness | null;
}

/** A question that was given up: not an answer, and above all not "no conflict". */
export interface Undecided {
  readonly place: Place;
  readonly message: string;
}

export interface Proof {
  /**
   * Of contradictions, one for each `allow` that is contradicted in a signal in which each of the two goes beyond the other.
   * A guard across other rules, which is about other signals than they are, is how policies are written.
   */
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
  /** Every two rules that contradict each other, guards too: a thousand rules may have a hundred thousand of them. */
  contradictions(): Iterable<Finding>;
}
