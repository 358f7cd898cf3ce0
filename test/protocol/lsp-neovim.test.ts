/**
 * The server in Neovim (0.7 or later), without our extension. Needs `nvim`; as root on Debian it is installed. Left out
 * with `ASSAY_SKIP_EDITOR_TESTS=1`, as all tests in editors are.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const hasNeovim = () => spawnSync('nvim', ['--version']).status === 0;

function needNeovim(): void {
  if (hasNeovim()) return;
  if (process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    spawnSync('apt-get', ['update', '-qq']);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'neovim']);
  }
  if (!hasNeovim())
    throw new Error(
      'there is no `nvim`; install Neovim 0.7 or later (`apt-get install neovim`), or set ASSAY_SKIP_EDITOR_TESTS=1',
    );
}

/** The set-up that the documentation gives, with the server of these sources and without trust. */
function documentedSetup(): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/other-editors.md'), 'utf8');
  const block = /## Neovim 0\.7 to 0\.10\n```lua\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const server = [process.execPath, join(import.meta.dirname, '../../server/lsp/main.ts'), '--stdio'];
  expect(block).toContain("{ 'assay', 'lsp', '--stdio' }");
  return block
    .replace("{ 'assay', 'lsp', '--stdio' }", `{ ${server.map((word) => JSON.stringify(word)).join(', ')} }`)
    .replace('trusted = true', 'trusted = false');
}

interface Found {
  readonly failed?: string;
  readonly encoding: string;
  readonly root: string;
  readonly before: readonly { code: string; line: number; text: string; source: string }[];
  readonly after: readonly { code: string }[];
  readonly completion: readonly { label: string; command: boolean }[];
  readonly hover: string;
  readonly definition: unknown;
  readonly lenses: number;
  readonly refused: string;
}

test.skipIf(process.env.ASSAY_SKIP_EDITOR_TESTS === '1')(
  'Neovim shows problems, completes, explains and is refused a run without trust',
  { timeout: 300_000 },
  () => {
    needNeovim();
    const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-nvim-')));
    try {
      mkdirSync(join(folder, '.assay'));
      writeFileSync(
        join(folder, 'strict.policy.yaml'),
        'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: strict }\nspec: { default: deny }\n',
      );
      writeFileSync(
        join(folder, 'open.policy.yaml'),
        'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec: { default: allow }\n',
      );
      writeFileSync(
        join(folder, 'try.experiment.yaml'),
        'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: "try 🎉" }\nspec:\n  environment: office\n  tasks: chores\n  policies: [stric]\n  variants: []\n',
      );
      const results = join(folder, 'result.json');
      const setup = join(folder, 'init.lua');
      writeFileSync(setup, documentedSetup());
      execFileSync(
        'nvim',
        [
          '--headless',
          '-n',
          '-u',
          setup,
          'try.experiment.yaml',
          '-c',
          `luafile ${join(import.meta.dirname, 'neovim.lua')}`,
        ],
        {
          cwd: folder,
          timeout: 120_000,
          stdio: 'pipe',
          env: {
            ...process.env,
            HOME: folder,
            XDG_STATE_HOME: folder,
            XDG_CACHE_HOME: folder,
            ASSAY_RESULT: results,
          },
        },
      );
      const found = JSON.parse(readFileSync(results, 'utf8')) as Found;
      expect(found.failed).toBeUndefined();
      expect([found.root, found.encoding]).toEqual([folder, 'utf-16']);
      const unknown = found.before.find(({ code }) => code === 'reference/unknown-policy');
      expect(unknown).toMatchObject({
        line: 7,
        source: 'assay',
        text: expect.stringContaining('did you mean `strict`?'),
      });
      expect(found.after.map(({ code }) => code)).not.toContain('reference/unknown-policy');
      expect(found.completion).toEqual(expect.arrayContaining([{ label: 'open', command: false }]));
      expect(found.hover).toContain('The environment, by name or path');
      expect(JSON.stringify(found.definition)).toContain('strict.policy.yaml');
      expect(found.lenses).toBeGreaterThan(0);
      expect(found.refused).toContain('"trusted": true');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
