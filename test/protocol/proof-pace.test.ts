/** When proofs keep out of the way of whoever types. */
import { describe, expect, test } from 'vitest';
import { ProofPace } from '../../server/lsp/proof-pace.ts';

function paceAfter(...proofs: readonly (readonly [ms: number, isDone: boolean])[]): ProofPace {
  const pace = new ProofPace();
  for (const [ms, isDone] of proofs) {
    pace.begin();
    pace.worked(ms, isDone);
  }
  return pace;
}

describe('the pace of proofs', () => {
  test('the first proof begins at once, and nobody waits for it', () => {
    const pace = new ProofPace();
    pace.begin();
    expect([pace.pauseMs, pace.isQuick]).toEqual([0, false]);
  });

  test('after one that took a moment, the next comes with the problems', () => {
    expect(paceAfter([1.5, true]).isQuick).toBe(true);
  });

  test('after one that took longer, the next waits for a pause about as long, within limits', () => {
    expect(paceAfter([50, true])).toMatchObject({ isQuick: false, pauseMs: 38 });
    expect(paceAfter([5_000, true])).toMatchObject({ isQuick: false, pauseMs: 400 });
  });

  test('after one that is over before the next key, the next begins at once, but nobody waits for it', () => {
    expect(paceAfter([8, true])).toMatchObject({ isQuick: false, pauseMs: 0 });
  });

  test('slices of one proof count together', () => {
    const pace = new ProofPace();
    pace.begin();
    for (const isDone of [false, false, true]) pace.worked(20, isDone);
    expect(pace.pauseMs).toBe(48);
  });

  test('the first proof, interrupted again and again, does not begin at once each time', () => {
    const pace = paceAfter([20, false]);
    pace.begin();
    expect(pace).toMatchObject({ isQuick: false, pauseMs: 8 });
    pace.worked(10, false);
    pace.begin();
    expect(pace.pauseMs).toBe(18);
  });

  test('what is left of a long proof is not taken for quick because the one before it was', () => {
    const pace = paceAfter([1, true], [2, false]);
    pace.begin();
    expect(pace.isQuick).toBe(false);
    pace.worked(100, false);
    pace.begin();
    expect(pace.pauseMs).toBe(90);
    pace.worked(1, true);
    pace.begin();
    pace.worked(1, true);
    expect(pace.isQuick).toBe(true);
  });

  test('what is left of a long proof stays so over edits that leave nothing to prove', () => {
    const pace = paceAfter([1, true], [20, false]);
    pace.begin();
    pace.skip();
    pace.begin();
    expect(pace).toMatchObject({ isQuick: false, pauseMs: 8 });
    pace.worked(4, true);
    pace.begin();
    pace.skip();
    pace.begin();
    pace.worked(1, true);
    expect(pace.isQuick).toBe(true);
  });

  test('an edit before a proof has begun at all leaves it as it was', () => {
    const pace = paceAfter([30, true]);
    pace.begin();
    pace.begin();
    expect(pace.pauseMs).toBe(18);
  });
});
