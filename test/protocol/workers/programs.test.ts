/** Agents as programs of any language on standard input and output, and the example in the documentation. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  allowAll,
  answerOf,
  fixtures,
  isAlive,
  never,
  program,
  runTrial,
  sessionsFor,
  startTrial,
} from './sessions.ts';

test('a program proposes and gets its answer', async () => {
  expect(await answerOf(sessionsFor({ p: program('proposes') }), {}, 'p')).toEqual({
    decision: 'allow',
    observation: { a: 1 },
    remaining: [],
  });
});

test('a program that names the trial in its messages is kept; one that does not gets a new process each time', async () => {
  const sessions = sessionsFor({ marked: program('marked'), unmarked: program('unmarked') });
  const pids: Record<string, unknown[]> = { marked: [], unmarked: [] };
  for (const [variant, seen] of Object.entries(pids))
    for (let trial = 0; trial < 2; trial++) seen.push(await answerOf(sessions, {}, variant));
  expect(new Set(pids.marked).size).toBe(1);
  expect(new Set(pids.unmarked).size).toBe(2);
  expect([...(pids.unmarked ?? [])].map((pid) => isAlive(pid as number))).toEqual([false, false]);
});

test('a program may end as soon as it has finished its trial', async () => {
  expect(await runTrial(sessionsFor({ p: program('endsAfterFinish') }), {}, 'p')).toMatchObject({ kind: 'finish' });
});

test.each([
  ['malformed', "`/` must have required property 'input'"],
  ['halfPair', expect.stringContaining('half of a surrogate pair')],
  ['hugeNumber', expect.stringContaining('a number out of range')],
  ['deep', expect.stringContaining('more than 100 levels of nesting')],
])('a proposal that is %s is answered with an error', async (behaviour, message) => {
  const session = await startTrial(sessionsFor({ p: program(behaviour) }), {}, 'p');
  expect(await session.next()).toMatchObject({ kind: 'malformed', message });
  expect(await allowAll(session)).toMatchObject({ kind: 'finish', params: { answer: { code: -32602 } } });
  await session.close();
});

test.each([
  [
    'garbage',
    'PROTOCOL',
    /^agent `p`: a line is not JSON: `Thinking about it`; its standard output is for messages only/,
  ],
  ['noUtf8', 'PROTOCOL', /a line is not UTF-8/],
  ['array', 'PROTOCOL', /is not a JSON-RPC 2\.0 message: it lacks `"jsonrpc": "2\.0"`/],
  ['unknownMethod', 'PROTOCOL', /it sent a request `action\/please`, which an agent may not send/],
  ['response', 'PROTOCOL', /it sent a response/],
  ['badFinish', 'PROTOCOL', /the parameters of `trial\/finish` do not fit: `\/gaveUp` must be boolean/],
  ['longLine', 'OUTPUT_LIMIT', /a line is longer than 1048576 bytes; it begins with `x{80}…`/],
  ['floodsErrors', 'OUTPUT_LIMIT', /more than 200000 bytes/],
  ['ends', 'CRASHED', /it ended by itself \(exit code 4\); its last output:\nTraceback: nothing works$/],
])('a program with %s ends its trial with %s', async (behaviour, reason, message) => {
  const sessions = sessionsFor({ p: program(behaviour) });
  const event = await runTrial(sessions, {}, 'p');
  expect(event).toMatchObject({ kind: 'fault', fault: { reason, message: expect.stringMatching(message) } });
  expect(sessions.size).toBe(0);
});

test('a flood of lines is cut off', async () => {
  const sessions = sessionsFor({ p: program('floodsLines') });
  const session = await startTrial(sessions, {}, 'p');
  await session.next();
  await expect.poll(async () => (await session.next()).kind, { timeout: 20_000 }).toBe('fault');
  expect(await session.next()).toMatchObject({ fault: { reason: 'OUTPUT_LIMIT' } });
  await session.close();
});

test.each([
  ['a program that is not there', { command: ['no-such-agent'], cwd: fixtures }],
  ['a folder that is not there', { command: [process.execPath], cwd: join(fixtures, 'nowhere') }],
  ['a file that is no program', { command: ['./program.mjs'], cwd: fixtures }],
  ['an empty command', { command: [], cwd: fixtures }],
  ['an argument that no system takes', { command: [process.execPath, 'a\0b'], cwd: fixtures }],
])('%s cannot be started, and the message says so', async (_, code) => {
  const sessions = sessionsFor({ p: code });
  expect(await sessions.agent('p', never)).toMatchObject({ ok: false, error: { reason: 'START_FAILED' } });
  expect(sessions.size).toBe(0);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
test.skipIf(!hasPython)('the example of the documentation works', async () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../docs/agent-protocol.md'), 'utf8');
  const [, example = ''] = /```python\n([\s\S]*?)```/.exec(text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'assay-python-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'agent.py'), example);
  const sessions = sessionsFor({ python: { command: ['python3', 'agent.py'], cwd: folder } });
  for (let trial = 0; trial < 2; trial++) {
    const session = await startTrial(sessions, {}, 'python');
    expect(await session.next()).toMatchObject({ kind: 'propose' });
    await session.close();
  }
  expect(await answerOf(sessions, {}, 'python')).toBeTypeOf('string');
  expect(sessions.size).toBe(1);
});
