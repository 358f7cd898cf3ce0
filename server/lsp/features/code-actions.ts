/** `textDocument/codeAction`: quick fixes, refactorings and, on saving, all fixes that are certain. */
import { readFileSync } from 'node:fs';
import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type CreateFile,
  type Diagnostic,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { LineMap, Problem } from '../../engine/documents/index.ts';
import { decode } from '../../io/workspace/index.ts';
import {
  type Change,
  type Fix,
  type FixContext,
  fixAll,
  fixes,
  readSource,
  type SourceFile,
  type TextEdit,
} from '../../language/index.ts';
import { toDiagnostic, toOffset, toRange } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import { pathInUri } from '../uris.ts';
import type { Feature, Session } from './feature.ts';
import { settled, urisAround } from './places.ts';

const fixAllKind = `${CodeActionKind.SourceFixAll}.assay`;
const kinds = [CodeActionKind.QuickFix, CodeActionKind.RefactorExtract, CodeActionKind.RefactorRewrite, fixAllKind];

export const codeActions: Feature = {
  capabilities: ({ textDocument }) => ({
    // A client that knows no literals of code actions could do nothing with edits.
    ...(textDocument?.codeAction?.codeActionLiteralSupport !== undefined && {
      codeActionProvider: { codeActionKinds: kinds },
    }),
  }),
  register: (session) => {
    session.connection.onCodeAction(async (params) => {
      const document = session.document(params.textDocument.uri);
      if (document === undefined) return [];
      await settled(session, document);
      return answer(params, document, session);
    });
  },
};

function answer({ context, range }: CodeActionParams, document: OpenDocument, session: Session): CodeAction[] {
  const uris = urisAround(session, document);
  const around: FixContext = {
    ...session.contextOf(document),
    proofs: session.provedOf(document) ?? null,
    read: (path) => readOther(uris(path), session),
  };
  const asksFor = (kind: string) =>
    context.only === undefined || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
  const actions: CodeAction[] = [];
  const { lines } = document.source;
  const span = { start: toOffset(lines, range.start, session.unit), end: toOffset(lines, range.end, session.unit) };
  if (kinds.slice(0, 3).some(asksFor))
    for (const fix of fixes(document.source, span, around)) {
      const edit = asksFor(fix.kind) ? toWorkspaceEdit(fix.changes, document, session) : null;
      if (edit !== null) actions.push(toAction(fix, edit, document, context.diagnostics, session));
    }
  // Only who asks for sources gets this: it belongs to saving, not under a light bulb.
  if (context.only !== undefined && asksFor(fixAllKind)) {
    const edits = fixAll(document.source, around);
    const edit = edits.length === 0 ? null : toWorkspaceEdit([{ type: 'edit', path: null, edits }], document, session);
    if (edit !== null) actions.push({ title: 'mend all that is certain', kind: fixAllKind, edit });
  }
  return actions;
}

function toAction(
  fix: Fix,
  edit: WorkspaceEdit,
  document: OpenDocument,
  known: readonly Diagnostic[],
  session: Session,
): CodeAction {
  return {
    title: fix.title,
    kind: fix.kind,
    edit,
    ...(fix.isPreferred === true && { isPreferred: true }),
    ...(fix.problems.length > 0 && {
      diagnostics: fix.problems.map((problem) => diagnosticOf(problem, document, known, session)),
    }),
  };
}

/** The client's own diagnostic where it sent it along, so that it sees that the two are one. */
function diagnosticOf(
  problem: Problem,
  document: OpenDocument,
  known: readonly Diagnostic[],
  session: Session,
): Diagnostic {
  const { source, uri } = document;
  const uris = urisAround(session, document);
  const made = toDiagnostic(problem, source.lines, session.unit, uri, uris, session.pageOf);
  const same = known.find(
    ({ code, range }) =>
      code === made.code &&
      range.start.line === made.range.start.line &&
      range.start.character === made.range.start.character,
  );
  return same ?? made;
}

/** Null where the client cannot do what is needed, such as making a file. */
function toWorkspaceEdit(changes: readonly Change[], document: OpenDocument, session: Session): WorkspaceEdit | null {
  const { workspaceEdit } = session.client.workspace ?? {};
  const makesFiles = workspaceEdit?.resourceOperations?.includes('create') === true;
  const uris = urisAround(session, document);
  const rangesIn = (lines: LineMap, edits: readonly TextEdit[]) =>
    edits.map(({ span, text }) => ({ range: toRange(lines, span, session.unit), newText: text }));
  const done: (TextDocumentEdit | CreateFile)[] = [];
  for (const change of changes) {
    const uri = change.path === null ? document.uri : uris(change.path);
    if (change.type === 'create') {
      const start = { line: 0, character: 0 };
      const edits = [{ range: { start, end: start }, newText: change.text }];
      done.push({ kind: 'create', uri, options: { ignoreIfExists: false, overwrite: false } });
      done.push({ textDocument: { uri, version: null }, edits });
      continue;
    }
    const file = change.path === null ? document.source : readOther(uri, session);
    if (file === null) return null;
    const version = session.document(uri)?.version ?? null;
    done.push({ textDocument: { uri, version }, edits: rangesIn(file.lines, change.edits) });
  }
  if (workspaceEdit?.documentChanges === true)
    return makesFiles || changes.every(({ type }) => type === 'edit') ? { documentChanges: done } : null;
  if (changes.some(({ type }) => type === 'create')) return null;
  const edits = done.filter((each): each is TextDocumentEdit => 'edits' in each);
  return {
    changes: Object.fromEntries(
      edits.map(({ textDocument, edits: each }) => [textDocument.uri, each.filter((edit) => 'newText' in edit)]),
    ),
  };
}

/** Another file as the editor holds it, else as it is on disk; null when it cannot be read. */
function readOther(uri: string, session: Session): SourceFile | null {
  const open = session.document(uri);
  if (open !== undefined) return open.source;
  const path = pathInUri(uri);
  try {
    return path === null ? null : readSource(decode(readFileSync(path)));
  } catch {
    return null;
  }
}
