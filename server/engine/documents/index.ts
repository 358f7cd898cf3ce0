/**
 * Documents: text in, typed documents with problems and places out. The types of all kinds and the registry of signals
 * come from `schemas/`.
 */
export { openBrackets } from './fault-values.ts';
export { signals } from './generated/signals.ts';
export type * from './generated/types.ts';
export { ItemMemo } from './item-memo.ts';
export { type ColumnUnit, LineMap, type LinePosition } from './lines.ts';
export { isArrayIndex, stepsOfPointer } from './pointer.ts';
export {
  maxProblems,
  type Path,
  type PathStep,
  type Problem,
  type RelatedPlace,
  type Severity,
  type Span,
  toldOnce,
} from './problem.ts';
export { holdsDocument, isDocumentText, mayBeConstitution, type Standing, standingOf } from './recognise.ts';
export {
  checkIds,
  checkReferences,
  declarations,
  declaredIds,
  describeDocument,
  documentsNamed,
  foreignIdsAt,
  heldAt,
  idReferences,
  isPath,
  kindInWords,
  localIdsAt,
  localNounAt,
  localReferences,
  namesBeside,
  type Reference,
  referenceAt,
  referenceRules,
  referencesOf,
  referredDocuments,
  type WorkspaceDocument,
  type WorkspaceView,
} from './references.ts';
export {
  alternatives,
  apiVersion,
  type DocumentKind,
  type DocumentTypes,
  documentKinds,
  documentSchema,
  expectation,
  itemsOf,
  propertiesOf,
  quoteAll,
  type Schema,
  schemaAt,
  schemaBelow,
} from './schema.ts';
export { asKind, readDocuments, readText, type SourceDocument, type SourceText } from './source.ts';
export {
  type AliasNode,
  dereference,
  entryOf,
  itemAt,
  type Location,
  type MappingEntry,
  type MappingNode,
  type PlaceInTree,
  type ScalarNode,
  type SequenceNode,
  type SyntaxNode,
  writtenAt,
} from './tree.ts';
export { amountIn, countedIn } from './units.ts';
export { nameOf, showValue } from './validate.ts';
export { type Pattern, placesMatching, valueAt, visitPlaces } from './values.ts';
export { durationMs, suggest, suggestKey, withArticle } from './words.ts';
