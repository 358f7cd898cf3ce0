/** Editor features over documents: problems, completions, hovers and lenses. No protocol, no disk, no clock. */

export {
  addCase,
  type CaseExpectation,
  type CaseSituation,
  caseOf,
  caseText,
  freeCaseName,
  type PolicyCase,
  policyTestText,
} from './cases.ts';
export { problemPage } from './checks/index.ts';
export { type Completion, complete, withoutStops } from './complete/index.ts';
export { diagnose, readingProblems } from './diagnose.ts';
export { type LanguageContext, readSource, type SourceFile } from './file.ts';
export { type Change, type Fix, type FixContext, fixAll, fixes } from './fixes/index.ts';
export { type Fold, folds } from './folding.ts';
export { applyEdits, format, formatOnType, type TextEdit, typedCharacters } from './format/index.ts';
export { type Hint, type HintTopic, hints } from './hints.ts';
export { type Hover, hover } from './hover/index.ts';
export {
  type EvaluationLens,
  evaluationLenses,
  type Lens,
  lenses,
  type PolicyTestLens,
  policyTestLenses,
} from './lens.ts';
export {
  findingsIn,
  type Named,
  type PlacedPolicy,
  type PolicySet,
  type ProofFinding,
  policySetsOf,
  provable,
  type Written,
  witnessText,
} from './proofs/index.ts';
export { type CaseMade, type RecordedStep, recordedCase } from './recorded-case.ts';
export { selectionsAt } from './selection.ts';
export { type Token, tokenModifiers, tokens, tokenTypes } from './tokens.ts';
export { actionInWords, departureInWords, type Extent, tallyInWords, totalInWords } from './what-if.ts';
export {
  type BudgetSummary,
  type DocumentSummary,
  type DoubtfulFile,
  type FileSummary,
  type FolderEntry,
  type LanguageWorkspace,
  summarize,
  type ToolSummary,
} from './workspace.ts';
