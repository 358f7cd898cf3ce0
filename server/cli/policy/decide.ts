/** `assay policy decide` and `explain`: one action, what is decided, and why. */
import colours from 'picocolors';
import {
  type Answer,
  decideIn,
  type ExplainedPart,
  explain,
  type Outcome,
  type TestedPolicy,
} from '../../engine/backtest/index.ts';
import type { Effect } from '../../engine/documents/index.ts';
import { type Cause, formatMicros, signalDeclarations } from '../../engine/policy/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { Loader, shownPath } from './load.ts';
import { chosenSituation, type SituationOptions } from './situation.ts';

export interface DecideOptions extends SituationOptions {
  readonly json?: boolean;
}

export async function decide(references: readonly string[], options: DecideOptions): Promise<number> {
  const { outcome, loader } = await decided(references, options);
  const { decision, signals, before } = outcome;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ decision, signals, before: before.map(({ effect }) => effect) }, null, 2)}\n`
      : `${decisionText(outcome, loader)}\n`,
  );
  return exitCodes.done;
}

export async function explainDecision(references: readonly string[], options: DecideOptions): Promise<number> {
  const { outcome, policies, loader } = await decided(references, options);
  const rules = explain(policies, outcome.facts, outcome.on);
  if (options.json) {
    const { decision, signals } = outcome;
    process.stdout.write(`${JSON.stringify({ decision, signals, rules }, null, 2)}\n`);
    return exitCodes.done;
  }
  const lines = rules.flatMap(({ policy, id, effect, matches, because, place, parts }) => [
    '',
    `${markOf[matches]} ${paintEffect(effect)} ${colours.bold(`${policy}/${id}`)}  ${colours.dim(placeText(loader, place.digest, place.line))}`,
    `  ${matchText[matches]}: ${because}`,
    ...parts.flatMap((part) => partLines(part, 1)),
  ]);
  process.stdout.write(`${[decisionText(outcome, loader), ...lines].join('\n')}\n`);
  return exitCodes.done;
}

async function decided(
  references: readonly string[],
  options: DecideOptions,
): Promise<{ outcome: Outcome; policies: readonly TestedPolicy[]; loader: Loader }> {
  const loader = await Loader.of(options.workspace);
  const { situation, policies: recorded } = await chosenSituation(options, loader);
  const policies = loader.policies(references.length > 0 ? references : recorded);
  if (policies.length === 0) throw new CommandFailure(exitCodes.usage, 'say which policies apply, by name or path');
  return {
    outcome: decideIn(
      situation,
      policies.map(({ compiled }) => compiled),
    ),
    policies,
    loader,
  };
}

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
  const type = signalDeclarations.find((declared) => declared.name === name)?.type;
  if (type === 'money' && typeof value === 'number') return formatMicros(value);
  return name === 'time.utc' && typeof value === 'number' ? new Date(value).toISOString() : String(value);
}

export function paintEffect(effect: Effect): string {
  const paint = { allow: colours.green, ask: colours.yellow, deny: colours.red, halt: colours.magenta }[effect];
  return paint(effect);
}

export function placeText(loader: Loader, digest: string, line: number | undefined): string {
  const file = loader.shownFile(digest);
  return file === null ? '' : line === undefined ? file : `${file}:${line}`;
}
