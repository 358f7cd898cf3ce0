/** One possible action out of a box, as signals, and which of them a test has to name. It decides nothing. */
import { type SignalRecord, type SignalValue, signalDeclarations, slotOf, type Unknown } from '../signal.ts';
import { unknown } from './domain.ts';
import { wishes } from './space.ts';
import { aimOf, type Box, domainAt, factOfTool, leastCounts } from './worlds.ts';

export interface WitnessAction {
  readonly type: string;
  /** The tool that is called, where it is known. */
  readonly tool: string | null;
  /** All signals, as a kernel would make them of the action. */
  readonly signals: SignalRecord;
  /** Those that tests have to give by hand: neither the declared tool nor a fresh trial says them. */
  readonly byHand: readonly string[];
}

const nothing: ReadonlySet<string> = new Set();
const nameSlot = slotOf('tool.name');
const idsSlot = slotOf('target.ids');
const domainsSlot = slotOf('target.domains');

/** The plainest action inside: known before unknown, no counts but those that must be. Tests name what is `read`. */
export function actionIn(box: Box, read: ReadonlySet<string> = nothing): WitnessAction {
  const called = box.world.tools?.[Number(domainAt(box, nameSlot)?.sample([]))];
  const counts = leastCounts(box);
  const facts = signalDeclarations.map(({ missing }, slot): unknown => {
    const domain = domainAt(box, slot);
    if (called !== undefined && fromTool(slot)) return factOfTool(called, slot);
    if (counts?.has(slot)) return counts.get(slot);
    const isBetterLeftOut = missing === 'inapplicable' && box.dims[slot] === undefined && domain?.absent;
    return isBetterLeftOut ? undefined : domain?.sample(wishes[slot] ?? []);
  });
  if (box.aimed > 0) {
    const aim = aimOf(box);
    [facts[idsSlot], facts[domainsSlot]] = [aim?.ids, aim?.domains];
  }
  const signals: Record<string, SignalValue | Unknown> = {};
  const byHand: string[] = [];
  for (const [slot, { name, origin }] of signalDeclarations.entries()) {
    const fact = facts[slot];
    const isConstrained = box.dims[slot] !== undefined;
    if (fact === undefined || (origin === 'observation' && !isConstrained)) continue;
    signals[name] = fact === unknown ? { unknown: 'cannot be told' } : (fact as SignalValue);
    const isGiven =
      name === 'action.type' || (called !== undefined && fromTool(slot)) || (fact === 0 && !fromTool(slot));
    const isTold =
      isConstrained ||
      read.has(name) ||
      name === 'tool.name' ||
      name.startsWith('trial.') ||
      name.startsWith('target.');
    if (!isGiven && isTold) byHand.push(name);
  }
  const tool = signals['tool.name'];
  return { type: String(facts[0]), tool: typeof tool === 'string' ? tool : null, signals, byHand };
}

const fromTool = (slot: number): boolean => signalDeclarations[slot]?.name.startsWith('tool.') ?? false;
