/**
 * The files that the editor holds open, kept in step with its edits. Each edit is read at once, at the cost of
 * what it touches; nothing here knows what a request is.
 */
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver/node';
import { type ColumnUnit, holdsDocument } from '../engine/documents/index.ts';
import { readSource, type SourceFile } from '../language/index.ts';
import { pathInUri, realPathOf } from './uris.ts';

/** How files are called that hold documents, as `package.json` has it for the languages of VS Code. */
const ownName = /\.(?:policy|preset|capsule|experiment|policytest|environment|tasks)\.ya?ml$/i;

export class OpenDocument {
  readonly uri: string;
  /** Real, absolute path in the platform's form; null for what is not on disk. */
  readonly path: string | null;
  readonly #unit: ColumnUnit;
  #version: number;
  #source: SourceFile;
  #isOwn: boolean;
  #lookedAt: SourceFile | null = null;

  constructor(uri: string, version: number, text: string, unit: ColumnUnit, language = 'yaml') {
    this.uri = uri;
    this.path = pathOf(uri);
    this.#version = version;
    this.#source = readSource(text);
    this.#unit = unit;
    this.#isOwn = language.startsWith('assay-') || ownName.test(uri);
  }

  /**
   * Whether it is of Assay by its language, its name or its text: editors may give the server all YAML that there is. What
   * has been of Assay once is so until it is closed, as its first line may just be written anew.
   */
  get isOwn(): boolean {
    if (!this.#isOwn && this.#lookedAt !== this.#source) {
      this.#lookedAt = this.#source;
      this.#isOwn = holdsDocument(this.#source);
    }
    return this.#isOwn;
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
