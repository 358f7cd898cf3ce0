/** How much cases would notice: mutants of policies run against them, and those that nobody notices, with their places. */
import type { Policy, Rule } from '../documents/index.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  evaluator,
  FALSE,
  type Facts,
  type PolicySource,
} from '../policy/index.ts';
import { type Place, placeIn } from './anatomy.ts';
import { passes, type ReadCase } from './cases.ts';
import { type Mutant, type MutantKind, mutantsOf } from './mutants.ts';
import { decideIn } from './situation.ts';
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

/** Whether some case notices the mutant; null when it does not compile. */
type Notices = (mutant: Mutant) => boolean | null;

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
    const notices = noticing(policies, source, sound);
    for (const mutant of mutantsOf(source.policy)) {
      const isNoticed = notices(mutant);
      if (isNoticed === null) continue;
      mutants++;
      if (isNoticed) noticed++;
      else survivors.push({ kind: mutant.kind, place: placeIn(source, mutant.path), what: mutant.what });
    }
  }
  return { mutants, noticed, survivors };
}

function noticing(policies: readonly TestedPolicy[], source: PolicySource, cases: readonly ReadCase[]): Notices {
  const users = policies.filter((one) => sourcesOf([one]).some((used) => isSame(used, source)));
  const [user] = users;
  if (user === undefined || users.length > 1 || !isSame(user.source, source)) return asWhole(policies, source, cases);
  const others = policies.filter((one) => one !== user).map((one) => one.compiled);
  const narrowed = new Narrowed(
    user,
    others,
    cases.filter((one) => !hasPast(one)),
  );
  const [ofAll, ofPast] = [asWhole(policies, source, cases), asWhole(policies, source, cases.filter(hasPast))];
  return (mutant) => {
    const isNoticed = narrowed.notices(mutant);
    if (isNoticed === undefined) return ofAll(mutant);
    return isNoticed === false ? ofPast(mutant) : isNoticed;
  };
}

const hasPast = ({ situation }: ReadCase): boolean => situation?.before !== undefined;

/** Puts the mutant in its place among the policies and asks every case. */
function asWhole(policies: readonly TestedPolicy[], source: PolicySource, cases: readonly ReadCase[]): Notices {
  if (cases.length === 0) return () => false;
  return (mutant) => {
    const mutated = withMutant(policies, { ...source, policy: mutant.policy }, source);
    return mutated && cases.some((one) => !passes(one, mutated));
  };
}

/**
 * Asks only the cases that a changed rule answers otherwise, of a policy that consists only of the rules which match there:
 * what does not match has no say, so that the answer is the same and takes no longer in a large policy than in a small one.
 */
class Narrowed {
  readonly #user: TestedPolicy;
  readonly #others: readonly CompiledPolicy[];
  readonly #cases: readonly { readonly one: ReadCase; readonly facts: Facts; readonly matching: ReadonlySet<number> }[];

  /** `cases` have no past, so that their facts are the same whatever policies say. */
  constructor(user: TestedPolicy, others: readonly CompiledPolicy[], cases: readonly ReadCase[]) {
    this.#user = user;
    this.#others = others;
    const own = (user.source.policy.spec.rules ?? []).map((_, index) => user.compiled.rules[index]);
    this.#cases = cases.flatMap((one) => {
      if (one.situation === null) return [];
      const { facts } = decideIn(one.situation, [...others, user.compiled]);
      const matches = own.flatMap((rule, index) =>
        rule !== undefined && evaluator(rule.formula)(facts) !== FALSE ? [index] : [],
      );
      return [{ one, facts, matching: new Set(matches) }];
    });
  }

  /** Undefined where a mutant of this kind may make other rules match. */
  notices(mutant: Mutant): boolean | null | undefined {
    const [, section, index] = mutant.path;
    if (section === 'rules' && typeof index === 'number') return this.#ofRule(mutant, index);
    if (section !== 'default' && section !== 'budgets') return undefined;
    if (this.#compiled(mutant.policy, []) === null) return null;
    return this.#cases.some(({ one, matching }) => {
      const rules = (mutant.policy.spec.rules ?? []).filter((_, at) => matching.has(at));
      return this.#fails(one, mutant.policy, rules);
    });
  }

  #ofRule({ kind, policy }: Mutant, index: number): boolean | null {
    const original = this.#user.compiled.rules[index];
    const rule = kind === 'rule' ? undefined : policy.spec.rules?.[index];
    const alone = rule && this.#compiled(policy, [rule])?.rules[0];
    if (original === undefined || (rule !== undefined && alone === undefined)) return null;
    const [before, after] = [evaluator(original.formula), alone && evaluator(alone.formula)];
    const isOther = rule?.effect !== original.effect || kind === 'ask' || kind === 'obligation';
    return this.#cases.some(({ one, facts, matching }) => {
      const truth = after?.(facts) ?? FALSE;
      if (truth === before(facts) && !(isOther && truth !== FALSE)) return false;
      const rules = (this.#user.source.policy.spec.rules ?? []).flatMap((known, at) =>
        at === index ? (rule ?? []) : matching.has(at) ? known : [],
      );
      return this.#fails(one, policy, rules);
    });
  }

  #fails(one: ReadCase, policy: Policy, rules: readonly Rule[]): boolean {
    const compiled = this.#compiled(policy, rules);
    return compiled === null || !passes(one, [...this.#others, compiled]);
  }

  #compiled(policy: Policy, rules: readonly Rule[]): CompiledPolicy | null {
    const spec = { ...policy.spec, rules: [...rules] };
    return compilePolicy({ ...this.#user.source, policy: { ...policy, spec } }).value;
  }
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
