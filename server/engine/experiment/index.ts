/** Experiments: which trials there are, how one runs, what came of them. Processes, files and sockets stay outside. */
export type * from './generated/messages.ts';
export * as messageValidators from './generated/validate-messages.js';
export * from './plan.ts';
export * from './report.ts';
export { type AskedQuestion, runTrial, type Tool, type TrialContext } from './run-trial.ts';
export * from './schedule.ts';
export * from './score.ts';
export { type Interval, meanInterval, rateInterval, seededRandom, wilson } from './statistics.ts';
