/** Bundles the programs into `dist/`: the client as CommonJS for the editor, everything else as ES modules for Node. */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const production = process.argv.includes('--production');

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  sourcemap: production ? false : 'linked',
  minifyWhitespace: production,
  minifySyntax: production,
  // Names of classes and functions show in errors that users send in: they stay as they are. Shortening them and keeping
  // them in `name` besides costs a call for each function that is made, in the hottest of loops.
  legalComments: 'none',
  logLevel: 'warning',
};

// CommonJS packages inside an ES module ask for Node's own modules by `require`.
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

// A running host may start a worker at any time: files are replaced, and only what is left over is removed.
if (production)
  for (const file of await readdir(join(root, 'dist')).catch(() => []))
    if (file.endsWith('.map')) await rm(join(root, 'dist', file));
await Promise.all([
  build({
    ...shared,
    entryPoints: { client: 'client/extension.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
  }),
  build({
    ...shared,
    entryPoints: {
      cli: 'server/cli/main.ts',
      host: 'server/host/main.ts',
      lsp: 'server/lsp/main.ts',
      'what-if': 'server/lsp/what-if-thread.ts',
      worker: 'server/worker/main.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    banner: { js: requireBanner },
  }),
]);

// `npx assay` and the link in `node_modules/.bin` run the command line as a program.
await chmod(join(root, 'dist', 'cli.mjs'), 0o755);
