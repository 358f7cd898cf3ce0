/**
 * The server in Emacs (26 or later) with Eglot, without our extension. Needs `emacs`; as root on Debian it is installed. Left
 * out with `ASSAY_SKIP_EDITOR_TESTS=1`, as all tests in editors are.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Packages of the system are not loaded by themselves in a batch. */
const batch = ['--batch', '--eval', '(package-activate-all)'];
const hasEglot = () => spawnSync('emacs', [...batch, '-l', 'eglot', '-l', 'yaml-mode']).status === 0;

function needEmacs(): void {
  if (hasEglot()) return;
  if (process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    spawnSync('apt-get', ['update', '-qq']);
    // From Emacs 29 on, Eglot is part of it and no package of its own.
    for (const packages of [['emacs-nox', 'elpa-yaml-mode'], ['elpa-eglot']])
      if (!hasEglot()) spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  }
  if (!hasEglot())
    throw new Error(
      'there is no `emacs` with Eglot and yaml-mode; install them (`apt-get install emacs-nox elpa-eglot elpa-yaml-mode`), or set ASSAY_SKIP_EDITOR_TESTS=1',
    );
}

/** The set-up that the documentation gives, with the server of these sources and without trust. */
function documentedSetup(): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/other-editors.md'), 'utf8');
  const block = /## Emacs [^\n]*\n```elisp\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const server = [process.execPath, join(import.meta.dirname, '../../server/lsp/main.ts'), '--stdio'];
  const [command, trust] = ['"assay" "lsp" "--stdio"', ':initializationOptions (:trusted t)'];
  expect(block).toContain(`${command} ${trust}`);
  return block
    .replace(command, server.map((word) => JSON.stringify(word)).join(' '))
    .replace(trust, ':initializationOptions (:trusted :json-false)');
}

interface Found {
  readonly failed?: string;
  readonly problem: { readonly line: number; readonly text: string };
  readonly completion: readonly string[];
  readonly hover: string;
  readonly definition: string;
  readonly refused: string;
}

test.skipIf(process.env.ASSAY_SKIP_EDITOR_TESTS === '1')(
  'Emacs shows problems, completes, explains and is refused a run without trust',
  { timeout: 300_000 },
  () => {
    needEmacs();
    const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-emacs-')));
    try {
      mkdirSync(join(folder, '.assay'));
      for (const [name, effect] of [
        ['strict', 'deny'],
        ['open', 'allow'],
      ])
        writeFileSync(
          join(folder, `${name}.policy.yaml`),
          `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { default: ${effect} }\n`,
        );
      writeFileSync(
        join(folder, 'try.experiment.yaml'),
        'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: try, description: "🎉" }\nspec:\n  environment: office\n  tasks: chores\n  policies: [stric]\n  variants: []\n',
      );
      const results = join(folder, 'result.json');
      const setup = join(folder, 'init.el');
      writeFileSync(setup, documentedSetup());
      execFileSync('emacs', [...batch, '-l', setup, '-l', join(import.meta.dirname, 'emacs.el')], {
        cwd: folder,
        timeout: 120_000,
        stdio: 'pipe',
        env: { ...process.env, HOME: folder, LANG: 'C.UTF-8', ASSAY_RESULT: results },
      });
      const found = JSON.parse(readFileSync(results, 'utf8')) as Found;
      expect(found.failed).toBeUndefined();
      expect(found.problem).toMatchObject({ line: 7, text: expect.stringContaining('reference/unknown-policy') });
      expect(found.completion).toEqual(expect.arrayContaining(['open', 'strict']));
      expect(found.hover).toContain('The environment, by name or path');
      expect(found.definition).toBe('strict.policy.yaml:3');
      expect(found.refused).toContain('"trusted": true');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
