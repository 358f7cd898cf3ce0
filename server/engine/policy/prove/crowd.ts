/**
 * All boxes of one world, held together so that who holds an action or overlaps a box is found for all of
 * them at once, by words of bits. It knows who owns a box, and nothing of what owners are.
 */
import { Bits } from './bits.ts';
import type { Domain, Point } from './domain.ts';
import { type Box, overlap, pointOf, type World } from './worlds.ts';

/** One signal: the domains that boxes have there, and for what has been asked for, which boxes are out of the question. */
interface Dimension {
  /** The boxes of each domain. */
  readonly domains: Map<Domain, Set<number>>;
  readonly boxes: Bits;
  /** Of domains whose texts are listed: by text, those that have it. */
  readonly byText: Map<string, Set<Domain>>;
  /** All the others. */
  readonly unlisted: Set<Domain>;
  /** By value: boxes that do not admit it. */
  readonly against: Map<Point, Bits>;
  /** By domain: boxes that share nothing with it. */
  readonly apart: Map<Domain, Bits>;
}

/** Beyond so many answers kept of one signal, they are forgotten. */
const maxKept = 4_096;

export class Crowd<Owner> {
  readonly world: World;
  readonly #rankOf: (owner: Owner) => number;
  /** An action that few boxes hold; actions in a box differ from it only where they must. */
  readonly #plain: readonly Point[];
  readonly #whole: Box;
  readonly #boxes: (Box | undefined)[] = [];
  readonly #owners: (Owner | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #dimensions: (Dimension | undefined)[] = [];
  /** Signals that boxes test. */
  #named: number[] = [];
  /** Boxes of signals that hold each other. */
  readonly #held = new Bits();

  /** Where several boxes answer a question, that of the owner with the least rank is named. */
  constructor(world: World, rankOf: (owner: Owner) => number) {
    this.world = world;
    this.#rankOf = rankOf;
    this.#whole = { world, dims: [], slots: [], counted: 0, aimed: 0 };
    this.#plain = pointOf({ ...this.#whole, counted: 1, aimed: 3 }, []);
  }

  add(box: Box, owner: Owner): number {
    const id = this.#free.pop() ?? this.#boxes.length;
    this.#boxes[id] = box;
    this.#owners[id] = owner;
    if (box.counted + box.aimed > 0) this.#held.add(id);
    for (const slot of box.slots) {
      const domain = box.dims[slot];
      if (domain === undefined) continue;
      const dimension = this.#dimension(slot);
      dimension.boxes.add(id);
      const alike = dimension.domains.get(domain);
      if (alike !== undefined) alike.add(id);
      else note(dimension, domain, id);
      for (const [point, bits] of dimension.against) if (!domain.has(point)) bits.add(id);
      for (const [other, bits] of dimension.apart) if (!domain.meets(other)) bits.add(id);
    }
    return id;
  }

  remove(id: number): void {
    const box = this.#boxes[id];
    if (box === undefined) return;
    this.#boxes[id] = undefined;
    this.#owners[id] = undefined;
    this.#free.push(id);
    this.#held.delete(id);
    for (const slot of box.slots) {
      const [domain, dimension] = [box.dims[slot], this.#dimensions[slot]];
      const alike = domain && dimension?.domains.get(domain);
      if (domain === undefined || dimension === undefined || alike === undefined) continue;
      dimension.boxes.delete(id);
      alike.delete(id);
      if (alike.size === 0) erase(dimension, domain);
      for (const bits of dimension.against.values()) bits.delete(id);
      for (const bits of dimension.apart.values()) bits.delete(id);
    }
  }

  at(id: number): Box {
    return this.#boxes[id] ?? this.#whole;
  }

  /** By the rank of their owners. */
  inOrder(ids: Bits): number[] {
    const list = ids.list();
    if (list.length < 2) return list;
    const rankOf = (id: number) => {
      const owner = this.#owners[id];
      return owner === undefined ? -1 : this.#rankOf(owner);
    };
    return list.sort((a, b) => rankOf(a) - rankOf(b) || a - b);
  }

  owner(id: number): Owner | undefined {
    return this.#owners[id];
  }

  /** Signals that boxes have ever tested. */
  get named(): readonly number[] {
    return this.#named;
  }

  /** One action of a box, all signals in their places, rather an odd one that few boxes hold. */
  pointIn(box: Box): readonly Point[] {
    return pointOf(box, this.#plain);
  }

  /** Those of `among` that hold an action. */
  holding(point: readonly Point[], among: Bits): Bits {
    const found = among.copy();
    for (const slot of this.#named) found.drop(this.#against(slot, point[slot]));
    return found;
  }

  /** Those of `among` that share an action with a box. */
  near(box: Box, among: Bits): Bits {
    const found = among.copy();
    for (const slot of box.slots) {
      const domain = box.dims[slot];
      if (domain !== undefined) found.drop(this.#apart(slot, domain));
    }
    if (box.counted + box.aimed === 0 || !found.meets(this.#held)) return found;
    for (const id of found.copy().keep(this.#held).list()) {
      const other = this.#boxes[id];
      if (other !== undefined && !overlap(box, other)) found.delete(id);
    }
    return found;
  }

  #dimension(slot: number): Dimension {
    const known = this.#dimensions[slot];
    if (known !== undefined) return known;
    const made: Dimension = {
      domains: new Map(),
      boxes: new Bits(),
      byText: new Map(),
      unlisted: new Set(),
      against: new Map(),
      apart: new Map(),
    };
    this.#dimensions[slot] = made;
    this.#named = [...this.#named, slot];
    return made;
  }

  #against(slot: number, point: Point): Bits {
    const dimension = this.#dimension(slot);
    return kept(dimension.against, point, () => othersThan(dimension, admitting(dimension, point)));
  }

  #apart(slot: number, domain: Domain): Bits {
    const dimension = this.#dimension(slot);
    return kept(dimension.apart, domain, () => othersThan(dimension, meeting(dimension, domain)));
  }
}

function note({ domains, byText, unlisted }: Dimension, domain: Domain, id: number): void {
  domains.set(domain, new Set([id]));
  if (!isListed(domain)) unlisted.add(domain);
  else
    for (const text of domain.listed ?? []) {
      const alike = byText.get(text);
      if (alike === undefined) byText.set(text, new Set([domain]));
      else alike.add(domain);
    }
}

function erase({ domains, byText, unlisted }: Dimension, domain: Domain): void {
  domains.delete(domain);
  unlisted.delete(domain);
  for (const text of domain.listed ?? []) {
    const alike = byText.get(text);
    alike?.delete(domain);
    if (alike?.size === 0) byText.delete(text);
  }
}

/** Whether texts are all that it has. */
const isListed = ({ listed, absent, unknown }: Domain): boolean => listed !== null && !absent && !unknown;

function admitting({ byText, unlisted }: Dimension, point: Point): Set<Domain> {
  const found = new Set(typeof point === 'string' ? byText.get(point) : undefined);
  for (const domain of unlisted) if (domain.has(point)) found.add(domain);
  return found;
}

function meeting({ domains, byText, unlisted }: Dimension, domain: Domain): Set<Domain> {
  const found = new Set<Domain>();
  if (domain.listed === null) {
    for (const other of domains.keys()) if (other.meets(domain)) found.add(other);
    return found;
  }
  for (const text of domain.listed ?? []) for (const other of byText.get(text) ?? []) found.add(other);
  for (const other of unlisted) if (other.meets(domain)) found.add(other);
  return found;
}

function othersThan({ domains, boxes }: Dimension, some: Iterable<Domain>): Bits {
  const found = boxes.copy();
  for (const domain of some) for (const id of domains.get(domain) ?? []) found.delete(id);
  return found;
}

function kept<Key>(known: Map<Key, Bits>, key: Key, find: () => Bits): Bits {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  if (known.size >= maxKept) known.clear();
  known.set(key, found);
  return found;
}
