/**
 * Renaming a document or an id everywhere it is meant, so that afterwards everything means what it meant before. Where
 * that cannot be, it says why and changes nothing. Files themselves are not renamed; what follows from that is in `move.ts`.
 */
import { isPath, kindInWords, type LineMap, type Span, schemaAt, withArticle } from '../../engine/documents/index.ts';
import { asSource, type LanguageContext, type SourceFile } from '../file.ts';
import { anchorAt, refusesName } from './anchors.ts';
import {
  type Declaration,
  declaringPaths,
  isDocumentKind,
  isShared,
  nounInWords,
  type Occurrence,
  type Reference,
} from './facts.ts';
import { fitsPattern, type Placed, Symbols } from './symbols.ts';
import { writtenName } from './written-name.ts';

export interface Refused {
  readonly ok: false;
  /** For people. */
  readonly message: string;
}

export interface Renamable {
  readonly ok: true;
  /** The name without its quotes. */
  readonly span: Span;
  readonly name: string;
}

export interface FileEdits {
  /** In the form of the workspace's view; the empty text for a file that is nowhere on disk. */
  readonly path: string;
  readonly lines: LineMap;
  /** In the order of the text; they do not overlap. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

export interface Renamed {
  readonly ok: true;
  readonly files: readonly FileEdits[];
}

const refuse = (message: string): Refused => ({ ok: false, message });

/** Whether what stands at an offset can be renamed, and where its name stands there. */
export function prepareRename(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): Renamable | Refused {
  const source = asSource(file);
  const marked = anchorAt(source, offset);
  if (marked !== null) {
    const message = refusesName(source, marked, marked.name);
    const span = { start: marked.origin.start + 1, end: marked.origin.end };
    return message === null ? { ok: true, span, name: marked.name } : refuse(message);
  }
  const subject = subjectAt(new Symbols(source, context), offset);
  return subject.ok ? { ok: true, span: subject.occurrence.span, name: subject.occurrence.name } : subject;
}

/** The edits of all files that give a new name to what stands at an offset. */
export function rename(
  file: SourceFile | string,
  offset: number,
  newName: string,
  context: LanguageContext = {},
): Renamed | Refused {
  const source = asSource(file);
  const marked = anchorAt(source, offset);
  if (marked !== null) {
    const message = refusesName(source, marked, newName);
    if (message !== null) return refuse(message);
    const edits = [marked.anchor ?? marked.origin, ...marked.aliases].map((span) => ({ span, text: newName }));
    return { ok: true, files: [{ path: context.path ?? '', lines: source.lines, edits }] };
  }
  const symbols = new Symbols(source, context);
  const subject = subjectAt(symbols, offset);
  if (!subject.ok) return subject;
  if (newName === subject.occurrence.name) return { ok: true, files: [] };
  const renamed = connected(symbols, subject.declarations);
  const reason =
    sameName(renamed.declarations) ??
    invalid(renamed.declarations, newName) ??
    collision(symbols, renamed.declarations, newName) ??
    changedMeaning(symbols, renamed.declarations, newName);
  if (reason !== null) return refuse(reason);
  const texts = new Map<Reference, string>();
  for (const reference of renamed.references) {
    const text = unambiguous(symbols, reference, newName);
    if (text === null) return refuse(alsoMeant(symbols, reference, newName));
    texts.set(reference.item, text);
  }
  const textOf = (item: Declaration | Reference) => ('form' in item ? texts.get(item) : undefined) ?? newName;
  return { ok: true, files: editsOf([...renamed.declarations, ...renamed.references], textOf) };
}

/** Why it is unclear which of several items of one name is meant; null where there is but one. */
function sameName(renamed: readonly Placed<Declaration>[]): string | null {
  const again = renamed.find(
    ({ document, item }, index) =>
      !isShared(item.noun) &&
      renamed.slice(0, index).some((other) => other.document === document && other.item.noun === item.noun),
  );
  if (again === undefined) return null;
  const { document, item } = again;
  return `${nameOf(document.kind, document.self.name)} has more than one ${nounInWords(item.noun)} \`${item.name}\`, and nobody can tell which is meant where it is named; give one of them another name by hand`;
}

/** What the new name would mean already where a reference stands. */
const meantBefore = (symbols: Symbols, reference: Placed<Reference>, newName: string, within?: string) =>
  symbols.declarationsOf({
    ...reference,
    item: { ...reference.item, name: newName, ...(within !== undefined && { within }) },
  });

/**
 * The new name as it must stand in the place of a reference to mean what it meant: with its policy before it where others
 * have that name, too. Null where that does not help.
 */
function unambiguous(symbols: Symbols, reference: Placed<Reference>, newName: string): string | null {
  const { item } = reference;
  const [noun] = item.nouns;
  if (noun === undefined || noun === 'file' || isDocumentKind(noun) || isShared(noun)) return newName;
  if (item.scope === 'document' || meantBefore(symbols, reference, newName).length === 0) return newName;
  const [meant, ...others] = symbols.declarationsOf(reference);
  if (item.scope !== 'Policy' || item.within !== undefined || meant === undefined || others.length > 0) return null;
  const policy = meant.document.self.name;
  const isOne = symbols.documentsNamed('Policy', policy).length === 1;
  return isOne && meantBefore(symbols, reference, newName, policy).length === 0 ? `${policy}/${newName}` : null;
}

function alsoMeant(symbols: Symbols, reference: Placed<Reference>, newName: string): string {
  const [other] = meantBefore(symbols, reference, newName);
  const whose = other === undefined ? 'another' : `that of ${nameOf(other.document.kind, other.document.self.name)}`;
  return `\`${newName}\` in ${fileOf(reference)} would mean ${whose}, too; choose another name`;
}

interface Subject {
  readonly ok: true;
  readonly occurrence: Omit<Occurrence, 'noun'>;
  readonly declarations: readonly Placed<Declaration>[];
}

function subjectAt(symbols: Symbols, offset: number): Subject | Refused {
  const found = symbols.at(offset);
  if (found === null)
    return refuse('only names of documents and ids in them can be renamed; put the cursor on one of these');
  const { occurrence, declaration, reference } = found;
  const { name } = occurrence;
  if (declaration === null && reference !== null) {
    if (reference.item.form === 'path')
      return refuse(
        `\`${name}\` is a path; rename the file itself, and editors that ask the server first change this path with it`,
      );
    if (reference.item.form === 'pattern')
      return refuse(`\`${name}\` stands for all names that fit; put the cursor on one of these names`);
  }
  const declarations = symbols.meaningOf(found);
  if (declarations.length > 0) return { ok: true, occurrence, declarations };
  const noun = reference?.item.nouns.find((each) => each !== 'file');
  return refuse(`there is no ${noun === undefined ? 'name' : nounInWords(noun)} \`${name}\` that could be renamed`);
}

/** The declarations that share references, with all these references: they keep one name or none of them can. */
function connected(symbols: Symbols, first: readonly Placed<Declaration>[]) {
  const declarations = new Map(first.map((placed) => [placed.item, placed]));
  for (;;) {
    const before = declarations.size;
    const references = [...symbols.referencesTo(declarations.keys()).values()]
      .flat()
      .filter(({ item }) => item.form === 'name');
    for (const reference of references)
      for (const placed of symbols.declarationsOf(reference)) declarations.set(placed.item, placed);
    if (declarations.size === before) return { declarations: [...declarations.values()], references };
  }
}

/** What a name of some form is made of, for people. */
const forms: ReadonlyMap<string, string> = new Map([
  ['^[a-z0-9][a-z0-9._-]*$', 'lower-case letters, digits, `.`, `_` and `-`, with a letter or digit first'],
  ['^[a-z][a-z0-9_]*$', 'lower-case letters, digits and `_`, with a letter first'],
]);

function invalid(renamed: readonly Placed<Declaration>[], newName: string): string | null {
  for (const { document, item } of renamed) {
    const noun = nounInWords(item.noun);
    if (newName.trim() === '') return `${withArticle(noun)} must have a name; write one`;
    const places = declaringPaths(item.noun);
    const path = places.find(({ kind }) => kind === document.kind)?.path ?? [];
    const pattern = schemaAt(document.kind, path)?.pattern;
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(newName))
      return `\`${newName}\` cannot be the name of ${withArticle(noun)}: use ${forms.get(pattern) ?? `what fits \`${pattern}\``}`;
    if (pattern === undefined && /[\r\n]/.test(newName))
      return `the name of ${withArticle(noun)} is one line; write it on one`;
    if (isDocumentKind(item.noun) && isPath(newName))
      return `\`${newName}\` would be read as a path wherever others refer to it; choose a name without its ending`;
    for (const { kind, path: at } of places) {
      const implied = schemaAt(kind, at)?.default;
      if (implied === item.name)
        return `\`${item.name}\` is the ${noun} of all that name none, too; write another ${noun} where you mean another`;
      if (implied === newName) return `\`${newName}\` is the ${noun} of all that name none; choose another name`;
    }
  }
  return null;
}

function collision(symbols: Symbols, renamed: readonly Placed<Declaration>[], newName: string): string | null {
  for (const { path, document, item } of renamed) {
    const noun = nounInWords(item.noun);
    if (isDocumentKind(item.noun)) {
      const [other] = symbols.documentsNamed(item.noun, newName);
      if (other === undefined) continue;
      const where = other.path === path ? 'this file' : `\`${other.path}\``;
      return `${where} has ${withArticle(noun)} called \`${newName}\` already; choose another name`;
    }
    if (isShared(item.noun)) {
      const [other] = symbols.sharedNamed(item.noun, newName);
      if (other === undefined) continue;
      const where = other.path === path ? 'this file' : `\`${other.path}\``;
      return `${where} has the ${noun} \`${newName}\` already; choose another name`;
    }
    if (document.declarations.some((other) => other.noun === item.noun && other.name === newName))
      return `${nameOf(document.kind, document.self.name)} has ${withArticle(noun)} \`${newName}\` already; choose another name`;
  }
  return null;
}

/** Why a reference that stays as it is would mean something else afterwards; null when none would. */
function changedMeaning(symbols: Symbols, renamed: readonly Placed<Declaration>[], newName: string): string | null {
  const [first] = renamed;
  if (first === undefined || isDocumentKind(first.item.noun)) return null;
  const { name: oldName, noun } = first.item;
  for (const reference of symbols.references()) {
    const { item } = reference;
    if (!item.nouns.includes(noun)) continue;
    const reaches = () => renamed.some(({ document }) => symbols.looksInto(reference, document));
    if (item.form === 'pattern') {
      const [fitted, fits] = [fitsPattern(oldName, item.name), fitsPattern(newName, item.name)];
      if (fitted !== fits && reaches())
        return `\`${item.name}\` in ${fileOf(reference)} ${fits ? 'would begin to' : 'would no longer'} stand for this ${noun}; change it first, or choose another name`;
    } else if (item.name === newName && reaches() && symbols.declarationsOf(reference).length > 0)
      return `\`${newName}\` in ${fileOf(reference)} means another ${noun} and would then mean this one too; choose another name`;
  }
  return null;
}

const nameOf = (kind: keyof typeof kindInWords, name: string): string =>
  name === '' ? `this ${kindInWords[kind]}` : `the ${kindInWords[kind]} \`${name}\``;

const fileOf = ({ path }: Placed<Reference>): string => (path === '' ? 'this file' : `\`${path}\``);

function editsOf(
  places: readonly Placed<Declaration | Reference>[],
  textOf: (item: Declaration | Reference) => string,
): readonly FileEdits[] {
  const files = Map.groupBy(places, ({ path }) => path);
  return [...files].flatMap(([path, [first, ...others]]) => {
    if (first === undefined) return [];
    const edits = new Map<number, { readonly span: Span; readonly text: string }>();
    for (const { item } of [first, ...others])
      edits.set(item.whole.start, { span: item.span, text: writtenName(textOf(item), item) });
    const inOrder = [...edits.values()].toSorted((a, b) => a.span.start - b.span.start);
    return [{ path, lines: first.facts.lines, edits: inOrder }];
  });
}
