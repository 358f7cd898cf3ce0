/**
 * The outline of a file: its documents, their sections and what is listed there, from the syntax tree alone, so that
 * broken documents keep theirs. It goes as deep as things have names and no deeper.
 */
import {
  dereference,
  entryOf,
  kindInWords,
  type MappingNode,
  type SourceDocument,
  type Span,
  type SyntaxNode,
} from '../../engine/documents/index.ts';
import { asSource, type SourceFile } from '../file.ts';
import { type Noun, nounOfList } from './facts.ts';

export interface OutlineItem {
  readonly name: string;
  readonly detail: string;
  /** `section`: a key with keys below it; `list`: a key with items; `setting`: a key with a value. */
  readonly kind: Noun | 'document' | 'item' | 'section' | 'list' | 'setting';
  /** All of it, and the part that is selected: its name. */
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly OutlineItem[];
}

/** One item for each document of the file, in the order of the text. Linear in the size of the file. */
export function outline(file: SourceFile | string): readonly OutlineItem[] {
  const { documents, text } = asSource(file);
  return documents.flatMap((document) => new Outliner(document, text).document() ?? []);
}

const head = new Set(['apiVersion', 'kind', 'metadata', 'spec']);

class Outliner {
  readonly #document: SourceDocument;
  readonly #text: string;

  constructor(document: SourceDocument, text: string) {
    this.#document = document;
    this.#text = text;
  }

  document(): OutlineItem | null {
    const { kind, name } = this.#document;
    const root = dereference(this.#document.root);
    if (root?.type !== 'mapping' || root.entries.length === 0) return null;
    const place = this.#document.locate(['metadata', 'name'])?.value ?? this.#document.locate(['kind'])?.value;
    const words = kind === null ? '' : kindInWords[kind];
    const spec = dereference(entryOf(root, 'spec')?.value ?? null);
    const others = { ...root, entries: root.entries.filter(({ key }) => !head.has(key)) };
    return this.#item({
      name: name ?? (words === '' ? 'document' : words),
      detail: name === null ? '' : words,
      kind: kind ?? 'document',
      span: root.span,
      nameSpan: place ?? root.span,
      children: [...(spec?.type === 'mapping' ? this.#keys(spec, true) : []), ...this.#keys(others, true)],
    });
  }

  #keys(mapping: MappingNode, listsItems: boolean): readonly OutlineItem[] {
    return mapping.entries
      .filter((entry) => !entry.merge && entry.key.trim() !== '')
      .map(({ key, keySpan, value: written }) => {
        const value = dereference(written);
        const isHere = value === written;
        const base = { name: key, span: { start: keySpan.start, end: written.span.end }, nameSpan: keySpan };
        if (value?.type === 'mapping')
          return this.#item({ ...base, detail: '', kind: 'section', children: isHere ? this.#keys(value, false) : [] });
        if (value?.type !== 'sequence')
          return this.#item({ ...base, detail: shown(value), kind: 'setting', children: [] });
        const children = isHere && listsItems ? this.#items(value.items, key) : [];
        return this.#item({ ...base, detail: String(value.items.length), kind: 'list', children });
      });
  }

  #items(items: readonly SyntaxNode[], list: string): readonly OutlineItem[] {
    const { kind } = this.#document;
    const noun = kind === null ? undefined : nounOfList(kind, list);
    return items.flatMap((written, index): readonly OutlineItem[] => {
      const item = dereference(written);
      if (item?.type !== 'mapping') return [];
      const named = nameOf(item);
      const name = named === null ? `${noun ?? 'item'} ${index + 1}` : shown(named);
      const isHere = item === written;
      const nameSpan = isHere && named !== null ? named.span : written.span;
      return [
        this.#item({ name, detail: detailOf(item), kind: noun ?? 'item', span: written.span, nameSpan, children: [] }),
      ];
    });
  }

  /** Spans without the blank space behind them, and with the name inside, as editors demand. */
  #item(item: OutlineItem): OutlineItem {
    const { start } = item.span;
    let { end } = item.span;
    while (end > start && /\s/.test(this.#text[end - 1] ?? '')) end--;
    const { nameSpan } = item;
    const isInside = start <= nameSpan.start && nameSpan.end <= end;
    return {
      ...item,
      span: { start, end },
      nameSpan: isInside ? nameSpan : { start, end: firstLineEnd(this.#text, start, end) },
    };
  }
}

function firstLineEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

/** What an item is called: the first of these keys that holds something. */
function nameOf(item: MappingNode): SyntaxNode | null {
  for (const key of ['id', 'name', 'path', 'tool']) {
    const node = dereference(entryOf(item, key)?.value ?? null);
    if (node?.type === 'scalar' && shown(node) !== '') return node;
  }
  return null;
}

/** What tells items of a list apart beside their names, such as a rule's effect or a budget's limit. */
function detailOf(item: MappingNode): string {
  const at = (key: string) => shown(dereference(entryOf(item, key)?.value ?? null));
  const budget = [at('limit'), at('unit'), at('per') && `per ${at('per')}`].filter(Boolean).join(' ');
  const tool = [at('kind'), at('risk') && `risk ${at('risk')}`].filter(Boolean).join(', ');
  const node = [at('type'), at('next') && `→ ${at('next')}`].filter(Boolean).join(' ');
  const found = at('effect') || budget || tool || node || at('preset') || decisionOf(item);
  return found || at('instruction') || at('description');
}

function decisionOf(item: MappingNode): string {
  const expect = dereference(entryOf(item, 'expect')?.value ?? null);
  return expect?.type === 'mapping' ? shown(dereference(entryOf(expect, 'decision')?.value ?? null)) : '';
}

const maxShown = 80;

/** A value on one line; nothing for what is empty or no single value. */
function shown(node: SyntaxNode | null): string {
  if (node?.type !== 'scalar' || node.value === null) return '';
  const line = String(node.value).trim().replace(/\s+/g, ' ');
  return line.length > maxShown ? `${line.slice(0, maxShown - 1)}…` : line;
}
