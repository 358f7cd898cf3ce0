/** The kernel: the only door between an agent and its tools. Signals in, decisions out. */
export type { Reservation } from '../budget/index.ts';
export type { Decision } from '../ledger/index.ts';
export type { Scope } from './accounts.ts';
export type { ActionContext, ProposedAction, ToolDeclaration, TrialCounters } from './context.ts';
export { createKernel, type GovernedVariant, type Kernel } from './kernel.ts';
export type { SignalExtractor, Signals } from './signals.ts';
export type { Remaining, TrialKernel, Verdict } from './trial.ts';
