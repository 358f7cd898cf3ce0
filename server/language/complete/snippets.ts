/** Snippets where they fit, and snippet syntax for those who cannot use it. */
import type { DocumentKind, Path } from '../../engine/documents/index.ts';
import { snippets as snippetList } from '../generated/snippets.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, orderOf, spaceOf } from './item.ts';

interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
  readonly kind: string;
  readonly at: readonly string[];
}
const snippets: readonly Snippet[] = snippetList;

/** Snippets that belong at a path; with no kind, those for whole documents. */
export function snippetsAt(kind: DocumentKind | null, path: Path, cursor: Cursor): readonly Completion[] {
  const fits = (snippet: Snippet) =>
    (kind === null || snippet.kind === kind) &&
    snippet.at.length === path.length &&
    snippet.at.every((step, index) => (step === '*' ? typeof path[index] === 'number' : step === path[index]));
  if (cursor.flow || cursor.quote !== '' || (kind !== null && path.length === 0)) return [];
  return snippets.filter(fits).map((snippet, index) => ({
    label: snippet.prefix,
    kind: 'snippet',
    insert: `${spaceOf(cursor)}${snippet.body.join(`\n${' '.repeat(cursor.hang)}`)}`,
    span: cursor.span,
    detail: snippet.description,
    documentation: `\`\`\`yaml\n${withoutStops(snippet.body.join('\n'))}\n\`\`\``,
    order: orderOf('first', index),
    continues: false,
  }));
}

/** A snippet as plain text: choices take their first, placeholders their default. */
export function withoutStops(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|]*)[^}]*\|\}/g, '$1')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\{?\d+\}?/g, '')
    .replace(/\\([\\$}])/g, '$1');
}
