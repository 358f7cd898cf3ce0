/**
 * Budgets that cannot do what they say: children above their parent, quotas that a single allowed action exceeds, limits that
 * are never reached. What has been spent is not looked at.
 */
import { amountInWords, type CompiledBudget } from '../budget.ts';
import { strengthOf } from '../effect.ts';
import { slotOf } from '../signal.ts';
import { CapExceeded } from './algebra.ts';
import { Bits } from './bits.ts';
import { Crowd } from './crowd.ts';
import { boxesOf, type Entry, type Ground } from './entry.ts';
import type { Finding, Fix, Place, Proof, Undecided } from './finding.ts';
import { interval } from './numbers.ts';
import type { ProofInput } from './prover.ts';
import { exampleIn, type Shown, witnessIn } from './report.ts';
import { possibleFrom, type Scene, sureBelow } from './scene.ts';
import { search } from './search.ts';
import { isParent } from './spending.ts';
import { type Box, domainAt, factOfTool, narrowedTo, type World, withDomain } from './worlds.ts';

const widths = { trial: 0, agent: 1, run: 2, workspace: 3 } as const;
const nameSlot = slotOf('tool.name');
const costSlot = slotOf('tool.cost');

/** What is proved of budgets under the rules of `scene`, those about actions. */
export function proveBudgets(
  input: ProofInput,
  entries: readonly Entry[],
  ground: Ground,
  scene: Scene,
): Pick<Proof, 'findings' | 'undecided'> {
  const budgets = input.policies.flatMap((policy) => policy.budgets);
  const findings: Finding[] = [];
  const undecided: Undecided[] = [];
  if (budgets.length === 0) return { findings, undecided };
  const allowed = allowedActions(entries, scene);
  for (const budget of budgets) {
    try {
      findings.push(...findingsOf(budget, budgets, { input, ground, allowed }));
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
  /** One box among `boxes` of actions that are allowed, or may be by whoever is asked; null when all are held back. */
  readonly allowed: (boxes: readonly Box[]) => Box | null;
}

const held = strengthOf('deny');

function allowedActions(entries: readonly Entry[], scene: Scene): Setting['allowed'] {
  const unread = entries.find(({ on, trouble }) => on === 'action' && trouble !== null);
  return (boxes) => {
    if (unread !== undefined) throw new CapExceeded(`rule \`${unread.place.id}\` could not be read by the prover`);
    for (const [world, inside] of Map.groupBy(boxes, (box) => box.world)) {
      const room = scene.room(world);
      if (room === undefined) continue;
      const withinEach = scene.policies.flatMap(({ fallback }, index) =>
        fallback.strength < held
          ? []
          : [sureBelow(room, index, Number.POSITIVE_INFINITY).join(room.notInForce[index] ?? new Bits())],
      );
      const { found } = search(room.crowd, { inside, withinEach, outside: possibleFrom(room, held) });
      if (found !== null) return narrowedTo(found.box, found.point, namedIn(found.box, room.crowd.named));
    }
    return null;
  };
}

const namedIn = ({ slots }: Box, others: readonly number[]): ReadonlySet<number> => new Set([...slots, ...others]);

function findingsOf(budget: CompiledBudget, all: readonly CompiledBudget[], setting: Setting): Finding[] {
  const { input, ground, allowed } = setting;
  const { matches, sure, trouble } = boxesOf(budget.formula, false, ground);
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
  const removal: Fix = { kind: 'delete', place };

  const children = all.filter((child) => isParent(budget, child) && limitsWithin(child, budget));
  const together = children.reduce((sum, { limit }) => sum + limit, 0);
  if (together > budget.limit) {
    const list = children.map(({ id }) => `\`${id}\``).join(' and ');
    const message = `${list} may take ${amount(together, budget)}${children.length > 1 ? ' together' : ''}, but ${name}, which they draw from, has only ${amount(budget.limit, budget)}`;
    return [finding('children', message, [limitOf(together)], sure[0] ?? null, children)];
  }

  const counted = budget.unit === 'usd' ? costing(sure, 1) : sure;
  const reached = budget.unit === 'steps' ? (counted[0] ?? null) : allowed(counted);
  if (reached === null) {
    const message = `${name} is never reached: no action that it counts can be allowed${budget.unit === 'usd' ? ' and costs anything' : ''}`;
    return [finding('unreached', message, [removal], null)];
  }

  const tooMuch = budget.unit === 'usd' ? dearest(sure, budget.limit, allowed) : budget.limit === 0 ? reached : null;
  if (tooMuch !== null) {
    const message = `one action that may be allowed already takes more than the ${amount(budget.limit, budget)} of ${name}`;
    return [finding('exceeded', message, [limitOf(budget.unit === 'usd' ? costOf(tooMuch) : 1)], tooMuch)];
  }

  const tighter = all.find((other) => exhaustsFirst(other, budget, all) && holds(other, matches, ground));
  if (tighter === undefined) return [];
  const message = `${name} is never reached: \`${tighter.id}\` counts the same actions and ends at ${amount(tighter.limit, tighter)}`;
  return [finding('unreached', message, [removal, limitOf(tighter.limit)], reached, [tighter])];
}

/** Of the allowed calls of declared tools that cost more than the limit, one that costs most; null when there is none. */
function dearest(boxes: readonly Box[], limit: number, allowed: Setting['allowed']): Box | null {
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

/** Whether `other`, if it counts all that `budget` counts, is empty before it and stops everything that both count. */
function exhaustsFirst(other: CompiledBudget, budget: CompiledBudget, all: readonly CompiledBudget[]): boolean {
  const stops = budget.unit === 'steps' ? other.onExhausted === 'halt' : other.onExhausted !== 'ask';
  return (
    other !== budget &&
    other.unit === budget.unit &&
    other.limit < budget.limit &&
    stops &&
    widths[other.per] >= widths[budget.per] &&
    (other.windowMs === null || other.windowMs === budget.windowMs) &&
    !isAncestor(other, budget, all)
  );
}

function isAncestor(above: CompiledBudget, below: CompiledBudget, all: readonly CompiledBudget[]): boolean {
  const parent = all.find((one) => isParent(one, below));
  return parent !== undefined && (parent === above || isAncestor(above, parent, all));
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

/** The part of `boxes` in which an action costs at least so many micro-dollars; what is no tool call costs nothing. */
function costing(boxes: readonly Box[], fromMicros: number): Box[] {
  return boxes.flatMap((box) => {
    const { tools } = box.world;
    if (tools !== null) {
      const called = domainAt(box, nameSlot)?.only((index) => {
        const tool = tools[Number(index)];
        const cost = tool && factOfTool(tool, costSlot);
        return typeof cost === 'number' && cost >= fromMicros;
      });
      return (called && withDomain(box, nameSlot, called)) ?? [];
    }
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
