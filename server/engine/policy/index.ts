/** Policies: compiled from documents, asked with facts. Deciding across policies and budgets is the kernel's part. */
export { amountInWords, type CompiledBudget, partInWords } from './budget.ts';
export { Borders, type Cell } from './cell.ts';
export { type CompiledPolicy, compilePolicy } from './compile.ts';
export { type Cause, type Obliging, obligationsOf, sortByStrength, strengthOf } from './effect.ts';
export { blame, type Evaluate, evaluator } from './evaluate.ts';
export { type Constraint, type FactTest, type Formula, signalsRead } from './formula.ts';
export { formatMicros, microsOf } from './money.ts';
export type { PolicySource } from './parts.ts';
export type { CompiledPattern } from './pattern.ts';
export { presetPolicy } from './preset.ts';
export type { PolicyProblem } from './problem.ts';
export type { CompiledRule } from './rule.ts';
export {
  type Declaration,
  declarationOf,
  type Facts,
  factsBy,
  factsOf,
  type SignalDeclaration,
  type SignalName,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from './signal.ts';
export { type Fallback, type Said, saying } from './speak.ts';
export { comparedDomain, comparedId, readTarget, type Target } from './target.ts';
export { calendarEndMs, type Interval, momentOf, type TimeSet } from './time.ts';
export { FALSE, TRUE, type Truth, UNKNOWN } from './truth.ts';
