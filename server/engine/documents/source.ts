/**
 * Reads the text of a file into documents: parsed, held against the schema of their kind, with every place at hand.
 * Broken text gives documents with problems; nothing here throws.
 */
import { LineMap } from './lines.ts';
import type { ParsedDocument } from './parse.ts';
import { type Path, type Problem, type Span, toldOnce } from './problem.ts';
import type { DocumentKind, DocumentTypes } from './schema.ts';
import { type Change, readSlices, type SliceStore } from './slices.ts';
import { type Location, locateIn, type PlaceInTree, placeAt, type SyntaxNode } from './tree.ts';
import { checkHead, checkSchema } from './validate.ts';

export interface SourceDocument {
  /** Null when `kind` is missing or unknown. */
  readonly kind: DocumentKind | null;
  /** `metadata.name`, when it is a text. */
  readonly name: string | null;
  /** The document as plain JavaScript; null when it is empty. Only `valid` documents have the shape of their kind. */
  readonly value: unknown;
  /** Whether it is of a known kind and has no errors. */
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  readonly span: Span;
  /** Null for an empty document. */
  readonly root: SyntaxNode | null;
  /** Where the value at `path` stands in the text; null when there is none. */
  locate(path: Path): Location | null;
  /** What stands at an offset; null outside the content. */
  placeAt(offset: number): PlaceInTree | null;
}

/** A text as all who look into it share it: its lines and documents, read once per version. */
export interface SourceText {
  readonly text: string;
  readonly lines: LineMap;
  /** One for each YAML document; empty ones beside others are left out. */
  readonly documents: readonly SourceDocument[];
  /**
   * The text in which `inserted` stands in place of what is between two offsets. It is the same as reading that text
   * afresh, but costs what the edit touches; values and parts of them that it leaves alone are the very same objects.
   */
  edit(start: number, end: number, inserted: string): SourceText;
}

/** Reads a text. Never throws. */
export const readText = (text: string): SourceText => version(new LineMap(text), null, null);

/** One result for each YAML document in `text`; empty documents beside others are left out. Never throws. */
export const readDocuments = (text: string): readonly SourceDocument[] => readText(text).documents;

function version(lines: LineMap, before: SliceStore | null, change: Change | null): SourceText {
  const { documents, store } = readSlices(lines, before, change);
  return {
    text: lines.text,
    lines,
    documents: documentsOf(documents, lines),
    edit: (start, end, inserted) =>
      version(lines.edit(start, end, inserted), store, { start, end, insertedLength: inserted.length }),
  };
}

/** The documents of a text that has been parsed. */
export function documentsOf(parsed: readonly ParsedDocument[], lines: LineMap): readonly SourceDocument[] {
  const written = parsed.filter((document) => document.root !== null || document.problems.length > 0);
  return written.length === 0 ? [emptyDocument(lines.text)] : written.map((document) => read(document, lines));
}

/** The document's value with the type of its kind; null when it is of another kind or has errors. */
export function asKind<K extends DocumentKind>(document: SourceDocument, kind: K): DocumentTypes[K] | null {
  return document.valid && document.kind === kind ? (document.value as DocumentTypes[K]) : null;
}

function emptyDocument(text: string): SourceDocument {
  const span = { start: 0, end: text.length };
  const message = 'this file is empty; begin with `apiVersion: assay/v1` and `kind:`';
  const problem: Problem = { code: 'schema/empty-file', severity: 'error', span: { start: 0, end: 0 }, message };
  return build({ root: null, value: null, span, problems: [] }, null, [problem]);
}

function read(parsed: ParsedDocument, lineMap: LineMap): SourceDocument {
  const { root, value } = parsed;
  if (root === null || parsed.problems.some((problem) => problem.code === 'yaml/too-many-aliases'))
    return build(parsed, null, parsed.problems);
  const head = checkHead(root, value);
  const broken = parsed.problems.filter((problem) => problem.severity === 'error');
  const lines = broken.map((problem) => lineAround(lineMap, problem.obscures ?? problem.span));
  const fromSchema = head.kind === null ? head.problems : checkSchema(head.kind, root, value, lines, lineMap.text);
  const outside = fromSchema.filter((problem) => !lines.some((line) => overlap(line, problem.span)));
  return build(parsed, head.kind, [...parsed.problems, ...outside]);
}

function build(parsed: ParsedDocument, kind: DocumentKind | null, problems: readonly Problem[]): SourceDocument {
  const { root, value, span } = parsed;
  return {
    kind,
    name: nameOf(value),
    value,
    valid: kind !== null && problems.every((problem) => problem.severity !== 'error'),
    problems: toldOnce(problems).toSorted((a, b) => a.span.start - b.span.start),
    span,
    root,
    locate: (path) => {
      const place = root === null ? null : locateIn(root, path);
      if (place === null) return null;
      const { node: _, ...location } = place;
      return location;
    },
    placeAt: (offset) => (root === null ? null : placeAt(root, offset)),
  };
}

function nameOf(value: unknown): string | null {
  const metadata = typeof value === 'object' && value !== null && 'metadata' in value ? value.metadata : null;
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : null;
  return typeof name === 'string' && name !== '' ? name : null;
}

const lineAround = (lines: LineMap, { start, end }: Span): Span => ({
  start: lines.startOf(lines.lineAt(start)),
  end: lines.endOf(lines.lineAt(end)),
});

const overlap = (a: Span, b: Span): boolean => a.start <= b.end && b.start <= a.end;
