/**
 * Makes sure that there is one host for a workspace: an exclusive SQLite transaction on a lock file, held for life. The
 * operating system lets go of it when the process dies, however it dies.
 */
import { createRequire } from 'node:module';

interface Database {
  exec(sql: string): void;
  close(): void;
}

export interface Lock {
  release(): void;
}

/** The lock, or null when another process holds it. Throws when the file cannot be used at all. */
export function takeLock(path: string): Lock | null {
  const database = openDatabase(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

/** Newer versions of Node call the class `Database`, older ones `DatabaseSync`. */
function openDatabase(path: string): Database {
  const sqlite = createRequire(import.meta.url)('node:sqlite') as Record<string, new (path: string) => Database>;
  const Constructor = sqlite.Database ?? sqlite.DatabaseSync;
  if (Constructor === undefined) throw new Error('this Node has no `node:sqlite`');
  return new Constructor(path);
}
