/** How much cases would notice: mutants of policies run against them, and those that nobody notices, with their places. */
import { type CompiledPolicy, compilePolicy, type PolicySource } from '../policy/index.ts';
import { type Place, placeIn } from './anatomy.ts';
import { passes, type ReadCase } from './cases.ts';
import { type MutantKind, mutantsOf } from './mutants.ts';
import { sourcesOf, type TestedPolicy } from './tested.ts';

export interface Survivor {
  readonly kind: MutantKind;
  readonly place: Place;
  readonly what: string;
}

export interface MutationScore {
  /** Mutants that compile; the others say nothing about the cases. */
  readonly mutants: number;
  readonly noticed: number;
  /** Those that every case lets pass, in the order of the documents. */
  readonly survivors: readonly Survivor[];
}

/**
 * Runs every mutant of `policies` and of what they include against the cases. Cases that fail anyway are left out, since
 * they would notice everything.
 */
export function mutationScore(policies: readonly TestedPolicy[], cases: readonly ReadCase[]): MutationScore {
  const compiled = policies.map((one) => one.compiled);
  const sound = cases.filter((one) => passes(one, compiled));
  const survivors: Survivor[] = [];
  let [mutants, noticed] = [0, 0];
  for (const source of sourcesOf(policies)) {
    // The case that has noticed a change is likely to notice the next, which stands beside it.
    let likely = sound;
    for (const mutant of mutantsOf(source.policy)) {
      const mutated = withMutant(policies, { ...source, policy: mutant.policy }, source);
      if (mutated === null) continue;
      mutants++;
      const by = likely.find((one) => !passes(one, mutated));
      if (by === undefined)
        survivors.push({ kind: mutant.kind, place: placeIn(source, mutant.path), what: mutant.what });
      else {
        noticed++;
        if (by !== likely[0]) likely = [by, ...likely.filter((one) => one !== by)];
      }
    }
  }
  return { mutants, noticed, survivors };
}

/** `policies` with `mutant` in place of `original`, wherever it is included; null when that does not compile. */
function withMutant(
  policies: readonly TestedPolicy[],
  mutant: PolicySource,
  original: PolicySource,
): CompiledPolicy[] | null {
  const compiled: CompiledPolicy[] = [];
  for (const { source, compiled: known } of policies) {
    if (!sourcesOf([{ source }]).some((one) => isSame(one, original))) {
      compiled.push(known);
      continue;
    }
    const { value } = compilePolicy(replaced(source, mutant, original));
    if (value === null) return null;
    compiled.push(value);
  }
  return compiled;
}

function replaced(source: PolicySource, mutant: PolicySource, original: PolicySource): PolicySource {
  const own = isSame(source, original) ? mutant : source;
  const { include } = source;
  if (include === undefined) return own;
  return {
    ...own,
    include: (reference) => {
      const included = include(reference);
      return included && replaced(included, mutant, original);
    },
  };
}

const isSame = (one: PolicySource, other: PolicySource): boolean =>
  one.digest === other.digest && one.policy.metadata.name === other.policy.metadata.name;
