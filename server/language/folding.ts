/**
 * What can be folded: keys with what is below them, items of lists, texts over several lines, comments, regions, and the
 * documents of a file with more than one. Lines that are broken fold as far as the parser understands them.
 */
import type { LineMap, SyntaxNode } from '../engine/documents/index.ts';
import { asSource, type SourceFile } from './file.ts';

export interface Fold {
  /** From 0; both are included. */
  readonly first: number;
  readonly last: number;
  readonly kind: 'block' | 'comment' | 'region';
  /** How many folds are around it. */
  readonly depth: number;
}

/** The folds of a file by their first lines, one for each line. */
export function folds(file: SourceFile | string): readonly Fold[] {
  const { documents, lines } = asSource(file);
  const collector = new Collector(lines);
  for (const { root } of documents) if (root !== null) collector.node(root, documents.length > 1 ? 1 : 0);
  if (documents.length > 1) collector.documents();
  collector.comments();
  return [...collector.folds.values()].toSorted((a, b) => a.first - b.first);
}

class Collector {
  /** By their first lines: of several that begin on one line, the longest. */
  readonly folds = new Map<number, Fold>();
  readonly #lines: LineMap;
  /** Lines inside scalars, where `#` begins no comment. */
  readonly #inText = new Set<number>();

  constructor(lines: LineMap) {
    this.#lines = lines;
  }

  #add(first: number, last: number, kind: Fold['kind'], depth: number): void {
    const known = this.folds.get(first);
    if (last > first && (known === undefined || last > known.last)) this.folds.set(first, { first, last, kind, depth });
  }

  node(node: SyntaxNode, depth: number): void {
    if (node.type === 'mapping')
      for (const { keySpan, value } of node.entries) this.#below(keySpan.start, value, depth);
    else if (node.type === 'sequence')
      for (const item of node.items) {
        const dash = node.flow ? item.span.start : this.#dashBefore(item.span.start, node.span.start);
        this.#below(dash, item, depth);
      }
    else if (node.type === 'scalar') {
      const [first, last] = [this.#lines.lineAt(node.span.start), this.#lastLine(node)];
      for (let line = first + 1; line <= last; line++) this.#inText.add(line);
    }
  }

  #below(start: number, value: SyntaxNode, depth: number): void {
    const first = this.#lines.lineAt(start);
    // Most values end on the line where they begin; they need no further look.
    if (this.#lines.startOf(first + 1) >= value.span.end) return;
    this.#add(first, this.#lastLine(value), 'block', depth);
    this.node(value, depth + 1);
  }

  /** The line of a node's last character that is no white space and no comment behind it. */
  #lastLine(node: SyntaxNode): number {
    if (node.type === 'mapping' && !node.flow) {
      const last = node.entries.at(-1);
      if (last !== undefined) return Math.max(this.#lines.lineAt(last.keySpan.start), this.#lastLine(last.value));
    }
    if (node.type === 'sequence' && !node.flow) {
      const last = node.items.at(-1);
      if (last !== undefined) return this.#lastLine(last);
    }
    let line = this.#lines.lineAt(Math.max(node.span.start, node.span.end - 1));
    const first = this.#lines.lineAt(node.span.start);
    while (line > first && isBlank(this.#lines.textOf(line))) line--;
    return line;
  }

  #dashBefore(start: number, least: number): number {
    let at = start;
    while (at > least && this.#lines.text[at] !== '-') at--;
    // A dash further up may be another item's, or stand in a word.
    return /^-[\s&!]/.test(this.#lines.text.slice(at, at + 2)) ? at : start;
  }

  documents(): void {
    const starts = [0];
    for (let line = 0; line < this.#lines.lineCount; line++)
      if (!this.#inText.has(line) && /^---(\s|$)/.test(this.#lines.textOf(line))) {
        const isFirst = starts.length === 1 && this.#isOnlyHead(line);
        if (isFirst) starts[0] = line;
        else starts.push(line);
      }
    for (const [index, start] of starts.entries()) {
      let last = (starts[index + 1] ?? this.#lines.lineCount) - 1;
      while (last > start && isBlank(this.#lines.textOf(last))) last--;
      this.#add(start, last, 'block', 0);
    }
  }

  /** Whether nothing but comments, directives and blank lines stands above a line. */
  #isOnlyHead(line: number): boolean {
    for (let above = line - 1; above >= 0; above--) if (!/^\s*(#|%|$)/.test(this.#lines.textOf(above))) return false;
    return true;
  }

  /** Comments over two lines or more, and what stands between `# region` and `# endregion`. */
  comments(): void {
    const open: number[] = [];
    let start: number | null = null;
    for (let line = 0; line <= this.#lines.lineCount; line++) {
      const text = line < this.#lines.lineCount && !this.#inText.has(line) ? this.#lines.textOf(line) : '';
      const marker = /^\s*#\s*(end)?region\b/.exec(text);
      const isComment = marker === null && /^\s*#/.test(text);
      if (isComment) start ??= line;
      else if (start !== null) {
        this.#add(start, line - 1, 'comment', 0);
        start = null;
      }
      if (marker === null) continue;
      if (marker[1] === undefined) open.push(line);
      else {
        const first = open.pop();
        if (first !== undefined) this.#add(first, line, 'region', open.length);
      }
    }
  }
}

const isBlank = (text: string): boolean => /^\s*$/.test(text);
