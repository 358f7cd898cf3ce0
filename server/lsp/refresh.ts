/**
 * Asks the client to ask again for lenses and hints when another file has changed what they say. Tokens and folds go by
 * their own file alone, so they are never asked for again.
 */
import type { ClientCapabilities, Connection } from 'vscode-languageserver/node';

/** Changes that come within this time are told of once: whoever types elsewhere is not held up at every key. */
const settleMs = 250;

export interface RefreshPorts {
  readonly connection: Connection;
  readonly client: () => ClientCapabilities;
  /** Whether a file other than these, by their names in `root`, is open: only that can show something old. */
  readonly isShownElsewhere: (root: string, names: ReadonlySet<string>) => boolean;
}

export class Refresh {
  readonly #ports: RefreshPorts;
  #timer: NodeJS.Timeout | null = null;

  constructor(ports: RefreshPorts) {
    this.#ports = ports;
  }

  /** To be called when files of a root say something else; with `all`, when any may. */
  changed(root: string, { files, all }: { readonly files: ReadonlySet<string>; readonly all: boolean }): void {
    const { client, isShownElsewhere } = this.#ports;
    const { codeLens, inlayHint } = client().workspace ?? {};
    if (!codeLens?.refreshSupport && !inlayHint?.refreshSupport) return;
    if (!all && (files.size === 0 || !isShownElsewhere(root, files))) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), settleMs);
  }

  #ask(): void {
    const { client, connection } = this.#ports;
    const { codeLens, inlayHint } = client().workspace ?? {};
    this.#timer = null;
    // A client that refuses goes on with what it has.
    if (codeLens?.refreshSupport) void connection.sendRequest('workspace/codeLens/refresh').catch(() => undefined);
    if (inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh().catch(() => undefined);
  }
}
