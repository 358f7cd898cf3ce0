/** Makes `assay.vsix` from what `scripts/build.ts` has put into `dist/`, and refuses one that is too large or holds too much. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';

const root = join(import.meta.dirname, '..');
const limitBytes = 3_000_000;
const programs = ['client.cjs', 'lsp.mjs', 'what-if.mjs', 'host.mjs', 'worker.mjs', 'cli.mjs'];

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
const missing = programs.filter((program) => !files.includes(`dist/${program}`));
if (missing.length > 0) fail(`not built: ${missing.map((file) => `dist/${file}`).join(', ')}; run: npm run build`);
if (!files.includes('docs/problems/README.md')) fail('the pages about problems are missing, see .vscodeignore');
const unwanted = files.filter((file) => /(^|\/)node_modules\/|(^|\/)\.assay\/(?!trust\/)|\.map$/.test(file));
if (unwanted.length > 0) fail(`must not be in the package, see .vscodeignore: ${unwanted.join(', ')}`);
const { icon } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { icon: string };
if (!files.includes(icon)) fail(`the icon \`${icon}\` is missing`);

const packagePath = join(root, 'assay.vsix');
await createVSIX({
  cwd: root,
  packagePath,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
  skipLicense: true,
});
const { size } = await stat(packagePath);
if (size > limitBytes) fail(`assay.vsix has ${size} bytes, more than ${limitBytes}`);
console.log(`assay.vsix: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`);
