/** Policies tried out: on cases written by hand, on mutants of themselves, and on what ledgers have recorded. */
export type { Part, Place } from './anatomy.ts';
export {
  type Backtest,
  type BacktestOptions,
  backtest,
  type PastRun,
  type PastWorkspace,
  type PolicyNow,
  sharesWorkspace,
} from './backtest.ts';
export { Beside } from './beside.ts';
export {
  type CaseFault,
  type CaseResult,
  type PolicyCase,
  type ReadCase,
  readCases,
  runCase,
} from './cases.ts';
export {
  type Coverage,
  type CoveredRule,
  type CoveredTest,
  coverageOf,
  isCovered,
  isTried,
  type Seen,
  type Share,
} from './coverage.ts';
export { type Answer, type ExplainedPart, type ExplainedRule, explain, plainText } from './explain.ts';
export { type Given, type GivenProblem, givenByRecord, readGiven } from './given.ts';
export { type Mutant, type MutantKind, mutantsOf } from './mutants.ts';
export { type MutationScore, mutationScore, type Survivor } from './mutation.ts';
export { type PastDocuments, PastPolicies, type TextOf } from './past-policies.ts';
export { type PlacedText, PolicyTexts, type TextDocument } from './policy-texts.ts';
export { type RecordedAttempt, RecordedRun } from './recorded.ts';
export { decideIn, type Outcome, type PastAction, type Situation } from './situation.ts';
export { type RecordedStep, standingAt } from './standing.ts';
export { type TestedPolicy, testedPolicy } from './tested.ts';
export {
  type ChangedDecision,
  type Departure,
  type PoliciesFor,
  type RuleTally,
  type WhatIf,
  whatIf,
} from './what-if.ts';
