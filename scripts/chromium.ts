/**
 * Finds a Chromium for the editor tests: `CHROME_PATH`, the usual places, playwright's own, and last of all it
 * installs one, with playwright's installer or, as root on Debian, with apt.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/snap/bin/chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

export const whatToInstall =
  'no Chromium was found and none could be installed; install Chromium or Chrome, or set CHROME_PATH to one ' +
  '(ASSAY_SKIP_EDITOR_TESTS=1 leaves the editor tests out)';

/**
 * The path of an executable Chromium; null when there is none and none can be had.
 * `tools` is a folder whose node_modules holds playwright-core.
 */
export function findChromium(tools: string): string | null {
  const given = process.env.CHROME_PATH;
  if (given) return canRun(given) ? given : null;
  return installed() ?? playwrights(tools) ?? installByPlaywright(tools) ?? installByApt();
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places];
  return candidates.find(canRun) ?? null;
}

/** The browser that playwright has downloaded, when its libraries are there too. */
function playwrights(tools: string): string | null {
  const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core') as {
    chromium: { executablePath(): string };
  };
  const path = chromium.executablePath();
  const starts = canRun(path) && spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
  return starts ? path : null;
}

function installByPlaywright(tools: string): string | null {
  console.error('No Chromium found; trying the installer of playwright …');
  const cli = join(tools, 'node_modules/playwright-core/cli.js');
  const asRoot = process.getuid?.() === 0 ? ['--with-deps'] : [];
  spawnSync(process.execPath, [cli, 'install', ...asRoot, 'chromium'], { stdio: ['ignore', 2, 2], timeout: 600_000 });
  return playwrights(tools);
}

function installByApt(): string | null {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return null;
  console.error('Trying apt-get install chromium …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core')) return null;
  return installed();
}
