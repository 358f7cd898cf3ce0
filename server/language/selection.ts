/**
 * What a selection grows to, step by step: word in quotes, scalar, pair, item, list, mapping, document, file. It follows
 * the tree, so that in flow style brackets are a step of their own.
 */
import type { LineMap, MappingEntry, SequenceNode, Span, SyntaxNode } from '../engine/documents/index.ts';
import { asSource, documentAt, type SourceFile } from './file.ts';

/** The spans around an offset, each inside the next one; the last is the whole file. */
export function selectionsAt(file: SourceFile | string, offset: number): readonly Span[] {
  const source = asSource(file);
  const { lines, documents } = source;
  const document = documentAt(source, offset);
  const around: Span[] = [{ start: 0, end: source.text.length }];
  if (document !== null && documents.length > 1) around.push(trimmed(source.text, document.span));
  if (document !== null && document.root !== null) {
    const grower = new Grower(lines, offset, around);
    grower.node(document.root);
    grower.comment();
  }
  const spans: Span[] = [];
  for (const span of around.toReversed()) {
    const inner = spans.at(-1);
    const grows = inner === undefined || (holds(span, inner) && !holds(inner, span));
    if (holds(span, { start: offset, end: offset }) && grows) spans.push(span);
  }
  return spans;
}

/** Collects spans from the outermost inwards. */
class Grower {
  readonly #lines: LineMap;
  readonly #offset: number;
  readonly #around: Span[];
  #inScalar = false;

  constructor(lines: LineMap, offset: number, around: Span[]) {
    this.#lines = lines;
    this.#offset = offset;
    this.#around = around;
  }

  node(node: SyntaxNode): void {
    const span = this.#spanOf(node);
    if (!this.#has(span)) return;
    this.#around.push(span);
    if (node.type === 'mapping') {
      if (node.flow) this.#around.push(inside(span));
      for (const entry of node.entries) if (this.#entry(entry)) return;
    } else if (node.type === 'sequence') {
      if (node.flow) this.#around.push(inside(span));
      for (const item of node.items) if (this.#item(node, item)) return;
    } else if (node.type === 'scalar') {
      this.#inScalar = this.#has(node.span);
      this.#text(node.span);
    }
  }

  #entry({ keySpan, value }: MappingEntry): boolean {
    const end = Math.max(keySpan.end, this.#spanOf(value).end);
    const pair = { start: keySpan.start, end };
    if (!this.#has(pair)) return false;
    this.#around.push(pair);
    if (this.#has(keySpan)) {
      this.#around.push(keySpan);
      this.#text(keySpan);
    } else this.node(value);
    return true;
  }

  /** In block style, an item is what stands behind its dash, and then with the dash. */
  #item(list: SequenceNode, item: SyntaxNode): boolean {
    const span = this.#spanOf(item);
    let start = span.start;
    if (!list.flow) {
      const before = /-(?:\s|[&!]\S*(?=\s|$)|(?<=\s)#[^\r\n]*(?![^\r\n]))*$/.exec(
        this.#lines.text.slice(Math.max(list.span.start, start - dashReach), start),
      );
      if (before !== null) start -= before[0].length;
    }
    const whole = { start, end: span.end };
    if (!this.#has(whole)) return false;
    this.#around.push(whole);
    this.node(item);
    return true;
  }

  /** What stands between quotes. */
  #text(span: Span): void {
    const quote = this.#lines.text[span.start];
    if ((quote === '"' || quote === "'") && span.end - span.start >= 2) this.#around.push(inside(span));
  }

  /** A comment and the comments right above and below it. */
  comment(): void {
    const line = this.#lines.lineAt(this.#offset);
    const start = this.#lines.startOf(line);
    const hash = /(?:^|[ \t])(#.*)$/.exec(this.#lines.textOf(line));
    const from = hash?.[1] === undefined ? -1 : start + hash.index + hash[0].length - hash[1].length;
    if (from < 0 || this.#offset < from || this.#inScalar) return;
    const isComment = (each: number) => /^[ \t]*#/.test(this.#lines.textOf(each));
    if (isComment(line)) {
      let [first, last] = [line, line];
      while (first > 0 && isComment(first - 1)) first--;
      while (isComment(last + 1)) last++;
      const head = this.#lines.textOf(first);
      const indent = head.length - head.trimStart().length;
      this.#around.push({ start: this.#lines.startOf(first) + indent, end: this.#lines.endOf(last) });
    }
    this.#around.push({ start: from, end: this.#lines.endOf(line) });
  }

  #has({ start, end }: Span): boolean {
    return start <= this.#offset && this.#offset <= end;
  }

  #spanOf(node: SyntaxNode): Span {
    return trimmed(this.#lines.text, node.span);
  }
}

/** How far before an item its dash is looked for, in characters. */
const dashReach = 200;

const inside = ({ start, end }: Span): Span => ({ start: start + 1, end: Math.max(start + 1, end - 1) });

const holds = (outer: Span, inner: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** Without the white space at its ends. */
function trimmed(text: string, { start, end }: Span): Span {
  let [from, to] = [start, end];
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  return { start: from, end: to };
}

const isSpace = (unit: number): boolean => unit === 32 || unit === 9 || unit === 10 || unit === 13;
