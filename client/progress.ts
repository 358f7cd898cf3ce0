/**
 * Shows the server's cancellable progress as a notification with a button to cancel.
 * The language client by itself shows all progress in the status bar, where nothing can be cancelled.
 */
import * as vscode from 'vscode';
import type {
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from 'vscode-languageclient/node';

type Message = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

interface Shown {
  report(message: WorkDoneProgressReport | WorkDoneProgressBegin): void;
  end(): void;
}

export class CancellableProgress implements vscode.Disposable {
  readonly #cancel: (token: ProgressToken) => void;
  readonly #shown = new Map<ProgressToken, Shown>();

  /** `cancel` tells the server that the user wants the work under `token` to end. */
  constructor(cancel: (token: ProgressToken) => void) {
    this.#cancel = cancel;
  }

  /** Takes a message of the server; what cannot be cancelled goes to `next`, which shows it in the status bar. */
  handle(token: ProgressToken, message: Message, next: () => void): void {
    const shown = this.#shown.get(token);
    if (shown === undefined) {
      if (message.kind === 'begin' && message.cancellable === true) this.#shown.set(token, this.#show(token, message));
      else next();
    } else if (message.kind === 'end') {
      this.#shown.delete(token);
      shown.end();
      next();
    } else shown.report(message);
  }

  #show(token: ProgressToken, begin: WorkDoneProgressBegin): Shown {
    const { promise, resolve } = Promise.withResolvers<void>();
    let progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
    let percentage = 0;
    const report: Shown['report'] = (message) => {
      const next = Math.max(percentage, message.percentage ?? 0);
      const increment = next - percentage;
      percentage = next;
      progress?.report({ ...(message.message !== undefined && { message: message.message }), increment });
    };
    const options = { location: vscode.ProgressLocation.Notification, title: begin.title, cancellable: true };
    void vscode.window.withProgress(options, (shown, cancelled) => {
      progress = shown;
      cancelled.onCancellationRequested(() => this.#cancel(token));
      report(begin);
      return promise;
    });
    return { report, end: resolve };
  }

  dispose(): void {
    for (const shown of this.#shown.values()) shown.end();
    this.#shown.clear();
  }
}
