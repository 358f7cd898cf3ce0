/** The search for an action that lies in some boxes and outside others, by box subtraction with a cap. */
import { CapExceeded } from './algebra.ts';
import { Bits } from './bits.ts';
import type { Crowd } from './crowd.ts';
import type { Point } from './domain.ts';
import { type Box, contains, domainAt, intersection, overlap, withDomain } from './worlds.ts';

const maxSteps = 10_000;

/** About boxes of one crowd. */
export interface Question {
  /** The action lies in one of these, */
  readonly inside: readonly Box[];
  /** in one of each of these, */
  readonly withinEach?: readonly Bits[];
  /** and in none of these. */
  readonly outside: Bits;
}

export interface Answer {
  /** Such an action; null when there is none. */
  readonly found: Found | null;
  /** When there is none: boxes of `outside` that were enough to show it. */
  readonly because: Bits;
}

export interface Found {
  readonly box: Box;
  /** An action of the box, all signals in their places. */
  readonly point: readonly Point[];
}

/** Throws `CapExceeded` when the search takes too long: then nothing is known. */
export function search<Owner>(crowd: Crowd<Owner>, { inside, withinEach = [], outside }: Question): Answer {
  let because = new Bits();
  let steps = 0;
  const step = () => {
    if (++steps > maxSteps) throw new CapExceeded('too many rules overlap here');
  };

  /** The box that is in the way of an action, and of most of what is around it; of all of it, where there is one. */
  const obstacleAt = (point: readonly Point[], box: Box): { id: number; isWhole: boolean } | null => {
    const inTheWay = crowd.inOrder(crowd.holding(point, outside));
    const whole = inTheWay.find((id) => contains(crowd.at(id), box));
    if (whole !== undefined) return { id: whole, isWhole: true };
    let least: number | null = null;
    // What asks for little covers most, and leaves the fewest pieces where it does not.
    for (const id of inTheWay)
      if (least === null || crowd.at(id).slots.length < crowd.at(least).slots.length) least = id;
    return least === null ? null : { id: least, isWhole: false };
  };

  const subtract = (box: Box): Found | null => {
    step();
    const point = crowd.pointIn(box);
    // Only what holds this one action is in its way: everything else need not be cut off.
    const obstacle = obstacleAt(point, box);
    if (obstacle === null) return { box, point };
    because.add(obstacle.id);
    if (obstacle.isWhole) return null;
    const cut = crowd.at(obstacle.id);
    let rest = box;
    for (const slot of piecesFirst(cut, box)) {
      const [mine, other] = [domainAt(rest, slot), cut.dims[slot]];
      if (mine === undefined || other === undefined) continue;
      const piece = withDomain(rest, slot, mine.minus(other));
      const found = piece && subtract(piece);
      if (found !== null) return found;
      const inner = withDomain(rest, slot, mine.and(other));
      if (inner === null) return null;
      rest = inner;
    }
    return null;
  };

  const descend = (box: Box, depth: number): Found | null => {
    const within = withinEach[depth];
    if (within === undefined) return subtract(box);
    const obstacle = obstacleAt(crowd.pointIn(box), box);
    if (obstacle?.isWhole) {
      because.add(obstacle.id);
      return null;
    }
    const before = because.copy();
    for (const id of within.list()) {
      const each = crowd.at(id);
      if (!overlap(box, each)) continue;
      // One box that holds all of it is all the others, too.
      if (contains(each, box)) {
        because = before;
        return descend(box, depth + 1);
      }
      step();
      const both = intersection(box, each);
      const found = both && descend(both, depth + 1);
      if (found) return found;
    }
    return null;
  };

  for (const box of inside) {
    const found = descend(box, 0);
    if (found !== null) return { found, because };
  }
  return { found: null, because };
}

/** The signals of `cut`, those first that leave known values of `box`: an action whose facts are known says more. */
function piecesFirst(cut: Box, box: Box): readonly number[] {
  const known = (slot: number) => {
    const [mine, other] = [domainAt(box, slot), cut.dims[slot]];
    return mine !== undefined && other !== undefined && mine.minus(other).hasValues;
  };
  return [...cut.slots.filter(known), ...cut.slots.filter((slot) => !known(slot))];
}

/** Whether every action of `box` lies in one of `others`, boxes of the crowd. Beyond the cap it counts as not. */
export function isCovered<Owner>(crowd: Crowd<Owner>, box: Box, others: Bits): boolean {
  let near = 0;
  for (const id of others.list()) {
    const other = crowd.at(id);
    if (!overlap(other, box)) continue;
    if (contains(other, box)) return true;
    near++;
  }
  // One alone covers what it does not contain only where counts or targets hold each other in.
  if (near === 0 || (near === 1 && box.counted + box.aimed === 0)) return false;
  try {
    return search(crowd, { inside: [box], outside: others }).found === null;
  } catch (error) {
    if (error instanceof CapExceeded) return false;
    throw error;
  }
}

/** The boxes without those that lie in others. */
export function withoutContained(boxes: readonly Box[]): Box[] {
  const kept: Box[] = [];
  for (const box of boxes) {
    if (kept.some((other) => contains(other, box))) continue;
    for (let i = kept.length - 1; i >= 0; i--) {
      const other = kept[i];
      if (other !== undefined && contains(box, other)) kept.splice(i, 1);
    }
    kept.push(box);
  }
  return kept;
}
