/**
 * The addresses of the pages that explain problems: those shipped with the server, or wherever the client has them. What
 * stands on a page is found in `docs/problems`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemPage } from '../language/index.ts';
import { pathInUri, uriOf } from './uris.ts';

export class ProblemPages {
  #base: string;
  /** By page, the lines of its sections, from 1. */
  readonly #sections = new Map<string, ReadonlyMap<string, number>>();

  /** `folder` holds the pages that are shipped. */
  constructor(folder: string) {
    this.#base = uriOf(folder);
  }

  /** Other pages by the URI of their folder. */
  use(base: string): void {
    this.#base = base.replace(/\/$/, '');
    this.#sections.clear();
  }

  /** The address of the page and section about a code; null for codes that have none. */
  addressOf(code: string): string | null {
    const found = problemPage(code);
    if (found === null) return null;
    const address = `${this.#base}/${found.page}`;
    if (found.section === null) return address;
    const folder = pathInUri(this.#base);
    if (folder === null) return `${address}#${found.section}`;
    // Editors open files by line; headings are for browsers.
    const line = this.#sectionsOf(join(folder, found.page)).get(found.section);
    return line === undefined ? address : `${address}#L${line}`;
  }

  #sectionsOf(path: string): ReadonlyMap<string, number> {
    const known = this.#sections.get(path);
    if (known !== undefined) return known;
    const lines = textOf(path).split(/\r?\n/);
    const found = new Map(
      lines.flatMap((line, index) => (line.startsWith('## ') ? [[line.slice(3).trim(), index + 1] as const] : [])),
    );
    this.#sections.set(path, found);
    return found;
  }
}

/** A page that is not there has no sections: its problem is told all the same. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
