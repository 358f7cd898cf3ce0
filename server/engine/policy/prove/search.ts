/** The search for an action that lies in some boxes and outside others, by box subtraction with a cap. */
import { CapExceeded } from './algebra.ts';
import { type Box, contains, domainAt, holds, intersection, overlap, pointOf, withDomain } from './worlds.ts';

const maxSteps = 200_000;

/** A box that belongs to somebody, such as a rule. */
export interface Taken<Owner> {
  readonly owner: Owner;
  readonly box: Box;
}

export interface Question<Owner> {
  /** The action lies in one of these, */
  readonly inside: readonly Box[];
  /** in one box of each of these, */
  readonly withinEach?: readonly (readonly Box[])[];
  /** and in none of these. */
  readonly outside: readonly Taken<Owner>[];
}

export interface Answer<Owner> {
  /** Such an action; null when there is none. */
  readonly found: Found | null;
  /** When there is none: whose boxes were enough to show it. */
  readonly because: ReadonlySet<Owner>;
}

/** One action, as far as the boxes of the question go. */
export interface Found {
  readonly box: Box;
  readonly point: ReadonlyMap<number, unknown>;
}

/** Throws `CapExceeded` when the search takes too long: then nothing is known. */
export function search<Owner>({ inside, withinEach = [], outside }: Question<Owner>): Answer<Owner> {
  const because = new Set<Owner>();
  let steps = 0;

  const subtract = (box: Box, taken: readonly Taken<Owner>[], slots: readonly number[]): Found | null => {
    steps += taken.length;
    if (steps > maxSteps) throw new CapExceeded('too many rules overlap here');
    const point = pointOf(box, slots);
    // Only what holds this one action is in its way: everything else need not be cut off.
    let next: Taken<Owner> | null = null;
    for (const each of taken) {
      if (!holds(each.box, point)) continue;
      if (contains(each.box, box)) {
        because.add(each.owner);
        return null;
      }
      next ??= each;
    }
    if (next === null) return { box, point };
    const obstacle = next;
    because.add(obstacle.owner);
    const left = taken.filter((each) => each !== obstacle);
    let rest = box;
    for (const slot of piecesFirst(obstacle.box, box)) {
      const [mine, other] = [domainAt(rest, slot), obstacle.box.dims[slot]];
      if (mine === undefined || other === undefined) continue;
      const piece = withDomain(rest, slot, mine.minus(other));
      const found = piece && subtract(piece, left, slots);
      if (found !== null) return found;
      const inner = withDomain(rest, slot, mine.and(other));
      if (inner === null) return null;
      rest = inner;
    }
    return null;
  };

  const descend = (box: Box, depth: number, taken: readonly Taken<Owner>[], slots: readonly number[]): Found | null => {
    const within = withinEach[depth];
    if (within === undefined) return subtract(box, taken, slots);
    const near = within.filter((each) => overlap(each, box));
    // One box that holds all of it is all the others, too.
    const whole = near.find((each) => contains(each, box));
    if (whole !== undefined) return descend(box, depth + 1, taken, slots);
    for (const each of near) {
      if (++steps > maxSteps) throw new CapExceeded('too many rules overlap here');
      const both = intersection(box, each);
      const found = both && descend(both, depth + 1, taken, [...new Set([...slots, ...each.slots])]);
      if (found) return found;
    }
    return null;
  };

  const named = slotsOf(outside);
  const withOwn = (box: Box) => [...named, ...box.slots.filter((slot) => !named.includes(slot))];

  // Mostly the first action that comes to mind is one.
  if (withinEach.length === 0)
    for (const box of inside) {
      const point = pointOf(box, withOwn(box));
      if (!outside.some((each) => each.box.world === box.world && holds(each.box, point)))
        return { found: { box, point }, because };
    }
  for (const box of inside) {
    // What asks for little covers most, and leaves the fewest pieces where it does not.
    const taken = outside
      .filter((each) => each.box.world === box.world)
      .sort((a, b) => a.box.slots.length - b.box.slots.length);
    const found = descend(box, 0, taken, withOwn(box));
    if (found !== null) return { found, because };
  }
  return { found: null, because };
}

function slotsOf(taken: readonly Taken<unknown>[]): number[] {
  const isNamed = new Uint8Array(taken[0]?.box.dims.length ?? 0);
  for (const each of taken) for (const slot of each.box.slots) isNamed[slot] = 1;
  const slots: number[] = [];
  for (let slot = 0; slot < isNamed.length; slot++) if (isNamed[slot] === 1) slots.push(slot);
  return slots;
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
