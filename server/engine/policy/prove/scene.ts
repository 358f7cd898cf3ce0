/**
 * All rules that apply together, in one phase: before an action is done, or when its observation comes back. It knows where
 * each rule stands, which of them hold an action and which share one; what is true of them is for others to judge.
 */
import { Bits } from './bits.ts';
import { Crowd } from './crowd.ts';
import type { Entry } from './entry.ts';
import type { Voice } from './voice.ts';
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
  /** By question: boxes in which rules ask it. */
  readonly asking: Map<string, Bits>;
  /** By what has to be done: boxes in which rules oblige to it. */
  readonly obliging: Map<string, Bits>;
}

/** Where a rule stands in one room. */
export interface Seat {
  readonly entry: Entry;
  readonly room: Room;
  readonly matches: readonly Box[];
  readonly sure: readonly Box[];
  /** All its boxes. */
  readonly own: Bits;
  /** Those of `matches`, and of `sure`. */
  readonly possibleIds: Bits;
  readonly sureIds: Bits;
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
        return { crowd, possible, sure, notInForce, asking: new Map(), obliging: new Map() };
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
      const [matches, sure] = [here(entry.matches), here(entry.sure)];
      if (matches.length === 0 && sure.length === 0) return [];
      const ids = new Map([...matches, ...sure].map((box) => [box, -1]));
      const own = new Bits();
      // Most rules match just where they match for sure: one set of boxes serves for all.
      const [possibleIds, sureIds] = [matches, sure].map(({ length }) => (length === ids.size ? own : new Bits()));
      const seat = { entry, room, matches, sure, own, possibleIds: possibleIds ?? own, sureIds: sureIds ?? own };
      for (const box of ids.keys()) {
        const id = room.crowd.add(box, entry);
        ids.set(box, id);
        seat.own.add(id);
      }
      for (const box of matches) seat.possibleIds.add(ids.get(box) ?? -1);
      for (const box of sure) seat.sureIds.add(ids.get(box) ?? -1);
      for (const bits of matchingOf(room, entry)) bits.join(seat.possibleIds);
      room.sure[entry.policy]?.[entry.strength]?.join(seat.sureIds);
      return [seat];
    });
    this.#seats.set(entry, seats);
  }

  remove(entry: Entry): void {
    for (const { room, own } of this.seats(entry)) {
      for (const bits of matchingOf(room, entry)) bits.drop(own);
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

  #meets({ room, matches, sure }: Seat, other: Entry): boolean {
    const theirs = this.seats(other).find((seat) => seat.room === room);
    if (theirs === undefined) return false;
    return [...matches, ...sure].some((box) => !room.crowd.near(box, theirs.own).isEmpty);
  }
}

const isAt = ({ room, matches, sure }: Seat, { world, point }: { world: World; point: readonly unknown[] }): boolean =>
  room.crowd.world === world && (matches.some((box) => holds(box, point)) || sure.some((box) => holds(box, point)));

/** All lists of a room that say where a rule matches, or may for what is not known. */
function matchingOf({ possible, asking, obliging }: Room, { strength, voice, duties }: Entry): Bits[] {
  return [
    possible[strength] ?? new Bits(),
    ...(voice.question === null ? [] : [listed(asking, voice.question)]),
    ...duties.map((duty) => listed(obliging, duty)),
  ];
}

function listed(lists: Map<string, Bits>, key: string): Bits {
  const bits = lists.get(key) ?? new Bits();
  lists.set(key, bits);
  return bits;
}

/** Boxes in which rules match that leave nothing of a voice. */
export function drowning(room: Room, { strength, question }: Voice): Bits {
  if (question === null) return possibleFrom(room, strength);
  return possibleFrom(room, strength + 1).join(room.asking.get(question) ?? new Bits());
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
