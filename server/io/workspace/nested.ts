/** Finds workspaces within a folder: folders that hold `.assay/` themselves. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const notSearched = new Set(['node_modules', 'dist', 'out', 'build', 'target', 'coverage']);

/** The roots of all workspaces below `folder`, itself left out, however deep. Links are not followed. */
export async function nestedWorkspaces(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !notSearched.has(entry.name),
  );
  const found = await Promise.all(
    folders.map(async ({ name }) => {
      const path = join(folder, name);
      const within = await nestedWorkspaces(path);
      return existsSync(join(path, '.assay')) ? [path, ...within] : within;
    }),
  );
  return found.flat();
}
