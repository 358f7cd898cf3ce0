/**
 * What a file declares and refers to by name, with places: all that finding, renaming and listing across files needs
 * to know of it. What a reference means is decided in `symbols.ts`, where the other files are known.
 */
import {
  type DocumentKind,
  declarations,
  dereference,
  entryOf,
  idReferences,
  isPath,
  kindInWords,
  type LineMap,
  localReferences,
  referenceRules,
  type ScalarNode,
  type SourceDocument,
  type Span,
  type SyntaxNode,
  valueAt,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';

export type IdNoun = 'rule' | 'budget' | 'case' | 'node' | 'step' | 'persona' | 'variant' | 'tool' | 'task';
/** What is named: a document of some kind, or an id inside one. */
export type Noun = DocumentKind | IdNoun;

/** A name as it is written somewhere. */
export interface Occurrence {
  readonly noun: Noun;
  readonly name: string;
  /** The name without its quotes. */
  readonly span: Span;
  /** The whole value, quotes included. */
  readonly whole: Span;
  /** How it is quoted; `part`: one of the names in a text that is made of several. */
  readonly style: 'plain' | 'single' | 'double' | 'block' | 'part';
}

export interface Declaration extends Occurrence {
  /** All of what is declared: the item of the list, or the document. */
  readonly item: Span;
}

/**
 * Where the declaration of a reference is looked for: in the document itself, in those documents of a kind that the
 * document refers to, or in the whole workspace.
 */
export type Scope = 'document' | 'workspace' | DocumentKind;

export interface Reference extends Omit<Occurrence, 'noun'> {
  /** What it may refer to, the likeliest first. */
  readonly nouns: readonly (Noun | 'file')[];
  readonly scope: Scope;
  /** For `policy/rule`: the name of the document that the id is looked for in. */
  readonly within?: string;
  /** `pattern`: a text with `*` that stands for all names that fit. */
  readonly form: 'name' | 'path' | 'pattern';
}

export interface DocumentFacts {
  readonly kind: DocumentKind;
  /** Whether it is a policy that applies to everything. */
  readonly constitution: boolean;
  /** The document itself; its name is empty when it has none, and its place is then the key `kind`. */
  readonly self: Declaration;
  /** The ids that it declares, in the order of the text. */
  readonly declarations: readonly Declaration[];
  readonly references: readonly Reference[];
}

export interface SymbolFacts {
  readonly lines: LineMap;
  /** Documents of a known kind. */
  readonly documents: readonly DocumentFacts[];
}

export const isDocumentKind = (noun: Noun | 'file'): noun is DocumentKind => noun in kindInWords;

/** `rule`, `policy test` …: a noun for people. */
export const nounInWords = (noun: Noun): string => (isDocumentKind(noun) ? kindInWords[noun] : noun);

/** What the items of a list under a key of a kind's documents declare; undefined for other lists. */
export const nounOfList = (kind: DocumentKind, key: string): IdNoun | undefined =>
  declarations[kind].find(({ list }) => list.at(-1) === key)?.noun as IdNoun | undefined;

const known = new WeakMap<SourceFile, SymbolFacts>();

/** The facts of a file, found once per version. Linear in the size of the file. */
export function symbolFacts(file: SourceFile): SymbolFacts {
  const found = known.get(file) ?? {
    lines: file.lines,
    documents: file.documents.flatMap((document) => factsOf(document, file.text) ?? []),
  };
  known.set(file, found);
  return found;
}

function factsOf(document: SourceDocument, text: string): DocumentFacts | null {
  const { kind, root } = document;
  if (kind === null || root === null) return null;
  const reader = new FactsReader(text);
  reader.read(root, marks[kind], root.span);
  const place = document.locate(['kind']);
  const at = place?.key ?? place?.value ?? { start: document.span.start, end: document.span.start };
  const own = reader.declarations.find(({ noun }) => noun === kind);
  return {
    kind,
    constitution: kind === 'Policy' && valueAt(document.value, ['spec', 'constitution']) === true,
    self: {
      noun: kind,
      name: '',
      span: at,
      whole: at,
      style: 'plain',
      ...own,
      item: { start: root.span.start, end: trimmedEnd(text, root.span) },
    },
    declarations: reader.declarations.filter(({ noun }) => noun !== kind).toSorted(inOrder),
    references: reader.references.toSorted(inOrder),
  };
}

const inOrder = (a: { readonly whole: Span }, b: { readonly whole: Span }): number => a.whole.start - b.whole.start;

/** What stands at a place of a document. */
type Mark =
  | { readonly type: 'declaration'; readonly noun: Noun }
  | { readonly type: 'reference'; readonly nouns: Reference['nouns']; readonly scope: Scope }
  | { readonly type: 'condition' };

/** The places of a kind where names stand, step by step; `*` is every item of a list. */
interface Marks {
  readonly below: Map<string, Marks>;
  readonly here: Mark[];
}

const conditions: Partial<Readonly<Record<DocumentKind, readonly (readonly string[])[]>>> = {
  Policy: [
    ['spec', 'rules', '*', 'when'],
    ['spec', 'rules', '*', 'unless'],
    ['spec', 'budgets', '*', 'when'],
  ],
  Preset: [
    ['spec', 'nodes', '*', 'when'],
    ['spec', 'budgets', '*', 'when'],
  ],
};

/** Signals whose values are names that documents declare. */
const namingSignals: ReadonlyMap<string, IdNoun> = new Map([
  ['tool.name', 'tool'],
  ['agent.id', 'variant'],
]);

function marksOf(kind: DocumentKind): Marks {
  const root: Marks = { below: new Map(), here: [] };
  const add = (at: readonly string[], mark: Mark) => {
    let marks = root;
    for (const step of at) {
      const next = marks.below.get(step) ?? { below: new Map(), here: [] };
      marks.below.set(step, next);
      marks = next;
    }
    marks.here.push(mark);
  };
  add(['metadata', 'name'], { type: 'declaration', noun: kind });
  for (const { list, key, noun } of declarations[kind])
    add([...list, '*', key], { type: 'declaration', noun: noun as IdNoun });
  for (const { at, to } of referenceRules[kind]) add(at, { type: 'reference', nouns: [to], scope: 'workspace' });
  for (const { at, to } of localReferences[kind] ?? [])
    add(at, { type: 'reference', nouns: [to as IdNoun], scope: 'document' });
  for (const { at, ids } of idReferences[kind] ?? []) {
    const scope = ids.through === null ? 'workspace' : ids.kind;
    add(at, { type: 'reference', nouns: ids.nouns as readonly IdNoun[], scope });
  }
  for (const at of conditions[kind] ?? []) add(at, { type: 'condition' });
  return root;
}

const marks = Object.fromEntries(
  (Object.keys(kindInWords) as DocumentKind[]).map((kind) => [kind, marksOf(kind)]),
) as Readonly<Record<DocumentKind, Marks>>;

/** Walks a tree along the places where names stand. Text that aliases repeat is read once for each use of it. */
class FactsReader {
  readonly declarations: Declaration[] = [];
  readonly references: Reference[] = [];
  readonly #text: string;
  /** Where text that aliases repeat has been read already. */
  readonly #seen = new Map<Mark | IdNoun, Set<number>>();

  constructor(text: string) {
    this.#text = text;
  }

  /** `item` is the item of a list that the node stands in. */
  read(source: SyntaxNode, marks: Marks, item: Span): void {
    const node = dereference(source);
    if (node === null) return;
    for (const mark of marks.here) this.#mark(node, mark, item);
    if (marks.below.size === 0) return;
    if (node.type === 'sequence') {
      const below = marks.below.get('*');
      if (below !== undefined) for (const each of node.items) this.read(each, below, each.span);
    } else if (node.type === 'mapping')
      for (const [key, below] of marks.below) {
        const entry = entryOf(node, key);
        if (entry !== null) this.read(entry.value, below, item);
      }
  }

  #mark(node: SyntaxNode, mark: Mark, item: Span): void {
    if (this.#isSeen(mark, node)) return;
    if (mark.type === 'condition') {
      this.#condition(node);
      return;
    }
    const written = node.type === 'scalar' ? occurrenceOf(node, this.#text) : null;
    if (written === null) return;
    if (mark.type === 'declaration') {
      const span = { start: item.start, end: Math.max(written.whole.end, trimmedEnd(this.#text, item)) };
      this.declarations.push({ ...written, noun: mark.noun, item: span });
      return;
    }
    this.#reference(written, mark.nouns, mark.scope);
  }

  #reference(written: Written, nouns: Reference['nouns'], scope: Scope): void {
    const slash = written.name.lastIndexOf('/');
    const [noun] = nouns;
    if (noun === 'file' || (noun !== undefined && isDocumentKind(noun))) {
      const form = noun === 'file' || isPath(written.name) ? 'path' : 'name';
      this.references.push({ ...written, nouns, scope, form });
    } else if (slash > 0 && scope === 'Policy' && written.name === textOf(this.#text, written.span)) {
      const [policy, id] = [written.name.slice(0, slash), written.name.slice(slash + 1)];
      const middle = written.span.start + slash;
      const [first, second] = [
        { start: written.span.start, end: middle },
        { start: middle + 1, end: written.span.end },
      ];
      this.references.push(
        { name: policy, span: first, whole: first, style: 'part', nouns: [scope], scope: 'workspace', form: 'name' },
        { name: id, span: second, whole: second, style: 'part', nouns, scope, within: policy, form: 'name' },
      );
    } else this.references.push({ ...written, nouns, scope, form: 'name' });
  }

  #isSeen(use: Mark | IdNoun, node: SyntaxNode): boolean {
    const seen = this.#seen.get(use) ?? new Set();
    this.#seen.set(use, seen);
    const { start } = node.span;
    if (seen.has(start)) return true;
    seen.add(start);
    return false;
  }

  #condition(source: SyntaxNode): void {
    const node = dereference(source);
    if (node?.type === 'sequence') for (const item of node.items) this.#condition(item);
    if (node?.type !== 'mapping') return;
    for (const { key, value } of node.entries) {
      const noun = namingSignals.get(key);
      if (noun !== undefined) this.#names(value, noun);
      else if (key === 'all' || key === 'any' || key === 'not' || key === '<<') this.#condition(value);
    }
  }

  /** The names in a test of a text: a value, a list, or comparators with these. */
  #names(source: SyntaxNode, noun: IdNoun): void {
    const node = dereference(source);
    if (node === null || this.#isSeen(noun, node)) return;
    if (node.type === 'sequence') for (const item of node.items) this.#names(item, noun);
    else if (node.type === 'mapping') for (const { value } of node.entries) this.#names(value, noun);
    else if (node.type === 'scalar') {
      const written = occurrenceOf(node, this.#text);
      const form = written?.name.includes('*') === true ? 'pattern' : 'name';
      if (written !== null) this.references.push({ ...written, nouns: [noun], scope: 'workspace', form });
    }
  }
}

type Written = Omit<Occurrence, 'noun'>;

const textOf = (text: string, span: Span): string => text.slice(span.start, span.end);

/** Null for what is no text, or an empty one. */
function occurrenceOf(node: ScalarNode, text: string): Written | null {
  const { value: name, span: whole, plain } = node;
  if (typeof name !== 'string' || name === '') return null;
  const quote = text[whole.start];
  const style = plain ? 'plain' : quote === "'" ? 'single' : quote === '"' ? 'double' : 'block';
  const inside = style === 'single' || style === 'double' ? { start: whole.start + 1, end: whole.end - 1 } : whole;
  const at = style === 'block' ? text.lastIndexOf(name, whole.end - name.length) : -1;
  const span = at > whole.start ? { start: at, end: at + name.length } : inside;
  return { name, span, whole, style };
}

/** The end of a span without the blank lines behind it. */
function trimmedEnd(text: string, span: Span): number {
  let end = span.end;
  while (end > span.start && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}
