/**
 * What can be typed at the cursor: keys and values from the schemas, names that the document and its workspace know,
 * and snippets. Insertions are in the snippet syntax of the Language Server Protocol.
 */
import { apiVersion, type DocumentKind, documentKinds, documentSchema, valueAt } from '../../engine/documents/index.ts';
import { nodeKeys } from '../checks/index.ts';
import { asSource, documentAt, type LanguageContext, type SourceFile } from '../file.ts';
import { type Surroundings, schemaIn } from '../surroundings.ts';
import { completeAlias, isAliasAt } from './aliases.ts';
import { asValue, type Cursor, cursorAt, flowStart } from './cursor.ts';
import { type Completion, orderOf, textOffer } from './item.ts';
import { completeKeysOf, type KnownKeys, missingDash } from './keys.ts';
import { snippetsAt } from './snippets.ts';
import { completeSuppression } from './suppression.ts';
import { completeKind, completeValue } from './values.ts';

export type { Completion } from './item.ts';
export { withoutStops } from './snippets.ts';

/** What can be typed at an offset, best first. Never throws. */
export function complete(
  file: SourceFile | string,
  offset: number,
  context: LanguageContext = {},
): readonly Completion[] {
  const source = asSource(file);
  const codes = completeSuppression(source, offset, context);
  if (codes !== null) return codes;
  const cursor = cursorAt(source.lines, offset);
  if (cursor === null) return [];
  const offers = offersAt(cursor, source, offset, context);
  return cursor.needsComma ? withComma(offers, cursor, source.text) : offers;
}

function offersAt(cursor: Cursor, source: SourceFile, offset: number, context: LanguageContext): readonly Completion[] {
  const kind = kindAround(source, offset);
  if (isAliasAt(cursor)) {
    const around = kind === null ? null : { kind, source, document: documentAt(source, offset), context };
    return completeAlias(cursor, source, around === null ? null : schemaIn(around, cursor.path));
  }
  if (kind === null) return completeHead(cursor, source);
  const around: Surroundings = { kind, source, document: documentAt(source, offset), context };
  return cursor.at === 'key' ? completeKey(cursor, around) : completeValue(cursor, around);
}

/** Offers with the comma that separates them from what follows. */
function withComma(offers: readonly Completion[], { span }: Cursor, text: string): readonly Completion[] {
  const comma = /\s/.test(text[span.end] ?? '') ? ',' : ', ';
  return offers.map((offer) => ({ ...offer, insert: `${offer.insert}${comma}` }));
}

/** The kind is read from its line, so that it is known in files that do not parse. */
function kindAround({ lines }: SourceFile, offset: number): DocumentKind | null {
  const { first, end } = lines.documentAround(lines.lineAt(offset));
  const opening = flowStart(lines, first, end - 1);
  if (opening !== null) return kindInFlow(lines.text.slice(opening, lines.endOf(end - 1)));
  for (let line = first; line < end; line++) {
    // Only a key of the document itself begins where its line begins; the text of other lines is not looked at.
    if (!/["'k]/.test(lines.text[lines.startOf(line)] ?? '')) continue;
    const match = /^["']?kind["']?\s*:\s*["']?(\w+)/.exec(lines.textOf(line));
    if (match !== null) return documentKinds.find((kind) => kind === match[1]) ?? null;
  }
  return null;
}

/** In a document like JSON, the first key of this name that says a kind: tools have kinds of their own. */
function kindInFlow(text: string): DocumentKind | null {
  for (const [, word] of text.matchAll(/[{,]\s*["']?kind["']?\s*:\s*["']?(\w+)/g)) {
    const found = documentKinds.find((kind) => kind === word);
    if (found !== undefined) return found;
  }
  return null;
}

/** A document without a kind: whole documents to begin with, and the keys that every kind has. */
function completeHead(cursor: Cursor, { lines }: SourceFile): readonly Completion[] {
  if (cursor.at === 'value') {
    if (cursor.path.length !== 1) return [];
    if (cursor.path[0] === 'kind') return completeKind(cursor);
    return cursor.path[0] === 'apiVersion' ? [textOffer(cursor, apiVersion, orderOf('value', 0))] : [];
  }
  if (cursor.path.length > 0) return [];
  const { first, end } = lines.documentAround(lines.lineAt(cursor.span.start));
  const isEmpty = Array.from({ length: end - first }, (_, index) => lines.textOf(first + index)).every(
    (line) => line.trim() === '' || line.startsWith('#') || line.trim() === cursor.typed.trim(),
  );
  return [...(isEmpty ? snippetsAt(null, [], cursor) : []), ...completeKeysOf(documentSchema('Policy'), cursor)];
}

/** The keys that the type of a node asks for and leaves no use for; null outside nodes, and before they have a type. */
function keysOfNode({ path }: Cursor, { kind, document }: Surroundings): KnownKeys | null {
  if (kind !== 'Preset' || path.length !== 3 || path[1] !== 'nodes') return null;
  const type = valueAt(document?.value, [...path, 'type']);
  return typeof type === 'string' ? nodeKeys(type) : null;
}

function completeKey(cursor: Cursor, around: Surroundings): readonly Completion[] {
  const { kind, source } = around;
  const schema = schemaIn(around, cursor.path);
  if (schema === null) return [];
  const fragments = cursor.present.size === 0 && !cursor.hasColon ? snippetsAt(kind, cursor.path, cursor) : [];
  const keys = completeKeysOf(schema, cursor, keysOfNode(cursor, around));
  if (cursor.flow || cursor.hasColon) return keys;
  // Behind a dash a plain value may be meant, and below a key of a list the dash is missing.
  const isItem = typeof cursor.path.at(-1) === 'number' && cursor.present.size === 0;
  const scalars = isItem ? completeValue(asValue(cursor, source.lines), around) : [];
  return [...fragments, ...keys, ...scalars, ...missingDash(around, schema, cursor)];
}
