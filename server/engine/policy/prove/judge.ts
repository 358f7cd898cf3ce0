/** What is true of one rule among all that apply together: needed, redundant, shadowed, or never matching. */
import type { Facts } from '../signal.ts';
import { factsOf, slotOf } from '../signal.ts';
import { TRUE } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import { type Entry, matchesAt, overlapping, type Verdict } from './entry.ts';
import { type Answer, type Found, search, type Taken } from './search.ts';
import { actionIn } from './witness.ts';
import { type Box, narrowedTo } from './worlds.ts';

/** Policies that apply together, in one phase: before an action is done, or when its observation comes back. */
export interface Scene {
  readonly policies: readonly ScenePolicy[];
  /** All rules that match in vague worlds: there each may meet each. */
  vague: readonly Entry[];
}

export interface ScenePolicy {
  /** The strength of its default; -1 when it has none. */
  readonly fallback: number;
  /** Where the policy is not in force, for sure. */
  readonly notInForce: readonly Box[];
  readonly inForce: (facts: Facts) => boolean;
}

/** The verdict on a rule whose overlaps are known. `unread` are rules of which only single actions can be asked. */
export function judge(entry: Entry, scene: Scene, unread: readonly Entry[]): Verdict {
  const { policies } = scene;
  if (entry.trouble !== null)
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${entry.trouble}` };
  if (entry.matches.length === 0) return { kind: 'never', unknown: null };
  const [example] = entry.sure;
  if (example === undefined) return { kind: 'never', unknown: entry.matches[0] ?? null };
  const strangers = unread.filter((other) => other !== entry);
  const isOutdone = (facts: Facts) => strongestAt(facts, entry, scene, strangers, true) > entry.strength;
  try {
    const needed = inTurn(entry, scene, whereNeeded);
    const decisive = needed.found && pointIn(needed.found);
    // What was searched for need not be checked, but against rules that the search knows nothing of.
    const isSure = decisive !== null && (strangers.length === 0 || isDecisive(decisive, entry, scene, strangers));
    if (isSure && ((needed.isFree && strangers.length === 0) || !isOutdone(decisive)))
      return { kind: 'sound', decisive, unshadowed: decisive };
    const free = inTurn(entry, scene, whereStrongest);
    if (free.found === null && (strangers.length === 0 || policies.every(({ fallback }) => fallback <= entry.strength)))
      return { kind: 'shadowed', by: few(free, entry, scene, whereStrongest), example };
    const unshadowed = free.found && pointIn(free.found);
    if (isSure && unshadowed !== null && !isOutdone(unshadowed)) return { kind: 'sound', decisive, unshadowed };
    if (decisive === null && strangers.length === 0)
      return { kind: 'redundant', by: few(needed, entry, scene, whereNeeded), example };
    const ids = strangers.map(({ place }) => `\`${place.id}\``).join(', ');
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved, because ${ids} cannot be` };
  } catch (error) {
    if (!(error instanceof CapExceeded)) throw error;
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${error.message}` };
  }
}

/** One kind of worlds: where a rule matches there, for sure too, and whom it meets. */
interface Part {
  readonly entry: Entry;
  readonly matches: readonly Box[];
  readonly sure: readonly Box[];
  readonly others: readonly Entry[];
  readonly policies: readonly ScenePolicy[];
}

interface Sought extends Answer<Entry> {
  /** Whether nothing stronger can speak at what was found. */
  readonly isFree: boolean;
}
type Ask = (part: Part, rules: readonly Entry[]) => Sought;

function partsOf(entry: Entry, { policies, vague }: Scene): Part[] {
  const part = (matches: readonly Box[], others: readonly Entry[], isVague: boolean): Part[] =>
    matches.length === 0
      ? []
      : [{ entry, matches, sure: entry.sure.filter(({ world }) => world.isVague === isVague), others, policies }];
  return [
    ...part(entry.clear, entry.overlaps, false),
    ...part(
      entry.vague,
      vague.filter((other) => other !== entry),
      true,
    ),
  ];
}

/** Asks of clear worlds first: vague ones are crowded, and say less. */
function inTurn(entry: Entry, scene: Scene, ask: Ask): Sought {
  const because = new Set<Entry>();
  for (const part of partsOf(entry, scene)) {
    const answer = ask(part, part.others);
    if (answer.found !== null) return answer;
    for (const owner of answer.because) because.add(owner);
  }
  return { found: null, because, isFree: false };
}

const pointIn = ({ box, point }: Found): Facts => factsOf(actionIn(narrowedTo(box, point)).signals);

/**
 * Where leaving the rule out changes what is decided. With an effect stronger than its policy's default: wherever nothing
 * else is as strong. With a weaker one, which keeps the default off: also where it alone does, and nothing else is as strong
 * as the default. In between, with the default's own effect: only where another rule keeps the default off. `isFree` says that
 * nothing stronger speaks where it is needed.
 */
function whereNeeded(part: Part, rules: readonly Entry[]): Sought {
  const { entry, policies } = part;
  const fallback = policies[entry.policy]?.fallback ?? -1;
  const held = question(part, entry.strength, rules);
  if (entry.strength > fallback) return { ...search({ ...held, inside: part.matches }), isFree: true };
  const withinEach = [sureOf(part, entry.policy, entry.strength), ...held.withinEach];
  // Where another rule surely matches, leaving out what only allows changes nothing.
  const nowhere: Answer<Entry> = { found: null, because: new Set() };
  const beside = entry.strength === 0 ? nowhere : search({ ...held, withinEach, inside: part.matches });
  if (beside.found !== null || entry.strength === fallback) return { ...beside, isFree: true };
  const { outside, withinEach: within } = question(part, fallback, rules);
  for (const rule of rules) if (rule.policy === entry.policy) for (const each of rule.takesForSure) outside.push(each);
  const alone = search({ inside: part.sure, withinEach: within, outside });
  return { found: alone.found, because: new Set([...beside.because, ...alone.because]), isFree: false };
}

/** Where nothing stronger than the rule speaks. */
function whereStrongest(part: Part, rules: readonly Entry[]): Sought {
  const { entry, policies, matches, sure } = part;
  const own = policies[entry.policy]?.fallback ?? -1;
  const { outside, withinEach } = question(part, entry.strength + 1, rules);
  // Where the rule matches only for want of knowledge, the default of its own policy speaks too.
  const kept =
    own > entry.strength && entry.strength > 0 ? [[...sureOf(part, entry.policy, entry.strength + 1), ...sure]] : [];
  return { ...search({ inside: matches, outside, withinEach: [...kept, ...withinEach] }), isFree: true };
}

function takenBy(rules: Iterable<Entry>, strength: number): Taken<Entry>[] {
  const taken: Taken<Entry>[] = [];
  for (const rule of rules) if (rule.strength >= strength) for (const each of rule.takes) taken.push(each);
  return taken;
}

/** Where other rules of a policy surely match, which keeps its default off; but for those that are looked at anyway. */
const sureOf = ({ others }: Part, policy: number, below: number): Box[] =>
  others.flatMap((rule) => (rule.policy === policy && rule.strength < below ? rule.sure : []));

/** Where no other rule and no default of `strength` or more speaks, that of the rule's own policy left out of account. */
function question(part: Part, strength: number, rules: readonly Entry[]) {
  return {
    outside: takenBy(rules, strength),
    withinEach: part.policies.flatMap(({ fallback, notInForce }, index) =>
      fallback < strength || index === part.entry.policy ? [] : [[...sureOf(part, index, strength), ...notInForce]],
    ),
  };
}

/** As few of the rules that the answer rests on as can be found by leaving out one after the other. */
function few({ because }: Sought, entry: Entry, scene: Scene, ask: Ask): Entry[] {
  let rules = [...because].sort((a, b) => a.order - b.order);
  if (rules.length > 12) return rules;
  const parts = partsOf(entry, scene);
  for (const rule of rules) {
    const without = rules.filter((other) => other !== rule);
    const isEnough = parts.every((part) => {
      const here = new Set(part.others);
      return (
        ask(
          part,
          without.filter((other) => here.has(other)),
        ).found === null
      );
    });
    if (isEnough) rules = without;
  }
  return rules;
}

const nameSlot = slotOf('tool.name');
const isVague = (facts: Facts): boolean => typeof facts[nameSlot] === 'object';

/** The strength of what is decided of an action that `entry` matches, with it or without it; -1 when nothing speaks. */
function strongestAt(
  facts: Facts,
  entry: Entry,
  { policies, vague }: Scene,
  strangers: readonly Entry[],
  isIncluded: boolean,
): number {
  let strongest = -1;
  const settled = new Set<number>();
  const hear = (rule: Entry) => {
    if (rule === entry || !matchesAt(rule, facts)) return;
    strongest = Math.max(strongest, rule.strength);
    if (rule.truth(facts) === TRUE) settled.add(rule.policy);
  };
  for (const rule of isVague(facts) ? vague : entry.overlaps) hear(rule);
  for (const rule of strangers) hear(rule);
  if (isIncluded && matchesAt(entry, facts)) {
    strongest = Math.max(strongest, entry.strength);
    if (entry.truth(facts) === TRUE) settled.add(entry.policy);
  }
  for (const [index, { fallback, inForce }] of policies.entries())
    if (fallback > strongest && !settled.has(index) && inForce(facts)) strongest = fallback;
  return strongest;
}

const isDecisive = (facts: Facts, entry: Entry, scene: Scene, strangers: readonly Entry[]): boolean =>
  strongestAt(facts, entry, scene, strangers, true) !== strongestAt(facts, entry, scene, strangers, false);

/** Whether what was found before still shows that the rule is needed, now that rules which overlap it came or went. */
export function stillHolds(entry: Entry, scene: Scene, changed: readonly Entry[], unread: readonly Entry[]): boolean {
  const { verdict } = entry;
  if (verdict?.kind === 'never') return true;
  if (verdict?.kind !== 'sound')
    return !changed.some((rule) => overlapping(rule.clear, entry.clear) || overlapping(rule.vague, entry.vague));
  const { decisive, unshadowed } = verdict;
  // Most edits have nothing to say of the actions that show it.
  const isConcerned = changed.some(
    (rule) => matchesAt(rule, decisive) || (unshadowed !== decisive && matchesAt(rule, unshadowed)),
  );
  if (!isConcerned) return true;
  return (
    isDecisive(decisive, entry, scene, unread) && strongestAt(unshadowed, entry, scene, unread, true) === entry.strength
  );
}
