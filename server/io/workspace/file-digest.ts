/** Digests of files, computed again only when a file has changed. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Larger files are not read while somebody waits. */
const maxSizeBytes = 4 * 1024 * 1024;

export class FileDigests {
  readonly #known = new Map<string, { readonly stamp: string; readonly digest: string }>();

  /** `sha256:…` of the bytes of a file; null for what is no file, cannot be read or is large. */
  of(path: string): string | null {
    try {
      const stats = statSync(path);
      const { size, mtimeMs, ino } = stats;
      if (!stats.isFile() || size > maxSizeBytes) return null;
      const stamp = `${size} ${mtimeMs} ${ino}`;
      const known = this.#known.get(path);
      if (known?.stamp === stamp) return known.digest;
      const digest = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
      this.#known.set(path, { stamp, digest });
      return digest;
    } catch {
      return null;
    }
  }
}
