/** Editor features over documents: problems, completions, hovers and lenses. No protocol, no disk, no clock. */
export { type Completion, complete, withoutStops } from './complete/index.ts';
export { diagnose } from './diagnose.ts';
export { type LanguageContext, readSource, type SourceFile } from './file.ts';
export { applyEdits, format, formatOnType, type TextEdit, typedCharacters } from './format/index.ts';
export { type Hover, hover } from './hover.ts';
export { type Lens, lenses } from './lens.ts';
export {
  type BudgetSummary,
  type DocumentSummary,
  type FileSummary,
  type FolderEntry,
  type LanguageWorkspace,
  summarize,
  type ToolSummary,
} from './workspace.ts';
