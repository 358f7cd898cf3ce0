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
  return together(policies.map((policy) => policy.evaluate(facts, declaration)));
}

/** The same of what came of an action; policies without a guard say nothing. */
export const askGuards = (policies: readonly CompiledPolicy[], facts: Facts): Said =>
  together(policies.map((policy) => policy.evaluateObservation(facts)));

function together(said: readonly Said[]): Said {
  const causes = said.flatMap((one) => one.causes);
  sortByStrength(causes);
  const undecided = said.flatMap((one) => one.undecided);
  const isCertain = said.some((one) => one.isCertain);
  return saying(causes, undecided, isCertain);
}

/** What speaks against an action of which no policy speaks for certain: a doubt allows nothing, and asks nobody. */
export const notSpokenOf: Cause = Object.freeze({
  kind: 'default',
  effect: 'deny',
  message: 'no policy that is surely in force says anything of it',
});
