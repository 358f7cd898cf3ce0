/**
 * From a name to its declaration and to all its uses: definition, type definition, references, highlights and linked
 * editing. Nothing is changed here; renaming is in `rename.ts`.
 */
import type { DocumentKind, LineMap, Span } from '../../engine/documents/index.ts';
import { asSource, type LanguageContext, type SourceFile } from '../file.ts';
import { type AnchorAt, anchorAt } from './anchors.ts';
import { type Declaration, isDocumentKind, type Noun, type Occurrence, type Reference } from './facts.ts';
import { type NameAt, type Placed, Symbols } from './symbols.ts';

/** A place in a file of the workspace. */
export interface Target {
  /** In the form of the workspace's view; the empty text for a file that is nowhere on disk. */
  readonly path: string;
  /** Null for a file that is no document: it is meant as a whole. */
  readonly lines: LineMap | null;
  /** The name itself. */
  readonly span: Span;
  /** All of what is named. */
  readonly item: Span;
}

export interface Definition {
  /** The reference that was asked about. */
  readonly origin: Span;
  readonly targets: readonly Target[];
}

/** What the name, path or alias at an offset leads to; null where there is nothing to follow. */
export function definition(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): Definition | null {
  const source = asSource(file);
  const symbols = new Symbols(source, context);
  const marked = anchorAt(source, offset);
  if (marked !== null) {
    const targets = anchorTargets(marked, source, symbols.path, 'declaration');
    return targets.length === 0 ? null : { origin: marked.origin, targets };
  }
  const name = symbols.at(offset);
  if (name === null) return null;
  const targets = symbols.meaningOf(name).map(targetOf);
  return definitionOf(name, targets.length > 0 ? targets : filesOf(name, symbols, context));
}

/** What a name at an offset means, for people. */
export interface Meaning {
  /** Whether it is declared there, and not only referred to. */
  readonly isDeclared: boolean;
  readonly found: readonly Meant[];
}

export interface Meant extends Target {
  readonly noun: Noun;
  readonly name: string;
  /** The document that it is declared in; its name is empty when it has none. */
  readonly kind: DocumentKind;
  readonly document: string;
}

/** Null where no name stands. Anchors have no meaning beyond what they mark. */
export function meaningAt(file: SourceFile | string, offset: number, context: LanguageContext = {}): Meaning | null {
  const symbols = new Symbols(file, context);
  const name = symbols.at(offset);
  if (name === null) return null;
  const found = symbols.meaningOf(name).map((placed): Meant => {
    const { noun, name: own } = placed.item;
    return { ...targetOf(placed), noun, name: own, kind: placed.document.kind, document: placed.document.self.name };
  });
  return { isDeclared: name.declaration !== null, found };
}

/**
 * What gives the thing at an offset its meaning: for a reference to a tool or a document its declaration, for another id
 * the document that declares it; null on declarations.
 */
export function typeDefinition(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): Definition | null {
  const symbols = new Symbols(file, context);
  const name = symbols.at(offset);
  if (name === null || name.declaration !== null) return null;
  const targets = symbols.meaningOf(name).map((placed) => {
    const isItself = isDocumentKind(placed.item.noun) || placed.item.noun === 'tool';
    return targetOf(isItself ? placed : { ...placed, item: placed.document.self });
  });
  return definitionOf(name, distinct(targets));
}

/** All uses of what the name at an offset means, file by file; its declarations too when they are wanted. */
export function references(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
  withDeclaration = true,
): readonly Target[] {
  const source = asSource(file);
  const marked = anchorAt(source, offset);
  if (marked !== null) return anchorTargets(marked, source, context.path ?? '', withDeclaration ? 'all' : 'uses');
  const symbols = new Symbols(source, context);
  const name = symbols.at(offset);
  if (name === null) return [];
  const declarations = symbols.meaningOf(name);
  const uses = usesOf(symbols, name, declarations);
  const targets = [...(withDeclaration ? declarations : []), ...uses].map(targetOf);
  return distinct(targets).toSorted(
    (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.span.start - b.span.start,
  );
}

export interface Highlight {
  readonly span: Span;
  /** Whether it declares what is highlighted. */
  readonly declares: boolean;
}

/** The places in the file that mean the same as the name at an offset, in the order of the text. */
export function highlights(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): readonly Highlight[] {
  const source = asSource(file);
  const marked = anchorAt(source, offset);
  if (marked !== null) {
    if (marked.anchor === null) return [];
    return [{ span: marked.anchor, declares: true }, ...marked.aliases.map((span) => ({ span, declares: false }))];
  }
  const symbols = new Symbols(source, context);
  const name = symbols.at(offset);
  if (name === null) return [];
  const declarations = symbols.meaningOf(name);
  const found = new Map<number, Highlight>();
  for (const { item } of usesOf(symbols, name, declarations, symbols.path))
    found.set(item.span.start, { span: item.span, declares: false });
  for (const { path, item } of declarations)
    if (path === symbols.path) found.set(item.span.start, { span: item.span, declares: true });
  return [...found.values()].toSorted((a, b) => a.span.start - b.span.start);
}

/**
 * The places that change together while the id at an offset is typed; null where another file uses it too, because that
 * takes a rename, and where there is but one.
 */
export function linkedEditing(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): readonly Span[] | null {
  const source = asSource(file);
  const marked = anchorAt(source, offset);
  if (marked !== null)
    return marked.anchor === null || marked.aliases.length === 0 ? null : [marked.anchor, ...marked.aliases];
  const symbols = new Symbols(source, context);
  const name = symbols.at(offset);
  if (name === null || name.reference?.item.form === 'path') return null;
  const declarations = symbols.meaningOf(name);
  const own = usesOf(symbols, name, declarations, symbols.path);
  if (declarations.length + own.length < 2) return null;
  const all = [...declarations, ...usesOf(symbols, name, declarations)];
  const isSame = ({ path, item }: Placed<Declaration | Reference>) =>
    path === symbols.path && item.name === name.occurrence.name && isVerbatim(item, source.text);
  if (declarations.length === 0 || !all.every(isSame)) return null;
  const spans = distinct(all.map(targetOf)).map(({ span }) => span);
  return spans.length < 2 ? null : spans.toSorted((a, b) => a.start - b.start);
}

const isVerbatim = (item: Omit<Occurrence, 'noun'>, text: string): boolean =>
  text.slice(item.span.start, item.span.end) === item.name;

/** The uses of declarations; of a name that leads nowhere, all others that are written so and lead nowhere. */
function usesOf(
  symbols: Symbols,
  name: NameAt,
  declarations: readonly Placed<Declaration>[],
  path?: string,
): readonly Placed<Reference>[] {
  if (declarations.length > 0)
    return [
      ...symbols
        .referencesTo(
          declarations.map(({ item }) => item),
          path,
        )
        .values(),
    ].flat();
  const own = name.reference?.item;
  if (own === undefined) return [];
  return [...symbols.references(path)].filter(
    (other) =>
      other.item.name === own.name &&
      other.item.form === own.form &&
      other.item.nouns[0] === own.nouns[0] &&
      (own.form !== 'path' || symbols.pathOf(other) === (name.reference && symbols.pathOf(name.reference))) &&
      symbols.declarationsOf(other).length === 0,
  );
}

function anchorTargets(
  { anchor, aliases, item }: AnchorAt,
  { lines }: SourceFile,
  path: string,
  wanted: 'declaration' | 'uses' | 'all',
): readonly Target[] {
  if (anchor === null) return [];
  const declaration = wanted === 'uses' ? [] : [{ path, lines, span: anchor, item }];
  const uses = wanted === 'declaration' ? [] : aliases.map((span) => ({ path, lines, span, item: span }));
  return [...declaration, ...uses];
}

function filesOf({ reference }: NameAt, symbols: Symbols, { workspace }: LanguageContext): readonly Target[] {
  if (reference === null || reference.item.form !== 'path') return [];
  const path = symbols.pathOf(reference);
  if (path === null || workspace?.fileExists(path) !== true) return [];
  const start = { start: 0, end: 0 };
  return [{ path, lines: null, span: start, item: start }];
}

export function targetOf({ path, facts, item }: Placed<Declaration | Reference>): Target {
  return { path, lines: facts.lines, span: item.span, item: 'item' in item ? item.item : item.whole };
}

const definitionOf = (name: NameAt, targets: readonly Target[]): Definition | null =>
  targets.length === 0 ? null : { origin: name.occurrence.span, targets };

const distinct = (targets: readonly Target[]): readonly Target[] => [
  ...new Map(targets.map((target) => [`${target.span.start} ${target.path}`, target])).values(),
];
