/**
 * What a decision costs, for 10 to 10,000 rules. A step is all that a trial does of an action: it becomes signals, is decided
 * with reasons, its budgets are reserved and settled, windows are on and the machine's clocks are read. The decision in it,
 * from signals to verdict with budgets and windows, is told apart, and so are rules alone and the record for the ledger.
 * Rivals, too, are given signals; they decide the same requests by the same rules, and an area with different verdicts fails.
 */
import { performance } from 'node:perf_hooks';
import { createKernel, type ProposedAction, type TrialKernel } from '../../../server/engine/kernel/index.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  type Facts,
  factsOf,
  type SignalRecord,
} from '../../../server/engine/policy/index.ts';
import { systemClock } from '../../../server/io/clock.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';
import { type BenchArea, type BenchCase, quantile, type Sample } from '../harness.ts';
import { type Rival, rivalsOf } from '../policy/rivals.ts';
import { workload } from '../policy/workload.ts';

const sizes = [10, 100, 1_000, 10_000];
const requestsEach = 2_000;
const startMs = Date.UTC(2026, 2, 27, 14);
/** So much passes with each request, besides the time that it takes, so that windows open and close. */
const leapMs = 100;

interface Subject {
  readonly rules: number;
  readonly compiled: CompiledPolicy;
  readonly requests: readonly ProposedAction[];
  /** What the first trial made of each request. */
  readonly decided: readonly { readonly record: SignalRecord; readonly allowed: boolean }[];
  readonly facts: readonly Facts[];
}

/** A trial, and its step: a request from proposal to settlement, as `run-trial.ts` has it decided. */
interface Session {
  step(request: ProposedAction): ReturnType<TrialKernel['decide']>;
  /** The same, and gives how long the decision took, in nanoseconds. */
  timed(request: ProposedAction): number;
  /** Only what comes before the decision. */
  prepare(request: ProposedAction): void;
}

function subject(rules: number): Subject {
  const { policy, requests } = workload(rules, requestsEach);
  const digest = `sha256:${'0'.repeat(64)}`;
  const { value, problems } = compilePolicy({ policy, digest, lineOf: () => 1, zones: createZoneOffsets() });
  if (value === null) throw new Error(JSON.stringify(problems));
  const session = openSession({ compiled: value });
  const decided = requests.map((request) => {
    const { signals, decision } = session.step(request);
    return { record: signals, allowed: decision.final === 'allow' };
  });
  const facts = decided.map(({ record }) => factsOf(record));
  return { rules, compiled: value, requests, decided, facts };
}

function openSession({ compiled }: Pick<Subject, 'compiled'>): Session {
  let aheadMs = startMs - systemClock.nowMs();
  const clock = {
    nowMs: () => systemClock.nowMs() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  };
  const variants = new Map([['a', { role: 'assistant', policies: [compiled] }]]);
  const trial = createKernel({ variants, clock }).openTrial({ trial: 't', variant: 'a' });
  return {
    step: (request) => {
      aheadMs += leapMs;
      const signals = trial.signals(request);
      trial.question(signals, []);
      const verdict = trial.decide(signals);
      trial.settle(verdict.reservation, { failed: false });
      return verdict;
    },
    timed: (request) => {
      aheadMs += leapMs;
      const signals = trial.signals(request);
      const startedAt = process.hrtime.bigint();
      trial.question(signals, []);
      const verdict = trial.decide(signals);
      const nanoseconds = Number(process.hrtime.bigint() - startedAt);
      trial.settle(verdict.reservation, { failed: false });
      return nanoseconds;
    },
    prepare: (request) => {
      aheadMs += leapMs;
      trial.signals(request);
    },
  };
}

/** One round through all requests; the time of each step, in nanoseconds, where `into` is there. */
function round({ requests }: Subject, { step }: Session, into: Float64Array | null): void {
  for (let index = 0; index < requests.length; index++) {
    const request = requests[index];
    if (request === undefined) continue;
    if (into === null) {
      step(request);
      continue;
    }
    const startedAt = process.hrtime.bigint();
    step(request);
    into[index] = Number(process.hrtime.bigint() - startedAt);
  }
}

/** What the clock of the measurement itself takes of each step. */
function timerNs(): number {
  const each = new Float64Array(requestsEach);
  for (let index = 0; index < each.length; index++) {
    const startedAt = process.hrtime.bigint();
    each[index] = Number(process.hrtime.bigint() - startedAt);
  }
  return quantile([...each], 0.5);
}

/** How often in a second of processor time `work` is done, which does it `times` times. */
function perCpuSecond(times: number, work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (times * 1e6) / (user + system);
}

const rounds = 20;

function decisions(one: Subject): BenchCase {
  const each = new Float64Array(requestsEach);
  const times = rounds * requestsEach;
  return {
    name: `decide, ${one.rules} rules`,
    measure: async (): Promise<Sample> => {
      const session = openSession(one);
      round(one, session, null);
      round(one, session, each);
      const nanoseconds = [...each];
      const ofDecision = one.requests.map((request) => session.timed(request));
      const startedAtMs = performance.now();
      const stepsPerCpuSecond = perCpuSecond(times, () => {
        for (let again = 0; again < rounds; again++) round(one, session, null);
      });
      const wallMs = performance.now() - startedAtMs;
      const preparedPerCpuSecond = perCpuSecond(times, () => {
        for (let again = 0; again < rounds; again++) for (const request of one.requests) session.prepare(request);
      });
      const recordedPerCpuSecond = perCpuSecond(requestsEach, () => {
        for (const request of one.requests) void session.step(request).signals;
      });
      const rulesPerCpuSecond = perCpuSecond(times, () => {
        for (let again = 0; again < rounds; again++) evaluateAll(one);
      });
      return {
        wallMs,
        cpuMs: (times * 1000) / stepsPerCpuSecond,
        figures: {
          p50Us: quantile(nanoseconds, 0.5) / 1000,
          p95Us: quantile(nanoseconds, 0.95) / 1000,
          decisionP50Us: quantile(ofDecision, 0.5) / 1000,
          timerUs: timerNs() / 1000,
          stepsPerCpuSecond,
          decisionsPerCpuSecond: 1 / (1 / stepsPerCpuSecond - 1 / preparedPerCpuSecond),
          recordedPerCpuSecond,
          rulesPerCpuSecond,
        },
      };
    },
  };
}

/** Rules and default alone, without signals and budgets. */
function evaluateAll({ compiled, facts }: Subject): void {
  for (const each of facts) compiled.evaluate(each);
}

/** So long a rival may take to be compared with; where that is too short for all requests, `compared` tells how many it was. */
const comparingMs = 30_000;

/** How many of the requests a rival was asked, with the same verdict on each. Throws where one is different. */
async function agreed({ decided }: Subject, { name, allows }: Rival): Promise<number> {
  const endsAtMs = performance.now() + comparingMs;
  let compared = 0;
  for (const { record, allowed } of decided) {
    if (performance.now() > endsAtMs) break;
    const verdict = await allows(record);
    if (verdict !== allowed) throw new Error(`${name} says ${verdict} of ${JSON.stringify(record)}`);
    compared++;
  }
  return compared;
}

/** Timed on as many requests as a rival decides in reasonable time, after it was compared on all. */
function rival(one: Subject, engine: Rival): BenchCase {
  const { name, allows } = engine;
  const count = Math.max(5, Math.min(200, Math.floor(20_000 / one.rules)));
  let comparing: Promise<number> | null = null;
  return {
    name: `${name}, ${one.rules} rules`,
    rival: true,
    measure: async (): Promise<Sample> => {
      comparing ??= agreed(one, engine);
      const compared = await comparing;
      const nanoseconds: number[] = [];
      const before = process.cpuUsage();
      const startedAtMs = performance.now();
      for (const { record } of one.decided.slice(0, count)) {
        const startedAt = process.hrtime.bigint();
        await allows(record);
        nanoseconds.push(Number(process.hrtime.bigint() - startedAt));
      }
      const { user, system } = process.cpuUsage(before);
      return {
        wallMs: performance.now() - startedAtMs,
        cpuMs: (user + system) / 1000,
        figures: {
          p50Us: quantile(nanoseconds, 0.5) / 1000,
          p95Us: quantile(nanoseconds, 0.95) / 1000,
          rulesPerCpuSecond: (count * 1e6) / (user + system),
          compared,
        },
      };
    },
  };
}

export const area: BenchArea = {
  name: 'policy',
  warmups: 2,
  repeats: 7,
  cases: async ({ rivals }) => {
    const subjects = sizes.map(subject);
    const ours = subjects.map(decisions);
    if (!rivals) return ours;
    const others: BenchCase[] = [];
    for (const one of subjects) for (const each of await rivalsOf(one.compiled)) others.push(rival(one, each));
    return [...ours, ...others];
  },
};
