/** Policies: compiled from documents, asked with facts. Deciding across policies and budgets is the kernel's part. */
export type { CompiledBudget } from './budget.ts';
export { type CompiledPolicy, compilePolicy } from './compile.ts';
export { type Cause, sortByStrength, strengthOf } from './effect.ts';
export { formatMicros, microsOf } from './money.ts';
export {
  type Facts,
  factsOf,
  type SignalDeclaration,
  type SignalName,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from './signal.ts';
export { FALSE, UNKNOWN } from './truth.ts';
