/** `assay policy replay`: what policies as they are now would have decided on the recorded actions of runs. */
import colours from 'picocolors';
import {
  type Backtest,
  backtest,
  type ChangedDecision,
  type Departure,
  type PastRun,
  type PastWorkspace,
  type PolicyNow,
  sharesWorkspace,
  type WhatIf,
} from '../../engine/backtest/index.ts';
import type { Effect } from '../../engine/documents/index.ts';
import { readOtherLedgers, unreadText } from '../../io/other-ledgers.ts';
import { PastRunReader } from '../../io/runs/index.ts';
import { findWorkspaceRoot } from '../../io/workspace/index.ts';
import { actionInWords, departureInWords, tallyInWords, totalInWords } from '../../language/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { locateRun } from '../ledger.ts';
import { plural, tableText } from '../terminal.ts';
import { paintEffect } from './decide.ts';
import { Loader, quoted } from './load.ts';

export interface ReplayOptions {
  readonly against: readonly string[];
  readonly variant?: readonly string[];
  readonly everywhere?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly workspace: string;
}

const listed = 20;

export async function replayPolicies(references: readonly string[], options: ReplayOptions): Promise<number> {
  const loader = await Loader.of(options.workspace);
  const named = loader.namedPolicies(references);
  const directories = new Set(options.against.map((run) => locateRun(run, options.workspace)));
  const byRoot = await readRuns([...directories], loader);
  const runs = [...byRoot.values()].flat();
  checkVariants(runs, options.variant ?? []);
  const policies = references.length === 0 ? loader.namedPolicies(namesThen(runs, loader)) : named;
  const strangers = references.length === 0 ? [] : policies.filter((policy) => !wasInForce(policy, runs));
  const unread: string[] = [];
  const workspaces: PastWorkspace[] = [];
  for (const [root, own] of byRoot) {
    const others = sharesWorkspace(own, policies)
      ? await readOtherLedgers(
          root,
          own.map(({ run }) => run),
        )
      : null;
    workspaces.push({ runs: own, ...(others && { beside: others.beside }) });
    unread.push(...(others?.unread.map(unreadText) ?? []));
  }
  const result = lastOf(
    backtest(workspaces, policies, {
      everywhere: options.everywhere === true || (policies.length > 0 && strangers.length === policies.length),
      ...(options.variant && { variants: options.variant }),
    }),
  );
  const notes = [
    ...strangersText(strangers, policies, options),
    ...pastText(runs, policies, result, loader),
    ...unread,
  ];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...result, notes }, null, 2)}\n`
      : `${[...notes, ...(notes.length > 0 ? [''] : []), report(result, options.all ?? false)].join('\n')}\n`,
  );
  return exitCodes.done;
}

/** When a run began, to the millisecond; ids tell only the second. */
const startOf = ({ run }: PastRun): number => run.events[0]?.atMs ?? 0;

/** The policies of the runs that the workspace still has. */
function namesThen(runs: readonly PastRun[], { workspace }: Loader): string[] {
  const then = new Set(runs.flatMap(({ run }) => run.documents?.policies ?? []).map(({ name }) => name));
  return [...then].filter((name) => workspace.documents('Policy').some((one) => one.name === name));
}

function lastOf<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The runs in these folders by the root of their workspace, those of each in the order in which they were made. */
async function readRuns(directories: readonly string[], loader: Loader): Promise<Map<string, PastRun[]>> {
  const byRoot = new Map<string, PastRun[]>();
  for (const directory of directories) {
    const past = await readRun(directory, loader);
    if (past === null) continue;
    const root = findWorkspaceRoot(directory);
    byRoot.set(root, [...(byRoot.get(root) ?? []), past]);
  }
  for (const runs of byRoot.values()) runs.sort((a, b) => startOf(a) - startOf(b) || (a.run.run < b.run.run ? -1 : 1));
  return byRoot;
}

/** Null for a run whose ledger has no beginning. */
async function readRun(directory: string, { workspace }: Loader): Promise<PastRun | null> {
  const reader = new PastRunReader(directory);
  try {
    await reader.readOn(({ digest }) => workspace.files.find((file) => file.digest === digest)?.source ?? null);
  } catch (error) {
    throw new CommandFailure(exitCodes.environment, error instanceof Error ? error.message : String(error));
  }
  return reader.past;
}

function checkVariants(runs: readonly PastRun[], variants: readonly string[]): void {
  const known = new Set(runs.flatMap(({ run }) => run.attempts.map(({ variant }) => variant)));
  for (const variant of variants)
    if (!known.has(variant))
      throw new CommandFailure(
        exitCodes.usage,
        `there is no variant \`${variant}\` in these runs; there are ${[...known].map(quoted).join(', ')}`,
      );
}

const nameOf = ({ source }: PolicyNow): string => source.policy.metadata.name;

function wasInForce(policy: PolicyNow, runs: readonly PastRun[]): boolean {
  return runs.some(({ run, policies }) => {
    const record = policies.recordOf({ name: nameOf(policy), path: policy.path });
    return record !== null && [...run.actionsByVariant.keys()].some((variant) => policies.applied(record, variant));
  });
}

function strangersText(
  strangers: readonly PolicyNow[],
  policies: readonly PolicyNow[],
  { everywhere = false }: ReplayOptions,
): string[] {
  if (strangers.length === 0) return [];
  const names = strangers.map((policy) => quoted(nameOf(policy))).join(', ');
  const isTried = everywhere || strangers.length === policies.length;
  const what = isTried
    ? 'tried beside the policies that were'
    : 'not tried; --everywhere tries it beside those that were';
  return [`${names} ${strangers.length === 1 ? 'was' : 'were'} in force in no trial of these runs: ${what}`];
}

/** Where the past is not what the workspace has now. */
function pastText(
  runs: readonly PastRun[],
  policies: readonly PolicyNow[],
  { notInForce, untold }: Backtest,
  { workspace }: Loader,
): string[] {
  const others = runs.flatMap(({ run, policies: past }) => {
    const replaced = policies.map((policy) => past.recordOf({ name: nameOf(policy), path: policy.path }));
    return (run.documents?.policies ?? []).filter((one) => !replaced.includes(one));
  });
  const changed = others.filter(({ digest }) => !workspace.files.some((file) => file.digest === digest));
  const lines = [...new Set(changed.map(({ name }) => name))].map((name) => {
    const isHere = workspace.documents('Policy').some((one) => one.name === name);
    const what = isHere ? 'has changed since these runs' : 'is in this workspace no more';
    return `${quoted(name)} ${what}; it takes part as it was recorded`;
  });
  for (const { run, missing, actions } of untold) {
    const why =
      missing.length === 0
        ? 'its documents cannot be read any more'
        : `the text of ${missing.map(({ name }) => quoted(name)).join(', ')} is gone, from its ledger and from here`;
    lines.push(`${plural(actions, 'action')} of run ${quoted(run)} cannot be tried: ${why}`);
  }
  if (notInForce.actions > 0)
    lines.push(
      `${plural(notInForce.actions, 'recorded action')} of trials in which ${policies.length === 1 ? 'it was' : 'they were'} not in force: not counted; --everywhere counts them`,
    );
  return lines;
}

function report(result: WhatIf, all: boolean): string {
  const { recorded, answered, assumed, before, after, changes, departures } = result;
  if (recorded === 0) return 'These runs have decided nothing of it yet.';
  const unanswered = recorded - answered;
  const lines = [
    totalInWords({ recorded, answered, changes: changes.length }),
    `  recorded:      ${effectsText(before)}`,
    `  would be:      ${effectsText(after)}`,
  ];
  if (unanswered > 0)
    lines.push(
      `  open:          ${unanswered}, because ${plural(departures.length, 'trial')} would have gone differently, or cannot be followed`,
    );
  if (assumed > 0)
    lines.push(
      `  with a caveat: ${assumed} depend on what trials share, as if those that would have gone differently had then done nothing more, and those that cannot be counted what they were recorded to do`,
    );
  return [...lines, '', ruleTable(result), '', changesText(changes, all), ...departuresText(departures)].join('\n');
}

const effectsText = (counts: Readonly<Record<Effect, number>>): string =>
  (['allow', 'ask', 'deny', 'halt'] as const)
    .filter((effect) => counts[effect] > 0)
    .map((effect) => `${counts[effect]} ${paintEffect(effect)}`)
    .join(', ') || 'none';

function ruleTable({ rules, recordedOn, answeredOn }: WhatIf): string {
  const rows = rules.map((tally) => [
    `${tally.policy}/${tally.id ?? tally.kind}`,
    paintEffect(tally.effect),
    String(tally.matched),
    tallyInWords(tally, { recordedOn, answeredOn }),
  ]);
  return tableText([['rule', 'effect', 'matches', 'what it would do'], ...rows], new Set([2]));
}

function changesText(changes: readonly ChangedDecision[], all: boolean): string {
  if (changes.length === 0) return 'No decision would have been another.';
  const shown = all ? changes : changes.slice(0, listed);
  const rows = shown.map(({ run, variant, task, trial, step, on, subject, targets, before, after, causes }) => [
    `${paintEffect(before)} → ${paintEffect(after)}`,
    actionInWords({ on, subject, targets }),
    variant,
    task,
    `${run}:${trial.slice(0, 8)}:${step}`,
    [...new Set(causes.map(({ policy, id, kind }) => id ?? `${kind} of ${policy}`))].join(', '),
  ]);
  const more = changes.length - shown.length;
  const rest = more > 0 ? [`… and ${more} more; --all lists them`] : [];
  return [tableText([['changed', 'action', 'variant', 'task', 'step', 'because of'], ...rows]), ...rest].join('\n');
}

function departuresText(departures: readonly Departure[]): string[] {
  const byReason = Map.groupBy(departures, ({ why }) => why);
  return [...byReason].map(([why, trials]) => {
    const open = trials.reduce((sum, { unanswered }) => sum + unanswered, 0);
    const many = plural(trials.length, 'trial');
    return colours.dim(
      why.startsWith('newly')
        ? `${many} would have gone differently, because ${departureInWords[why]}: what came after, ${plural(open, 'decision')}, nobody can tell`
        : `${many} cannot be followed to the end, because ${departureInWords[why]}: ${plural(open, 'decision')} stay open`,
    );
  });
}
