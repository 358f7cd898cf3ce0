/** The kernel: the only door between an agent and its tools. Signals in, decisions out. */
export type { Decision } from '../ledger/index.ts';
export type { Scope } from './accounts.ts';
export type { ProposedAction, ToolDeclaration } from './context.ts';
export { createKernel, type Kernel } from './kernel.ts';
export type { Signals } from './signals.ts';
export type { TrialKernel } from './trial.ts';
