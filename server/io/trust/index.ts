/** Which workspaces the user trusts, for programs outside the editor. Kept in the user's configuration, never in a workspace. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The user's configuration folder of Assay. */
export function configFolder(): string {
  if (process.platform === 'win32') return join(process.env.APPDATA || join(homedir(), 'AppData', 'Roaming'), 'assay');
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'assay');
}

const trustFile = () => join(configFolder(), 'trusted-workspaces.json');

export function isTrusted(workspaceRoot: string): boolean {
  return readTrusted().includes(workspaceRoot);
}

/** Remembers that the code of this workspace may be run. */
export function trust(workspaceRoot: string): void {
  const trusted = new Set(readTrusted()).add(workspaceRoot);
  const path = trustFile();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify([...trusted].sort(), null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, path);
}

function readTrusted(): string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(trustFile(), 'utf8'));
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
  } catch {
    return [];
  }
}
