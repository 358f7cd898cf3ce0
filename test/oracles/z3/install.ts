/** Installs Z3 beside this file, once for each lock file: 35 MB of WebAssembly, and no install script. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

const folder = import.meta.dirname;

/** The path of the module to import; throws when npm cannot install it. */
export async function installZ3(): Promise<string> {
  const [lock, stamp] = [join(folder, 'package-lock.json'), join(folder, 'node_modules', '.installed-lock.json')];
  const isFresh = existsSync(stamp) && (await readFile(stamp, 'utf8')) === (await readFile(lock, 'utf8'));
  if (!isFresh) {
    const path = process.env.npm_execpath;
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const [command, all] = path?.endsWith('.js') ? [process.execPath, [path, ...args]] : ['npm', args];
    const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
    const { status } = spawnSync(command, all, {
      cwd: folder,
      env,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error('npm could not install Z3 for the tests; is the registry reachable?');
    await copyFile(lock, stamp);
  }
  return join(folder, 'node_modules', 'z3-solver', 'build', 'node.js');
}
