/** What policies say of an action, asked in the same way by whoever decides and by whoever tries policies out. Knows no budgets. */
import {
  type Cause,
  type CompiledPolicy,
  type Declaration,
  type Facts,
  type Said,
  saying,
  sortByStrength,
} from '../policy/index.ts';

/** What all `policies` say together, strongest first. `declaration` as for a policy alone. */
export function askPolicies(
  policies: readonly CompiledPolicy[],
  facts: Facts,
  declaration: Declaration | null = null,
): Said {
  const only = policies[0];
  if (only !== undefined && policies.length === 1) return only.evaluate(facts, declaration);
  return together(
    policies,
    policies.map((policy) => policy.evaluate(facts, declaration)),
  );
}

/** The same of what came of an action; policies without a guard say nothing. */
export const askGuards = (policies: readonly CompiledPolicy[], facts: Facts): Said =>
  together(
    policies,
    policies.map((policy) => policy.evaluateObservation(facts)),
  );

function together(policies: readonly CompiledPolicy[], said: readonly Said[]): Said {
  const once = haveShared(policies) ? toldOnce : same;
  const causes = once(said.flatMap((one) => one.causes));
  sortByStrength(causes);
  const undecided = once(said.flatMap((one) => one.undecided));
  const isCertain = said.some((one) => one.isCertain);
  return saying(causes, undecided, isCertain);
}

const same = (causes: Cause[]): Cause[] => causes;

/** A rule that several policies include says the same in each of them, and is told once. */
const toldOnce = (causes: Cause[]): Cause[] => [
  ...new Map(causes.map((cause) => [JSON.stringify(cause), cause])).values(),
];

const shared = new WeakMap<readonly CompiledPolicy[], boolean>();

/** Whether two of the policies include the same one. */
function haveShared(policies: readonly CompiledPolicy[]): boolean {
  let known = shared.get(policies);
  if (known === undefined) {
    const digests = policies.flatMap((policy) => policy.digests);
    known = new Set(digests).size < digests.length;
    shared.set(policies, known);
  }
  return known;
}

/** What speaks against an action of which no policy speaks for certain: a doubt allows nothing, and asks nobody. */
export const notSpokenOf: Cause = Object.freeze({
  kind: 'default',
  effect: 'deny',
  message: 'no policy that is surely in force says anything of it',
});
