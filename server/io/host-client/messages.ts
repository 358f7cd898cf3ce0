/** JSON-RPC over a socket, as hosts and their clients speak it. */
import type { Socket } from 'node:net';
import {
  AbstractMessageWriter,
  createMessageConnection,
  type Message,
  type MessageConnection,
  type MessageWriter,
  StreamMessageReader,
} from 'vscode-jsonrpc/node';

/** Not listening yet. */
export const messagesOver = (socket: Socket): MessageConnection =>
  createMessageConnection(new StreamMessageReader(socket), new WholeMessageWriter(socket));

/** Writes each message at once. The library's writer takes two turns for it, and so wakes the reader twice. */
class WholeMessageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;
  #errors = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('error', (error) => this.fireError(error));
    socket.on('close', () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    const body = JSON.stringify(message);
    return new Promise((resolve, reject) => {
      this.#socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, (error) => {
        if (error == null) resolve();
        else {
          this.fireError(error, message, ++this.#errors);
          reject(error);
        }
      });
    });
  }

  end(): void {
    this.#socket.end();
  }
}
