/** How a run is shown while it goes: lines that overwrite each other on a terminal, now and then a line elsewhere. */
import colours from 'picocolors';
import type { RunChange, TrialState, TrialSummary } from '../protocol/index.ts';
import { bar, liveLines, plural } from './terminal.ts';

export interface ProgressDisplay {
  update(change: RunChange): void;
  end(): void;
}

const plainEveryMs = 5_000;

export function progressDisplay(stream: NodeJS.WriteStream, silent: boolean): ProgressDisplay {
  if (silent) return { update: () => {}, end: () => {} };
  return stream.isTTY ? livingDisplay(stream) : plainDisplay(stream);
}

function livingDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  const lines = liveLines(stream);
  const trials = new Map<string, TrialSummary>();
  return {
    update: ({ summary, trials: changed }) => {
      for (const trial of changed) trials.set(trial.id, trial);
      const { done, text } = progressOf(summary.counts, summary.trials);
      const seconds = ((Date.now() - summary.startedAtMs) / 1000).toFixed(0);
      const share = summary.trials === 0 ? 1 : done / summary.trials;
      const variants = [...Map.groupBy(trials.values(), (trial) => trial.variant)].map(([variant, own]) =>
        variantLine(variant, own),
      );
      lines.show([
        `${colours.bold(summary.experiment)}  ${bar(share, 24)}  ${text}  ${colours.dim(`${seconds} s`)}`,
        ...variants,
      ]);
    },
    end: lines.clear,
  };
}

function variantLine(variant: string, trials: readonly TrialSummary[]): string {
  const marks = trials
    .filter((trial) => trial.state !== 'planned')
    .map((trial) => (trial.security === 'breached' ? colours.red('!') : (markOf[trial.state]?.() ?? '·')))
    .join('');
  return `  ${variant.padEnd(24)} ${marks}`;
}

const markOf: Partial<Record<TrialState, () => string>> = {
  running: () => colours.dim('…'),
  passed: () => colours.green('✓'),
  failed: () => colours.yellow('✗'),
  denied: () => colours.magenta('⊘'),
  halted: () => colours.magenta('■'),
  error: () => colours.red('E'),
  cancelled: () => colours.dim('-'),
};

function plainDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let shownAtMs = 0;
  let last = '';
  return {
    update: ({ summary }) => {
      const now = Date.now();
      const { text } = progressOf(summary.counts, summary.trials);
      const line = `${summary.experiment}: ${text}`;
      if (line === last || (summary.status === 'running' && now - shownAtMs < plainEveryMs)) return;
      shownAtMs = now;
      last = line;
      stream.write(`${line}\n`);
    },
    end: () => {},
  };
}

const finished: readonly TrialState[] = ['passed', 'failed', 'denied', 'halted', 'error', 'cancelled'];

function progressOf(
  counts: Readonly<Partial<Record<TrialState, number>>>,
  total: number,
): { done: number; text: string } {
  const done = finished.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const parts = finished.filter((state) => (counts[state] ?? 0) > 0).map((state) => `${counts[state]} ${state}`);
  return { done, text: `${done} of ${plural(total, 'trial')}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}` };
}
