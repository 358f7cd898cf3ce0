/**
 * What the key or value under the cursor is: description, type and example from the schemas, and what it comes to in this
 * document and its workspace.
 */
import {
  documentSchema,
  expectation,
  type Path,
  type PathStep,
  type PlaceInTree,
  referenceAt,
  type Span,
} from '../../engine/documents/index.ts';
import { type Mark, markAt, markedMarkdown, usesOf } from '../anchors.ts';
import { asSource, documentAt, type LanguageContext, type SourceFile } from '../file.ts';
import { documentMarkdown, escaped, toolMarkdown } from '../markdown.ts';
import { type Meaning, meaningAt } from '../navigation/index.ts';
import { witnessMarkdown } from '../proofs/index.ts';
import {
  isToolAt,
  type Surroundings,
  schemaIn,
  signalNamed,
  summaryOf,
  toolsFor,
  wordKindAt,
  wordsOf,
} from '../surroundings.ts';
import { amountMarkdown, signalMarkdown } from './amounts.ts';
import { outcomeMarkdown } from './outcome.ts';
import { targetMarkdown } from './target.ts';
import { usesMarkdown } from './uses.ts';

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

/** The hover at an offset; null where there is nothing to say. Never throws. */
export function hover(file: SourceFile | string, offset: number, context: LanguageContext = {}): Hover | null {
  const source = asSource(file);
  const document = documentAt(source, offset);
  const mark = markAt(source, offset);
  if (mark?.type === 'anchor') return { span: mark.span, markdown: anchorMarkdown(mark, source) };
  const place = document?.placeAt(offset) ?? null;
  const standsFor = mark === null ? null : aliasMarkdown(mark, source);
  if (document === null || place === null || document.kind === null)
    return mark === null || standsFor === null ? null : { span: mark.span, markdown: standsFor };
  const isLeaf = place.node.type === 'scalar' || place.node.type === 'alias';
  if (!place.onKey && !isLeaf) return null;
  const around: Surroundings = { kind: document.kind, document, source, context };
  const about =
    place.path.length === 1 && place.path[0] === 'kind' ? kindMarkdown(around) : schemaMarkdown(around, place.path);
  if (about === null && standsFor === null) return null;
  const meaning = place.onKey ? null : meaningAt(source, offset, context);
  const parts = [
    standsFor,
    about,
    place.onKey ? null : valueMarkdown(around, place, meaning),
    amountMarkdown(around, place),
    outcomeMarkdown(around, place),
    meaning?.isDeclared === true ? usesMarkdown(around, place, offset) : null,
    witnessMarkdown(source, offset, context),
  ];
  return { span: place.span, markdown: parts.filter((part) => part !== null && part !== '').join('\n\n') };
}

function anchorMarkdown(mark: Mark, file: SourceFile): string {
  const { aliases } = usesOf(mark, file);
  const places = aliases.map(({ span }) => `line ${file.lines.lineAt(span.start) + 1}`).join(', ');
  const uses = aliases.length === 0 ? 'no alias stands for it' : `\`*${mark.name}\` stands for it: ${places}`;
  return `**&${escaped(mark.name)}** · an anchor; ${uses}`;
}

/** What an alias stands for; null when it stands for nothing. */
function aliasMarkdown(mark: Mark, file: SourceFile): string | null {
  const { anchor } = usesOf(mark, file);
  if (anchor === null) return null;
  const line = file.lines.lineAt(anchor.span.start) + 1;
  return `**\\*${escaped(mark.name)}** · an alias of line ${line}\n\n${markedMarkdown(anchor, file)}`;
}

const kindMarkdown = ({ kind }: Surroundings): string => `**${kind}**\n\n${documentSchema(kind).description ?? ''}`;

function schemaMarkdown(around: Surroundings, path: Path): string | null {
  const schema = schemaIn(around, path);
  if (schema === null) return null;
  const key = path.findLast((step) => typeof step === 'string');
  const last: PathStep | undefined = path.at(-1);
  const required = typeof last === 'string' && schemaIn(around, path.slice(0, -1))?.required?.includes(last) === true;
  const heading = `**${key ?? around.kind}** · ${expectation(schema)}${required ? ' · required' : ''}`;
  const own = schema.markdownDescription ?? schema.description;
  // An item is what its list is of.
  const list = own === undefined && typeof last === 'number' ? schemaIn(around, path.slice(0, -1)) : null;
  const description = own ?? list?.markdownDescription ?? list?.description;
  const signal = signalNamed(last);
  return [heading, description, signal === null ? '' : signalMarkdown(signal)]
    .filter((part) => part !== undefined && part !== '')
    .join('\n\n');
}

/** What the value under the cursor stands for. */
function valueMarkdown(around: Surroundings, { path, node }: PlaceInTree, meaning: Meaning | null): string | null {
  const value = node.type === 'scalar' ? node.value : null;
  if (typeof value !== 'string') return null;
  if (isToolAt(around.kind, path)) {
    const tool = toolsFor(around).find(({ name }) => name === value);
    return tool === undefined ? null : toolMarkdown(tool);
  }
  const target = referenceAt(around.kind, path);
  if (target !== null && target !== 'file') {
    const found = summaryOf(target, value, around);
    return found === null ? null : documentMarkdown(found);
  }
  if (wordKindAt(around.kind, path) === 'tag') return tagMarkdown(around, value);
  return targetMarkdown(meaning, around);
}

function tagMarkdown(around: Surroundings, tag: string): string | null {
  const tools = toolsFor(around).filter(({ tags }) => tags.includes(tag));
  if (tools.length > 0) return `Tools with \`${tag}\`: ${tools.map(({ name }) => `\`${name}\``).join(', ')}`;
  const files = wordsOf('tag', around).get(tag) ?? [];
  return files.length === 0
    ? null
    : `In ${files
        .slice(0, 5)
        .map((path) => `\`${path}\``)
        .join(', ')}`;
}
