/**
 * The lines that rules want to be written of decisions, for people and their tools: `decisions.log` beside the ledger of a run.
 * The ledger is the record; this is what of it somebody wanted to find at once.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedTrial } from '../engine/experiment/index.ts';
import type { EntryBody } from '../engine/ledger/index.ts';
import { type Cause, obligationsOf } from '../engine/policy/index.ts';
import { subjectOf } from './notices.ts';

export class DecisionLog {
  readonly #path: string;
  #isFaulty = false;

  /** `directory` is the run's. */
  constructor(directory: string) {
    this.#path = join(directory, 'decisions.log');
  }

  /** Writes the line of an entry's decision, where a rule wants one. Never throws: what is lost here is in the ledger. */
  add(body: EntryBody, trial: PlannedTrial, atMs: number): void {
    const line = lineOf(body, trial, atMs);
    if (line === null) return;
    try {
      appendFileSync(this.#path, `${line}\n`);
    } catch (error) {
      if (!this.#isFaulty)
        console.error(`\`${this.#path}\` cannot be written, so that lines are missing there:`, error);
      this.#isFaulty = true;
    }
  }
}

/** Time, weight, what was decided of what, by which rules and why, and where it is found. */
function lineOf(body: EntryBody, { id, variant, task }: PlannedTrial, atMs: number): string | null {
  if ((body.type !== 'decision' && body.type !== 'observation') || body.decision === undefined) return null;
  const { causes, undecided = [], final } = body.decision;
  const { log } = obligationsOf(body.decision);
  if (log === undefined) return null;
  const wanting = [...causes, ...undecided].filter(({ obligations }) => obligations?.log !== undefined);
  const why = wanting.map(reasonOf).join('; ');
  const time = new Date(atMs).toISOString();
  const what = body.type === 'decision' ? final : `${final} what came of`;
  const line = `${time} ${log} ${what} ${subjectOf(body)}: ${why} (${variant} on ${task.id}, ${id.slice(0, 12)}:${body.step})`;
  // One line each, whatever an author has written.
  return line.replace(/\p{Cc}+/gu, ' ');
}

const reasonOf = ({ policy, id, message }: Cause): string =>
  [[policy, id].filter(Boolean).join('/'), ...(message === undefined ? [] : [message])].join(': ');
