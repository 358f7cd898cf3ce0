/** The kernel: the only door between an agent and its tools. Signals in, decisions out. */
export type { Decision } from '../ledger/index.ts';
export { haltsLeft, openAccounts, reopenWorkspace, shortageOf } from './accounts.ts';
export { type Answer, type Answers, admittedAs, type End, type Question, questionOf, ruleOf } from './approval.ts';
export { Books } from './books.ts';
export { chargesOf } from './charges.ts';
export type { Observation, ProposedAction, ToolDeclaration } from './context.ts';
export { Rate } from './counters.ts';
export { createKernel, type Kernel, type KernelOptions, type KernelSnapshot } from './kernel.ts';
export { Recount } from './recount.ts';
export { askGuards, askPolicies, notSpokenOf } from './said.ts';
export {
  addScope,
  createWorkspace,
  halt,
  openScope,
  type Scope,
  type ScopeSnapshot,
  type ScopeState,
  snapshotOf,
  tallyOf,
  type Workspace,
} from './scope.ts';
export { type RecordedShare, scopeIn, shareOf } from './share.ts';
export type { SignalExtractor, Signals } from './signals.ts';
export type { TrialKernel } from './trial.ts';
