/** What the language features give, in the words of the Language Server Protocol. Nothing is decided here. */
import {
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  InsertTextFormat,
  InsertTextMode,
  type MarkupKind,
  type Position,
  type Range,
} from 'vscode-languageserver/node';
import type { ColumnUnit, LineMap, Problem, Span } from '../engine/documents/index.ts';
import { type Completion, withoutStops } from '../language/index.ts';
import { markup } from './markup.ts';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated } as const;

const itemKinds = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  reference: CompletionItemKind.Reference,
  snippet: CompletionItemKind.Snippet,
  tool: CompletionItemKind.Function,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
} as const;

export function toRange(lines: LineMap, span: Span, unit: ColumnUnit): Range {
  return { start: toPosition(lines, span.start, unit), end: toPosition(lines, span.end, unit) };
}

export function toPosition(lines: LineMap, offset: number, unit: ColumnUnit): Position {
  const { line, column } = lines.positionAt(offset, unit);
  return { line, character: column };
}

export function toOffset(lines: LineMap, position: Position, unit: ColumnUnit): number {
  return lines.offsetAt({ line: position.line, column: position.character }, unit);
}

/** `uris` gives the URI of another file by its path in the workspace, `pageOf` the address of the page about a code. */
export function toDiagnostic(
  problem: Problem,
  lines: LineMap,
  unit: ColumnUnit,
  uri: string,
  uris: (path: string) => string,
  pageOf: (code: string) => string | null,
): Diagnostic {
  const related = problem.related?.map(({ span, message, file }) => ({
    message,
    location: {
      uri: file === undefined ? uri : uris(file.path),
      range: toRange(file?.lines ?? lines, span, unit),
    },
  }));
  const page = pageOf(problem.code);
  return {
    range: toRange(lines, problem.span, unit),
    severity: severities[problem.severity],
    code: problem.code,
    ...(page !== null && { codeDescription: { href: page } }),
    ...(problem.tag !== undefined && { tags: [tags[problem.tag]] }),
    source: 'assay',
    message: problem.help === undefined ? problem.message : `${problem.message}\n${problem.help}`,
    ...(related !== undefined && { relatedInformation: related }),
    ...(problem.data !== undefined && { data: problem.data }),
  };
}

export interface CompletionAbilities {
  readonly snippets: boolean;
  readonly insertTextModes: boolean;
  /** How documentation may be written, the best first; undefined where the client does not say. */
  readonly documentationFormat: readonly MarkupKind[] | undefined;
  /** The client's command that asks for completions again; null where it has none. */
  readonly suggestCommand: string | null;
}

export function toCompletionItem(
  completion: Completion,
  lines: LineMap,
  unit: ColumnUnit,
  { snippets, insertTextModes, documentationFormat, suggestCommand }: CompletionAbilities,
): CompletionItem {
  const newText = snippets ? completion.insert : withoutStops(completion.insert);
  return {
    label: completion.label,
    kind: itemKinds[completion.kind],
    sortText: completion.order,
    ...(completion.filter !== undefined && { filterText: completion.filter }),
    textEdit: { range: toRange(lines, completion.span, unit), newText },
    insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(insertTextModes && { insertTextMode: InsertTextMode.adjustIndentation }),
    ...(completion.detail !== undefined && { detail: completion.detail }),
    ...(completion.documentation && { documentation: markup(completion.documentation, documentationFormat) }),
    ...(completion.continues && suggestCommand !== null && { command: { title: 'suggest', command: suggestCommand } }),
  };
}
