/**
 * What names mean across the files of a workspace: which declarations a reference leads to, and which references lead
 * to a declaration. It knows nothing of text edits and of what stands under a cursor on a screen.
 */
import type { DocumentKind } from '../../engine/documents/index.ts';
import { asSource, type LanguageContext, type SourceFile } from '../file.ts';
import {
  type Declaration,
  type DocumentFacts,
  declaringPaths,
  isDocumentKind,
  isShared,
  type Noun,
  type Occurrence,
  type Reference,
  type SymbolFacts,
  symbolFacts,
} from './facts.ts';

/** Something of a file, with the file and document that it stands in. */
export interface Placed<T> {
  /** In the form of the workspace's view; the empty text for a file that is nowhere on disk. */
  readonly path: string;
  readonly facts: SymbolFacts;
  readonly document: DocumentFacts;
  readonly item: T;
}

/** The names of a workspace as one file sees them. Made for one request; the facts inside are shared. */
export class Symbols {
  readonly path: string;
  readonly facts: SymbolFacts;
  readonly #files: ReadonlyMap<string, SymbolFacts>;
  readonly #context: LanguageContext;
  readonly #ofKind = new Map<DocumentKind, Placed<Declaration>[]>();
  readonly #named = new Map<string, Placed<Declaration>[]>();
  readonly #scopes = new Map<DocumentFacts, Map<string, readonly Placed<Declaration>[]>>();

  constructor(file: SourceFile | string, context: LanguageContext) {
    const { path, workspace } = context;
    this.path = path ?? '';
    this.facts = symbolFacts(asSource(file));
    this.#context = context;
    const files = new Map<string, SymbolFacts>();
    if (path !== undefined && path !== null)
      for (const { path: each, symbols } of workspace?.files?.() ?? []) files.set(each, symbols);
    // What is edited now is newer than what the workspace knows of the file.
    this.#files = files.set(this.path, this.facts);
    for (const [each, facts] of files)
      for (const document of facts.documents) {
        const placed = { path: each, facts, document, item: document.self };
        push(this.#ofKind, document.kind, placed);
        push(this.#named, `${document.kind} ${document.self.name}`, placed);
      }
  }

  /** The documents of a kind in the workspace. */
  documents(kind: DocumentKind): readonly Placed<Declaration>[] {
    return this.#ofKind.get(kind) ?? [];
  }

  documentsNamed(kind: DocumentKind, name: string): readonly Placed<Declaration>[] {
    return name === '' ? [] : (this.#named.get(`${kind} ${name}`) ?? []);
  }

  /** All places that declare a name that many may declare together. */
  sharedNamed(noun: Noun, name: string): readonly Placed<Declaration>[] {
    return this.#declaring(noun).flatMap((placed) =>
      placed.document.declarations
        .filter((item) => item.noun === noun && item.name === name)
        .map((item) => ({ ...placed, item })),
    );
  }

  /** The documents that may declare a noun. */
  #declaring(noun: Noun): readonly Placed<Declaration>[] {
    return declaringPaths(noun).flatMap(({ kind }) => this.documents(kind));
  }

  /** The documents in the file at a path as written in this reference. */
  documentsAt(reference: Placed<Reference>): readonly Placed<Declaration>[] {
    const { item } = reference;
    const path = this.pathOf(reference);
    const facts = path === null ? undefined : this.#files.get(path);
    if (path === null || facts === undefined) return [];
    return facts.documents
      .filter(({ kind }) => item.nouns.includes('file') || item.nouns.includes(kind))
      .map((document) => ({ path, facts, document, item: document.self }));
  }

  /** The path that a reference by path means; null where no workspace is known. */
  pathOf({ path, item }: Placed<Reference>): string | null {
    const { workspace } = this.#context;
    return !workspace || path === '' ? null : workspace.resolve(path, item.name);
  }

  /** What a reference leads to: one declaration when all is well. */
  declarationsOf(reference: Placed<Reference>): readonly Placed<Declaration>[] {
    const { item } = reference;
    if (item.form === 'path') return this.documentsAt(reference);
    const [noun] = item.nouns;
    if (noun !== undefined && isDocumentKind(noun)) return this.documentsNamed(noun, item.name);
    const found: Placed<Declaration>[] = [];
    for (const scope of this.#scopesOf(reference))
      for (const declaration of declaredIn(scope.document, item)) found.push({ ...scope, item: declaration });
    return found;
  }

  /** Whether a reference by id would find what this document declares. */
  looksInto(reference: Placed<Reference>, document: DocumentFacts): boolean {
    return this.#scopesOf(reference).some((scope) => scope.document === document);
  }

  /** The documents in which the declaration of an id is looked for. */
  #scopesOf({ path, facts, document, item }: Placed<Reference>): readonly Placed<Declaration>[] {
    if (item.scope === 'document') return [{ path, facts, document, item: document.self }];
    const key = `${item.scope} ${item.nouns[0]} ${item.within ?? ''}`;
    const known = this.#scopes.get(document)?.get(key);
    if (known !== undefined) return known;
    const [noun] = item.nouns;
    const everywhere = () => (noun === undefined || noun === 'file' ? [] : this.#declaring(noun));
    const all = item.scope === 'workspace' ? everywhere() : this.documents(item.scope);
    const named =
      item.scope === 'workspace' ? [] : this.#referred({ path, facts, document, item: document.self }, item.scope);
    // Where the document does not say, or says what is not there, any that declares it is better than none.
    const scopes = item.scope === 'Policy' ? this.#speaking(named) : named.length > 0 ? named : all;
    const found = item.within === undefined ? scopes : scopes.filter((scope) => scope.item.name === item.within);
    const ofDocument = this.#scopes.get(document) ?? new Map();
    this.#scopes.set(document, ofDocument.set(key, found));
    return found;
  }

  /** The documents of a kind that a document refers to. */
  #referred({ path, facts, document }: Placed<Declaration>, kind: DocumentKind): readonly Placed<Declaration>[] {
    return document.references
      .filter(({ nouns, style }) => style !== 'part' && nouns[0] === kind)
      .flatMap((item) => this.declarationsOf({ path, facts, document, item }));
  }

  /** The policies that decide where some are named: they, the constitutions, and what these include, each once. */
  #speaking(named: readonly Placed<Declaration>[]): readonly Placed<Declaration>[] {
    const constitutions = this.documents('Policy').filter(({ document }) => document.constitution);
    const speaking = new Map([...named, ...constitutions].map((placed) => [placed.document, placed]));
    // A map gives what is added to it meanwhile, too.
    for (const placed of speaking.values())
      for (const included of this.#referred(placed, 'Policy'))
        if (!speaking.has(included.document)) speaking.set(included.document, included);
    return [...speaking.values()];
  }

  /** All references to any of these declarations, by declaration, in one pass over the workspace or one file. */
  referencesTo(
    declarations: Iterable<Declaration>,
    within?: string,
  ): ReadonlyMap<Declaration, readonly Placed<Reference>[]> {
    const found = new Map<Declaration, Placed<Reference>[]>();
    const names = new Set<string>();
    const nouns = new Set<string>();
    for (const declaration of declarations) {
      found.set(declaration, []);
      names.add(declaration.name);
      nouns.add(declaration.noun);
    }
    for (const reference of this.references(within)) {
      const { name, form } = reference.item;
      if (form === 'name' && !names.has(name)) continue;
      if (!reference.item.nouns.some((noun) => noun === 'file' || nouns.has(noun))) continue;
      for (const { item } of this.declarationsOf(reference)) found.get(item)?.push(reference);
    }
    return found;
  }

  /** Every reference of every file, or of one. */
  *references(within?: string): Generator<Placed<Reference>> {
    const files = within === undefined ? this.#files : [[within, this.#files.get(within)] as const];
    for (const [path, facts] of files) if (facts !== undefined) yield* referencesIn(path, facts);
  }

  /** Every declaration of every file, documents included. */
  *declarations(): Generator<Placed<Declaration>> {
    for (const [path, facts] of this.#files)
      for (const document of facts.documents) {
        if (document.self.name !== '') yield { path, facts, document, item: document.self };
        for (const item of document.declarations) yield { path, facts, document, item };
      }
  }

  /** The name that an offset of the file touches: both where a declaration is a reference too. */
  at(offset: number): NameAt | null {
    const names = namesIn(this.facts);
    let low = 0;
    let high = names.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((names[middle]?.whole.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const found = names[low];
    if (found === undefined || offset < found.whole.start) return null;
    if (offset <= found.whole.end) return this.#placed(found);
    return null;
  }

  #placed({ document, declaration, reference }: NameInFile): NameAt {
    const place = { path: this.path, facts: this.facts, document };
    const occurrence = declaration ?? reference;
    return {
      occurrence,
      declaration: declaration === null ? null : { ...place, item: declaration },
      reference: reference === null ? null : { ...place, item: reference },
    };
  }

  /** What a name leads to: itself, when it declares something. */
  meaningOf({ declaration, reference }: NameAt): readonly Placed<Declaration>[] {
    if (declaration !== null) {
      const { noun, name } = declaration.item;
      return isShared(noun) ? this.sharedNamed(noun, name) : [declaration];
    }
    return reference === null ? [] : this.declarationsOf(reference);
  }
}

/** A name of a file; one of the two is not null. */
export interface NameAt {
  readonly occurrence: Omit<Occurrence, 'noun'>;
  readonly declaration: Placed<Declaration> | null;
  readonly reference: Placed<Reference> | null;
}

type NameInFile = { readonly document: DocumentFacts; readonly whole: Occurrence['whole'] } & (
  | { readonly declaration: Declaration; readonly reference: Reference | null }
  | { readonly declaration: null; readonly reference: Reference }
);

const sorted = new WeakMap<SymbolFacts, readonly NameInFile[]>();

/** All names of a file in the order of the text. */
function namesIn(facts: SymbolFacts): readonly NameInFile[] {
  const known = sorted.get(facts);
  if (known !== undefined) return known;
  const names = new Map<number, NameInFile>();
  for (const document of facts.documents) {
    for (const reference of document.references)
      names.set(reference.whole.start, { document, whole: reference.whole, declaration: null, reference });
    const own = document.self.name === '' ? [] : [document.self];
    for (const declaration of [...own, ...document.declarations]) {
      const { whole } = declaration;
      const reference = names.get(whole.start)?.reference ?? null;
      names.set(whole.start, { document, whole, declaration, reference });
    }
  }
  const found = [...names.values()].toSorted((a, b) => a.whole.start - b.whole.start);
  sorted.set(facts, found);
  return found;
}

function* referencesIn(path: string, facts: SymbolFacts): Generator<Placed<Reference>> {
  for (const document of facts.documents) for (const item of document.references) yield { path, facts, document, item };
}

const declared = new WeakMap<DocumentFacts, Map<string, readonly Declaration[]>>();

/** The ids of a document that a reference may mean. */
function declaredIn(document: DocumentFacts, { nouns, name, form }: Reference): readonly Declaration[] {
  const known = declared.get(document) ?? Map.groupBy(document.declarations, (each) => `${each.noun} ${each.name}`);
  declared.set(document, known);
  for (const noun of nouns) {
    const found = known.get(`${noun} ${name}`) ?? (form === 'pattern' ? fitting(document, noun, name) : undefined);
    if (form === 'pattern' && found !== undefined) known.set(`${noun} ${name}`, found);
    if (found !== undefined && found.length > 0) return found;
  }
  return [];
}

/** No name holds a `*`, so what fits a pattern can be kept beside what is called something. */
const fitting = (document: DocumentFacts, noun: Reference['nouns'][number], pattern: string): readonly Declaration[] =>
  document.declarations.filter((each) => each.noun === noun && fitsPattern(each.name, pattern));

/** Whether a name fits a text with `*` at its beginning or end, as policies match them. */
export function fitsPattern(name: string, pattern: string): boolean {
  const text = pattern.replace(/^\*|\*$/g, '');
  const [open, closed] = [pattern.startsWith('*'), pattern.length > 1 && pattern.endsWith('*')];
  if (text === '') return true;
  if (open && closed) return name.includes(text);
  return open ? name.endsWith(text) : name.startsWith(text);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
