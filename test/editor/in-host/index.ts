/**
 * The entry of the suite that runs inside the extension host of an editor. It writes one JSON line for each test into
 * the file that `ASSAY_TEST_RESULTS` names, because the host's own output goes elsewhere in each kind of editor.
 */
import { appendFileSync } from 'node:fs';
import Mocha, { type Runner } from 'mocha';

/** Resolves when all tests are done, rejects when one has failed; the editor then ends. */
export async function run(): Promise<void> {
  const results = process.env.ASSAY_TEST_RESULTS;
  if (results === undefined) throw new Error('ASSAY_TEST_RESULTS must name the file for the results');
  const write = (result: object) => appendFileSync(results, `${JSON.stringify(result)}\n`);
  class Reporter {
    constructor(runner: Runner) {
      runner.on('pass', (test) => write({ passed: true, title: test.fullTitle() }));
      runner.on('fail', (test, error) =>
        write({ passed: false, title: test.fullTitle(), error: error.stack ?? error.message }),
      );
    }
  }
  const grep = process.env.ASSAY_TEST_GREP;
  const mocha = new Mocha({ ui: 'tdd', timeout: 90_000, reporter: Reporter, ...(grep && { grep }) });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  try {
    await import('./asks.ts');
    await import('./documents.ts');
    await import('./extension.ts');
    await import('./policies.ts');
    await import('./trial-page.ts');
    await import('./runs.ts');
    await import('./what-if.ts');
    await import('./kinds.ts');
    await import('./navigation.ts');
    await import('./presentation.ts');
    await import('./editing.ts');
    await import('./files.ts');
  } catch (error) {
    write({ passed: false, title: 'the suite is loaded', error: String(error) });
    throw error;
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
