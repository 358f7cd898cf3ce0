/**
 * What rules and defaults bring to a decision: an effect; where they ask, a question to somebody for some time; what has to be
 * done besides. Two decisions are the same where all of it is.
 */
import { type Cause, strengthOf } from '../effect.ts';

export interface Voice {
  readonly strength: number;
  /** Whom it asks and for how long; null where it asks nobody. */
  readonly question: string | null;
}

/** That of a policy without a default. */
export const silence: Voice = Object.freeze({ strength: -1, question: null });

export function voiceOf({ effect, ask }: Cause): Voice {
  const question = effect === 'ask' ? JSON.stringify([[...(ask?.who ?? [])].sort(), ask?.waitMs ?? null]) : null;
  return { strength: strengthOf(effect), question };
}

/** Whether nothing is lost with `voice` where `other` speaks: that is stronger, or the same. */
export const drowns = (other: Voice, voice: Voice): boolean =>
  other.strength > voice.strength || (other.strength === voice.strength && isSameQuestion(other, voice));

/** Where it is asked for anybody's question, every question is the same. */
const isSameQuestion = (other: Voice, { question }: Voice): boolean => question === null || other.question === question;

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
