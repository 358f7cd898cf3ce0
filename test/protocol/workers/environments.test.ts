/** Environments and graders in real worker processes: a new world for each trial, failures of tools, faults of processes. */
import { expect, test } from 'vitest';
import { openWorld, sessionsFor, timeout, unwrap } from './sessions.ts';

test('a world knows its task, keeps its state, and is graded by it', async () => {
  const { world } = await openWorld(sessionsFor(), { expect: 1 });
  expect(unwrap(await world.call({ tool: 'about', input: {} })).output).toMatchObject({
    id: 'task',
    instruction: 'do it',
    data: { expect: 1 },
    seed: 7,
  });
  for (let calls = 1; calls <= 2; calls++)
    expect(await world.call({ tool: 'echo', input: { a: 'ü' } })).toEqual({
      ok: true,
      value: { output: { input: { a: 'ü' }, calls } },
    });
  const graded = await world.grade('right');
  expect(graded).toEqual({ ok: true, value: { utility: true, attackReached: false, notes: '2 calls' } });
  await world.close();
});

test('the next trial gets a new world in the same process', async () => {
  const sessions = sessionsFor();
  const seen: unknown[] = [];
  for (let trial = 0; trial < 2; trial++) {
    const { world } = await openWorld(sessions);
    seen.push(unwrap(await world.call({ tool: 'about', input: {} })).output);
    expect(unwrap(await world.call({ tool: 'echo', input: {} })).output).toMatchObject({ calls: 1 });
    await world.close();
  }
  expect(seen).toMatchObject([{ world: 1 }, { world: 2, pid: (seen[0] as { pid: number }).pid }]);
});

test.each([
  ['throws', 'no mail has the id `m9`'],
  ['throwsText', 'plain words'],
  ['cyclic', 'what `cyclic` returned has at `/self` a reference back to itself, which JSON cannot hold'],
  [
    'halfPair',
    'what `halfPair` returned has at `/text/0` a string with half of a surrogate pair, which JSON cannot hold',
  ],
  ['map', 'what `map` returned is a value of type `Map`, which JSON cannot hold'],
  ['tooMuch', expect.stringContaining('over the limit of 1048576')],
  ['fly', expect.stringMatching(/^the environment's module has no tool `fly`; it has: echo, about/)],
  ['constructor', expect.stringContaining('has no tool `constructor`')],
])('a tool that %s has failed, and the trial goes on', async (tool, failure) => {
  const { world } = await openWorld(sessionsFor());
  expect(await world.call({ tool, input: {} })).toEqual({ ok: true, value: { failure } });
  expect(await world.call({ tool: 'nothing', input: {} })).toEqual({ ok: true, value: { output: null } });
  await world.close();
});

test.each([
  ['throw', 'CRASHED', /^the environment: Error: cannot grade \(environment\.mjs:\d+:\d+\)$/],
  ['text', 'PROTOCOL', /its answer to `environment\/grade` does not fit: `\/` must be object/],
  ['infinite', 'CRASHED', /what `grade` returned has at `\/notes` `Infinity`/],
])('a grader that answers %s is a fault', async (answer, reason, message) => {
  const sessions = sessionsFor();
  const { world } = await openWorld(sessions);
  const graded = await world.grade(answer);
  expect(graded).toMatchObject({ ok: false, error: { reason, message: expect.stringMatching(message) } });
  await world.close();
  expect(sessions.size).toBe(0);
});

test.each([
  ['createThrows', /no such office/],
  ['createNothing', /`createEnvironment` must return an object with `tools` and a function `grade`/],
])('a world that cannot be made (%s) is a fault', async (how, message) => {
  const { world, opened } = await openWorld(sessionsFor(), { [how]: true });
  expect(opened).toMatchObject({ ok: false, error: { reason: 'CRASHED', message: expect.stringMatching(message) } });
  expect(await world.call({ tool: 'echo', input: {} })).toEqual(opened);
  await world.close();
});

test('a tool that ends its process is a fault', async () => {
  const { world } = await openWorld(sessionsFor());
  expect(await world.call({ tool: 'exits', input: {} })).toMatchObject({
    ok: false,
    error: { reason: 'CRASHED', message: expect.stringContaining('exit code 7') },
  });
  await world.close();
});

test.each(['abort', 'close'] as const)('a tool that hangs is ended by %s', async (how) => {
  const sessions = sessionsFor();
  const controller = new AbortController();
  const { world } = await openWorld(sessions, {}, controller.signal);
  const called = world.call({ tool: 'hangs', input: {} });
  if (how === 'abort') controller.abort(timeout);
  else await world.close();
  const error = how === 'abort' ? timeout : { reason: 'CANCELLED', message: 'the environment was closed' };
  expect(await called).toEqual({ ok: false, error });
  await world.close();
  expect(sessions.size).toBe(0);
});
