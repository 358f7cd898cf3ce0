/** What the documentation tells people to type does what it says: commands run, scripts exist, links lead somewhere. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { programs } from './protocol/host/workspace.ts';

const root = resolve(import.meta.dirname, '..');
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** Lines of `sh` blocks that begin with `start`, without their comments. */
const commandsIn = (page: string, start: string): string[] =>
  [...read(page).matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap((block) => (block[1] ?? '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line.startsWith(start));

describe('npm scripts', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/\bnpm (?:run )?([a-z:-]+)/g)].map((match) => [page, match[1] ?? ''] as const),
  );
  // Words that follow `npm` in prose or belong to npm itself.
  const builtIn = ['and', 'ci', 'install', 'i', 'npm', 'registry'];
  test.each(named.filter(([, script]) => !builtIn.includes(script)))('%s: npm run %s exists', (_, script) => {
    expect(Object.keys(scripts)).toContain(script);
  });
});

describe('commands', () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'assay-docs-')));
  const example = join(base, 'examples', 'mailroom');
  cpSync(join(root, 'examples', 'mailroom'), example, {
    recursive: true,
    filter: (path) => !path.includes(join('.assay', 'runs')),
  });
  const env = {
    ...process.env,
    HOME: base,
    XDG_CONFIG_HOME: join(base, 'config'),
    XDG_RUNTIME_DIR: base,
    NO_COLOR: '1',
  };
  const assay = (args: readonly string[]) =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', programs.cli, ...args], {
      cwd: base,
      env,
      encoding: 'utf8',
    });

  afterAll(() => {
    assay(['host', 'stop', '--cancel', '--workspace', example]);
    rmSync(base, { recursive: true, force: true });
  });

  const commands = pages.flatMap((page) => commandsIn(page, 'npx assay').map((command) => [page, command] as const));
  test('are there to be tried', () => {
    expect(commands.length).toBeGreaterThan(5);
  });
  test.each(commands)('%s: %s', (_, command) => {
    const { status, stderr } = assay(command.split(/\s+/).slice(2));
    expect(stderr).not.toMatch(/assay: |error:/);
    expect(status).toBe(0);
  });
});

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      (match) => [page, match[1] ?? ''] as const,
    ),
  );
  test.each(links)('%s → %s', (page, link) => {
    expect(existsSync(resolve(root, dirname(page), decodeURIComponent(link)))).toBe(true);
  });
});
