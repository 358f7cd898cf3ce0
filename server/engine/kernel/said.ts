/** What policies say of an action, asked in the same way by whoever decides and by whoever tries policies out. Knows no budgets. */
import { type Cause, type CompiledPolicy, type Facts, sortByStrength } from '../policy/index.ts';

/** What rules and defaults say, strongest first, and those that would if more were known. */
export interface Said {
  readonly causes: Cause[];
  readonly undecided: Cause[];
  /** Whether any policy speaks for certain. */
  readonly isCertain: boolean;
}

export function askPolicies(policies: readonly CompiledPolicy[], facts: Facts): Said {
  const causes: Cause[] = [];
  const undecided: Cause[] = [];
  let isCertain = false;
  for (const policy of policies) if (policy.evaluate(facts, causes, undecided)) isCertain = true;
  // Each policy gives its own in order.
  if (policies.length > 1) sortByStrength(causes);
  return { causes, undecided, isCertain };
}

/** What speaks against an action of which no policy speaks for certain: a doubt allows nothing, and asks nobody. */
export const notSpokenOf: Cause = Object.freeze({
  kind: 'default',
  effect: 'deny',
  message: 'no policy that is surely in force says anything of it',
});
