/** `textDocument/documentSymbol` and `workspace/symbol`. */
import { type DocumentSymbol, type SymbolInformation, SymbolKind } from 'vscode-languageserver/node';
import type { LineMap } from '../../engine/documents/index.ts';
import { type Noun, type OutlineItem, outline, searchSymbols } from '../../language/navigation/index.ts';
import { toRange } from '../convert.ts';
import type { Feature, Session } from './feature.ts';
import { toLocation, urisBelow } from './places.ts';

/** The nearest kinds of those that the protocol has; editors know no others. */
const kinds: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  Policy: SymbolKind.Interface,
  PolicyTest: SymbolKind.Package,
  Preset: SymbolKind.Class,
  Capsule: SymbolKind.Package,
  Experiment: SymbolKind.Module,
  Environment: SymbolKind.Namespace,
  TaskSet: SymbolKind.Enum,
  rule: SymbolKind.Method,
  budget: SymbolKind.Constant,
  pattern: SymbolKind.String,
  case: SymbolKind.Event,
  node: SymbolKind.Method,
  step: SymbolKind.Method,
  persona: SymbolKind.Object,
  variant: SymbolKind.Struct,
  tool: SymbolKind.Function,
  task: SymbolKind.EnumMember,
  role: SymbolKind.Key,
  tag: SymbolKind.Key,
  document: SymbolKind.File,
  item: SymbolKind.Object,
  section: SymbolKind.Object,
  list: SymbolKind.Array,
  setting: SymbolKind.Property,
} satisfies Record<Noun | 'document' | 'item' | 'section' | 'list' | 'setting', SymbolKind>;

export const symbols: Feature = {
  capabilities: () => ({ documentSymbolProvider: true, workspaceSymbolProvider: true }),
  register: (session) => {
    const { connection } = session;
    connection.onDocumentSymbol(({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { lines } = document.source;
      const items = outline(document.source).map((item) => toSymbol(item, lines, session));
      const isTree = session.client.textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true;
      return isTree ? items : items.flatMap((item) => flat(item, document.uri));
    });
    connection.onWorkspaceSymbol(async ({ query }) => {
      const roots = await session.workspaces.filesByRoot();
      return roots.flatMap(({ root, files }) => {
        const uris = urisBelow(session, root);
        return searchSymbols(files, query).map((found) => ({
          name: found.name,
          kind: kinds[found.noun],
          containerName: found.container,
          location: toLocation(found, uris, session),
        }));
      });
    });
  },
};

function toSymbol(item: OutlineItem, lines: LineMap, session: Session): DocumentSymbol {
  return {
    name: item.name,
    ...(item.detail !== '' && { detail: item.detail }),
    kind: kinds[item.kind],
    range: toRange(lines, item.span, session.unit),
    selectionRange: toRange(lines, item.nameSpan, session.unit),
    children: item.children.map((child) => toSymbol(child, lines, session)),
  };
}

/** For clients that take no trees. */
function flat(
  { name, kind, range, children = [] }: DocumentSymbol,
  uri: string,
  container?: string,
): SymbolInformation[] {
  const own = { name, kind, location: { uri, range }, ...(container !== undefined && { containerName: container }) };
  return [own, ...children.flatMap((child) => flat(child, uri, name))];
}
