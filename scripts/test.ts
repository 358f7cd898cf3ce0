/**
 * `npm test`: everything, in the order in which faults are cheapest to find. Goes on after a failure, so that one run
 * shows them all, and ends with one line that counts over all runners. `--static` stops before anything is run.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const vitestReport = join(root, '.build', 'vitest.json');
const staticOnly = process.argv.includes('--static');
const skipEditor = process.env.ASSAY_SKIP_EDITOR_TESTS === '1';

/** Runs a program with its output shown; resolves with its exit code and what it printed. */
function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const)
      from.on('data', (chunk: Buffer) => {
        output += chunk;
        to.write(chunk);
      });
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const node = (...args: string[]) => run(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);

/** A tool that either finds something or does not counts as one test. */
const asOne = async (result: Promise<{ code: number }>): Promise<Count> => {
  const { code } = await result;
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

async function vitest(): Promise<Count> {
  rmSync(vitestReport, { force: true });
  const { code } = await run(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${vitestReport}`,
  ]);
  try {
    const report = JSON.parse(readFileSync(vitestReport, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    const failed = report.numFailedTests === 0 && code !== 0 ? 1 : report.numFailedTests;
    return { passed: report.numPassedTests, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function editor(): Promise<Count> {
  const { code, output } = await node('test/editor/run.ts');
  const counted = /^editor: (\d+) passed, (\d+) failed$/m.exec(output);
  if (counted === null) return { passed: 0, failed: 1 };
  const failed = Number(counted[2]);
  return { passed: Number(counted[1]), failed: failed === 0 && code !== 0 ? 1 : failed };
}

const steps: readonly { name: string; run: () => Promise<Count> }[] = [
  { name: 'format and lint', run: () => asOne(run(bin('biome'), ['ci', '--colors=off', '.'])) },
  { name: 'types', run: () => asOne(run(bin('tsc'), ['-b'])) },
  { name: 'dead code', run: () => asOne(run(bin('knip'), [])) },
  ...(staticOnly
    ? []
    : [
        { name: 'build', run: () => asOne(node('scripts/build.ts', '--production')) },
        { name: 'package', run: () => asOne(node('scripts/package.ts')) },
        { name: 'unit, property and protocol tests', run: vitest },
        ...(skipEditor ? [] : [{ name: 'editor tests', run: editor }]),
      ]),
];

const total = { passed: 0, failed: 0 };
const failedSteps: string[] = [];
for (const step of steps) {
  process.stdout.write(`\n— ${step.name}\n`);
  const startedAtMs = Date.now();
  const count = await step.run();
  total.passed += count.passed;
  total.failed += count.failed;
  if (count.failed > 0) failedSteps.push(step.name);
  process.stdout.write(
    `  ${count.passed} passed, ${count.failed} failed in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`,
  );
}
process.stdout.write('\n');
if (failedSteps.length > 0) process.stdout.write(`failed: ${failedSteps.join(', ')}\n`);
if (skipEditor && !staticOnly) process.stdout.write('editor tests were left out: ASSAY_SKIP_EDITOR_TESTS=1\n');
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
