/**
 * Tests in a real editor, with the packaged extension on a copy of the example.
 * `--desktop` the desktop editor instead of the headless one (no UI suite); `--only in-host|ui` one suite;
 * `--grep WORDS` of the first only the tests whose titles hold them;
 * `--update-images` takes the pictures for the documentation anew; `--light` shows the window in the light theme.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ownHome } from './code-server.ts';
import { runInCodeServer, runOnDesktop, type TestResult } from './in-host.ts';
import { installTools } from './install.ts';
import { runUi } from './ui.ts';

const root = join(import.meta.dirname, '../..');
const vsix = join(root, 'assay.vsix');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { values: options } = parseArgs({
  options: {
    desktop: { type: 'boolean', default: false },
    only: { type: 'string' },
    grep: { type: 'string' },
    'update-images': { type: 'boolean', default: false },
    light: { type: 'boolean', default: false },
  },
});

/** The host of the workspace outlives every window, and would otherwise wait until it has been idle long enough. */
function stopHost(home: string, folder: string): void {
  const cli = join(home, 'extensions', `assay.assay-${version}`, 'dist/cli.mjs');
  const args = [cli, 'host', 'stop', '--cancel', '--workspace', folder];
  const env = { ...process.env, ...(options.desktop ? {} : ownHome(home)) };
  spawnSync(process.execPath, args, { cwd: folder, env, stdio: 'ignore', timeout: 20_000 });
}

/** An empty home for an editor and a copy of the example beside it; both are gone afterwards. */
async function inFreshFolders(run: (home: string, folder: string) => Promise<TestResult[]>): Promise<TestResult[]> {
  const base = await mkdtemp(join(tmpdir(), 'assay-editor-'));
  const [home, folder] = [join(base, 'home'), join(base, 'mailroom')];
  mkdirSync(home);
  cpSync(join(root, 'examples/mailroom'), folder, {
    recursive: true,
    filter: (path) => !/node_modules$|[/\\]\.assay[/\\](?!trust)/.test(path),
  });
  try {
    return await run(home, folder);
  } finally {
    stopHost(home, folder);
    if (process.env.ASSAY_KEEP) console.error(`kept: ${base}`);
    else await rm(base, { recursive: true, force: true, maxRetries: 5 });
  }
}

function report(results: readonly TestResult[]): void {
  for (const { passed, title, error } of results)
    console.log(`${passed ? '  ✓' : '  ✗'} ${title}${error ? `\n${error}` : ''}`);
}

async function main(): Promise<number> {
  if (options.grep !== undefined) process.env.ASSAY_TEST_GREP = options.grep;
  if (!existsSync(vsix)) throw new Error('assay.vsix is missing; run: npm run package');
  await installTools();
  const all: TestResult[] = [];
  const suite = async (name: string, run: (home: string, folder: string) => Promise<TestResult[]>) => {
    console.log(name);
    const results = await inFreshFolders(run);
    report(results);
    all.push(...results);
  };
  if (options.desktop) await suite('in the desktop editor', (home, folder) => runOnDesktop(home, folder, vsix));
  else {
    if (options.only !== 'ui')
      await suite('in the extension host', (home, folder) => runInCodeServer(home, folder, vsix));
    if (options.only !== 'in-host') {
      const images = options['update-images'] ? join(root, 'docs/images') : undefined;
      await suite('in the window', (home, folder) =>
        runUi({ home, folder, vsix, light: options.light, ...(images && { images }) }));
    }
  }
  const failed = all.filter(({ passed }) => !passed).length;
  console.log(`editor: ${all.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('editor: 0 passed, 1 failed');
  process.exitCode = 1;
}
