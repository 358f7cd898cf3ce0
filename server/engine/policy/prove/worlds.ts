/**
 * Which actions are possible: what applies to which type of action, what a declared tool fixes, and which counts hold others.
 * Worlds share no action and together hold every possible one.
 */
import type { ToolKind } from '../../documents/index.ts';
import { microsOf } from '../money.ts';
import { signalDeclarations, slotOf } from '../signal.ts';
import { type Aim, aimWithin } from './aim.ts';
import { type Domain, type Point, unknown } from './domain.ts';
import { bitsOf } from './finite.ts';
import { interval } from './numbers.ts';
import { finiteAxis, type Space } from './space.ts';
import { literalTexts, strings } from './strings.ts';
import { someTags } from './tags.ts';
import type { Conjunction, Horizon } from './translate.ts';

/** What is proved of a tool as an environment declares it. */
export interface DeclaredTool {
  readonly name: string;
  readonly kind: ToolKind;
  readonly tags?: readonly string[] | undefined;
  readonly risk: number;
  /** US dollars a call. */
  readonly cost?: number | undefined;
  /** JSON Pointers; a tool without any has no targets. */
  readonly targets?: readonly string[] | undefined;
}

export interface World {
  /** What each signal can be here, by place in the registry. */
  readonly full: readonly Domain[];
  /** Declared tools of which one is called: the axis of `tool.name` then numbers them, and they fix all that tools fix. */
  readonly tools: readonly DeclaredTool[] | null;
  /** A tool is called of which nothing is known: nearly all rules that hold back meet here. */
  readonly isVague: boolean;
}

/** Some actions of one world: those inside the domains of all signals. A signal that is not listed can be anything. */
export interface Box {
  readonly world: World;
  readonly dims: readonly (Domain | undefined)[];
  /** The places of `dims` that are there. */
  readonly slots: readonly number[];
  /** How many of them are counts. */
  readonly counted: number;
  /** Which of them are targets: 1 for ids, 2 for domains, 3 for both. */
  readonly aimed: number;
}

const typeSlot = slotOf('action.type');
const nameSlot = slotOf('tool.name');
const costSlot = slotOf('tool.cost');
const fixedByTool = ['tool.name', 'tool.kind', 'tool.tags', 'tool.risk', 'tool.cost'] as const;
const fixedSlots: ReadonlySet<number> = new Set(fixedByTool.map((name) => slotOf(name)));
const [idsSlot, domainsSlot] = [slotOf('target.ids'), slotOf('target.domains')];
const targetSlots: ReadonlySet<number> = new Set([idsSlot, domainsSlot]);
const timeSlot = slotOf('time.utc');

/** The signal of a declared tool; a cost that cannot be counted is unknown. */
export function factOfTool(tool: DeclaredTool, slot: number): unknown {
  switch (signalDeclarations[slot]?.name) {
    case 'tool.name':
      return tool.name;
    case 'tool.kind':
      return tool.kind;
    case 'tool.tags':
      return tool.tags ?? [];
    case 'tool.risk':
      return tool.risk;
    default:
      return microsOf(tool.cost ?? 0) ?? unknown;
  }
}

/** The worlds of an environment's tools and any other tool, and of all that is no tool. Without tools, any tool. */
export function worldsOf(space: Space, tools: readonly DeclaredTool[] | null, horizon: Horizon): readonly World[] {
  const types = signalDeclarations[typeSlot]?.values ?? [];
  const applicable = (type: string) => signalDeclarations.map(({ appliesTo }) => appliesTo.includes(type)).join();
  const alike = Map.groupBy(types, applicable);
  return [...alike.values()].flatMap((group) => {
    const full = space.map((signal, slot) => {
      const { appliesTo = [], missing } = signalDeclarations[slot] ?? {};
      if (slot === typeSlot && signal.type === 'finite')
        return signal.axis.domain(bitsOf(signal.values, (value) => group.includes(String(value))));
      const all = signal.axis.all({ absent: true, unknown: true });
      const known = signal.axis.all({ unknown: true });
      if (!group.some((type) => appliesTo.includes(type))) return all.minus(known);
      if (slot === timeSlot && signal.type === 'number')
        return signal.axis.domain(interval(horizon.fromMs, horizon.toMs - 1));
      if (missing === 'unknown') return known;
      // No targets at all are no targets: then the signal does not apply.
      return signal.type === 'tags' ? signal.axis.domain(someTags, { absent: true, unknown: true }) : all;
    });
    const isTools = group.some((type) => signalDeclarations[nameSlot]?.appliesTo.includes(type));
    return isTools ? worldsOfTools(space, full, tools ?? []) : [{ full, tools: null, isVague: false }];
  });
}

/** What a declaration says of a tool is known together, but for a cost that cannot be counted, or unknown together. */
function worldsOfTools(space: Space, full: readonly Domain[], tools: readonly DeclaredTool[]): World[] {
  const names = tools.map(({ name }) => name);
  const undeclared = full.map((domain, slot) => (fixedSlots.has(slot) ? domain.single(unknown) : domain));
  const other = full.map((domain, slot) => {
    const signal = space[slot];
    if (slot === nameSlot && signal?.type === 'text') return signal.axis.domain(strings.not(literalTexts(names)));
    return fixedSlots.has(slot) && slot !== costSlot ? domain.minus(domain.single(unknown)) : domain;
  });
  const declared = [true, false].flatMap((aimed): World[] => {
    const some = tools.filter(({ targets }) => (targets !== undefined) === aimed);
    if (some.length === 0) return [];
    const domains = full.map((domain, slot) => {
      if (slot === nameSlot) return finiteAxis(some.map((_, index) => index)).axis.all();
      const signal = space[slot];
      const known = signal?.axis.all({ unknown: true });
      return !aimed && known !== undefined && targetSlots.has(slot) ? domain.minus(known) : domain;
    });
    return [{ full: domains, tools: some, isVague: false }];
  });
  return [...declared, { full: other, tools: null, isVague: false }, { full: undeclared, tools: null, isVague: true }];
}

/** The part of a world in which a conjunction surely holds, or may hold; null when there is none. */
export function boxIn(world: World, conjunction: Conjunction, certainty: 'sure' | 'possible'): Box | null {
  const dims: (Domain | undefined)[] = world.full.map(() => undefined);
  let called: Domain | null = null;
  for (const [slot, sure] of conjunction) {
    const wanted = certainty === 'sure' ? sure : sure.withUnknown();
    const full = world.full[slot];
    if (full === undefined) return null;
    if (world.tools !== null && fixedSlots.has(slot)) {
      const all = world.full[nameSlot];
      const { tools } = world;
      called = (called ?? all)?.only((index) => admits(wanted, tools[Number(index)], slot)) ?? null;
      if (called === null || called.isEmpty) return null;
      dims[nameSlot] = called === all ? undefined : called;
      continue;
    }
    const inside = full.and(wanted);
    if (inside.isEmpty) return null;
    dims[slot] = inside === full ? undefined : inside;
  }
  return newBox(world, dims);
}

const admits = (wanted: Domain, tool: DeclaredTool | undefined, slot: number): boolean =>
  tool !== undefined && wanted.has(factOfTool(tool, slot));

/** Null when no possible action is inside, because of counts that hold each other, or of ids without such domains. */
function newBox(world: World, dims: readonly (Domain | undefined)[]): Box | null {
  const slots: number[] = [];
  let counted = 0;
  for (let slot = 0; slot < dims.length; slot++)
    if (dims[slot] !== undefined) {
      slots.push(slot);
      if (isCount[slot]) counted++;
    }
  const aimed = (dims[idsSlot] === undefined ? 0 : 1) + (dims[domainsSlot] === undefined ? 0 : 2);
  const box = { world, dims, slots, counted, aimed };
  const mayClash = counted > 1 && slots.some((slot) => isCount[slot] && dims[slot]?.isOpenAbove === false);
  if (mayClash && leastCounts(box) === null) return null;
  return aimed > 0 && aimOf(box) === null ? null : box;
}

/** What an action of the box is aimed at; null when there is no such action. */
export function aimOf(box: Box): Aim | null {
  const [ids, domains] = [domainAt(box, idsSlot), domainAt(box, domainsSlot)];
  return ids === undefined || domains === undefined ? null : aimWithin(ids, domains);
}

/** What two boxes have in common; null when that is nothing. */
export function intersection(a: Box, b: Box): Box | null {
  if (a.world !== b.world) return null;
  const dims = a.dims.slice();
  for (const slot of b.slots) {
    const [mine, other] = [dims[slot], b.dims[slot]];
    const both = mine === undefined || other === undefined ? other : mine.and(other);
    if (both?.isEmpty) return null;
    dims[slot] = both;
  }
  return newBox(a.world, dims);
}

export function overlap(a: Box, b: Box): boolean {
  if (a.world !== b.world) return false;
  const few = a.slots.length <= b.slots.length ? a : b;
  const many = few === a ? b : a;
  for (const slot of few.slots) {
    const mine = few.dims[slot];
    const other = many.dims[slot];
    if (mine !== undefined && other !== undefined && !mine.meets(other)) return false;
  }
  const areCounted = a.counted > 0 && b.counted > 0;
  const areAimed = a.aimed > 0 && b.aimed > 0 && (a.aimed | b.aimed) === 3;
  return !(areCounted || areAimed) || intersection(a, b) !== null;
}

export function contains(outer: Box, inner: Box): boolean {
  if (outer.world !== inner.world) return false;
  for (const slot of outer.slots) {
    const mine = outer.dims[slot];
    const other = inner.dims[slot];
    if (mine !== undefined && !(other ?? inner.world.full[slot])?.isWithin(mine)) return false;
  }
  return true;
}

/** `box` with another domain for one signal; null when nothing is inside. */
export function withDomain(box: Box, slot: number, domain: Domain): Box | null {
  if (domain.isEmpty) return null;
  const dims = box.dims.slice();
  dims[slot] = domain;
  return newBox(box.world, dims);
}

export const domainAt = (box: Box, slot: number): Domain | undefined => box.dims[slot] ?? box.world.full[slot];

/**
 * One action of the box, all signals in their places, rather an odd one that few rules name: like `plain`, an action of the
 * same world, where the box leaves it open.
 */
export function pointOf(box: Box, plain: readonly Point[]): readonly Point[] {
  const point = plain.length > 0 ? plain.slice() : box.world.full.map((domain) => domain.odd);
  for (const slot of box.slots) point[slot] = box.dims[slot]?.odd;
  if (box.aimed > 0) {
    const aim = aimOf(box);
    [point[idsSlot], point[domainsSlot]] = [aim?.ids, aim?.domains];
  }
  if (box.counted > 0) for (const [slot, count] of leastCounts(box) ?? []) point[slot] = count;
  return point;
}

/** Whether the action, one of the same world, lies in the box. */
export function holds(box: Box, point: readonly Point[]): boolean {
  for (const slot of box.slots) if (!box.dims[slot]?.has(point[slot])) return false;
  return true;
}

/** The box with nothing but one action of it, as far as `slots` go. */
export function narrowedTo(box: Box, point: readonly Point[], slots: Iterable<number>): Box {
  const dims = box.dims.slice();
  for (const slot of slots) dims[slot] = domainAt(box, slot)?.single(point[slot]);
  return newBox(box.world, dims) ?? box;
}

type Least = (name: string) => number;

/**
 * Counts that others hold in them, each with the least that it can be, given theirs. Each follows those that it asks for, and
 * none falls when they rise, so taking the least everywhere finds an action whenever there is one.
 */
const floors: readonly (readonly [name: string, floor: (least: Least) => number])[] = [
  ['trial.consecutiveFailures', () => 0],
  ['trial.failures', (least) => least('trial.consecutiveFailures')],
  ['trial.denials', () => 0],
  ['trial.cost', () => 0],
  ['trial.sameToolCalls', () => 0],
  ['trial.stepsPerMinute', () => 0],
  ['trial.elapsedMs', () => 0],
  [
    'trial.steps',
    (least) => {
      // What was denied neither failed, nor cost anything, nor was a call.
      const done = Math.max(least('trial.failures'), least('trial.sameToolCalls'), least('trial.cost') > 0 ? 1 : 0);
      return Math.max(least('trial.denials') + done, least('trial.stepsPerMinute'));
    },
  ],
  ...wider('agent', 'trial'),
  ...wider('run', 'agent'),
  ['run.elapsedMs', (least) => least('trial.elapsedMs')],
  ...wider('workspace', 'run'),
];

function wider(scope: string, inside: string): [string, (least: Least) => number][] {
  return [
    [`${scope}.failures`, (least) => least(`${inside}.failures`)],
    [`${scope}.denials`, (least) => least(`${inside}.denials`)],
    [`${scope}.stepsPerMinute`, (least) => least(`${inside}.stepsPerMinute`)],
    [`${scope}.cost`, (least) => least(`${inside}.cost`)],
    [
      `${scope}.steps`,
      (least) =>
        Math.max(
          least(`${inside}.steps`),
          least(`${scope}.failures`) + least(`${scope}.denials`),
          least(`${scope}.stepsPerMinute`),
        ),
    ],
  ];
}

const counts = floors.flatMap(([name, floor]) => {
  const slot = slotOf(name);
  return slot === undefined ? [] : [{ name, slot, floor }];
});
const isCount: readonly boolean[] = signalDeclarations.map((_, slot) => counts.some((count) => count.slot === slot));

/** The least counts of an action inside, by place, known ones where that can be. Null when there is no action. */
export const leastCounts = (box: Box): ReadonlyMap<number, number | typeof unknown> | null =>
  countsOf(box, 'known') ?? countsOf(box, 'unknown');

/** What is unknown holds nothing up, so preferring it finds an action whenever there is one. */
function countsOf(box: Box, preferred: 'known' | 'unknown'): ReadonlyMap<number, number | typeof unknown> | null {
  const found = new Map<number, number | typeof unknown>();
  const levels = new Map<string, number>();
  for (const { name, slot, floor } of counts) {
    const least = floor((asked) => levels.get(asked) ?? 0);
    levels.set(name, least);
    const domain = domainAt(box, slot);
    if (domain === undefined || domain.absent) continue;
    const value = preferred === 'unknown' && domain.unknown ? null : domain.leastFrom(least);
    if (value === null && !domain.unknown) return null;
    found.set(slot, value ?? unknown);
    levels.set(name, value ?? least);
  }
  return found;
}
