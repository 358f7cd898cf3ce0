/** Whom a recorded decision wants to be told, and of what. Nobody is told here. */
import type { PlannedTrial } from '../engine/experiment/index.ts';
import type { EntryBody } from '../engine/ledger/index.ts';
import { obligationsOf } from '../engine/policy/index.ts';
import type { RunNotice } from '../protocol/index.ts';

/** The tool that was called, or what else was to be done. */
export const subjectOf = (body: Extract<EntryBody, { type: 'decision' | 'observation' }>): string =>
  body.type === 'decision' ? (body.action.tool ?? body.action.type) : String(body.signals?.['tool.name'] ?? '');

/** The notice of the entry's decision; null where nobody is to be told. The obligations of all its rules together give one. */
export function noticeOf(body: EntryBody, trial: PlannedTrial): Omit<RunNotice, 'run' | 'experiment'> | null {
  if (body.type !== 'decision' && body.type !== 'observation') return null;
  const { decision } = body;
  const to = decision === undefined ? [] : (obligationsOf(decision).notify ?? []);
  if (decision === undefined || to.length === 0) return null;
  const { causes, undecided = [] } = decision;
  const telling = [...causes, ...undecided].filter(({ obligations }) => obligations?.notify !== undefined);
  return {
    trial: trial.id,
    variant: trial.variant,
    task: trial.task.id,
    step: body.step,
    tool: subjectOf(body),
    final: decision.final,
    to,
    message: telling.map(({ message, id, policy }) => message ?? `${policy}/${id}`).join('; '),
  };
}
