/**
 * Budgets that cannot do what they say: children above their parent, quotas that a single allowed action exceeds, limits that
 * are never reached. What has been spent is not looked at.
 */
import { amountInWords, type CompiledBudget } from '../budget.ts';
import { strengthOf } from '../effect.ts';
import { any, type Formula } from '../formula.ts';
import { slotOf } from '../signal.ts';
import { CapExceeded } from './algebra.ts';
import { Bits } from './bits.ts';
import { Crowd } from './crowd.ts';
import { unknown } from './domain.ts';
import { boxesOf, type Entry, type Ground } from './entry.ts';
import type { Finding, Fix, Place, Proof, Undecided } from './finding.ts';
import { interval } from './numbers.ts';
import type { ProofInput } from './prover.ts';
import { changingAmong, exampleIn, inWords, type Proved, type Shown, witnessIn } from './report.ts';
import { possibleFrom, type Scene, sureBelow } from './scene.ts';
import { search } from './search.ts';
import { isParent } from './spending.ts';
import { type Box, type DeclaredTool, domainAt, factOfTool, narrowedTo, type World, withDomain } from './worlds.ts';

const widths = { trial: 0, agent: 1, run: 2, workspace: 3 } as const;
const nameSlot = slotOf('tool.name');
const costSlot = slotOf('tool.cost');

/** What is proved of budgets under the rules about actions. */
export function proveBudgets(
  input: ProofInput,
  entries: readonly Entry[],
  ground: Ground,
  proved: Proved,
): Pick<Proof, 'findings' | 'undecided'> {
  const budgets = eachOnce(input.policies.flatMap((policy) => policy.budgets));
  const findings: Finding[] = [];
  const undecided: Undecided[] = [];
  if (budgets.length === 0) return { findings, undecided };
  const weaker = heldBackLess(entries, proved.scenes.action);
  const changing = changingAmong(entries, proved).action;
  for (const budget of budgets) {
    try {
      findings.push(...findingsOf(budget, budgets, { input, ground, weaker, proved, changing }));
    } catch (error) {
      if (!(error instanceof CapExceeded)) throw error;
      undecided.push({ place: placeOf(budget), message: `\`${budget.id}\` is not proved: ${error.message}` });
    }
  }
  return { findings, undecided };
}

interface Setting {
  readonly input: ProofInput;
  readonly ground: Ground;
  /** One box among `boxes` of actions of which all rules and defaults say less than `strength`; null when there is none. */
  readonly weaker: (boxes: readonly Box[], strength: number) => Box | null;
  readonly proved: Proved;
  /** What changes after the horizon, of rules and defaults. */
  readonly changing: readonly Formula[];
}

/** Those that several policies include are one, which counts what it counts in any of them. */
function eachOnce(budgets: readonly CompiledBudget[]): CompiledBudget[] {
  const alike = Map.groupBy(budgets, ({ digest, policy, id }) => `${digest} ${policy} ${id}`);
  return [...alike.values()].flatMap(([budget, ...others]) => {
    if (budget === undefined) return [];
    if (others.length === 0) return [budget];
    return [{ ...budget, formula: any([budget, ...others].map(({ formula }) => formula)) }];
  });
}

/** Less than this is allowed, or may be by whoever is asked. */
const held = strengthOf('deny');
const halted = strengthOf('halt');

function heldBackLess(entries: readonly Entry[], scene: Scene): Setting['weaker'] {
  const unread = entries.find(({ on, trouble }) => on === 'action' && trouble !== null);
  return (boxes, strength) => {
    if (unread !== undefined) throw new CapExceeded(`rule \`${unread.place.id}\` could not be read by the prover`);
    for (const [world, inside] of Map.groupBy(boxes, (box) => box.world)) {
      const room = scene.room(world);
      if (room === undefined) continue;
      const withinEach = scene.policies.flatMap(({ fallback }, index) =>
        fallback.strength < strength
          ? []
          : [sureBelow(room, index, Number.POSITIVE_INFINITY).join(room.notInForce[index] ?? new Bits())],
      );
      const { found } = search(room.crowd, { inside, withinEach, outside: possibleFrom(room, strength) });
      if (found !== null) return narrowedTo(found.box, found.point, namedIn(found.box, room.crowd.named));
    }
    return null;
  };
}

const namedIn = ({ slots }: Box, others: readonly number[]): ReadonlySet<number> => new Set([...slots, ...others]);

function findingsOf(budget: CompiledBudget, all: readonly CompiledBudget[], setting: Setting): Finding[] {
  const { input, ground, weaker, proved, changing } = setting;
  const below = descendantsOf(budget, all);
  // What a budget below it counts is taken from it, too.
  const formula = any([budget, ...below].map((one) => one.formula));
  const { matches, sure, trouble } = boxesOf(formula, false, ground);
  if (trouble !== null) throw new CapExceeded(trouble);
  const place = placeOf(budget);
  const name = `\`${budget.id}\``;
  const finding = (
    kind: NonNullable<Finding['budget']>,
    message: string,
    fixes: Finding['fixes'],
    example: Box | null,
    others: readonly CompiledBudget[] = [],
  ): Finding => ({
    code: 'proof/budget-infeasible',
    places: [place, ...others.map(placeOf)],
    more: 0,
    message,
    fixes,
    budget: kind,
    example: () => example && exampleIn(shownBy(example)),
    witness: () => example && witnessIn(shownBy(example)),
  });
  const shownBy = (box: Box): Shown => ({ box, title: `${budget.id} counts this`, on: 'action', proved: input });
  const limitOf = (limit: number): Fix => ({ kind: 'set-limit', place, limit: inUnit(limit, budget) });
  // Without it, others would draw from nothing, or nothing more from the one above.
  const isLinked = budget.parent !== null || below.length > 0;
  const removal: Fix[] = isLinked ? [] : [{ kind: 'delete', place }];
  const idle = (does: string, because: string, fix: Fix[], example: Box | null, by: CompiledBudget[] = []): Finding => {
    const others = by.length > 0 ? by.map((one) => one.formula) : changing;
    if (!proved.later.isOpen(formula, others)) {
      const fixes = by.length > 0 || example === null ? [...removal, ...fix] : fix;
      return finding('unreached', `${name} ${does}: ${because}`, fixes, example, by);
    }
    const message = `${name} ${does} within ${inWords(proved.horizon)}: ${because}; later it may matter`;
    return { ...finding('unreached', message, fix, example, by), isForLater: true };
  };

  const children = below.filter((child) => isParent(budget, child) && limitsWithin(child, budget));
  const together = children.reduce((sum, { limit }) => sum + limit, 0);
  if (together > budget.limit) {
    const list = children.map(({ id }) => `\`${id}\``).join(' and ');
    const message = `${list} may take ${amount(together, budget)}${children.length > 1 ? ' together' : ''}, but ${name}, which they draw from, has only ${amount(budget.limit, budget)}`;
    return [finding('children', message, [limitOf(together)], sure[0] ?? null, children)];
  }

  const counted = budget.unit === 'usd' ? costing(matches, 1) : matches;
  const reached = budget.unit === 'steps' ? (counted[0] ?? null) : weaker(counted, held);
  if (reached === null) {
    // Where nothing is ever taken from it, it speaks of that only which is too much for it alone, allowed or not.
    const least = leastToHalt(budget);
    if (weaker(tooMuchFor(budget, sure), least) !== null) return [];
    const what = `no action that it counts can be allowed${budget.unit === 'usd' ? ' and costs anything' : ''}`;
    const exceeding = [...tooMuchFor(budget, matches), ...ofUnknownCost(budget, matches)];
    const blind = weaker(exceeding, least);
    if (blind !== null) {
      const known = `${what}, and only what nobody knows enough of is held back by it`;
      return [idle('is never reached by what is known', known, [], blind)];
    }
    const isSilent = weaker(exceeding, Number.POSITIVE_INFINITY) === null;
    return [idle(isSilent ? 'is never reached' : 'never decides', what, [], null)];
  }

  const tooMuch =
    budget.unit === 'usd'
      ? dearest(sure, budget.limit, (boxes) => weaker(boxes, held))
      : budget.limit === 0
        ? reached
        : null;
  if (tooMuch !== null) {
    const message = `one action that may be allowed already takes more than the ${amount(budget.limit, budget)} of ${name}`;
    return [finding('exceeded', message, [limitOf(budget.unit === 'usd' ? costOf(tooMuch) : 1)], tooMuch)];
  }

  const tighter = all.find((other) => exhaustsFirst(other, budget, all) && holds(other, matches, ground));
  if (tighter === undefined) return [];
  const counts = `counts the same actions and ends at ${amount(tighter.limit, tighter)}`;
  const fix = [limitOf(tighter.limit)];
  return [
    budget.unit === 'usd'
      ? idle('never decides', `wherever it is exhausted, so is \`${tighter.id}\`, which ${counts}`, fix, reached, [
          tighter,
        ])
      : idle('is never reached', `\`${tighter.id}\` ${counts}`, fix, reached, [tighter]),
  ];
}

/** What holds back at least so much leaves nothing for the budget to hold back. A rule ends no more than a trial. */
function leastToHalt({ onExhausted, per }: CompiledBudget): number {
  if (onExhausted !== 'halt') return held;
  return per === 'trial' ? halted : Number.POSITIVE_INFINITY;
}

/** The part of `boxes` in which one action is known to take more than there ever is. */
function tooMuchFor({ unit, limit }: CompiledBudget, boxes: readonly Box[]): readonly Box[] {
  if (unit === 'usd') return costing(boxes, limit + 1);
  return limit === 0 ? boxes : [];
}

/** Of the allowed calls of declared tools that cost more than the limit, one that costs most; null when there is none. */
function dearest(boxes: readonly Box[], limit: number, allowed: (boxes: readonly Box[]) => Box | null): Box | null {
  let found: Box | null = null;
  for (let above = limit; ; above = costOf(found)) {
    const dearer = allowed(costing(boxes, above + 1).filter(({ world }) => world.tools));
    if (dearer === null) return found;
    found = dearer;
  }
}

/** Of a box of one declared tool, what a call costs, in micro-dollars. */
function costOf({ world, dims }: Box): number {
  const tool = world.tools?.[Number(dims[nameSlot]?.sample([]))];
  const cost = tool && factOfTool(tool, costSlot);
  return typeof cost === 'number' ? cost : 0;
}

/** Whether the child's limit must fit into one window of the parent. */
const limitsWithin = (child: CompiledBudget, parent: CompiledBudget): boolean =>
  parent.windowMs === null || (child.windowMs !== null && child.windowMs <= parent.windowMs);

/** Whether `other`, if it counts all that `budget` counts, always says as much before it or with it. */
function exhaustsFirst(other: CompiledBudget, budget: CompiledBudget, all: readonly CompiledBudget[]): boolean {
  return (
    other !== budget &&
    other.unit === budget.unit &&
    other.limit < budget.limit &&
    stops(other, budget) &&
    widths[other.per] >= widths[budget.per] &&
    (other.windowMs === null || other.windowMs === budget.windowMs) &&
    !descendantsOf(other, all).includes(budget)
  );
}

/**
 * An exhausted budget lets nothing through, whatever it says, but steps are taken by what is not let through, too. An amount
 * of dollars may be too much for both at once: then the stronger of them is heard.
 */
function stops(other: CompiledBudget, { unit, onExhausted }: CompiledBudget): boolean {
  if (unit === 'steps') return other.onExhausted === 'halt';
  return unit === 'calls' || strengthOf(other.onExhausted) >= strengthOf(onExhausted);
}

/** The budgets that draw from `budget`, and those that draw from them. */
function descendantsOf(budget: CompiledBudget, all: readonly CompiledBudget[]): CompiledBudget[] {
  return all.filter((child) => isParent(budget, child)).flatMap((child) => [child, ...descendantsOf(child, all)]);
}

function holds(other: CompiledBudget, inside: readonly Box[], ground: Ground): boolean {
  const { matches, trouble } = boxesOf(other.formula, false, ground);
  if (trouble !== null) return false;
  return ground.worlds.every((world: World) => {
    const crowd = new Crowd<null>(world, () => 0);
    const outside = new Bits();
    for (const box of matches) if (box.world === world) outside.add(crowd.add(box, null));
    const here = inside.filter((box) => box.world === world);
    return search(crowd, { inside: here, outside }).found === null;
  });
}

/** The part of `boxes` in which nobody knows what an action takes. */
function ofUnknownCost({ unit }: CompiledBudget, boxes: readonly Box[]): Box[] {
  if (unit !== 'usd') return [];
  return boxes.flatMap((box) => {
    const { tools } = box.world;
    if (tools === null) {
      const cost = domainAt(box, costSlot);
      return (cost && withDomain(box, costSlot, cost.and(cost.single(unknown)))) ?? [];
    }
    return calling(box, (tool) => typeof factOfTool(tool, costSlot) !== 'number');
  });
}

/** The part of a box of declared tools in which some of them are called. */
function calling(box: Box, passes: (tool: DeclaredTool) => boolean): Box[] {
  const called = domainAt(box, nameSlot)?.only((index) => {
    const tool = box.world.tools?.[Number(index)];
    return tool !== undefined && passes(tool);
  });
  const part = called && withDomain(box, nameSlot, called);
  return part ? [part] : [];
}

/** The part of `boxes` in which an action costs at least so many micro-dollars; what is no tool call costs nothing. */
function costing(boxes: readonly Box[], fromMicros: number): Box[] {
  return boxes.flatMap((box) => {
    if (box.world.tools !== null)
      return calling(box, (tool) => {
        const cost = factOfTool(tool, costSlot);
        return typeof cost === 'number' && cost >= fromMicros;
      });
    const cost = domainAt(box, costSlot);
    const enough = cost?.numbers(interval(fromMicros, Number.MAX_SAFE_INTEGER));
    return (enough && withDomain(box, costSlot, enough)) ?? [];
  });
}

const inUnit = (limit: number, { unit }: CompiledBudget): number => (unit === 'usd' ? limit / 1_000_000 : limit);

const amount = (limit: number, { unit }: CompiledBudget): string => amountInWords(limit, unit);

function placeOf({ id, policy, onExhausted, digest, path, line }: CompiledBudget): Place {
  return { kind: 'budget', policy, id, effect: onExhausted, digest, path, ...(line !== undefined && { line }) };
}
