/** How questions end, by a clock that tests set: the timers of the platform come late, or together with an answer. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AskedQuestion } from '../../../server/engine/experiment/index.ts';
import { Questions } from '../../../server/host/questions.ts';
import type { OpenQuestion, Person } from '../../../server/protocol/index.ts';

const ada: Person = { name: 'Ada' };
const bob: Person = { name: 'Bob' };
let nowMs = 0;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };

beforeEach(() => {
  nowMs = 1_000;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Passes time for the clock alone, as where a timer is late, or for both. */
const passLate = (ms: number) => {
  nowMs += ms;
};
const pass = async (ms: number) => {
  nowMs += ms;
  await vi.advanceTimersByTimeAsync(ms);
};

function asked(who: readonly string[] | null, waitMs = 5_000) {
  const cancel = new AbortController();
  const gone = Promise.withResolvers<void>();
  const cause = { kind: 'rule', policy: 'p', id: 'r', effect: 'ask', ask: { waitMs, ...(who && { who: [...who] }) } };
  const question: AskedQuestion = {
    trial: { id: 't', variant: 'v', task: { id: 'k' }, repetition: 0 } as AskedQuestion['trial'],
    step: 0,
    on: 'action',
    question: { causes: [cause] as AskedQuestion['question']['causes'], waitMs, redact: [] },
    given: [],
    tool: 'add',
    input: {},
    agentGone: gone.promise,
  };
  const setting = { run: 'run', experiment: 'e', policyPath: () => undefined, cancelled: cancel.signal };
  return { question, setting, cancel: () => cancel.abort(), leave: () => gone.resolve() };
}

function sitting(questions: Questions, person: Person | null, keepsOpen = false) {
  let shown: readonly OpenQuestion[] = [];
  const seat = questions.join({ person, keepsOpen, tell: (open) => (shown = open) });
  return { seat, id: () => shown[0]?.id ?? 'none' };
}

describe('an answer', () => {
  test('that comes when the time is over is refused, though the timer has not fired', async () => {
    const questions = new Questions(clock);
    const { id } = sitting(questions, ada);
    const { question, setting } = asked(null);
    const answers = questions.ask(question, setting);
    passLate(5_000);
    expect(questions.answer(ada, { question: id(), allow: true })).toMatchObject({
      accepted: false,
      why: 'this question is over: it waited 5 s, and the action was denied',
    });
    expect(await answers).toEqual({ given: [], end: 'ask-timed-out' });
  });

  test('in the last moment counts', async () => {
    const questions = new Questions(clock);
    const { id } = sitting(questions, ada);
    const { question, setting } = asked(null);
    const answers = questions.ask(question, setting);
    await pass(4_999);
    expect(questions.answer(ada, { question: id(), allow: true })).toEqual({ accepted: true });
    const { given, end } = await answers;
    expect([given.map(({ allow, person, waitedMs }) => [allow, person, waitedMs]), end]).toEqual([
      [[true, 'Ada', 4_999]],
      'answered',
    ]);
  });

  test('behind another in the same moment comes too late, whatever it says', async () => {
    const questions = new Questions(clock);
    const { id } = sitting(questions, ada);
    const { question, setting } = asked(null);
    const answers = questions.ask(question, setting);
    const open = id();
    expect(questions.answer(ada, { question: open, allow: true })).toEqual({ accepted: true });
    expect(questions.answer(bob, { question: open, allow: false })).toEqual({
      accepted: false,
      why: 'this question is over: Ada has approved it',
    });
    expect((await answers).given).toHaveLength(1);
  });

  test('in the moment in which the run is cancelled approves nothing', async () => {
    const questions = new Questions(clock);
    const { id } = sitting(questions, ada);
    const { question, setting, cancel } = asked(null);
    const answers = questions.ask(question, setting);
    cancel();
    expect(questions.answer(ada, { question: id(), allow: true })).toEqual({
      accepted: false,
      why: 'this question is over: the run was cancelled',
    });
    expect(await answers).toEqual({ given: [], end: 'run-cancelled' });
  });

  test('of the last who may, after everybody has left, is not waited for', async () => {
    const questions = new Questions(clock);
    const { seat, id } = sitting(questions, ada);
    const { question, setting } = asked(['Ada']);
    const answers = questions.ask(question, setting);
    const open = id();
    seat.dispose();
    expect(questions.answer(ada, { question: open, allow: true }).accepted).toBe(false);
    expect(await answers).toEqual({ given: [], end: 'no-approver' });
    expect(questions.answer(ada, { question: open, allow: true })).toMatchObject({
      why: 'this question is over: everybody who could answer it had left, and the action was denied',
    });
  });
});

describe('a question', () => {
  test('ends by itself when its time is over, not before, and is forgotten', async () => {
    const questions = new Questions(clock);
    sitting(questions, ada);
    const { question, setting } = asked(null, 150_000);
    let end: string | null = null;
    void questions.ask(question, setting).then((answers) => {
      end = answers.end;
    });
    await pass(149_999);
    expect([end, questions.open.length]).toEqual([null, 1]);
    await pass(1);
    expect([end, questions.open.length]).toEqual(['ask-timed-out', 0]);
  });

  test('of an agent that has ended is over', async () => {
    const questions = new Questions(clock);
    sitting(questions, ada);
    const { question, setting, leave } = asked(null);
    const answers = questions.ask(question, setting);
    leave();
    expect(await answers).toEqual({ given: [], end: 'agent-gone' });
  });

  test('that nobody there may answer is not asked, unless somebody keeps it open', async () => {
    const questions = new Questions(clock);
    sitting(questions, bob);
    const { question, setting } = asked(['Ada']);
    expect(await questions.ask(question, setting)).toEqual({ given: [], end: 'no-approver' });
    sitting(questions, null, true);
    const answers = questions.ask(question, setting);
    expect(questions.open).toHaveLength(1);
    await pass(5_000);
    expect((await answers).end).toBe('ask-timed-out');
  });
});
