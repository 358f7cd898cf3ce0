/**
 * Which paths below a root are never searched for documents: dot folders, packages, build output, what `.gitignore`
 * files name, and folders that are workspaces of their own. Only folders and files that are asked about are looked at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

const skippedFolders = new Set(['node_modules', 'dist', 'out', 'build', 'target', 'coverage']);

/** A `.gitignore` and the folder that it speaks of; `prefix` is that folder from the root, or the root from that folder. */
interface Rules {
  readonly of: Ignore;
  readonly within: (name: string) => string | null;
}

export class IgnoredPaths {
  readonly root: string;
  /** Rules of folders above the root, up to the top of the git work tree. */
  #above: readonly Rules[];
  readonly #inside = new Map<string, Rules | null>();
  readonly #folders = new Map<string, boolean>();
  readonly #ownMarkers: readonly string[];

  constructor(root: string) {
    this.root = root;
    this.#above = rulesAbove(root);
    // A nested `.assay/` always begins another workspace; a nested `.git` does where nothing stronger marks this one.
    this.#ownMarkers = existsSync(join(root, '.assay')) ? ['.assay'] : ['.assay', '.git'];
  }

  /** Whether a file is left out; `name` is its path from the root, with forward slashes. */
  hasFile(name: string): boolean {
    const folder = parentOf(name);
    return name.startsWith('../') || this.hasFolder(folder) || this.#isNamed(name, false);
  }

  /** Why a search leaves a file out, as what follows its name in a sentence; null when it does not. */
  reasonFor(name: string): string | null {
    if (name.startsWith('../') || isAbsolute(name)) return 'lies outside this workspace';
    return this.hasFile(name) ? 'lies where nothing is searched, or git ignores it' : null;
  }

  /** Whether a folder, `''` for the root, is left out with all that it holds. */
  hasFolder(name: string): boolean {
    if (name === '') return false;
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const last = name.slice(name.lastIndexOf('/') + 1);
    const left =
      last.startsWith('.') ||
      skippedFolders.has(last) ||
      this.hasFolder(parentOf(name)) ||
      this.#ownMarkers.some((marker) => existsSync(join(this.root, name, marker))) ||
      this.#isNamed(name, true);
    this.#folders.set(name, left);
    return left;
  }

  /** Looks anew at a folder that came or went, with all that it holds; whether anything was known of it. */
  forget(folder: string): boolean {
    const isKnown = this.#folders.has(folder) || this.#inside.has(folder);
    if (!isKnown) return false;
    for (const known of [this.#folders, this.#inside])
      for (const name of known.keys()) if (name === folder || name.startsWith(`${folder}/`)) known.delete(name);
    return true;
  }

  /** The last rule that speaks of a path decides, those of deeper folders last. */
  #isNamed(name: string, isFolder: boolean): boolean {
    let named = false;
    for (const rules of this.#rulesFor(parentOf(name))) {
      const inner = rules.within(name);
      if (inner === null) continue;
      const verdict = rules.of.test(isFolder ? `${inner}/` : inner);
      if (verdict.ignored) named = true;
      else if (verdict.unignored) named = false;
    }
    return named;
  }

  *#rulesFor(folder: string): Generator<Rules> {
    yield* this.#above;
    const steps = folder === '' ? [] : folder.split('/');
    for (let depth = 0; depth <= steps.length; depth++) {
      const rules = this.#rulesIn(steps.slice(0, depth).join('/'));
      if (rules !== null) yield rules;
    }
  }

  #rulesIn(folder: string): Rules | null {
    const known = this.#inside.get(folder);
    if (known !== undefined) return known;
    const prefix = folder === '' ? '' : `${folder}/`;
    const rules = readRules(join(this.root, folder), (name) =>
      name.startsWith(prefix) ? name.slice(prefix.length) : null,
    );
    this.#inside.set(folder, rules);
    return rules;
  }
}

const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));

function readRules(folder: string, within: Rules['within']): Rules | null {
  try {
    const text = readFileSync(join(folder, '.gitignore'), 'utf8');
    const of = ignore({ allowRelativePaths: true, ignorecase: process.platform !== 'linux' }).add(text);
    return { of, within };
  } catch {
    return null;
  }
}

/** A root that git ignores as a whole, such as a scratch folder, is judged by its own rules alone. */
function rulesAbove(root: string): readonly Rules[] {
  const found: Rules[] = [];
  for (let folder = root; !existsSync(join(folder, '.git')); ) {
    const parent = dirname(folder);
    if (parent === folder) return [];
    folder = parent;
    const prefix = relative(folder, root).split(sep).join('/');
    const rules = readRules(folder, (name) => `${prefix}/${name}`);
    if (rules?.of.test(`${prefix}/`).ignored) return [];
    if (rules !== null) found.unshift(rules);
  }
  return found;
}
