/** Lays out the trials of an experiment: variants × tasks × repetitions, each with its identity and seed. */
import canonicalize from 'canonicalize';
import { toHex, utf8 } from '../bytes.ts';
import type { Experiment, TaskSet } from '../documents/index.ts';
import type { Hash } from '../ports.ts';

export type Variant = Experiment['spec']['variants'][number];
export type Task = TaskSet['spec']['tasks'][number];

export interface PlannedTrial {
  /** 32 hexadecimal digits: a digest of everything that can change what happens in the trial. */
  readonly id: string;
  readonly variant: string;
  readonly task: Task;
  /** From 0. */
  readonly repetition: number;
  /** 32 bits. All variants meet a task and repetition with the same seed, so that they can be compared in pairs. */
  readonly seed: number;
}

export interface PlanInput {
  readonly variants: readonly Variant[];
  readonly tasks: readonly Task[];
  readonly repetitions: number;
  readonly seed: number;
  /** Version of the engine's formats; part of every identity. */
  readonly engine: string;
  /** Digests of what the trials of a variant depend on: agent code, preset, policies. */
  readonly variantDigests: ReadonlyMap<string, readonly string[]>;
  /** Digests of the environment document and of its code, which holds tools and grader. */
  readonly environmentDigests: readonly string[];
  readonly limits: unknown;
}

/** All trials, in the order in which they are to start: variants advance together, task by task. */
export function planTrials(input: PlanInput, hash: Hash): PlannedTrial[] {
  const trials: PlannedTrial[] = [];
  for (let repetition = 0; repetition < input.repetitions; repetition++)
    for (const task of input.tasks)
      for (const variant of input.variants) {
        const seed = trialSeed(input.seed, task.id, repetition, hash);
        trials.push({
          id: identity(input, variant, task, repetition, seed, hash),
          variant: variant.id,
          task,
          repetition,
          seed,
        });
      }
  return trials;
}

function trialSeed(seed: number, task: string, repetition: number, hash: Hash): number {
  const digest = hash.sha256(utf8(JSON.stringify([seed, task, repetition])));
  return digest.slice(0, 4).reduce((value, byte) => value * 256 + byte, 0);
}

function identity(
  input: PlanInput,
  variant: Variant,
  task: Task,
  repetition: number,
  seed: number,
  hash: Hash,
): string {
  const parts = {
    engine: input.engine,
    variant,
    depends: input.variantDigests.get(variant.id) ?? [],
    environment: input.environmentDigests,
    limits: input.limits ?? null,
    task,
    repetition,
    seed,
  };
  return toHex(hash.sha256(utf8(canonicalize(parts) ?? ''))).slice(0, 32);
}
