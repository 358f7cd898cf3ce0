/** An item of a list with the comments that belong to it, where it has lines of its own. It decides nothing about them. */
import type { SequenceNode } from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { columnOf, contentEnd, dashOf } from './edit.ts';

export interface OwnLines {
  /** Its first line, with the comments above it, and its last one. */
  readonly first: number;
  readonly last: number;
  /** The comments directly above it, in its column. */
  readonly above: readonly string[];
  /** The comment behind it, with the space before it; empty for none. */
  readonly behind: string;
  /** The lines below its last value that are still inside it: comments, and what is empty between them. */
  readonly below: readonly string[];
}

/** The lines of an item; null where it shares them with something else. */
export function ownLines(file: SourceFile, list: SequenceNode, index: number): OwnLines | null {
  const { lines, text } = file;
  const item = list.items[index];
  const start = item === undefined ? null : list.flow ? item.span.start : dashOf(file, item);
  if (item === undefined || start === null) return null;
  const line = lines.lineAt(start);
  const column = columnOf(file, start);
  const end = contentEnd(file, item);
  const ending = lines.lineAt(end);
  const rest = text.slice(end, lines.endOf(ending));
  const behind = (list.flow ? /^[ \t]*,?([ \t]+#.*)?[ \t]*$/ : /^([ \t]+#.*)?[ \t]*$/).exec(rest);
  if (text.slice(lines.startOf(line), start).trim() !== '' || behind === null) return null;
  const isComment = (at: number) => lines.textOf(at).trimStart().startsWith('#');
  const indentOf = (at: number) => lines.textOf(at).search(/\S/);
  let first = line;
  while (first > 0 && isComment(first - 1) && indentOf(first - 1) === column) first--;
  let last = ending;
  if (!list.flow)
    for (let at = ending + 1; at < lines.lineCount; at++) {
      if (lines.textOf(at).trim() === '') continue;
      if (!isComment(at) || indentOf(at) <= column) break;
      last = at;
    }
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, step) => lines.textOf(from + step).trimEnd());
  return {
    first,
    last,
    above: range(first, line).map((each) => each.trim()),
    behind: behind[1]?.trimEnd() ?? '',
    below: range(ending + 1, last + 1),
  };
}
