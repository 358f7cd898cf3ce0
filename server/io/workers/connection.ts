/**
 * Newline-delimited JSON-RPC 2.0 over a readable and a writable stream: whole lines in, messages out, with a limit on the
 * length of a line. It knows nothing of processes and trials, and stops for good at the first line that it cannot accept.
 */
import type { Readable, Writable } from 'node:stream';
import type { ProcessFault } from '../../engine/ports.ts';
import { type Message, parseMessage } from './message.ts';
import { excerptOf } from './output.ts';

export const lineLimitBytes = 1024 * 1024;
const newline = 0x0a;

export interface ConnectionEvents {
  message(message: Message): void;
  /** A line was too long or no message. The text speaks of "a line …", without the process's name. */
  fault(fault: ProcessFault): void;
}

export class Connection {
  readonly #writable: Writable;
  readonly #events: ConnectionEvents;
  /** Pieces of a line whose end has not come yet. */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #stopped = false;

  constructor(readable: Readable, writable: Writable, events: ConnectionEvents) {
    this.#writable = writable;
    this.#events = events;
    readable.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A broken pipe means that the process is going; its exit says why.
    readable.on('error', () => {});
    writable.on('error', () => {});
  }

  send(message: object): void {
    if (!this.#stopped && this.#writable.writable) this.#writable.write(`${JSON.stringify(message)}\n`);
  }

  /** From now on nothing is sent, and what still comes is thrown away. */
  stop(): void {
    this.#stopped = true;
    this.#pieces = [];
  }

  #receive(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0 && !this.#stopped; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#accept();
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    if (this.#stopped) return;
    this.#pieces.push(piece);
    this.#piecesBytes += piece.length;
    if (this.#piecesBytes <= lineLimitBytes) return;
    const excerpt = excerptOf(this.#pieces[0] ?? piece);
    const message = `a line is longer than ${lineLimitBytes} bytes; it begins with \`${excerpt}\``;
    this.#events.fault({ reason: 'OUTPUT_LIMIT', message });
  }

  #accept(): void {
    if (this.#stopped) return;
    const [first] = this.#pieces;
    const line = first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#piecesBytes = 0;
    const message = parseMessage(line);
    if (typeof message !== 'string') this.#events.message(message);
    else this.#events.fault({ reason: 'PROTOCOL', message: `a line ${message}: \`${excerptOf(line)}\`` });
  }
}
