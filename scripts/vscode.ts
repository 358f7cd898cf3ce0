/**
 * Opens the example in an editor with the extension loaded: in the desktop editor when `code` is there, otherwise in
 * one that is shown in a browser and listens on this machine only. Ctrl-C ends the latter with all that it has started.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installExtension, startEditor, workbenchUrl } from '../test/editor/code-server.ts';
import { installTools, tools } from '../test/editor/install.ts';

const root = join(import.meta.dirname, '..');
const example = join(root, 'examples/mailroom');
const onWindows = process.platform === 'win32';

function hasDesktopEditor(): boolean {
  return spawnSync('code', ['--version'], { stdio: 'ignore', shell: onWindows }).status === 0;
}

function openDesktopEditor(): void {
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, example];
  const { status } = spawnSync('code', args, { stdio: 'inherit', shell: onWindows });
  if (status !== 0) throw new Error(`\`code\` ended with ${status}`);
  console.log(`VS Code opens ${example} with the extension of this folder.`);
}

async function serveEditor(): Promise<void> {
  if (onWindows)
    throw new Error(
      'the browser-hosted editor does not run on Windows; install VS Code with its `code` command and try again',
    );
  await installTools();
  execFileSync(process.execPath, [join(root, 'scripts/package.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const home = join(tools, 'home');
  installExtension(home, join(root, 'assay.vsix'));
  const editor = await startEditor({ home });
  console.log(`The editor with the example is at\n\n  ${workbenchUrl(editor, example)}\n\nCtrl-C ends it.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await editor.stop();
}

if (!existsSync(join(root, 'dist/client.cjs'))) {
  console.error('the extension is not built; run: npm run vscode');
  process.exit(1);
}
try {
  if (hasDesktopEditor()) openDesktopEditor();
  else await serveEditor();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
