/** Where the other programs of Assay are: beside this one in `dist/`, or as sources when run from them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export function programPath(name: 'host' | 'lsp' | 'worker'): string {
  const built = join(import.meta.dirname, `${name}.mjs`);
  return existsSync(built) ? built : join(import.meta.dirname, '..', name, 'main.ts');
}
