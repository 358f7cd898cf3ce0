/** Editor features over documents: problems, completions, hovers and lenses. No protocol, no disk, no clock. */
export { type Completion, complete, withoutStops } from './complete.ts';
export { diagnose } from './diagnose.ts';
export { type LanguageContext, readSource, type SourceFile } from './file.ts';
export { type Hover, hover } from './hover.ts';
export { type Lens, lenses } from './lens.ts';
export {
  type BudgetFacts,
  type DocumentFacts,
  type FolderEntry,
  factsOf,
  type LanguageWorkspace,
  namesIn,
  type ToolFacts,
} from './workspace.ts';
