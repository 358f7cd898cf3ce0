/**
 * The thread that keeps what the ledgers of workspaces have recorded, and tries edited policies on it, so that neither reading
 * nor trying ever holds up typing. It works in slices: a question that is taken back is left off within milliseconds.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import {
  type Backtest,
  backtest,
  type ChangedDecision,
  type Departure,
  type PastRun,
  type PlacedText,
  PolicyTexts,
  sharesWorkspace,
  testedPolicy,
} from '../engine/backtest/index.ts';
import type { Document } from '../engine/ledger/index.ts';
import { type OtherLedgers, readOtherLedgers, unreadText } from '../io/other-ledgers.ts';
import { ledgerSizeOf, PastRunReader, runDirectory, runIds } from '../io/runs/index.ts';
import { decode, documentsOf } from '../io/workspace/index.ts';
import { workspaceLedger } from '../io/workspace-counts.ts';
import { createZoneOffsets } from '../io/zones.ts';
import { actionInWords, departureInWords, tallyInWords, totalInWords } from '../language/index.ts';
import type { PolicyWhatIf, WhatIfChange, WhatIfReport } from '../protocol/index.ts';

export interface WhatIfQuestion {
  readonly id: number;
  readonly root: string;
  /** The file whose policies are tried, from the root. */
  readonly path: string;
  /** That file first, and those that its policies include. The digests are not used. */
  readonly texts: readonly PlacedText[];
  /** Whether trials count in which a policy was not in force. */
  readonly everywhere: boolean;
}

export type ToWhatIfThread = { readonly ask: WhatIfQuestion } | { readonly cancel: number };

export interface WhatIfAnswer {
  readonly id: number;
  /** Whether there is more to be read: asked again, the answer is about more runs. */
  readonly isUnfinished: boolean;
  readonly report: Pick<WhatIfReport, 'runs' | 'actions' | 'isCut'> & {
    /** A policy that has mistakes is left out. */
    readonly policies: readonly PolicyWhatIf[];
  };
}

/** About 1 kB for each, as measured over the example's runs. */
const mostActions = 100_000;
/** What a list of changes may hold; whoever wants all of them asks `assay policy replay`. */
const mostChanges = 1_000;
const sliceMs = 8;
/** How long is read before what has been read is answered for; the newest runs come first. */
const readingMs = 1_000;

const zones = createZoneOffsets();
const cancelled = new Set<number>();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The newest runs of one workspace, as many as may be held. */
class PastRuns {
  readonly #root: string;
  readonly #readers = new Map<string, PastRunReader>();
  isCut = false;
  /** Whether there is more to be read that may be held. */
  isUnfinished = false;
  notes: readonly string[] = [];
  #reading: Promise<void> = Promise.resolve();
  #others: { readonly key: string; readonly read: Promise<OtherLedgers> } | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** In the order in which they were made. */
  get all(): readonly PastRun[] {
    return [...this.#readers.values()].flatMap(({ past }) => past ?? []).sort((a, b) => startOf(a) - startOf(b));
  }

  get actions(): number {
    return [...this.#readers.values()].reduce((sum, { run }) => sum + run.actions, 0);
  }

  /** What the ledgers that are not held say of what is shared; read anew only when there are others. */
  async others(runs: readonly PastRun[]): Promise<OtherLedgers> {
    const left = runIds(this.#root).filter((id) => !this.#readers.has(id));
    const [first] = runs;
    const key = [...left, first && startOf(first), ledgerSizeOf(workspaceLedger(this.#root))].join(' ');
    if (this.#others?.key !== key)
      this.#others = {
        key,
        read: readOtherLedgers(
          this.#root,
          runs.map(({ run }) => run),
        ),
      };
    return await this.#others.read;
  }

  /** Takes in new runs and what is new in those that were held, as much as there is time for; one reading at a time. */
  readOn(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readOn());
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    let left = mostActions;
    const kept = new Set<string>();
    const notes: string[] = [];
    const endMs = performance.now() + readingMs;
    [this.isCut, this.isUnfinished] = [false, false];
    for (const id of runIds(this.#root)) {
      if (kept.size > 0 && performance.now() > endMs) {
        this.isUnfinished = true;
        break;
      }
      const reader = this.#readers.get(id) ?? new PastRunReader(runDirectory(this.#root, id));
      if (left <= 0 || reader.run.actions > left) {
        this.isCut = true;
        break;
      }
      try {
        await reader.readOn((document) => textOnDisk(this.#root, document), left);
      } catch {
        notes.push(`the ledger of run \`${id}\` cannot be read; \`assay ledger verify\` says what is wrong with it`);
      }
      left -= reader.run.actions;
      kept.add(id);
      this.#readers.set(id, reader);
    }
    this.isCut ||= left <= 0;
    // What was not come to this time is older than all that was.
    if (!this.isUnfinished) for (const id of this.#readers.keys()) if (!kept.has(id)) this.#readers.delete(id);
    this.notes = notes;
  }
}

/** When a run began, to the millisecond; ids tell only the second. */
const startOf = ({ run }: PastRun): number => run.events[0]?.atMs ?? 0;

/** The workspaces that were asked about, the last one last. What they hold together is bounded. */
const workspaces = new Map<string, PastRuns>();

function pastRunsOf(root: string): PastRuns {
  const known = workspaces.get(root) ?? new PastRuns(root);
  workspaces.delete(root);
  for (const [other, { actions }] of workspaces) if (actions + known.actions > mostActions) workspaces.delete(other);
  workspaces.set(root, known);
  return known;
}

/** A document's text where the file that it stood in still has it. */
const textOnDisk = (root: string, { path, digest }: Document): string | null =>
  documentsAt(root, path).find((document) => document.digest === digest)?.source ?? null;

function documentsAt(root: string, path: string) {
  try {
    return documentsOf(join(root, path), root, decode(readFileSync(join(root, path))));
  } catch {
    return [];
  }
}

/** The policies of the asked file, one after the other; null when nobody wants to know any more. */
async function answer({ id, root, path, texts, everywhere }: WhatIfQuestion): Promise<WhatIfAnswer | null> {
  const past = pastRunsOf(root);
  await past.readOn();
  const runs = past.all;
  const { isUnfinished } = past;
  const isCut = past.isCut || isUnfinished;
  const view = new PolicyTexts(texts, zones);
  const policies: PolicyWhatIf[] = [];
  for (const placed of view.all.filter((one) => one.path === path && one.document.kind === 'Policy')) {
    const source = view.source({ ...placed, digest: digestOf(placed.text) });
    const tested = source && testedPolicy(source).value;
    if (tested === null) continue;
    const isShared = sharesWorkspace(runs, [tested]);
    // What earlier runs have spent is not known before all have been read; it is asked again then.
    if (isShared && isUnfinished) continue;
    const others = isShared ? await past.others(runs) : null;
    const workspace = { runs, ...(others && { beside: others.beside }) };
    const steps = backtest([workspace], [{ ...tested, path }], { everywhere });
    let sliceEndMs = performance.now() + sliceMs;
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        const notes = [
          ...past.notes,
          ...othersText(root, tested.compiled.name, value, runs),
          ...(others?.unread.map(unreadText) ?? []),
        ];
        policies.push(told(tested.compiled.name, value, isCut, notes));
        break;
      }
      if (performance.now() < sliceEndMs) continue;
      await turn();
      if (cancelled.has(id)) return null;
      sliceEndMs = performance.now() + sliceMs;
    }
  }
  return { id, isUnfinished, report: { runs: runs.length, actions: past.actions, isCut, policies } };
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Where the other policies of the runs are not what the workspace has now, or cannot be had. */
function othersText(root: string, name: string, { untold }: Backtest, runs: readonly PastRun[]): string[] {
  const notes = new Set<string>();
  for (const { run } of runs)
    for (const { name: other, path, digest } of run.documents?.policies ?? []) {
      if (other === name) continue;
      const there = documentsAt(root, path).filter(({ document }) => document.name === other);
      if (there.some((one) => one.digest === digest)) continue;
      const what = there.length === 0 ? `is not in \`${path}\` any more` : 'has changed since it was recorded';
      notes.add(`\`${other}\` ${what}; it takes part as it was then`);
    }
  for (const { run, missing, actions } of untold) {
    const names = missing.map((document) => `\`${document.name}\``).join(', ');
    const why = names === '' ? 'its documents cannot be read any more' : `the text of ${names} is gone`;
    notes.add(`${actions} actions of run \`${run}\` cannot be tried: ${why}`);
  }
  return [...notes];
}

function told(policy: string, result: Backtest, isCut: boolean, notes: readonly string[]): PolicyWhatIf {
  const { recorded, recordedOn, answered, answeredOn, changes, rules, departures, notInForce } = result;
  const places = new Map(rules.map(({ kind, policy: of, id }, index) => [`${kind} ${of} ${id ?? ''}`, index]));
  const placesOf = ({ causes }: ChangedDecision): number[] => [
    ...new Set(causes.flatMap(({ kind, policy: of = '', id = '' }) => places.get(`${kind} ${of} ${id}`) ?? [])),
  ];
  const spoken = changes.map(placesOf);
  const changed = new Map<number, number>();
  for (const place of spoken.flat()) changed.set(place, (changed.get(place) ?? 0) + 1);
  const departed = new Map(departures.map((one) => [`${one.run} ${one.trial} ${one.attempt} ${one.step}`, one]));
  return {
    policy,
    isStale: false,
    title: titleOf(result, isCut),
    recorded,
    answered,
    changed: changes.length,
    rules: rules.map((tally, index) => ({
      kind: tally.kind,
      policy: tally.policy,
      id: tally.id,
      effect: tally.effect,
      title: tallyInWords(tally, { recordedOn, answeredOn, isCut }),
      changed: changed.get(index) ?? 0,
    })),
    changes: changes
      .slice(0, mostChanges)
      .map((change, index) =>
        toldChange(
          change,
          spoken[index] ?? [],
          departed.get(`${change.run} ${change.trial} ${change.attempt} ${change.step}`),
        ),
      ),
    notes,
    notInForce: notInForce.actions,
  };
}

function titleOf({ recorded, answered, changes, notInForce }: Backtest, isCut: boolean): string {
  if (recorded === 0 && notInForce.actions > 0) return 'not in force in any recorded trial';
  return totalInWords({ recorded, answered, changes: changes.length }, isCut);
}

function toldChange(change: ChangedDecision, rules: readonly number[], departure: Departure | undefined): WhatIfChange {
  const { run, trial, variant, task, repetition, step, on, before, after } = change;
  const departs = departure && { why: departureInWords[departure.why], unanswered: departure.unanswered };
  const action = actionInWords(change);
  return { run, trial, variant, task, repetition, step, on, action, before, after, rules, departs: departs ?? null };
}

/** A fault of ours must not end the answering of what is asked next. */
function toldOnly(error: unknown): null {
  console.error(error);
  return null;
}

/** One question after the other, in the order in which they came. */
let working: Promise<void> = Promise.resolve();
/** Numbers of questions grow. */
let lastDone = 0;

parentPort?.on('message', (message: ToWhatIfThread) => {
  if ('cancel' in message) {
    if (message.cancel > lastDone) cancelled.add(message.cancel);
    return;
  }
  const { ask } = message;
  working = working.then(async () => {
    // What was taken back meanwhile is known only after the messages that wait have been read.
    await turn();
    const found = cancelled.has(ask.id) ? null : await answer(ask).catch(toldOnly);
    cancelled.delete(ask.id);
    lastDone = ask.id;
    if (found !== null) parentPort?.postMessage(found);
  });
});
