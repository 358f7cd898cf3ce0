/**
 * The events of several runs in the order in which they happened. Each ledger says its own order; between runs that overlap
 * it is told by how many steps the workspace had counted at each decision, and where that says nothing by the clock.
 */
import { slotOf } from '../policy/index.ts';
import type { RecordedEvent, RecordedRun } from './recorded.ts';

export interface PlacedEvent {
  readonly run: RecordedRun;
  readonly event: RecordedEvent;
}

/** Every event of `runs`, in order. What belongs to no run is placed by the clock alone. */
export function* inOrder(runs: readonly RecordedRun[]): Generator<PlacedEvent> {
  const loose = runs.filter(({ documents }) => documents === null).flatMap(all);
  loose.sort((a, b) => a.event.atMs - b.event.atMs);
  let next = 0;
  const others = runs.filter(({ documents }) => documents !== null);
  for (const group of groupsOf(others))
    for (const placed of group.length === 1 ? oneByOne(group) : merged(group.map(spanOf))) {
      for (; (loose[next]?.event.atMs ?? Number.POSITIVE_INFINITY) <= placed.event.atMs; next++) {
        const early = loose[next];
        if (early !== undefined) yield early;
      }
      yield placed;
    }
  yield* loose.slice(next);
}

const all = (run: RecordedRun): PlacedEvent[] => run.events.map((event) => ({ run, event }));

function* oneByOne(runs: readonly RecordedRun[]): Generator<PlacedEvent> {
  for (const run of runs) for (const event of run.events) yield { run, event };
}

/** When a run began and ended, and the first and last of its decisions among all of the workspace. */
interface Span {
  readonly run: RecordedRun;
  readonly startMs: number;
  readonly endMs: number;
  /** Null where the ledger does not tell the places of its decisions. */
  readonly first: number | null;
  readonly last: number | null;
}

function spanOf(run: RecordedRun): Span {
  const startMs = run.events[0]?.atMs ?? 0;
  let [endMs, first, last]: [number, number | null, number | null] = [startMs, null, null];
  let isTold = true;
  for (const event of run.events) {
    endMs = Math.max(endMs, event.atMs);
    if (!isDecision(event)) continue;
    const place = placeOf(event);
    if (place === null || (last !== null && place <= last)) isTold = false;
    first ??= place;
    last = place;
  }
  return { run, startMs, endMs, first: isTold ? first : null, last: isTold ? last : null };
}

const stepsSlot = slotOf('workspace.steps');

const isDecision = (event: RecordedEvent): event is Extract<RecordedEvent, { kind: 'decided' }> =>
  event.kind === 'decided' && event.decision.on === 'action';

/** How many steps the workspace had counted before it: no two decisions have the same. */
function placeOf(event: Extract<RecordedEvent, { kind: 'decided' }>): number | null {
  const steps = event.decision.facts[stepsSlot];
  return typeof steps === 'number' ? steps : null;
}

/** Runs one after the other, those that overlap together. */
function groupsOf(runs: readonly RecordedRun[]): RecordedRun[][] {
  if (runs.length === 1) return [[...runs]];
  const groups: RecordedRun[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const span of runs.map(spanOf).toSorted((a, b) => a.startMs - b.startMs || (a.first ?? 0) - (b.first ?? 0))) {
    const group = groups.at(-1);
    if (group === undefined || span.startMs > endMs) groups.push([span.run]);
    else group.push(span.run);
    endMs = Math.max(endMs, span.endMs);
  }
  return groups;
}

/**
 * Whether one run follows another by the clock and comes before it by what the workspace had counted: the clock was set back,
 * or ledgers were taken away in between.
 */
export function isOrderInDoubt(runs: readonly RecordedRun[]): boolean {
  if (runs.length < 2) return false;
  const spans = runs.map(spanOf).filter(({ first }) => first !== null);
  let startMs = Number.NEGATIVE_INFINITY;
  return spans
    .toSorted((a, b) => (a.first ?? 0) - (b.first ?? 0))
    .some((span) => {
      const isBack = span.endMs < startMs;
      startMs = Math.max(startMs, span.startMs);
      return isBack;
    });
}

/** Where one run is read at. */
class Cursor {
  readonly run: RecordedRun;
  /** The clock as far as it has come: where it was set back it stands still. */
  atMs = Number.NEGATIVE_INFINITY;
  #at = 0;
  #ahead = 0;
  readonly #isRanked: boolean;

  constructor(run: RecordedRun, isRanked: boolean) {
    this.run = run;
    this.#isRanked = isRanked;
    this.#arrive();
  }

  get event(): RecordedEvent | undefined {
    return this.run.events[this.#at];
  }

  /** The place of the next decision of the run. */
  place = Number.POSITIVE_INFINITY;

  /** Whether it is at a decision whose place is told. */
  get isPlaced(): boolean {
    return this.#isRanked && this.event !== undefined && isDecision(this.event);
  }

  pass(): void {
    this.#at++;
    this.#arrive();
  }

  #arrive(): void {
    this.atMs = Math.max(this.atMs, this.event?.atMs ?? Number.POSITIVE_INFINITY);
    this.#ahead = Math.max(this.#ahead, this.#at);
    for (; this.#ahead < this.run.events.length; this.#ahead++) {
      const event = this.run.events[this.#ahead];
      if (event === undefined || !isDecision(event)) continue;
      this.place = placeOf(event) ?? Number.POSITIVE_INFINITY;
      return;
    }
    this.place = Number.POSITIVE_INFINITY;
  }
}

/** Runs that overlap. Decisions come in the order of their places; what has none, between them by the clock. */
function* merged(group: readonly Span[]): Generator<PlacedEvent> {
  const isRanked = arePlacesOneOrder(group);
  const cursors = group.map(({ run }) => new Cursor(run, isRanked));
  for (;;) {
    const left = cursors.filter(({ event }) => event !== undefined);
    const first = least(left, isRanked ? ({ place }) => place : ({ atMs }) => atMs);
    if (first === undefined) return;
    const free = isRanked ? least(left, (one) => (one.isPlaced ? Number.POSITIVE_INFINITY : one.atMs)) : first;
    const isFreeFirst = free !== undefined && !free.isPlaced && (!first.isPlaced || free.atMs <= first.atMs);
    const next = isFreeFirst ? free : first;
    if (next.event !== undefined) yield { run: next.run, event: next.event };
    next.pass();
  }
}

/** Not where ledgers do not tell places, or were not counted together: then two have the same. */
function arePlacesOneOrder(group: readonly Span[]): boolean {
  const seen = new Set<number>();
  for (const { run, first } of group) {
    if (first === null && run.actions > 0) return false;
    for (const event of run.events) {
      const place = isDecision(event) ? placeOf(event) : null;
      if (place === null) continue;
      if (seen.has(place)) return false;
      seen.add(place);
    }
  }
  return true;
}

/** The first of those that have the least; none of nothing. */
function least(cursors: readonly Cursor[], of: (cursor: Cursor) => number): Cursor | undefined {
  let found: Cursor | undefined;
  for (const cursor of cursors) if (found === undefined || of(cursor) < of(found)) found = cursor;
  return found;
}
