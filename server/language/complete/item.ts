/** A completion, and how a text is written where the cursor stands: in its quotes, or in quotes of its own if it needs some. */
import type { Span } from '../../engine/documents/index.ts';
import type { Cursor } from './cursor.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'reference' | 'snippet' | 'tool' | 'file' | 'folder';
  /** Replaces `span`; snippet syntax. */
  readonly insert: string;
  readonly span: Span;
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What the typed text is compared with, where that is not the label. */
  readonly filter?: string;
  /** Offers are listed by this text. */
  readonly order: string;
  /** Whether the editor should ask for completions again once this is written. */
  readonly continues: boolean;
}

/** Groups of offers, best first. */
export type Rank = 'first' | 'value' | 'later';
const ranks: Readonly<Record<Rank, string>> = { first: '0', value: '1', later: '3' };

export const orderOf = (rank: Rank, index: number): string => `${ranks[rank]}${String(index).padStart(4, '0')}`;

export const escapeStops = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

/** What must be written before an insertion. */
export const spaceOf = (cursor: Cursor): string => (cursor.needsSpace ? ' ' : '');

/** A text as YAML that stands for this text and nothing else. */
export function writtenAt(cursor: Cursor, text: string): string {
  if (cursor.quote === '"') return text.replace(/["\\]/g, '\\$&');
  if (cursor.quote === "'") return text.replaceAll("'", "''");
  if (cursor.isJson) return JSON.stringify(text);
  return isPlain(text, cursor.flow) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Whether YAML reads it as this text without quotes, in brackets or outside them. */
export function isPlain(text: string, flow: boolean): boolean {
  if (text === '' || /^\s|\s$|: |:$| #|[\r\n]/.test(text)) return false;
  if (/^[[\]{}#&*!|>'"%@`,]/.test(text) || /^[-?:](\s|$)/.test(text)) return false;
  if (flow && /[,[\]{}]/.test(text)) return false;
  return !/^(?:null|true|false|~|[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?|0[xo][\da-f]+|[-+]?\.inf|\.nan)$/i.test(
    text,
  );
}

/** A text offered as a value. */
export function textOffer(
  cursor: Cursor,
  text: string,
  order: string,
  more: Partial<Pick<Completion, 'kind' | 'detail' | 'documentation' | 'continues' | 'filter'>> = {},
): Completion {
  const insert = `${spaceOf(cursor)}${escapeStops(writtenAt(cursor, text))}`;
  return { label: text, kind: 'value', insert, span: cursor.span, order, continues: false, ...more };
}
