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
  type Path,
  type Pattern,
  referenceRules,
  type ScalarNode,
  type SourceDocument,
  type Span,
  type SyntaxNode,
  valueAt,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';

export type IdNoun =
  | 'rule'
  | 'budget'
  | 'pattern'
  | 'case'
  | 'node'
  | 'step'
  | 'persona'
  | 'variant'
  | 'tool'
  | 'task'
  | SharedNoun;
/** What many places declare together: all that have one name mean one and the same. */
export type SharedNoun = 'role' | 'tag';
/** What is named: a document of some kind, or an id inside one. */
export type Noun = DocumentKind | IdNoun;

export const isShared = (noun: Noun | 'file'): noun is SharedNoun => noun === 'role' || noun === 'tag';

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

/** Where a noun's names are declared. */
interface DeclaringPlace {
  readonly at: Pattern;
  readonly noun: Noun;
}

/** Names that may be declared more than once, or that the policy's compiler looks after. */
const furtherDeclarations: Partial<Readonly<Record<DocumentKind, readonly DeclaringPlace[]>>> = {
  Policy: [{ at: ['spec', 'patterns', '*', 'id'], noun: 'pattern' }],
  Preset: [{ at: ['spec', 'role'], noun: 'role' }],
  Experiment: [{ at: ['spec', 'variants', '*', 'role'], noun: 'role' }],
  Environment: [{ at: ['spec', 'tools', '*', 'tags', '*'], noun: 'tag' }],
};

const allKinds = Object.keys(kindInWords) as DocumentKind[];

const declaringPlaces: ReadonlyMap<DocumentKind, readonly DeclaringPlace[]> = new Map(
  allKinds.map((kind) => [
    kind,
    [
      { at: ['metadata', 'name'], noun: kind },
      ...declarations[kind].map(({ list, key, noun }) => ({ at: [...list, '*', key], noun: noun as IdNoun })),
      ...(furtherDeclarations[kind] ?? []),
    ],
  ]),
);

/** The kinds whose documents declare a noun, each with the path of the first such place. */
export const declaringPaths = (noun: Noun): readonly { readonly kind: DocumentKind; readonly path: Path }[] =>
  allKinds.flatMap((kind) => {
    const place = declaringPlaces.get(kind)?.find((each) => each.noun === noun);
    return place === undefined ? [] : [{ kind, path: place.at.map((step) => (step === '*' ? 0 : step)) }];
  });

/** What the items of a list under a key of a kind's documents declare; undefined for other lists. */
export const nounOfList = (kind: DocumentKind, key: string): Noun | undefined =>
  declaringPlaces.get(kind)?.find(({ at }) => at.at(-2) === '*' && at.at(-3) === key)?.noun;

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
  | {
      readonly type: 'reference';
      readonly nouns: Reference['nouns'];
      readonly scope: Scope;
      /** Whether `*` stands for any text there. */
      readonly globs?: boolean;
    }
  /** A condition, or signals as a policy test gives them. */
  | { readonly type: 'signals'; readonly names: SignalNames };

type ReferenceMark = Extract<Mark, { readonly type: 'reference' }>;

/** The places of a kind where names stand, step by step; `*` is every item of a list. */
interface Marks {
  readonly below: Map<string, Marks>;
  readonly here: Mark[];
}

/** Signals whose values are names that documents declare, and where these are looked for. */
type SignalNames = ReadonlyMap<string, ReferenceMark & { readonly noun: IdNoun }>;

const signalNames = (scopes: Partial<Readonly<Record<IdNoun, Scope>>>): SignalNames =>
  new Map(
    (
      [
        ['tool.name', 'tool'],
        ['tool.tags', 'tag'],
        ['agent.id', 'variant'],
        ['agent.role', 'role'],
        ['agent.node', 'node'],
        ['observation.patterns', 'pattern'],
      ] as const
    ).map(([signal, noun]) => [
      signal,
      { type: 'reference', noun, nouns: [noun], scope: scopes[noun] ?? 'workspace', globs: true },
    ]),
  );

const ofPolicy = signalNames({ pattern: 'document' });
const ofPreset = signalNames({ pattern: 'document', node: 'document' });
const ofCase = signalNames({ pattern: 'Policy', tool: 'Environment', tag: 'Environment' });

/** Where signals stand, in conditions or with their values. */
const signalPlaces: Partial<
  Readonly<Record<DocumentKind, readonly { readonly at: Pattern; readonly names: SignalNames }[]>>
> = {
  Policy: [
    { at: ['spec', 'rules', '*', 'when'], names: ofPolicy },
    { at: ['spec', 'rules', '*', 'unless'], names: ofPolicy },
    { at: ['spec', 'budgets', '*', 'when'], names: ofPolicy },
  ],
  Preset: [
    { at: ['spec', 'nodes', '*', 'when'], names: ofPreset },
    { at: ['spec', 'budgets', '*', 'when'], names: ofPreset },
  ],
  PolicyTest: [{ at: ['spec', 'cases', '*', 'signals'], names: ofCase }],
};

/** What the lists of a scope name. */
const scopeLists: readonly { readonly key: string; readonly noun: IdNoun; readonly globs: boolean }[] = [
  { key: 'roles', noun: 'role', globs: true },
  { key: 'nodes', noun: 'node', globs: true },
  { key: 'tags', noun: 'tag', globs: false },
];

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
  for (const { at, noun } of declaringPlaces.get(kind) ?? []) add(at, { type: 'declaration', noun });
  for (const { at, to } of referenceRules[kind]) add(at, { type: 'reference', nouns: [to], scope: 'workspace' });
  for (const { at, to } of localReferences[kind] ?? [])
    add(at, { type: 'reference', nouns: [to as IdNoun], scope: 'document' });
  for (const { at, ids } of idReferences[kind] ?? []) {
    const scope = ids.through === null ? 'workspace' : ids.kind;
    add(at, { type: 'reference', nouns: ids.nouns as readonly IdNoun[], scope });
  }
  for (const { at, names } of signalPlaces[kind] ?? []) add(at, { type: 'signals', names });
  if (kind === 'Policy')
    for (const around of [['spec'], ['spec', 'rules', '*']])
      for (const { key, noun, globs } of scopeLists)
        add([...around, 'scope', key, '*'], { type: 'reference', nouns: [noun], scope: 'workspace', globs });
  return root;
}

const marks = Object.fromEntries(allKinds.map((kind) => [kind, marksOf(kind)])) as Readonly<
  Record<DocumentKind, Marks>
>;

/** Walks a tree along the places where names stand. Text that aliases repeat is read once for each use of it. */
class FactsReader {
  readonly declarations: Declaration[] = [];
  readonly references: Reference[] = [];
  readonly #text: string;
  /** Whether there may be aliases. */
  readonly #repeats: boolean;
  /** Where text that aliases repeat has been read already. */
  readonly #seen = new Map<Mark | IdNoun, Set<number>>();

  constructor(text: string) {
    this.#text = text;
    this.#repeats = /(?:^|[\s[{,])\*[^\s*]/.test(text);
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
    if (mark.type === 'signals') {
      this.#signals(node, mark.names);
      return;
    }
    const written = node.type === 'scalar' ? occurrenceOf(node, this.#text) : null;
    if (written === null) return;
    if (mark.type === 'declaration') {
      const { noun } = mark;
      const whole = { start: item.start, end: Math.max(written.whole.end, trimmedEnd(this.#text, item)) };
      this.declarations.push({ ...written, noun, item: isShared(noun) ? written.whole : whole });
      return;
    }
    this.#reference(written, mark);
  }

  #reference(written: Written, { nouns, scope, globs = false }: ReferenceMark): void {
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
    } else {
      const { name, span, whole, style } = written;
      const form = globs && name.includes('*') ? 'pattern' : 'name';
      this.references.push({ name, span, whole, style, nouns, scope, form });
    }
  }

  #isSeen(use: Mark | IdNoun, node: SyntaxNode): boolean {
    if (!this.#repeats) return false;
    const seen = this.#seen.get(use) ?? new Set();
    this.#seen.set(use, seen);
    const { start } = node.span;
    if (seen.has(start)) return true;
    seen.add(start);
    return false;
  }

  #signals(source: SyntaxNode, names: SignalNames): void {
    const node = dereference(source);
    if (node?.type === 'sequence') for (const item of node.items) this.#signals(item, names);
    if (node?.type !== 'mapping') return;
    for (const { key, value } of node.entries) {
      const named = names.get(key);
      if (named !== undefined) this.#names(value, named);
      else if (key === 'all' || key === 'any' || key === 'not' || key === '<<') this.#signals(value, names);
    }
  }

  /** The names in a test of a text: a value, a list, or comparators with these. */
  #names(source: SyntaxNode, named: ReferenceMark & { readonly noun: IdNoun }): void {
    const node = dereference(source);
    if (node === null || this.#isSeen(named.noun, node)) return;
    if (node.type === 'sequence') for (const item of node.items) this.#names(item, named);
    else if (node.type === 'mapping') {
      // Beside `unknown` stands why nobody knows it.
      for (const { key, value } of node.entries) if (key !== 'unknown') this.#names(value, named);
    } else if (node.type === 'scalar') {
      const written = occurrenceOf(node, this.#text);
      if (written !== null) this.#reference(written, named);
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
