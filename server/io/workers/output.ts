/**
 * What a process writes outside the protocol: counted, and its last few kilobytes kept so that an error message can quote
 * them. Nothing is stored, and quotes hold no control characters.
 */
import { stripVTControlCharacters } from 'node:util';

const tailBytes = 4096;
const quoteLines = 8;
const quoteLength = 1000;
const excerptLength = 80;
/** Lines that Node adds to an error and that say nothing about the user's code. */
const ofNode = /^\s+at .*\bnode:|^Node\.js v\d/;

export class OutputTail {
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** Bytes since the last `restart`. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#tail =
      chunk.length >= tailBytes
        ? Buffer.from(chunk.subarray(-tailBytes))
        : Buffer.concat([this.#tail.subarray(-(tailBytes - chunk.length)), chunk]);
  }

  restart(): void {
    this.#bytes = 0;
    this.#tail = Buffer.alloc(0);
  }

  /** The last lines that say something, with paths inside `root` made relative to it; empty when there was no output. */
  quote(root: string): string {
    const text = printable(this.#tail.toString()).replaceAll('file://', '').replaceAll(`${root}/`, '');
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !ofNode.test(line));
    return lines.slice(-quoteLines).join('\n').slice(-quoteLength).trim().toWellFormed();
  }
}

/** The beginning of a line, for a message. */
export const excerptOf = (line: Buffer): string => {
  const text = printable(line.subarray(0, 4 * excerptLength).toString());
  return (text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text).toWellFormed();
};

const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
