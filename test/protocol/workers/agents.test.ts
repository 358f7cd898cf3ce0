/** Agents as modules, in real worker processes: trials, faults, floods, and what stays in a pool. */
import { expect, test } from 'vitest';
import { allowAll, answerOf, isAlive, runTrial, sessionsFor, startTrial, timeout, untilGone } from './sessions.ts';

test('a proposal carries tool, input and thought; its answer comes back', async () => {
  const session = await startTrial(sessionsFor(), { behaviour: 'echo', input: { text: 'ä\u{1f600}\n' } });
  const proposal = await session.next();
  expect(proposal).toMatchObject({
    kind: 'propose',
    params: { tool: 'echo', input: { text: 'ä\u{1f600}\n' }, thought: 'to see' },
  });
  const denied = { decision: 'deny' as const, denial: { rules: ['p/r'], message: 'no' }, remaining: [] };
  if (proposal.kind === 'propose') proposal.reply(denied);
  const finish = await session.next();
  expect(finish).toEqual({ kind: 'finish', params: { answer: denied }, cpuMs: expect.any(Number) });
  expect(await session.next()).toBe(finish);
  await session.close();
});

test.each([
  ['nothing', {}],
  ['gaveUp', { gaveUp: true }],
])('an agent that returns %s finishes', async (behaviour, params) => {
  expect(await runTrial(sessionsFor(), { behaviour })).toMatchObject({ kind: 'finish', params });
});

test('proposals made at once are answered one by one', async () => {
  const answers = (await answerOf(sessionsFor(), { behaviour: 'together' })) as { observation: { index: number } }[];
  expect(answers.map((answer) => answer.observation.index)).toEqual([1, 2, 3]);
});

test.each([
  ['throws', 'CRASHED', /^agent `module`: RangeError: no idea what to do \(agent\.mjs:\d+:\d+\)$/],
  ['throwsNothing', 'CRASHED', /undefined/],
  ['throwsLater', 'CRASHED', /exit code 1\)[\s\S]*too late/],
  ['exits', 'CRASHED', /^agent `module`: it ended by itself \(exit code 3\); its last output:\ngoodbye$/],
  ['text', 'CRASHED', /`run` must return an object such as `\{ answer: … \}`/],
  ['answersNoJson', 'CRASHED', /the answer has at `\/pending` a promise \(is an `await` missing\?\)/],
  ['answersTooMuch', 'CRASHED', /over the limit of 1048576/],
  ['floodsOutput', 'OUTPUT_LIMIT', /more than 200000 bytes of output in one trial/],
  ['forges', 'PROTOCOL', /a line is not JSON: `hello`$/],
])('an agent that %s ends its trial with %s', async (behaviour, reason, message) => {
  const sessions = sessionsFor();
  const event = await runTrial(sessions, { behaviour });
  expect(event).toMatchObject({ kind: 'fault', fault: { reason, message: expect.stringMatching(message) } });
  expect(await answerOf(sessions, { behaviour: 'identify' })).toMatchObject({ trials: 1 });
});

test('a flood of proposals that nobody has asked for is cut off', async () => {
  const session = await startTrial(sessionsFor(), { behaviour: 'floodsProposals' });
  let event = await session.next();
  while (event.kind === 'propose') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    event = await session.next();
  }
  expect(event).toMatchObject({ kind: 'fault', fault: { reason: 'OUTPUT_LIMIT' } });
  await session.close();
});

test.each([
  ['loops', 'TIMEOUT'],
  ['hangs', 'TIMEOUT'],
])('an agent that %s is killed when the signal fires', async (behaviour) => {
  const sessions = sessionsFor();
  const controller = new AbortController();
  const session = await startTrial(sessions, { behaviour }, 'module', controller.signal);
  const next = session.next();
  controller.abort(timeout);
  expect(await next).toEqual({ kind: 'fault', fault: timeout });
  await session.close();
  expect(sessions.size).toBe(0);
});

test('a signal without a fault as reason is a cancellation', async () => {
  const controller = new AbortController();
  const session = await startTrial(sessionsFor(), { behaviour: 'hangs' }, 'module', controller.signal);
  controller.abort();
  expect(await session.next()).toMatchObject({ kind: 'fault', fault: { reason: 'CANCELLED' } });
  await session.close();
});

test('a signal that fired before, or while a process starts, gives no session', async () => {
  const sessions = sessionsFor();
  expect(await sessions.agent('module', AbortSignal.abort(timeout))).toEqual({ ok: false, error: timeout });
  expect(sessions.size).toBe(0);
  const controller = new AbortController();
  const starting = sessions.agent('module', controller.signal);
  controller.abort(timeout);
  expect(await starting).toEqual({ ok: false, error: timeout });
});

test('an agent that ignores SIGTERM is killed', async () => {
  const sessions = sessionsFor();
  const controller = new AbortController();
  const session = await startTrial(sessions, { behaviour: 'ignoresTerm' }, 'module', controller.signal);
  await session.next();
  controller.abort(timeout);
  await session.close();
  expect(sessions.size).toBe(0);
});

test.runIf(process.platform !== 'win32')('what an agent has started dies with it', async () => {
  const session = await startTrial(sessionsFor(), { behaviour: 'spawns' });
  const event = await session.next();
  const pid = event.kind === 'propose' ? Number(event.params.input.pid) : 0;
  expect(isAlive(pid)).toBe(true);
  await session.close();
  await untilGone(pid);
});

test('cancelling one trial leaves its neighbour alone', async () => {
  const sessions = sessionsFor();
  const controller = new AbortController();
  const doomed = await startTrial(sessions, { behaviour: 'hangs' }, 'module', controller.signal);
  const neighbour = await startTrial(sessions, { behaviour: 'echo' });
  controller.abort(timeout);
  await doomed.close();
  expect(await allowAll(neighbour)).toMatchObject({ kind: 'finish' });
  await neighbour.close();
});

test('a process serves several trials, each with a new agent; fresh ones are given when nothing is kept', async () => {
  const warm = sessionsFor();
  const [first, second] = [
    await answerOf(warm, { behaviour: 'identify' }),
    await answerOf(warm, { behaviour: 'identify' }),
  ];
  expect([first, second]).toMatchObject([{ trials: 1 }, { trials: 2, pid: (first as { pid: number }).pid }]);
  const fresh = sessionsFor({}, { poolSize: 0 });
  for (let trial = 0; trial < 2; trial++)
    expect(await answerOf(fresh, { behaviour: 'identify' })).toMatchObject({ trials: 1 });
});

test('a proposal in the name of an earlier trial is refused, and its process serves no further one', async () => {
  const sessions = sessionsFor();
  const pid = await answerOf(sessions, { behaviour: 'keepsPropose' });
  const answer = await answerOf(sessions, { behaviour: 'usesEarlierPropose' });
  expect(answer).toEqual({ pid, refused: 'this trial is over; nothing more is done for it' });
  expect(await answerOf(sessions, { behaviour: 'identify' })).toMatchObject({ trials: 1 });
});

test('a process in which something of a trial goes on serves no further one', async () => {
  const sessions = sessionsFor();
  const pid = await answerOf(sessions, { behaviour: 'leavesTimer' });
  expect(isAlive(pid as number)).toBe(false);
});

test.each([
  ['looksAtDecision', 1],
  ['ignoresHalt', 0],
])('after `halt`, an agent that %s leaves %i process in the pool', async (behaviour, kept) => {
  const sessions = sessionsFor();
  const session = await startTrial(sessions, { behaviour });
  const event = await session.next();
  if (event.kind === 'propose') event.reply({ decision: 'halt', remaining: [] });
  await session.close();
  expect(sessions.size).toBe(kept);
});

test('a session closed in the middle of a trial takes its process with it', async () => {
  const sessions = sessionsFor();
  const session = await startTrial(sessions, { behaviour: 'hangs' });
  const next = session.next();
  await session.close();
  expect(await next).toMatchObject({ kind: 'fault', fault: { reason: 'CANCELLED' } });
  expect(sessions.size).toBe(0);
});

test('a malformed proposal is an event, and an error for the agent', async () => {
  const session = await startTrial(sessionsFor(), { behaviour: 'proposesNonsense' });
  expect(await session.next()).toEqual({ kind: 'malformed', message: '`/input` must be object', tool: 'echo' });
  expect(await session.next()).toMatchObject({
    params: { answer: 'the parameters of `action/propose` do not fit: `/input` must be object' },
  });
  await session.close();
});

test('input that is not JSON is refused before it is sent', async () => {
  expect(await answerOf(sessionsFor(), { behaviour: 'proposesNoJson' })).toBe(
    'the input of `echo` has at `/when/0` a bigint, which JSON cannot hold',
  );
});

test('agents see the variables that they were promised and none of the host', async () => {
  process.env.ASSAY_TEST_SECRET = 'of the host';
  const variables = await answerOf(sessionsFor({}, { env: { API_KEY: 'given' } }), { behaviour: 'variables' });
  delete process.env.ASSAY_TEST_SECRET;
  const base = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'ELECTRON_RUN_AS_NODE', 'API_KEY'];
  const windows = [
    'PATHEXT',
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'COMSPEC',
    'TEMP',
    'TMP',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
  ];
  expect(variables).toMatchObject({ API_KEY: 'given', PATH: process.env.PATH });
  expect([...base, ...windows]).toEqual(expect.arrayContaining(Object.keys(variables as object)));
});

test('dispose ends every process, also in the middle of a trial', async () => {
  const sessions = sessionsFor();
  await answerOf(sessions, { behaviour: 'identify' });
  const session = await startTrial(sessions, { behaviour: 'hangs' });
  const { pid } = (await answerOf(sessions, { behaviour: 'identify' })) as { pid: number };
  await sessions.dispose();
  expect([sessions.size, isAlive(pid)]).toEqual([0, false]);
  expect(await session.next()).toMatchObject({ kind: 'fault', fault: { reason: 'CANCELLED' } });
  expect(await sessions.agent('module', new AbortController().signal)).toMatchObject({ ok: false });
});
