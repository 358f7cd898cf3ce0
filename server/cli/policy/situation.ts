/** The action that `assay policy decide` and `explain` are about: from options, from a file, or from a step of a recorded run. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  givenByRecord,
  type RecordedAttempt,
  RecordedRun,
  type RecordedStep,
  readCases,
  readGiven,
  type Situation,
} from '../../engine/backtest/index.ts';
import { asKind, type PolicyTest, readDocuments } from '../../engine/documents/index.ts';
import type { DecisionMade } from '../../engine/ledger/index.ts';
import { readBlobValue, readEntries } from '../../io/ledger/index.ts';
import { readPastPolicies } from '../../io/runs/index.ts';
import { findWorkspaceRoot } from '../../io/workspace/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { locateRun } from '../ledger.ts';
import { type Loader, toolsOf } from './load.ts';

export interface SituationOptions {
  readonly tool?: string;
  readonly input?: string;
  readonly type?: string;
  readonly signal?: readonly string[];
  readonly action?: string;
  readonly step?: string;
  readonly environment?: string;
  readonly workspace: string;
}

export interface Chosen {
  readonly situation: Situation;
  /** The policies that decided it when it was recorded, by name, but for what they include; none where it was not. */
  readonly policies: readonly string[];
  /** The preset whose budgets decided it, too. */
  readonly preset: string | null;
  /** Where it was recorded, and the root of the workspace then. */
  readonly recorded?: RecordedStep & { readonly workspaceRoot: string };
}

/** Reads what the options say. What they leave out is not made up, but for the time, which is now. */
export async function chosenSituation(options: SituationOptions, loader: Loader): Promise<Chosen> {
  const { step, action, tool, type, input } = options;
  if (tool !== undefined && type !== undefined)
    throw new CommandFailure(exitCodes.usage, `\`--tool\` calls a tool and \`--type ${type}\` does not; leave one out`);
  const ways = [step, action, tool ?? type].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw new CommandFailure(
      exitCodes.usage,
      ways.length === 0
        ? 'say which action: --tool NAME with --input, --action FILE, or --step RUN:TRIAL:STEP'
        : 'say the action in one way: --tool, --action or --step',
    );
  if (input !== undefined && (step ?? action) !== undefined)
    throw new CommandFailure(exitCodes.usage, '`--input` goes with `--tool` or `--type`; leave it out');
  const chosen =
    step !== undefined
      ? await recordedSituation(step, options.workspace, loader)
      : { situation: writtenSituation(await writtenCase(options), options, loader), policies: [], preset: null };
  return { ...chosen, situation: withSignals(chosen.situation, options.signal ?? []) };
}

async function writtenCase({ action: path, tool, type, input }: SituationOptions): Promise<object> {
  if (path === undefined)
    return {
      action: { ...(type && { type }), ...(tool && { tool }), ...(input && { input: readValue(input, '--input') }) },
    };
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT';
    throw new CommandFailure(
      missing ? exitCodes.usage : exitCodes.environment,
      missing ? `there is no file \`${path}\`` : `\`${path}\` cannot be read: ${error.message}`,
    );
  });
  const value = readValue(text, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandFailure(
      exitCodes.findings,
      `\`${path}\` holds no action; write \`action:\` and below it \`tool:\` and \`input:\``,
    );
  return 'action' in value ? value : { action: value };
}

/** YAML or JSON as a value. */
function readValue(text: string, where: string): unknown {
  const [document] = readDocuments(text);
  const fault = document?.problems.find(({ code }) => code.startsWith('yaml/'));
  if (fault !== undefined)
    throw new CommandFailure(exitCodes.usage, `\`${where}\` is neither JSON nor YAML: ${fault.message}`);
  return document?.value ?? null;
}

/** A case of a policy test without expectations: the same shape, checked in the same way. */
function writtenSituation(
  written: object,
  { action: file, environment, signal = [] }: SituationOptions,
  loader: Loader,
): Situation {
  // What is wrong with a file is found in it; what is wrong with options was typed wrong.
  const exitCode = file === undefined ? exitCodes.usage : exitCodes.findings;
  const { expect: _, name: __, ...rest } = written as Readonly<Record<string, unknown>>;
  const one = { name: 'action', ...rest, expect: { decision: 'deny' } };
  const head = { apiVersion: 'assay/v1', kind: 'PolicyTest', metadata: { name: 'action' } };
  const [document] = readDocuments(JSON.stringify({ ...head, spec: { policies: ['p'], cases: [one] } }));
  const test: PolicyTest | null = document === undefined ? null : asKind(document, 'PolicyTest');
  if (test === null)
    throw new CommandFailure(
      exitCode,
      [
        'this is no action that could be decided',
        ...(document?.problems ?? []).map(({ message }) => `  ${message}`),
      ].join('\n'),
    );
  const tools = toolsOf(loader.environment(environment));
  const [read] = readCases(test, tools);
  if (read?.situation == null)
    throw new CommandFailure(
      exitCode,
      (read?.faults ?? [])
        .map(({ message, help }) => (help === undefined ? message : `${message}; ${help}`))
        .join('\n'),
    );
  const isTimed = read.situation.given.has('time.utc') || signal.some((one) => one.startsWith('time.utc='));
  if (isTimed) return read.situation;
  return { ...read.situation, given: new Map([...read.situation.given, ['time.utc', Date.now()] as const]) };
}

/** Signals as `name=value`, which come on top. */
function withSignals(situation: Situation, signals: readonly string[]): Situation {
  if (signals.length === 0) return situation;
  const written = signals.map((one) => {
    const at = one.indexOf('=');
    if (at < 1) throw new CommandFailure(exitCodes.usage, `\`${one}\` is no signal; write it as NAME=VALUE`);
    const value = one.slice(at + 1);
    return [one.slice(0, at), /^\d{4}-\d{2}-\d{2}/.test(value) ? value : readValue(value, '--signal')] as const;
  });
  const { value, problems } = readGiven(Object.fromEntries(written));
  if (problems.length > 0)
    throw new CommandFailure(
      exitCodes.usage,
      problems.map(({ message, help }) => (help === undefined ? message : `${message}; ${help}`)).join('\n'),
    );
  return { ...situation, given: new Map([...situation.given, ...value]) };
}

/** An action as it was recorded, with all signals that it was decided on. */
async function recordedSituation(reference: string, folder: string, { workspace }: Loader): Promise<Chosen> {
  const [, run, trial, stepText] = /^(.+):([0-9a-f]+):(\d+)$/i.exec(reference) ?? [];
  if (run === undefined || trial === undefined)
    throw new CommandFailure(
      exitCodes.usage,
      `\`${reference}\` is no step of a run; write RUN:TRIAL:STEP, such as \`latest:4f1c:0\``,
    );
  const directory = locateRun(run, folder);
  const ledger = join(directory, 'ledger');
  const trials = new Set<string>();
  const recorded = new RecordedRun();
  let found: DecisionMade | null = null;
  for await (const entry of readEntries(ledger)) {
    recorded.add(entry);
    if (entry.type !== 'decision' || !entry.trial.startsWith(trial.toLowerCase())) continue;
    trials.add(entry.trial);
    if (entry.step === Number(stepText)) found = entry;
  }
  const name = basename(directory);
  if (trials.size > 1)
    throw new CommandFailure(
      exitCodes.usage,
      `\`${trial}\` is the beginning of ${trials.size} trials of the run \`${name}\`; write more of it`,
    );
  if (found === null)
    throw new CommandFailure(
      exitCodes.usage,
      trials.size === 0
        ? `the run \`${name}\` has decided nothing in a trial \`${trial}\``
        : `the trial \`${[...trials][0]}\` has no decision at step ${stepText}; steps count from 0`,
    );
  const { action, signals, step } = found;
  const isIts = (one: RecordedAttempt) => one.trial === found?.trial && one.attempt === found.attempt;
  const input = 'json' in action.input ? action.input.json : await readBlobValue(ledger, action.input.blob.slice(7));
  const attempt = recorded.attempts.findIndex(isIts);
  const variant = recorded.attempts[attempt]?.variant ?? '';
  const { documents } = recorded;
  const past =
    documents &&
    (await readPastPolicies(
      ledger,
      documents,
      ({ digest }) => workspace.files.find((file) => file.digest === digest)?.source ?? null,
    ));
  return {
    situation: { action: { type: action.type, input }, given: givenByRecord(signals) },
    policies: past?.listed(variant)?.map(({ name }) => name) ?? [],
    preset: past?.presetOf(variant) ?? null,
    recorded: { run: recorded, attempt, step, workspaceRoot: findWorkspaceRoot(directory) },
  };
}
