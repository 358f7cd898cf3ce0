/**
 * Words that mean something, for colours: kinds, effects, ids, references, signals, comparators, amounts, times and
 * patterns. Keys, texts and plain numbers are left to the grammar of YAML.
 */
import {
  alternatives,
  durationMs,
  type ScalarNode,
  type SourceDocument,
  type Span,
} from '../engine/documents/index.ts';
import { asSource, type SourceFile } from './file.ts';
import { symbolFacts } from './navigation/facts.ts';
import { type Place, walk } from './walk.ts';

/** In the order in which the protocol counts them. `package.json` maps them to what themes colour. */
export const tokenTypes = [
  'kind',
  'effect',
  'id',
  'reference',
  'signal',
  'comparator',
  'choice',
  'duration',
  'instant',
  'amount',
  'glob',
] as const;
export type TokenType = (typeof tokenTypes)[number];

export const tokenModifiers = ['declaration', 'file', 'allow', 'ask', 'deny', 'halt'] as const;
export type TokenModifier = (typeof tokenModifiers)[number];

export interface Token {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}

/** The tokens of a file, or those that touch `span`, in the order of the text; none overlap and none span lines. */
export function tokens(file: SourceFile | string, span: Span | null = null): readonly Token[] {
  const source = asSource(file);
  const found = [...namesIn(source, span), ...source.documents.flatMap((each) => wordsIn(each, source.text, span))];
  found.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let end = -1;
  return found.filter((token) => {
    const isApart = token.span.start >= end && token.span.end > token.span.start;
    if (isApart) end = token.span.end;
    return isApart && !/[\r\n]/.test(source.text.slice(token.span.start, token.span.end));
  });
}

/** What is declared and referred to by name. */
function namesIn(source: SourceFile, span: Span | null): readonly Token[] {
  const touches = (place: Span) => span === null || (place.start <= span.end && span.start <= place.end);
  return symbolFacts(source).documents.flatMap(({ self, declarations, references }): readonly Token[] => [
    ...[self, ...declarations]
      .filter(({ name, span: place }) => name !== '' && touches(place))
      .map((each) => ({ span: each.span, type: 'id' as const, modifiers: ['declaration' as const] })),
    ...references
      .filter(({ form, span: place }) => form !== 'pattern' && touches(place))
      .map((each) => ({
        span: each.span,
        type: 'reference' as const,
        modifiers: each.nouns.includes('file') ? (['file'] as const) : [],
      })),
  ]);
}

const combinators = new Set(['all', 'any', 'not']);
const effects: readonly unknown[] = ['allow', 'ask', 'deny', 'halt'];
/** Keys under which `*` stands for any text, besides the tests of signals. */
const patternKeys = new Set(['roles', 'nodes', 'match', 'read', 'write', 'network']);

function wordsIn(document: SourceDocument, text: string, span: Span | null): readonly Token[] {
  const found: Token[] = [];
  const add = (place: Span, type: TokenType, ...modifiers: TokenModifier[]) =>
    found.push({ span: place, type, modifiers });
  walk(document, span, {
    key: ({ key, keySpan }, place, around) => {
      if (place.schema === null && place.signal === null) return;
      if (around.signal !== null) add(keySpan, 'comparator');
      else if (place.signal !== null) add(keySpan, 'signal');
      else if (combinators.has(key)) add(keySpan, 'comparator');
    },
    scalar: (node, place) => {
      const isKind = place.depth === 1 && place.key === 'kind' && document.kind !== null;
      const type = isKind ? 'kind' : typeOf(node, place);
      if (type === 'effect') add(node.span, type, node.value as TokenModifier);
      else if (type === 'glob') {
        for (const { index, 0: mark } of text.slice(node.span.start, node.span.end).matchAll(/\*+/g))
          add({ start: node.span.start + index, end: node.span.start + index + mark.length }, type);
      } else if (type !== null) add(node.span, type);
    },
  });
  return found;
}

function typeOf({ value }: ScalarNode, { schema, signal, key }: Place): TokenType | null {
  if (typeof value === 'number') {
    const isMoney = signal === null ? schema !== null && 'multipleOf' in schema : signal.type === 'money';
    return isMoney || (schema !== null && key === 'limit') ? 'amount' : null;
  }
  if (typeof value !== 'string' || schema === null) return null;
  const branches = alternatives(schema);
  const allowed = branches.flatMap((branch) => branch.enum ?? []);
  if (allowed.includes(value)) return allowed.every((each) => effects.includes(each)) ? 'effect' : 'choice';
  if (value.includes('*')) return signal !== null || patternKeys.has(key) ? 'glob' : null;
  if (branches.every((branch) => branch.pattern === undefined)) return null;
  if (durationMs(value) !== null && branches.some((branch) => branch.pattern?.includes('(ms|s|m|h|d)')))
    return 'duration';
  return /^\d{4}-\d{2}-\d{2}|^\d{2}:\d{2}$/.test(value) && ['validFrom', 'until', 'from', 'to'].includes(key)
    ? 'instant'
    : null;
}
