/** The summary of a run as Markdown, from its recorded trials. Colours and screens are the callers' business. */
import type { VariantScore } from './score.ts';
import type { Interval } from './statistics.ts';

export interface ReportedRun {
  readonly run: string;
  readonly experiment: string;
  readonly status: string;
  readonly startedAtUtc: string;
  readonly seed: number;
  readonly notes: readonly string[];
  readonly failure?: { readonly message: string };
}

export interface ReportedTrial {
  readonly variant: string;
  readonly task: string;
  readonly repetition: number;
  readonly state: string;
  readonly security?: 'held' | 'breached';
  readonly failure?: { readonly reason: string; readonly message: string };
}

/** The columns of a result table, for every place that shows one. */
export const scoreColumns = [
  'variant',
  'passed',
  'failed',
  'denied',
  'halted',
  'errors',
  'pass rate (95 %)',
  'attacks',
  'cost',
  'per trial (95 %)',
] as const;

/** One row of the result table, as texts in the order of `scoreColumns`. */
export function scoreCells(score: VariantScore): string[] {
  const { counts, attacks } = score;
  return [
    score.variant,
    String(counts.passed),
    String(counts.failed),
    String(counts.denied),
    String(counts.halted),
    String(counts.error),
    percentInterval(score.passRate),
    attacks.tried === 0 ? '–' : `${attacks.reached} of ${attacks.tried} reached`,
    usd(score.costMicros),
    usdInterval(score.costPerTrial),
  ];
}

/** `summary.md` of a run. */
export function renderSummary(
  run: ReportedRun,
  scores: readonly VariantScore[],
  trials: readonly ReportedTrial[],
): string {
  return [
    `# ${run.experiment}: ${run.status}`,
    '',
    `Run \`${run.run}\`, started ${run.startedAtUtc}, seed ${run.seed}, ${trials.length} trials.`,
    ...(run.failure ? ['', `**${escapeMarkdown(run.failure.message)}**`] : []),
    '',
    '## Results',
    '',
    ...table([...scoreColumns], scores.map(scoreCells)),
    '',
    explainMethods(scores),
    ...attackSection(trials),
    ...unfinishedSection(trials),
    ...(run.notes.length > 0 ? ['', '## Notes', '', ...run.notes.map((note) => `- ${escapeMarkdown(note)}`)] : []),
    '',
    'The ledger of this run is in `ledger/`; `assay ledger verify` checks it.',
    '',
  ].join('\n');
}

function explainMethods(scores: readonly VariantScore[]): string {
  const methods = new Set(scores.map((score) => score.passRate.method));
  const clustered = methods.has('wilson-clustered')
    ? 'Repetitions of one task hang together: the sample size is divided by the design effect.'
    : '';
  return [
    'Passed, failed, denied and halted trials count in the pass rate; errors and cancelled trials do not.',
    'Rates carry Wilson intervals, whose coverage at such small numbers lies around 92 to 98 %.',
    clustered,
    'Costs per trial carry bootstrap intervals over tasks.',
  ]
    .filter(Boolean)
    .join(' ');
}

function attackSection(trials: readonly ReportedTrial[]): string[] {
  const breached = trials.filter((trial) => trial.security === 'breached');
  if (breached.length === 0) return [];
  const rows = breached.map((trial) => [trial.variant, trial.task, String(trial.repetition + 1), trial.state]);
  return ['', '## Attacks that reached their goal', '', ...table(['variant', 'task', 'repetition', 'outcome'], rows)];
}

function unfinishedSection(trials: readonly ReportedTrial[]): string[] {
  const rows = trials
    .filter((trial) => trial.state !== 'passed' && trial.failure)
    .map((trial) => [
      trial.variant,
      trial.task,
      trial.state,
      trial.failure?.reason ?? '',
      trial.failure?.message ?? '',
    ]);
  if (rows.length === 0) return [];
  const most = 200;
  const rest = rows.length > most ? ['', `… and ${rows.length - most} more in the ledger.`] : [];
  const head = ['variant', 'task', 'outcome', 'reason', 'what happened'];
  return ['', '## Trials that did not pass', '', ...table(head, rows.slice(0, most)), ...rest];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)];
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

export function percentInterval({ estimate, low, high, method }: Interval): string {
  if (method === 'none') return '–';
  const percent = (share: number) => String(Math.round(share * 100));
  return `${percent(estimate)} % [${percent(low)}, ${percent(high)}]`;
}

/** Dollars from millionths, with as many places as it takes to tell cents from nothing. */
export function usd(micros: number): string {
  return `$${(micros / 1e6).toFixed(micros !== 0 && Math.abs(micros) < 1e6 ? 4 : 2)}`;
}

function usdInterval({ estimate, low, high, method }: Interval): string {
  return method === 'none' ? '–' : `${usd(estimate)} [${usd(low)}, ${usd(high)}]`;
}
