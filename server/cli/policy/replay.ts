/** `assay policy replay`: what policies would have decided on the recorded actions of runs. */
import { join } from 'node:path';
import colours from 'picocolors';
import { type ChangedDecision, type Departure, RecordedRun, type WhatIf, whatIf } from '../../engine/backtest/index.ts';
import type { Effect } from '../../engine/documents/index.ts';
import { readEntries } from '../../io/ledger/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { locateRun } from '../ledger.ts';
import { plural, tableText } from '../terminal.ts';
import { paintEffect } from './decide.ts';
import { Loader, quoted } from './load.ts';

export interface ReplayOptions {
  readonly against: readonly string[];
  readonly variant?: readonly string[];
  readonly all?: boolean;
  readonly json?: boolean;
  readonly workspace: string;
}

const listed = 20;

export async function replayPolicies(references: readonly string[], options: ReplayOptions): Promise<number> {
  const loader = await Loader.of(options.workspace);
  const policies = loader.policies(references).map(({ compiled }) => compiled);
  const runs: RecordedRun[] = [];
  for (const directory of new Set(options.against.map((run) => locateRun(run, options.workspace))))
    runs.push(await readRun(directory));
  const { variant: variants } = options;
  const known = new Set(runs.flatMap(({ attempts }) => attempts.map(({ variant }) => variant)));
  for (const variant of variants ?? [])
    if (!known.has(variant))
      throw new CommandFailure(
        exitCodes.usage,
        `there is no variant \`${variant}\` in these runs; there are ${[...known].map(quoted).join(', ')}`,
      );
  const result = whatIf(runs, ({ variant }) =>
    variants === undefined || variants.includes(variant) ? policies : null,
  );
  process.stdout.write(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : `${report(result, options.all ?? false)}\n`,
  );
  return exitCodes.done;
}

async function readRun(directory: string): Promise<RecordedRun> {
  const run = new RecordedRun();
  try {
    for await (const entry of readEntries(join(directory, 'ledger'))) run.add(entry);
  } catch (error) {
    throw new CommandFailure(exitCodes.environment, error instanceof Error ? error.message : String(error));
  }
  return run;
}

function report(result: WhatIf, all: boolean): string {
  const { recorded, answered, assumed, before, after, changes, departures } = result;
  if (recorded === 0) return 'These runs have decided nothing yet.';
  const unanswered = recorded - answered;
  const lines = [
    `${plural(recorded, 'recorded decision')}, of which the past can answer for ${answered}`,
    `  recorded:      ${effectsText(before)}`,
    `  would be:      ${effectsText(after)}`,
  ];
  if (unanswered > 0)
    lines.push(
      `  open:          ${unanswered}, because ${plural(departures.length, 'trial')} would have gone differently before`,
    );
  if (assumed > 0)
    lines.push(
      `  with a caveat: ${assumed} depend on what trials share, as if those trials had then done nothing more`,
    );
  return [...lines, '', ruleTable(result), '', changesText(changes, all), ...departuresText(departures)].join('\n');
}

const effectsText = (counts: Readonly<Record<Effect, number>>): string =>
  (['allow', 'ask', 'deny', 'halt'] as const)
    .filter((effect) => counts[effect] > 0)
    .map((effect) => `${counts[effect]} ${paintEffect(effect)}`)
    .join(', ') || 'none';

function ruleTable({ rules }: WhatIf): string {
  const rows = rules.map(({ kind, policy, id, effect, matched, decided, newly }) => [
    `${policy}/${id ?? kind}`,
    paintEffect(effect),
    String(matched),
    String(decided),
    String(newly),
  ]);
  return tableText([['rule', 'effect', 'matches', 'decides', 'newly'], ...rows], new Set([2, 3, 4]));
}

function changesText(changes: readonly ChangedDecision[], all: boolean): string {
  if (changes.length === 0) return 'No decision would have been another.';
  const shown = all ? changes : changes.slice(0, listed);
  const rows = shown.map(({ run, variant, task, trial, step, on, subject, before, after, causes }) => [
    `${paintEffect(before)} → ${paintEffect(after)}`,
    on === 'action' ? subject : `what ${subject} gave back`,
    variant,
    task,
    `${run}:${trial.slice(0, 8)}:${step}`,
    [...new Set(causes.map(({ policy, id, kind }) => id ?? `${kind} of ${policy}`))].join(', '),
  ]);
  const more = changes.length - shown.length;
  const rest = more > 0 ? [`… and ${more} more; --all lists them`] : [];
  return [tableText([['changed', 'action', 'variant', 'task', 'step', 'because of'], ...rows]), ...rest].join('\n');
}

const departureWords: Readonly<Record<Departure['why'], string>> = {
  'newly-allowed': 'were allowed something that had been refused',
  'newly-denied': 'were refused something that had been allowed',
  'newly-halted': 'were halted',
  unknown: 'got something back that a rule would have had to look into',
};

function departuresText(departures: readonly Departure[]): string[] {
  const byReason = Map.groupBy(departures, ({ why }) => why);
  return [...byReason].map(([why, trials]) => {
    const open = trials.reduce((sum, { unanswered }) => sum + unanswered, 0);
    return colours.dim(
      `${plural(trials.length, 'trial')} ${departureWords[why]}: what came after, ${plural(open, 'decision')}, nobody can tell`,
    );
  });
}
