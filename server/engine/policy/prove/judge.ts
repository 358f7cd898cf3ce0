/** What is true of one rule among all that apply together: needed, redundant, shadowed, or never matching. */
import type { Facts } from '../signal.ts';
import { factsOf } from '../signal.ts';
import { TRUE } from '../truth.ts';
import { CapExceeded } from './algebra.ts';
import { type Entry, matchesAt, type Verdict } from './entry.ts';
import { type Answer, type Found, type Question, search, type Taken } from './search.ts';
import { actionIn } from './witness.ts';
import { type Box, narrowedTo } from './worlds.ts';

/** Policies that apply together, in one phase: before an action is done, or when its observation comes back. */
export interface Scene {
  readonly policies: readonly ScenePolicy[];
}

export interface ScenePolicy {
  /** The strength of its default; -1 when it has none. */
  readonly fallback: number;
  /** Where the policy is not in force, for sure. */
  readonly notInForce: readonly Box[];
  readonly inForce: (facts: Facts) => boolean;
}

/** The verdict on a rule whose overlaps are known. `unread` are rules of which only single actions can be asked. */
export function judge(entry: Entry, { policies }: Scene, unread: readonly Entry[]): Verdict {
  if (entry.trouble !== null)
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${entry.trouble}` };
  if (entry.matches.length === 0) return { kind: 'never', unknown: null };
  const [example] = entry.sure;
  if (example === undefined) return { kind: 'never', unknown: entry.matches[0] ?? null };
  const strangers = unread.filter((other) => other !== entry);
  const heard = [...entry.overlaps, ...strangers];
  try {
    const needed = whereNeeded(entry, policies);
    const decisive = needed.found && pointIn(needed.found);
    // What was searched for need not be checked, but against rules that the search knows nothing of.
    const isSure = decisive !== null && (strangers.length === 0 || isDecisive(entry, decisive, policies, heard));
    const isFree = needed.isFree && strangers.length === 0;
    if (isSure && (isFree || strongestAt(heard, policies, decisive, entry) === entry.strength))
      return { kind: 'sound', decisive, unshadowed: decisive };
    const free = whereStrongest(entry, policies);
    if (free.found === null && (strangers.length === 0 || policies.every(({ fallback }) => fallback <= entry.strength)))
      return { kind: 'shadowed', by: few(free, (rules) => whereStrongest(entry, policies, rules)), example };
    const unshadowed = free.found && pointIn(free.found);
    if (isSure && unshadowed !== null && strongestAt(heard, policies, unshadowed, entry) === entry.strength)
      return { kind: 'sound', decisive, unshadowed };
    if (decisive === null && strangers.length === 0)
      return { kind: 'redundant', by: few(needed, (rules) => whereNeeded(entry, policies, rules)), example };
    const ids = strangers.map(({ place }) => `\`${place.id}\``).join(', ');
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved, because ${ids} cannot be` };
  } catch (error) {
    if (!(error instanceof CapExceeded)) throw error;
    return { kind: 'undecided', message: `\`${entry.place.id}\` is not proved: ${error.message}` };
  }
}

const pointIn = ({ box, point }: Found): Facts => factsOf(actionIn(narrowedTo(box, point)).signals);

/**
 * Where leaving the rule out changes what is decided. With an effect stronger than its policy's default: wherever nothing
 * else is as strong. With a weaker one, which keeps the default off: also where it alone does, and nothing else is as strong
 * as the default. In between, with the default's own effect: only where another rule keeps the default off. `isFree` says that
 * nothing stronger speaks where it is needed.
 */
function whereNeeded(
  entry: Entry,
  policies: readonly ScenePolicy[],
  rules: Iterable<Entry> = entry.overlaps,
): Answer<Entry> & { readonly isFree: boolean } {
  const fallback = policies[entry.policy]?.fallback ?? -1;
  const held = question(entry, entry.strength, rules, policies, entry.policy);
  if (entry.strength > fallback) return { ...search({ ...held, inside: entry.matches }), isFree: true };
  const withinEach = [sureOf(entry, entry.policy, entry.strength), ...held.withinEach];
  // Where another rule surely matches, leaving out what only allows changes nothing.
  const nowhere: Answer<Entry> = { found: null, because: new Set() };
  const beside = entry.strength === 0 ? nowhere : search({ ...held, withinEach, inside: entry.matches });
  if (beside.found !== null || entry.strength === fallback) return { ...beside, isFree: true };
  const above = question(entry, fallback, rules, policies, entry.policy);
  const siblings = [...rules].filter(({ policy }) => policy === entry.policy);
  const alone = search({
    inside: entry.sure,
    withinEach: above.withinEach,
    outside: [...above.outside, ...siblings.flatMap(({ takesForSure }) => takesForSure)],
  });
  return { found: alone.found, because: new Set([...beside.because, ...alone.because]), isFree: false };
}

/** Where nothing stronger than the rule speaks. */
function whereStrongest(
  entry: Entry,
  policies: readonly ScenePolicy[],
  rules: Iterable<Entry> = entry.overlaps,
): Answer<Entry> {
  const own = policies[entry.policy]?.fallback ?? -1;
  const { outside, withinEach } = question(entry, entry.strength + 1, rules, policies, entry.policy);
  // Where the rule matches only for want of knowledge, the default of its own policy speaks too.
  const kept =
    own > entry.strength && entry.strength > 0
      ? [[...sureOf(entry, entry.policy, entry.strength + 1), ...entry.sure]]
      : [];
  return search({ inside: entry.matches, outside, withinEach: [...kept, ...withinEach] });
}

function takenBy(rules: Iterable<Entry>, strength: number): Taken<Entry>[] {
  const taken: Taken<Entry>[] = [];
  for (const rule of rules) if (rule.strength >= strength) for (const each of rule.takes) taken.push(each);
  return taken;
}

/** Where other rules of a policy surely match, which keeps its default off; but for those that are looked at anyway. */
const sureOf = ({ overlaps }: Entry, policy: number, below: number): Box[] =>
  overlaps.flatMap((rule) => (rule.policy === policy && rule.strength < below ? rule.sure : []));

/** Where no other rule and no default of `strength` or more speaks, the default of one policy left out of account. */
function question(
  entry: Entry,
  strength: number,
  rules: Iterable<Entry>,
  policies: readonly ScenePolicy[],
  leftOut: number,
): Required<Omit<Question<Entry>, 'inside'>> {
  return {
    outside: takenBy(rules, strength),
    withinEach: policies.flatMap(({ fallback, notInForce }, index) =>
      fallback < strength || index === leftOut ? [] : [[...sureOf(entry, index, strength), ...notInForce]],
    ),
  };
}

/** As few of the rules that the answer rests on as can be found by leaving out one after the other. */
function few({ because }: Answer<Entry>, ask: (rules: readonly Entry[]) => Answer<Entry>): Entry[] {
  let rules = [...because].sort((a, b) => a.order - b.order);
  if (rules.length > 12) return rules;
  for (const rule of rules) {
    const without = rules.filter((other) => other !== rule);
    if (ask(without).found === null) rules = without;
  }
  return rules;
}

/** The strength of what is decided, by `rules` and all defaults, with one more rule or without; -1 when nothing speaks. */
function strongestAt(
  rules: Iterable<Entry>,
  policies: readonly ScenePolicy[],
  facts: Facts,
  besides: Entry | null,
): number {
  let strongest = -1;
  const settled = new Set<number>();
  const hear = (rule: Entry) => {
    if (!matchesAt(rule, facts)) return;
    strongest = Math.max(strongest, rule.strength);
    if (rule.truth(facts) === TRUE) settled.add(rule.policy);
  };
  for (const rule of rules) hear(rule);
  if (besides !== null) hear(besides);
  for (const [index, { fallback, inForce }] of policies.entries())
    if (fallback > strongest && !settled.has(index) && inForce(facts)) strongest = fallback;
  return strongest;
}

const isDecisive = (entry: Entry, facts: Facts, policies: readonly ScenePolicy[], others: Iterable<Entry>): boolean =>
  strongestAt(others, policies, facts, entry) !== strongestAt(others, policies, facts, null);

/** Whether what was found before still shows that the rule is needed, now that rules which overlap it came or went. */
export function stillHolds(entry: Entry, { policies }: Scene, changed: readonly Entry[]): boolean {
  const { verdict } = entry;
  if (verdict?.kind === 'never') return true;
  if (verdict?.kind !== 'sound') return false;
  const { decisive, unshadowed } = verdict;
  // Most edits have nothing to say of the actions that show it.
  const isConcerned = changed.some(
    (rule) => matchesAt(rule, decisive) || (unshadowed !== decisive && matchesAt(rule, unshadowed)),
  );
  if (!isConcerned) return true;
  return (
    isDecisive(entry, decisive, policies, entry.overlaps) &&
    strongestAt(entry.overlaps, policies, unshadowed, entry) === entry.strength
  );
}
