/** What the key or value under the cursor is: its description, type, default and example from the schemas. */
import {
  documentSchema,
  expectation,
  kindInWords,
  type Path,
  referenceAt,
  referredDocuments,
  type SourceDocument,
  type Span,
  schemaAt,
} from '../engine/documents/index.ts';
import { asSource, documentAt, type LanguageContext, type SourceFile } from './file.ts';

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

/** The hover at an offset; null where the schemas say nothing. */
export function hover(file: SourceFile | string, offset: number, context: LanguageContext = {}): Hover | null {
  const document = documentAt(asSource(file), offset);
  const place = document?.placeAt(offset) ?? null;
  if (document === null || place === null || document.kind === null) return null;
  const isLeaf = place.node.type === 'scalar' || place.node.type === 'alias';
  if (!place.onKey && !isLeaf) return null;
  const markdown =
    place.path.length === 1 && place.path[0] === 'kind'
      ? kindMarkdown(document)
      : schemaMarkdown(document, place.path, place.onKey, context);
  return markdown === null ? null : { span: place.span, markdown };
}

function kindMarkdown(document: SourceDocument): string | null {
  if (document.kind === null) return null;
  return `**${document.kind}**\n\n${documentSchema(document.kind).description ?? ''}`;
}

function schemaMarkdown(document: SourceDocument, path: Path, onKey: boolean, context: LanguageContext): string | null {
  if (document.kind === null) return null;
  const schema = schemaAt(document.kind, path);
  if (schema === null) return null;
  const key = path.findLast((step) => typeof step === 'string');
  const parent = schemaAt(document.kind, path.slice(0, -1));
  const required = typeof path.at(-1) === 'string' && parent?.required?.includes(String(path.at(-1))) === true;
  const heading = `**${key ?? document.kind}** · ${expectation(schema)}${required ? ' · required' : ''}`;
  const referred = onKey ? null : referredMarkdown(document, path, context);
  return [heading, schema.markdownDescription ?? schema.description, referred]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('\n\n');
}

/** What the document under a reference says of itself. */
function referredMarkdown(document: SourceDocument, path: Path, context: LanguageContext): string | null {
  const kind = document.kind === null ? null : referenceAt(document.kind, path);
  if (kind === null || kind === 'file' || !context.workspace || !context.path) return null;
  const value = document.placeAt(document.locate(path)?.value.start ?? -1)?.node;
  const name = value?.type === 'scalar' && typeof value.value === 'string' ? value.value : null;
  if (name === null) return null;
  const [found] = referredDocuments(kind, name, context.path, context.workspace);
  if (found === undefined) return null;
  return `${kindInWords[kind]} \`${found.name ?? found.path}\` in \`${found.path}\`${found.description ? `\n\n${found.description}` : ''}`;
}
