/** How states, counts, money and times are written for people, the same in every view. No editor objects in here. */
import type { RunSummary, Step, TrialState, TrialSummary } from '../../server/protocol/index.ts';

/** Ends first, good before bad; what has not ended comes last. */
const order: readonly TrialState[] = [
  'passed',
  'failed',
  'denied',
  'halted',
  'error',
  'cancelled',
  'running',
  'planned',
];
const ended = (state: TrialState) => state !== 'running' && state !== 'planned';

export type Counts = RunSummary['counts'];

export function countsOf(trials: readonly TrialSummary[]): Counts {
  const counts: Partial<Record<TrialState, number>> = {};
  for (const { state } of trials) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Such as `12 passed, 3 denied`; only ended trials; empty when there are none. */
export function outcomes(counts: Counts): string {
  return order
    .filter((state) => ended(state) && (counts[state] ?? 0) > 0)
    .map((state) => `${counts[state]} ${state === 'error' ? 'in error' : state}`)
    .join(', ');
}

export function endedTrials(counts: Counts): number {
  return order.filter(ended).reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

export const breaches = (trials: readonly TrialSummary[]) =>
  trials.filter((trial) => trial.security === 'breached').length;

/** `1 step`, `2 steps`. */
export const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Dollars; four places below one cent, so that small costs do not look free. */
export function money(micros: number): string {
  if (micros === 0) return '$0';
  return `$${(micros / 1e6).toFixed(micros < 10_000 ? 4 : 2)}`;
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Local time; with the day when it was not today. */
export function moment(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}

/** What tells a trial from the others of its variant. */
export const trialName = (trial: TrialSummary, repeated: boolean) =>
  repeated ? `${trial.task} #${trial.repetition + 1}` : trial.task;

const past: Readonly<Record<string, string>> = { allow: 'allowed', ask: 'asked', deny: 'denied', halt: 'halted' };

interface TitledStep extends Pick<Step, 'step'> {
  readonly action: Pick<Step['action'], 'type' | 'tool'>;
  readonly decision?: Pick<NonNullable<Step['decision']>, 'final'>;
}

/** Such as `4 · pay — waiting for an answer`. */
export const waitingTitle = (step: number, tool: string): string => `${step + 1} · ${tool} — waiting for an answer`;

/** Such as `3 · pay — denied`: the heading of a step in a trial's page. */
export function stepTitle({ step, action, decision }: TitledStep): string {
  const end = decision ? ` — ${past[decision.final] ?? decision.final}` : '';
  return `${step + 1} · ${action.tool ?? action.type}${end}`;
}

/** The fragment under which the markdown preview finds a heading. */
export const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/\s/g, '-')
    .replaceAll(/[^\w-]/g, '');
