/**
 * Keeps what the kernel counts across the runs of a workspace (`.assay/counts.json`), so that a restart does not forget it.
 * Written aside and renamed; a crash loses at most what came after the last save.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWorkspace, type ScopeSnapshot, type Workspace } from '../engine/kernel/index.ts';

const fileOf = (workspaceRoot: string) => join(workspaceRoot, '.assay', 'counts.json');

/** The counts as they were saved; new ones when there are none. Throws when the file is there and cannot be understood. */
export function loadWorkspaceCounts(workspaceRoot: string): Workspace {
  const path = fileOf(workspaceRoot);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return createWorkspace();
    throw error;
  }
  try {
    return createWorkspace(JSON.parse(text) as ScopeSnapshot);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the counts that the runs of this workspace share cannot be read (${why}); repair \`${path}\`, or remove it to begin them anew`,
    );
  }
}

export function saveWorkspaceCounts(workspaceRoot: string, counts: Workspace): void {
  const path = fileOf(workspaceRoot);
  mkdirSync(join(workspaceRoot, '.assay'), { recursive: true });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(counts.snapshot()));
  renameSync(aside, path);
}
