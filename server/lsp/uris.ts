/**
 * URIs to paths and back, for the platform that the server runs on or, in tests, for another. The only place that knows
 * of drive letters and percent-encoding; it looks at no disk but to follow links.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const onWindows = process.platform === 'win32';

/**
 * The path in a `file:` URI; null for other schemes and for URIs that name no path here. The letter of a drive is made
 * a capital, since editors write `file:///c%3A/…` for what everybody else calls `C:\…`.
 */
export function pathInUri(uri: string, windows: boolean = onWindows): string | null {
  if (!/^file:/i.test(uri)) return null;
  try {
    const path = fileURLToPath(uri, { windows });
    if (path.includes('\0')) return null;
    return windows ? path.replace(/^[a-z](?=:)/, (letter) => letter.toUpperCase()) : path;
  } catch {
    return null;
  }
}

/** The URI of an absolute path. */
export const uriOf = (path: string, windows: boolean = onWindows): string => pathToFileURL(path, { windows }).href;

/** The path with its symbolic links followed, as far as it exists: what was deleted keeps its name in its real folder. */
export function realPathOf(path: string): string {
  const missing: string[] = [];
  for (let there = path; ; there = dirname(there)) {
    try {
      return join(realpathSync.native(there), ...missing);
    } catch {
      if (dirname(there) === there) return path;
      missing.unshift(basename(there));
    }
  }
}

/** The path of what a `file:` URI names in its real folder: of a link itself, and not of what it leads to; null for other URIs. */
export function placeOf(uri: string): string | null {
  const path = pathInUri(uri);
  return path === null ? null : join(realPathOf(dirname(path)), basename(path));
}
