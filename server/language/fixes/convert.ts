/** Mappings from flow style to block style and back, with the author's own words for keys and values. */
import { dereference, type MappingNode, type SyntaxNode } from '../../engine/documents/index.ts';
import type { SourceFile } from '../file.ts';
import { columnOf, contentEnd, lineBreakOf } from './edit.ts';
import type { Fix, Scene, TextEdit } from './fix.ts';

const maxColumns = 110;

/** A mapping, and what it stands in. */
interface Place {
  readonly mapping: MappingNode;
  readonly parent: SyntaxNode;
  /** The column that the parent's keys or dashes stand in. */
  readonly parentColumn: number;
}

/** The conversion of the innermost mapping at `offset` that can be converted; none at the top of a document. */
export function convertMapping({ document, file }: Scene, offset: number): readonly Fix[] {
  const place = document.root === null ? null : innermost(file, document.root, offset);
  if (place === null) return [];
  const edit = place.mapping.flow ? toBlock(file, place) : toFlow(file, place);
  if (edit === null) return [];
  const title = place.mapping.flow ? 'write each key on a line of its own' : 'write it on one line';
  return [{ title, kind: 'refactor.rewrite', problems: [], changes: [{ type: 'edit', path: null, edits: [edit] }] }];
}

function innermost(file: SourceFile, root: SyntaxNode, offset: number): Place | null {
  let found: Place | null = null;
  let node = root;
  for (;;) {
    const children: readonly { from: number; start: number; child: SyntaxNode }[] =
      node.type === 'mapping'
        ? node.entries.map(({ keySpan, value }) => ({ from: keySpan.start, start: keySpan.start, child: value }))
        : node.type === 'sequence'
          ? node.items.map((child) => ({ from: child.span.start, start: dashBefore(file, child), child }))
          : [];
    const at = children.find(({ from, child }) => from <= offset && offset <= Math.max(contentEnd(file, child), from));
    if (at === undefined) return found;
    const isInFlow = (node.type === 'mapping' || node.type === 'sequence') && node.flow;
    if (at.child.type === 'mapping' && !isInFlow && at.child.entries.length > 0)
      found = { mapping: at.child, parent: node, parentColumn: columnOf(file, at.start) };
    node = at.child;
  }
}

const dashBefore = (file: SourceFile, item: SyntaxNode): number => {
  const dash = file.text.lastIndexOf('-', item.span.start - 1);
  return dash < 0 ? item.span.start : dash;
};

function toBlock(file: SourceFile, { mapping, parent, parentColumn }: Place): TextEdit | null {
  const { text } = file;
  if (hasComment(file, mapping)) return null;
  const indent = ' '.repeat(parentColumn + 2);
  const eol = lineBreakOf(file);
  const lines = mapping.entries.map(({ keySpan, value }) => {
    const key = text.slice(keySpan.start, keySpan.end);
    const written = text.slice(keySpan.end, contentEnd(file, value)).replace(/^\s*:\s*/, '');
    return `${key}:${written === '' ? '' : ` ${unfolded(written)}`}`;
  });
  const body = lines.join(`${eol}${indent}`);
  // Behind a dash the first key stays on the line; behind a key all go below it.
  if (parent.type === 'sequence') return { span: mapping.span, text: body };
  const gap = /[ \t]*$/.exec(text.slice(0, mapping.span.start))?.[0].length ?? 0;
  return { span: { start: mapping.span.start - gap, end: mapping.span.end }, text: `${eol}${indent}${body}` };
}

function toFlow(file: SourceFile, { mapping, parent, parentColumn }: Place): TextEdit | null {
  const { text } = file;
  const end = contentEnd(file, mapping);
  if (hasComment(file, mapping) || !mapping.entries.every(({ value }) => fitsInFlow(file, value))) return null;
  const entries = mapping.entries.map(({ keySpan, value }) => {
    const key = text.slice(keySpan.start, keySpan.end);
    const written = text.slice(value.span.start, contentEnd(file, value));
    return written === '' ? `${key}:` : `${key}: ${unfolded(written)}`;
  });
  const flow = `{ ${entries.join(', ')} }`;
  if (parentColumn + flow.length > maxColumns) return null;
  if (parent.type === 'sequence') return { span: { start: mapping.span.start, end }, text: flow };
  const gap = /\s*$/.exec(text.slice(0, mapping.span.start))?.[0].length ?? 0;
  return { span: { start: mapping.span.start - gap, end }, text: ` ${flow}` };
}

/** What means the same on a line inside braces. */
function fitsInFlow(file: SourceFile, node: SyntaxNode): boolean {
  const written = file.text.slice(node.span.start, contentEnd(file, node));
  if (node.type === 'mapping' || node.type === 'sequence') return node.flow;
  if (node.type === 'alias') return dereference(node) !== null;
  if (/^[|>]/.test(written) || /[\r\n]/.test(written)) return false;
  return /^["']/.test(written) || !/[,[\]{}]/.test(written);
}

/** Lines of a flow collection joined into one. */
const unfolded = (written: string): string =>
  /^[[{]/.test(written) ? written.replace(/\s*[\r\n]+\s*/g, ' ') : written;

function hasComment(file: SourceFile, mapping: MappingNode): boolean {
  const start = mapping.entries[0]?.keySpan.start ?? mapping.span.start;
  return /(^|\s)#/.test(file.text.slice(start, contentEnd(file, mapping)));
}
