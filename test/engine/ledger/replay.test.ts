/** Replay: a run's state from its entries, at every moment of its life. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type EntryBody,
  type LedgerEntry,
  type Payload,
  type RecordedRun,
  type RecordedTrialDetail,
  type ReplayOptions,
  replayRun,
} from '../../../server/engine/ledger/index.ts';
import type { RunSummary, TrialDetail } from '../../../server/protocol/index.ts';
import { decision, observation, runFinished, runStarted, trialFinished, trialId, trialStarted } from './ledgers.ts';

const a = trialId(1);
const b = trialId(2);
const blob: Payload = { blob: `sha256:${'ab'.repeat(32)}`, sizeBytes: 20_000 };

const replay = (bodies: EntryBody[], options: Partial<ReplayOptions> = {}) => {
  const entries = bodies.map((body, index) => ({ ...body, v: 1, index, prev: '', atMs: 1000 + index }) as LedgerEntry);
  return replayRun(entries, { directory: '/runs/run-1', ...options });
};

const begun = [runStarted(3), trialStarted(a), decision(a, 0), observation(a, 0), decision(a, 1, 'deny')];
const ended = [...begun, trialFinished(a)];

test('its shapes are those of the protocol', () => {
  expectTypeOf<RecordedRun>().toExtend<RunSummary>();
  expectTypeOf<RecordedTrialDetail>().toExtend<TrialDetail>();
});

describe('a run', () => {
  test.each<[string, EntryBody[], boolean, object]>([
    ['under way', begun, true, { status: 'running', counts: { planned: 2, running: 1 } }],
    ['whose host died', begun, false, { status: 'interrupted', counts: { planned: 3 } }],
    [
      'with an end',
      [...ended, runFinished],
      false,
      { status: 'completed', finishedAtMs: 1006, counts: { planned: 2, passed: 1 } },
    ],
    [
      'that failed',
      [runStarted(), { type: 'run-finished', status: 'failed', failure: { reason: 'X', message: 'y' } }],
      false,
      { status: 'failed', failure: { reason: 'X', message: 'y' } },
    ],
    [
      'that was resumed after its end',
      [...ended, runFinished, trialStarted(b)],
      true,
      { status: 'running', counts: { planned: 1, running: 1, passed: 1 } },
    ],
  ])('%s', (_, bodies, live, expected) => {
    const summary = replay(bodies, { resolvePath: (path) => `/work/${path}` }).summary({ live });
    expect(summary).toMatchObject({
      run: 'run-1',
      experiment: 'mailroom',
      directory: '/runs/run-1',
      startedAtMs: 1000,
      ...expected,
    });
    expect(summary?.experimentPath).toBe('/work/mailroom.yaml');
  });

  test('before its first entry is none', () => {
    expect(replay([]).summary()).toBeNull();
  });
});

describe('a trial', () => {
  test('under way counts what is recorded of it', () => {
    const [trial] = replay(begun).trials({ live: true });
    expect(trial).toEqual({
      id: a,
      variant: 'guarded',
      task: 'pay-rent',
      repetition: 0,
      state: 'running',
      steps: 2,
      denials: 1,
      costMicros: 250,
      durationMs: 3,
    });
  });

  test('with an end has the figures of its end', () => {
    const [trial] = replay(ended).trials();
    expect(trial).toMatchObject({
      state: 'passed',
      security: 'held',
      steps: 2,
      denials: 1,
      costMicros: 250,
      durationMs: 40,
    });
  });

  test('that was cut off says so, and what it spent stays spent', () => {
    const cut = replay(begun);
    expect(cut.trials()[0]).toMatchObject({ state: 'planned', failure: { reason: 'INTERRUPTED' } });
    expect(cut.openAttempts()).toEqual([{ trial: a, attempt: 1, costMicros: 250 }]);
    const lost: EntryBody = { type: 'attempt-lost', trial: a, attempt: 1, costMicros: 250 };
    const again = replay([...begun, lost, trialStarted(a, 2), observation(a, 0, { json: 1 }, 2), observation(a, 0)]);
    expect(again.trials({ live: true })[0]).toMatchObject({ state: 'running', steps: 0, costMicros: 500 });
    expect(again.openAttempts()).toEqual([{ trial: a, attempt: 2, costMicros: 250 }]);
    expect(replay([...begun, lost]).openAttempts()).toEqual([]);
    expect(replay([...begun, lost]).trials({ live: true })[0]).toMatchObject({ state: 'planned', costMicros: 250 });
  });

  test('has its steps where they are asked for', () => {
    const bodies = [...ended, trialStarted(b), decision(b, 0)];
    const detail = replay(bodies, { stepsOf: { trial: a } }).trial(a);
    expect(detail).toMatchObject({
      answer: 'paid',
      steps: [
        {
          step: 0,
          action: { type: 'tool', tool: 'send_mail', input: {} },
          decision: { final: 'allow' },
          output: 'done',
          costMicros: 250,
          durationMs: 12.5,
        },
        { step: 1, decision: { final: 'deny', causes: [{ policy: 'strict', id: 'r1' }] }, costMicros: 0 },
      ],
    });
    expect(replay(bodies, { stepsOf: { trial: a } }).trial(b)?.steps).toEqual([]);
    expect(replay(bodies, { stepsOf: 'all' }).trial(b)?.steps).toHaveLength(1);
    expect(replay(bodies).trial(a)?.steps).toEqual([]);
    expect(replay(bodies).trial('none')).toBeNull();
  });

  test('shows what stands in blobs', () => {
    const run = replay([runStarted(), trialStarted(a), decision(a, 0, 'allow', blob), observation(a, 0, blob)], {
      stepsOf: 'all',
    });
    expect(run.blobsOf(a)).toEqual(['ab'.repeat(32)]);
    expect(run.trial(a, { blob: () => 'large' })?.steps).toMatchObject([
      { action: { input: 'large' }, output: 'large' },
    ]);
    expect(run.trial(a)?.steps[0]?.output).toContain('20000 bytes in blob');
  });
});
