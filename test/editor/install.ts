/**
 * Installs what the editor tests need (an editor, a browser driver, mocha) into `.vscode/` beside this file, once for
 * each lock file. It runs no install script: the packages bring their binaries.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

/** Where everything is installed; ignored by git. */
export const tools = join(import.meta.dirname, '.vscode');
export const codeServerEntry = join(tools, 'node_modules/code-server/out/node/entry.js');

const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
/** code-server keeps its own packages in two folders of its own, whose lock files `npm ci` finds out of step. */
const nested = ['lib/vscode', 'lib/vscode/extensions'];

function npm(args: readonly string[], cwd: string): void {
  const path = process.env.npm_execpath;
  const [command, all] = path?.endsWith('.js') ? [process.execPath, [path, ...args]] : ['npm', [...args]];
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
  const result = spawnSync(command, all, { cwd, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0)
    throw new Error(
      `npm could not install what the editor tests need (npm ${args[0]} in ${cwd}); is the registry reachable?`,
    );
}

/** Makes sure that everything is there; `desktop` leaves out what only the headless editor needs. */
export async function installTools(): Promise<void> {
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(join(import.meta.dirname, file)));
  const digest = hash.digest('hex');
  const stamp = join(tools, '.installed');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest) return;
  console.error('Installing an editor for the tests (once, about 700 MB) …');
  await mkdir(tools, { recursive: true });
  await rm(stamp, { force: true });
  for (const file of files) await copyFile(join(import.meta.dirname, file), join(tools, file));
  npm(['ci', ...quiet], tools);
  for (const folder of nested)
    npm(['install', '--omit=dev', ...quiet], join(tools, 'node_modules/code-server', folder));
  await writeFile(stamp, digest);
}
