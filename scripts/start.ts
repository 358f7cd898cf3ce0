/** `npm start`: runs the example experiment as a user would, then says how to look at it in the editor. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const experiment = join('examples', 'mailroom', 'mailroom.experiment.yaml');
const cli = join(root, 'dist', 'cli.mjs');

// The example is our own code, so it is trusted without asking.
const run = spawnSync(process.execPath, [cli, 'run', experiment, '--trust', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
if (run.status === 0) process.stdout.write('Editor   npm run vscode opens the example with its runs in the editor\n');
process.exitCode = run.status ?? 1;
