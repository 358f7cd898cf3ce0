/**
 * The files that the editor holds open, kept in step with its edits. Each edit is read at once, at the cost of
 * what it touches; nothing here knows what a request is.
 */
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver/node';
import type { ColumnUnit } from '../engine/documents/index.ts';
import { readSource, type SourceFile } from '../language/index.ts';
import { pathInUri, realPathOf } from './uris.ts';

export class OpenDocument {
  readonly uri: string;
  /** Real, absolute path in the platform's form; null for what is not on disk. */
  readonly path: string | null;
  readonly #unit: ColumnUnit;
  #version: number;
  #source: SourceFile;

  constructor(uri: string, version: number, text: string, unit: ColumnUnit) {
    this.uri = uri;
    this.path = pathOf(uri);
    this.#version = version;
    this.#source = readSource(text);
    this.#unit = unit;
  }

  get version(): number {
    return this.#version;
  }

  get text(): string {
    return this.#source.text;
  }

  get source(): SourceFile {
    return this.#source;
  }

  update(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      if ('range' in change) {
        const { lines } = this.#source;
        const start = lines.offsetAt(placeOf(change.range.start), this.#unit);
        const end = lines.offsetAt(placeOf(change.range.end), this.#unit);
        this.#source = this.#source.edit(start, Math.max(start, end), change.text);
      } else this.#source = readSource(change.text);
    }
    this.#version = version;
  }
}

const placeOf = ({ line, character }: { line: number; character: number }) => ({ line, column: character });

/** The real path of a `file:` URI; null for other schemes and for URIs that are none. */
export function pathOf(uri: string): string | null {
  const path = pathInUri(uri);
  return path === null ? null : realPathOf(path);
}
