/** Where a workspace begins. One function decides it for every program. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The nearest ancestor of `path` that holds `.assay/`, else the git root, else the folder itself. Real, absolute path. */
export function findWorkspaceRoot(path: string): string {
  const folder = existingFolder(resolve(path));
  return nearest(folder, '.assay') ?? nearest(folder, '.git') ?? folder;
}

function existingFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const real = realpathSync.native(folder);
  return statSync(real).isDirectory() ? real : dirname(real);
}

function nearest(folder: string, name: string): string | null {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, name))) return current;
    if (dirname(current) === current) return null;
  }
}

/** Whether a folder stands at a path; links are followed. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
