/**
 * All rules that apply together, in one phase: before an action is done, or when its observation comes back. It knows where
 * each rule stands, which of them hold an action and which share one; what is true of them is for others to judge.
 */
import { Bits } from './bits.ts';
import { Crowd } from './crowd.ts';
import type { Entry } from './entry.ts';
import { isNoLonger, isQuestion, type Voice } from './voice.ts';
import { type Box, holds, type World } from './worlds.ts';

export interface ScenePolicy {
  /** Its default. */
  readonly fallback: Voice;
  /** Where the policy is not in force, for sure. */
  readonly notInForce: readonly Box[];
}

/** The rules in one world. */
export interface Room {
  readonly crowd: Crowd<Entry | null>;
  /** By strength: boxes in which rules match. */
  readonly possible: readonly Bits[];
  /** By policy, then by strength: boxes in which rules match for sure. */
  readonly sure: readonly (readonly Bits[])[];
  /** By policy: boxes in which it is not in force. */
  readonly notInForce: readonly Bits[];
  /** By whom they ask, and by how long: boxes in which rules ask. */
  readonly askingWhom: Map<string, Bits>;
  readonly askingFor: Map<number, Bits>;
  /** By what has to be done: boxes in which rules oblige to it. */
  readonly obliging: Map<string, Bits>;
}

/** Where a rule stands in one room. */
export interface Seat {
  readonly entry: Entry;
  readonly room: Room;
  readonly matches: readonly Box[];
  readonly sure: readonly Box[];
  readonly obliging: readonly Box[];
  /** All its boxes. */
  readonly own: Bits;
  /** Those of `matches`, of `sure` and of `obliging`. */
  readonly possibleIds: Bits;
  readonly sureIds: Bits;
  readonly obligingIds: Bits;
}

/** From `allow` to `halt`. */
export const strengths: readonly number[] = [0, 1, 2, 3];
const byStrength = () => strengths.map(() => new Bits());

export class Scene {
  readonly policies: readonly ScenePolicy[];
  /** Vague worlds last: they are crowded, and actions of them say less. */
  readonly #rooms: readonly Room[];
  readonly #seats = new Map<Entry, readonly Seat[]>();

  constructor(policies: readonly ScenePolicy[], worlds: readonly World[]) {
    this.policies = policies;
    this.#rooms = worlds
      .toSorted((a, b) => Number(a.isVague) - Number(b.isVague))
      .map((world): Room => {
        const crowd = new Crowd<Entry | null>(world, (entry) => entry?.order ?? -1);
        const notInForce = policies.map((policy) => {
          const ids = new Bits();
          for (const box of policy.notInForce) if (box.world === world) ids.add(crowd.add(box, null));
          return ids;
        });
        const [possible, sure] = [byStrength(), policies.map(byStrength)];
        const [askingWhom, askingFor] = [new Map<string, Bits>(), new Map<number, Bits>()];
        return { crowd, possible, sure, notInForce, askingWhom, askingFor, obliging: new Map() };
      });
  }

  seats(entry: Entry): readonly Seat[] {
    return this.#seats.get(entry) ?? [];
  }

  entries(): Iterable<Entry> {
    return this.#seats.keys();
  }

  room(world: World): Room | undefined {
    return this.#rooms.find(({ crowd }) => crowd.world === world);
  }

  add(entry: Entry): void {
    const seats = this.#rooms.flatMap((room): Seat[] => {
      const { world } = room.crowd;
      const here = (boxes: readonly Box[]) => boxes.filter((box) => box.world === world);
      const [matches, sure, obliging] = [here(entry.matches), here(entry.sure), here(entry.obliging)];
      if (matches.length + sure.length + obliging.length === 0) return [];
      const ids = new Map([...matches, ...sure, ...obliging].map((box) => [box, -1]));
      const own = new Bits();
      for (const box of ids.keys()) {
        const id = room.crowd.add(box, entry);
        ids.set(box, id);
        own.add(id);
      }
      // Most rules match just where they match for sure: one set of boxes serves for all.
      const idsOf = (boxes: readonly Box[]) => {
        if (boxes.length === ids.size) return own;
        const some = new Bits();
        for (const box of boxes) some.add(ids.get(box) ?? -1);
        return some;
      };
      const [possibleIds, sureIds, obligingIds] = [idsOf(matches), idsOf(sure), idsOf(obliging)];
      for (const bits of matchingOf(room, entry)) bits.join(possibleIds);
      for (const bits of obligingOf(room, entry)) bits.join(obligingIds);
      room.sure[entry.policy]?.[entry.strength]?.join(sureIds);
      return [{ entry, room, matches, sure, obliging, own, possibleIds, sureIds, obligingIds }];
    });
    this.#seats.set(entry, seats);
  }

  remove(entry: Entry): void {
    for (const { room, own } of this.seats(entry)) {
      for (const bits of [...matchingOf(room, entry), ...obligingOf(room, entry)]) bits.drop(own);
      room.sure[entry.policy]?.[entry.strength]?.drop(own);
      for (const id of own.list()) room.crowd.remove(id);
    }
    this.#seats.delete(entry);
  }

  /** What was proved of rules that `changed` meets, which is in the scene, is forgotten. */
  forget(changed: Entry): void {
    const seats = this.seats(changed);
    for (const other of this.#seats.keys()) {
      const { verdict } = other;
      if (verdict === null || verdict.kind === 'never' || other === changed) continue;
      const isConcerned =
        verdict.kind === 'sound'
          ? seats.some(
              (seat) =>
                isAt(seat, verdict.decisive) ||
                (verdict.unshadowed !== verdict.decisive && isAt(seat, verdict.unshadowed)),
            )
          : seats.some((seat) => this.#meets(seat, other));
      if (isConcerned) [other.verdict, other.told] = [null, null];
    }
  }

  #meets(seat: Seat, other: Entry): boolean {
    const { room } = seat;
    const theirs = this.seats(other).find((each) => each.room === room);
    if (theirs === undefined) return false;
    return boxesIn(seat).some((box) => !room.crowd.near(box, theirs.own).isEmpty);
  }
}

const boxesIn = ({ matches, sure, obliging }: Seat): readonly Box[] => [...matches, ...sure, ...obliging];

const isAt = (seat: Seat, { world, point }: { world: World; point: readonly unknown[] }): boolean =>
  seat.room.crowd.world === world && boxesIn(seat).some((box) => holds(box, point));

/** All lists of a room that say where a rule matches, or may for what is not known. */
function matchingOf({ possible, askingWhom, askingFor }: Room, { strength, voice: { who, waitMs } }: Entry): Bits[] {
  return [
    possible[strength] ?? new Bits(),
    ...(who === null ? [] : [listed(askingWhom, who)]),
    ...(waitMs === null ? [] : [listed(askingFor, waitMs)]),
  ];
}

/** All lists of a room that say where something has to be done. */
const obligingOf = ({ obliging }: Room, { duties }: Entry): Bits[] => duties.map((duty) => listed(obliging, duty));

function listed<Key>(lists: Map<Key, Bits>, key: Key): Bits {
  const bits = lists.get(key) ?? new Bits();
  lists.set(key, bits);
  return bits;
}

/** Boxes in which rules match that leave nothing of one side of a voice. */
export function drowning(room: Room, voice: Voice): Bits {
  const { strength, who, waitMs } = voice;
  if (!isQuestion(voice)) return possibleFrom(room, strength);
  const found = possibleFrom(room, strength + 1);
  if (who !== null) return found.join(room.askingWhom.get(who) ?? new Bits());
  for (const [each, ids] of room.askingFor) if (waitMs !== null && isNoLonger(each, waitMs)) found.join(ids);
  return found;
}

/** Boxes in which rules of at least `strength` match. */
export function possibleFrom({ possible }: Room, strength: number): Bits {
  const found = new Bits();
  for (const each of strengths) if (each >= strength) found.join(possible[each] ?? found);
  return found;
}

/** Boxes in which rules of a policy, weaker than `below`, match for sure: that keeps its default off. */
export function sureBelow({ sure }: Room, policy: number, below: number): Bits {
  const found = new Bits();
  for (const each of strengths) if (each < below) found.join(sure[policy]?.[each] ?? found);
  return found;
}
