/** `assay policy decide` and `explain`: one action, what is decided, and why. */
import colours from 'picocolors';
import {
  type Answer,
  decideIn,
  type ExplainedPart,
  explain,
  type Outcome,
  plainText,
  standingAt,
  type TestedPolicy,
} from '../../engine/backtest/index.ts';
import type { Effect } from '../../engine/documents/index.ts';
import type { Cause, CompiledPolicy } from '../../engine/policy/index.ts';
import { readOtherLedgers, unreadText } from '../../io/other-ledgers.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { Loader, shownPath } from './load.ts';
import { type Chosen, chosenSituation, type SituationOptions } from './situation.ts';

export interface DecideOptions extends SituationOptions {
  readonly json?: boolean;
}

export async function decide(references: readonly string[], options: DecideOptions): Promise<number> {
  const { outcome, loader, notes } = await decided(references, options);
  const { decision, signals, before } = outcome;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ decision, signals, before: before.map(({ effect }) => effect), notes }, null, 2)}\n`
      : `${[...notes, decisionText(outcome, loader)].join('\n')}\n`,
  );
  return exitCodes.done;
}

export async function explainDecision(references: readonly string[], options: DecideOptions): Promise<number> {
  const { outcome, policies, loader, notes } = await decided(references, options);
  const rules = explain(policies, outcome.facts, outcome.on);
  if (options.json) {
    const { decision, signals } = outcome;
    process.stdout.write(`${JSON.stringify({ decision, signals, rules, notes }, null, 2)}\n`);
    return exitCodes.done;
  }
  const lines = rules.flatMap(({ policy, id, effect, matches, because, place, parts }) => [
    '',
    `${markOf[matches]} ${paintEffect(effect)} ${colours.bold(`${policy}/${id}`)}  ${colours.dim(placeText(loader, place.digest, place.line))}`,
    `  ${matchText[matches]}: ${because}`,
    ...parts.flatMap((part) => partLines(part, 1)),
  ]);
  process.stdout.write(`${[...notes, decisionText(outcome, loader), ...lines].join('\n')}\n`);
  return exitCodes.done;
}

interface Decided {
  readonly outcome: Outcome;
  readonly policies: readonly TestedPolicy[];
  readonly loader: Loader;
  /** What is not known of the past that it is decided in. */
  readonly notes: readonly string[];
}

async function decided(references: readonly string[], options: DecideOptions): Promise<Decided> {
  const loader = await Loader.of(options.workspace);
  const { situation, policies: recordedPolicies, preset, recorded } = await chosenSituation(options, loader);
  const policies =
    references.length > 0
      ? loader.policies(references)
      : [...loader.policies(recordedPolicies), ...(preset === null ? [] : loader.presetBudgets(preset))];
  if (policies.length === 0) throw new CommandFailure(exitCodes.usage, 'say which policies apply, by name or path');
  const compiled = policies.map((policy) => policy.compiled);
  const { standing, notes } = recorded === undefined ? { standing: null, notes: [] } : await stood(recorded, compiled);
  const outcome = decideIn({ ...situation, ...(standing && { standing }) }, compiled);
  return { outcome, policies, loader, notes };
}

/** How budgets stood at a recorded step; those of the workspace also hang on other runs. */
async function stood(recorded: NonNullable<Chosen['recorded']>, policies: readonly CompiledPolicy[]) {
  const { run, workspaceRoot } = recorded;
  const isShared = run.isHaltedAsWorkspace || policies.some(({ budgets }) => budgets.some(isOfWorkspace));
  const others = isShared ? await readOtherLedgers(workspaceRoot, [run]) : null;
  const runs = [run, ...(others?.beside.runs ?? [])];
  const standing = standingAt(recorded, policies, runs, others?.beside.before);
  return { standing, notes: others?.unread.map(unreadText) ?? [] };
}

const isOfWorkspace = ({ per }: CompiledPolicy['budgets'][number]): boolean => per === 'workspace';

function decisionText({ decision, before }: Outcome, loader: Loader): string {
  const { effect, final, causes } = decision;
  const then = effect === final ? '' : `, and with nobody to answer ${paintEffect(final)}`;
  const past = before.length === 0 ? [] : [`  after ${before.map((one) => one.effect).join(', ')}`];
  return [`${paintEffect(effect)}${then}`, ...past, ...causes.map((cause) => `  ${causeText(cause, loader)}`)].join(
    '\n',
  );
}

/** A cause on one line, with where it is written. */
export function causeText({ kind, policy, id, effect, line, message, unknown }: Cause, loader: Loader): string {
  const name = [policy, id].filter((part) => part !== undefined).join('/');
  const file = loader.workspace.files.find(({ document }) => document.kind === 'Policy' && document.name === policy);
  const where = file === undefined || line === undefined ? '' : `  ${colours.dim(`${shownPath(file.path)}:${line}`)}`;
  const doubt = unknown === undefined ? '' : ` (${unknown.map((one) => `\`${one}\``).join(', ')} unknown)`;
  return `${paintEffect(effect)} by ${[kind, name].filter((part) => part !== '').join(' ')}${message === undefined ? '' : `: ${message}`}${doubt}${where}`;
}

const markOf: Readonly<Record<Answer, string>> = {
  yes: colours.green('✓'),
  no: colours.dim('✗'),
  unknown: colours.yellow('?'),
};
const matchText: Readonly<Record<Answer, string>> = {
  yes: 'it matches',
  no: 'it does not match',
  unknown: 'it cannot be told, which counts as a match unless it allows',
};

function partLines({ kind, text, answer, facts, parts }: ExplainedPart, depth: number): string[] {
  const read = Object.entries(facts).map(([name, value]) => `${name} = ${factText(name, value)}`);
  const label = kind === 'test' || parts.length > 0 ? text : `${kind} ${text}`;
  const shown = read.length > 0 ? `  ${colours.dim(read.join(', '))}` : '';
  return [
    `${'  '.repeat(depth)}${markOf[answer]} ${label}${shown}`,
    ...parts.flatMap((part) => partLines(part, depth + 1)),
  ];
}

function factText(name: string, value: ExplainedPart['facts'][string]): string {
  if (value === undefined || value === null) return 'does not apply';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'object') return `unknown: ${value.unknown}`;
  return plainText(name, value);
}

export function paintEffect(effect: Effect): string {
  const paint = { allow: colours.green, ask: colours.yellow, deny: colours.red, halt: colours.magenta }[effect];
  return paint(effect);
}

export function placeText(loader: Loader, digest: string, line: number | undefined): string {
  const file = loader.shownFile(digest);
  return file === null ? '' : line === undefined ? file : `${file}:${line}`;
}
