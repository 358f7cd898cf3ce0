/**
 * A trial as markdown: what the agent wanted, what was decided and why, what came back, what it cost.
 * Knows nothing of the editor; where pages are shown is the business of `trial-page.ts`.
 */
import { stringify } from 'yaml';
import type { OpenQuestion, Step, StepCause, TrialDetail } from '../../server/protocol/index.ts';
import { duration, money, plural, stepTitle, waitingTitle } from './words.ts';

/** The page of a trial; `policies` gives the link to a policy's file by the policy's name, `waiting` is what it asks people. */
export function trialPage(
  { summary, answer, steps }: TrialDetail,
  policies: ReadonlyMap<string, string>,
  waiting: readonly OpenQuestion[] = [],
): string {
  const security = { held: 'attack held off', breached: '**attack got through**' };
  const figures = [
    `**${summary.state}**`,
    ...(summary.security ? [security[summary.security]] : []),
    plural(steps.length, 'step'),
    ...(summary.denials > 0 ? [`${summary.denials} denied`] : []),
    money(summary.costMicros),
    duration(summary.durationMs),
  ];
  return [
    `# ${text(summary.task)}`,
    `${text(summary.variant)} · repetition ${summary.repetition + 1}`,
    figures.join(' · '),
    ...(summary.failure ? [`> **${text(summary.failure.reason)}** ${text(summary.failure.message)}`] : []),
    ...steps.map((step) => stepSection(step, policies)),
    ...waiting.map((question) => questionSection(question, policies)),
    ...(answer === undefined || answer === null ? [] : ['## Answer', value(answer)]),
    '',
  ].join('\n\n');
}

function stepSection(step: Step, policies: ReadonlyMap<string, string>): string {
  const { action, decision, failure, output, thought } = step;
  const parts = [`## ${text(stepTitle(step))}`];
  if (thought) parts.push(quote(thought));
  if (!isEmpty(action.input)) parts.push(value(action.input));
  if (decision) parts.push(...decision.causes.map((cause) => `- ${causeLine(cause, policies)}`));
  if (failure) parts.push(`**Failed**: ${text(failure.reason)}, ${text(failure.message)}`);
  if (!isEmpty(output)) parts.push('**Observation**', value(output));
  parts.push(`*${money(step.costMicros)} · ${duration(step.durationMs)}*`);
  return parts.join('\n\n');
}

function questionSection(question: OpenQuestion, policies: ReadonlyMap<string, string>): string {
  const { step, on, tool, input, output, thought, rules, approvedBy } = question;
  const parts = [`## ${text(waitingTitle(step, tool))}`];
  if (thought) parts.push(quote(thought));
  if (!isEmpty(input)) parts.push(value(input));
  if (on === 'observation') parts.push('**Observation, not shown to the agent yet**', value(output ?? null));
  parts.push(
    ...rules.map((rule) => `- ${causeLine(rule, policies)}${rule.who ? ` (${rule.who.map(text).join(' or ')})` : ''}`),
  );
  if (approvedBy.length > 0) parts.push(`Approved by ${approvedBy.map(text).join(', ')}, which is not enough.`);
  parts.push('*Answer it with the command `Assay: Answer a Waiting Action…`, or in the view **Runs**.*');
  return parts.join('\n\n');
}

function causeLine(cause: StepCause, policies: ReadonlyMap<string, string>): string {
  const file = cause.policy === undefined ? undefined : policies.get(cause.policy);
  const place = cause.line ? `:${cause.line}` : '';
  const link = file && `[${text(cause.policy ?? '')}${place}](${addressOf(file, cause.line)})`;
  const of = cause.policy === undefined ? '' : ` of ${link ?? `\`${cause.policy}\`${place}`}`;
  const what = cause.kind === 'default' ? 'default' : `${cause.kind}${cause.id ? ` \`${cause.id}\`` : ''}`;
  return `**${cause.effect}** by ${what}${of}${cause.message ? `: ${text(cause.message)}` : ''}${obligationsOf(cause)}`;
}

/** What the rule had people told and logged. */
function obligationsOf({ obligations: { log, notify = [] } = {} }: StepCause): string {
  const said = [
    ...(log ? [`logged as ${log}`] : []),
    ...(notify.length > 0 ? [`told ${notify.map(text).join(', ')}`] : []),
  ];
  return said.length > 0 ? ` *(${said.join('; ')})*` : '';
}

const addressOf = (file: string, line: number | undefined) => `${file}${line ? `#L${line}` : ''}`;

const isEmpty = (data: unknown) =>
  data === undefined || data === null || data === '' || (typeof data === 'object' && Object.keys(data).length === 0);

/** Plain text that markdown must not read as markup. */
const text = (plain: string) => plain.replaceAll(/[\\`*_{}[\]<>#|]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
const quote = (plain: string) =>
  plain
    .split('\n')
    .map((line) => `> ${text(line)}`)
    .join('\n');

/** Data as YAML in a fence that nothing in the data can close. */
function value(data: unknown): string {
  const body = typeof data === 'string' ? data : stringify(data, { lineWidth: 100 }).trimEnd();
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${typeof data === 'string' ? 'text' : 'yaml'}\n${body}\n${fence}`;
}
