/** The digest of a program of the user's: the file together with the local files that it imports. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

const localImport = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"](\.{1,2}\/[^'"]+)['"]/g;

/**
 * `sha256:…` over the names (from `root`) and bytes of `file` and of everything that it reaches by relative imports,
 * in order of name. Packages are not followed. Rejects when `file` itself cannot be read.
 */
export async function codeDigest(file: string, root: string): Promise<string> {
  const files = new Map<string, Buffer>();
  await collect(resolve(file), files, true);
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path) ?? Buffer.alloc(0);
    hash.update(`${relative(root, path).replaceAll('\\', '/')}\0${bytes.length}\0`).update(bytes);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function collect(path: string, files: Map<string, Buffer>, required: boolean): Promise<void> {
  if (files.has(path)) return;
  const bytes = await readFile(path).catch((error: unknown) => {
    if (required) throw error;
    return null;
  });
  if (bytes === null) return;
  files.set(path, bytes);
  if (!/\.[cm]?[jt]sx?$/.test(path)) return;
  for (const match of bytes.toString('utf8').matchAll(localImport))
    await collect(resolve(join(dirname(path), match[1] ?? '')), files, false);
}
