/** The kernel of one run: it knows the variants with their policies and opens a kernel for each trial. */
import type { CompiledPolicy } from '../policy/index.ts';
import { newScope, type ScopeState } from './accounts.ts';
import { GovernedTrial, type TrialKernel } from './trial.ts';

export interface GovernedVariant {
  readonly role: string;
  /** All that apply to the variant; one that is listed twice counts once. */
  readonly policies: readonly CompiledPolicy[];
}

export interface Kernel {
  /** Throws when the run has no such variant or the trial is open already. */
  openTrial(trial: { readonly trial: string; readonly variant: string }): TrialKernel;
}

/** One for a run: budgets per variant and per run live as long as it does. */
export function createKernel({ variants }: { readonly variants: ReadonlyMap<string, GovernedVariant> }): Kernel {
  const run = { costMicros: 0 };
  const runScope = newScope();
  const agentScopes = new Map<string, ScopeState>([...variants.keys()].map((id) => [id, newScope()]));
  const policies = new Map([...variants].map(([id, variant]) => [id, withoutRepetition(variant.policies)]));
  const open = new Set<string>();
  return {
    openTrial({ trial, variant: id }) {
      const variant = variants.get(id);
      const agentScope = agentScopes.get(id);
      if (variant === undefined || agentScope === undefined) throw new Error(`the run has no variant \`${id}\``);
      if (open.has(trial)) throw new Error(`trial \`${trial}\` is open already`);
      const governed = new GovernedTrial({
        trial,
        agent: { id, role: variant.role },
        policies: policies.get(id) ?? [],
        scopes: { trial: newScope(), agent: agentScope, run: runScope },
        run,
        onClose: () => open.delete(trial),
      });
      open.add(trial);
      return governed;
    },
  };
}

const withoutRepetition = (policies: readonly CompiledPolicy[]): CompiledPolicy[] => [
  ...new Map(policies.map((policy) => [policy.digest, policy])).values(),
];
