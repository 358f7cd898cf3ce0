/** What is true of one rule among all that apply together: needed, redundant, shadowed, or never matching. */
import { evaluator } from '../evaluate.ts';
import { type Facts, factsOf } from '../signal.ts';
import { FALSE, TRUE } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import { Bits } from './bits.ts';
import type { Entry, Shown, Verdict } from './entry.ts';
import { drowning, type Room, type Scene, type Seat, sureBelow } from './scene.ts';
import { type Found, search } from './search.ts';
import { drowns, isQuestion, sidesOf, silence, type Voice, voiceOfStrength } from './voice.ts';
import { actionIn } from './witness.ts';
import { holds, narrowedTo } from './worlds.ts';

/** The verdict on a rule of the scene. `unread` are rules of which only single actions can be asked. */
export function judge(entry: Entry, scene: Scene, unread: readonly Entry[]): Verdict {
  const { policies } = scene;
  if (entry.trouble !== null)
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${entry.trouble}` };
  const { isForLater } = entry;
  if (entry.matches.length === 0) return { kind: 'never', unknown: entry.obliging[0] ?? null, isForLater };
  const [example] = entry.sure;
  if (example === undefined) return { kind: 'never', unknown: entry.matches[0] ?? null, isForLater };
  const strangers = unread.filter((other) => other !== entry);
  const isOutdone = (found: Located) => strongestAt(found, scene, strangers, entry, null) > entry.strength;
  try {
    const needed = inTurn(entry, scene, whereNeeded);
    const decisive = needed.found;
    // What was searched for need not be checked, but against rules that the search knows nothing of.
    const isSure =
      decisive !== null &&
      (strangers.length === 0 ||
        strongestAt(decisive, scene, strangers, entry, null) !== strongestAt(decisive, scene, strangers, entry, entry));
    const isFree = needed.isFree && strangers.length === 0;
    if (isSure && (isFree || (isMatch(entry, decisive) && !isOutdone(decisive)))) {
      const shown = shownBy(decisive);
      return { kind: 'sound', decisive: shown, unshadowed: shown };
    }
    const free = inTurn(entry, scene, whereStrongest);
    if (
      free.found === null &&
      (strangers.length === 0 || policies.every(({ fallback }) => fallback.strength <= entry.strength))
    )
      return { kind: 'shadowed', by: few(free, entry, scene, whereStrongest), example, isIdle: decisive === null };
    if (isSure && free.found !== null && !isOutdone(free.found))
      return { kind: 'sound', decisive: shownBy(decisive), unshadowed: shownBy(free.found) };
    if (decisive === null && strangers.length === 0)
      return { kind: 'redundant', by: few(needed, entry, scene, whereNeeded), example };
    const ids = strangers.map(({ place }) => `\`${place.id}\``).join(', ');
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved, because ${ids} cannot be` };
  } catch (error) {
    if (!(error instanceof CapExceeded)) throw error;
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${error.message}` };
  }
}

/** What was found, and in which room. */
interface Located extends Found {
  readonly room: Room;
}

/** An `allow` may oblige where it is not known whether it matches, and then it allows nothing. */
const isMatch = ({ matches }: Entry, { room, point }: Located): boolean =>
  matches.some((box) => box.world === room.crowd.world && holds(box, point));

const shownBy = ({ room, point }: Located): Shown => ({ world: room.crowd.world, point });

/** Of one room. */
interface Sought {
  readonly found: Found | null;
  readonly because: Bits;
  /** Whether nothing stronger can speak at what was found. */
  readonly isFree: boolean;
}

/** Asks about one room. Of other rules only those count of which boxes are `among`; all when it is null. */
type Ask = (seat: Seat, scene: Scene, among: Bits | null) => Sought;

interface Answer {
  readonly found: Located | null;
  readonly because: ReadonlySet<Entry>;
  readonly isFree: boolean;
}

function inTurn(entry: Entry, scene: Scene, ask: Ask): Answer {
  const because = new Set<Entry>();
  for (const seat of scene.seats(entry)) {
    const { room } = seat;
    const { found, because: ids, isFree } = ask(seat, scene, null);
    if (found !== null) return { found: { ...found, room }, because, isFree };
    for (const id of ids.list()) {
      const owner = room.crowd.owner(id);
      if (owner) because.add(owner);
    }
  }
  return { found: null, because, isFree: false };
}

/** Where leaving the rule out changes what is decided, who is asked or for how long, or what has to be done. */
function whereNeeded(seat: Seat, scene: Scene, among: Bits | null): Sought {
  const { entry, room, obliging, own } = seat;
  const fallback = scene.policies[entry.policy]?.fallback ?? silence;
  const because = new Bits();
  for (const side of sidesOf([entry.voice, fallback], isOneWait(seat, scene))) {
    const heard = whereHeard(seat, scene, { voice: side(entry.voice), fallback: side(fallback) }, among);
    if (heard.found !== null) return heard;
    because.join(heard.because);
  }
  for (const duty of entry.duties) {
    const outside = (room.obliging.get(duty) ?? new Bits()).copy().drop(own);
    const left = search(room.crowd, { inside: obliging, outside: among === null ? outside : outside.keep(among) });
    because.join(left.because);
    if (left.found !== null) return { found: left.found, because, isFree: false };
  }
  return { found: null, because, isFree: true };
}

/** Whether all questions of rules in the room, and of defaults, wait equally long. */
function isOneWait({ room }: Seat, { policies }: Scene): boolean {
  if (room.askingFor.size > 1) return false;
  const waits = new Set(room.askingFor.keys());
  for (const { fallback } of policies) if (fallback.waitMs !== null) waits.add(fallback.waitMs);
  return waits.size <= 1;
}

/** One side of what a rule says, and of what its policy's default says. */
interface Said {
  readonly voice: Voice;
  readonly fallback: Voice;
}

/**
 * Where one side of the rule is missed. Where it drowns its policy's default: wherever nothing else drowns it. Where the default
 * drowns it, which it keeps off: also where it alone does, and nothing else drowns the default. In between, where both say the
 * same: only where another rule keeps the default off. `isFree` says that nothing stronger speaks where it is needed.
 */
function whereHeard(seat: Seat, scene: Scene, { voice, fallback }: Said, among: Bits | null): Sought {
  const { room, matches } = seat;
  const { crowd } = room;
  const { strength } = voice;
  const held = question(seat, scene, voice, among);
  let because = new Bits();
  if (strength > 0 || fallback.strength < strength) {
    // Where another rule surely matches, the default does not speak for this one.
    const beside = drowns(fallback, voice) ? [besides(seat, strength)] : [];
    const found = search(crowd, { ...held, withinEach: [...beside, ...held.withinEach], inside: matches });
    if (found.found !== null) return { ...found, isFree: true };
    because = found.because;
  }
  if (drowns(voice, fallback)) return { found: null, because, isFree: true };
  const alone = whereAlone(seat, scene, fallback, among);
  return { found: alone.found, because: because.join(alone.because), isFree: false };
}

/** Where the rule alone keeps its policy's default off, and this side of the default would be heard. */
function whereAlone(seat: Seat, scene: Scene, fallback: Voice, among: Bits | null) {
  const { entry, room, sure, own } = seat;
  const { outside, withinEach } = question(seat, scene, fallback, among);
  const others = sureBelow(room, entry.policy, Number.POSITIVE_INFINITY).drop(own);
  return search(room.crowd, {
    inside: sure,
    withinEach,
    outside: outside.join(among === null ? others : others.keep(among)),
  });
}

/** Boxes in which other rules of the policy keep its default off, and are no stronger. */
const besides = ({ entry, room, own }: Seat, strength: number): Bits =>
  sureBelow(room, entry.policy, strength + (isQuestion(entry.voice) ? 1 : 0)).drop(own);

/** Where nothing stronger than the rule speaks. */
function whereStrongest(seat: Seat, scene: Scene, among: Bits | null): Sought {
  const { entry, room, matches } = seat;
  const fallback = scene.policies[entry.policy]?.fallback ?? silence;
  const { outside, withinEach } = question(seat, scene, voiceOfStrength(entry.strength + 1), among);
  // Where the rule matches only for want of knowledge, the default of its own policy speaks too.
  const kept =
    fallback.strength > entry.strength && entry.strength > 0 ? [sureBelow(room, entry.policy, entry.strength + 1)] : [];
  return {
    ...search(room.crowd, { inside: matches, outside, withinEach: [...kept, ...withinEach] }),
    isFree: true,
  };
}

/** Where no other rule and no default drowns one side of a voice, that of the rule's own policy left out of account. */
function question({ entry, room, own }: Seat, { policies }: Scene, voice: Voice, among: Bits | null) {
  const outside = drowning(room, voice).drop(own);
  const weaker = voice.strength + (isQuestion(voice) ? 1 : 0);
  return {
    outside: among === null ? outside : outside.keep(among),
    withinEach: policies.flatMap(({ fallback }, index) => {
      if (!drowns(fallback, voice) || index === entry.policy) return [];
      return [sureBelow(room, index, weaker).join(room.notInForce[index] ?? new Bits())];
    }),
  };
}

/** As few of the rules that the answer rests on as can be found by leaving out one after the other. */
function few({ because }: Answer, entry: Entry, scene: Scene, ask: Ask): Entry[] {
  let rules = [...because].sort((a, b) => a.order - b.order);
  if (rules.length > 12) return rules;
  for (const rule of rules) {
    const without = rules.filter((other) => other !== rule);
    if (scene.seats(entry).every((seat) => isNowhere(seat, without, scene, ask))) rules = without;
  }
  return rules;
}

function isNowhere(seat: Seat, rules: readonly Entry[], scene: Scene, ask: Ask): boolean {
  const among = new Bits();
  for (const rule of rules) for (const other of scene.seats(rule)) if (other.room === seat.room) among.join(other.own);
  return ask(seat, scene, among).found === null;
}

/** The strength of what is decided of an action that `entry` matches, without `left`; -1 when nothing speaks. */
function strongestAt(
  { room, point, box }: Located,
  { policies }: Scene,
  strangers: readonly Entry[],
  entry: Entry,
  left: Entry | null,
): number {
  const { crowd } = room;
  let strongest = -1;
  const speaks = (strength: number, rules: Bits) => {
    if (strength > strongest && rules.list().some((id) => crowd.owner(id) !== left)) strongest = strength;
  };
  for (const [strength, rules] of room.possible.entries()) speaks(strength, crowd.holding(point, rules));
  const settled = new Set<number>();
  if (strangers.length > 0) {
    const facts: Facts = factsOf(actionIn(narrowedTo(box, point, crowd.named)).signals);
    for (const rule of [entry, ...strangers]) {
      if (rule === left) continue;
      const truth = evaluator(rule.formula)(facts);
      if (rule.strength === 0 ? truth === TRUE : truth !== FALSE) strongest = Math.max(strongest, rule.strength);
      if (truth === TRUE) settled.add(rule.policy);
    }
  }
  for (const [index, { fallback }] of policies.entries()) {
    if (fallback.strength <= strongest || settled.has(index)) continue;
    const keptOff = sureBelow(room, index, Number.POSITIVE_INFINITY).join(room.notInForce[index] ?? new Bits());
    const isKeptOff = crowd
      .holding(point, keptOff)
      .list()
      .some((id) => left === null || crowd.owner(id) !== left);
    if (!isKeptOff) strongest = fallback.strength;
  }
  return strongest;
}
