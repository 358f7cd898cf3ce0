/**
 * Mappings from flow style to block style and back, with the author's own words for keys and values. Where something
 * would be lost or come to mean something else, such as a comment, nothing is offered.
 */
import {
  dereference,
  type MappingNode,
  type SourceDocument,
  type Span,
  type SyntaxNode,
} from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { columnOf, contentEnd, dashOf, lineBreakOf, valueEnd } from './edit.ts';
import type { Fix, Scene, TextEdit } from './fix.ts';

const maxColumns = 110;

/** A mapping, and what it stands behind. */
interface Place {
  readonly mapping: MappingNode;
  /** Where the text between the key or dash before it and the mapping itself begins. */
  readonly from: number;
  readonly isItem: boolean;
  /** The column that the key or dash stands in. */
  readonly parentColumn: number;
}

/** The conversion of the innermost mapping at `offset` that can be converted; none at the top of a document. */
export function convertMapping({ document, file }: Scene, offset: number): readonly Fix[] {
  const place = document.root === null || isBroken(document) ? null : innermost(file, document.root, offset);
  const parts = place === null ? null : partsOf(file, place);
  if (place === null || parts === null) return [];
  const edit = place.mapping.flow ? toBlock(file, place, parts) : toFlow(file, place, parts);
  if (edit === null) return [];
  const title = place.mapping.flow ? 'write each key on a line of its own' : 'write it on one line';
  return [{ title, kind: 'refactor.rewrite', problems: [], changes: [{ type: 'edit', path: null, edits: [edit] }] }];
}

/** Whether the tree may not be what the text says. */
const isBroken = ({ problems }: SourceDocument): boolean => problems.some(({ code }) => code.startsWith('yaml/'));

function innermost(file: SourceFile, root: SyntaxNode, offset: number): Place | null {
  let found: Place | null = null;
  let node = root;
  for (;;) {
    const at = childAt(file, node, offset);
    if (at === null) return found;
    const isInFlow = (node.type === 'mapping' || node.type === 'sequence') && node.flow;
    if (at.child.type === 'mapping' && !isInFlow && at.child.entries.length > 0) {
      const { from, isItem } = at;
      found = from === null ? null : { mapping: at.child, from, isItem, parentColumn: columnOf(file, at.start) };
    }
    node = at.child;
  }
}

interface Child {
  readonly child: SyntaxNode;
  /** Where its key or dash stands, and where the text behind that begins; null when the dash is not found. */
  readonly start: number;
  readonly from: number | null;
  readonly isItem: boolean;
}

function childAt(file: SourceFile, node: SyntaxNode, offset: number): Child | null {
  const holds = (start: number, child: SyntaxNode) =>
    start <= offset && offset <= Math.max(contentEnd(file, child), start);
  if (node.type === 'mapping') {
    const entry = node.entries.find(({ keySpan, value }) => holds(keySpan.start, value));
    if (entry === undefined) return null;
    return { child: entry.value, start: entry.keySpan.start, from: entry.keySpan.end, isItem: false };
  }
  const child = node.type === 'sequence' ? node.items.find((item) => holds(item.span.start, item)) : undefined;
  if (child === undefined) return null;
  const dash = dashOf(file, child);
  return { child, start: dash ?? child.span.start, from: dash === null ? null : dash + 1, isItem: true };
}

/** An entry in the author's words. */
interface Part {
  readonly key: string;
  /** Empty where nothing stands behind the key. */
  readonly value: string;
  readonly node: SyntaxNode;
}

/** The entries of a mapping; null unless they are all that is written there, each of them easily moved. */
function partsOf(file: SourceFile, { mapping, from, isItem }: Place): readonly Part[] | null {
  const { text } = file;
  const end = contentEnd(file, mapping);
  if (hasComment(text.slice(from, end))) return null;
  // An anchor on the line of the first key would become the key's.
  const lead = text.slice(from, mapping.span.start);
  if (!(isItem ? /^\s*$/ : /^\s*:\s*(?:[&!]\S*\s+)*$/).test(lead)) return null;
  const parts: Part[] = [];
  let at = mapping.flow ? mapping.span.start + 1 : mapping.span.start;
  for (const { keySpan, value: node } of mapping.entries) {
    const key = text.slice(keySpan.start, keySpan.end);
    const next = valueEnd(file, keySpan.end, node);
    const [colon = ''] = /^\s*:\s*/.exec(text.slice(keySpan.end, next)) ?? [];
    const isMovable = isPlainKey(key) && colon !== '' && isOnOneLine(file, node);
    if (!isMovable || !/^[\s,]*$/.test(text.slice(at, keySpan.start))) return null;
    parts.push({ key, value: unfolded(text.slice(keySpan.end + colon.length, next)), node });
    at = next;
  }
  return (mapping.flow ? /^\s*,?\s*\}$/ : /^\s*$/).test(text.slice(at, end)) ? parts : null;
}

/** Whether there is what may begin a comment; where it stands in quotes, little is lost by leaving it alone. */
const hasComment = (written: string): boolean => /(?:^|[\s,[\]{}"'])#/.test(written);

const isPlainKey = (key: string): boolean =>
  /^(?:<<|"[^"\r\n]*"|'[^'\r\n]*'|[\w.$/-]+(?: [\w.$/-]+)*)$/.test(key) && !/^-( |$)/.test(key);

/** Whether no text goes on over a line break: joined with another line it may come to say something else. */
function isOnOneLine({ text }: SourceFile, node: SyntaxNode): boolean {
  const isUnbroken = ({ start, end }: Span) => !/[\r\n]/.test(text.slice(start, end).trimEnd());
  const isWhole = (each: SyntaxNode): boolean => {
    if (each.type === 'sequence') return each.items.every(isWhole);
    if (each.type !== 'mapping') return isUnbroken(each.span);
    return each.entries.every(({ keySpan, value }) => isUnbroken(keySpan) && isWhole(value));
  };
  return isWhole(node);
}

/** Lines of a flow collection joined into one. */
const unfolded = (written: string): string =>
  written
    .split(/[\r\n]+/)
    .map((line, index) => (index === 0 ? line.trimEnd() : line.trim()))
    .filter((line) => line !== '')
    .join(' ');

const joinedPart = ({ key, value }: Part): string => (value === '' ? `${key}:` : `${key}: ${value}`);

function toBlock(file: SourceFile, { mapping, isItem, parentColumn }: Place, parts: readonly Part[]): TextEdit {
  const { start, end } = mapping.span;
  const lines = parts.map(joinedPart);
  const lineBreak = (column: number) => `${lineBreakOf(file)}${' '.repeat(column)}`;
  // Behind a dash the first key stays on the line; behind a key all go below it.
  if (isItem) return { span: mapping.span, text: lines.join(lineBreak(columnOf(file, start))) };
  const gap = spaceBefore(file, start, ' \t');
  const text = lines.map((line) => `${lineBreak(parentColumn + 2)}${line}`).join('');
  return { span: { start: start - gap, end }, text };
}

/** How many of some signs stand right before an offset. */
function spaceBefore({ text }: SourceFile, offset: number, signs: string): number {
  let start = offset;
  while (start > 0 && signs.includes(text[start - 1] ?? '')) start--;
  return offset - start;
}

function toFlow(file: SourceFile, { mapping, isItem, parentColumn }: Place, parts: readonly Part[]): TextEdit | null {
  if (!parts.every(fitsInFlow)) return null;
  const flow = `{ ${parts.map(joinedPart).join(', ')} }`;
  if (parentColumn + flow.length > maxColumns) return null;
  const { start } = mapping.span;
  const end = contentEnd(file, mapping);
  if (isItem) return { span: { start, end }, text: flow };
  const gap = spaceBefore(file, start, ' \t\r\n');
  return { span: { start: start - gap, end }, text: ` ${flow}` };
}

/** What means the same inside braces. */
function fitsInFlow({ value, node }: Part): boolean {
  if (node.type === 'mapping' || node.type === 'sequence') return node.flow;
  if (node.type === 'alias') return dereference(node) !== null;
  return !/^[|>]/.test(value) && (!node.plain || !/[,[\]{}]/.test(value));
}
