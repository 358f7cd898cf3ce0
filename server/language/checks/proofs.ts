/**
 * What is proved of a policy, as findings in its document: rules that never match, have no effect or contradict each other,
 * budgets that cannot do what they say. It proves nothing itself, and leaves out what good policies are full of.
 */

import { type CompiledPolicy, compilePolicy, type PolicySource } from '../../engine/policy/index.ts';
import {
  type DeclaredTool,
  horizonFrom,
  type Place,
  type Finding as ProofFinding,
  type Prover,
} from '../../engine/policy/prove/index.ts';
import type { ZoneOffsets } from '../../engine/ports.ts';
import type { Finding } from './finding.ts';

export interface ProofSetting {
  /** Kept with the document, so that after an edit only what changed is proved anew. */
  readonly prover: Prover;
  /** In milliseconds UTC; what is proved of time is proved of the 400 days from this day on. */
  readonly nowMs: number;
  readonly zones?: ZoneOffsets | null;
  /** How the policies that it includes are found. */
  readonly include?: PolicySource['include'];
  /** Others that apply together with it. */
  readonly others?: readonly CompiledPolicy[];
  /** Of the environment that it applies in; null where that is not known. */
  readonly tools?: readonly DeclaredTool[] | null;
}

const severities = {
  'proof/never-matches': 'warning',
  'proof/shadowed': 'warning',
  'proof/redundant': 'info',
  'proof/contradictory': 'info',
  'proof/budget-infeasible': 'warning',
} as const;

/** Findings from the document's root; none for a policy that does not compile. Never throws. */
export function checkProofs(policy: PolicySource['policy'], setting: ProofSetting): readonly Finding[] {
  const { prover, nowMs, zones, include, others = [], tools = null } = setting;
  // What is written in this document is known by this digest, which no document has.
  const { value } = compilePolicy({
    policy,
    digest: here,
    lineOf: () => undefined,
    ...(include && { include }),
    ...(zones && { zones }),
  });
  if (value === null) return [];
  const { findings, undecided } = prover.prove({ policies: [value, ...others], tools, horizon: horizonFrom(nowMs) });
  return [
    ...findings.filter(isForAuthors).map(asFinding),
    ...undecided
      .filter(({ place }) => place.digest === here)
      .map(
        ({ place, message }): Finding => ({
          code: 'proof/not-decided',
          severity: 'info',
          path: [...place.path, 'id'],
          message,
        }),
      ),
  ];
}

const here = 'here';

function isForAuthors({ code, places, budget }: ProofFinding): boolean {
  const [first] = places;
  if (first?.digest !== here) return false;
  // Another policy may be there today and gone tomorrow; children of budgets are told of by `meaning/children-exceed-parent`.
  if (code === 'proof/redundant') return places.every(({ digest }) => digest === here);
  return budget !== 'children';
}

function asFinding({ code, places, message, unlessUnknown }: ProofFinding): Finding {
  const [first, ...others] = places;
  const related = others
    .filter(({ digest }) => digest === here)
    .map((place) => ({ path: idOf(place), message: `\`${place.id}\`` }));
  const isIdle = code === 'proof/shadowed' || (code === 'proof/never-matches' && unlessUnknown === undefined);
  return {
    code,
    severity: unlessUnknown === undefined ? severities[code] : 'info',
    path: first === undefined ? [] : idOf(first),
    message,
    ...(related.length > 0 && { related }),
    ...(isIdle && { tag: 'unnecessary' as const }),
  };
}

const idOf = ({ path }: Place) => [...path, 'id'];
