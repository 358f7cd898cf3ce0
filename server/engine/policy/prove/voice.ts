/**
 * What rules and defaults bring to a decision: an effect; where they ask, a question to somebody for some time; what has to be
 * done besides. Two decisions are the same where all of it is.
 */
import { type Cause, strengthOf } from '../effect.ts';

export interface Voice {
  readonly strength: number;
  /** Whom it asks; null where it asks nobody, or that is not looked at. */
  readonly who: string | null;
  /** For how long it asks; null where it asks nobody, or that is not looked at. Of several the shortest counts, whoever is asked. */
  readonly waitMs: number | null;
}

/** An effect alone, whoever is asked. */
export const voiceOfStrength = (strength: number): Voice => ({ strength, who: null, waitMs: null });

/** That of a policy without a default. */
export const silence: Voice = Object.freeze(voiceOfStrength(-1));

export function voiceOf({ effect, ask }: Cause): Voice {
  const strength = strengthOf(effect);
  if (effect !== 'ask') return voiceOfStrength(strength);
  return { strength, who: JSON.stringify([...(ask?.who ?? [])].sort()), waitMs: ask?.waitMs ?? null };
}

/** A part of voices for which others may speak, one rule for one part and one for another. */
export type Side = (voice: Voice) => Voice;

const whom: Side = ({ strength, who }) => ({ strength, who, waitMs: null });
const howLong: Side = ({ strength, waitMs }) => ({ strength, who: null, waitMs });

/** The sides on which `voices` may be missed. Where all questions wait equally long, whoever speaks for the first speaks for both. */
export const sidesOf = (voices: readonly Voice[], isOneWait: boolean): readonly Side[] =>
  voices.some(isQuestion) && !isOneWait ? [whom, howLong] : [whom];

export const isQuestion = ({ who, waitMs }: Voice): boolean => who !== null || waitMs !== null;

/** Whether nothing is lost with `voice` where `other` speaks: that is stronger, or does as much. */
export function drowns(other: Voice, { strength, who, waitMs }: Voice): boolean {
  if (other.strength !== strength) return other.strength > strength;
  return (who === null || other.who === who) && (waitMs === null || isNoLonger(other.waitMs, waitMs));
}

export const isNoLonger = (one: number | null, waitMs: number): boolean => one !== null && one <= waitMs;

const weights = ['info', 'warning', 'error'] as const;

/** What has to be done besides, each as a text: whatever matches adds its own, whatever is decided. A heavy line in the log is a light one, too. */
export function dutiesOf({ obligations }: Cause): readonly string[] {
  const { log, redact = [], notify = [] } = obligations ?? {};
  return [
    ...weights.slice(0, log === undefined ? 0 : weights.indexOf(log) + 1).map((weight) => `log ${weight}`),
    ...redact.map((pointer) => `redact ${pointer}`),
    ...notify.map((name) => `notify ${name}`),
  ];
}
