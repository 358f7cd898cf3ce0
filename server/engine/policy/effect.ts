/** Effects, their order of strength, and the causes that a decision lists. */
import type { Effect } from '../documents/index.ts';

/** One thing that spoke for a decision; the shape of `cause` in the ledger's schema. */
export interface Cause {
  kind: 'rule' | 'budget' | 'default' | 'fault' | 'approver';
  policy?: string;
  id?: string;
  effect: Effect;
  line?: number;
  unknown?: string[];
  /** For rules: the signals that they read. */
  reads?: string[];
  ask?: { who?: string[]; waitMs: number };
  /** For the kind `approver`: what a person has said. */
  answer?: { person: string; as?: string; note?: string; rules?: string[]; waitedMs: number };
  /** For the kind `budget`: what it had when the action did not fit, in whole units. */
  exhausted?: {
    per: 'trial' | 'agent' | 'run' | 'workspace';
    unit: 'usd' | 'calls' | 'steps';
    limit: number;
    left: number;
    takes?: number;
    windowMs?: number;
    window?: number;
  };
  obligations?: { log?: 'info' | 'warning' | 'error'; redact?: string[]; notify?: string[] };
  message?: string;
}

/** From 0, `allow`, to 3, `halt`: the strongest of several effects wins. */
export const strengthOf = (effect: Effect): number =>
  effect === 'deny' ? 2 : effect === 'allow' ? 0 : effect === 'ask' ? 1 : 3;

/** Puts the strongest causes first; those of equal strength keep their order. */
export function sortByStrength(causes: Cause[]): void {
  let least = 3;
  for (const { effect } of causes) {
    const strength = strengthOf(effect);
    if (strength > least) {
      causes.sort((a, b) => strengthOf(b.effect) - strengthOf(a.effect));
      return;
    }
    least = strength;
  }
}

const weights = ['info', 'warning', 'error'] as const;

/** What may oblige to something: what has spoken for a decision, and rules that would have if more had been known. */
export interface Obliging {
  readonly causes: readonly Cause[];
  readonly undecided?: readonly Cause[];
}

/** What has to be done besides the effect, from all together: the heaviest log line, all pointers, all people. */
export function obligationsOf({ causes, undecided = [] }: Obliging): NonNullable<Cause['obligations']> {
  const all = [...causes, ...undecided].flatMap(({ obligations }) => obligations ?? []);
  const log = weights.findLast((weight) => all.some((one) => one.log === weight));
  const redact = [...new Set(all.flatMap((one) => one.redact ?? []))];
  const notify = [...new Set(all.flatMap((one) => one.notify ?? []))];
  return { ...(log && { log }), ...(redact.length > 0 && { redact }), ...(notify.length > 0 && { notify }) };
}
