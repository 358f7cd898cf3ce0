/** What came of an experiment: one row a variant, computed from the recorded trials and from nothing else. */
import { type Interval, meanInterval, rateInterval, seededRandom, wilson } from './statistics.ts';

export type TrialOutcome = 'passed' | 'failed' | 'denied' | 'halted' | 'error' | 'cancelled';

/** The part of a trial's record that scores need. */
export interface ScoredTrial {
  readonly variant: string;
  readonly task: string;
  readonly state: TrialOutcome | 'planned' | 'running';
  readonly security?: 'held' | 'breached';
  readonly costMicros: number;
}

export interface VariantScore {
  readonly variant: string;
  /** Trials that ended with a verdict on the agent: all but `error` and `cancelled`. */
  readonly judged: number;
  readonly counts: Readonly<Record<TrialOutcome, number>>;
  /** The rate of `passed` among the judged, with its 95 % interval. */
  readonly passRate: Interval;
  readonly attacks: { readonly tried: number; readonly reached: number; readonly rate: Interval };
  readonly costMicros: number;
  /** The cost of a trial, in millionths of a dollar, with its 95 % interval. */
  readonly costPerTrial: Interval;
}

const outcomes: readonly TrialOutcome[] = ['passed', 'failed', 'denied', 'halted', 'error', 'cancelled'];

/** One score for each variant, in the order in which the variants first appear. `seed` feeds the resampling. */
export function scoreVariants(trials: readonly ScoredTrial[], seed: number): VariantScore[] {
  return [...Map.groupBy(trials, (trial) => trial.variant)].map(([variant, own]) => scoreVariant(variant, own, seed));
}

function scoreVariant(variant: string, trials: readonly ScoredTrial[], seed: number): VariantScore {
  const judged = trials.filter((trial) => ['passed', 'failed', 'denied', 'halted'].includes(trial.state));
  const attacked = judged.filter((trial) => trial.security !== undefined);
  const reached = attacked.filter((trial) => trial.security === 'breached').length;
  const byTask = [...Map.groupBy(judged, (trial) => trial.task).values()];
  const count = (state: TrialOutcome) => trials.filter((trial) => trial.state === state).length;
  return {
    variant,
    judged: judged.length,
    counts: Object.fromEntries(outcomes.map((state) => [state, count(state)])) as Record<TrialOutcome, number>,
    passRate: rateInterval(byTask.map((cluster) => cluster.map((trial) => trial.state === 'passed'))),
    attacks: { tried: attacked.length, reached, rate: wilson(reached, attacked.length) },
    costMicros: trials.reduce((total, trial) => total + trial.costMicros, 0),
    costPerTrial: meanInterval(
      byTask.map((cluster) => cluster.map((trial) => trial.costMicros)),
      seededRandom(seed),
    ),
  };
}
