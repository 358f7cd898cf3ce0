/** Anchors and aliases as navigation sees them: an anchor declares a name within its document, and its aliases refer to it. */
import type { Span } from '../../engine/documents/index.ts';
import { type Mark, markAt, markedBy, marksIn, usesOf } from '../anchors.ts';
import { documentAt, type SourceFile } from '../file.ts';

export interface AnchorAt {
  readonly name: string;
  /** Where the cursor is, with its sign. */
  readonly origin: Span;
  /** The name of the anchor without its sign; null when there is no such anchor. */
  readonly anchor: Span | null;
  /** From the sign to the end of what is marked. */
  readonly item: Span;
  /** The names of the aliases without their signs. */
  readonly aliases: readonly Span[];
}

/** The anchor or alias at an offset with all that belongs to it; null elsewhere. */
export function anchorAt(file: SourceFile, offset: number): AnchorAt | null {
  const mark = markAt(file, offset);
  if (mark === null) return null;
  const { anchor, aliases } = usesOf(mark, file);
  const end = anchor === null ? mark.span.end : (markedBy(anchor, file)?.span.end ?? anchor.span.end);
  return {
    name: mark.name,
    origin: mark.span,
    anchor: anchor === null ? null : nameIn(anchor),
    item: { start: (anchor ?? mark).span.start, end },
    aliases: aliases.map(nameIn),
  };
}

const nameIn = ({ span }: Mark): Span => ({ start: span.start + 1, end: span.end });

/** Why an anchor cannot have a new name; null when it can. */
export function refusesName(file: SourceFile, { name, anchor, origin }: AnchorAt, newName: string): string | null {
  if (anchor === null) return `there is no anchor \`&${name}\` that could be renamed`;
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(newName))
    return `\`${newName}\` cannot be the name of an anchor: use letters, digits, \`.\`, \`_\` and \`-\``;
  const document = documentAt(file, origin.start);
  const isTaken = document !== null && marksIn(file, document).some((each) => each.name === newName);
  return isTaken && newName !== name ? `this document has \`${newName}\` as an anchor or alias already` : null;
}
