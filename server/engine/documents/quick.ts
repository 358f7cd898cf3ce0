/**
 * Reads the YAML that most documents are written in: block mappings and lists, plain words, quotes, `{…}` and `[…]` on
 * one line, block texts, anchors and aliases. Whatever is unusual or faulty it leaves to the full parser, which must give the same tree.
 */
import { ReferenceReader } from './anchors.ts';
import { byteOrderMark, indentOf, kindOf, type LineMap, lineKinds } from './lines.ts';
import { type Fragment, fragmentOf } from './parse.ts';
import type { Span } from './problem.ts';
import type { AliasNode, MappingEntry, MappingNode, ScalarNode, SequenceNode, SyntaxNode } from './tree.ts';

const none: readonly never[] = [];

/** Thrown and caught in this file: the text is not of the simple kind. */
const unusual = Symbol('unusual');

/** Characters that YAML does not take, or that count as white space somewhere. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const strangeUnits = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const keyPattern = /(?:[A-Za-z_][\w./-]*|<<)(?=:(?: |\r?\n|\r?$))/y;
const flowKeyPattern = /([A-Za-z_][\w./-]*|<<): +/y;
const referencePattern = /[&*]([\w-]+)(?=[ ,\]}]|\r?\n|\r?$)/y;
const plainFirst = /[^\s\-?:,[\]{}#&*!|>'"%@`]|-[\w.]/y;
const commentOrEnd = /[ ]*(?: #[^\n]*)?\r?(?:\n|$)/y;
const wordsThatAreNoText = /^(?:true|false|null)$/i;
const ampersand = 38;
const maxDepth = 64;
const maxKeyLength = 200;

/** The entries of a block mapping (or the items of a list) whose keys (or dashes) stand at `column` in lines `first` up to `end`; null when they are not of the simple kind. Places count from `origin`, where line `first` begins. */
export function readQuickly(
  lines: LineMap,
  first: number,
  end: number,
  column: number,
  origin: number,
): Fragment | null {
  const stop = lines.startOf(end);
  if (strangeUnits.test(lines.text.slice(origin, stop))) return null;
  try {
    const reader = new QuickReader(lines, first, end, origin);
    const node = reader.block(column, 0);
    if (node === null || !reader.atEnd) return null;
    const entries = node.type === 'mapping' ? node.entries : none;
    const items = node.type === 'sequence' ? node.items : none;
    const { references } = reader;
    return fragmentOf(entries, items, references?.problems ?? [], references?.result() ?? null);
  } catch (error) {
    if (error === unusual) return null;
    throw error;
  }
}

const giveUp = (): never => {
  throw unusual;
};

/** Without the room that lists keep which were added to: most lists of a document have two or three elements. */
const trimmed = <T>(list: readonly T[]): readonly T[] => list.slice();

class QuickReader {
  readonly #lines: LineMap;
  readonly #text: string;
  readonly #end: number;
  readonly #origin: number;
  /** Null as long as there are no anchors, aliases or merge keys. */
  references: ReferenceReader | null = null;
  /** The line that is read next, and where its content begins: behind dashes that are read already. */
  #line: number;
  #offset = 0;
  #column = 0;

  constructor(lines: LineMap, first: number, end: number, origin: number) {
    this.#lines = lines;
    this.#origin = origin;
    this.#text = lines.text;
    this.#end = end;
    this.#line = first - 1;
    this.#nextLine();
  }

  get atEnd(): boolean {
    return this.#line >= this.#end;
  }

  /** Goes to the next line with content. */
  #nextLine(): void {
    const { shapes } = this.#lines;
    for (this.#line++; this.#line < this.#end; this.#line++) {
      const shape = shapes[this.#line] ?? 0;
      const kind = kindOf(shape);
      if (kind === lineKinds.blank || kind === lineKinds.comment) continue;
      if (kind !== lineKinds.dash && kind !== lineKinds.other) giveUp();
      this.#column = indentOf(shape);
      const start = this.#lines.startOf(this.#line);
      this.#offset = start + this.#column + (start === 0 && this.#text.charCodeAt(0) === byteOrderMark ? 1 : 0);
      return;
    }
    this.#column = -1;
  }

  #span(start: number, end: number): Span {
    return { start: start - this.#origin, end: end - this.#origin };
  }

  get #onDash(): boolean {
    const next = this.#text.charCodeAt(this.#offset + 1);
    return this.#text.charCodeAt(this.#offset) === 45 && (next === 32 || next === 10 || next === 13);
  }

  /** The collection at `column`, where the reader stands; null when none stands there. */
  block(column: number, depth: number): SyntaxNode | null {
    if (this.atEnd || this.#column !== column || depth > maxDepth) return null;
    return this.#onDash ? this.#sequence(column, depth) : this.#mapping(column, depth);
  }

  #sequence(column: number, depth: number): SequenceNode {
    const items: SyntaxNode[] = [];
    const start = this.#offset;
    while (!this.atEnd && this.#column === column && this.#onDash) {
      let offset = this.#offset + 1;
      while (this.#text.charCodeAt(offset) === 32) offset++;
      const unit = this.#text.charCodeAt(offset);
      // Where an empty item stands depends on what follows it.
      if (Number.isNaN(unit) || unit === 10 || unit === 13 || unit === 35) giveUp();
      const inner = column + offset - this.#offset;
      this.#offset = offset;
      this.#column = inner;
      keyPattern.lastIndex = offset;
      items.push(
        unit === ampersand
          ? this.#marked(column, depth)
          : this.#onDash || keyPattern.test(this.#text)
            ? (this.block(inner, depth + 1) ?? giveUp())
            : this.#inlineValue(column, depth),
      );
    }
    if (!this.atEnd && this.#column > column) giveUp();
    const span = { start: start - this.#origin, end: items.at(-1)?.span.end ?? 0 };
    return { type: 'sequence', span, flow: false, items: trimmed(items) };
  }

  #mapping(column: number, depth: number): MappingNode {
    const entries: MappingEntry[] = [];
    const start = this.#offset;
    while (!this.atEnd && this.#column === column && !this.#onDash) entries.push(this.#entry(column, depth, entries));
    if (!this.atEnd && this.#column > column) giveUp();
    const span = { start: start - this.#origin, end: entries.at(-1)?.value.span.end ?? 0 };
    return { type: 'mapping', span, flow: false, entries: trimmed(entries) };
  }

  #entry(column: number, depth: number, before: readonly MappingEntry[]): MappingEntry {
    const start = this.#offset;
    keyPattern.lastIndex = start;
    const key = keyPattern.exec(this.#text)?.[0] ?? giveUp();
    checkKey(key, before);
    const keySpan = this.#span(start, start + key.length);
    this.#offset = start + key.length + 1;
    const value = this.#valueOf(column, depth);
    const merge = key === '<<';
    if (merge) this.#noted.merge(value);
    return { key, keySpan, value, merge };
  }

  /** The value of a key that stands at `column`; the reader is behind the colon. */
  #valueOf(column: number, depth: number): SyntaxNode {
    commentOrEnd.lastIndex = this.#offset;
    this.#skipSpaces();
    if (!commentOrEnd.test(this.#text))
      return this.#text.charCodeAt(this.#offset) === ampersand
        ? this.#marked(column, depth)
        : this.#inlineValue(column, depth);
    const nothing = this.#span(this.#offset, this.#offset);
    this.#nextLine();
    const deeper = !this.atEnd && (this.#column > column || (this.#column === column && this.#onDash));
    return deeper
      ? (this.block(this.#column, depth + 1) ?? giveUp())
      : { type: 'scalar', span: nothing, value: null, plain: true };
  }

  get #noted(): ReferenceReader {
    this.references ??= new ReferenceReader();
    return this.references;
  }

  /** The name behind `&` or `*`, where the reader stands. */
  #name(): string {
    referencePattern.lastIndex = this.#offset;
    const name = referencePattern.exec(this.#text)?.[1] ?? giveUp();
    this.#offset += name.length + 1;
    return name;
  }

  /** An anchor and the value of a key or item at `column` that it marks. */
  #marked(column: number, depth: number): SyntaxNode {
    const name = this.#name();
    this.#noted.begin(name);
    const node = this.#behindAnchor(column, depth);
    this.#noted.end(name, node);
    return node;
  }

  #behindAnchor(column: number, depth: number): SyntaxNode {
    commentOrEnd.lastIndex = this.#offset;
    if (commentOrEnd.test(this.#text)) {
      this.#nextLine();
      return this.#column > column ? (this.block(this.#column, depth + 1) ?? giveUp()) : giveUp();
    }
    this.#skipSpaces();
    keyPattern.lastIndex = this.#offset;
    // Before a key, an anchor marks the key.
    if (this.#onDash || this.#text[this.#offset] === '*' || keyPattern.test(this.#text)) giveUp();
    return this.#inlineValue(column, depth);
  }

  #alias(): AliasNode {
    const start = this.#offset;
    const name = this.#name();
    return this.#noted.alias(name, this.#span(start, this.#offset));
  }

  /** A value that begins on the line of its key or dash, which stands at `column`. The reader goes to the line behind it. */
  #inlineValue(column: number, depth: number): SyntaxNode {
    const unit = this.#text[this.#offset];
    if (unit === '|' || unit === '>') return this.#blockText(column, unit);
    const node =
      unit === '{' || unit === '['
        ? this.#flow(depth)
        : unit === '"' || unit === "'"
          ? this.#quoted()
          : unit === '*'
            ? this.#alias()
            : this.#plain(this.#endOfPlain());
    commentOrEnd.lastIndex = this.#offset;
    if (!commentOrEnd.test(this.#text)) giveUp();
    this.#nextLine();
    // A plain word may go on in a deeper line; whatever else stands there is a fault.
    if (!this.atEnd && this.#column > column) giveUp();
    return node;
  }

  #endOfPlain(): number {
    let offset = this.#offset;
    for (; ; offset++) {
      const unit = this.#text.charCodeAt(offset);
      if (Number.isNaN(unit) || unit === 10 || unit === 13) break;
      if (unit === 35 && this.#text.charCodeAt(offset - 1) === 32) break;
      if (unit === 58) {
        const next = this.#text.charCodeAt(offset + 1);
        if (Number.isNaN(next) || next === 32 || next === 10 || next === 13) giveUp();
      }
    }
    return offset;
  }

  #plain(limit: number): ScalarNode {
    const start = this.#offset;
    plainFirst.lastIndex = start;
    if (!plainFirst.test(this.#text)) giveUp();
    let end = limit;
    while (this.#text.charCodeAt(end - 1) === 32) end--;
    this.#offset = end;
    return {
      type: 'scalar',
      span: this.#span(start, end),
      value: plainWord(this.#text.slice(start, end)),
      plain: true,
    };
  }

  #quoted(): ScalarNode {
    const start = this.#offset;
    const quote = this.#text[start] ?? '';
    const close = this.#text.indexOf(quote, start + 1);
    const value = this.#text.slice(start + 1, close);
    if (close < 0 || /[\\\n\r]/.test(value) || this.#text[close + 1] === quote) giveUp();
    this.#offset = close + 1;
    return { type: 'scalar', span: this.#span(start, close + 1), value, plain: false };
  }

  #flow(depth: number): SyntaxNode {
    if (depth > maxDepth) giveUp();
    const start = this.#offset;
    const isMapping = this.#text[start] === '{';
    const close = isMapping ? '}' : ']';
    const entries: MappingEntry[] = [];
    const items: SyntaxNode[] = [];
    this.#offset++;
    this.#skipSpaces();
    while (this.#text[this.#offset] !== close) {
      if (isMapping) {
        const keyStart = this.#offset;
        flowKeyPattern.lastIndex = keyStart;
        const match = flowKeyPattern.exec(this.#text) ?? giveUp();
        const key = match[1] ?? '';
        checkKey(key, entries);
        this.#offset = keyStart + match[0].length;
        const keySpan = this.#span(keyStart, keyStart + key.length);
        const value = this.#flowValue(depth);
        const merge = key === '<<';
        if (merge) this.#noted.merge(value);
        entries.push({ key, keySpan, value, merge });
      } else items.push(this.#flowValue(depth));
      this.#skipSpaces();
      const unit = this.#text[this.#offset];
      if (unit === ',') {
        this.#offset++;
        this.#skipSpaces();
        if (this.#text[this.#offset] === close) giveUp();
      } else if (unit !== close) giveUp();
    }
    this.#offset++;
    const span = this.#span(start, this.#offset);
    return isMapping
      ? { type: 'mapping', span, flow: true, entries: trimmed(entries) }
      : { type: 'sequence', span, flow: true, items: trimmed(items) };
  }

  #flowValue(depth: number): SyntaxNode {
    const unit = this.#text[this.#offset];
    if (unit === '{' || unit === '[') return this.#flow(depth + 1);
    if (unit === '"' || unit === "'") return this.#quoted();
    if (unit === '*') return this.#alias();
    if (unit === '&') return this.#markedInFlow(depth);
    let end = this.#offset;
    for (; ; end++) {
      const each = this.#text.charCodeAt(end);
      if (Number.isNaN(each) || each === 10 || each === 13 || each === 35 || each === 91 || each === 123) giveUp();
      if (each === 44 || each === 93 || each === 125) break;
      if (each === 58 && !/[\w/.\\-]/.test(this.#text[end + 1] ?? '')) giveUp();
    }
    return this.#plain(end);
  }

  #markedInFlow(depth: number): SyntaxNode {
    const name = this.#name();
    this.#skipSpaces();
    if (/[*&,\]}\r\n]/.test(this.#text[this.#offset] ?? '\n')) giveUp();
    this.#noted.begin(name);
    const node = this.#flowValue(depth);
    this.#noted.end(name, node);
    return node;
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#offset) === 32) this.#offset++;
  }

  /** A text behind `|` or `>`, of lines of one indentation and blank lines. */
  #blockText(column: number, style: '|' | '>'): ScalarNode {
    const start = this.#offset;
    const chomp = this.#text[start + 1];
    commentOrEnd.lastIndex = start + (chomp === '-' ? 2 : 1);
    // Trailing blank lines count behind `+`, and how a comment behind the sign is placed is for the full parser.
    if (!commentOrEnd.test(this.#text) || this.#text.slice(start, commentOrEnd.lastIndex).includes('#')) giveUp();
    const { shapes } = this.#lines;
    const first = this.#line + 1;
    const indent = indentOf(shapes[first] ?? 0);
    if (first >= this.#end || indent <= column || kindOf(shapes[first] ?? 0) === lineKinds.blank) giveUp();
    let last = first;
    let value = '';
    let blanks = 0;
    for (let line = first; line < this.#end; line++) {
      const shape = shapes[line] ?? 0;
      const kind = kindOf(shape);
      if (kind === lineKinds.blank) {
        // Spaces beyond the indentation are content.
        if (indentOf(shape) > indent) giveUp();
        blanks++;
        continue;
      }
      if (kind >= lineKinds.document) giveUp();
      if (indentOf(shape) <= column) break;
      if (indentOf(shape) !== indent) giveUp();
      if (line > first) value += style === '>' ? (blanks === 0 ? ' ' : '\n'.repeat(blanks)) : '\n'.repeat(blanks + 1);
      value += this.#text.slice(this.#lines.startOf(line) + indent, this.#lines.endOf(line));
      blanks = 0;
      last = line;
    }
    // The text must end with its line: where it ends without one, the last line of a file, is for the full parser.
    if (last + 1 >= this.#lines.lineCount) giveUp();
    this.#line = last;
    const end = this.#lines.startOf(last + 1);
    this.#nextLine();
    return { type: 'scalar', span: this.#span(start, end), value: chomp === '-' ? value : `${value}\n`, plain: false };
  }
}

function checkKey(key: string, before: readonly MappingEntry[]): void {
  if (wordsThatAreNoText.test(key) || key.length > maxKeyLength) giveUp();
  if (before.length > 100 || before.some((entry) => entry.key === key)) giveUp();
}

/** A plain word as YAML 1.2 core reads it; forms of numbers that nobody writes are left to the full parser. */
function plainWord(word: string): null | boolean | number | string {
  const first = word.charCodeAt(0);
  const isNumeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!isNumeric) {
    if (first === 126) return word === '~' ? null : word;
    if (!wordsThatAreNoText.test(word)) return word;
    return /^(?:true|True|TRUE)$/.test(word)
      ? true
      : /^(?:false|False|FALSE)$/.test(word)
        ? false
        : /^(?:null|Null|NULL)$/.test(word)
          ? null
          : word;
  }
  if (/^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/.test(word)) return Number(word);
  if (/^[0-9]+[A-Za-z][A-Za-z]*$/.test(word) && !/^[0-9]+[eEoOxX]/.test(word)) return word;
  if (/^[-+.0-9]*[0-9.][eExXoO+\-.0-9_]*$/.test(word) || /inf|nan/i.test(word) || /^0[xo]/.test(word)) return giveUp();
  return word;
}
