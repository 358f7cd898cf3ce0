/** The kernel of one run: it knows the variants with their policies and opens a kernel for each trial. */
import { type CompiledPolicy, type SignalName, signalsRead } from '../policy/index.ts';
import type { Clock } from '../ports.ts';
import { reopenWorkspace } from './accounts.ts';
import {
  createWorkspace,
  openScope,
  type ScopeSnapshot,
  type ScopeState,
  snapshotOf,
  type Workspace,
} from './scope.ts';
import { type SignalExtractor, SignalMaker } from './signals.ts';
import { GovernedTrial, type TrialKernel } from './trial.ts';

export interface GovernedVariant {
  readonly role: string;
  /** Whether its actions come from nodes, though nobody may say from which; left out, they do not. */
  readonly hasNodes?: boolean;
  /** All that apply to the variant; one that is listed twice counts once. */
  readonly policies: readonly CompiledPolicy[];
}

export interface KernelOptions {
  readonly variants: ReadonlyMap<string, GovernedVariant>;
  /** Policies that apply to every variant. Those that variants list and that are a constitution are added by themselves. */
  readonly constitution?: readonly CompiledPolicy[];
  /** Without it, time is unknown, and so are rates and elapsed times. */
  readonly clock?: Clock;
  /** What this run shares with others; left out, it shares nothing. */
  readonly workspace?: Workspace;
  /** The counts and budgets of this run as they were kept. */
  readonly kept?: KernelSnapshot;
  /** Asked after the kernel's own, so that theirs is the last word: for trying policies out, where nothing is performed. */
  readonly extractors?: readonly SignalExtractor[];
}

/** Counts and budgets of a run as plain JSON. Trials under way are not in it: what they reserved counts as spent. */
export interface KernelSnapshot {
  readonly version: 1;
  readonly elapsedMs: number;
  readonly run: ScopeSnapshot;
  /** By variant. */
  readonly agents: Readonly<Record<string, ScopeSnapshot>>;
}

export interface Kernel {
  /** Throws when the run has no such variant or the trial is open already. */
  openTrial(trial: {
    readonly trial: string;
    readonly variant: string;
    /** What it had counted before; nothing when left out. */
    readonly kept?: ScopeSnapshot;
  }): TrialKernel;
  snapshot(): KernelSnapshot;
}

/**
 * One for a run: budgets per variant and per run live as long as it does, and go on from `kept`. A workspace that was
 * halted by a budget goes on when that has a new window or a higher limit. Throws a `RangeError` when `kept` is no snapshot.
 */
export function createKernel({
  variants,
  constitution = [],
  clock,
  workspace,
  kept,
  extractors = [],
}: KernelOptions): Kernel {
  if (kept !== undefined && (kept.version !== 1 || !(kept.elapsedMs >= 0)))
    throw new RangeError('the counts that were kept have another form');
  const shared = (workspace ?? createWorkspace()).state;
  const runScope = openScope(kept?.run);
  const agentScopes = new Map<string, ScopeState>([...variants.keys()].map((id) => [id, openScope(kept?.agents[id])]));
  const everywhere = [...constitution, ...[...variants.values()].flatMap((variant) => variant.policies)].filter(
    (policy) => policy.constitution || constitution.includes(policy),
  );
  const policies = new Map(
    [...variants].map(([id, variant]) => [id, withoutRepetition([...everywhere, ...variant.policies])]),
  );
  reopenWorkspace(shared, [...policies.values()].flat(), clock === undefined ? null : clock.nowMs());
  const makers = new Map(
    [...variants].map(([id, { role, hasNodes = false }]) => [
      id,
      new SignalMaker({ id, role, hasNodes }, readBy(policies.get(id) ?? [])),
    ]),
  );
  const open = new Set<string>();
  const startedAtMs = clock === undefined ? 0 : clock.monotonicMs() - (kept?.elapsedMs ?? 0);
  return {
    openTrial({ trial, variant: id, kept: keptOfTrial }) {
      const maker = makers.get(id);
      const agentScope = agentScopes.get(id);
      if (maker === undefined || agentScope === undefined) throw new Error(`the run has no variant \`${id}\``);
      if (open.has(trial)) throw new Error(`trial \`${trial}\` is open already`);
      const governed = new GovernedTrial({
        trial,
        variant: id,
        maker,
        policies: policies.get(id) ?? [],
        scopes: { trial: openScope(keptOfTrial), agent: agentScope, run: runScope, workspace: shared },
        time: clock === undefined ? null : { clock, runStartedAtMs: startedAtMs },
        extractors,
        onClose: () => open.delete(trial),
      });
      open.add(trial);
      return governed;
    },
    snapshot: () => ({
      version: 1,
      elapsedMs: clock === undefined ? (kept?.elapsedMs ?? 0) : clock.monotonicMs() - startedAtMs,
      run: snapshotOf(runScope),
      agents: Object.fromEntries([...agentScopes].map(([id, scope]) => [id, snapshotOf(scope)])),
    }),
  };
}

function readBy(policies: readonly CompiledPolicy[]): ReadonlySet<SignalName> {
  const parts = policies.flatMap(({ rules, budgets, fallback }) => [
    ...rules,
    ...budgets,
    ...(fallback ? [fallback] : []),
  ]);
  return new Set(signalsRead(parts.map(({ formula }) => formula)));
}

/** Each once. The same text in another folder may include other policies, and so be another. */
const withoutRepetition = (policies: readonly CompiledPolicy[]): CompiledPolicy[] => [
  ...new Map(policies.map((policy) => [`${policy.digests.join()}/${policy.name}`, policy])).values(),
];
