/**
 * The part of a file that formatting some of its lines has to look at: the items of a list that they lie in, with one before
 * and one behind them, so that everything around keeps its place. It finds the part; it formats nothing.
 */
import type { LineMap, SequenceNode, SyntaxNode } from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import type { LineRange } from './pieces.ts';

/** The lines of the part; null when the lines lie in no list with items around them, and the whole file is to be looked at. */
export function fragmentAround({ lines, documents }: SourceFile, wanted: LineRange): LineRange | null {
  const document = documents.findLast(({ span }) => lines.lineAt(span.start) <= wanted.first);
  return document === undefined ? null : inNode(document.root, lines, wanted);
}

function inNode(node: SyntaxNode | null, lines: LineMap, wanted: LineRange): LineRange | null {
  if (node?.type === 'sequence') return node.flow ? null : inList(node, lines, wanted);
  if (node?.type !== 'mapping' || node.flow) return null;
  const around = node.entries.findLast(({ keySpan }) => lines.lineAt(keySpan.start) < wanted.first);
  return around === undefined ? null : inNode(around.value, lines, wanted);
}

function inList({ items }: SequenceNode, lines: LineMap, wanted: LineRange): LineRange | null {
  const lineOf = (index: number) => lines.lineAt(items[index]?.span.start ?? 0);
  const first = lastAt(items.length, (index) => lineOf(index) <= wanted.first);
  const last = lastAt(items.length, (index) => lineOf(index) <= wanted.last);
  const [before, behind] = [first - 1, last + 1];
  const end = items[behind]?.span;
  if (before < 0 || end === undefined) return null;
  const part = { first: lineOf(before), last: lines.lineAt(Math.max(end.start, end.end - 1)) };
  // Each item must begin its line with a dash of its own, in one column.
  const column = dashColumn(lines.textOf(part.first));
  for (let index = before; index <= behind; index++)
    if (column < 0 || dashColumn(lines.textOf(lineOf(index))) !== column) return null;
  return part;
}

/** The last of so many, in order, that passes; -1 when none does. */
function lastAt(count: number, passes: (index: number) => boolean): number {
  let low = -1;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where a line's dash stands, when it has one and something other than another dash behind it. */
const dashColumn = (text: string): number => {
  const match = /^( *)- +(?!- |-$)\S/.exec(text);
  return match?.[1]?.length ?? -1;
};
