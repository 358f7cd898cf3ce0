/** How budgets stood when a recorded action was decided, so that it can be decided once more by itself. */
import { openScope, type ScopeSnapshot } from '../kernel/index.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { budgetName, RunCourse, type Standing, type TrialCourse } from './course.ts';
import { inOrder } from './order.ts';
import { type RecordedDecision, type RecordedRun, timeOf } from './recorded.ts';

/** A step of a trial in one of the runs. */
export interface RecordedStep {
  readonly run: RecordedRun;
  /** Its place in the attempts of the run. */
  readonly attempt: number;
  readonly step: number;
}

/**
 * What was taken and halted before `wanted` was decided, as the ledgers of `runs` tell, and of the budgets of `policies` by its
 * own trial. Null when the run has no such step.
 */
export function standingAt(
  wanted: RecordedStep,
  policies: readonly CompiledPolicy[],
  runs: readonly RecordedRun[],
  before?: ScopeSnapshot,
): Standing | null {
  const workspace = openScope(before);
  const courses = new Map(runs.map((run) => [run, { course: new RunCourse(workspace), trials: [] as TrialCourse[] }]));
  for (const { run, event } of inOrder(runs)) {
    const own = courses.get(run);
    if (own === undefined || event.kind === 'begun') continue;
    if (event.kind === 'spent') own.course.trial('', null).charge(null, event.charges);
    else if (event.kind === 'halted') own.course.trial('', null).halt([{ cause: event.cause, per: 'workspace' }]);
    else {
      const isOfTrial = run === wanted.run && event.attempt === wanted.attempt;
      const variant = run.attempts[event.attempt]?.variant ?? '';
      const trial = own.trials[event.attempt] ?? own.course.trial(variant, isOfTrial ? policies : null);
      own.trials[event.attempt] = trial;
      if (event.kind !== 'decided' || event.decision.on !== 'action') {
        trial.repeat(event);
        continue;
      }
      lift(trial, event.decision);
      if (isOfTrial && event.decision.step === wanted.step) return trial.standingAt(timeOf(event.decision.facts));
      take(trial, event.decision);
    }
  }
  return null;
}

/** What did not halt this action had been lifted before it. */
function lift(trial: TrialCourse, { exhausted }: RecordedDecision): void {
  const lifted = trial.halts.map(budgetName).filter((name) => !exhausted.includes(name));
  if (lifted.length > 0) trial.reopen(new Set(lifted));
}

function take(trial: TrialCourse, decision: RecordedDecision): void {
  const { books } = trial;
  if (books === null) {
    trial.takeRecorded(decision);
    return;
  }
  books.advance(timeOf(decision.facts));
  const bill = books.billLike(decision.facts);
  trial.take(books, bill, decision.step, decision.final === 'allow');
  trial.halt(decision.halts);
}
