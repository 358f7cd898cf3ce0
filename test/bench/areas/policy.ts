/**
 * What a decision costs: with reasons, budgets and windows on, for 10 to 10,000 rules, through the kernel as a trial uses
 * it. Rivals decide the same requests by the same rules, and an area with different verdicts fails.
 */
import { performance } from 'node:perf_hooks';
import { createKernel, type ProposedAction, type TrialKernel } from '../../../server/engine/kernel/index.ts';
import {
  type Cause,
  type CompiledPolicy,
  compilePolicy,
  type Facts,
  factsOf,
  type SignalRecord,
  sortByStrength,
} from '../../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';
import { type BenchArea, type BenchCase, quantile, type Sample } from '../harness.ts';
import { type Rival, rivalsOf } from '../policy/rivals.ts';
import { workload } from '../policy/workload.ts';

const sizes = [10, 100, 1_000, 10_000];
const requestsEach = 2_000;
const startMs = Date.UTC(2026, 2, 27, 14);

interface Subject {
  readonly rules: number;
  readonly compiled: CompiledPolicy;
  readonly requests: readonly ProposedAction[];
  /** What the first trial made of each request. */
  readonly decided: readonly { readonly record: SignalRecord; readonly allowed: boolean }[];
  readonly facts: readonly Facts[];
}

function subject(rules: number): Subject {
  const { policy, requests } = workload(rules, requestsEach);
  const digest = `sha256:${'0'.repeat(64)}`;
  const { value, problems } = compilePolicy({ policy, digest, lineOf: () => 1, zones: createZoneOffsets() });
  if (value === null) throw new Error(JSON.stringify(problems));
  const trial = openTrial({ compiled: value });
  const decided = requests.map((request) => {
    const record = trial.signals(request);
    const { decision, reservation } = trial.decide(record);
    trial.settle(reservation, { failed: false });
    return { record, allowed: decision.final === 'allow' };
  });
  const facts = decided.map(({ record }) => Object.freeze(factsOf(record)));
  return { rules, compiled: value, requests, decided, facts };
}

/** A trial of a run in which a second passes with every thing that is asked. */
function openTrial({ compiled }: Pick<Subject, 'compiled'>): TrialKernel {
  let nowMs = startMs;
  const clock = { nowMs: () => nowMs, monotonicMs: () => (nowMs += 100) };
  const variants = new Map([['a', { role: 'assistant', policies: [compiled] }]]);
  return createKernel({ variants, clock }).openTrial({ trial: 't', variant: 'a' });
}

/** One round through all requests; the time of each decision, in nanoseconds, where `into` is there. */
function round({ requests }: Subject, trial: TrialKernel, into: Float64Array | null): void {
  for (let index = 0; index < requests.length; index++) {
    const request = requests[index];
    if (request === undefined) continue;
    const signals = trial.signals(request);
    const startedAt = into === null ? 0n : process.hrtime.bigint();
    const { reservation } = trial.decide(signals);
    if (into !== null) into[index] = Number(process.hrtime.bigint() - startedAt);
    trial.settle(reservation, { failed: false });
  }
}

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

function decisions(one: Subject): BenchCase {
  const each = new Float64Array(requestsEach);
  return {
    name: `decide, ${one.rules} rules`,
    measure: async (): Promise<Sample> => {
      const trial = openTrial(one);
      round(one, trial, null);
      round(one, trial, each);
      const nanoseconds = [...each];
      let beforeUs = cpuUs();
      const startedAtMs = performance.now();
      for (let again = 0; again < 5; again++) round(one, trial, null);
      const wallMs = performance.now() - startedAtMs;
      const wholeUs = cpuUs() - beforeUs;
      beforeUs = cpuUs();
      for (let again = 0; again < 50; again++) evaluateAll(one);
      const evaluatedUs = cpuUs() - beforeUs;
      return {
        wallMs,
        cpuMs: wholeUs / 1000,
        figures: {
          decideP50Us: quantile(nanoseconds, 0.5) / 1000,
          decideP99Us: quantile(nanoseconds, 0.99) / 1000,
          rulesPerCpuSecond: (50 * requestsEach * 1e6) / evaluatedUs,
          wholeStepsPerCpuSecond: (5 * requestsEach * 1e6) / wholeUs,
        },
      };
    },
  };
}

/** Rules and default alone, without signals and budgets. */
function evaluateAll({ compiled, facts }: Subject): void {
  for (const each of facts) {
    const causes: Cause[] = [];
    compiled.evaluate(each, causes);
    sortByStrength(causes);
  }
}

/** As many requests as a rival decides in reasonable time; each verdict is compared. */
function rival(one: Subject, { name, allows }: Rival): BenchCase {
  const count = Math.max(5, Math.min(200, Math.floor(20_000 / one.rules)));
  const asked = one.decided.slice(0, count);
  return {
    name: `${name}, ${one.rules} rules`,
    rival: true,
    measure: async (): Promise<Sample> => {
      const nanoseconds: number[] = [];
      const beforeUs = cpuUs();
      const startedAtMs = performance.now();
      for (const { record, allowed } of asked) {
        const startedAt = process.hrtime.bigint();
        const verdict = await allows(record);
        nanoseconds.push(Number(process.hrtime.bigint() - startedAt));
        if (verdict !== allowed) throw new Error(`${name} says ${verdict} of ${JSON.stringify(record)}`);
      }
      const spentUs = cpuUs() - beforeUs;
      return {
        wallMs: performance.now() - startedAtMs,
        cpuMs: spentUs / 1000,
        figures: {
          decideP50Us: quantile(nanoseconds, 0.5) / 1000,
          decideP99Us: quantile(nanoseconds, 0.99) / 1000,
          rulesPerCpuSecond: (count * 1e6) / spentUs,
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
    for (const one of subjects.filter(({ rules }) => rules <= 1_000))
      for (const each of await rivalsOf(one.compiled)) others.push(rival(one, each));
    return [...ours, ...others];
  },
};
