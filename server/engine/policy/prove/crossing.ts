/** Contradictions: an `allow` and a `deny` or `halt` that overlap, where neither holds the other. */
import { strengthOf } from '../effect.ts';
import { signalDeclarations } from '../signal.ts';
import { Bits } from './bits.ts';
import type { Point } from './domain.ts';
import type { Entry } from './entry.ts';
import { type Room, type Scene, type Seat, strengths } from './scene.ts';
import { isCovered } from './search.ts';
import { type Box, holds, intersection, overlap } from './worlds.ts';

/**
 * What contradicts an `allow`; only those with a signal in which each of the two goes beyond the other, or all. What matches
 * only for want of knowledge contradicts nothing.
 */
export function contradicting(allow: Entry, scene: Scene, isCrossing: boolean): Set<Entry> {
  const found = new Set<Entry>();
  const refused = new Set<Entry>();
  for (const seat of scene.seats(allow)) {
    const { crowd } = seat.room;
    const against = surelyAgainst(seat.room);
    for (const box of seat.sure)
      for (const id of crowd.near(box, against).list()) {
        const other = crowd.owner(id);
        if (!other || found.has(other) || refused.has(other)) continue;
        if (isCrossing && !isCrossedBy(box, crowd.at(id))) continue;
        const isSound = (isCrossing && isOneEach(seat, other, scene)) || !areNested(allow, other, scene);
        (isSound ? found : refused).add(other);
      }
  }
  return found;
}

/** Notes of a rule that is new, or about to go, which of those that have been looked at it contradicts across a signal. */
export function keepInStep(changed: Entry, scene: Scene, isThere: boolean): void {
  if (changed.strength < strengthOf('deny')) return;
  for (const allow of scene.entries()) {
    if (allow.contradicted === null) continue;
    const does = isThere && scene.seats(allow).some((seat) => isCrossedThere(seat, changed, scene));
    if (does) allow.contradicted.add(changed);
    else if (!allow.contradicted.delete(changed)) continue;
    allow.told = null;
  }
}

function isCrossedThere(seat: Seat, against: Entry, scene: Scene): boolean {
  const theirs = scene.seats(against).find(({ room }) => room === seat.room);
  if (theirs === undefined) return false;
  const does = seat.sure.some((mine) => theirs.sure.some((box) => overlap(mine, box) && isCrossedBy(mine, box)));
  return does && (isOneEach(seat, against, scene) || !areNested(seat.entry, against, scene));
}

function surelyAgainst({ sure }: Room): Bits {
  const found = new Bits();
  for (const rules of sure)
    for (const each of strengths) if (each >= strengthOf('deny')) found.join(rules[each] ?? found);
  return found;
}

/** Then what goes beyond each other in one signal is nested in nothing, unless counts or targets hold each other in. */
function isOneEach(seat: Seat, other: Entry, scene: Scene): boolean {
  const theirs = scene.seats(other).find(({ room }) => room === seat.room);
  const [[mine, ...more], [against, ...others]] = [seat.sure, theirs?.sure ?? []];
  if (mine === undefined || against === undefined || more.length + others.length > 0) return false;
  return theirs?.matches.length === 1 && mine.counted + against.counted < 2 && (mine.aimed | against.aimed) < 3;
}

/** Whether one is an exception to the other. */
const areNested = (allow: Entry, against: Entry, scene: Scene): boolean =>
  liesIn(against, allow, scene, 'sureIds') || liesIn(allow, against, scene, 'possibleIds');

function liesIn(inner: Entry, outer: Entry, scene: Scene, ids: 'possibleIds' | 'sureIds'): boolean {
  const pairs = scene.seats(inner).flatMap((seat) => {
    if (seat.sure.length === 0) return [];
    const theirs = scene.seats(outer).find(({ room }) => room === seat.room);
    return [{ seat, theirs: theirs === undefined ? null : theirs[ids] }];
  });
  // Mostly a single action shows that it does not.
  const mayLie = pairs.every(
    ({ seat, theirs }) =>
      theirs !== null &&
      examplesOf(seat).every((point) => theirs.list().some((id) => holds(seat.room.crowd.at(id), point))),
  );
  return (
    mayLie &&
    pairs.every(({ seat: { room, sure }, theirs }) =>
      sure.every((box) => theirs !== null && isCovered(room.crowd, box, theirs)),
    )
  );
}

const examples = new WeakMap<Seat, readonly (readonly Point[])[]>();

/** An action of each box in which a rule matches for sure. */
function examplesOf(seat: Seat): readonly (readonly Point[])[] {
  const known = examples.get(seat) ?? seat.sure.map((box) => seat.room.crowd.pointIn(box));
  examples.set(seat, known);
  return known;
}

function isCrossedIn(slot: number, one: Box, other: Box): boolean {
  const [mine, theirs] = [one.dims[slot], other.dims[slot]];
  return mine !== undefined && theirs !== undefined && mine.crosses(theirs);
}

function isCrossedBy(one: Box, other: Box): boolean {
  for (const slot of one.slots) if (isCrossedIn(slot, one, other)) return true;
  return false;
}

interface Meeting {
  /** Where both match for sure. */
  readonly both: Box;
  /** The signals in which each of the two admits known values that the other excludes. */
  readonly signals: readonly string[];
}

/** Where two rules that contradict each other meet; where they cross in a signal, if they do. */
export function meetingOf(allow: Entry, against: Entry): Meeting | null {
  let first: Meeting | null = null;
  for (const mine of allow.sure)
    for (const other of against.sure) {
      const both = intersection(mine, other);
      if (both === null) continue;
      const slots = mine.slots.filter((slot) => isCrossedIn(slot, mine, other));
      const signals = slots.flatMap((slot) => signalDeclarations[slot]?.name ?? []);
      if (signals.length > 0) return { both, signals };
      first ??= { both, signals };
    }
  return first;
}
