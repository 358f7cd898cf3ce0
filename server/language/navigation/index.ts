/** Navigation: from names to declarations and uses, renaming, outline, links and search. */
export { type ReferenceCount, referenceCounts } from './counts.ts';
export { isDocumentKind, isShared, type Noun, nounInWords, type SymbolFacts } from './facts.ts';
export {
  type Definition,
  definition,
  type Highlight,
  highlights,
  linkedEditing,
  type Meaning,
  type Meant,
  meaningAt,
  references,
  type Target,
  typeDefinition,
} from './find.ts';
export { type Link, links } from './links.ts';
export { editsForMove, type Relocation } from './move.ts';
export { type OutlineItem, outline } from './outline.ts';
export { type FileEdits, prepareRename, type Refused, type Renamable, type Renamed, rename } from './rename.ts';
export { type FoundSymbol, searchSymbols } from './search.ts';
