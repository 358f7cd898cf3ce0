/**
 * Anchors and aliases of a document: `&name` marks a value, `*name` stands for it. They are found in the text, where the
 * tree has no places for anchors; what is written inside texts and comments is none.
 */
import type { LineMap, SourceDocument, Span, SyntaxNode } from '../engine/documents/index.ts';
import { documentAt, type SourceFile } from './file.ts';
import { yamlMarkdown } from './markdown.ts';

/** An anchor or an alias. */
export interface Mark {
  readonly type: 'anchor' | 'alias';
  readonly name: string;
  /** With its sign. */
  readonly span: Span;
}

/** An anchor with the aliases that stand for what it marks. */
export interface AnchorUses {
  /** Null for aliases of an anchor that is not there. */
  readonly anchor: Mark | null;
  /** In the order of the text. */
  readonly aliases: readonly Mark[];
}

const known = new WeakMap<SourceDocument, readonly Mark[]>();
const written = /(?<=^|[\s[{,])[&*][^\s,[\]{}]+/g;

/** The anchors and aliases of a document in the order of the text. */
export function marksIn({ text, lines }: SourceFile, document: SourceDocument): readonly Mark[] {
  const before = known.get(document);
  if (before !== undefined) return before;
  const { start, end } = document.span;
  const comments = new Comments(lines, document);
  const found = [...text.slice(start, end).matchAll(written)].flatMap((match): readonly Mark[] => {
    const span = { start: start + match.index, end: start + match.index + match[0].length };
    const type = match[0].startsWith('&') ? 'anchor' : 'alias';
    const isMark = type === 'alias' ? isAlias(document, span) : !isText(document, span.start + 1);
    return isMark && !comments.holds(span.start) ? [{ type, name: match[0].slice(1), span }] : [];
  });
  known.set(document, found);
  return found;
}

function isAlias(document: SourceDocument, { start }: Span): boolean {
  const node = document.placeAt(start + 1)?.node;
  return node?.type === 'alias' && node.span.start === start;
}

/** Whether an offset lies inside a scalar or a key. */
function isText(document: SourceDocument, offset: number): boolean {
  const place = document.placeAt(offset);
  if (place === null || (!place.onKey && place.node.type !== 'scalar')) return false;
  return place.span.start <= offset && offset < place.span.end;
}

/** The comments of a document. Each line is looked at once, where offsets are asked for in order. */
class Comments {
  readonly #lines: LineMap;
  readonly #document: SourceDocument;
  #line = -1;
  /** Where the comment of that line begins; infinite where it has none. */
  #start = Number.POSITIVE_INFINITY;

  constructor(lines: LineMap, document: SourceDocument) {
    this.#lines = lines;
    this.#document = document;
  }

  holds(offset: number): boolean {
    const line = this.#lines.lineAt(offset);
    if (line !== this.#line) [this.#line, this.#start] = [line, this.#startIn(line)];
    return this.#start < offset;
  }

  #startIn(line: number): number {
    const text = this.#lines.textOf(line);
    const start = this.#lines.startOf(line);
    for (let at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 1))
      if ((at === 0 || /\s/.test(text[at - 1] ?? '')) && !isText(this.#document, start + at)) return start + at;
    return Number.POSITIVE_INFINITY;
  }
}

/** The anchor or alias that an offset touches; null elsewhere. */
export function markAt(file: SourceFile, offset: number): Mark | null {
  const { lines, text } = file;
  const least = lines.startOf(lines.lineAt(offset));
  let start = offset;
  while (start > least && !/[\s,[\]{}]/.test(text[start - 1] ?? '')) start--;
  const document = /[&*]/.test(text.slice(start, offset + 1)) ? documentAt(file, offset) : null;
  if (document === null) return null;
  return marksIn(file, document).find(({ span }) => span.start <= offset && offset <= span.end) ?? null;
}

/** What belongs together with a mark: an alias stands for the nearest anchor of its name before it. */
export function usesOf(mark: Mark, file: SourceFile): AnchorUses {
  const document = documentAt(file, mark.span.start);
  const marks = document === null ? [] : marksIn(file, document).filter(({ name }) => name === mark.name);
  let uses: { readonly anchor: Mark | null; readonly aliases: Mark[] } = { anchor: null, aliases: [] };
  for (const each of marks) {
    if (each.type === 'alias') uses.aliases.push(each);
    else if (each.span.start <= mark.span.start) uses = { anchor: each, aliases: [] };
    else break;
  }
  return uses;
}

/** What an anchor marks: the outermost node that begins behind it. Null where the text breaks off or is broken. */
export function markedBy({ span }: Mark, file: SourceFile): SyntaxNode | null {
  const document = documentAt(file, span.start);
  const gap = /^(?:\s|#[^\r\n]*|!\S*)*/.exec(file.text.slice(span.end, span.end + farEnough))?.[0].length ?? 0;
  const start = span.end + gap;
  let node = document?.root ?? null;
  while (node !== null && node.span.start !== start) node = childAt(node, start);
  return node?.type === 'alias' ? null : node;
}

/** How far behind an anchor what it marks is looked for. */
const farEnough = 10_000;

function childAt(node: SyntaxNode, offset: number): SyntaxNode | null {
  const children =
    node.type === 'mapping' ? node.entries.map(({ value }) => value) : node.type === 'sequence' ? node.items : [];
  return children.find(({ span }) => span.start <= offset && offset < span.end) ?? null;
}

/** What an anchor marks as it is written, for people. */
export function markedMarkdown(mark: Mark, file: SourceFile): string {
  const node = markedBy(mark, file);
  const end = file.lines.endOf(file.lines.lineAt(mark.span.start));
  return yamlMarkdown(file.lines, node?.span ?? { start: mark.span.end, end });
}
