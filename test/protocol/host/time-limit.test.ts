/** How long a trial may take: to the end of its own time, however long that is, and not while people are asked. */
import { afterEach, expect, test, vi } from 'vitest';
import { timeLimit } from '../../../server/host/time-limit.ts';

const clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() };
const dayMs = 86_400_000;

afterEach(() => void vi.useRealTimers());

test.each([50, 61_000, 30 * dayMs])('a limit of %s ms fires when that is over, and not before', (timeoutMs) => {
  vi.useFakeTimers();
  const limit = timeLimit(timeoutMs, new AbortController().signal, clock);
  vi.advanceTimersByTime(timeoutMs - 1);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.reason).toMatchObject({ reason: 'TIMEOUT' });
});

test('what others take is not counted', async () => {
  vi.useFakeTimers();
  const limit = timeLimit(1_000, new AbortController().signal, clock);
  vi.advanceTimersByTime(900);
  const { promise, resolve } = Promise.withResolvers<void>();
  const paused = limit.pausedFor(promise);
  vi.advanceTimersByTime(dayMs);
  resolve();
  await paused;
  vi.advanceTimersByTime(99);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});
