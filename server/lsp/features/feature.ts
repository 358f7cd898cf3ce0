/** What a feature of the language server is: what it tells the client that it can do, and the requests it answers. */
import type { ClientCapabilities, Connection, ServerCapabilities } from 'vscode-languageserver/node';
import type { ColumnUnit } from '../../engine/documents/index.ts';
import type { LanguageContext } from '../../language/index.ts';
import type { ServerOptions } from '../../protocol/index.ts';
import type { OpenDocument } from '../open-documents.ts';
import type { WhatIfs } from '../what-if.ts';
import type { Workspaces } from '../workspaces.ts';

/** What features share of one client's session. `unit`, `client` and `options` are settled by `initialize`. */
export interface Session {
  readonly connection: Connection;
  readonly unit: ColumnUnit;
  readonly client: ClientCapabilities;
  readonly options: ServerOptions;
  readonly workspaces: Workspaces;
  readonly whatIfs: WhatIfs;
  /** An open file; undefined when the client has not opened it, and when it is none of Assay's. */
  document(uri: string): OpenDocument | undefined;
  openDocuments(): readonly OpenDocument[];
  /** What is known around a file, for the functions of `server/language`. */
  contextOf(document: OpenDocument): LanguageContext;
  /** What was proved last of an open file's documents; null when nothing has been. */
  provedOf(document: OpenDocument): LanguageContext['proofs'];
  /** The address of the page about a code of a problem. */
  pageOf(code: string): string | null;
}

export interface Feature {
  capabilities(client: ClientCapabilities): Partial<ServerCapabilities>;
  /** Called once, before the connection listens. */
  register(session: Session): void;
}
