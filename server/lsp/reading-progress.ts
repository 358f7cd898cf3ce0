/** Tells the client how far the first reading of a workspace is. Small workspaces are read before anybody could look. */
import { basename } from 'node:path';
import type { Connection, WorkDoneProgressReporter } from 'vscode-languageserver/node';

/** Fewer files than this are not worth a message. */
const tellFrom = 200;

export class ReadingProgress {
  readonly #connection: Connection;
  readonly #reporters = new Map<string, Promise<WorkDoneProgressReporter | null>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `files` is null when a root has been read. */
  tell(root: string, files: number | null): void {
    const known = this.#reporters.get(root);
    if (files === null) {
      this.#reporters.delete(root);
      void known?.then((reporter) => reporter?.done());
    } else if (known !== undefined) void known.then((reporter) => reporter?.report(`${files} files`));
    else if (files >= tellFrom) this.#reporters.set(root, this.#begin(root));
  }

  async #begin(root: string): Promise<WorkDoneProgressReporter | null> {
    try {
      const reporter = await this.#connection.window.createWorkDoneProgress();
      reporter.begin(`Reading documents of ${basename(root)}`);
      return reporter;
    } catch {
      // A client that makes no progress for us goes without.
      return null;
    }
  }
}
