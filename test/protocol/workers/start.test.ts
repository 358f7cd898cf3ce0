/** Modules that cannot be loaded: the message names the file and what to do about it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fixtures, isAlive, never, sessionsFor, timeout, untilGone } from './sessions.ts';

/** The outcome of starting a module with `source`; null for a file that is not there. */
async function start(source: string | null, signal: AbortSignal = never) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-module-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  if (source !== null) writeFileSync(join(folder, 'agent.mjs'), source);
  const sessions = sessionsFor({ a: { module: 'agent.mjs' } }, { workspaceRoot: folder });
  return await sessions.agent('a', signal);
}

test.each([
  ['missing', null, /^agent `a`: there is no file `agent\.mjs`; check the path of the module$/],
  ['with a syntax error', 'const a = 1;\nreturn (;\n', /while it was loaded[\s\S]*agent\.mjs:2[\s\S]*SyntaxError/],
  ['that throws', '\nthrow new Error("no key");', /`agent\.mjs` cannot be loaded: Error: no key \(agent\.mjs:2:7\)$/],
  ['that imports nothing known', 'import "no-such-package";', /cannot be loaded: .*no-such-package/],
  [
    'without a factory',
    'export const agent = 1;',
    /no function `createAgent`.*\(it exports agent\); add `export function/,
  ],
  ['without exports', '', /it exports nothing/],
  ['that ends the process', 'console.error("bye"); process.exit(0);', /\(exit code 0\); its last output:\nbye$/],
])('a module %s cannot be started', async (_, source, message) => {
  const started = await start(source);
  expect(started).toMatchObject({
    ok: false,
    error: { reason: 'START_FAILED', message: expect.stringMatching(message) },
  });
});

test('a module whose loading never ends is killed when the signal fires', async () => {
  expect(await start('for (;;);', AbortSignal.any([AbortSignal.timeout(300)]))).toMatchObject({ ok: false });
  const controller = new AbortController();
  const starting = start('await new Promise(() => {});', controller.signal);
  controller.abort(timeout);
  expect(await starting).toEqual({ ok: false, error: timeout });
});

test('a factory may stand in the default export, as in CommonJS, and modules may print', async () => {
  const started = await start('console.log("hi"); export default { createAgent() {} };');
  expect(started.ok).toBe(true);
});

test('a worker ends when its host is gone, whatever user code holds', async () => {
  const host = join(fixtures, 'host.mjs');
  const program = spawn(process.execPath, [host, resolve(import.meta.dirname, '../../..')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(program.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  program.kill('SIGKILL');
  await untilGone(pid);
});
