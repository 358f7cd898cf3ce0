/** Runs the suite of `in-host/` inside the extension host: of the headless editor, or of the desktop one. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { startBrowser, viewport } from './browser.ts';
import { installExtension, ownHome, startEditor, workbenchUrl } from './code-server.ts';
import { tools } from './install.ts';

export interface TestResult {
  readonly passed: boolean;
  readonly title: string;
  readonly error?: string;
}

const limitMs = 600_000;

/** The suite as one CommonJS file, which every kind of extension host can load; gives its path without `.js`. */
async function bundleSuite(): Promise<string> {
  const out = join(tools, 'out');
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'package.json'), '{ "type": "commonjs" }\n');
  await build({
    entryPoints: [join(import.meta.dirname, 'in-host/index.ts')],
    outfile: join(out, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return join(out, 'index');
}

function readResults(file: string, ended: boolean): TestResult[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const results = lines.map((line) => JSON.parse(line) as TestResult);
  if (!ended || results.length === 0)
    results.push({ passed: false, title: 'the suite comes to its end', error: `no result after ${limitMs / 1_000} s` });
  return results;
}

/** A window of two folders: `folder` and, beside it, the desk that the suite furnishes. Gives the file that names them. */
async function writeWorkspace(folder: string): Promise<string> {
  const beside = dirname(folder);
  await mkdir(join(beside, 'desk/.assay'), { recursive: true });
  const file = join(beside, 'in-host.code-workspace');
  await writeFile(file, JSON.stringify({ folders: [{ path: basename(folder) }, { path: 'desk' }] }));
  return file;
}

/** In code-server; `home` is an empty folder for the editor's state, `folder` the example. */
export async function runInCodeServer(home: string, folder: string, vsix: string): Promise<TestResult[]> {
  const tests = await bundleSuite();
  const development = installExtension(home, vsix);
  const results = join(home, 'results.ndjson');
  // A built editor takes development extensions from the address only with this option.
  const args = ['--disable-workspace-trust', '--vscode-option', 'enable-smoke-test-driver'];
  const editor = await startEditor({ home, args, env: { ...ownHome(home), ASSAY_TEST_RESULTS: results } });
  const browser = await startBrowser().catch(async (error) => {
    await editor.stop();
    throw error;
  });
  try {
    const page = await (await browser.newContext({ viewport })).newPage();
    const ended = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => ended.resolve(false), limitMs);
    await page.exposeFunction('codeAutomationLog', (type: string, parts: unknown[]) => {
      if (process.env.ASSAY_VERBOSE) console.error(`[${type}]`, ...parts);
    });
    await page.exposeFunction('codeAutomationExit', () => ended.resolve(true));
    await page.goto(workbenchUrl(editor, await writeWorkspace(folder), { development, tests }));
    const inTime = await ended.promise;
    clearTimeout(timer);
    return readResults(results, inTime);
  } finally {
    await browser.close();
    await editor.stop();
  }
}

interface TestElectron {
  downloadAndUnzipVSCode(): Promise<string>;
  resolveCliArgsFromVSCodeExecutablePath(executable: string): string[];
  runTests(options: object): Promise<number>;
}

/** In the desktop editor, which is downloaded from its maker when it is not there yet. */
export async function runOnDesktop(home: string, folder: string, vsix: string): Promise<TestResult[]> {
  const electron = createRequire(join(tools, 'package.json'))('@vscode/test-electron') as TestElectron;
  const tests = await bundleSuite();
  const executable = await electron.downloadAndUnzipVSCode();
  const [cli = executable, ...rest] = electron.resolveCliArgsFromVSCodeExecutablePath(executable);
  const state = [`--user-data-dir=${join(home, 'user-data')}`, `--extensions-dir=${join(home, 'extensions')}`];
  const installed = spawnSync(cli, [...rest, ...state, '--install-extension', vsix], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (installed.status !== 0) throw new Error(`${vsix} was not installed`);
  const results = join(home, 'results.ndjson');
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  await electron
    .runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: join(home, 'extensions', `assay.assay-${version}`),
      extensionTestsPath: tests,
      extensionTestsEnv: { ASSAY_TEST_RESULTS: results },
      launchArgs: [
        await writeWorkspace(folder),
        ...state,
        '--disable-workspace-trust',
        '--skip-welcome',
        '--skip-release-notes',
      ],
    })
    .catch(() => undefined);
  return readResults(results, true);
}
