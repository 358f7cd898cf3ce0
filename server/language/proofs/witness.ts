/** Actions that show what is proved, as cases of policy tests. */
import type { Witness } from '../../engine/policy/prove/index.ts';
import { caseOf, caseText, type PolicyCase } from '../cases.ts';

/** Null for observations: a case would have to bring one. */
export function witnessCase(witness: Witness): PolicyCase | null {
  const { title, action, signals, byHand, decision, rules, on } = witness;
  return on === 'action' ? caseOf(title, { action, signals, byHand }, { decision, rules }) : null;
}

/** A case to paste under `cases:` of a policy test; null where none can show it. */
export function witnessText(witness: Witness | null): string | null {
  const made = witness && witnessCase(witness);
  return made && caseText(made);
}
