/**
 * The door to every npm script: makes sure that the locked packages and Node 24 are there, then hands over to them.
 * Plain JavaScript for Node 20, with no packages, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.assay-lock-digest');
const bin = join(modules, '.bin');

/** What each task runs, in order, once everything is installed. */
const tasks = {
  start: ['scripts/build.ts', 'scripts/start.ts'],
  vscode: ['scripts/build.ts', 'scripts/vscode.ts'],
  test: ['scripts/test.ts'],
  'test-desktop': ['scripts/build.ts --production', 'scripts/package.ts', 'test/editor/run.ts --desktop'],
  build: ['scripts/build.ts'],
  package: ['scripts/build.ts --production', 'scripts/package.ts'],
  bench: ['scripts/build.ts', 'test/bench/run.ts'],
  generate: ['scripts/generate.ts'],
  check: ['scripts/test.ts --static'],
};

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(3);
}

function lockDigest() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest();
}

/** `npm ci` by the npm that runs us, without install scripts: nothing in the lock file needs one. */
function install() {
  process.stderr.write('Installing the locked packages (once) …\n');
  rmSync(stamp, { force: true });
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, rest] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const result = spawnSync(command, rest, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0)
    fail(
      'The packages could not be installed: see the message of npm above. Is the npm registry reachable? Then try again.',
    );
  mkdirSync(modules, { recursive: true });
  writeFileSync(stamp, lockDigest());
}

/** The locked Node 24 when npm has one for this machine, else the running Node when it is new enough. */
function findNode() {
  const locked = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');
  const real = ['linux-x64', 'linux-arm64', 'darwin-x64', 'bin-darwin-arm64', 'win-x64']
    .map((name) => join(modules, `node-${name}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'))
    .find((path) => existsSync(path));
  const node = real ?? (existsSync(locked) ? locked : process.execPath);
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
  if (major < 24)
    fail(
      `Assay needs Node 24 or later to be built, and this machine has ${version || 'one that does not start'}. ` +
        `npm has no Node 24 package for ${process.platform} on ${process.arch}: install Node 24 and try again.`,
    );
  return node;
}

const [task = '', ...args] = process.argv.slice(2);
const steps = tasks[task];
if (steps === undefined) fail(`There is no task \`${task}\`. There are: ${Object.keys(tasks).join(', ')}`);
if (!isInstalled()) install();
const node = findNode();
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
steps.forEach((step, index) => {
  const words = step.split(' ');
  const last = index === steps.length - 1;
  const result = spawnSync(node, ['--disable-warning=ExperimentalWarning', ...words, ...(last ? args : [])], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
});
