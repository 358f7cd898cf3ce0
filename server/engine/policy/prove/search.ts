/** The search for an action that lies in some boxes and outside others, by box subtraction with a cap. */
import { CapExceeded } from './algebra.ts';
import {
  type Box,
  contains,
  domainAt,
  holds,
  intersection,
  narrowedTo,
  overlap,
  pointOf,
  withDomain,
} from './worlds.ts';

const maxSteps = 200_000;

/** Boxes that belong to one owner, such as a rule. */
export interface Region<Owner> {
  readonly owner: Owner;
  readonly boxes: readonly Box[];
}

export interface Question<Owner> {
  /** The action lies in one of these, */
  readonly inside: readonly Box[];
  /** in one box of each of these, */
  readonly withinEach?: readonly (readonly Box[])[];
  /** and in none of these. */
  readonly outside: readonly Region<Owner>[];
}

export interface Answer<Owner> {
  /** A box of such actions; null when there is none. */
  readonly found: Box | null;
  /** When there is none: whose boxes were enough to show it. */
  readonly because: ReadonlySet<Owner>;
}

interface Taken<Owner> {
  readonly owner: Owner;
  readonly box: Box;
}

/** Throws `CapExceeded` when the search takes too long: then nothing is known. */
export function search<Owner>({ inside, withinEach = [], outside }: Question<Owner>): Answer<Owner> {
  const because = new Set<Owner>();
  let steps = 0;

  const subtract = (box: Box, taken: readonly Taken<Owner>[]): Box | null => {
    steps += taken.length;
    if (steps > maxSteps) throw new CapExceeded('too many rules overlap here');
    const slots = new Set(box.slots);
    for (const each of taken) for (const slot of each.box.slots) slots.add(slot);
    const point = pointOf(box, slots);
    // Only what holds this one action is in its way: everything else need not be cut off.
    const obstacles = taken.filter((each) => holds(each.box, point));
    if (obstacles.length === 0) return narrowedTo(box, point);
    const cover = obstacles.find((each) => contains(each.box, box));
    if (cover !== undefined) {
      because.add(cover.owner);
      return null;
    }
    const next = obstacles.reduce((best, each) => (each.box.slots.length < best.box.slots.length ? each : best));
    because.add(next.owner);
    const left = taken.filter((each) => each !== next);
    let rest = box;
    for (const slot of piecesFirst(next.box, box)) {
      const [mine, other] = [domainAt(rest, slot), next.box.dims[slot]];
      if (mine === undefined || other === undefined) continue;
      const piece = withDomain(rest, slot, mine.minus(other));
      const found = piece && subtract(piece, left);
      if (found !== null) return found;
      const inner = withDomain(rest, slot, mine.and(other));
      if (inner === null) return null;
      rest = inner;
    }
    return null;
  };

  const descend = (box: Box, depth: number, taken: readonly Taken<Owner>[]): Box | null => {
    const cover = taken.find((each) => contains(each.box, box));
    if (cover !== undefined) {
      because.add(cover.owner);
      return null;
    }
    const within = withinEach[depth];
    if (within === undefined) return subtract(box, taken);
    // One box that holds all of it is all the others, too.
    const whole = within.find((each) => contains(each, box));
    for (const each of whole === undefined ? within : [whole]) {
      if (++steps > maxSteps) throw new CapExceeded('too many rules overlap here');
      const both = intersection(box, each);
      const found = both && descend(both, depth + 1, taken);
      if (found) return found;
    }
    return null;
  };

  const all = outside.flatMap(({ owner, boxes }) => boxes.map((box) => ({ owner, box })));
  for (const box of inside) {
    const found = descend(
      box,
      0,
      all.filter((each) => overlap(each.box, box)),
    );
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
