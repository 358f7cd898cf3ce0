/**
 * Policies of today in place of their recorded selves, beside the other policies that applied then: what they would have
 * decided in recorded runs. Where they were not in force nothing is counted, unless that is asked for.
 */
import type { Document } from '../ledger/index.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import type { Beside } from './beside.ts';
import type { PastPolicies, Replaced } from './past-policies.ts';
import type { RecordedRun } from './recorded.ts';
import type { TestedPolicy } from './tested.ts';
import { type WhatIf, type WorkspaceRuns, whatIfInSteps } from './what-if.ts';

/** A policy as it is now, and where it stands: from the root of the workspace, with forward slashes. */
export interface PolicyNow extends TestedPolicy {
  readonly path: string;
}

export interface PastRun {
  readonly run: RecordedRun;
  readonly policies: PastPolicies;
}

/** Runs of one workspace: what they share, they share with no other. */
export interface PastWorkspace {
  readonly runs: readonly PastRun[];
  /** Its other ledgers; without them it is taken that it has none. */
  readonly beside?: Pick<Beside, 'before' | 'runs'>;
}

export interface BacktestOptions {
  /** Whether to count trials in which a policy was not in force, too: it then applies beside those that were. */
  readonly everywhere?: boolean;
  /** Only trials of these variants. */
  readonly variants?: readonly string[];
}

export interface Backtest extends WhatIf {
  /** What was left out because none of the policies was in force: actions, and the runs that have no other. */
  readonly notInForce: { readonly runs: readonly string[]; readonly actions: number };
  /** What was left out because it cannot be told which policies applied, or a text of them is gone. */
  readonly untold: readonly { readonly run: string; readonly missing: readonly Document[]; readonly actions: number }[];
}

const asRecorded: Replaced = [];

/** Whether what is decided hangs on budgets that the whole workspace shares, and so on its other runs. */
export function sharesWorkspace(runs: readonly PastRun[], policies: readonly TestedPolicy[]): boolean {
  const has = ({ compiled }: TestedPolicy) => compiled.budgets.some(({ per }) => per === 'workspace');
  return policies.some(has) || runs.some(({ run, policies: past }) => past.sharesWorkspace || run.isHaltedAsWorkspace);
}

/**
 * Yields every few milliseconds, and at last returns what it has found, by workspace; the runs of one are taken in the order in
 * which they were made.
 */
export function* backtest(
  workspaces: readonly PastWorkspace[],
  policies: readonly PolicyNow[],
  options: BacktestOptions = {},
): Generator<void, Backtest> {
  const left: LeftOut = { notInForce: { runs: [], actions: 0 }, untold: [] };
  const prepared: WorkspaceRuns[] = [];
  for (const workspace of workspaces) prepared.push(yield* prepare(workspace, policies, options, left));
  return { ...(yield* whatIfInSteps(prepared)), ...left };
}

interface LeftOut {
  readonly notInForce: { readonly runs: string[]; actions: number };
  readonly untold: Backtest['untold'][number][];
}

/** What a workspace's runs are decided by; what cannot be, or need not, is added to `left`. */
function* prepare(
  { runs, beside }: PastWorkspace,
  policies: readonly PolicyNow[],
  { everywhere = false, variants }: BacktestOptions,
  { notInForce, untold }: LeftOut,
): Generator<void, WorkspaceRuns> {
  const byRun = new Map<string, ReadonlyMap<string, readonly CompiledPolicy[] | null>>();
  for (const { run, policies: past } of runs) {
    const replaced: Replaced = policies.flatMap((policy) => {
      const record = past.recordOf({ name: policy.source.policy.metadata.name, path: policy.path });
      return record === null ? [] : [{ ...policy, record }];
    });
    const ofVariant = new Map<string, readonly CompiledPolicy[] | null>();
    let [isInForce, gone] = [false, 0];
    for (const [variant, actions] of run.actionsByVariant) {
      ofVariant.set(variant, null);
      if (variants?.includes(variant) === false) continue;
      const inForce = replaced.filter(({ record }) => past.applied(record, variant));
      const together = past.of(variant, replaced);
      isInForce ||= inForce.length > 0;
      if (together === null) gone += actions;
      else if (inForce.length === 0 && !everywhere) notInForce.actions += actions;
      else {
        const added = policies.filter(({ source }) => !inForce.some((one) => one.source === source));
        // What has become a constitution is there already.
        const all = new Set([...together, ...added.map(({ compiled }) => compiled)]);
        ofVariant.set(variant, everywhere ? [...all] : together);
      }
      yield;
    }
    if (gone > 0) untold.push({ run: run.run, missing: past.missing, actions: gone });
    else if (!isInForce && run.actions > 0) notInForce.runs.push(run.run);
    byRun.set(run.run, ofVariant);
  }
  const pastOf = new Map(runs.map(({ run, policies: past }) => [run.run, past]));
  return {
    runs: [...runs.map(({ run }) => run), ...(beside?.runs ?? [])],
    policiesFor: ({ variant }, run) => byRun.get(run)?.get(variant) ?? null,
    recordedFor: ({ variant }, run) => pastOf.get(run)?.of(variant, asRecorded) ?? null,
    ...(beside && { before: beside.before }),
  };
}
