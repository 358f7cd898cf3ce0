/** Aliases at the cursor: what the anchors before it mark, those first that can stand here. */
import { alternatives, type Schema, type SyntaxNode } from '../../engine/documents/index.ts';
import { type Mark, markedBy, markedMarkdown, marksIn } from '../anchors.ts';
import { documentAt, type SourceFile } from '../file.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, escapeStops, orderOf, spaceOf } from './item.ts';

/** Whether an alias is being typed. */
export const isAliasAt = ({ quote, typed }: Cursor): boolean => quote === '' && typed.startsWith('*');

/** Of more anchors than this, those nearest to the cursor are offered. */
const mostOffered = 500;

/** The aliases that can be written; behind `<<` those of mappings only. `schema` is that of the value, when it is known. */
export function completeAlias(cursor: Cursor, source: SourceFile, schema: Schema | null): readonly Completion[] {
  const offset = cursor.span.start;
  const document = documentAt(source, offset);
  const isMerge = cursor.path.includes('<<');
  const anchors = document === null ? [] : marksIn(source, document).filter(({ type }) => type === 'anchor');
  // Of two anchors with one name the nearer one is meant.
  const before = new Map(anchors.filter(({ span }) => span.end <= offset).map((mark) => [mark.name, mark]));
  const nearest = [...before.values()].slice(-mostOffered);
  return nearest.flatMap((mark, index): readonly Completion[] => {
    const node = markedBy(mark, source);
    const isAround = node !== null && node.span.start <= offset && offset <= node.span.end && node.type !== 'scalar';
    if (isAround || (isMerge && node !== null && node.type !== 'mapping')) return [];
    const fits = isMerge || node === null || schema === null || canStand(node, schema);
    return [
      {
        label: `*${mark.name}`,
        kind: 'reference',
        insert: `${spaceOf(cursor)}${escapeStops(`*${mark.name}`)}`,
        span: cursor.span,
        detail: detailOf(mark, source),
        documentation: markedMarkdown(mark, source),
        order: orderOf(fits ? 'first' : 'later', nearest.length - index),
        continues: false,
      },
    ];
  });
}

const detailOf = ({ span }: Mark, { lines }: SourceFile): string => `line ${lines.lineAt(span.start) + 1}`;

/** Whether a node is of a type that the schema takes. */
function canStand(node: SyntaxNode, schema: Schema): boolean {
  const types = alternatives(schema).map(({ type, enum: values }) => type ?? (values === undefined ? null : 'string'));
  if (types.includes(null)) return true;
  if (node.type === 'mapping') return types.includes('object');
  if (node.type === 'sequence') return types.includes('array');
  return types.some((type) => type !== 'object' && type !== 'array');
}
